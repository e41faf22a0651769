// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_PREVIEW_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_PREVIEW_HPP

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tools {

// Holds the rows of a file: how many, and the text of the first ones.
class file_rows {
public:
    file_rows() {}

    std::uint64_t count = 0;
    std::vector<std::string> first;
    std::string problem; // why not all could be read

    bool is_json() const { return count != 0 || problem.empty(); }
};

// Goes through a file of any size, and keeps the first rows.
boost::asio::awaitable<file_rows> count_rows(std::filesystem::path file, std::size_t keep);

// The first rows as a table that is so many columns wide, one line each; and how many follow.
std::vector<std::string> preview(file_rows const& rows, std::size_t columns);

} // namespace tools

#endif
