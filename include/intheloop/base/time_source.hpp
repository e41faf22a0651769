// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_TIME_SOURCE_HPP
#define INTHELOOP_BASE_TIME_SOURCE_HPP

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace intheloop {

// Where a client has its time from, if not from the system's clocks: see options::time, and
// testing::virtual_clock, which is one. All functions are called from any thread.
class time_source {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using wait_id = std::uint64_t;

    time_source() = default;
    time_source(time_source const&) = delete;
    time_source& operator=(time_source const&) = delete;
    virtual ~time_source() = default;

    virtual time_point now() const = 0; // never less than before
    // For dates, and what expires.
    virtual std::chrono::system_clock::time_point system_now() const = 0;

    // Calls `due` once, when now() has reached `at`; from any thread, and from within if it has
    // already. time_point::max() is never reached. `due` does no more than post to an executor: it
    // may be called with a lock of this source held, and calls nothing of it.
    virtual wait_id begin_wait(time_point at, std::function<void()> due) = 0;
    // Afterwards `due` is not called, nor is it running still. No harm if it was called.
    virtual void cancel_wait(wait_id which) noexcept = 0;

    // Between the two, real input or output is awaited from a peer: a connection, a handshake, an
    // answer. A clock that is moved by hand had better stand still, lest time limits pass only
    // because the peer works in real time. `connection` is net::connection_id(), or 0 while there
    // is none yet.
    virtual void io_began(std::uint64_t /*connection*/) {}
    // As many times as io_began.
    virtual void io_ended(std::uint64_t /*connection*/) noexcept {}
    // Bytes came or went meanwhile: the peer is not silent.
    virtual void io_progressed(std::uint64_t /*connection*/) noexcept {}
};

namespace detail {

// A null source means the system's clocks.
inline std::chrono::steady_clock::time_point
steady_now(std::shared_ptr<time_source> const& source) {
    return source ? source->now() : std::chrono::steady_clock::now();
}
inline std::chrono::system_clock::time_point
system_now(std::shared_ptr<time_source> const& source) {
    return source ? source->system_now() : std::chrono::system_clock::now();
}

// A wait that is cancelled when this ends.
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

// Real input or output that is under way as long as this lives.
class io_mark {
public:
    io_mark() = default;
    io_mark(std::shared_ptr<time_source> tell, std::uint64_t connection)
        : source_(std::move(tell)), connection_(connection) {
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
