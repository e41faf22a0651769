// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_CSV_TABLE_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_CSV_TABLE_HPP

#include "../shared/exit_code.hpp"
#include "csv.hpp"
#include "table.hpp"

#include <intheloop/jobs/rows.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools {

// Makes a CSV table of rows that come one by one. Its columns are the ones named, or those that the
// first 100 rows have (or the first MiB of them), which are kept until then. Of the later rows only
// counts are kept.
//
// A column is named a.b, or by its JSON pointer: /a/b. Where two columns would have one name, both
// are named by their pointers.
class csv_table {
public:
    using row_type = intheloop::row_text;

    explicit csv_table(std::vector<std::string> const& columns = {},
                       csv_options options = csv_options())
        : named_(!columns.empty()), options_(options) {
        for (std::string const& name : columns)
            add_column(name);
    }

    // Adds to the text what can be written now. `bytes` is how long the rows were up to this one.
    // Throws std::runtime_error for a row that can't stand in the table.
    void add(row_type row, std::uint64_t bytes, std::string& out) {
        constexpr std::size_t rows_that_decide = 100;
        constexpr std::uint64_t bytes_that_decide = 1 << 20; // all of them are in memory till then
        if (begun_ || named_)
            return write(row, out);
        first_.emplace_back(row);
        if (first_.size() == rows_that_decide || bytes >= bytes_that_decide)
            begin(out);
    }
    // Writes the rows that are kept, after a failure: up to the first that can't stand in the
    // table.
    void break_off(std::string& out) {
        while (!begun_ && !first_.empty()) {
            try {
                begin(out);
            } catch (std::runtime_error const&) { // another failure was the first
            }
        }
    }
    // Throws stopped if the table lacks values, where it is to be strict.
    void finish(std::string& out) {
        if (!begun_)
            begin(out);
        if (!options_.strict)
            return;
        std::vector<std::string> missing = losses();
        if (rows_ != 0)
            tell_unknown(missing);
        if (missing.empty())
            return;
        std::string text = "nothing is written, as --strict asks for all values";
        for (std::string const& each : missing)
            text += "; " + each;
        throw stopped(incomplete, text);
    }

    // The facts that the reader of the table has to know, one line each.
    std::vector<std::string> remarks() const {
        std::vector<std::string> lines = losses();
        std::vector<std::string> by_pointer;
        for (column const& each : columns_)
            if (!named_ && each.name == each.pointer && !shared_names_.empty())
                by_pointer.push_back(each.name);
        tell_unknown(lines);
        if (!by_pointer.empty())
            lines.push_back("columns that would have one name, " + joined(shared_names_) +
                            ", are told apart as " + joined(by_pointer));
        return lines;
    }

private:
    struct column {
        std::string name;
        std::string pointer = {};   // of its values; of a named column none until its first value
        bool is_found = false;      // whether the pointer is known
        bool is_filled = false;     // whether any row has a value there
        std::string_view cell = {}; // of the row that is being written, as JSON
    };

    // Something that is not in the table.
    class omission {
    public:
        void note(std::string const& name) {
            constexpr std::size_t most = 100; // an export may have a new name in every row
            if (names_.size() < most &&
                std::find(names_.begin(), names_.end(), name) == names_.end())
                names_.push_back(name);
            in_this_row_ = true;
        }
        void end_row() { rows_ += std::exchange(in_this_row_, false) ? 1 : 0; }
        // "2 rows have ...: a, b", if there is any.
        void tell(std::vector<std::string>& lines, std::string const& kind,
                  std::string const& advice = {}) const {
            if (rows_ != 0)
                lines.push_back(grouped(rows_) + (rows_ == 1 ? " row has " : " rows have ") + kind +
                                ": " + joined(names_) + advice);
        }

    private:
        bool in_this_row_ = false;
        std::uint64_t rows_ = 0;
        std::vector<std::string> names_;
    };

    std::vector<std::string> losses() const {
        std::vector<std::string> lines;
        left_out_.tell(lines,
                       "values that no column was made for, as none of the first rows has them",
                       "; --columns names the columns");
        objects_.tell(lines, "an object where a column was named, of which nothing is written",
                      "; --columns takes its members, as a.b");
        repeated_.tell(lines, "a key twice, of which the last value stands");
        replaced_.tell(lines, "characters that a table can't hold, replaced by U+FFFD");
        return lines;
    }

    // Tells of the named columns that no row has.
    void tell_unknown(std::vector<std::string>& lines) const {
        std::vector<std::string> empty;
        for (column const& each : columns_)
            if (named_ && !each.is_filled)
                empty.push_back(each.name);
        if (!empty.empty())
            lines.push_back("no row has " + joined(empty));
    }

    void add_column(std::string const& name) {
        if (by_name_.emplace(name, columns_.size()).second)
            columns_.push_back(column{name});
    }

    // The paths in the first rows. Where a row is no JSON, only those before it stay.
    std::vector<csv_path> find_paths() {
        std::vector<csv_path> paths;
        std::size_t number = 0;
        try {
            for (; number != first_.size(); ++number)
                in_row(number, [&] {
                    flatten(first_[number], [&](csv_path const& path, std::string_view) {
                        path.check();
                        if (by_pointer_.emplace(path.pointer, paths.size()).second)
                            paths.push_back(path);
                    });
                });
        } catch (...) {
            first_.resize(number);
            by_pointer_.clear();
            throw;
        }
        return paths;
    }

    // The columns of the first rows, each under a name of its own.
    void find_columns() {
        std::vector<csv_path> const paths = find_paths();
        std::map<std::string, std::size_t> times;
        for (csv_path const& path : paths)
            ++times[path.name];
        for (auto const& [name, count] : times)
            if (count > 1)
                shared_names_.push_back(name);
        for (csv_path const& path : paths) {
            bool const is_like_pointer =
                !shared_names_.empty() && (path.name.empty() || path.name.starts_with('/'));
            add_column(times[path.name] > 1 || is_like_pointer ? path.pointer : path.name);
            columns_.back().pointer = path.pointer;
            columns_.back().is_found = true;
        }
    }

    void begin(std::string& out) {
        if (!named_)
            find_columns();
        begun_ = true;
        if (options_.byte_order_mark)
            out += "\xef\xbb\xbf";
        write_line(out, [this](std::string& line, column const& each) {
            std::string name = each.name;
            replace_bad_utf8(name);
            add_csv_text(line, name, options_.escape_formulas);
        });
        for (std::string const& row : std::exchange(first_, {}))
            write(row, out);
    }

    void write(std::string_view row, std::string& out) {
        if (!begun_)
            begin(out);
        for (column& each : columns_)
            each.cell = {};
        in_row(rows_, [&] {
            flatten(row, [this](csv_path const& path, std::string_view json) { take(path, json); });
            write_line(out, [this](std::string& line, column& each) {
                if (!each.cell.empty() && add_csv_value(line, each.cell, options_.escape_formulas))
                    replaced_.note(each.name);
            });
        });
        ++rows_;
        for (omission* each : {&left_out_, &objects_, &repeated_, &replaced_})
            each->end_row();
    }

    // Takes a value of the row into its column.
    void take(csv_path const& path, std::string_view json) {
        auto const found = by_pointer_.find(path.pointer);
        column* const into = found != by_pointer_.end() ? &columns_[found->second]
                             : named_                   ? named(path)
                                                        : nullptr;
        if (into) {
            path.check();
            if (!into->cell.empty())
                repeated_.note(into->name);
            into->cell = json;
            into->is_filled = true;
        } else if (!named_) {
            left_out_.note(by_name_.contains(path.name) ? path.pointer : path.name);
        } else {
            note_object_around(path);
        }
    }

    // Looks whether the value lies in an object that itself was named as a column.
    void note_object_around(csv_path const& path) {
        std::string name; // of the object around it, level by level
        std::size_t begin = 1;
        for (std::size_t end; (end = path.pointer.find('/', begin)) != std::string::npos;
             begin = end + 1) {
            name += name.empty() ? "" : ".";
            for (std::size_t i = begin; i != end; ++i) {
                bool const is_escaped = path.pointer[i] == '~';
                name += !is_escaped ? path.pointer[i] : path.pointer[++i] == '1' ? '/' : '~';
            }
            auto found = by_name_.find(std::string_view(path.pointer).substr(0, end));
            if (found == by_name_.end())
                found = by_name_.find(name);
            if (found != by_name_.end()) {
                columns_[found->second].is_filled = true; // it is there
                objects_.note(found->first);
            }
        }
    }

    // The column that was named so, if there is one; from now on it is of this path.
    column* named(csv_path const& path) {
        auto found = by_name_.find(path.pointer);
        if (found == by_name_.end() || path.pointer.empty())
            found = by_name_.find(path.name);
        if (found == by_name_.end())
            return nullptr;
        column& each = columns_[found->second];
        if (std::exchange(each.is_found, true)) {
            auto const shown = [](std::string const& pointer) {
                return pointer.empty() ? std::string("(rows that are no objects)") : pointer;
            };
            throw std::runtime_error("the column " + one_line(each.name) +
                                     " stands for two: " + one_line(shown(each.pointer)) + " and " +
                                     one_line(shown(path.pointer)) +
                                     "; --columns takes these names too");
        }
        each.pointer = path.pointer;
        by_pointer_.emplace(path.pointer, found->second);
        return &each;
    }

    // One that would be blank is no row for those who read it (RFC 4180).
    template <class Write>
    void write_line(std::string& out, Write write_cell) {
        std::size_t const begin = out.size();
        try {
            for (column& each : columns_) {
                if (&each != columns_.data())
                    out += ',';
                write_cell(out, each);
            }
        } catch (...) { // of a row that is no JSON: no half of a line stays
            out.resize(begin);
            throw;
        }
        if (columns_.size() == 1 && out.size() == begin)
            out += "\"\"";
        if (!columns_.empty())
            out += "\r\n";
    }

    template <class Function>
    static void in_row(std::uint64_t number, Function function) {
        try {
            function();
        } catch (std::invalid_argument const& e) {
            throw std::runtime_error("row " + std::to_string(number) +
                                     " of the export is not JSON: " + e.what());
        }
    }

    static std::string joined(std::vector<std::string> const& names) {
        constexpr std::size_t most = 8;
        std::string text;
        for (std::size_t i = 0; i != names.size() && i != most; ++i)
            text += (i == 0 ? "" : ", ") + one_line(names[i]);
        return names.size() > most ? text + ", ..." : text;
    }

    bool const named_;
    csv_options const options_;
    bool begun_ = false; // the names are written
    std::vector<std::string> first_;
    std::vector<column> columns_;
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::map<std::string, std::size_t, std::less<>> by_pointer_;
    std::vector<std::string> shared_names_; // that several columns would have
    std::uint64_t rows_ = 0;
    omission left_out_, objects_, repeated_, replaced_;
};

} // namespace tools

#endif
