// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "exporter.hpp"

#include "../shared/exit_code.hpp"
#include "every_second.hpp"
#include "hints.hpp"
#include "seconds_text.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <utility>

namespace tools {

namespace asio = boost::asio;
namespace loop = intheloop;

exporter::exporter(loop::client& client, std::optional<loop::secret> const& user,
                   arguments const& args, console& out)
    : client_(client), args_(args), console_(out), output_(args.out) {
    if (user)
        user_ = user->reveal();
    if (!is_stream(args_.out))
        unfinished_.emplace(args_.out, user_);
}

asio::awaitable<void> exporter::run() {
    if (is_stream(args_.out))
        co_await open_stream();
    if (!args_.lost.empty())
        console_.note(args_.out.string() + " will be replaced: " + args_.lost);
    try {
        loop::export_job const job = co_await begin();
        announce(job);
        co_await wait_for(job);
        co_await fetch(job);
    } catch (loop::exception const& e) {
        // The server of the file may miss it for a while; the export is there.
        bool const is_gone =
            !id_.empty() && e.error().code() == loop::errc::not_found && !e.error().of_download;
        if (is_gone || e.error().code() == loop::condition::export_ended)
            finish();
        throw;
    }
    finish();
}

// There is nothing that could be gone on with.
void exporter::finish() {
    console_.clear_status();
    if (unfinished_)
        unfinished_->forget();
    resume_token_.clear();
}

std::string exporter::doing() const {
    if (id_.empty())
        return "starting the export";
    return "export " + id_ + ": " + (status_.empty() ? "status not known" : status_);
}

std::string exporter::elapsed() const {
    return seconds_text(std::chrono::steady_clock::now() - began_);
}

void exporter::leave() {
    if (unfinished_)
        unfinished_->tidy();
    if (is_start_unclear_) {
        auto const left = unfinished_ ? unfinished_->left() : std::nullopt;
        console_.hint(left ? unclear_text(*left)
                           : "an export may have been started, under an id that is not known");
    }
    if (!resume_token_.empty())
        console_.hint(resume_line(args_, resume_token_));
}

// Beginning.

// Before an export is started for nobody. A pipe waits for its reader as in a shell, but can be
// interrupted.
asio::awaitable<void> exporter::open_stream() {
    if (args_.csv.strict)
        kept_.emplace();
    constexpr std::chrono::milliseconds between_looks(50);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (bool is_told = false; !output_.open(); is_told = true) {
        if (!is_told)
            console_.status("waiting for a reader of " + args_.out.string());
        pause.expires_after(between_looks);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<loop::export_job> exporter::begin() {
    if (unfinished_ && args_.options == beginning::start_again) {
        if (std::string const problem = unfinished_->open_or_set_aside(); !problem.empty())
            console_.warn(problem);
    } else if (unfinished_) {
        unfinished_->open(false);
    }
    auto const left = unfinished_ ? unfinished_->left() : std::nullopt;
    auto const advice = left ? std::optional(left->advice) : std::nullopt;
    switch (plan(args_.options, args_.request.has_value(), advice)) {
    case first_step::resume_left: co_return resume_left(*left);
    case first_step::resume_token: {
        loop::export_job const job = co_await resume_by_token();
        co_return job;
    }
    case first_step::refuse_to_lose: throw stopped(bad_usage, unfinished_text(*left, args_.out));
    case first_step::refuse_unclear: throw stopped(unclear_start, unclear_text(*left));
    case first_step::refuse_nothing: throw stopped(bad_usage, nothing_left_text(args_.out));
    case first_step::start: break;
    }
    auto request = args_.request ? args_.request : left ? request_of(*left) : std::nullopt;
    if (!request)
        throw stopped(bad_usage, "the journal's request can't be read: give the period anew");
    loop::export_job const job = co_await start(*std::move(request));
    co_return job;
}

asio::awaitable<loop::export_job> exporter::start(loop::report::export_request request) {
    loop::start_options options;
    options.poll = poll_options();
    if (unfinished_) {
        unfinished_->open(true);
        unfinished_->forget_entries();
        options.journal = unfinished_->journal();
    }
    auto const started = co_await loop::async_start_export(client_, request, options);
    if (!started) {
        is_start_unclear_ = may_have_started(started.error());
        throw loop::exception(started.error());
    }
    if (auto const& failure = started->journal_failure())
        console_.warn("its id could not be noted: " + failure->detail);
    co_return *started;
}

loop::export_job exporter::resume_left(loop::journal_entry const& left) {
    if (!unfinished_->is_of_same_user(left))
        throw stopped(bad_usage, "the export was started in the name of another user: see "
                                 "--impersonate");
    console_.note("going on with export " + left.id.value() + ", begun " + utc_text(left.began));
    return resume(resume_token_of(left, left.id.value()));
}

loop::export_job exporter::resume(std::string const& token) const {
    loop::poll_options options = poll_options();
    options.first_poll = std::chrono::seconds(0); // somebody waits for it already
    return loop::resume_export(client_, token, options).value();
}

// The journal is changed only once the service knows the export: a mistyped token is to cost
// nothing.
asio::awaitable<loop::export_job> exporter::resume_by_token() {
    loop::export_job job = resume(args_.token);
    if (!unfinished_)
        co_return job;
    auto const left = unfinished_->left();
    if (left && left->advice == loop::journal_advice::resume && left->id != job.id())
        throw stopped(bad_usage, unfinished_text(*left, args_.out));
    auto const looked = co_await job.async_poll();
    if (!looked)
        throw loop::exception(looked.error());
    unfinished_->open(true);
    unfinished_->take_up(client_.origin(), job.id());
    co_return job;
}

void exporter::announce(loop::export_job const& job) {
    id_ = job.id();
    resume_token_ = job.resume_token();
    console_.note(resume_line(args_, resume_token_));
}

// Waiting.

loop::poll_options exporter::poll_options() const {
    loop::poll_options options;
    options.first_poll = options.interval = args_.poll_interval;
    options.deadline = args_.deadline;
    return options;
}

namespace {

// Ends with the job.
asio::awaitable<void> follow(loop::export_watch watch,
                             std::function<void(loop::export_state const&)> show) {
    while (auto const state = co_await watch.async_next())
        show(*state);
}

} // namespace

asio::awaitable<void> exporter::wait_for(loop::export_job job) {
    auto const executor = co_await asio::this_coro::executor;
    std::optional<every_second> clock;
    if (console_.in_place())
        clock.emplace(executor, [this, &job] { show(job.state()); });
    std::function<void(loop::export_state const&)> watched =
        [this](loop::export_state const& state) { show(state); };
    co_spawn(executor, follow(job.watch(), std::move(watched)), asio::detached);
    auto const done = co_await job.async_wait(args_.deadline);
    clock.reset();
    status_ = job.state().status;
    done.value(); // or what it failed with
    console_.status(doing() + " after " + seconds_text(job.state().age) + "; downloading");
}

void exporter::show(loop::export_state const& state) {
    if (state.last_failure && state.last_failure->code() == loop::condition::cancelled)
        return; // it is this program that ends
    bool const is_new = state.status != status_ || state.last_failure;
    status_ = state.status;
    if (state.phase != loop::export_phase::pending || !(is_new || console_.in_place()))
        return;
    std::string line = doing() + ", " + seconds_text(state.age);
    if (state.last_failure)
        line += "; the last poll failed: " + state.last_failure->code().message();
    console_.status(line);
}

} // namespace tools
