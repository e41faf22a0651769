// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_SHARED_START_IPP
#define INTHELOOP_JOBS_IMPL_SHARED_START_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/jobs/detail/shared_start.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/merged_news.hpp>
#include <intheloop/policy/detail/start_course.hpp>

#include <boost/asio/post.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <new>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL std::string new_starter() {
    unsigned char octets[16];
    if (RAND_bytes(octets, sizeof octets) != 1)
        throw std::bad_alloc();
    return to_hexadecimal({reinterpret_cast<char const*>(octets), sizeof octets});
}

INTHELOOP_DECL
shared_start::shared_start(std::weak_ptr<void> owner, std::shared_ptr<call_settings const> settings,
                           net::strand on, std::string name, start_options const& options)
    : owner_(std::move(owner)), settings_(std::move(settings)), fleet_(*settings_->options.fleet),
      how_(fleet_.chosen()), runs_on_(std::move(on)), name_(std::move(name)),
      starter_(new_starter()), takes_unclear_(options.if_unclear == journal_advice::start_again),
      needs_fleet_(options.needs_fleet), timers_(runs_on_, settings_->options.time) {
    note_.name = name_;
}

template <class Step>
auto shared_start::on_strand(Step step) {
    return gate_.make_poster([weak = owner_, this, step](auto const&... args) {
        if (auto const alive = weak.lock())
            in_turn([&] { step(*this, args...); });
    });
}

template <class Step>
void shared_start::in_turn(Step step) {
    auto const kept = shared_from_this();
    try {
        step();
    } catch (...) {
        if (then_)
            rule(start_ruling(error(thrown_code(), {})));
        else if (state_ == state::ending || (state_ == state::running && note_.fence != 0))
            timers_.schedule(*this, next_try()); // there may be memory by then
        else if (state_ != state::leaving)       // which ends by itself
            finish();
    }
    try {
        with_reserve([&] { timers_.arm(*this, [kept] { kept->run_timers(); }); });
    } catch (std::bad_alloc const&) { // nothing would come back to it
        if (then_)
            rule(start_ruling(error(errc::out_of_memory, {})));
        if (state_ == state::ending)
            finish();
    }
}

INTHELOOP_DECL void shared_start::run_timers() {
    in_turn([this] { timers_.run(); });
}

INTHELOOP_DECL void shared_start::begin(std::function<void(start_ruling)> then) {
    then_ = std::move(then);
    in_turn([this] { claim(); });
}

INTHELOOP_DECL void shared_start::claim() {
    if (std::exchange(state_, state::claiming) != state::claiming)
        reach_until_ = policy::later(timers_.now(), how_.start_timeout);
    heard_ = false;
    fleet_start_claim asked;
    asked.name = name_;
    asked.starter = starter_;
    asked.takes_unclear = takes_unclear_;
    asked.lease = how_.start_lease;
    timers_.schedule(*this, policy::later(timers_.now(), how_.timeout));
    auto const handler =
        on_strand([](shared_start& self, std::optional<error> const& failure,
                     fleet_start_answer const& got) { self.on_claimed(failure, got); });
    try {
        ++claims_;
        fleet_.async_claim_start(std::move(asked), handler);
    } catch (std::bad_alloc const&) {
        --claims_;
        throw;
    } catch (...) {
        --claims_;
        try_again(error(errc::invalid_option, "the engine of the fleet has thrown"));
    }
}

// A late answer is as good as one in time: the fleet gives the same starter the same one.
INTHELOOP_DECL void shared_start::on_claimed(std::optional<error> const& failure,
                                             fleet_start_answer const& got) {
    claims_ -= claims_ != 0 ? 1 : 0; // an engine may answer twice
    bool const is_grant = !failure && got.fence != 0;
    if (state_ == state::leaving) {
        if (is_grant)
            return give_back(got);
        return claims_ == 0 ? finish() : void();
    }
    if (state_ == state::ending && is_grant && takes_back_ && got.fence != note_.fence)
        return give_back(got);
    if (state_ != state::claiming && !(state_ == state::waiting && is_grant))
        return;
    if (failure)
        return try_again(failure);
    auto const course = policy::course_after(got);
    bool const has_its_key = got.advice == journal_advice::repeat && has_key &&
                             !random_key.empty() && !got.idempotency_key.empty();
    if (course == policy::start_course::begin && has_its_key && validate_key(got.idempotency_key))
        return try_again(error(errc::unexpected_content,
                               "the idempotency key from the fleet can't stand in a header"));
    if (!was_refused_)
        reach_until_ = policy::later(timers_.now(), how_.start_timeout);
    constexpr std::chrono::milliseconds oldest = std::chrono::days(366);
    auto const age = std::clamp(got.age, std::chrono::milliseconds(0), oldest);
    switch (course) {
    case policy::start_course::wait: return wait(got.free_in);
    case policy::start_course::ask: return rule(start_ruling(unclear_error(age)));
    case policy::start_course::attach: {
        start_ruling known;
        known.id = got.id;
        known.age = age;
        return rule(std::move(known));
    }
    case policy::start_course::begin: break;
    }
    note_.fence = got.fence;
    before_ = got.advice;
    if (has_its_key)
        random_key = got.idempotency_key;
    call_ = guard_ = std::make_shared<char>();
    state_ = state::noting;
    set_note(policy::start_event::sending);
    send_note();
}

// Nobody begins with this grant: all is as before.
INTHELOOP_DECL void shared_start::give_back(fleet_start_answer const& got) {
    note_.fence = got.fence;
    note_.advice = got.advice;
    note_.id.clear();
    note_.idempotency_key = got.idempotency_key;
    note_.lease = std::chrono::milliseconds(0);
    note_.life = got.advice == journal_advice::start_again ? std::chrono::milliseconds(0)
                                                           : how_.unclear_start;
    finish();
    try {
        fleet_.async_note_start(note_, [](std::optional<error> const&, bool) {});
    } catch (...) { // its lease ends
    }
}

INTHELOOP_DECL void shared_start::wait(std::chrono::milliseconds free_in) {
    constexpr std::chrono::milliseconds least(10), first(100), longest(1000);
    state_ = state::waiting;
    was_refused_ = false;
    pause_ = std::clamp(pause_ * 3 / 2, first, longest);
    if (std::exchange(heard_, false)) // since the claim was made
        return claim();
    timers_.schedule(*this, policy::later(timers_.now(), std::clamp(free_in, least, pause_) +
                                                             std::chrono::milliseconds(1)));
    if (!listener_)
        listen();
}

// The next claim finds news that came before the subscription.
INTHELOOP_DECL void shared_start::listen() {
    auto const news = std::make_shared<net::merged_news>();
    auto const send = on_strand([news](shared_start& self) {
        news->take();
        if (self.state_ == state::waiting)
            self.claim();
        else if (self.state_ == state::claiming)
            self.heard_ = true;
    });
    listener_ =
        std::make_shared<net::fleet_base::listener const>([news, send](fleet_notice const& told) {
            if (news->add(told) && !send())
                news->call_back();
        });
    try {
        fleet_.listen(name_, listener_);
    } catch (...) { // the claims find out
    }
}

INTHELOOP_DECL void shared_start::set_note(policy::start_event::value_type event,
                                           std::string const& id) {
    using std::chrono::milliseconds;
    ++number_;
    journal_entry entry;
    entry.origin = entry.request = name_; // known, as far as the rules are concerned
    if (has_key)
        entry.idempotency_key = random_key;
    if (!id.empty())
        entry.id = id;
    note_.advice = policy::advice_after(entry, event);
    note_.id = id;
    note_.idempotency_key = note_.advice == journal_advice::repeat ? random_key : std::string();
    bool const is_under_way = event == policy::start_event::sending;
    note_.lease = is_under_way ? how_.start_lease : milliseconds(0);
    note_.life = note_.advice == journal_advice::resume ? how_.shared_export : how_.unclear_start;
    if (note_.advice == journal_advice::start_again) {
        note_.advice = before_; // what an earlier start has left is as unclear as before
        note_.idempotency_key = before_ == journal_advice::repeat ? random_key : std::string();
        if (before_ == journal_advice::start_again)
            note_.life = milliseconds(0);
    }
}

// Without memory it is sent at the next time, which is set by then.
INTHELOOP_DECL void shared_start::send_note() {
    timers_.schedule(*this, next_try());
    if (is_end_to_note_)
        set_end();
    auto const number = number_;
    auto const handler = on_strand(
        [number](shared_start& self, std::optional<error> const& failure, bool is_current) {
            if (number == self.number_)
                self.on_noted(failure, is_current);
        });
    try {
        fleet_.async_note_start(note_, handler);
    } catch (std::bad_alloc const&) {
        throw;
    } catch (...) {
        try_again(error(errc::invalid_option, "the engine of the fleet has thrown"));
    }
}

INTHELOOP_DECL void shared_start::on_noted(std::optional<error> const& failure, bool is_current) {
    if (failure)
        return try_again(failure);
    ++number_; // a second answer means nothing
    switch (state_) {
    case state::noting:
        if (!is_current)
            return on_refused();
        state_ = state::running;
        timers_.schedule(*this, policy::later(timers_.now(), how_.start_lease / 3));
        return rule({});
    case state::running:
        if (is_current)
            return timers_.schedule(*this, policy::later(timers_.now(), how_.start_lease / 3));
        note_.fence = 0; // somebody starts again, knowing that this one may have begun
        return timers_.cancel(*this);
    case state::ending: return takes_back_ ? leave() : finish();
    default: return;
    }
}

// Somebody has started since, as the next claim tells; or the engine contradicts itself, and must
// not do so for ever.
INTHELOOP_DECL void shared_start::on_refused() {
    was_refused_ = true;
    note_.fence = 0;
    failure_ = error(errc::unexpected_content,
                     "the fleet refuses the notes of a start that it has let begin");
    state_ = state::claiming;
    timers_.schedule(*this, policy::later(timers_.now(), how_.timeout));
}

// Nobody waits for the notes of an end: they become rarer.
INTHELOOP_DECL policy::clock::time_point shared_start::next_try() {
    constexpr std::chrono::milliseconds longest(1000);
    if (state_ != state::ending)
        return policy::later(timers_.now(), how_.timeout);
    pause_ = std::max(how_.timeout, std::min(pause_ * 3 / 2, longest));
    return policy::later(timers_.now(), pause_);
}

// An answer is overdue, or a pause is over.
INTHELOOP_DECL void shared_start::on_time() {
    switch (state_) {
    case state::claiming:
    case state::noting:
    case state::ending: return try_again(std::nullopt);
    case state::waiting: return claim();
    case state::running: return has_call_ && call_.expired() ? lose_call() : send_note();
    case state::leaving: return finish();
    default: return;
    }
}

// Called when an operation has failed, or has no answer yet: it is repeated after a pause.
INTHELOOP_DECL void shared_start::try_again(std::optional<error> const& failure) {
    auto const now = timers_.now();
    if (failure) {
        failure_ = failure;
        // An engine that can't be used now may be back before the end is forgotten.
        bool const is_hopeless = failure->code() == errc::invalid_option && state_ != state::ending;
        if (state_ != state::running && (is_hopeless || now >= reach_until_))
            return go_without();
        return timers_.schedule(*this, next_try());
    }
    if (state_ == state::ending && ended_)
        std::exchange(ended_, nullptr)();
    if (now >= reach_until_)
        return go_without();
    return state_ == state::claiming ? claim() : send_note();
}

INTHELOOP_DECL void shared_start::go_without() {
    if (state_ == state::ending)
        return finish();
    if (needs_fleet_) {
        error why = failure_ ? *failure_ : error(errc::deadline_exceeded, {});
        why.detail = "not started: the fleet does not answer, and start_options::needs_fleet is "
                     "set" +
                     (why.detail.empty() ? std::string() : ": " + why.detail);
        why.progress = request_progress::not_sent;
        return rule(start_ruling(std::move(why)));
    }
    state_ = state::running;
    if (note_.fence != 0) // until the note gets there, or the start ends
        timers_.schedule(*this, policy::later(timers_.now(), how_.timeout));
    else
        timers_.cancel(*this);
    rule({});
}

INTHELOOP_DECL void shared_start::rule(start_ruling ruling) {
    listener_.reset();
    if (ruling.refused || !ruling.id.empty()) {
        if (note_.fence != 0)
            take_back();
        else
            leave();
    }
    if (auto const then = std::exchange(then_, nullptr))
        then(std::move(ruling));
}

INTHELOOP_DECL void shared_start::stop(error why) {
    if (then_)
        in_turn([&] { rule(start_ruling(std::move(why))); });
}

INTHELOOP_DECL void shared_start::on_client_closed() {
    runs_on_.post_or_run([weak = owner_, this] {
        auto const alive = weak.lock();
        if (!alive)
            return;
        is_closed_ = true;
        reach_until_ = std::min(reach_until_, policy::later(timers_.now(), how_.start_timeout));
        stop(error(errc::client_closed, {}));
    });
}

} // namespace intheloop::detail

#include <intheloop/jobs/impl/shared_start_end.ipp>

#endif
