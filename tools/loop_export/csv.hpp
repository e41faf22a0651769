// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_CSV_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_CSV_HPP

#include <intheloop/codec/detail/json_encode.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

// Rows of JSON as lines of CSV (RFC 4180).
namespace tools {

inline std::string_view view(boost::json::string const& text) {
    return {text.data(), text.size()};
}
inline std::string_view view(boost::json::string_view text) {
    return {text.data(), text.size()};
}

// Adds a text, in quotes where it has to stand in some. Those of an empty one tell it from nothing.
inline void add_csv_text(std::string& out, std::string_view text) {
    if (!text.empty() && text.find_first_of(",\"\r\n") == text.npos && text.front() != ' ' &&
        text.back() != ' ') {
        out += text;
        return;
    }
    out += '"';
    for (char c : text)
        out.append(c == '"' ? 2 : 1, c);
    out += '"';
}

// Adds a value: nothing for null, an array or an object as JSON. Throws std::runtime_error for a
// number that is too large to be written.
inline void add_csv_value(std::string& out, boost::json::value const& value) {
    char digits[32];
    auto const add_number = [&](auto number) {
        out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
    };
    switch (value.kind()) {
    case boost::json::kind::null: break;
    case boost::json::kind::bool_: out += value.get_bool() ? "true" : "false"; break;
    case boost::json::kind::int64: add_number(value.get_int64()); break;
    case boost::json::kind::uint64: add_number(value.get_uint64()); break;
    case boost::json::kind::double_:
        if (!std::isfinite(value.get_double()))
            throw std::runtime_error("a number in the export is too large for a table");
        add_number(value.get_double());
        break;
    case boost::json::kind::string: add_csv_text(out, view(value.get_string())); break;
    case boost::json::kind::array:
    case boost::json::kind::object: {
        std::string json;
        if (auto const problem = intheloop::codec::encode_json(json, value))
            throw std::runtime_error("a value in the export can't stand in a table: " +
                                     problem->text());
        add_csv_text(out, json);
    }
    }
}

namespace detail {

template <class Take>
void flatten(boost::json::object const& object, std::string& path, Take& take) {
    for (auto const& member : object) {
        std::size_t const size = path.size();
        if (size != 0)
            path += '.';
        path += view(member.key());
        boost::json::object const* const inner = member.value().if_object();
        if (inner && !inner->empty())
            flatten(*inner, path, take);
        else
            take(std::string_view(path), member.value());
        path.resize(size);
    }
}

} // namespace detail

// Calls take(column, value) for each value of a row: those of {"a": {"b": 1}, "c": []} are a.b and
// c. A row that is no object has the column "value".
template <class Take>
void flatten(boost::json::value const& row, Take take) {
    std::string path;
    if (auto const* object = row.if_object())
        detail::flatten(*object, path, take);
    else
        take(std::string_view("value"), row);
}

} // namespace tools

#endif
