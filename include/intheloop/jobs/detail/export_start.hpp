// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_EXPORT_START_HPP
#define INTHELOOP_JOBS_DETAIL_EXPORT_START_HPP

#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/jobs/detail/pending_handler.hpp>
#include <intheloop/jobs/detail/shared_start.hpp>
#include <intheloop/jobs/export_job.hpp>
#include <intheloop/jobs/export_journal.hpp>
#include <intheloop/net/detail/strand.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace intheloop::detail {

// Returns whether a start that failed may have begun an export.
INTHELOOP_DECL bool is_unclear(error const& why);
// Notes an export that another start has begun. Returns the key of its entry; with `once`, of the
// one that the export has already, if there is one.
INTHELOOP_DECL result<std::string> note_export(call_settings const& settings,
                                               prepared_start const& equal, std::string const& id,
                                               export_journal& journal, bool once);
// Adds to the error of a start that its journal could not be written.
INTHELOOP_DECL void add_journal_failure(error& to, error const& failure);

// One start of an export, and the handlers that want its job. Runs on a strand, except for the
// functions marked with another rule. The functions on the strand and the call keep it alive.
class export_start : public std::enable_shared_from_this<export_start> {
public:
    // Joins an equal start or job, if the options allow it and there is one; else begins. Any
    // thread.
    INTHELOOP_DECL static void run(std::shared_ptr<client_core> const& client, prepared_start start,
                                   start_handler handler);
    // Called by run() only.
    INTHELOOP_DECL export_start(std::shared_ptr<client_core> const& client, prepared_start start);

private:
    class joiner final : public pending_handler<result<export_job>> {
    public:
        joiner(handler_type handler, std::shared_ptr<export_journal> own)
            : pending_handler(std::move(handler)), journal(std::move(own)) {}

        std::shared_ptr<export_journal> const journal; // its own; null: as the start it joins
    };

    INTHELOOP_DECL static single_flight::key key_of(std::shared_ptr<client_core> const& client,
                                                    prepared_start const& start);
    INTHELOOP_DECL static void run_shared(std::shared_ptr<client_core> const& client,
                                          prepared_start start, start_handler handler);
    INTHELOOP_DECL static std::shared_ptr<export_start>
    find_shared(std::shared_ptr<client_core> const& client, prepared_start const& start,
                std::shared_ptr<export_owner>& job);
    INTHELOOP_DECL static void give_known(std::shared_ptr<client_core> const& client,
                                          prepared_start start, std::shared_ptr<export_owner> job,
                                          start_handler handler);

    // Count the handlers that want the job. Any thread.
    INTHELOOP_DECL bool enlist(); // returns false if it is too late to join
    INTHELOOP_DECL bool leave();  // returns true if it was the last
    // The first one to get to the strand begins the start.
    INTHELOOP_DECL void join(start_handler handler, std::shared_ptr<client_core> client,
                             std::shared_ptr<export_journal> const& journal);
    INTHELOOP_DECL void cancel(std::shared_ptr<joiner> const& one);

    INTHELOOP_DECL void begin(std::shared_ptr<client_core> client);
    // With a fleet: asks it first, or gets the token under whose name it is asked.
    INTHELOOP_DECL bool is_shared_by_fleet() const;
    INTHELOOP_DECL void share(std::shared_ptr<client_core> const& client, std::string name);
    INTHELOOP_DECL void get_token_first(std::shared_ptr<client_core> const& client);
    INTHELOOP_DECL void send_without_name(std::shared_ptr<client_core> const& client);
    INTHELOOP_DECL std::string name_in_fleet(client_core const& client) const;
    INTHELOOP_DECL void follow(start_ruling ruling);
    INTHELOOP_DECL void attach(start_ruling const& known);
    INTHELOOP_DECL void set_idempotency_key(std::string const& key);
    // The token has changed, and with it the name of the start.
    INTHELOOP_DECL void on_renamed(net::outcome&& ended);
    INTHELOOP_DECL std::optional<error> may_not_share_anew(error const& ended);
    INTHELOOP_DECL void share_anew();
    INTHELOOP_DECL void send(std::shared_ptr<client_core> const& client);
    INTHELOOP_DECL std::function<std::optional<error>(bool)>
    make_last_step(std::shared_ptr<client_core> const& client,
                   std::shared_ptr<bool> const& has_other_name);
    INTHELOOP_DECL void on_ended(net::outcome&& ended);
    INTHELOOP_DECL void note_and_end(result<report::export_result> outcome, bool& is_noted);
    // Ends the start after all others know how it ended.
    INTHELOOP_DECL void conclude(result<report::export_result> const& outcome,
                                 result<export_job> ended);
    INTHELOOP_DECL void conclude(error const& why);
    INTHELOOP_DECL result<export_job> make_job(response<report::export_result> const& started);
    INTHELOOP_DECL std::shared_ptr<export_owner> make_owner(known_export known);
    INTHELOOP_DECL void end(result<export_job> outcome);
    INTHELOOP_DECL void tell_outcome(joiner& one);
    // Ends the start after a step that failed in between. Called in a catch block if there is an
    // outcome.
    INTHELOOP_DECL void give_up(errc why, request_progress progress, bool is_noted);

    // Write to the journal. Return the error if that fails.
    INTHELOOP_DECL std::optional<error> note_intent();
    INTHELOOP_DECL std::optional<error> note_outcome(result<report::export_result> const& outcome);
    // Notes that this start has failed in the journal of one that joined it, once.
    INTHELOOP_DECL std::optional<error>
    note_failure(std::shared_ptr<export_journal> const& journal);

    std::weak_ptr<client_core> const client_;
    boost::asio::any_io_executor const executor_;
    std::shared_ptr<net::pending_count> const deliveries_;
    std::shared_ptr<call_settings const> const settings_;
    net::strand const runs_on_;
    single_flight::key const key_;
    prepared_start prepared_;
    nullable<secret> user_;
    std::uint64_t const number_; // of the job
    std::string journal_key_;
    std::optional<error> journal_failure_;
    boost::asio::cancellation_signal stop_;
    bool has_begun_ = false;
    net::pending_count::mark until_ended_; // also while no call is under way
    bool is_stopping_ = false;
    bool is_on_its_way_ = false;             // its call, and its own intent is noted
    bool was_refused_ = false;               // with a token that the client had before
    policy::clock::time_point call_began_{}; // the last one
    std::vector<std::shared_ptr<joiner>> joined_;
    std::vector<std::shared_ptr<export_journal>> told_; // of joiners: they know of the failure
    std::optional<result<export_job>> concluded_;       // the outcome, before all others know
    std::optional<result<export_job>> outcome_;
    std::weak_ptr<export_owner> owner_;                  // of the job
    std::unique_ptr<shared_start> fleet_;                // null without one
    std::vector<std::unique_ptr<shared_start>> earlier_; // of tokens that the client had before

    std::mutex mutex_;
    std::size_t wanted_by_ = 1; // no handler can join any more at zero
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_start.ipp>
#include <intheloop/jobs/impl/export_start_fleet.ipp>
#include <intheloop/jobs/impl/export_start_journal.ipp>
#endif

#endif
