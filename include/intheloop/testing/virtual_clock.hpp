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
#include <optional>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace intheloop::testing {

// A clock that moves only when it is told to, or when all work is done and only waits are left. A
// test in which an export takes ten minutes ends in milliseconds, with the same times on every run:
// the random parts of pauses come from the clock's seed.
//
//     auto const clock = std::make_shared<testing::virtual_clock>();
//     server_options.clock = clock;
//     client_options.time = clock; // for all clients
//     ...
//     clock->run(io);              // instead of io.run()
//
// Connections, TLS and files remain real, and take real time. The clock stands still while a client
// waits for one of them, so that this exceeds no time limit. The delays, rates, held requests and
// stalled handshakes of a test server with this clock are waits in virtual time.
//
// Must be owned by a shared_ptr. All functions may be called from any thread; run() and run_for()
// have a further rule.
class virtual_clock final : public time_source, public std::enable_shared_from_this<virtual_clock> {
public:
    using duration = std::chrono::steady_clock::duration;
    using error_code = boost::system::error_code;

    static constexpr std::chrono::sys_seconds default_start =
        std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

    // `start` is the first system_now(). All these clocks of a program have one seed: the number in
    // the environment variable INTHELOOP_TEST_SEED, or a fresh one if that says "random", printed
    // to standard error; 1 without the variable. Throws std::invalid_argument for another value.
    INTHELOOP_DECL explicit virtual_clock(std::chrono::sys_seconds start = default_start);
    // All random numbers of the clients and servers with this clock come from `seed`: in the pauses
    // before retries and between polls, ids, tokens, signatures. Clients and servers draw different
    // ones, in the order in which they are created.
    INTHELOOP_DECL explicit virtual_clock(std::uint64_t seed,
                                          std::chrono::sys_seconds start = default_start);
    INTHELOOP_DECL ~virtual_clock() override;

    // Both move together: now() from a fixed time on, system_now() from `start` on.
    INTHELOOP_DECL time_point now() const override;
    INTHELOOP_DECL std::chrono::system_clock::time_point system_now() const override;
    INTHELOOP_DECL time_point boot_now() const override;
    // The time since the beginning, without suspend.
    INTHELOOP_DECL duration elapsed() const;
    // Returns the seed of all random numbers that depend on this clock.
    std::uint64_t seed() const noexcept { return seed_; }

    // Moves the clock by hand, whatever is under way. Waits that are due then end on their own
    // threads, and see the new time. Throws std::invalid_argument for less than zero. Here and
    // below, a sum of times that is too large means time_point::max(), which no wait reaches.
    INTHELOOP_DECL void advance(duration by);
    // Lets the machine be suspended for this time: system_now() and boot_now() jump, now() stands
    // still, and no wait ends. Throws std::invalid_argument for less than zero.
    INTHELOOP_DECL void suspend(duration time);

    // Runs a context, like its own run(), on this thread, and returns the number of handlers that
    // it ran. When no handler is ready, and no client waits for its peer, the clock jumps to the
    // next wait.
    //
    // Only this thread may run the context, and the clock runs one context at a time: throws
    // std::logic_error for a second one. Work on other threads is not noticed; see hold_still(). A
    // client's wait for something real that does not come, such as a connection to an unreachable
    // address, delays the clock by the time of set_patience().
    INTHELOOP_DECL std::size_t run(boost::asio::io_context& context);
    // Runs a context in the same way until this much time has passed. The clock then has exactly
    // that time, unless the context ran out of work or was stopped before.
    INTHELOOP_DECL std::size_t run_for(boost::asio::io_context& context, duration time);

    // Stops run() from moving the clock while the result, or a copy of it, lives: for work that
    // takes real time elsewhere, in a token provider or on another thread.
    [[nodiscard]] INTHELOOP_DECL std::shared_ptr<void const> hold_still();

    // Sets how long, in real time, run() waits for a silent peer that does not share the clock. It
    // then moves the clock nevertheless, until bytes come or go on that connection. 5 s by default;
    // milliseconds::max() sets no limit.
    INTHELOOP_DECL void set_patience(std::chrono::milliseconds real);

    // Returns the times of the waits of clients, servers and tests, in their order. A client may
    // have more waits than necessary: it then checks the time and goes on waiting.
    INTHELOOP_DECL std::vector<time_point> waits() const;

    // Waits in a coroutine of a test until the clock has reached a time.
    //
    //     co_await clock->async_wait_until(clock->now() + 10min);
    //
    // Completes with void(error_code) when the clock is at `at` or later: on the completion
    // handler's associated executor, which it must have, never from within this function. A time
    // in the past completes at once; time_point::max() is never reached.
    //
    // Any number of waits may overlap, from any threads. Each keeps the clock alive until it
    // completes, and is destroyed with its context.
    //
    // The only error is operation_aborted: all cancellation types end the wait with it.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_wait_until(time_point at, CompletionToken&& token = {}) {
        return boost::asio::async_initiate<CompletionToken, void(error_code)>(
            initiate_wait{shared_from_this()}, token, at);
    }
    // Waits in a coroutine of a test until the clock has moved on by this duration.
    //
    //     co_await clock->async_sleep_for(10min);
    //
    // Completes with void(error_code), like async_wait_until: executor, overlap, lifetimes, errors
    // and cancellation are the same.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_sleep_for(duration time, CompletionToken&& token = {}) {
        return async_wait_until(later(now(), time), std::forward<CompletionToken>(token));
    }

    // --- For clients and servers ---
    INTHELOOP_DECL wait_id begin_wait(time_point at, std::function<void()> due) override;
    INTHELOOP_DECL void cancel_wait(wait_id which) noexcept override;
    INTHELOOP_DECL std::optional<std::uint64_t> next_seed() override;
    // A client waits for its peer between io_began() and io_ended().
    INTHELOOP_DECL void io_began(std::uint64_t connection) override;
    INTHELOOP_DECL void io_ended(std::uint64_t connection) noexcept override;
    INTHELOOP_DECL void io_progressed(std::uint64_t connection) noexcept override;
    // Begins a wait during which the server sends nothing on this connection: the client of it
    // waits for virtual time. With time_point::max() the wait lasts until it is cancelled.
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

    // Call these with the mutex locked.
    INTHELOOP_DECL bool waits_for_peer() const;
    INTHELOOP_DECL void give_up_on_peers();
    INTHELOOP_DECL void move_to(time_point at);
    INTHELOOP_DECL std::function<void()> take(wait_id which);
    INTHELOOP_DECL void wake() noexcept;

    std::chrono::system_clock::time_point const system_start_;
    std::uint64_t const seed_;
    std::uint64_t seeds_given_ = 0;
    mutable std::mutex mutex_;
    time_point now_;
    duration suspended_{0};
    wait_id last_wait_ = 0;
    std::map<wait_id, wait> waits_;
    std::set<std::pair<time_point, wait_id>> order_;
    std::map<std::uint64_t, std::size_t> awaited_; // by connection; 0 while connecting
    std::map<std::uint64_t, std::size_t> silent_;  // by connection
    std::set<std::uint64_t> given_up_;             // connections of peers that took too long
    std::size_t held_still_ = 0;
    std::chrono::milliseconds patience_ = std::chrono::seconds(5);
    boost::asio::io_context* runs_ = nullptr;
    bool has_changed_ = false; // since the last begin_poll()
    bool is_blocked_ = false;  // in the context, until a real event
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/virtual_clock.ipp>
#endif

#endif
