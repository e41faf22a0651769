// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_TABLE_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_TABLE_HPP

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

// Texts and tables for a terminal, of data that may hold anything.
namespace tools {

// How many columns a UTF-8 text takes, if each character takes one.
inline std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    }));
}

// Control characters become spaces: a text of others must not move the cursor, colour the screen or
// break the line. (C1 controls are the two bytes C2 80 to C2 9F.)
inline std::string one_line(std::string_view text) {
    std::string clean(text);
    for (std::size_t i = 0; i != clean.size(); ++i) {
        auto const byte = static_cast<unsigned char>(clean[i]);
        auto const next = i + 1 != clean.size() ? static_cast<unsigned char>(clean[i + 1]) : 0u;
        if (byte < 0x20 || byte == 0x7f)
            clean[i] = ' ';
        else if (byte == 0xc2 && next >= 0x80 && next < 0xa0)
            clean.replace(i, 2, " ");
    }
    return clean;
}

// The text, or its beginning and "..." where it takes more than `most` columns.
inline std::string cut(std::string_view text, std::size_t most) {
    if (width(text) <= most)
        return std::string(text);
    std::string_view const dots = std::string_view("...").substr(0, most);
    std::size_t end = 0;
    for (std::size_t columns = 0; end != text.size(); ++end) {
        columns += width(text.substr(end, 1));
        if (columns > most - dots.size())
            break;
    }
    return std::string(text.substr(0, end)).append(dots);
}

// 1234567 -> "1,234,567"
inline std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;)
        text.insert(at -= 3, ",");
    return text;
}

// A value in one line: strings without their quotes, nothing for null, all else as JSON.
inline std::string cell(boost::json::value const& value) {
    if (value.is_null())
        return {};
    if (auto const* text = value.if_string())
        return one_line(std::string_view(text->data(), text->size()));
    return one_line(boost::json::serialize(value));
}

// Prints the first records of a file as an aligned table that is `line` columns wide at most. The
// columns are the keys of these records in the order in which they come; those that find no place
// are named below. A record that is no object has the one column "value".
inline void print_table(std::ostream& out, std::vector<boost::json::value> const& records,
                        std::size_t line) {
    constexpr std::size_t widest = 28;
    constexpr std::size_t gap = 2;
    struct column {
        std::string key;
        std::vector<std::string> cells;
        std::size_t width = 0;
        bool numbers = true;
    };
    std::vector<column> columns;
    auto const put = [&](std::size_t row, std::string_view key, boost::json::value const& value) {
        auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](column const& each) { return each.key == key; });
        if (found == columns.end()) {
            found = columns.insert(found, column());
            found->key = key;
            found->cells.resize(records.size());
        }
        found->cells[row] = cell(value);
        found->numbers = found->numbers && (value.is_number() || value.is_null());
    };
    for (std::size_t row = 0; row != records.size(); ++row) {
        if (auto const* object = records[row].if_object())
            for (auto const& member : *object)
                put(row, std::string_view(member.key().data(), member.key().size()),
                    member.value());
        else
            put(row, "value", records[row]);
    }

    std::size_t shown = 0;
    for (std::size_t used = 0; shown != columns.size(); ++shown) {
        column& next = columns[shown];
        next.width = width(next.key);
        for (std::string const& text : next.cells)
            next.width = std::max(next.width, width(text));
        next.width = std::min({next.width, widest, line});
        if (shown != 0 && used + gap + next.width > line)
            break;
        used += (shown == 0 ? 0 : gap) + next.width;
    }

    auto const print_row = [&](auto text_of) {
        std::string row;
        for (std::size_t i = 0; i != shown; ++i) {
            std::string const text = cut(text_of(columns[i]), columns[i].width);
            std::string const padding(columns[i].width - width(text), ' ');
            row.append(i == 0 ? 0 : gap, ' ');
            row += columns[i].numbers ? padding + text : text + padding;
        }
        row.erase(row.find_last_not_of(' ') + 1);
        out << row << '\n';
    };
    if (shown == 0)
        return;
    print_row([](column const& each) { return one_line(each.key); });
    print_row([](column const& each) { return std::string(each.width, '-'); });
    for (std::size_t row = 0; row != records.size(); ++row)
        print_row([&](column const& each) { return each.cells[row]; });
    if (shown != columns.size()) {
        std::string rest = "not shown:";
        for (std::size_t i = shown; i != columns.size(); ++i)
            rest += (i == shown ? " " : ", ") + one_line(columns[i].key);
        out << cut(rest, line) << '\n';
    }
}

} // namespace tools

#endif
