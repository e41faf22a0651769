// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DOWNLOAD_OPTIONS_HPP
#define INTHELOOP_JOBS_DOWNLOAD_OPTIONS_HPP

#include <intheloop/policy/detail/retry.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace intheloop {

// How far a download is.
struct download_progress {
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> total; // if the server says it
    double bytes_per_second = 0;        // of late
};

// How a download goes about it. Times are above zero.
class download_options {
public:
    download_options() { retry.max_attempts = 8; }

    // Of the whole download, and without a byte coming. A look for a fresh address that begins
    // before the deadline may end after it, by the deadline of the client's calls.
    std::chrono::milliseconds deadline = std::chrono::hours(1);
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
    // How often and how patiently it goes on when no byte comes: attempts in a row (8 by default).
    // One that breaks after it brought something does not count, and is followed by the next at
    // once.
    retry_options retry;
    // Of a download to a file: whether the part stays when the download fails, as "<path>.part"
    // with "<path>.part.info", so that the next one to that path goes on with it.
    bool keep_part = false;
    // Called after each piece, on one of the client's threads; must not block.
    std::function<void(download_progress)> on_progress;
};

// What was downloaded.
class download_summary {
public:
    download_summary() {}

    std::uint64_t bytes = 0; // of the whole file
    std::string content_type;
    unsigned breaks = 0; // after which it went on
};

} // namespace intheloop

#endif
