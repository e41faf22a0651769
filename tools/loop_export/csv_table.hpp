// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_CSV_TABLE_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_CSV_TABLE_HPP

#include "csv.hpp"
#include "table.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools {

// Makes a CSV table of rows that come one by one. Its columns are the ones named, or those that the
// first 100 rows have (or the first MiB of them), which are kept until then. Of the later rows only
// counts are kept.
class csv_table {
public:
    using row_type = boost::json::value;

    explicit csv_table(std::vector<std::string> columns = {}) : named_(!columns.empty()) {
        for (std::string& name : columns)
            add_column(name);
    }

    // Adds to the text what can be written now. `bytes` is how long the rows were up to this one.
    void add(boost::json::value row, std::uint64_t bytes, std::string& out) {
        constexpr std::size_t rows_that_decide = 100;
        constexpr std::uint64_t bytes_that_decide = 1 << 20; // all of them are in memory till then
        if (begun_ || named_)
            return write(row, out);
        first_.push_back(std::move(row));
        if (first_.size() == rows_that_decide || bytes >= bytes_that_decide)
            begin(out);
    }
    void finish(std::string& out) {
        if (!begun_)
            begin(out);
    }

    // What the reader of the table has to know: what is not in it. One line each.
    std::vector<std::string> remarks() const {
        std::vector<std::string> lines;
        if (rows_cut_ != 0)
            lines.push_back(grouped(rows_cut_) + (rows_cut_ == 1 ? " row has" : " rows have") +
                            " values that no column was made for, as none of the first rows has "
                            "them: " +
                            joined(left_out_) + "; --columns names the columns");
        std::vector<std::string> empty;
        for (std::size_t i = 0; i != names_.size(); ++i)
            if (!filled_[i])
                empty.push_back(names_[i]);
        if (named_ && !empty.empty())
            lines.push_back("no row has " + joined(empty));
        return lines;
    }

private:
    void add_column(std::string_view name) {
        if (index_.emplace(name, names_.size()).second) {
            names_.emplace_back(name);
            filled_.push_back(false);
        }
    }

    void begin(std::string& out) {
        begun_ = true;
        for (boost::json::value const& row : first_)
            flatten(row, [this](std::string_view name, auto const&) { add_column(name); });
        if (!names_.empty())
            write_line(
                names_.begin(), names_.end(), out,
                [](std::string& line, std::string const& name) { add_csv_text(line, name); });
        for (boost::json::value const& row : std::exchange(first_, {}))
            write(row, out);
    }

    void write(boost::json::value const& row, std::string& out) {
        if (!begun_)
            begin(out);
        cells_.assign(names_.size(), nullptr);
        bool cut = false;
        flatten(row, [&](std::string_view name, boost::json::value const& value) {
            auto const found = index_.find(name);
            if (found != index_.end()) {
                cells_[found->second] = &value;
                filled_[found->second] = true;
            } else if (!named_) {
                cut = true;
                note_left_out(name);
            }
        });
        rows_cut_ += cut ? 1 : 0;
        if (!names_.empty())
            write_line(cells_.begin(), cells_.end(), out,
                       [](std::string& line, boost::json::value const* value) {
                           if (value)
                               add_csv_value(line, *value);
                       });
    }

    template <class Iterator, class Write>
    static void write_line(Iterator first, Iterator last, std::string& out, Write write_cell) {
        for (Iterator each = first; each != last; ++each) {
            if (each != first)
                out += ',';
            write_cell(out, *each);
        }
        out += "\r\n";
    }

    void note_left_out(std::string_view name) {
        constexpr std::size_t most = 100; // an export may have a new name in every row
        if (left_out_.size() < most &&
            std::find(left_out_.begin(), left_out_.end(), name) == left_out_.end())
            left_out_.emplace_back(name);
    }

    static std::string joined(std::vector<std::string> const& names) {
        constexpr std::size_t most = 8;
        std::string text;
        for (std::size_t i = 0; i != names.size() && i != most; ++i)
            text += (i == 0 ? "" : ", ") + one_line(names[i]);
        return names.size() > most ? text + ", ..." : text;
    }

    bool const named_;
    bool begun_ = false; // the names are written
    std::vector<boost::json::value> first_;
    std::vector<std::string> names_;
    std::vector<bool> filled_; // whether any row has a value there
    std::map<std::string, std::size_t, std::less<>> index_;
    std::vector<boost::json::value const*> cells_;
    std::uint64_t rows_cut_ = 0;
    std::vector<std::string> left_out_;
};

} // namespace tools

#endif
