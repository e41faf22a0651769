// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "starts.hpp"

#include "job_name.hpp"
#include "log.hpp"

#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace tools {

namespace loop = intheloop;
using namespace std::chrono_literals;
using start_outcome = loop::result<loop::export_job>;

export_starts::export_starts(loop::client& client, loop::start_options const& options,
                             kept_jobs& jobs, job_directory* directory)
    : client_(client), options_(options), jobs_(jobs), directory_(directory) {
    // Long pauses are the browser's, which can show them; see try_repeatedly().
    loop::retry_options once;
    once.max_attempts = 1;
    options_.call.retry = once;
}

asio::awaitable<start_report> export_starts::async_start(loop::report::export_request const& wanted,
                                                         start_key const& key,
                                                         time_point at_the_latest,
                                                         bool starts_again) {
    auto const executor = co_await asio::this_coro::executor;
    std::optional<start_report> instead;
    bool has_claimed_key = false;
    if (directory_ && !key.text.empty() && !knows(key))
        if (auto elsewhere = co_await find_elsewhere(key, has_claimed_key))
            co_return std::move(*elsewhere);
    auto const start = find_or_begin(wanted, key, has_claimed_key, starts_again, instead);
    if (!start) {
        bool const has_export = instead->outcome && *instead->outcome;
        if (has_claimed_key && !has_export && instead->is != start_report::kind::key_of_other_form)
            try {
                co_await free_key(key);
            } catch (...) { // the browser has gone
                keep_untold(key, *instead);
                throw;
            }
        co_return *instead;
    }
    std::shared_ptr<asio::steady_timer> woken;
    {
        std::lock_guard const lock(mutex_);
        if (!start->outcome)
            woken = enlist(start->waiting, executor, at_the_latest);
    }
    if (woken)
        co_await woken->async_wait(asio::as_tuple(asio::use_awaitable));
    std::lock_guard const lock(mutex_);
    std::erase(start->waiting, woken);
    if (!start->outcome)
        co_return start_report(start_report::kind::under_way);
    std::erase(untold_, start);
    co_return start_report(*start->outcome);
}

asio::awaitable<void> export_starts::async_wait_for_all(time_point at_the_latest) {
    auto const executor = co_await asio::this_coro::executor;
    std::shared_ptr<asio::steady_timer> woken;
    {
        std::lock_guard const lock(mutex_);
        if (!under_way_.empty())
            woken = enlist(waiting_for_all_, executor, at_the_latest);
    }
    if (woken)
        co_await woken->async_wait(asio::as_tuple(asio::use_awaitable));
}

bool export_starts::knows(start_key const& key) {
    std::lock_guard const lock(mutex_);
    return jobs_.find_key(key.text) ||
           std::any_of(under_way_.begin(), under_way_.end(),
                       [&](auto const& each) { return each->key.text == key.text; });
}

// A directory that does not answer is no reason not to start: equal starts are one all the same, as
// long as the fleet can be asked.
asio::awaitable<std::optional<start_report>> export_starts::find_elsewhere(start_key key,
                                                                           bool& has_claimed_key) {
    auto const found = co_await directory_->async_claim_key(key);
    if (!found)
        log("the other servers can't be asked: " + to_string(found.error()));
    has_claimed_key = found && found->is_key_new;
    if (!found || found->is_empty())
        co_return std::nullopt;
    if (found->has_other_form)
        co_return start_report(start_report::kind::key_of_other_form);
    if (!jobs_.has_room(0))
        co_return start_report(start_report::kind::no_room);
    co_return start_report(join(found->resume_token, key));
}

asio::awaitable<void> export_starts::free_key(start_key key) {
    if (!directory_ || key.text.empty())
        co_return;
    if (auto const failure = co_await directory_->async_free_key(key))
        log("the other servers can't be told that a key is free: " + to_string(*failure));
}

// Tries until the other servers can be told, as long as the export is kept here.
asio::awaitable<void> export_starts::list_later(loop::export_job job, start_key key) {
    auto const executor = co_await asio::this_coro::executor;
    constexpr std::chrono::seconds longest = 16s;
    for (auto pause = 1s; jobs_.find(job.id()); pause = std::min(2 * pause, longest)) {
        std::shared_ptr<asio::steady_timer> woken;
        {
            std::lock_guard const lock(mutex_);
            if (lists_no_more_)
                co_return;
            woken = enlist(waiting_to_list_, executor, time_point::clock::now() + pause);
        }
        co_await woken->async_wait(asio::as_tuple(asio::use_awaitable));
        {
            std::lock_guard const lock(mutex_);
            std::erase(waiting_to_list_, woken);
        }
        if (!co_await directory_->async_list(job, key))
            co_return log("the other servers know the " + name_of(job) + " now");
    }
}

void export_starts::stop_listing() {
    std::lock_guard const lock(mutex_);
    lists_no_more_ = true;
    wake(std::exchange(waiting_to_list_, timers()));
}

start_outcome export_starts::join(std::string_view resume_token, start_key const& key) {
    auto joined = loop::resume_export(client_, resume_token, options_.poll);
    if (!joined)
        return joined;
    if (jobs_.keep(*joined, key))
        log("the " + name_of(*joined) + " of another server is joined");
    loop::response<loop::export_job> known(jobs_.find(joined->id()).value_or(*joined));
    return known;
}

export_starts::pending_start
export_starts::find_or_begin(loop::report::export_request const& wanted, start_key const& key,
                             bool has_claimed_key, bool starts_again,
                             std::optional<start_report>& instead) {
    using enum start_report::kind;
    std::lock_guard const lock(mutex_);
    if (!key.text.empty()) {
        for (pending_start const& each : under_way_)
            if (each->key.text == key.text && each->key.form == key.form) {
                // Of two that came at once the second one may have claimed it; the start frees it.
                if (has_claimed_key)
                    each->has_claimed_key = true;
                return each;
            } else if (each->key.text == key.text) {
                return instead.emplace(key_of_other_form), nullptr;
            }
        if (auto const known = jobs_.find_key(key.text)) {
            if (known->form != key.form)
                return instead.emplace(key_of_other_form), nullptr;
            jobs_.follow_again(known->job.id());
            loop::response<loop::export_job> again(known->job);
            return instead.emplace(start_outcome(std::move(again))), nullptr;
        }
        if (auto const failed = take_untold(key); failed && !starts_again)
            return instead.emplace(*failed->outcome), nullptr;
    }
    if (!jobs_.has_room(under_way_.size()))
        return instead.emplace(no_room), nullptr;
    auto const start = std::make_shared<pending>(key);
    start->has_claimed_key = has_claimed_key;
    under_way_.push_back(start);
    asio::co_spawn(client_.get_executor(), run(wanted, starts_again, start), asio::detached);
    return start;
}

asio::awaitable<void> export_starts::run(loop::report::export_request wanted, bool starts_again,
                                         pending_start start) {
    try {
        auto options = options_;
        if (starts_again)
            options.if_unclear = loop::journal_advice::start_again;
        start_outcome outcome = co_await try_repeatedly(wanted, options);
        bool is_unlisted = false;
        if (outcome && directory_) // before a browser looks for it at another server
            if (auto const failure = co_await directory_->async_list(*outcome, start->key)) {
                log("the other servers don't know the " + name_of(*outcome) + ": " +
                    to_string(*failure));
                is_unlisted = true;
            }
        if (!outcome && start->has_claimed_key)
            co_await free_key(start->key);
        finish(start, outcome);
        if (is_unlisted)
            asio::co_spawn(asio::make_strand(client_.get_executor()),
                           list_later(*outcome, start->key), asio::detached);
    } catch (std::exception const& e) {
        finish(start, loop::error(loop::errc::invalid_request, e.what()));
    }
}

// A failure after which another attempt is allowed is tried again where the pause is short. After a
// long pause the browser comes again, which can show why nothing happens.
asio::awaitable<start_outcome>
export_starts::try_repeatedly(loop::report::export_request const& wanted,
                              loop::start_options const& options) {
    constexpr int most = 3;
    constexpr std::chrono::seconds shortest = 1s, longest = 2s;
    for (int attempt = 1;; ++attempt) {
        start_outcome made = co_await loop::async_start_export(client_, wanted, options);
        if (made || attempt == most ||
            made.error().verdict != loop::retry_verdict::attempts_used_up)
            co_return made;
        auto const pause = std::max(made.error().retry_after.value_or(0s), shortest);
        if (pause > longest)
            co_return made;
        asio::steady_timer timer(client_.get_executor(), pause);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

void export_starts::keep_untold(start_key const& key, start_report const& report) {
    if (report.is != start_report::kind::ended)
        return;
    auto const failed = std::make_shared<pending>(key);
    failed->outcome = report.outcome;
    std::lock_guard const lock(mutex_);
    remember_untold(failed);
}

void export_starts::remember_untold(pending_start const& failed) {
    constexpr std::size_t most = 100;
    auto const& outcome = *failed->outcome;
    if (failed->key.text.empty() || outcome || !loop::policy::may_have_acted(outcome.error()))
        return;
    if (untold_.size() == most)
        untold_.erase(untold_.begin());
    failed->failed_at = time_point::clock::now();
    untold_.push_back(failed);
}

export_starts::pending_start export_starts::take_untold(start_key const& key) {
    constexpr std::chrono::minutes life(10);
    auto const oldest = time_point::clock::now() - life;
    std::erase_if(untold_, [&](auto const& each) { return each->failed_at < oldest; });
    auto const found = std::find_if(untold_.begin(), untold_.end(), [&](auto const& each) {
        return each->key.text == key.text && each->key.form == key.form;
    });
    if (found == untold_.end())
        return nullptr;
    auto const taken = *found;
    untold_.erase(found);
    return taken;
}

void export_starts::finish(pending_start const& start, start_outcome outcome) {
    if (outcome) {
        bool const is_new = jobs_.keep(*outcome, start->key);
        log("the " + name_of(*outcome) + (is_new ? " is started" : " is joined by another start"));
    }
    std::lock_guard const lock(mutex_);
    if (!outcome) // with the mutex: the start is over for whoever has read the line
        log("an export can't be started: " + to_string(outcome.error()));
    start->outcome = std::move(outcome);
    std::erase(under_way_, start);
    remember_untold(start);
    wake(std::exchange(start->waiting, timers()));
    if (under_way_.empty())
        wake(std::exchange(waiting_for_all_, timers()));
}

std::shared_ptr<asio::steady_timer> export_starts::enlist(timers& into,
                                                          asio::any_io_executor const& executor,
                                                          time_point at_the_latest) {
    return into.emplace_back(std::make_shared<asio::steady_timer>(executor, at_the_latest));
}

// Each on its own strand, on which its wait began in the same turn in which it was enlisted.
void export_starts::wake(timers woken) {
    for (auto const& each : woken)
        asio::post(each->get_executor(), [each] { each->cancel(); });
}

} // namespace tools
