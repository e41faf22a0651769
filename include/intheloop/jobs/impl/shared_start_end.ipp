// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_SHARED_START_END_IPP
#define INTHELOOP_JOBS_IMPL_SHARED_START_END_IPP

// The part of a shared_start that follows its call.
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/jobs/detail/shared_start.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL std::shared_ptr<void> shared_start::guard_call(std::function<void()> if_lost) {
    has_call_ = guard_ != nullptr;
    if_lost_ = std::move(if_lost);
    return std::exchange(guard_, nullptr);
}

INTHELOOP_DECL void shared_start::end(policy::start_event::value_type how, std::string id,
                                      export_phase phase, std::function<void()> then) {
    ended_ = std::move(then);
    if_lost_ = nullptr;
    how_it_ended_ = how;
    id_ = std::move(id);
    phase_ = phase;
    in_turn([this] {
        if (state_ != state::running || note_.fence == 0)
            return finish();
        tell_end();
    });
}

// Without this note the next start can't know how this one ended.
INTHELOOP_DECL void shared_start::tell_end() {
    state_ = state::ending;
    is_end_to_note_ = true;
    pause_ = std::chrono::milliseconds(0);
    constexpr std::chrono::milliseconds longest = std::chrono::seconds(30);
    reach_until_ = policy::later(timers_.now(), is_closed_ ? how_.start_timeout
                                                           : std::max(how_.start_timeout, longest));
    send_note();
}

// It has sent nothing, but the fleet may know that it was about to, even if it did not answer.
INTHELOOP_DECL void shared_start::take_back() {
    takes_back_ = true;
    how_it_ended_ = policy::start_event::not_sent;
    try {
        tell_end();
    } catch (...) { // at the next time, which is set
    }
}

INTHELOOP_DECL void shared_start::leave() {
    state_ = claims_ != 0 ? state::leaving : state::over;
    ++number_; // later answers mean nothing
    timers_.cancel(*this);
    if (claims_ != 0) // a grant may be on its way
        timers_.schedule(*this, policy::later(timers_.now(), how_.timeout));
}

// Nothing will tell how the call ended.
INTHELOOP_DECL void shared_start::lose_call() {
    if (auto const lost = if_lost_) // end() forgets it
        return lost();
    finish();
}

// Called again if it fails for lack of memory.
INTHELOOP_DECL void shared_start::set_end() {
    set_note(how_it_ended_, id_);
    if (phase_ == export_phase::completed)
        note_.life = how_.completed_export;
    else if (phase_ != export_phase::pending)
        note_.life = std::chrono::milliseconds(0); // it takes no equal start
    note_.life = std::min(note_.life, longest_life_);
    is_end_to_note_ = false;
}

INTHELOOP_DECL void shared_start::finish() {
    state_ = state::over;
    ++number_; // later answers mean nothing
    timers_.cancel(*this);
    if (auto const then = std::exchange(ended_, nullptr))
        then();
}

// A note of the start that has not arrived by then would bring the export back for an hour.
INTHELOOP_DECL std::function<void(bool)> shared_start::end_of_export(std::string id) {
    auto const note = std::make_shared<fleet_start_note>();
    note->name = name_;
    note->advice = journal_advice::resume;
    note->id = std::move(id);
    return [settings = settings_, note, on = runs_on_, weak = owner_, this](bool is_completed) {
        if (is_completed)
            note->life = settings->options.fleet->chosen().completed_export;
        auto const tell = [settings, note] {
            try {
                settings->options.fleet->async_note_start(*note,
                                                          [](std::optional<error> const&, bool) {});
            } catch (...) { // it ends with its life
            }
        };
        try {
            boost::asio::post(on, [tell, note, weak, this] {
                auto const start = weak.lock();
                if (start && state_ == state::ending) {
                    longest_life_ = std::min(longest_life_, note->life);
                    note_.life = std::min(note_.life, longest_life_);
                }
                tell();
            });
        } catch (...) { // without a look at the start
            tell();
        }
    };
}

INTHELOOP_DECL error shared_start::unclear_error(std::chrono::milliseconds age) const {
    auto const began =
        std::chrono::floor<std::chrono::seconds>(saturating_add(settings_->system_now(), -age));
    error why(errc::export_unclear,
              "not started: an equal start that began at " + date_time(began).text() +
                  " may have begun an export, under an unknown id. Look for it at the service; "
                  "start_options::if_unclear = journal_advice::start_again starts another one");
    why.progress = request_progress::not_sent;
    return why;
}

} // namespace intheloop::detail

#endif
