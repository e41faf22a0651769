// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_LOOP_EXPORT_RECORDS_HPP
#define INTHELOOP_EXAMPLES_LOOP_EXPORT_RECORDS_HPP

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace example {

// Counts the records of a Json export, which is one JSON array, and keeps the text of the first
// ones. It takes the file piece by piece, so that one of any size needs no more memory than the
// kept records. It looks at brackets, commas and strings alone: what is in a record is for a
// parser to judge.
class record_scanner {
public:
    explicit record_scanner(std::size_t keep) : keep_(keep) {}

    void feed(std::string_view bytes) {
        for (char c : bytes)
            feed(c);
    }

    // Whether what came is one whole array.
    bool complete() const { return done_ && !broken_; }
    std::size_t count() const { return count_; }
    std::vector<std::string> const& first() const { return first_; }

private:
    void feed(char c) {
        if (in_string_) {
            keep(c);
            in_string_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
            return;
        }
        bool const space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
        if (space && depth_ <= 1)
            return;
        if (depth_ == 0) {
            broken_ = broken_ || done_ || c != '[';
            depth_ = 1;
        } else if (depth_ == 1 && (c == ',' || c == ']')) {
            end_record(c == ']');
        } else {
            if (c == '{' || c == '[')
                ++depth_;
            else if (c == '}' || c == ']')
                --depth_;
            broken_ = broken_ || depth_ == 0;
            in_string_ = c == '"';
            keep(c);
        }
    }

    void keep(char c) {
        if (!begun_) {
            begun_ = true;
            if (++count_ <= keep_)
                first_.emplace_back();
        }
        if (count_ <= keep_)
            first_.back() += c;
    }

    void end_record(bool last) {
        bool const empty_array = last && count_ == 0;
        broken_ = broken_ || (!begun_ && !empty_array);
        begun_ = false;
        if (last) {
            depth_ = 0;
            done_ = true;
        }
    }

    std::size_t keep_;
    std::size_t count_ = 0;
    std::vector<std::string> first_;
    std::size_t depth_ = 0; // of open brackets, the array's own included
    bool in_string_ = false;
    bool escaped_ = false;
    bool begun_ = false; // inside of a record
    bool done_ = false;
    bool broken_ = false;
};

} // namespace example

#endif
