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

// Tells whether a text begins with a sign by which a spreadsheet takes it for a formula, also in
// its wide form (U+FF0B, FF0D, FF1D, FF20).
inline bool begins_formula(std::string_view text) {
    for (std::string_view const sign :
         {"=", "+", "-", "@", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\x9d", "\xef\xbc\xa0"})
        if (text.starts_with(sign))
            return true;
    return false;
}

// Returns the text with an apostrophe before all that a spreadsheet may take for a formula: at the
// beginning, and behind what may separate cells. A spreadsheet with another separator than the
// comma (Excel has ; in much of Europe) finds no quotation mark at the beginning of its cells, so
// it separates within texts too. Blanks and quotation marks may stand before the sign.
inline std::string without_formulas(std::string_view text) {
    constexpr std::string_view separators = ";\t\r\n";
    std::string_view const begin = text.substr(std::min(text.find_first_not_of(' '), text.size()));
    bool const is_formula = begins_formula(begin) ||
                            (!begin.empty() && separators.substr(1).find(begin[0]) != text.npos);
    std::string made(is_formula ? 1 : 0, '\'');
    bool may_begin = false; // a cell
    for (std::size_t i = 0; i != text.size(); ++i) {
        char const c = text[i];
        if (may_begin && begins_formula(text.substr(i)))
            made += '\'';
        made += c;
        may_begin = separators.find(c) != separators.npos || (may_begin && (c == ' ' || c == '"'));
    }
    return made;
}

// Adds a text, in quotes where it has to stand in some, also for readers that separate cells at ;
// or tabs besides commas. The quotes of an empty one tell it from nothing.
inline void add_csv_text(std::string& out, std::string_view text, bool escape_formulas = false) {
    std::string escaped;
    if (escape_formulas)
        text = escaped = without_formulas(text);
    if (!text.empty() && text.find_first_of(",;\"\t\r\n") == text.npos && text.front() != ' ' &&
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
        add_csv_text(out, text, escape_formulas); // as there may be a ; in its strings
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
