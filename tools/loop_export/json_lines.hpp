// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_JSON_LINES_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_JSON_LINES_HPP

#include <intheloop/jobs/rows.hpp>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tools {

// Writes rows one a line (NDJSON): their text as it came, but for line breaks, once it is known to
// be JSON.
class json_lines {
public:
    using row_type = intheloop::row_text;

    // Throws std::runtime_error for a row that is not JSON.
    void add(intheloop::row_text row, std::uint64_t, std::string& out) {
        check(row);
        ++rows_;
        std::size_t const begin = out.size();
        out += row;
        // JSON has line breaks only where white space may stand.
        for (char line_break : {'\n', '\r'})
            for (auto at = out.find(line_break, begin); at != out.npos;
                 at = out.find(line_break, at))
                out[at] = ' ';
        out += '\n';
    }
    void finish(std::string&) {}
    std::vector<std::string> remarks() const { return {}; }

private:
    void check(intheloop::row_text row) {
        boost::json::parse_options options;
        options.max_depth = 64; // as of intheloop::row_options
        boost::json::monotonic_resource storage(memory_.data(), memory_.size());
        boost::system::error_code failure;
        boost::json::parse(boost::json::string_view(row.data(), row.size()), failure, &storage,
                           options);
        if (failure)
            throw std::runtime_error("row " + std::to_string(rows_) +
                                     " of the export is not JSON: " + failure.message());
    }

    std::uint64_t rows_ = 0;
    std::array<unsigned char, 16384> memory_;
};

} // namespace tools

#endif
