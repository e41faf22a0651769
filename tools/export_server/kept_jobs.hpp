// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_KEPT_JOBS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_KEPT_JOBS_HPP

#include <intheloop/jobs/export_job.hpp>

#include <cstddef>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace tools {

// The exports that the server knows, oldest first. Each is looked at until it has ended, also
// while no browser asks for it. Any thread; it has to outlive the jobs' context at work.
class kept_jobs {
public:
    explicit kept_jobs(std::size_t most) : most_(most) {}

    // Whether one more can be kept.
    bool has_room() const;
    // Forgets the oldest that has ended if there are enough. One that was kept for a room that
    // several saw at once is one too many.
    void keep(intheloop::export_job const& job);
    std::optional<intheloop::export_job> find(std::string_view id) const;
    void forget_all();

private:
    struct entry {
        intheloop::export_job job;
        bool is_followed = true;

        bool can_go() const { return !is_followed || job.state().has_ended; }
    };

    void stop_following(std::string_view id);

    std::size_t const most_;
    std::mutex mutable mutex_;
    std::vector<entry> entries_;
};

} // namespace tools

#endif
