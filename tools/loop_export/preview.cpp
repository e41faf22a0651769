// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "preview.hpp"

#include "table.hpp"

#include <intheloop/jobs/file_source.hpp>
#include <intheloop/jobs/rows.hpp>

#include <boost/asio/this_coro.hpp>

#include <sstream>
#include <stdexcept>
#include <utility>

namespace tools {

boost::asio::awaitable<file_rows> count_rows(std::filesystem::path file, std::size_t keep) {
    auto const executor = co_await boost::asio::this_coro::executor;
    auto source = intheloop::open_file(executor, file).value();
    intheloop::row_reader<intheloop::row_text> rows(std::move(source));
    constexpr std::size_t most_bytes = 1 << 20; // of what is kept
    std::size_t bytes = 0;
    file_rows found;
    while (auto row = co_await rows.async_next())
        for (; row; row = rows.try_next()) {
            if (row.has_error()) { // then the end follows
                found.problem = row.error().detail;
                continue;
            }
            bytes += row->size();
            if (found.count++ < keep && bytes <= most_bytes)
                found.first.emplace_back(*row);
        }
    co_return found;
}

std::vector<std::string> preview(file_rows const& rows, std::size_t columns) {
    std::vector<std::string> records = rows.first;
    for (std::string& record : records) {
        try {
            check_json(record);
        } catch (std::invalid_argument const&) {
            record = "\"(not JSON)\"";
        }
    }
    std::stringstream table;
    print_table(table, records, columns);
    std::vector<std::string> lines;
    for (std::string line; std::getline(table, line);)
        lines.push_back(line);
    if (rows.first.size() < rows.count)
        lines.push_back("... and " + grouped(rows.count - rows.first.size()) + " more rows");
    return lines;
}

} // namespace tools
