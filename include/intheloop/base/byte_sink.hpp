// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_BYTE_SINK_HPP
#define INTHELOOP_BASE_BYTE_SINK_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace intheloop {

// Takes bytes piece by piece, as they come: those of a download, or of the body of an answer. The
// functions are called one at a time, on one of the client's threads or where the completion
// handler runs, and must not block; what they return, if anything, ends the download with that
// error. One of your own overrides write(), and rewind() where it can.
class byte_sink {
public:
    // The head of the answer that brings the bytes. It lives as long as the call.
    struct head {
        unsigned status;
        headers const& fields;
        std::uint64_t offset = 0; // of the first byte that follows, from the begin of the file on
        std::optional<std::uint64_t> total = std::nullopt; // of the whole, if the server says it
        std::string_view resource = {}; // of a file: its URL without the query, which is secret
    };

    virtual ~byte_sink() = default;

    // How to go on after is_full(): any thread, any time. Each request for a part tells it anew.
    virtual void start(std::function<void()> /*resume*/) noexcept {}
    // Bytes follow, those of one answer.
    virtual std::optional<error> begin(head const&) { return std::nullopt; }
    // The next bytes. They live as long as the call, in the buffer of the connection, where TLS put
    // them: a file that gets them from there by write(2) makes the only copy in user space.
    virtual std::optional<error> write(std::string_view bytes) = 0;
    // While it is, nothing more is read, so that the server is held up too. Time in which nothing
    // is read does not count as a stall.
    virtual bool is_full() noexcept { return false; }
    // The file is another one than it was when the download began: forget what was written. By
    // default that can't be done, and ends the download.
    virtual std::optional<error> rewind() {
        return error(errc::file_changed, "after a part of it was read");
    }
    // All of it is there.
    virtual std::optional<error> commit() { return std::nullopt; }
    // It failed, or was given up.
    virtual void abandon() noexcept {}
};

} // namespace intheloop

#endif
