// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DETAIL_CHECK_JSON_HPP
#define INTHELOOP_ENDPOINT_DETAIL_CHECK_JSON_HPP

// Checks that JSON has a form for the types of an endpoint, at its declaration, not at its first
// call.

#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <boost/json/fwd.hpp>

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace intheloop::detail {

// A type whose value is one piece of text, which every place of a request can carry.
template <class T>
concept scalar = std::same_as<T, std::string> || std::integral<T> || open_enumeration<T> ||
    epoch_time<T> || std::same_as<T, date_time> || std::same_as<T, std::chrono::year_month_day>;

// A type with a JSON form of its own, without parts to check.
template <class T>
inline constexpr bool is_plain_json =
    scalar<T> || std::floating_point<T> || std::same_as<T, boost::json::value> ||
    std::same_as<T, boost::json::object> || std::same_as<T, boost::json::array>;

enum class json_use : unsigned char { written, read };

// Integers in the language, but not for std::in_range(): the codec reads none from JSON.
template <class T>
inline constexpr bool is_character =
    std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
template <class T>
inline constexpr bool is_list_of_bool = false;
template <class Allocator>
inline constexpr bool is_list_of_bool<std::vector<bool, Allocator>> = true;

// The types of a type's parts in JSON; void for a type whose parts only its description lists.
template <class... Types>
struct json_parts {};
template <class T>
struct json_parts_of {
    using type = void;
};
template <class T>
struct json_parts_of<std::optional<T>> {
    using type = json_parts<T>;
};
template <class T>
struct json_parts_of<nullable<T>> {
    using type = json_parts<T>;
};
template <class T, class Allocator>
struct json_parts_of<std::vector<T, Allocator>> {
    using type = json_parts<T>;
};
template <class T, class Compare, class Allocator>
struct json_parts_of<std::map<std::string, T, Compare, Allocator>> {
    using type = json_parts<T>;
};
template <fixed_string Discriminator, class... Alternatives>
struct json_parts_of<one_of<Discriminator, Alternatives...>> {
    using type = json_parts<typename alternative_info<Alternatives>::type...>;
};

template <class T>
inline constexpr bool has_json_parts = !std::is_void_v<typename json_parts_of<T>::type>;

// Defers checking a type to the end of the translation unit, once per type: a type may contain
// itself.
template <auto Function>
struct looked_into_later {
    static constexpr bool ok = true;
};

template <class T, json_use Use>
void check_json_type();

// The message names `Where`: the member or the type for which this is instantiated.
template <class T, json_use Use, class Where = T>
consteval bool check_json() {
    constexpr bool is_read = Use == json_use::read;
    constexpr bool is_raw = std::same_as<T, raw_body>;
    constexpr bool has_form =
        is_plain_json<T> ? !(is_read && is_character<T>) : has_json_parts<T> || described<T>;
    static_assert(!is_raw,
                  "intheloop: a raw_body is no JSON, and no part of it: it is a whole body by "
                  "itself, without a std::optional or a list around it (body<>, body_parameter<>, "
                  "or the answer of the endpoint), or a part of a form (multipart<>)");
    static_assert(has_form || is_raw,
                  "intheloop: JSON has no form for this type: use a string, a number, a time, "
                  "open_enum, one_of, std::optional, std::vector or std::map<std::string, T>, or "
                  "list its data members, using members = intheloop::members<&type::member, ...>");
    static_assert(!(is_read && is_list_of_bool<T>),
                  "intheloop: std::vector<bool> holds no bool; use "
                  "std::vector<std::optional<bool>>");
    if constexpr (has_form && !is_plain_json<T>)
        return looked_into_later<&check_json_type<T, Use>>::ok;
    else
        return true;
}

template <class T, json_use Use, class... Parts>
consteval bool check_json_parts(json_parts<Parts...>) {
    return (check_json<Parts, Use, T>() && ... && true);
}
// Instantiated for each member, so that the compiler's message names the member.
template <class Field, json_use Use>
struct check_json_member {
    static constexpr bool ok = check_json<typename Field::value_type, Use, Field>();
};
template <class Field, json_use Use>
    requires(is_plain_json<typename Field::value_type> && !is_character<typename Field::value_type>)
struct check_json_member<Field, Use> {
    static constexpr bool ok = true;
};
template <json_use Use, class... Fields>
consteval bool check_json_members(field_list<Fields...>) {
    return (check_json_member<Fields, Use>::ok && ... && true);
}

template <class T, json_use Use>
void check_json_type() {
    if constexpr (has_json_parts<T>) {
        static_assert(check_json_parts<T, Use>(typename json_parts_of<T>::type{}));
    } else if constexpr (check_coverage<T>::ok) {
        static_assert(!is_parameters<T>, "intheloop: parameters<> is a whole request: describe an "
                                         "object of JSON with fields<>");
        static_assert(check_json_members<Use>(nameless_fields_of<T>{}));
        if constexpr (Use == json_use::read) {
            static_assert(nameless_fields_of<T>::size <= most_members_read,
                          "intheloop: more than 64 members in one type");
            static_assert(std::default_initializable<T> || check_empty<T>::ok);
        }
    }
}

} // namespace intheloop::detail

#endif
