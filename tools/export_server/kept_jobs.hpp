// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_KEPT_JOBS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_KEPT_JOBS_HPP

#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools {

// The key with which a browser asks for the same export again (Idempotency-Key), and the form for
// which it was used first. Empty: it has none.
struct start_key {
    std::string text;
    std::string form;
};

// The exports that the server knows, oldest first. Each is polled until it has ended, also while no
// browser asks for it, but then for no longer than poll_options::deadline; the log tells when a
// poll fails. Any thread; it has to outlive the jobs' context at work.
class kept_jobs {
public:
    struct keyed {
        intheloop::export_job job;
        std::string form;
    };

    explicit kept_jobs(std::size_t most) : most_(most) {}

    // Returns whether one more can be kept besides so many that are being started.
    bool has_room(std::size_t starting) const;
    // Forgets the oldest that has ended if there are enough. Returns whether the export is new
    // here; else another start began it, which this one joined, and it is followed again.
    bool keep(intheloop::export_job const& job, start_key const& key);
    std::optional<intheloop::export_job> find(std::string_view id);
    // For a browser: polls it again if that was given up before the export had ended, whether for
    // its age or for failures. The interval of the polls stays.
    void follow_again(std::string_view id);
    std::optional<keyed> find_key(std::string_view key) const;
    void forget_all();

private:
    struct entry {
        entry(intheloop::export_job of, std::uint64_t by) : job(std::move(of)), followed_by(by) {}

        intheloop::export_job job;
        std::vector<start_key> keys; // of all browsers that share it, oldest first
        std::uint64_t followed_by;   // the number of a follower; 0: it is followed no more

        bool can_go() const { return followed_by == 0 || job.state().has_ended; }
        void add(start_key const& key);
    };

    std::vector<entry>::iterator find_entry(std::string_view id); // with the mutex
    void begin_to_follow(intheloop::export_job const& job, std::uint64_t follower);
    static boost::asio::awaitable<void> follow(intheloop::export_watch watch, std::string name,
                                               std::chrono::milliseconds longest);
    void stop_following(std::uint64_t follower);

    std::size_t const most_;
    std::mutex mutable mutex_;
    std::vector<entry> entries_;
    std::uint64_t last_follower_ = 0;
};

} // namespace tools

#endif
