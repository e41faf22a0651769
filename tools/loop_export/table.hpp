// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_TABLE_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_TABLE_HPP

#include "../shared/json_text.hpp"
#include "../shared/one_line.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

// Texts and tables for a terminal, of data that may hold anything.
namespace tools {

// How many columns a UTF-8 text takes, if each character takes one.
inline std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0u) != 0x80u;
    }));
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

// A value, which is JSON, in one line: strings without their quotes, nothing for null, all else as
// it is written.
inline std::string cell(std::string_view json) {
    std::string text;
    if (json.starts_with('"'))
        append_unescaped(text, json);
    else if (json != "null")
        text = compact_json(json);
    return one_line(text);
}

// Prints the first records of a file, which are JSON, as an aligned table that is `line` columns
// wide at most. The columns are the keys of these records in the order in which they come; those
// that find no place are named below. A record that is no object has the one column "value".
inline void print_table(std::ostream& out, std::vector<std::string> const& records,
                        std::size_t line) {
    constexpr std::size_t widest = 28;
    constexpr std::size_t gap = 2;
    struct column {
        std::string key;
        std::vector<std::pair<std::size_t, std::string>> cells; // by row; few have all of them
        std::size_t printed = 0;
        std::size_t width = 0;
        bool numbers = true;
    };
    std::vector<column> columns;
    std::unordered_map<std::string, std::size_t> index_of; // by key
    auto const put = [&](std::size_t row, std::string const& key, std::string_view json) {
        auto const [known, is_new] = index_of.emplace(key, columns.size());
        if (is_new)
            columns.emplace_back().key = key;
        column& of = columns[known->second];
        if (of.cells.empty() || of.cells.back().first != row)
            of.cells.emplace_back(row, std::string());
        of.cells.back().second = cell(json);
        bool const is_number = json.find_first_of("-0123456789") == 0;
        of.numbers = of.numbers && (is_number || json == "null");
    };
    for (std::size_t row = 0; row != records.size(); ++row) {
        json_text record(records[row]);
        if (record.peek() != '{') {
            put(row, "value", record.take_value());
            continue;
        }
        record.take_members([&](std::string_view written) {
            std::string key;
            append_unescaped(key, written);
            put(row, key, record.take_value());
        });
    }

    std::size_t shown = 0;
    for (std::size_t used = 0; shown != columns.size(); ++shown) {
        column& next = columns[shown];
        next.width = width(next.key);
        for (auto const& [row, text] : next.cells)
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
        print_row([&](column& each) {
            bool const has_cell =
                each.printed != each.cells.size() && each.cells[each.printed].first == row;
            return has_cell ? each.cells[each.printed++].second : std::string();
        });
    if (shown != columns.size()) {
        std::string rest = "not shown:";
        for (std::size_t i = shown; i != columns.size(); ++i)
            rest += (i == shown ? " " : ", ") + one_line(columns[i].key);
        out << cut(rest, line) << '\n';
    }
}

} // namespace tools

#endif
