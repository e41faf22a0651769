// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_TOOLS_EXPORT_ROWS_HPP
#define INTHELOOP_TESTS_TOOLS_EXPORT_ROWS_HPP

#include <intheloop/testing/export_content.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace tests {

// A JSON export of so many rows that is never in memory as a whole.
class export_rows {
public:
    static constexpr std::size_t bytes_of_row = 256; // with what stands before it

    explicit export_rows(std::uint64_t count) : count_(count) {}

    std::uint64_t count() const { return count_; }
    std::uint64_t size() const { return count_ * bytes_of_row + 1; }

    // The row without the bracket or comma before it.
    static std::string row(std::uint64_t number) {
        char head[64];
        std::snprintf(head, sizeof head, R"({"id":%012llu,"subject":")",
                      static_cast<unsigned long long>(number + 100'000'000'000));
        std::string text = head;
        text.resize(bytes_of_row - 3, static_cast<char>('a' + number % 26));
        return text + "\"}";
    }

    intheloop::testing::export_content content() const {
        return intheloop::testing::export_content::generated(
            size(), [last = count_](std::uint64_t offset, std::span<char> out) {
                while (!out.empty()) {
                    std::uint64_t const number = offset / bytes_of_row;
                    std::string const text =
                        number == last ? "]" : (number == 0 ? '[' : ',') + row(number);
                    std::size_t const begin = offset % bytes_of_row;
                    std::size_t const size = std::min(out.size(), text.size() - begin);
                    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(begin), size,
                                out.begin());
                    out = out.subspan(size);
                    offset += size;
                }
            });
    }

private:
    std::uint64_t count_;
};

} // namespace tests

#endif
