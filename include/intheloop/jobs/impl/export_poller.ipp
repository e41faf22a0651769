// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_POLLER_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_POLLER_IPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/jobs/detail/pending_handler.hpp>
#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL result<report::export_result> to_export(call_settings const& settings,
                                                       net::outcome& ended) {
    auto read = to_result<report::export_result>(settings, ended);
    if (read && read->status && !read->status->is_known())
        read->status = report::export_status::from_text(redact(ended, read->status->text()));
    return read;
}

INTHELOOP_DECL bool has_address(report::export_result const& reported) noexcept {
    return reported.url && !reported.url->empty();
}

INTHELOOP_DECL policy::reported_status status_of(report::export_result const& reported) {
    using enum policy::reported_status;
    switch (reported.status.value_or(report::export_status()).value()) {
    case report::export_status::unknown:
    case report::export_status::processing: break;
    case report::export_status::pending_or_expired: return pending_or_expired;
    case report::export_status::completed:
        return has_address(reported) ? completed : completed_without_url;
    case report::export_status::failed: return failed;
    case report::export_status::expired: return expired;
    }
    return pending;
}

// The waiters.

class export_poller::poll_waiter : public pending_handler<result<report::export_result>> {
public:
    using pending_handler::pending_handler;
    static outcome_type cancelled() { return error(errc::cancelled, {}); }
};

class export_poller::end_waiter final : public poll_waiter, public net::timed {
public:
    end_waiter(export_poller& owner, std::chrono::milliseconds deadline, handler_type handler)
        : poll_waiter(std::move(handler)), owner_(owner), deadline_(deadline) {}

    std::chrono::milliseconds deadline() const { return deadline_; }
    policy::clock::time_point ends_at() const { return policy::later(began_, deadline_); }

private:
    void on_time() override { owner_.on_deadline(*this); }

    export_poller& owner_;
    std::chrono::milliseconds const deadline_;
    policy::clock::time_point const began_ = owner_.settings->now();
};

class export_poller::state_waiter final : public pending_handler<std::optional<export_state>> {
public:
    state_waiter(std::shared_ptr<watch_position> at, handler_type handler)
        : pending_handler(std::move(handler)), position(std::move(at)) {}
    static outcome_type cancelled() { return std::nullopt; }

    std::shared_ptr<watch_position> const position;
};

template <class Step>
void export_poller::in_turn(Step step) {
    auto const kept = with_reserve([this] { return under_way(); });
    try {
        step();
        settle();
    } catch (...) {
        give_up(thrown_code());
    }
    if (std::exchange(is_one_lost_, false))
        throw std::bad_alloc();
}

// Does a step for one waiter. Goes on if that is lost for lack of memory: others may not be.
template <class Step>
void export_poller::tell(Step step) {
    try {
        step();
    } catch (std::bad_alloc const&) {
        is_one_lost_ = true;
    }
}

template <class Step>
void export_poller::post(Step step) {
    runs_on_.post([self = shared_from_this(), step = std::move(step)] {
        self->in_turn([&] { step(*self); });
    });
}

template <class Waiter>
void export_poller::admit(waiters<Waiter> work::*where, std::shared_ptr<Waiter> waiter) {
    waiter->on_cancel([poller = weak_from_this(), where, weak = std::weak_ptr(waiter)] {
        if (auto const alive = poller.lock())
            alive->post([where, weak](export_poller& self) {
                if (auto const cancelled = weak.lock())
                    self.end_one(where, *cancelled, Waiter::cancelled());
            });
    });
    post([waiter = std::move(waiter), until_entered = expect_delivery()](export_poller& self) {
        self.tell([&] { self.enter(waiter); });
    });
}

template <class Waiter, class Outcome>
void export_poller::end_one(waiters<Waiter> work::*where, Waiter const& waiter, Outcome outcome) {
    auto& all = (*under_way()).*where;
    auto const found =
        std::find_if(all.begin(), all.end(), [&](auto const& one) { return one.get() == &waiter; });
    if (found == all.end())
        return;
    auto const ended = std::move(*found);
    all.erase(found);
    tell([&] { ended->tell(executor, expect_delivery(), std::move(outcome)); });
}

template <class Waiter, class Outcome>
void export_poller::end_all(waiters<Waiter> work::*where, Outcome const& outcome) {
    for (auto const& ended : std::exchange((*under_way()).*where, {}))
        tell([&] { ended->tell_copy(executor, expect_delivery(), outcome); });
}

INTHELOOP_DECL void export_poller::async_poll(poll_handler handler) {
    admit(&work::for_poll, std::make_shared<poll_waiter>(std::move(handler)));
}

INTHELOOP_DECL void export_poller::async_wait(std::chrono::milliseconds deadline,
                                              poll_handler handler) {
    admit(&work::for_end, std::make_shared<end_waiter>(*this, deadline, std::move(handler)));
}

INTHELOOP_DECL void export_poller::async_next(std::shared_ptr<watch_position> position,
                                              state_handler handler) {
    admit(&work::for_state,
          std::make_shared<state_waiter>(std::move(position), std::move(handler)));
}

INTHELOOP_DECL void export_poller::enter(std::shared_ptr<poll_waiter> const& waiter) {
    if (closed_)
        waiter->tell(executor, expect_delivery(), *closed_);
    else
        with_reserve([&] { under_way()->for_poll.push_back(waiter); });
}

INTHELOOP_DECL void export_poller::enter(std::shared_ptr<end_waiter> const& waiter) {
    if (waiter->deadline().count() <= 0)
        return waiter->tell(executor, expect_delivery(),
                            error(errc::invalid_option, "deadline is not above zero"));
    if (!closed_ && machine_.has_given_up()) {
        machine_.begin_again();
        publish();
    }
    if (has_ended())
        return waiter->tell(executor, expect_delivery(), outcome());
    with_reserve([&] { under_way()->for_end.push_back(waiter); });
    timers_.schedule(*waiter, waiter->ends_at());
}

INTHELOOP_DECL void export_poller::enter(std::shared_ptr<state_waiter> const& waiter) {
    // settle() delivers a state if there is a new one.
    with_reserve([&] { under_way()->for_state.push_back(waiter); });
}

INTHELOOP_DECL std::shared_ptr<export_poller::work> export_poller::under_way() {
    auto now = work_.lock();
    if (!now) {
        now = std::make_shared<work>();
        work_ = now;
        timers_.forget_wait(); // it would have kept the work, and so would a poll
        is_polling_ = is_stopping_poll_ = false;
    }
    return now;
}

// A step failed in between: ends all waits. A poll under way goes on.
INTHELOOP_DECL void export_poller::give_up(errc why) {
    result<report::export_result> const failed = error(why, {});
    end_all(&work::for_poll, failed);
    end_all(&work::for_end, failed);
    for (auto const& one : std::exchange(under_way()->for_state, {}))
        tell([&] {
            one->tell(executor, expect_delivery(), with_reserve([this] { return told_state(); }));
        });
    timers_.cancel(next_poll_);
    set_timer();
}

// The export.

INTHELOOP_DECL std::shared_ptr<export_poller>
export_poller::make(std::weak_ptr<client_core> const& client, boost::asio::any_io_executor on,
                    std::shared_ptr<call_settings const> settings, known_export known) {
    auto made = std::make_shared<export_poller>(client, std::move(on), std::move(settings),
                                                std::move(known));
    if (auto const core = client.lock())
        core->listen(made);
    else
        made->on_client_closed();
    return made;
}

INTHELOOP_DECL net::pending_count::mark export_poller::expect_delivery() const {
    return deliveries_ ? deliveries_->add() : net::pending_count::mark();
}

INTHELOOP_DECL export_poller::export_poller(std::weak_ptr<client_core> client,
                                            boost::asio::any_io_executor on,
                                            std::shared_ptr<call_settings const> settings_of_client,
                                            known_export known)
    : executor(std::move(on)), settings(std::move(settings_of_client)), id(std::move(known.id)),
      started(known.started), options(known.poll), client_(std::move(client)),
      user_(std::move(known.user)), runs_on_(net::client_executor(executor)),
      began_(saturating_add(settings->now(), -std::clamp(known.age, std::chrono::milliseconds(0),
                                                         policy::longest_timeout))),
      machine_(options, began_), random_(settings->seed, random_use::export_polls, known.number),
      told_end_(std::move(known.told_end)), response_(std::move(known.start_response)),
      timers_(runs_on_, settings->options.time) {
    if (auto const core = client_.lock())
        deliveries_ = core->deliveries();
    if (response_)
        machine_.start_answered(status_of(response_->value), settings->now());
    publish();
}

INTHELOOP_DECL void export_poller::settle() {
    auto const waiting = under_way();
    tell_states();
    if (!waiting->for_poll.empty())
        poll();
    if (waiting->is_empty())
        stop_poll();
    if (waiting->wants_polls() && !is_polling_)
        timers_.schedule(next_poll_, machine_.next_poll());
    else
        timers_.cancel(next_poll_);
    set_timer();
}

INTHELOOP_DECL void export_poller::set_timer() {
    timers_.arm(*this, [self = shared_from_this(), kept = under_way()] {
        self->in_turn([&] { self->timers_.run(); });
    });
}

INTHELOOP_DECL void export_poller::poll() {
    if (is_polling_)
        return;
    auto const client = client_.lock();
    if (!client)
        return close(error(errc::client_closed, {}));
    report::get_request const request(id);
    call_options overrides;
    overrides.impersonate_user = user_;
    auto ended = [self = shared_from_this(), kept = under_way()](net::outcome&& of_call) {
        self->in_turn([&] { self->on_poll_ended(std::move(of_call)); });
    };
    client->send(encode_call(*settings, report::get_report, request, &overrides),
                 boost::asio::bind_cancellation_slot(
                     stop_poll_.slot(), boost::asio::bind_executor(runs_on_, std::move(ended))));
    is_polling_ = true;
}

INTHELOOP_DECL void export_poller::stop_poll() {
    if (!is_polling_ || std::exchange(is_stopping_poll_, true))
        return;
    stop_poll_.emit(boost::asio::cancellation_type::terminal);
}

INTHELOOP_DECL void export_poller::on_poll_ended(net::outcome&& ended) {
    is_polling_ = false;
    bool const was_stopped = std::exchange(is_stopping_poll_, false);
    auto const retry_after = ended.retry_after;
    auto const found = to_export(*settings, ended);
    if (closed_ || (was_stopped && !found && found.error().code() == errc::cancelled))
        return; // waiters that came since then get another poll
    auto const now = settings->now();
    if (found) {
        response_ = found.response();
        failure_.reset();
        machine_.poll_answered(status_of(*found), now, random_.next_share(), retry_after);
    } else {
        failure_ = found.error();
        attempt_outcome const failed{static_cast<errc>(failure_->code().value()), failure_->status,
                                     failure_->progress, retry_after};
        machine_.poll_failed(failed, now, random_.next_share());
    }
    publish();
    end_all(&work::for_poll, found);
    if (has_ended())
        end_all(&work::for_end, outcome());
    tell_end();
}

// An export that the service does not know (404) is gone, too. One that may be pending is not told,
// even if it is taken for expired here.
INTHELOOP_DECL void export_poller::tell_end() {
    bool const is_unknown = failure_ && failure_->code() == errc::not_found;
    bool const is_known_end = machine_.phase() != export_phase::pending && response_ &&
                              response_->value.status != report::export_status::pending_or_expired;
    if (told_end_ && (is_known_end || is_unknown))
        std::exchange(told_end_, nullptr)(machine_.phase() == export_phase::completed);
}

INTHELOOP_DECL void export_poller::on_deadline(end_waiter const& late) {
    end_one(&work::for_end, late, result<report::export_result>(late_error(late.deadline())));
}

INTHELOOP_DECL void export_poller::abandon() noexcept {
    try { // the last copy may be in a context that outlives this one's
        gate_.make_entrance().post([self = shared_from_this()] {
            self->in_turn([&] { self->close(error(errc::cancelled, "the job was dropped")); });
        });
    } catch (...) { // without memory the waits go on to their own ends
    }
}

INTHELOOP_DECL void export_poller::on_client_closed() {
    runs_on_.post_or_run([self = shared_from_this()] {
        self->in_turn([&] { self->close(error(errc::client_closed, {})); });
    });
}

INTHELOOP_DECL void export_poller::close(error why) {
    if (closed_)
        return;
    bool const had_ended = has_ended();
    closed_ = std::move(why);
    if (!had_ended)
        publish();
    end_all(&work::for_poll, result<report::export_result>(*closed_));
    end_all(&work::for_end, outcome());
}

// The states for the waiters.

INTHELOOP_DECL void export_poller::tell_states() {
    for (auto const& one : std::exchange(under_way()->for_state, {})) {
        tell([&] {
            if (std::exchange(one->position->seen, published_number_) != published_number_)
                one->tell(executor, expect_delivery(),
                          with_reserve([this] { return told_state(); }));
            else if (has_ended())
                one->tell(executor, expect_delivery(), std::nullopt);
            else
                with_reserve([&] { under_way()->for_state.push_back(one); });
        });
    }
}

// The functions for a job.

INTHELOOP_DECL boost::asio::any_io_executor executor_of(export_poller const& poller) noexcept {
    return poller.executor;
}

INTHELOOP_DECL std::string name_of(export_poller const& poller) {
    return poller.name();
}

INTHELOOP_DECL void async_poll(export_poller& poller, poll_handler handler) {
    poller.async_poll(std::move(handler));
}

INTHELOOP_DECL void async_wait(export_poller& poller, std::chrono::milliseconds deadline,
                               poll_handler handler) {
    poller.async_wait(deadline, std::move(handler));
}

INTHELOOP_DECL void async_next(export_poller& poller, std::shared_ptr<watch_position> position,
                               state_handler handler) {
    poller.async_next(std::move(position), std::move(handler));
}

} // namespace intheloop::detail

#endif
