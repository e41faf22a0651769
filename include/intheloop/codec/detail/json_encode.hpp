// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_ENCODE_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_ENCODE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <boost/json/fwd.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace intheloop::codec {

namespace detail {

// The most levels of objects and arrays in a document, written or read: values are built, written
// and destroyed by functions that call themselves.
inline constexpr std::size_t most_json_levels = 512;

// The error for a time that can't be written.
inline constexpr char const* no_such_time = "not a date of the years 1 to 9999";
// The error for an open enumeration without a text.
inline constexpr char const* no_value_chosen = "no value was chosen";

// Returns whether an open enumeration has no value: it was not set, or came as an empty text.
template <intheloop::detail::open_enumeration T>
bool has_no_value(T const& value) {
    return !value.is_known() && value.text().empty();
}

// The writer's position in a document: a list on the stack, read only for an error.
struct json_path {
    json_path const* parent = nullptr;
    std::string_view key;
    std::size_t index = 0; // of an array element, where key is null
};

// Appends JSON to a string.
class json_writer {
public:
    explicit json_writer(std::string& out) : out_(out) {}
    // Writes infinities as out-of-range numbers. The parser turns a number that is too large into
    // an infinity.
    void keep_infinities() { keeps_infinities_ = true; }
    // Refuses open enumerations without a value: a request has to choose one.
    void require_values() { requires_values_ = true; }
    bool requires_values() const noexcept { return requires_values_; }

    void raw(char c) { out_ += c; }
    void raw(std::string_view text) { out_ += text; }
    INTHELOOP_DECL void integer(std::int64_t value);
    INTHELOOP_DECL void integer(std::uint64_t value);
    INTHELOOP_DECL void number(double value, json_path const& path);
    INTHELOOP_DECL void number(float value, json_path const& path);
    INTHELOOP_DECL void string(std::string_view text, json_path const& path);
    // Writes the text of a time; fails if it is empty.
    INTHELOOP_DECL void date(std::string_view text, json_path const& path);
    INTHELOOP_DECL void dom(boost::json::value const& value, json_path const& path);
    INTHELOOP_DECL void dom(boost::json::object const& value, json_path const& path);
    INTHELOOP_DECL void dom(boost::json::array const& value, json_path const& path);
    // Copies an object that is JSON text already.
    INTHELOOP_DECL void object(std::string_view json, json_path const& path);
    INTHELOOP_DECL void fail(std::string message, json_path const& path);

    std::optional<json_error> take_error() { return std::move(error_); }

private:
    INTHELOOP_DECL void too_deep(json_path const& path);

    std::string& out_;
    bool keeps_infinities_ = false;
    bool requires_values_ = false;
    std::optional<json_error> error_;
};

INTHELOOP_DECL std::string pointer_to(json_path const& path);
INTHELOOP_DECL void append_pointer(std::string& pointer, std::string_view key);

// Returns whether a key needs no escape in JSON.
consteval bool needs_no_escape(std::string_view key) {
    for (char const c : key)
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
            return false;
    return true;
}
// Makes the text `,"key":`.
template <class Field>
consteval auto make_key_text() {
    constexpr std::size_t size = Field::wire_name.size();
    std::array<char, size + 4> text{',', '"'};
    for (std::size_t i = 0; i != size; ++i)
        text[i + 2] = Field::wire_name[i];
    text[size + 2] = '"';
    text[size + 3] = ':';
    return text;
}
template <class Field>
inline constexpr auto key_text = make_key_text<Field>();

// Estimates the size of a document with usual values, so that its string need not grow.
template <class... Fields>
consteval std::size_t usual_size(intheloop::detail::field_list<Fields...>) {
    return 2 + (0 + ... + (Fields::wire_name.size() + 4 + 16));
}

template <class T>
struct json_encoder {
    static_assert(intheloop::detail::described<T>,
                  "intheloop: this type can't be written as JSON: list its data members, using "
                  "members = intheloop::members<&type::member, ...>, or use another, as open_enum, "
                  "one_of or std::map<std::string, T>");

    static void write(json_writer& out, T const& value, json_path const& path) {
        static_assert(intheloop::detail::check_description<T>::ok);
        out.raw('{');
        bool first = true;
        intheloop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
            write_member<Field>(out, value.*Field::pointer, path, first);
        });
        out.raw('}');
    }

    // Writes `"key":value`, with a comma before it unless it is the first; nothing for an absent
    // member.
    template <class Field>
    static void write_member(json_writer& out, typename Field::value_type const& value,
                             json_path const& path, bool& first);
};

template <class T>
bool is_absent(T const&) {
    return false;
}
template <class T>
bool is_absent(std::optional<T> const& value) {
    return !value;
}
template <class T>
bool is_absent(nullable<T> const& value) {
    return value.is_absent();
}

template <class T>
template <class Field>
void json_encoder<T>::write_member(json_writer& out, typename Field::value_type const& value,
                                   json_path const& path, bool& first) {
    if (is_absent(value))
        return;
    // Wire names that need no escape, as nearly all, are assembled at compile time.
    json_path const here{&path, Field::wire_name};
    if constexpr (needs_no_escape(Field::wire_name)) {
        std::string_view const text(key_text<Field>.data(), key_text<Field>.size());
        out.raw(first ? text.substr(1) : text);
    } else {
        if (!first)
            out.raw(',');
        out.string(Field::wire_name, here);
        out.raw(':');
    }
    first = false;
    json_encoder<typename Field::value_type>::write(out, value, here);
}

template <>
struct json_encoder<bool> {
    static void write(json_writer& out, bool value, json_path const&) {
        out.raw(value ? std::string_view("true") : std::string_view("false"));
    }
};
template <std::integral T>
struct json_encoder<T> {
    static void write(json_writer& out, T value, json_path const&) {
        if constexpr (std::is_signed_v<T>)
            out.integer(std::int64_t{value});
        else
            out.integer(std::uint64_t{value});
    }
};
template <std::floating_point T>
struct json_encoder<T> {
    static void write(json_writer& out, T value, json_path const& path) {
        if constexpr (std::same_as<T, float>)
            out.number(value, path);
        else
            out.number(static_cast<double>(value), path);
    }
};
template <>
struct json_encoder<std::string> {
    static void write(json_writer& out, std::string const& value, json_path const& path) {
        out.string(value, path);
    }
};
template <>
struct json_encoder<raw_body> {
    static void write(json_writer& out, raw_body const& value, json_path const& path) {
        out.string(value.bytes, path);
    }
};
template <intheloop::detail::open_enumeration T>
struct json_encoder<T> {
    static void write(json_writer& out, T const& value, json_path const& path) {
        if (out.requires_values() && has_no_value(value))
            out.fail(no_value_chosen, path);
        out.string(value.text(), path);
    }
};
template <intheloop::detail::epoch_time T>
struct json_encoder<T> {
    static void write(json_writer& out, T value, json_path const&) {
        out.integer(std::int64_t{value.time_since_epoch().count()});
    }
};
template <>
struct json_encoder<date_time> {
    static void write(json_writer& out, date_time value, json_path const& path) {
        out.date(value.text(), path);
    }
};
template <>
struct json_encoder<std::chrono::year_month_day> {
    static void write(json_writer& out, std::chrono::year_month_day value, json_path const& path) {
        out.date(intheloop::detail::text_of_date(value), path);
    }
};
template <class T>
struct json_encoder<std::optional<T>> {
    static void write(json_writer& out, std::optional<T> const& value, json_path const& path) {
        if (value)
            json_encoder<T>::write(out, *value, path);
        else
            out.raw("null");
    }
};
template <class T>
struct json_encoder<nullable<T>> {
    static void write(json_writer& out, nullable<T> const& value, json_path const& path) {
        if (value)
            json_encoder<T>::write(out, *value, path);
        else
            out.raw("null");
    }
};
template <class T, class Allocator>
struct json_encoder<std::vector<T, Allocator>> {
    static void write(json_writer& out, std::vector<T, Allocator> const& values,
                      json_path const& path) {
        out.raw('[');
        for (std::size_t i = 0; i != values.size(); ++i) {
            if (i != 0)
                out.raw(',');
            json_encoder<T>::write(out, values[i], json_path{&path, {}, i});
        }
        out.raw(']');
    }
};
template <class T, class Compare, class Allocator>
struct json_encoder<std::map<std::string, T, Compare, Allocator>> {
    static void write(json_writer& out, std::map<std::string, T, Compare, Allocator> const& values,
                      json_path const& path) {
        out.raw('{');
        bool first = true;
        for (auto const& [key, value] : values) {
            json_path const here{&path, key};
            if (!first)
                out.raw(',');
            first = false;
            out.string(key, here);
            out.raw(':');
            json_encoder<T>::write(out, value, here);
        }
        out.raw('}');
    }
};
template <fixed_string Discriminator, class... Alternatives>
struct json_encoder<intheloop::one_of<Discriminator, Alternatives...>> {
    using type = intheloop::one_of<Discriminator, Alternatives...>;

    static void write(json_writer& out, type const& value, json_path const& path) {
        std::visit([&](auto const& chosen) { write_chosen(out, value.type(), chosen, path); },
                   static_cast<typename type::variant const&>(value));
    }

private:
    static void write_chosen(json_writer& out, std::string_view, unknown_alternative const& unknown,
                             json_path const& path) {
        out.object(unknown.json, path);
    }
    template <class T>
    static void write_chosen(json_writer& out, std::string_view text, T const& chosen,
                             json_path const& path) {
        json_path const here{&path, Discriminator.view()};
        out.raw('{');
        out.string(Discriminator.view(), here);
        out.raw(':');
        out.string(text, here);
        bool first = false;
        intheloop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
            json_encoder<T>::template write_member<Field>(out, chosen.*Field::pointer, path, first);
        });
        out.raw('}');
    }
};
template <class T>
    requires std::same_as<T, boost::json::value> || std::same_as<T, boost::json::object> ||
        std::same_as<T, boost::json::array>
struct json_encoder<T> {
    static void write(json_writer& out, T const& value, json_path const& path) {
        out.dom(value, path);
    }
};

} // namespace detail

// Appends a value as JSON to a string. Absent members are left out; integers are exact; an open
// enumeration is written as its text. Returns the error and its place if a value can't be written
// (a text that is not UTF-8, a number that is not finite, a document deeper than 512 levels); the
// string then ends in an incomplete document.
template <class T>
[[nodiscard]] std::optional<json_error> encode_json(std::string& out, T const& value) {
    if constexpr (intheloop::detail::described<T>)
        if (out.empty())
            out.reserve(detail::usual_size(intheloop::detail::fields_of<T>{}));
    detail::json_writer writer(out);
    detail::json_encoder<T>::write(writer, value, detail::json_path{});
    return writer.take_error();
}

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/json_encode.ipp>
#endif

#endif
