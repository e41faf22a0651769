// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DOWNLOAD_OPTIONS_HPP
#define INTHELOOP_JOBS_DOWNLOAD_OPTIONS_HPP

#include <intheloop/policy/detail/retry.hpp>
#include <intheloop/policy/slow_transfer_options.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace intheloop {

// The progress of a download: of all its streams together. `bytes` becomes less only when the
// download starts over, because the file has changed.
struct download_progress {
    std::uint64_t bytes = 0;
    std::optional<std::uint64_t> total; // size of the whole file, if the server gave it
    double bytes_per_second = 0;        // recent rate
};

// The options of a download. Times must be above zero.
class download_options {
public:
    download_options() {
        retry.max_attempts = 8;
        retry.base = std::chrono::seconds(1);
    }

    // Limits the whole download, and the time in which no byte comes. A poll for a fresh address
    // that begins before the deadline may end after it: the deadline of the client's calls applies
    // to it.
    std::chrono::milliseconds deadline = std::chrono::hours(1);
    std::chrono::milliseconds stall_timeout = std::chrono::seconds(30);
    // The least rate, instead of the client's; see slow_transfer_options. An attempt that ends
    // because it was slower, and brought less than `duration` of that rate, counts like one that
    // brought no byte.
    std::optional<slow_transfer_options> slow_transfer;
    // Limits the attempts in a row that bring no byte (8 by default), and sets the pauses between
    // them (here `base` is 1 s: a file can wait longer than a call, and outlast a restart). An
    // attempt that brought bytes before it broke does not count, and the next one follows at once.
    retry_options retry;
    // Keeps the part file of a failed download to a file, as "<path>.part" with "<path>.part.info",
    // so that the next download to the same path goes on with it. Has no effect on a stream.
    bool keep_part = false;
    // Fetches a file in up to so many ranges at once, each over a connection of its own: 1 to 16.
    // It is faster where the time of a round trip, and not the line, limits one connection. Only
    // for a download to a file: with a sink, a source of bytes or rows, a pipe or a device, more
    // than one is errc::invalid_option.
    //
    // The file comes in one stream, as without this option, if the server does not serve ranges of
    // it: it answers a range with 200, gives no strong ETag or no total size, or the file is empty.
    // A file of up to 4 MiB comes in one request. `retry`, `slow_transfer` and `stall_timeout`
    // count for each stream; one that has no attempt left is given up while others go on, and so is
    // one that is refused while others receive. A pause that the server asks for holds for all.
    // More streams than pool_options::max_connections wait for their turn.
    unsigned streams = 1;
    // Is called after each piece, on one of the client's threads; must not block. `bytes` begins
    // again when the file has changed, and when several streams go on as one. An exception ends the
    // download with errc::invalid_option.
    std::function<void(download_progress)> on_progress;
};

// Describes a finished download.
class download_summary {
public:
    download_summary() {}

    std::uint64_t bytes = 0; // size of the whole file
    std::string content_type;
    unsigned breaks = 0; // broken connections after which the download went on
    // Names the losses of an older file that was replaced: "its mode 0644 becomes 0600", its other
    // hard links, its owner. Empty if it lost nothing.
    std::string lost;
};

} // namespace intheloop

#endif
