// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_DECODER_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_DECODER_HPP

// The tables of C++ types: how each is read from JSON.

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/json_type.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <boost/json/fwd.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace intheloop::codec::detail {

template <class T>
json_type const& json_type_of();

// Converts a scalar to an integer if it is exact and in the range of T.
template <std::integral T>
bool take_integer(json_scalar const& scalar, T& out) {
    if (scalar.kind == json_scalar::int64) {
        if (!std::in_range<T>(scalar.int64_value))
            return false;
        out = static_cast<T>(scalar.int64_value);
        return true;
    }
    if (scalar.kind == json_scalar::uint64) {
        if (!std::in_range<T>(scalar.uint64_value))
            return false;
        out = static_cast<T>(scalar.uint64_value);
        return true;
    }
    // 1.7e9 is an integer too; from 2^53 on, a double no longer identifies one integer.
    constexpr double exact = 9007199254740992.0;
    double const d = scalar.double_value;
    if (scalar.kind != json_scalar::float64 || !(d > -exact && d < exact))
        return false;
    auto const whole = static_cast<std::int64_t>(d);
    if (static_cast<double>(whole) != d || !std::in_range<T>(whole))
        return false;
    out = static_cast<T>(whole);
    return true;
}

// Converts a number that is not an integer. A float is read from the text: by way of a double it
// would be rounded twice, which can lead to its neighbour.
template <std::floating_point T>
T to_floating_point(json_scalar const& scalar) {
    T value = static_cast<T>(scalar.double_value);
#ifdef __cpp_lib_to_chars
    if constexpr (std::same_as<T, float>) { // out of range leaves the infinity or the zero
        std::string_view const text = scalar.string_value;
        std::from_chars(text.data(), text.data() + text.size(), value);
    }
#endif
    return value;
}

template <class T>
void reset_object(void* object) {
    *static_cast<T*>(object) = intheloop::detail::make_empty<T>();
}

template <class T>
struct json_decoder {
    static_assert(intheloop::detail::described<T>,
                  "intheloop: this type can't be read from JSON: list its data "
                  "members, using members = intheloop::members<&type::member, ...>, "
                  "or use another, as open_enum, one_of or std::map<std::string, T>");
    static_assert(intheloop::detail::check_description<T>::ok);

    template <class Field>
    static constexpr json_member member() {
        return {Field::wire_name, &json_type_of<typename Field::value_type>,
                [](void* object) -> void* { return &(static_cast<T*>(object)->*Field::pointer); },
                !intheloop::detail::may_be_absent<typename Field::value_type>};
    }
    template <class... Fields>
    static constexpr auto make_members(intheloop::detail::field_list<Fields...>) {
        static_assert(sizeof...(Fields) <= intheloop::detail::most_members_read,
                      "intheloop: more than 64 members in one type");
        return std::array<json_member, sizeof...(Fields)>{member<Fields>()...};
    }
    static constexpr auto members = make_members(intheloop::detail::fields_of<T>{});
    static constexpr json_type table = {.kind = json_type::object,
                                        .expected = "an object",
                                        .reset = &reset_object<T>,
                                        .members = members};
};

template <class T>
struct scalar_decoder {
    static constexpr json_type make(char const* expected, bool (*take)(void*, json_scalar const&)) {
        return {.kind = json_type::scalar,
                .expected = expected,
                .reset = &reset_object<T>,
                .take = take};
    }
};

template <>
struct json_decoder<bool> : scalar_decoder<bool> {
    static constexpr json_type table = make("true or false", [](void* out, json_scalar const& s) {
        *static_cast<bool*>(out) = s.boolean_value;
        return s.kind == json_scalar::boolean;
    });
};
template <std::integral T>
struct json_decoder<T> : scalar_decoder<T> {
    static constexpr char const* expected() {
        if constexpr (sizeof(T) == 8)
            return std::is_signed_v<T> ? "a 64-bit integer" : "a 64-bit unsigned integer";
        else
            return std::is_signed_v<T> ? "a small integer" : "a small unsigned integer";
    }
    static constexpr json_type table =
        json_decoder::make(expected(), [](void* out, json_scalar const& s) {
            return take_integer(s, *static_cast<T*>(out));
        });
};
template <std::floating_point T>
struct json_decoder<T> : scalar_decoder<T> {
    static constexpr json_type table =
        json_decoder::make("a number", [](void* out, json_scalar const& s) {
            T& value = *static_cast<T*>(out);
            switch (s.kind) {
            case json_scalar::int64: value = static_cast<T>(s.int64_value); return true;
            case json_scalar::uint64: value = static_cast<T>(s.uint64_value); return true;
            case json_scalar::float64:
                value = to_floating_point<T>(s);
                return value - value == 0; // not 1e400, which the parser reads as infinity
            default: return false;
            }
        });
};
template <>
struct json_decoder<std::string> : scalar_decoder<std::string> {
    static constexpr json_type table = make("a string", [](void* out, json_scalar const& s) {
        static_cast<std::string*>(out)->assign(s.string_value);
        return s.kind == json_scalar::string;
    });
};
template <intheloop::detail::open_enumeration T>
struct json_decoder<T> : scalar_decoder<T> {
    static constexpr json_type table = {
        .kind = json_type::scalar,
        .expected = "a string",
        .reset = &reset_object<T>,
        .take =
            [](void* out, json_scalar const& s) {
                if (s.kind != json_scalar::string)
                    return false;
                *static_cast<T*>(out) = T::from_text(s.string_value);
                return true;
            },
        .is_known = [](void const* in) { return static_cast<T const*>(in)->is_known(); }};
};
template <intheloop::detail::epoch_time T>
struct json_decoder<T> : scalar_decoder<T> {
    static constexpr json_type table = json_decoder::make(
        std::same_as<T, std::chrono::sys_seconds> ? "whole seconds since the Unix epoch"
                                                  : "whole milliseconds since the Unix epoch",
        [](void* out, json_scalar const& s) {
            std::int64_t count = 0;
            if (!take_integer(s, count))
                return false;
            *static_cast<T*>(out) = T(typename T::duration(count));
            return true;
        });
};
template <>
struct json_decoder<date_time> : scalar_decoder<date_time> {
    static constexpr json_type table =
        make("a date and time as in ISO 8601", [](void* out, json_scalar const& s) {
            auto const read =
                s.kind == json_scalar::string ? date_time::from_text(s.string_value) : std::nullopt;
            *static_cast<date_time*>(out) = read.value_or(date_time());
            return read.has_value();
        });
};
template <>
struct json_decoder<std::chrono::year_month_day> : scalar_decoder<std::chrono::year_month_day> {
    using date = std::chrono::year_month_day;
    static constexpr json_type table =
        make("a date as in ISO 8601", [](void* out, json_scalar const& s) {
            auto const read = s.kind == json_scalar::string
                                  ? intheloop::detail::date_from_text(s.string_value)
                                  : std::nullopt;
            *static_cast<date*>(out) = read.value_or(date());
            return read.has_value();
        });
};
template <>
struct json_decoder<raw_body> {
    static constexpr json_type table = {
        .kind = json_type::scalar,
        .expected = "a string",
        .reset = &reset_object<raw_body>,
        .take =
            [](void* out, json_scalar const& s) {
                static_cast<raw_body*>(out)->bytes.assign(s.string_value);
                return s.kind == json_scalar::string;
            },
        .take_raw =
            [](void* out, std::string_view bytes, std::string_view content_type) {
                auto& body = *static_cast<raw_body*>(out);
                body.bytes.assign(bytes);
                body.content_type.assign(content_type);
            }};
};
template <class T>
struct json_decoder<std::optional<T>> {
    static constexpr json_type table = {
        .kind = json_type::wrapper,
        .reset = [](void* out) { static_cast<std::optional<T>*>(out)->reset(); },
        .inner = &json_type_of<T>,
        .emplace = [](void* out) -> void* {
            return &static_cast<std::optional<T>*>(out)->emplace(
                intheloop::detail::make_empty<T>());
        }};
};
template <class T>
struct json_decoder<nullable<T>> {
    static constexpr json_type table = {
        .kind = json_type::wrapper,
        .reset = [](void* out) { static_cast<nullable<T>*>(out)->reset(); },
        .inner = &json_type_of<T>,
        .emplace = [](void* out) -> void* {
            return &static_cast<nullable<T>*>(out)->emplace(intheloop::detail::make_empty<T>());
        },
        .set_null = [](void* out) { *static_cast<nullable<T>*>(out) = nullptr; }};
};
template <class T, class Allocator>
struct json_decoder<std::vector<T, Allocator>> {
    static_assert(!std::same_as<T, bool>, "intheloop: std::vector<bool> holds no bool; use "
                                          "std::vector<std::optional<bool>>");
    using vector = std::vector<T, Allocator>;
    static constexpr json_type table = {
        .kind = json_type::array,
        .expected = "an array",
        .reset = [](void* out) { static_cast<vector*>(out)->clear(); },
        .inner = &json_type_of<T>,
        .emplace = [](void* out) -> void* {
            return &static_cast<vector*>(out)->emplace_back(intheloop::detail::make_empty<T>());
        }};
};
template <class T, class Compare, class Allocator>
struct json_decoder<std::map<std::string, T, Compare, Allocator>> {
    using map = std::map<std::string, T, Compare, Allocator>;
    static constexpr json_type table = {
        .kind = json_type::map,
        .expected = "an object",
        .reset = [](void* out) { static_cast<map*>(out)->clear(); },
        .inner = &json_type_of<T>,
        .insert = [](void* out, std::string_view key) -> json_map_slot {
            auto& element =
                *static_cast<map*>(out)
                     ->insert_or_assign(std::string(key), intheloop::detail::make_empty<T>())
                     .first;
            return {element.first, &element.second};
        }};
};

template <fixed_string Discriminator, class... Alternatives>
struct json_decoder<intheloop::one_of<Discriminator, Alternatives...>> {
    using type = intheloop::one_of<Discriminator, Alternatives...>;

    template <class Alternative>
    static constexpr json_alternative make() {
        using info = intheloop::detail::alternative_info<Alternative>;
        using object = typename info::type;
        return {info::text, &json_type_of<object>, [](void* out) -> void* {
                    return &static_cast<typename type::variant*>(static_cast<type*>(out))
                                ->template emplace<object>(intheloop::detail::make_empty<object>());
                }};
    }
    static constexpr std::array<json_alternative, sizeof...(Alternatives)> alternatives{
        make<Alternatives>()...};
    static constexpr json_type table = {
        .kind = json_type::one_of,
        .expected = "an object",
        .reset = &reset_object<type>,
        .discriminator = Discriminator.view(),
        .alternatives = alternatives,
        .take_unknown = [](void* out, std::string name, std::string json) {
            unknown_alternative kept;
            kept.type = std::move(name);
            kept.json = std::move(json);
            *static_cast<type*>(out) = std::move(kept);
        }};
};

// Compiled once, since they need all of Boost.JSON.
INTHELOOP_DECL bool take_json_value(void* out, boost::json::value&& value);
INTHELOOP_DECL bool take_json_object(void* out, boost::json::value&& value);
INTHELOOP_DECL bool take_json_array(void* out, boost::json::value&& value);
template <>
struct json_decoder<boost::json::value> {
    static constexpr json_type table = {.kind = json_type::any,
                                        .expected = "JSON",
                                        .take_value = &take_json_value,
                                        .null_is_value = true};
};
template <>
struct json_decoder<boost::json::object> {
    static constexpr json_type table = {
        .kind = json_type::any, .expected = "an object", .take_value = &take_json_object};
};
template <>
struct json_decoder<boost::json::array> {
    static constexpr json_type table = {
        .kind = json_type::any, .expected = "an array", .take_value = &take_json_array};
};

template <class T>
json_type const& json_type_of() {
    return json_decoder<T>::table;
}

} // namespace intheloop::codec::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/json_decoder.ipp>
#endif

#endif
