// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "kept_jobs.hpp"

#include "job_name.hpp"
#include "log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <utility>

namespace tools {

namespace loop = intheloop;

void kept_jobs::entry::add(start_key const& key) {
    constexpr std::size_t most_keys = 16;
    if (key.text.empty())
        return;
    if (keys.size() == most_keys)
        keys.erase(keys.begin());
    keys.push_back(key);
}

bool kept_jobs::has_room(std::size_t starting) const {
    std::lock_guard const lock(mutex_);
    auto const can_go = static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), std::mem_fn(&entry::can_go)));
    return entries_.size() - can_go + starting < most_;
}

bool kept_jobs::keep(loop::export_job const& job, start_key const& key) {
    std::uint64_t follower = 0;
    {
        std::lock_guard const lock(mutex_);
        auto const known = find_entry(job.id());
        if (known == entries_.end()) {
            auto const oldest =
                std::find_if(entries_.begin(), entries_.end(), std::mem_fn(&entry::can_go));
            if (entries_.size() >= most_ && oldest != entries_.end())
                entries_.erase(oldest);
            follower = ++last_follower_;
            entries_.emplace_back(job, follower).add(key);
        } else {
            known->add(key);
        }
    }
    if (follower == 0)
        follow_again(job.id());
    else
        begin_to_follow(job, follower);
    return follower != 0;
}

std::vector<kept_jobs::entry>::iterator kept_jobs::find_entry(std::string_view id) {
    return std::find_if(entries_.begin(), entries_.end(),
                        [&](entry const& each) { return each.job.id() == id; });
}

std::optional<loop::export_job> kept_jobs::find(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto const at = find_entry(id);
    return at == entries_.end() ? std::nullopt : std::optional(at->job);
}

void kept_jobs::follow_again(std::string_view id) {
    std::optional<loop::export_job> job;
    std::uint64_t follower = 0;
    {
        std::lock_guard const lock(mutex_);
        auto const at = find_entry(id);
        if (at == entries_.end() || at->followed_by != 0 ||
            at->job.state().phase != loop::export_phase::pending)
            return;
        job = at->job;
        follower = at->followed_by = ++last_follower_;
    }
    begin_to_follow(*job, follower);
}

std::optional<kept_jobs::keyed> kept_jobs::find_key(std::string_view key) const {
    std::lock_guard const lock(mutex_);
    for (entry const& each : entries_)
        for (start_key const& known : each.keys)
            if (known.text == key)
                return keyed{each.job, known.form};
    return std::nullopt;
}

void kept_jobs::forget_all() {
    std::vector<entry> forgotten;
    std::lock_guard const lock(mutex_);
    forgotten.swap(entries_);
}

// Without the mutex, since it may begin at once. Polls that were given up begin again with a wait,
// not with a watch. Neither keeps the job: forgetting it ends both.
void kept_jobs::begin_to_follow(loop::export_job const& job, std::uint64_t follower) {
    job.async_wait(boost::asio::detached);
    boost::asio::co_spawn(job.get_executor(),
                          follow(job.watch(), name_of(job), job.options().deadline),
                          [this, follower](std::exception_ptr) { stop_following(follower); });
}

boost::asio::awaitable<void> kept_jobs::follow(loop::export_watch watch, std::string name,
                                               std::chrono::milliseconds longest) {
    bool fails = false;
    std::optional<std::chrono::milliseconds> age; // when this began: it may be old by then
    while (auto now = co_await watch.async_next()) {
        if (now->has_ended && now->last_failure &&
            now->last_failure->code() != loop::condition::cancelled) // by the end of the server
            log("the polls of the " + name + " have ended: " + to_string(*now->last_failure));
        else if (now->failed_polls != 0 && !fails && !now->has_ended)
            log("a poll of the " + name + " failed: " + to_string(*now->last_failure));
        else if (now->failed_polls == 0 && fails)
            log("the polls of the " + name + " succeed again");
        fails = now->failed_polls != 0;
        if (!age)
            age = now->age;
        if (now->age - *age > longest)
            break;
    }
}

void kept_jobs::stop_following(std::uint64_t follower) {
    std::lock_guard const lock(mutex_);
    for (entry& each : entries_)
        if (each.followed_by == follower)
            each.followed_by = 0;
}

} // namespace tools
