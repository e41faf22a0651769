// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_START_JOURNAL_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_START_JOURNAL_IPP

// The notes of starts in their journals.

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/jobs/detail/export_start.hpp>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL std::optional<std::string_view> user_of(prepared_start const& start) {
    auto const& user = start.call.context.user;
    return user ? std::optional<std::string_view>(user->reveal()) : std::nullopt;
}

INTHELOOP_DECL std::optional<error> export_start::note_intent() {
    auto key = export_journal::new_key();
    if (!key)
        return std::move(key).error();
    std::optional<std::string_view> idempotency_key;
    if (auto const& own = prepared_.call.context.idempotency_key)
        idempotency_key = *own;
    if (auto failure = prepared_.options.journal->intend(*key, settings_->base.origin.text(),
                                                         prepared_.request, user_of(prepared_),
                                                         idempotency_key))
        return failure;
    journal_key_ = *std::move(key);
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error>
export_start::note_outcome(result<report::export_result> const& outcome) {
    if (journal_key_.empty())
        return std::nullopt;
    export_journal& journal = *prepared_.options.journal;
    if (outcome)
        return journal.started(journal_key_, outcome->id);
    return is_unclear(outcome.error()) ? journal.unclear(journal_key_)
                                       : journal.not_sent(journal_key_);
}

// Makes the line about a start that another one has made.
INTHELOOP_DECL policy::start_line made_line(call_settings const& settings,
                                            prepared_start const& equal,
                                            policy::start_event::value_type event) {
    policy::start_line made({}, event);
    made.origin = settings.base.origin.text();
    made.request = equal.request;
    return made;
}

INTHELOOP_DECL result<std::string> note_export(call_settings const& settings,
                                               prepared_start const& equal, std::string const& id,
                                               export_journal& journal, bool once) {
    auto made = made_line(settings, equal, policy::start_event::started);
    made.id = id;
    return access::note_made(journal, std::move(made), user_of(equal), once);
}

// Makes a job for an export that another start has begun, with an entry in a journal of its own.
INTHELOOP_DECL result<export_job> own_job(call_settings const& settings,
                                          prepared_start const& equal,
                                          std::shared_ptr<export_journal> const& journal,
                                          std::shared_ptr<export_owner> const& known) {
    auto key = note_export(settings, equal, known->poller->id, *journal, true);
    if (!key)
        return std::move(key).error();
    auto const owner = std::make_shared<export_owner>(known);
    owner->journal = journal;
    owner->journal_key = *std::move(key);
    return response<export_job>(export_job(owner));
}

INTHELOOP_DECL void add_journal_failure(error& to, error const& failure) {
    to.detail += "; nor could the journal be written: " + failure.detail;
}

// One line tells that it was intended and how it ended: after the first half alone, the advice
// would be to start again.
INTHELOOP_DECL std::optional<error>
export_start::note_failure(std::shared_ptr<export_journal> const& journal) {
    bool const is_known = std::find(told_.begin(), told_.end(), journal) != told_.end();
    if (is_known || !is_on_its_way_)
        return std::nullopt;
    try {
        told_.reserve(told_.size() + 1);
        using policy::start_event;
        auto made =
            made_line(*settings_, prepared_,
                      is_unclear(outcome_->error()) ? start_event::unclear : start_event::not_sent);
        if (auto const& own = prepared_.call.context.idempotency_key)
            made.idempotency_key = *own;
        auto const key = access::note_made(*journal, std::move(made), user_of(prepared_), false);
        if (!key)
            return key.error();
        told_.push_back(journal);
        return std::nullopt;
    } catch (...) {
        return error(thrown_code(), "an exception was thrown");
    }
}

// Notes no failure of a start that had not begun: its own journal has no entry either, and an equal
// start may have begun an export. If a step throws, the others are to be told nevertheless.
INTHELOOP_DECL void export_start::tell_outcome(joiner& one) {
    if (!one.journal)
        return one.tell_copy(executor_, deliveries_->add(), *outcome_);
    std::optional<result<export_job>> own;
    try {
        if (*outcome_) {
            own = own_job(*settings_, prepared_, one.journal, owner_.lock());
            if (*own)
                static_cast<response_info&>(own->response()) =
                    static_cast<response_info const&>(outcome_->response());
        } else if (auto const failure = note_failure(one.journal)) {
            error failed = outcome_->error();
            add_journal_failure(failed, *failure);
            own = std::move(failed);
        }
    } catch (...) {
        if (*outcome_ && !own)
            own = error(thrown_code(), {});
    }
    one.tell_copy(executor_, deliveries_->add(), own ? *own : *outcome_);
}

// Gives a job that takes equal starts to one of them.
INTHELOOP_DECL void export_start::give_known(std::shared_ptr<client_core> const& client,
                                             prepared_start start,
                                             std::shared_ptr<export_owner> job,
                                             start_handler handler) {
    auto const& journal = start.options.journal;
    if (!journal || journal == job->journal.lock())
        return post_delivery(client->executor, client->deliveries()->add(), std::move(handler),
                             result<export_job>(response<export_job>(export_job(job))));
    // The handler need not wait for the disk.
    auto note_and_give = [executor = client->executor, expected = client->deliveries()->add(),
                          settings = client->settings, start = std::move(start),
                          job = std::move(job), handler = std::move(handler)]() mutable {
        auto outcome = [&]() -> result<export_job> {
            try {
                return own_job(*settings, start, start.options.journal, job);
            } catch (...) {
                return error(thrown_code(), {});
            }
        }();
        post_delivery(executor, std::move(expected), std::move(handler), std::move(outcome));
    };
    boost::asio::post(client->executor, std::move(note_and_give));
}

} // namespace intheloop::detail

#endif
