// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TRANSPORT_HPP
#define INTHELOOP_NET_TRANSPORT_HPP

// One request out, one answer back, with everything that lies between erased: this header knows
// no socket, and its users don't compile one.

#include <intheloop/codec/response.hpp>
#include <intheloop/config.hpp>
#include <intheloop/error.hpp>
#include <intheloop/headers.hpp>
#include <intheloop/net/tls_options.hpp>
#include <intheloop/net/url.hpp>
#include <intheloop/policy/deadline.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::net {

// Takes the body of an answer as it comes, instead of keeping it in memory. It is called on one
// thread at a time. What it returns, if anything, ends the exchange with that error.
class body_sink {
public:
    virtual ~body_sink() = default;
    // Before the body; its length if the answer says it. Not called for a status other than 200.
    virtual std::optional<error> begin(codec::encoded_response const& head,
                                       std::optional<std::uint64_t> length) = 0;
    virtual std::optional<error> write(std::string_view bytes) = 0;
};

class exchange_request {
public:
    exchange_request() {}

    net::origin origin;
    std::string bytes; // request line, header and body, ready to be sent
    bool idempotent = false;
    bool answer_has_no_body = false; // HEAD
    policy::timeouts timeouts;
    policy::clock::time_point started;
    std::size_t max_header_size = 0;
    std::size_t max_body_size = 0; // of an answer that is kept in memory
    std::shared_ptr<body_sink> sink;
};

class exchange_outcome {
public:
    exchange_outcome() {}

    std::optional<error> failure; // code and detail only
    codec::encoded_response response;
    request_progress progress = request_progress::not_sent;
    unsigned attempts = 0;
};

using exchange_handler = boost::asio::any_completion_handler<void(exchange_outcome)>;

class transport_state;

// Sends requests over connections that it keeps. May be called from any thread. The executor's
// context must outlive it.
class transport {
public:
    // Throws intheloop::exception (configuration) if the certificates can't be used.
    INTHELOOP_DECL transport(boost::asio::any_io_executor executor, tls_options const& tls);
    INTHELOOP_DECL ~transport(); // closes
    transport(transport const&) = delete;
    transport& operator=(transport const&) = delete;

    // Calls the handler exactly once, on its associated executor, never from within. All
    // cancellation types end the exchange at once and close its connection.
    INTHELOOP_DECL void async_exchange(exchange_request request, exchange_handler handler);

    // Ends all exchanges with errc::client_closed, and drops all connections.
    INTHELOOP_DECL void close();

    // Connections that wait for their next request.
    INTHELOOP_DECL std::size_t idle_connections() const;

    boost::asio::any_io_executor const& get_executor() const noexcept { return executor_; }

private:
    boost::asio::any_io_executor executor_;
    std::shared_ptr<transport_state> state_;
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/transport.ipp>
#endif

#endif
