// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_BYTE_SOURCE_HPP
#define INTHELOOP_NET_BYTE_SOURCE_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/net/detail/any_handler.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <optional>
#include <string>

namespace intheloop {

// A source of bytes that are read piece by piece, on demand: a file, or a download. A source of
// your own must keep the handler of a read until it calls it, unless the pending read keeps the
// source alive.
class byte_source {
public:
    using read_handler = net::any_handler<void(std::optional<error>)>;

    virtual ~byte_source() = default;

    virtual boost::asio::any_io_executor get_executor() const = 0;

    // Reads the next bytes.
    //
    //     source.async_read(piece, [&](std::optional<loop::error> failure) {
    //         if (!failure)
    //             use(piece); // empty at the end
    //     });
    //
    // Completes with void(std::optional<error>), on the handler's associated executor, never from
    // within this function. On success `into` holds the next bytes, or is empty at the end. `into`
    // must live until then. Only one read may be under way. All cancellation types end the read
    // with errc::cancelled; after an error nothing more can be read, and one without a code counts
    // as errc::invalid_option. If it throws, the call or the reader ends with errc::invalid_request
    // (std::bad_alloc: errc::out_of_memory).
    virtual void async_read(std::string& into, read_handler handler) = 0;
};

} // namespace intheloop

#endif
