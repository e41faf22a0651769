// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_SEND_HPP
#define INTHELOOP_NET_DETAIL_SEND_HPP

// Sends requests through the runtime of a client, with everything in between erased: this header
// includes no socket, and its users compile none. All functions may be called from any thread.

#include <intheloop/base/client_statistics.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/net/detail/outcome.hpp>
#include <intheloop/net/detail/pending_count.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/runtime_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace intheloop::net {

class runtime;

// Creates a runtime. The executor's context must outlive it. Throws intheloop::exception
// (configuration) if the certificates can't be used.
INTHELOOP_DECL std::shared_ptr<runtime> make_runtime(boost::asio::any_io_executor executor,
                                                     runtime_options options);

// Sends a request. Calls the handler exactly once, on its associated executor, never from within.
// All cancellation types end the call at once and close its connection.
INTHELOOP_DECL void async_send(std::shared_ptr<runtime> const& through, request&& request,
                               outcome_handler handler);

INTHELOOP_DECL void set_token(std::shared_ptr<runtime> const& of, secret changed);

// Reads the files of tls_options again, on this thread, for the connections to come. Throws
// intheloop::exception (configuration), and changes nothing, if they can't be used.
INTHELOOP_DECL void reload_tls(std::shared_ptr<runtime> const& of);

// Ends all calls with errc::client_closed, and drops all connections.
INTHELOOP_DECL void close(std::shared_ptr<runtime> const& closing);
// Refuses further calls, and calls the handler when the handler of the last call has returned and
// the connections are closed. Cancellation ends the calls under way like close(), and calls
// `on_cancelled` on the strand.
INTHELOOP_DECL void async_close(std::shared_ptr<runtime> const& closing, close_handler handler,
                                std::function<void()> on_cancelled);

// Returns the count of the handlers that are on their way: async_close waits until they have
// returned. Outlives the runtime.
INTHELOOP_DECL std::shared_ptr<pending_count> deliveries_of(runtime const& of);

// Runs the calls, and with them their sinks.
INTHELOOP_DECL boost::asio::any_io_executor strand_of(runtime const& owner);
// Names something that all processes with the client's token share; see fleet_link. Empty without a
// fleet or a token. Any thread.
INTHELOOP_DECL std::string name_in_fleet(runtime const& of, std::string_view text);

INTHELOOP_DECL client_statistics statistics_of(runtime const& owner);
// Returns the retries left for an origin that an endpoint names.
INTHELOOP_DECL unsigned retry_budget_left(runtime const& owner, origin const& of);

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/send.ipp>
#endif

#endif
