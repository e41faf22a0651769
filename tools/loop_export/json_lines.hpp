// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_JSON_LINES_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_JSON_LINES_HPP

#include "table.hpp"

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/jobs/rows.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// Writes rows one a line (NDJSON): their text as it came, but for line breaks. A row that is not
// valid JSON is written too, and told of.
class json_lines {
public:
    using row_type = intheloop::row_text;

    // `bytes` is the length of the export up to the end of this row.
    void add(intheloop::row_text row, std::uint64_t bytes, std::string& out) {
        if (auto const problem = intheloop::codec::check_json(row))
            note(bytes - row.size(), problem->text());
        ++rows_;
        if (row.find_first_of("\r\n") == row.npos)
            out += row;
        else
            append_in_one_line(row, out);
        out += '\n';
    }
    void finish(std::string&) {}

    // The rows that are not valid JSON: the first ones one by one, then how many there are.
    std::vector<std::string> remarks() const {
        std::vector<std::string> lines = first_;
        if (broken_ > first_.size())
            lines.push_back(grouped(broken_) + " rows in all are not valid JSON");
        return lines;
    }

private:
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

    void note(std::uint64_t begin, std::string const& reason) {
        constexpr std::size_t most = 3;
        if (broken_++ < most)
            first_.push_back("row " + std::to_string(rows_) + ", which begins at byte " +
                             std::to_string(begin) + " of the export, is " + reason +
                             "; it is written as it came");
    }

    std::uint64_t rows_ = 0;
    std::uint64_t broken_ = 0;
    std::vector<std::string> first_;
};

} // namespace tools

#endif
