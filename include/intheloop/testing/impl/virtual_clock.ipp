// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_VIRTUAL_CLOCK_IPP
#define INTHELOOP_TESTING_IMPL_VIRTUAL_CLOCK_IPP

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/detail/whole_number.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/wait_traits.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace intheloop::testing {

namespace detail {

// Far from zero, which means "no time" in some places.
inline constexpr std::chrono::steady_clock::time_point virtual_start{std::chrono::hours(24 * 1000)};

// Keeps a handler in a real timer, so that the handler belongs to the context.
class sleeper {
    using strand = boost::asio::strand<boost::asio::any_io_executor>;

public:
    explicit sleeper(boost::asio::any_io_executor const& on)
        : timer(boost::asio::make_strand(on), std::chrono::steady_clock::time_point::max()) {}

    boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                      boost::asio::wait_traits<std::chrono::steady_clock>, strand>
        timer;
    std::atomic<bool> is_due = false;
    intheloop::detail::pending_wait until;
};

// Reads the variable and prints the seed.
INTHELOOP_DECL std::uint64_t read_seed() {
    char const* const given = std::getenv("INTHELOOP_TEST_SEED");
    std::string_view const text = given ? given : "";
    std::uint64_t seed = 1;
    if (text.empty())
        return seed;
    if (text == "random") {
        seed = intheloop::detail::next_seed(nullptr);
    } else if (auto const number = intheloop::detail::whole_number<std::uint64_t>(text)) {
        seed = *number;
    } else {
        throw std::invalid_argument("INTHELOOP_TEST_SEED is neither a number nor \"random\"");
    }
    std::cerr << "virtual clock: INTHELOOP_TEST_SEED=" + std::to_string(seed) + '\n';
    return seed;
}

INTHELOOP_DECL std::uint64_t seed_of_program() {
    static std::uint64_t const seed = read_seed();
    return seed;
}

} // namespace detail

INTHELOOP_DECL virtual_clock::virtual_clock(std::chrono::sys_seconds start)
    : virtual_clock(detail::seed_of_program(), start) {}

INTHELOOP_DECL virtual_clock::virtual_clock(std::uint64_t seed, std::chrono::sys_seconds start)
    : system_start_(intheloop::detail::saturating_cast<std::chrono::system_clock::duration>(
          start.time_since_epoch())),
      seed_(seed), now_(detail::virtual_start) {}

INTHELOOP_DECL virtual_clock::~virtual_clock() = default;

INTHELOOP_DECL time_source::time_point virtual_clock::now() const {
    std::lock_guard const lock(mutex_);
    return now_;
}

INTHELOOP_DECL std::chrono::system_clock::time_point virtual_clock::system_now() const {
    return intheloop::detail::saturating_add(system_start_, boot_now() - detail::virtual_start);
}

INTHELOOP_DECL time_source::time_point virtual_clock::boot_now() const {
    std::lock_guard const lock(mutex_);
    return later(now_, suspended_);
}

INTHELOOP_DECL virtual_clock::duration virtual_clock::elapsed() const {
    return now() - detail::virtual_start;
}

INTHELOOP_DECL std::optional<std::uint64_t> virtual_clock::next_seed() {
    std::lock_guard const lock(mutex_);
    return intheloop::detail::random_numbers(seed_, intheloop::detail::random_use::seeds,
                                             ++seeds_given_)
        .next();
}

INTHELOOP_DECL void virtual_clock::advance(duration by) {
    if (by.count() < 0)
        throw std::invalid_argument("virtual clock: it can't go back");
    std::lock_guard const lock(mutex_);
    wake();
    move_to(later(now_, by));
}

INTHELOOP_DECL void virtual_clock::suspend(duration time) {
    if (time.count() < 0)
        throw std::invalid_argument("virtual clock: it can't go back");
    std::lock_guard const lock(mutex_);
    suspended_ = intheloop::detail::saturating_add(suspended_, time);
}

// Can't underflow: a clock is never before its start, which is above zero.
INTHELOOP_DECL time_source::time_point virtual_clock::later(time_point than, duration by) {
    return intheloop::detail::saturating_add(than, by);
}

// Waits.

INTHELOOP_DECL time_source::wait_id virtual_clock::begin_wait(time_point at,
                                                              std::function<void()> due) {
    return begin_silence(0, at, std::move(due));
}

INTHELOOP_DECL time_source::wait_id virtual_clock::begin_silence(std::uint64_t connection,
                                                                 time_point until,
                                                                 std::function<void()> due) {
    std::unique_lock lock(mutex_);
    wait_id const id = ++last_wait_;
    if (until <= now_ && until != time_point::max()) {
        lock.unlock(); // no other thread has the id yet, so it is not cancelled
        due();
        return id;
    }
    waits_.emplace(id, wait{until, connection, std::move(due)});
    order_.emplace(until, id);
    if (connection != 0)
        ++silent_[connection];
    wake();
    return id;
}

INTHELOOP_DECL void virtual_clock::cancel_wait(wait_id which) noexcept {
    std::lock_guard const lock(mutex_);
    take(which);
}

// Calls `due` with the mutex locked: a wait is certainly over when cancel_wait() has returned. A
// wait whose `due` throws, for lack of memory, stays due.
INTHELOOP_DECL void virtual_clock::move_to(time_point at) {
    now_ = std::max(now_, at);
    while (!order_.empty() && order_.begin()->first <= now_ &&
           order_.begin()->first != time_point::max()) {
        wait_id const first = order_.begin()->second;
        waits_.at(first).due();
        take(first);
    }
}

INTHELOOP_DECL std::function<void()> virtual_clock::take(wait_id which) {
    auto const found = waits_.find(which);
    if (found == waits_.end())
        return {};
    wait taken = std::move(found->second);
    waits_.erase(found);
    order_.erase({taken.at, which});
    if (auto const silent = silent_.find(taken.silent_connection); silent != silent_.end())
        if (--silent->second == 0)
            silent_.erase(silent);
    return std::move(taken.due);
}

INTHELOOP_DECL std::vector<time_source::time_point> virtual_clock::waits() const {
    std::lock_guard const lock(mutex_);
    std::vector<time_point> all;
    for (auto const& [at, id] : order_)
        if (at != time_point::max())
            all.push_back(at);
    return all;
}

INTHELOOP_DECL void
virtual_clock::sleep(time_point at, boost::asio::any_io_executor const& on,
                     boost::asio::any_completion_handler<void(error_code)> handler) {
    auto const asleep = std::make_shared<detail::sleeper>(on);
    asleep->timer.async_wait(intheloop::detail::wrapped_handler(
        std::move(handler), [asleep](auto&& inner, error_code ec) {
            std::forward<decltype(inner)>(inner)(asleep->is_due ? error_code() : ec);
        }));
    auto wake_up = [strand = asleep->timer.get_executor(), weak = std::weak_ptr(asleep)] {
        boost::asio::post(strand, [weak] {
            if (auto const due = weak.lock()) {
                due->is_due = true;
                due->timer.cancel();
            }
        });
    };
    asleep->until = {shared_from_this(), begin_wait(at, std::move(wake_up))};
}

// Real input and output.

INTHELOOP_DECL void virtual_clock::io_began(std::uint64_t connection) {
    std::lock_guard const lock(mutex_);
    ++awaited_[connection];
    given_up_.erase(connection);
}

INTHELOOP_DECL void virtual_clock::io_ended(std::uint64_t connection) noexcept {
    std::lock_guard const lock(mutex_);
    auto const ended = awaited_.find(connection);
    if (--ended->second == 0)
        awaited_.erase(ended);
    given_up_.erase(connection);
    wake();
}

INTHELOOP_DECL void virtual_clock::io_progressed(std::uint64_t connection) noexcept {
    std::lock_guard const lock(mutex_);
    given_up_.erase(connection);
}

INTHELOOP_DECL bool virtual_clock::waits_for_peer() const {
    return std::any_of(awaited_.begin(), awaited_.end(), [&](auto const& each) {
        return !silent_.contains(each.first) && !given_up_.contains(each.first);
    });
}

INTHELOOP_DECL void virtual_clock::give_up_on_peers() {
    for (auto const& [connection, times] : awaited_)
        if (!silent_.contains(connection))
            given_up_.insert(connection);
}

INTHELOOP_DECL std::shared_ptr<void const> virtual_clock::hold_still() {
    {
        std::lock_guard const lock(mutex_);
        ++held_still_;
    }
    return {this, [kept = shared_from_this()](void const*) {
                std::lock_guard const lock(kept->mutex_);
                --kept->held_still_;
                kept->wake();
            }};
}

INTHELOOP_DECL void virtual_clock::set_patience(std::chrono::milliseconds real) {
    std::lock_guard const lock(mutex_);
    patience_ = std::max(real, std::chrono::milliseconds(0));
}

// Running.

class virtual_clock::running {
public:
    running(virtual_clock& owner, boost::asio::io_context& context) : owner_(owner) {
        std::lock_guard const lock(owner_.mutex_);
        if (owner_.runs_ != nullptr)
            throw std::logic_error("virtual clock: it runs a context already");
        owner_.runs_ = &context;
    }
    ~running() {
        std::lock_guard const lock(owner_.mutex_);
        owner_.runs_ = nullptr;
        owner_.is_blocked_ = false;
    }
    running(running const&) = delete;
    running& operator=(running const&) = delete;

private:
    virtual_clock& owner_;
};

// Unblocks the context: its reason for waiting may be gone.
INTHELOOP_DECL void virtual_clock::wake() noexcept {
    has_changed_ = true;
    if (!is_blocked_)
        return;
    try {
        intheloop::detail::with_reserve([this] { boost::asio::post(*runs_, [] {}); });
        is_blocked_ = false;
    } catch (...) { // without memory it waits for its next event, or for patience_
    }
}

INTHELOOP_DECL std::size_t virtual_clock::run(boost::asio::io_context& context) {
    return run_until(context, time_point::max());
}

INTHELOOP_DECL std::size_t virtual_clock::run_for(boost::asio::io_context& context, duration time) {
    return run_until(context, later(now(), time));
}

INTHELOOP_DECL std::size_t virtual_clock::run_until(boost::asio::io_context& context,
                                                    time_point limit) {
    auto const kept = shared_from_this();
    running const only(*this, context);
    std::size_t handlers = 0;
    bool impatient = false;
    while (!context.stopped()) {
        auto const patience = begin_poll();
        if (std::size_t const ready = context.poll(); ready != 0) {
            handlers += ready;
            impatient = false;
            continue;
        }
        if (context.stopped())
            break; // the context is out of work
        switch (move_on(limit, std::exchange(impatient, false))) {
        case step::poll_again: break;
        case step::at_limit: return handlers;
        case step::waits_for_other: handlers += context.run_one(); break;
        case step::waits_for_peer: {
            // The context adds it to the present time, so a larger one would overflow.
            constexpr std::chrono::hours endless(24 * 365 * 100);
            std::size_t const came =
                patience < endless ? context.run_one_for(patience) : context.run_one();
            handlers += came;
            impatient = came == 0;
        }
        }
    }
    return handlers;
}

// Notes the changes that other threads make from now on, while the ready handlers run: time must
// not move before the context has seen them.
INTHELOOP_DECL std::chrono::milliseconds virtual_clock::begin_poll() {
    std::lock_guard const lock(mutex_);
    has_changed_ = false;
    return patience_;
}

INTHELOOP_DECL virtual_clock::step virtual_clock::move_on(time_point limit, bool impatient) {
    std::lock_guard const lock(mutex_);
    if (has_changed_)
        return step::poll_again;
    is_blocked_ = true;
    if (held_still_ != 0)
        return step::waits_for_other;
    if (impatient)
        give_up_on_peers();
    if (waits_for_peer())
        return step::waits_for_peer;
    auto const next = order_.empty() ? time_point::max() : order_.begin()->first;
    if (next == time_point::max() && limit == next)
        return step::waits_for_other;
    is_blocked_ = false;
    move_to(std::min(next, limit));
    return next <= limit ? step::poll_again : step::at_limit;
}

} // namespace intheloop::testing

#endif
