// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_JOURNAL_HPP
#define INTHELOOP_TESTING_DETAIL_JOURNAL_HPP

#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

namespace intheloop::testing::detail {

// The state that the server's thread and the test share: the requests, the counters, the queued
// overrides and holds. All functions may be called from any thread.
class journal {
public:
    struct counters {
        std::size_t accepted = 0;
        std::size_t open = 0;
        std::size_t handshakes_completed = 0;
        std::size_t handshakes_failed = 0;
        std::uint64_t api_bytes = 0;
        std::uint64_t held = 0;
        std::uint64_t responses = 0;
    };

    // Holds that began in the epoch that release() returned, or an earlier one, are released.
    using epoch = std::uint64_t;

    // The instructions of the test for a request.
    class plan {
    public:
        std::optional<response_override> response;
        std::optional<epoch> held; // a hold that has begun
    };

    // --- The server's side ---
    std::uint64_t connection_opened(); // returns the number of the connection, from 1
    void connection_closed();
    void handshake_done(bool completed);
    void bytes_received(origin where, std::size_t count);
    // Records a request and returns the instructions that the test has queued for it, in one step:
    // so instructions that the test queues after it has seen this request are for the next one.
    [[nodiscard]] plan record(received_request const& request);

    epoch current_epoch() const;
    void begin_hold();
    void end_hold();
    void response_written();

    // --- The test's side ---
    [[nodiscard]] std::vector<received_request> requests() const;
    void clear_requests();
    [[nodiscard]] counters count() const;
    void respond_next(response_override response, origin where);
    void hold_next(origin where);
    epoch release();

    [[nodiscard]] bool wait_until_idle(std::chrono::milliseconds timeout) const;
    [[nodiscard]] bool wait_for_requests(std::size_t count,
                                         std::chrono::milliseconds timeout) const;
    [[nodiscard]] bool wait_for_connections(std::size_t accepted,
                                            std::chrono::milliseconds timeout) const;
    [[nodiscard]] bool wait_for_answers(std::size_t count, std::chrono::milliseconds timeout) const;
    [[nodiscard]] bool wait_until_held(std::chrono::milliseconds timeout) const;

private:
    class queued {
    public:
        std::deque<response_override> overrides;
        std::size_t holds = 0;
    };

    mutable std::mutex mutex_;
    mutable std::condition_variable changed_;
    std::vector<received_request> requests_;
    counters counters_;
    std::array<queued, 3> queues_; // of the origins
    epoch epoch_ = 0;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/journal.ipp>
#endif

#endif
