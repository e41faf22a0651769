// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "kept_jobs.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

namespace tools {

namespace loop = intheloop;

bool kept_jobs::has_room() const {
    std::lock_guard const lock(mutex_);
    return entries_.size() < most_ ||
           std::any_of(entries_.begin(), entries_.end(), std::mem_fn(&entry::can_go));
}

void kept_jobs::keep(loop::export_job const& job) {
    {
        std::lock_guard const lock(mutex_);
        for (entry const& each : entries_)
            if (each.job.id() == job.id())
                return; // it was joined
        auto const oldest =
            std::find_if(entries_.begin(), entries_.end(), std::mem_fn(&entry::can_go));
        if (entries_.size() >= most_ && oldest != entries_.end())
            entries_.erase(oldest);
        entries_.push_back({job});
    }
    // The wait does not keep the job: forgetting it ends the wait.
    job.async_wait([this, id = job.id()](auto const&) { stop_following(id); });
}

std::optional<loop::export_job> kept_jobs::find(std::string_view id) const {
    std::lock_guard const lock(mutex_);
    for (entry const& each : entries_)
        if (each.job.id() == id)
            return each.job;
    return std::nullopt;
}

void kept_jobs::forget_all() {
    std::vector<entry> forgotten;
    std::lock_guard const lock(mutex_);
    forgotten.swap(entries_);
}

void kept_jobs::stop_following(std::string_view id) {
    std::lock_guard const lock(mutex_);
    for (entry& each : entries_)
        if (each.job.id() == id)
            each.is_followed = false;
}

} // namespace tools
