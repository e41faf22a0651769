// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_SHARED_START_HPP
#define INTHELOOP_JOBS_DETAIL_SHARED_START_HPP

// A start whose equals in other processes are one, by way of a fleet.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/client/detail/client_core.hpp>
#include <intheloop/jobs/start_options.hpp>
#include <intheloop/net/detail/fleet_link.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/policy/detail/start_record.hpp>
#include <intheloop/policy/export_phase.hpp>
#include <intheloop/policy/fleet_start.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::detail {

// The decision of the fleet about a start.
class start_ruling {
public:
    start_ruling() {}
    explicit start_ruling(error why) : refused(std::move(why)) {}

    std::optional<error> refused;
    std::string id;                   // of the export to attach to; empty: begin
    std::chrono::milliseconds age{0}; // of that export
    std::string idempotency_key;      // to begin with; empty: the start's own
};

// Carries out for one start what policy::fleet_starts decides: claims the right to begin, waits for
// another that has it, notes each step before it is taken, and keeps the lease. A part of its
// owner, on whose strand it runs; a timer keeps both while it waits.
class shared_start final : public close_listener, private net::timed {
public:
    INTHELOOP_DECL shared_start(std::weak_ptr<void> owner,
                                std::shared_ptr<call_settings const> settings, net::strand on,
                                std::string name, start_options const& options);

    // Set if the call has an idempotency key; and that key, unless the program has given it: then
    // all equal starts have the same.
    bool has_key = false;
    std::string random_key;

    // By this name the fleet knows all equal starts.
    std::string const& name() const noexcept { return name_; }
    // Decides once. A start that may begin has noted that its request is on its way.
    INTHELOOP_DECL void begin(std::function<void(start_ruling)> then);
    // Ends the wait for the decision with this error.
    INTHELOOP_DECL void stop(error why);
    // Returns what the call of a start that begins must keep, or null. Without it, and without
    // end(), nothing will tell how the call ended: the lease is not renewed any more, and `if_lost`
    // is called, which calls end().
    INTHELOOP_DECL std::shared_ptr<void> guard_call(std::function<void()> if_lost);
    // Tells the fleet how a start ended that began. Called once. The id names the export, if there
    // is one; `phase` says if it has ended already. Continues when the fleet knows, or does not
    // answer: then it goes on to tell it for a while.
    INTHELOOP_DECL void end(policy::start_event::value_type how, std::string id, export_phase phase,
                            std::function<void()> then);
    // Returns a function to call with the end of the export, completed or gone. Any thread.
    INTHELOOP_DECL std::function<void(bool is_completed)> end_of_export(std::string id);

    INTHELOOP_DECL void on_client_closed() override;
    std::shared_ptr<shared_start> shared_from_this() {
        return std::shared_ptr<shared_start>(owner_.lock(), this);
    }

private:
    enum class state : unsigned char {
        idle,
        claiming,
        waiting,
        noting,
        running,
        ending,
        leaving, // it is over, but for a grant that may be on its way
        over,
    };

    // Makes a handler for the engine's threads that runs step(*this, args...) on the strand, unless
    // the owner is gone.
    template <class Step>
    auto on_strand(Step step);
    template <class Step>
    void in_turn(Step step);

    INTHELOOP_DECL void run_timers();
    INTHELOOP_DECL void claim();
    INTHELOOP_DECL void on_claimed(std::optional<error> const& failure,
                                   fleet_start_answer const& got);
    INTHELOOP_DECL void give_back(fleet_start_answer const& got);
    INTHELOOP_DECL void wait(std::chrono::milliseconds free_in);
    INTHELOOP_DECL void listen();
    INTHELOOP_DECL void send_note();
    INTHELOOP_DECL void on_noted(std::optional<error> const& failure, bool is_current);
    INTHELOOP_DECL void on_time() override;
    INTHELOOP_DECL void on_refused();
    INTHELOOP_DECL policy::clock::time_point next_try();
    INTHELOOP_DECL void try_again(std::optional<error> const& failure);
    INTHELOOP_DECL void go_without();
    INTHELOOP_DECL void rule(start_ruling ruling);
    INTHELOOP_DECL void tell_end();
    INTHELOOP_DECL void take_back();
    INTHELOOP_DECL void leave();
    INTHELOOP_DECL void lose_call();
    INTHELOOP_DECL void finish();
    INTHELOOP_DECL void set_note(policy::start_event::value_type event, std::string const& id = {});
    INTHELOOP_DECL void set_end();
    INTHELOOP_DECL error unclear_error(std::chrono::milliseconds age) const;

    std::weak_ptr<void> const owner_;
    std::shared_ptr<call_settings const> const settings_;
    net::fleet_base& fleet_; // kept by the settings
    fleet_options const& how_;
    net::strand const runs_on_;
    std::string const name_;
    std::string const starter_;
    bool const takes_unclear_;
    bool const needs_fleet_;
    net::timer_queue timers_;

    state state_ = state::idle;
    std::uint64_t number_ = 0; // of the note that waits for an answer
    policy::clock::time_point reach_until_{};
    std::chrono::milliseconds pause_{0};
    bool was_refused_ = false;     // a note of the fence that the last claim got
    bool is_closed_ = false;       // the client
    bool takes_back_ = false;      // what it has announced
    unsigned claims_ = 0;          // without an answer yet
    bool heard_ = false;           // news since the claim
    std::optional<error> failure_; // of the last operation
    journal_advice before_ = journal_advice::start_again;
    fleet_start_note note_;
    std::shared_ptr<net::fleet_base::listener const> listener_;
    std::function<void(start_ruling)> then_;
    std::function<void()> ended_;
    // Of the call that has begun.
    std::shared_ptr<void> guard_; // until the call takes it
    std::weak_ptr<void> call_;
    bool has_call_ = false;
    std::function<void()> if_lost_;
    // As told to end(), until the note says so.
    policy::start_event::value_type how_it_ended_ = policy::start_event::unknown;
    std::string id_;
    export_phase phase_ = export_phase::pending;
    bool is_end_to_note_ = false;
    std::chrono::milliseconds longest_life_ = std::chrono::milliseconds::max(); // of that note
    net::strand_gate const gate_{runs_on_};
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/shared_start.ipp>
#endif

#endif
