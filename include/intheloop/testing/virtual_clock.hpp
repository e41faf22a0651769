// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_VIRTUAL_CLOCK_HPP
#define INTHELOOP_TESTING_VIRTUAL_CLOCK_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/time_source.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace intheloop::testing {

// A clock that moves only when it is told to, or when there is nothing to do but to wait: a test in
// which an export takes ten minutes is over in milliseconds, and sees the same times on every run.
//
//     auto const clock = std::make_shared<testing::virtual_clock>();
//     server_options.clock = clock;
//     client_options.time = clock; // of all the clients that there are
//     ...
//     clock->run(io);              // instead of io.run()
//
// Connections, TLS and files stay real, and so take real time; while a client waits for one of them
// the clock stands still, so that no time limit passes by that. A delay, a pace, a held request or
// a stalled handshake of a test server that has this clock are waits in virtual time.
//
// To be kept by a shared_ptr. All functions are called from any thread, but for what run() says.
class virtual_clock final : public time_source, public std::enable_shared_from_this<virtual_clock> {
public:
    using duration = std::chrono::steady_clock::duration;
    using error_code = boost::system::error_code;

    // Of system_now() at the beginning; by default 2026-01-01 00:00 UTC.
    INTHELOOP_DECL explicit virtual_clock(
        std::chrono::sys_seconds start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1));
    INTHELOOP_DECL ~virtual_clock() override;

    // The two move together: this one from a fixed time on, the other from `start`.
    INTHELOOP_DECL time_point now() const override;
    INTHELOOP_DECL std::chrono::system_clock::time_point system_now() const override;
    // Since the beginning.
    INTHELOOP_DECL duration elapsed() const;

    // Moves the clock by hand, whatever is under way; what is due by then is begun on its own
    // threads, and finds the new time. Throws std::invalid_argument for less than zero. Here as
    // below, a sum of times that is too large means time_point::max(), to which nothing is due.
    INTHELOOP_DECL void advance(duration by);

    // Runs a context as its run() does, on this thread, and returns how many handlers it ran. When
    // all is done that could be done, and no client waits for its peer, the clock jumps to what is
    // to happen next.
    //
    // The context is this thread's alone, and one is run at a time: throws std::logic_error
    // otherwise. What is done on other threads is not seen; see hold_still(). A client's own wait
    // for something real that does not come, say an address that does not answer, holds the clock
    // up for patience().
    INTHELOOP_DECL std::size_t run(boost::asio::io_context& context);
    // The same until so much time has passed. The clock then stands exactly there, unless the
    // context was out of work or stopped before.
    INTHELOOP_DECL std::size_t run_for(boost::asio::io_context& context, duration time);

    // While what this returns (or a copy) lives, run() does not move the clock: for what takes real
    // time elsewhere, in a token provider or on another thread.
    [[nodiscard]] INTHELOOP_DECL std::shared_ptr<void const> hold_still();

    // How long a peer that does not share the clock may keep a client waiting, in real time and
    // without anything happening, before run() moves the clock nevertheless, and goes on doing so
    // until something happens on that connection. 5 s by default; milliseconds::max() for never.
    INTHELOOP_DECL void set_patience(std::chrono::milliseconds real);

    // The points in time that something waits for, of clients, servers and tests, in their order.
    // A client may have more than it has reasons for: it looks then, and goes on waiting.
    INTHELOOP_DECL std::vector<time_point> waits() const;

    // For waiting in a test's own coroutines. Complete with void(error_code), on the associated
    // executor, which the handler must have; cancelled (all types) with operation_aborted.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_wait_until(time_point at, CompletionToken&& token = {}) {
        return boost::asio::async_initiate<CompletionToken, void(error_code)>(
            initiate_wait{shared_from_this()}, token, at);
    }
    // The same for so long from now on.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_sleep_for(duration time, CompletionToken&& token = {}) {
        return async_wait_until(later(now(), time), std::forward<CompletionToken>(token));
    }

    // --- Of clients and servers ---
    INTHELOOP_DECL wait_id begin_wait(time_point at, std::function<void()> due) override;
    INTHELOOP_DECL void cancel_wait(wait_id which) noexcept override;
    // Between the two a client waits for its peer.
    INTHELOOP_DECL void io_began(std::uint64_t connection) override;
    INTHELOOP_DECL void io_ended(std::uint64_t connection) noexcept override;
    INTHELOOP_DECL void io_progressed(std::uint64_t connection) noexcept override;
    // A wait, and meanwhile nothing comes on this connection: its client waits for virtual time.
    // time_point::max(): until it is cancelled.
    INTHELOOP_DECL wait_id begin_silence(std::uint64_t connection, time_point until,
                                         std::function<void()> due);

private:
    struct initiate_wait {
        std::shared_ptr<virtual_clock> clock;
        template <class Handler>
        void operator()(Handler&& handler, time_point at) const {
            auto const on = boost::asio::get_associated_executor(handler);
            static_assert(
                !std::is_same_v<std::remove_const_t<decltype(on)>, boost::asio::system_executor>,
                "the handler needs an executor: bind_executor(context, handler)");
            clock->sleep(at, on, std::forward<Handler>(handler));
        }
    };
    struct wait {
        time_point at;
        std::uint64_t silent_connection = 0; // 0: none
        std::function<void()> due;
    };
    class running;
    enum class step : unsigned char { poll_again, at_limit, waits_for_peer, waits_for_other };

    INTHELOOP_DECL void sleep(time_point at, boost::asio::any_io_executor const& on,
                              boost::asio::any_completion_handler<void(error_code)> handler);
    INTHELOOP_DECL std::size_t run_until(boost::asio::io_context& context, time_point limit);
    INTHELOOP_DECL static time_point later(time_point than, duration by);
    INTHELOOP_DECL std::chrono::milliseconds begin_poll();
    INTHELOOP_DECL step move_on(time_point limit, bool impatient);

    // With the mutex held.
    INTHELOOP_DECL bool waits_for_peer() const;
    INTHELOOP_DECL void give_up_on_peers();
    INTHELOOP_DECL void move_to(time_point at);
    INTHELOOP_DECL std::function<void()> take(wait_id which);
    INTHELOOP_DECL void wake();

    std::chrono::system_clock::time_point const system_start_;
    mutable std::mutex mutex_;
    time_point now_;
    wait_id last_wait_ = 0;
    std::map<wait_id, wait> waits_;
    std::set<std::pair<time_point, wait_id>> order_;
    std::map<std::uint64_t, std::size_t> awaited_; // by connection, 0 for those to be
    std::map<std::uint64_t, std::size_t> silent_;  // by connection
    std::set<std::uint64_t> given_up_;             // connections of peers that take too long
    std::size_t held_still_ = 0;
    std::chrono::milliseconds patience_ = std::chrono::seconds(5);
    boost::asio::io_context* runs_ = nullptr;
    bool has_changed_ = false; // since the beginning of a look
    bool is_blocked_ = false;  // in the context, until something real happens
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/virtual_clock.ipp>
#endif

#endif
