// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_TIME_SOURCE_HPP
#define INTHELOOP_BASE_TIME_SOURCE_HPP

#include <time.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace intheloop {

// Replaces the system's clocks for a client: see options::time. testing::virtual_clock is an
// implementation. All functions are called from any thread.
class time_source {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using wait_id = std::uint64_t;

    time_source() = default;
    time_source(time_source const&) = delete;
    time_source& operator=(time_source const&) = delete;
    virtual ~time_source() = default;

    virtual time_point now() const = 0; // never decreases
    // Returns the time for dates and expiry.
    virtual std::chrono::system_clock::time_point system_now() const = 0;
    // Returns the time for ages: never decreases, and also counts the time during which the machine
    // was suspended. Compared only with itself. By default now(), for clocks without suspend.
    virtual time_point boot_now() const { return now(); }

    // Calls `due` once when now() has reached `at`: from any thread, and from within if that time
    // has passed already. time_point::max() is never reached. `due` only posts to an executor: it
    // may be called with a lock of this source held, and must not call this source.
    virtual wait_id begin_wait(time_point at, std::function<void()> due) = 0;
    // Ends a wait. When it returns, `due` is not running and will not be called. Does nothing if
    // `due` was called before.
    virtual void cancel_wait(wait_id which) noexcept = 0;

    // Returns a seed for the random numbers of one client, which calls this once when it is
    // created: for the pauses before its retries and between its polls. A clock that returns the
    // same seeds in the same order on each run makes them repeatable. Nothing, the default, lets
    // the client draw an unpredictable seed.
    virtual std::optional<std::uint64_t> next_seed() { return std::nullopt; }

    // Called before real input or output from a peer is awaited: a connection, a handshake, a
    // response. A clock that is moved by hand should stand still until io_ended(), since the peer
    // works in real time and time limits would pass. `connection` is net::connection_id(), or 0
    // while there is no connection.
    virtual void io_began(std::uint64_t /*connection*/) {}
    // Called once for each call of io_began.
    virtual void io_ended(std::uint64_t /*connection*/) noexcept {}
    // Called when bytes arrived or left in between: the peer is not silent.
    virtual void io_progressed(std::uint64_t /*connection*/) noexcept {}
};

namespace detail {

// A null source stands for the system's clocks.
inline std::chrono::steady_clock::time_point
steady_now(std::shared_ptr<time_source> const& source) {
    return source ? source->now() : std::chrono::steady_clock::now();
}
inline std::chrono::system_clock::time_point
system_now(std::shared_ptr<time_source> const& source) {
    return source ? source->system_now() : std::chrono::system_clock::now();
}
// The steady clock of Linux stands still while the machine is suspended.
inline std::chrono::steady_clock::time_point boot_now(std::shared_ptr<time_source> const& source) {
    if (source)
        return source->boot_now();
#ifdef CLOCK_BOOTTIME
    ::timespec now{};
    if (::clock_gettime(CLOCK_BOOTTIME, &now) == 0)
        return std::chrono::steady_clock::time_point(std::chrono::seconds(now.tv_sec) +
                                                     std::chrono::nanoseconds(now.tv_nsec));
#endif
    return std::chrono::steady_clock::now();
}

// A wait that its destructor cancels.
class pending_wait {
public:
    pending_wait() = default;
    pending_wait(std::shared_ptr<time_source> from, time_source::wait_id which)
        : source_(std::move(from)), which_(which) {}
    pending_wait(pending_wait&& other) noexcept = default;
    pending_wait& operator=(pending_wait&& other) noexcept {
        std::swap(source_, other.source_);
        std::swap(which_, other.which_);
        return *this;
    }
    ~pending_wait() {
        if (source_)
            source_->cancel_wait(which_);
    }

private:
    std::shared_ptr<time_source> source_;
    time_source::wait_id which_ = 0;
};

// Marks real input or output as under way during its lifetime.
class io_mark {
public:
    io_mark() = default;
    io_mark(std::shared_ptr<time_source> source, std::uint64_t connection)
        : source_(std::move(source)), connection_(connection) {
        source_->io_began(connection_);
    }
    io_mark(io_mark&& other) noexcept = default;
    io_mark& operator=(io_mark&& other) noexcept {
        std::swap(source_, other.source_);
        std::swap(connection_, other.connection_);
        return *this;
    }
    ~io_mark() { end(); }

    void end() noexcept {
        if (source_)
            std::exchange(source_, nullptr)->io_ended(connection_);
    }
    void progress() noexcept {
        if (source_)
            source_->io_progressed(connection_);
    }

private:
    std::shared_ptr<time_source> source_;
    std::uint64_t connection_ = 0;
};

} // namespace detail

} // namespace intheloop

#endif
