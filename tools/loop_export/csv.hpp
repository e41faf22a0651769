// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_CSV_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_CSV_HPP

#include "../shared/json_text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Rows of JSON as lines of CSV (RFC 4180).
namespace tools {

// How a table is written.
class csv_options {
public:
    csv_options() {}

    bool escape_formulas = false;
    bool byte_order_mark = false;
    bool strict = false; // a table that lacks a value is a failure
};

// Tells whether a spreadsheet may take a text for a formula: by its first character, also in its
// wide form (U+FF0B, FF0D, FF1D, FF20), behind spaces too.
inline bool is_like_formula(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    for (std::string_view begin : {"=", "+", "-", "@", "\t", "\r", "\n", "\xef\xbc\x8b",
                                   "\xef\xbc\x8d", "\xef\xbc\x9d", "\xef\xbc\xa0"})
        if (text.starts_with(begin))
            return true;
    return false;
}

// Adds a text, in quotes where it has to stand in some. Those of an empty one tell it from nothing.
inline void add_csv_text(std::string& out, std::string_view text, bool escape_formulas = false) {
    std::string escaped;
    if (escape_formulas && is_like_formula(text))
        text = escaped.append(1, '\'').append(text);
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

// Adds a value, which is given as JSON: nothing for null, a number as it is written, an array or an
// object as JSON. Returns whether a character was replaced, as a table can't hold it. Throws
// std::invalid_argument if it is no JSON.
inline bool add_csv_value(std::string& out, std::string_view json, bool escape_formulas = false) {
    check_json(json);
    bool is_changed = false;
    if (json.starts_with('"')) {
        std::string text;
        is_changed = append_unescaped(text, json);
        add_csv_text(out, text, escape_formulas);
    } else if (json.starts_with('{') || json.starts_with('[')) {
        std::string text = compact_json(json);
        is_changed = replace_bad_utf8(text);
        add_csv_text(out, text);
    } else if (json != "null") {
        out += json;
    }
    return is_changed;
}

// The place of a value in a row.
class csv_path {
public:
    csv_path() {}

    // Moves into a member, of which the key is given as it is written.
    void enter(std::string_view key) {
        std::string text;
        append_unescaped(text, key);
        name += (pointer.empty() ? "" : ".") + text;
        pointer += '/';
        for (char c : text)
            pointer += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
        keys.push_back(key);
    }
    // Throws std::invalid_argument if a key on the way is no JSON.
    void check() const {
        for (std::string_view const key : keys)
            check_json(key);
    }

    std::string name;                   // "a.b", which {"a": {"b": 1}} and {"a.b": 1} share
    std::string pointer;                // "/a/b": a JSON pointer (RFC 6901), which tells them apart
    std::vector<std::string_view> keys; // as they are written in the row
};

namespace detail {

template <class Take>
void flatten(json_text& row, csv_path& path, Take& take) {
    row.take_members([&](std::string_view key) {
        std::size_t const name = path.name.size(), pointer = path.pointer.size();
        path.enter(key);
        if (row.has_members())
            flatten(row, path, take);
        else
            take(std::as_const(path), row.take_value());
        path.name.resize(name);
        path.pointer.resize(pointer);
        path.keys.pop_back();
    });
}

} // namespace detail

// Calls take(path, json) for each value of a row, which is a JSON text: those of {"a": {"b": 1},
// "c": []} are a.b and c. A row that is no object has the column "value". Throws
// std::invalid_argument for a text with other strings and levels than JSON has; looks at a key and
// a value no closer.
template <class Take>
void flatten(std::string_view row, Take take) {
    json_text text(row);
    csv_path path;
    if (text.has_members()) {
        detail::flatten(text, path, take);
    } else if (text.take('{')) {
        text.take('}');
    } else {
        path.name = "value";
        take(std::as_const(path), text.take_value());
    }
    text.expect_end();
}

} // namespace tools

#endif
