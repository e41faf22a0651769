// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_STARTS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_STARTS_HPP

#include "http.hpp"
#include "job_directory.hpp"
#include "kept_jobs.hpp"

#include <intheloop/client/client.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace tools {

// How far a start has come.
class start_report {
public:
    enum class kind { ended, under_way, key_of_other_form, no_room };

    explicit start_report(kind of) : is(of) {}
    explicit start_report(intheloop::result<intheloop::export_job> with)
        : is(kind::ended), outcome(std::move(with)) {}

    kind is;
    std::optional<intheloop::result<intheloop::export_job>> outcome; // of one that has ended
};

// Starts exports. A start does not belong to the browser that asked for it: when the browser leaves
// it goes on, and the export is kept like any other, since the service may have begun it already.
// A failure after which an export may have begun is told once to a browser that asks again with the
// key and the form, within ten minutes, before a start with them begins anew; unless it is told to
// start again. Any thread; it has to outlive its context at work.
class export_starts {
public:
    using time_point = asio::steady_timer::time_point;

    export_starts(intheloop::client& client, intheloop::start_options const& options,
                  kept_jobs& jobs, job_directory* directory);

    // Starts an export, or finds the start or the export with the same key, and waits until the
    // start has ended or until that time. Cancellation ends the wait and not the start. Where it is
    // unclear if another server has begun an equal export, it starts one only if told so.
    asio::awaitable<start_report> async_start(intheloop::report::export_request const& wanted,
                                              start_key const& key, time_point at_the_latest,
                                              bool starts_again);

    // Remembers a failure that could not be told to the browser, if an export may have begun.
    void keep_untold(start_key const& key, start_report const& report);

    // Keeps an export that another server has started, as if it had been started here.
    intheloop::result<intheloop::export_job> join(std::string_view resume_token,
                                                  start_key const& key);

    // Waits until none is under way, or until that time.
    asio::awaitable<void> async_wait_for_all(time_point at_the_latest);

    // Lists no more exports that the directory could not be told of.
    void stop_listing();

private:
    using timers =
        std::vector<std::shared_ptr<asio::steady_timer>>; // one for each browser that waits

    class pending {
    public:
        explicit pending(start_key of) : key(std::move(of)) {}

        start_key const key;
        std::atomic<bool> has_claimed_key = false; // in the directory; else another server may have
        timers waiting;
        std::optional<intheloop::result<intheloop::export_job>> outcome;
        time_point failed_at; // if it is untold
    };
    using pending_start = std::shared_ptr<pending>;

    bool knows(start_key const& key);
    asio::awaitable<std::optional<start_report>> find_elsewhere(start_key key,
                                                                bool& has_claimed_key);
    asio::awaitable<void> free_key(start_key key);
    asio::awaitable<void> list_later(intheloop::export_job job, start_key key);
    pending_start find_or_begin(intheloop::report::export_request const& wanted,
                                start_key const& key, bool has_claimed_key, bool starts_again,
                                std::optional<start_report>& instead);
    asio::awaitable<void> run(intheloop::report::export_request wanted, bool starts_again,
                              pending_start start);
    asio::awaitable<intheloop::result<intheloop::export_job>>
    try_repeatedly(intheloop::report::export_request const& wanted,
                   intheloop::start_options const& options);
    // With the mutex.
    void remember_untold(pending_start const& failed);
    pending_start take_untold(start_key const& key);
    void finish(pending_start const& start, intheloop::result<intheloop::export_job> outcome);

    static std::shared_ptr<asio::steady_timer>
    enlist(timers& into, asio::any_io_executor const& executor, time_point at_the_latest);
    static void wake(timers woken);

    intheloop::client& client_;
    intheloop::start_options options_;
    kept_jobs& jobs_;
    job_directory* const directory_; // null: this server is alone
    std::mutex mutex_;
    std::vector<pending_start> under_way_;
    // Failures after which an export may have begun, until a browser is told: its page asks again
    // by itself, and no POST may come of that. Oldest first.
    std::vector<pending_start> untold_;
    timers waiting_for_all_;
    timers waiting_to_list_;
    bool lists_no_more_ = false;
};

} // namespace tools

#endif
