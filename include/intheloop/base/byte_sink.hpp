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

// Takes the bytes of a download, or of the body of a response, piece by piece as they come. The
// functions are called one at a time, on one of the client's threads or where the completion
// handler runs, and must not block. An error that one of them returns ends the download; one
// without a code counts as errc::invalid_option. A sink of your own overrides write(), and rewind()
// where it can forget its bytes.
class byte_sink {
public:
    // The head of the response that brings the bytes. It lives as long as the call of begin().
    struct head {
        unsigned status;
        headers const& fields;
        std::uint64_t offset = 0; // in the file, of the first byte that follows
        std::optional<std::uint64_t> total = std::nullopt; // size of the file, if known
        std::string_view resource = {}; // of a file: its URL without the query, which is secret
    };

    virtual ~byte_sink() = default;

    // Gives the function to call when the sink is no longer full: from any thread, at any time.
    // Called anew for each request.
    virtual void start(std::function<void()> /*resume*/) noexcept {}
    // The bytes of one response follow.
    [[nodiscard]] virtual std::optional<error> begin(head const&) { return std::nullopt; }
    // Takes the next bytes. They live as long as this call, in the buffer of the connection, into
    // which TLS decrypts them.
    [[nodiscard]] virtual std::optional<error> write(std::string_view bytes) = 0;
    // Returns whether the sink takes no more for now. Nothing is read from the connection then, so
    // the server has to wait too; this time does not count as a stall.
    virtual bool is_full() noexcept { return false; }
    // Forgets all bytes that were written, because the file at the server has changed, or has no
    // strong ETag that tells. By default the sink can't do that, and the download ends.
    [[nodiscard]] virtual std::optional<error> rewind() {
        return error(errc::file_changed, "after a part of it was read");
    }
    // Finishes: all bytes have come.
    [[nodiscard]] virtual std::optional<error> commit() { return std::nullopt; }
    // Gives up: the download has failed or was cancelled.
    virtual void abandon() noexcept {}
};

} // namespace intheloop

#endif
