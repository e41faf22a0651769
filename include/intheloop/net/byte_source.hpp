// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_BYTE_SOURCE_HPP
#define INTHELOOP_NET_BYTE_SOURCE_HPP

#include <intheloop/base/error.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <optional>
#include <string>

namespace intheloop {

// Bytes that come piece by piece, as fast as they are asked for: of a file, or of a download. One
// of your own keeps the handler of a read where it does not keep itself alive by it, and never
// assigns one handler to another: Boost 1.81 then calls itself without end (std::optional, and
// emplace).
class byte_source {
public:
    using read_handler = boost::asio::any_completion_handler<void(std::optional<error>)>;

    virtual ~byte_source() = default;

    virtual boost::asio::any_io_executor get_executor() const = 0;

    // Replaces what is in `into` by the next bytes, or leaves it empty at the end. The handler is
    // called on its associated executor, never from within; `into` has to live until then. One
    // read at a time. Each cancellation type ends the read with errc::cancelled; after an error
    // nothing more can be read.
    virtual void async_read(std::string& into, read_handler handler) = 0;
};

} // namespace intheloop

#endif
