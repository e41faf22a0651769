// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_JSON_LINES_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_JSON_LINES_HPP

#include "table.hpp"

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/jobs/rows.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// Returns a row with other characters and numbers for those that JSON can't hold: bytes that are
// not UTF-8, halves of surrogate pairs, control characters, NaN and infinities.
inline std::string with_valid_values(std::string_view row) {
    std::string made;
    bool in_string = false;
    for (std::size_t i = 0; i != row.size();) {
        char const c = row[i];
        std::size_t size = 1;
        std::string_view instead;
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string && c == '\\') {
            std::string_view const code = row.substr(i, 6);
            bool const is_code = code.size() == 6 && code[1] == 'u' &&
                                 code.find_first_not_of("0123456789abcdefABCDEF", 2) == code.npos;
            if (is_code && (code[2] == 'd' || code[2] == 'D') && code[3] >= '8')
                instead = "?";
            size = is_code ? 6 : code.substr(0, 2).size();
        } else if (in_string) {
            auto const byte = static_cast<unsigned char>(c);
            instead = byte < 0x20 || byte >= 0x80 ? "?" : "";
        } else {
            std::size_t const end = row.find_first_of(" \t\r\n\"{}[],:", i);
            size = std::max<std::size_t>(1, std::min(end, row.size()) - i);
            std::string_view const word = row.substr(i, size).substr(c == '-' ? 1 : 0);
            for (std::string_view const name : {"NaN", "Infinity", "nan", "inf"})
                if (word == name)
                    instead = "0";
        }
        made += instead.empty() ? row.substr(i, size) : instead;
        i += size;
    }
    return made;
}

// Writes rows one a line (NDJSON): their text as it came, but for line breaks. A row that is JSON
// but for values that JSON can't hold is written too, and told of.
class json_lines {
public:
    using row_type = intheloop::row_text;

    // `bytes` is the length of the export up to the end of this row. Throws std::runtime_error for
    // a row that is not JSON in another way.
    void add(intheloop::row_text row, std::uint64_t bytes, std::string& out) {
        if (intheloop::codec::check_json(row)) // which refuses large exponents too
            check(with_small_exponents(row), bytes);
        ++rows_;
        if (row.find_first_of("\r\n") == row.npos)
            out += row;
        else
            append_in_one_line(row, out);
        out += '\n';
    }
    void break_off(std::string&) {} // no row is kept
    void finish(std::string&) {}

    // The rows that are not valid JSON: the first ones one by one, then how many there are.
    std::vector<std::string> remarks() const {
        std::vector<std::string> lines = first_;
        if (broken_ > first_.size())
            lines.push_back(grouped(broken_) + " rows in all are not valid JSON");
        return lines;
    }

private:
    void check(std::string const& row, std::uint64_t bytes) {
        auto const problem = intheloop::codec::check_json(row);
        if (!problem)
            return;
        std::string const reason = "row " + std::to_string(rows_) + ", which begins at byte " +
                                   std::to_string(bytes - row.size()) + " of the export, is " +
                                   problem->text();
        if (intheloop::codec::check_json(with_valid_values(row)))
            throw std::runtime_error(reason);
        note(reason);
    }

    // JSON has line breaks only where white space may stand. One in a string, which is not valid
    // there, is escaped, so that it is not lost.
    static void append_in_one_line(std::string_view row, std::string& out) {
        bool in_string = false, escaped = false;
        for (char const c : row) {
            if (c != '\n' && c != '\r')
                out += c;
            else if (!in_string)
                out += ' ';
            else // behind a backslash, which is there already, as a letter
                out.append(escaped ? "" : "\\").append(c == '\n' ? "n" : "r");
            if (c == '"' && !escaped)
                in_string = !in_string;
            escaped = in_string && c == '\\' && !escaped;
        }
    }

    void note(std::string const& reason) {
        constexpr std::size_t most = 3;
        if (broken_++ < most)
            first_.push_back(reason + "; it is written as it came");
    }

    std::uint64_t rows_ = 0;
    std::uint64_t broken_ = 0;
    std::vector<std::string> first_;
};

} // namespace tools

#endif
