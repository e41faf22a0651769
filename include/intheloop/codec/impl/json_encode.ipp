// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_JSON_ENCODE_IPP
#define INTHELOOP_CODEC_IMPL_JSON_ENCODE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

namespace intheloop::codec::detail {

INTHELOOP_DECL void append_pointer(std::string& pointer, std::string_view key) {
    pointer += '/';
    for (char c : key) {
        if (c == '~')
            pointer += "~0";
        else if (c == '/')
            pointer += "~1";
        else
            pointer += c;
    }
}

INTHELOOP_DECL std::string pointer_to(json_path const& path) {
    if (!path.parent)
        return {};
    std::string pointer = pointer_to(*path.parent);
    append_pointer(pointer, path.key.data() ? path.key : std::to_string(path.index));
    return pointer;
}

INTHELOOP_DECL void json_writer::fail(std::string message, json_path const& path) {
    if (!error_)
        error_ = json_error{pointer_to(path), std::move(message)};
}

// Appends the shortest text that reads as the same number of this type.
template <class Number>
void append_number(std::string& out, Number value) {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

INTHELOOP_DECL void json_writer::integer(std::int64_t value) {
    append_number(out_, value);
}

INTHELOOP_DECL void json_writer::integer(std::uint64_t value) {
    append_number(out_, value);
}

INTHELOOP_DECL void json_writer::number(double value, json_path const& path) {
    if (std::isinf(value) && keeps_infinities_)
        return raw(value > 0 ? std::string_view("1e999") : std::string_view("-1e999"));
    if (!std::isfinite(value))
        return fail("not a finite number, which JSON can't say", path);
    if (value == 0 && std::signbit(value))
        return raw("-0.0"); // "-0" would be read as the integer 0
    append_number(out_, value);
}

INTHELOOP_DECL void json_writer::number(float value, json_path const& path) {
    if (!std::isfinite(value) || value == 0)
        return number(double{value}, path);
    append_number(out_, value);
}

INTHELOOP_DECL void json_writer::string(std::string_view text, json_path const& path) {
    out_ += '"';
    std::size_t written = 0;
    unsigned char all = 0;
    for (std::size_t i = 0; i != text.size(); ++i) {
        auto const c = static_cast<unsigned char>(text[i]);
        all |= c;
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        out_.append(text, written, i - written);
        written = i + 1;
        switch (c) {
        case '"': out_ += "\\\""; break;
        case '\\': out_ += "\\\\"; break;
        case '\n': out_ += "\\n"; break;
        case '\r': out_ += "\\r"; break;
        case '\t': out_ += "\\t"; break;
        default: out_ += "\\u00" + intheloop::detail::to_hexadecimal(text.substr(i, 1));
        }
    }
    out_.append(text, written);
    out_ += '"';
    if (all >= 0x80 && !is_utf8(text))
        fail("not valid UTF-8", path);
}

INTHELOOP_DECL void json_writer::date(std::string_view text, json_path const& path) {
    if (text.empty())
        fail(no_such_time, path);
    string(text, path);
}

INTHELOOP_DECL void json_writer::object(std::string_view json, json_path const& path) {
    boost::system::error_code ec;
    boost::json::parse_options options;
    options.max_depth = most_json_levels;
    boost::json::value const parsed =
        boost::json::parse(boost::json::string_view(json.data(), json.size()), ec, {}, options);
    if (json.empty())
        fail("no alternative was chosen", path);
    else if (ec || !parsed.is_object())
        fail("an alternative that is not known holds no JSON object", path);
    raw(json);
}

INTHELOOP_DECL void json_writer::too_deep(json_path const& path) {
    fail("deeper than " + std::to_string(most_json_levels) + " levels", path);
}

INTHELOOP_DECL bool deeper_than_limit(json_path const& path) {
    std::size_t depth = 0;
    for (json_path const* p = &path; p; p = p->parent)
        ++depth;
    return depth > most_json_levels;
}

INTHELOOP_DECL void json_writer::dom(boost::json::object const& value, json_path const& path) {
    if (deeper_than_limit(path))
        return too_deep(path);
    raw('{');
    bool first = true;
    for (auto const& member : value) {
        json_path const here{&path, std::string_view(member.key().data(), member.key().size())};
        if (!first)
            raw(',');
        first = false;
        string(here.key, here);
        raw(':');
        dom(member.value(), here);
    }
    raw('}');
}

INTHELOOP_DECL void json_writer::dom(boost::json::array const& value, json_path const& path) {
    if (deeper_than_limit(path))
        return too_deep(path);
    raw('[');
    for (std::size_t i = 0; i != value.size(); ++i) {
        if (i != 0)
            raw(',');
        dom(value[i], json_path{&path, {}, i});
    }
    raw(']');
}

INTHELOOP_DECL void json_writer::dom(boost::json::value const& value, json_path const& path) {
    switch (value.kind()) {
    case boost::json::kind::null: return raw("null");
    case boost::json::kind::bool_: return raw(value.get_bool() ? "true" : "false");
    case boost::json::kind::int64: return integer(std::int64_t{value.get_int64()});
    case boost::json::kind::uint64: return integer(std::uint64_t{value.get_uint64()});
    case boost::json::kind::double_: return number(value.get_double(), path);
    case boost::json::kind::string:
        return string(std::string_view(value.get_string().data(), value.get_string().size()), path);
    case boost::json::kind::array: return dom(value.get_array(), path);
    case boost::json::kind::object: return dom(value.get_object(), path);
    }
}

} // namespace intheloop::codec::detail

#endif
