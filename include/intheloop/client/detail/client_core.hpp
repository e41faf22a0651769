// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DETAIL_CLIENT_CORE_HPP
#define INTHELOOP_CLIENT_DETAIL_CLIENT_CORE_HPP

#include <intheloop/base/client_statistics.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/net/detail/outcome.hpp>
#include <intheloop/net/detail/pending_count.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/send.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::detail {

// Configuration shared by all calls of a client. Calls keep it alive while they are under way, but
// not the client.
class call_settings {
public:
    // Throws intheloop::exception for an invalid option.
    INTHELOOP_DECL explicit call_settings(intheloop::options chosen);

    intheloop::options const options;
    net::url const base;
    std::string const user_agent;
    std::string const fixed_lines;                 // of the head of each request to the API
    std::optional<std::uint64_t> const given_seed; // by a clock, so that all runs are equal
    std::uint64_t const seed;                      // of all random numbers of the client
    std::map<std::string, net::url, std::less<>> const origins; // the addresses of others

    // Finds the address of an origin that an endpoint names. The path that precedes its routes has
    // no slash at its end. Returns the problem if no request may go there.
    INTHELOOP_DECL std::optional<error> find_origin(std::string_view named, net::url& out) const;
    INTHELOOP_DECL std::string lines_for(net::origin const& of) const; // as fixed_lines

    // Numbers the forms, in the order in which they are encoded.
    std::uint64_t next_form() const noexcept { return ++last_form_; }
    policy::clock::time_point now() const { return steady_now(options.time); }
    std::chrono::system_clock::time_point system_now() const {
        return detail::system_now(options.time);
    }
    // Makes a random idempotency key, the text of a UUID: from the system's source of secrets, or
    // from a given seed. Empty if OpenSSL has no random bytes. Any thread.
    INTHELOOP_DECL std::string new_idempotency_key() const;

private:
    mutable std::atomic<std::uint64_t> keys_{0}; // made from the seed
    mutable std::atomic<std::uint64_t> last_form_{0};
};

// Notified when the client closes, even with no call in flight.
class close_listener {
public:
    virtual ~close_listener() = default;
    virtual void on_client_closed() = 0; // any thread
};

// The shared state of a client, for everything built upon it. Any thread.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    // Throws like call_settings.
    INTHELOOP_DECL client_core(boost::asio::any_io_executor executor, options options);
    client_core(client_core const&) = delete;
    client_core& operator=(client_core const&) = delete;
    INTHELOOP_DECL ~client_core(); // closes

    boost::asio::any_io_executor const executor;
    std::shared_ptr<call_settings const> const settings;
    // Sends a request to the API, unless it names another origin. Calls the handler once, on its
    // associated executor, never from within: at once for a refused request.
    INTHELOOP_DECL void send(net::request&& request, net::outcome_handler handler);
    INTHELOOP_DECL void set_token(secret changed);
    INTHELOOP_DECL void reload_tls();
    INTHELOOP_DECL client_statistics statistics() const;
    INTHELOOP_DECL unsigned retry_budget_left(endpoint_info const& endpoint) const;
    // Numbers the exports and downloads, in the order in which they are begun.
    std::uint64_t next_job() noexcept { return ++last_job_; }
    // Runs the calls, and with them their sinks.
    INTHELOOP_DECL boost::asio::any_io_executor strand() const;
    // See net::name_in_fleet.
    INTHELOOP_DECL std::string name_in_fleet(std::string_view text) const;

    // Notifies the listener once, when the client closes, or its calls are ended by cancelling
    // async_close; at once if that was before.
    INTHELOOP_DECL void listen(std::weak_ptr<close_listener> listener);
    // Ends all calls with errc::client_closed.
    INTHELOOP_DECL void close();
    // See client::async_close.
    INTHELOOP_DECL void async_close(net::close_handler handler);
    // Counts the handlers that are on their way: async_close waits until they have returned. Those
    // of calls are counted; add a mark for another one. Outlives the client.
    INTHELOOP_DECL std::shared_ptr<net::pending_count> deliveries() const;

    // Returns the core of a moved-from client: its calls end with errc::client_closed. A closed
    // twin is its own twin.
    static std::shared_ptr<client_core> closed_twin(std::shared_ptr<client_core> const& of) {
        return of->is_twin() ? of : of->closed_twin_;
    }

private:
    struct as_closed {};
    INTHELOOP_DECL client_core(client_core const& open, as_closed);

    std::shared_ptr<net::runtime> const runtime_;
    std::shared_ptr<client_core> const closed_twin_; // null in a closed twin
    bool is_twin() const noexcept { return !closed_twin_; }
    INTHELOOP_DECL void tell_listeners();

    std::atomic<std::uint64_t> last_job_{0};
    std::mutex mutex_;
    std::vector<std::weak_ptr<close_listener>> listeners_;
    std::size_t next_sweep_ = 64; // the number of listeners at which expired ones are dropped
    bool closed_ = false;
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/client_core.ipp>
#endif

#endif
