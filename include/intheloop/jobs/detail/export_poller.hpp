// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_EXPORT_POLLER_HPP
#define INTHELOOP_JOBS_DETAIL_EXPORT_POLLER_HPP

// Polls an export while operations wait for it, once for all of them.

#include <intheloop/api/report.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/jobs/detail/export_access.hpp>
#include <intheloop/jobs/export_state.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/net/detail/timer_queue.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intheloop {
class export_journal;
}

namespace intheloop::detail {

// An export to poll.
class known_export {
public:
    known_export() {}

    std::string id;
    std::chrono::sys_seconds started{};
    std::chrono::milliseconds age{0}; // now
    nullable<secret> user;            // the impersonated user of the polls; see call_options
    poll_options poll;
    std::optional<response<report::export_result>> start_response; // if it was started just now
    std::uint64_t number = 0; // of the job, see client_core::next_job()
    // Called once, when the export is seen to be completed, or to be gone without a file.
    std::function<void(bool is_completed)> told_end;
};

// The position of a watch.
class watch_position {
public:
    std::uint64_t seen = 0; // the number of the newest state that was delivered to it
};

// Decodes a response about an export. An unknown status is free text, and may repeat the request:
// secrets are removed from it.
INTHELOOP_DECL result<report::export_result> to_export(call_settings const& settings,
                                                       net::outcome& ended);

// Polls one export. Runs on a strand, except for the functions marked with another rule. Keeps
// neither the client nor the waiters alive: a waiter may own the client and the job.
class export_poller final : public close_listener,
                            public std::enable_shared_from_this<export_poller> {
public:
    INTHELOOP_DECL static std::shared_ptr<export_poller>
    make(std::weak_ptr<client_core> const& client, boost::asio::any_io_executor on,
         std::shared_ptr<call_settings const> settings, known_export known);
    // Called by make() only.
    INTHELOOP_DECL export_poller(std::weak_ptr<client_core> client, boost::asio::any_io_executor on,
                                 std::shared_ptr<call_settings const> settings, known_export known);

    boost::asio::any_io_executor const executor;
    std::shared_ptr<call_settings const> const settings;
    std::string const id;
    std::chrono::sys_seconds const started;
    poll_options const options;

    // Any thread. Call the handlers on their associated executors, never from within.
    INTHELOOP_DECL void async_poll(poll_handler handler);
    INTHELOOP_DECL void async_wait(std::chrono::milliseconds deadline, poll_handler handler);
    INTHELOOP_DECL void async_next(std::shared_ptr<watch_position> position, state_handler handler);
    INTHELOOP_DECL export_state state() const;
    // Returns whether equal starts may join: the export is pending, and the service knows it.
    INTHELOOP_DECL bool takes_starts() const;
    // Names the export in an error or a log: "export 6e1c...". An id may hold the impersonated
    // user, which is left out.
    INTHELOOP_DECL std::string name() const;
    // Ends all waits with errc::cancelled: the last copy of the job is gone.
    INTHELOOP_DECL void abandon() noexcept;
    INTHELOOP_DECL void on_client_closed() override;

    // Runs a step on the strand, then delivers new states, polls if a waiter wants it, and sets the
    // timer.
    template <class Step>
    void in_turn(Step step);

private:
    class poll_waiter;  // waits for the poll that is under way, or for the next one
    class end_waiter;   // waits for the end of the export, up to its own deadline
    class state_waiter; // waits for a new state
    template <class Waiter>
    using waiters = std::vector<std::shared_ptr<Waiter>>;

    // The waiters. The wait of the timer, the poll under way and the functions on the strand keep
    // them alive. So destroying the context destroys them.
    struct work {
        waiters<poll_waiter> for_poll;
        waiters<end_waiter> for_end;
        waiters<state_waiter> for_state;

        bool wants_polls() const { return !for_end.empty() || !for_state.empty(); }
        bool is_empty() const { return for_poll.empty() && !wants_polls(); }
    };

    INTHELOOP_DECL std::shared_ptr<work> under_way();
    INTHELOOP_DECL net::pending_count::mark expect_delivery() const;
    INTHELOOP_DECL void settle();
    INTHELOOP_DECL void set_timer();
    INTHELOOP_DECL void give_up(errc why);
    template <class Step>
    void post(Step step);
    template <class Step>
    void tell(Step step);
    template <class Waiter>
    void admit(waiters<Waiter> work::*where, std::shared_ptr<Waiter> waiter);
    template <class Waiter, class Outcome>
    void end_one(waiters<Waiter> work::*where, Waiter const& waiter, Outcome outcome);
    template <class Waiter, class Outcome>
    void end_all(waiters<Waiter> work::*where, Outcome const& outcome);
    INTHELOOP_DECL void enter(std::shared_ptr<poll_waiter> const& waiter);
    INTHELOOP_DECL void enter(std::shared_ptr<end_waiter> const& waiter);
    INTHELOOP_DECL void enter(std::shared_ptr<state_waiter> const& waiter);

    INTHELOOP_DECL void poll();
    INTHELOOP_DECL void stop_poll();
    INTHELOOP_DECL void on_poll_ended(net::outcome&& ended);
    INTHELOOP_DECL void on_deadline(end_waiter const& late);
    INTHELOOP_DECL void close(error why);

    bool has_ended() const { return closed_.has_value() || machine_.has_ended(); }
    // The outcome of the waits for the end.
    INTHELOOP_DECL result<report::export_result> outcome() const;
    INTHELOOP_DECL error ended_without_file(errc code) const;
    INTHELOOP_DECL error late_error(std::chrono::milliseconds deadline) const;
    INTHELOOP_DECL error given_up_error() const;
    INTHELOOP_DECL void tell_states();
    INTHELOOP_DECL void tell_end();
    INTHELOOP_DECL void publish();
    // Returns the state for a waiter, which is told also if the clock throws: without the age then.
    INTHELOOP_DECL export_state told_state() const;

    std::weak_ptr<client_core> const client_;
    std::shared_ptr<net::pending_count> deliveries_; // null: the client was gone before
    nullable<secret> const user_;
    net::strand const runs_on_;
    policy::clock::time_point const began_; // the start of the export
    policy::export_poll machine_;
    std::weak_ptr<work> work_;
    random_numbers random_;
    std::function<void(bool is_completed)> told_end_;

    std::optional<response<report::export_result>> response_; // the last one
    std::optional<error> failure_;                            // of the poll after it
    std::optional<error> closed_;                             // the reason why polling has ended

    bool is_polling_ = false;
    bool is_stopping_poll_ = false;
    bool is_one_lost_ = false; // a waiter, in this turn: std::bad_alloc tells so
    boost::asio::cancellation_signal stop_poll_;
    net::timer_queue timers_;
    net::alarm<export_poller> next_poll_{*this, &export_poller::poll};

    mutable std::mutex published_mutex_;
    export_state published_;
    std::uint64_t published_number_ = 0; // of the state; used on the strand only
    net::strand_gate const gate_{runs_on_};
};

// The part of a job that all its copies share. Destroying the last one of an export ends the
// polling.
class export_owner {
public:
    explicit export_owner(std::shared_ptr<export_poller> of) : poller(std::move(of)) {}
    // Of an equal start, with an entry of its own in another journal.
    explicit export_owner(std::shared_ptr<export_owner> first)
        : poller(first->poller), first_(std::move(first)) {}
    ~export_owner() {
        if (!first_)
            poller->abandon();
    }
    export_owner(export_owner const&) = delete;
    export_owner& operator=(export_owner const&) = delete;

    std::shared_ptr<export_poller> const poller;
    std::weak_ptr<export_journal> journal; // the program may close it
    std::string journal_key;
    std::optional<error> journal_failure;

private:
    std::shared_ptr<export_owner> const first_;
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_poller.ipp>
#include <intheloop/jobs/impl/export_poller_state.ipp>
#endif

#endif
