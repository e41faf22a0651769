// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_START_JOURNAL_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_START_JOURNAL_IPP

// The notes of starts in their journals.

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/jobs/detail/export_start.hpp>

#include <boost/asio/post.hpp>

#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// Makes the entry of a start. Returns its key.
INTHELOOP_DECL result<std::string> intend(call_settings const& settings,
                                          prepared_start const& start, export_journal& journal) {
    auto key = export_journal::new_key();
    if (!key)
        return key;
    std::optional<std::string_view> user, idempotency_key;
    if (start.call.context.user)
        user = start.call.context.user->reveal();
    if (start.call.context.idempotency_key)
        idempotency_key = *start.call.context.idempotency_key;
    if (auto failure =
            journal.intend(*key, settings.base.origin.text(), start.request, user, idempotency_key))
        return *std::move(failure);
    return key;
}

INTHELOOP_DECL std::optional<error> export_start::note_intent() {
    auto key = intend(*settings_, prepared_, *prepared_.options.journal);
    if (!key)
        return std::move(key).error();
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

// Makes a job for an export that another start has begun, with an entry in a journal of its own.
INTHELOOP_DECL result<export_job> own_job(call_settings const& settings,
                                          prepared_start const& equal,
                                          std::shared_ptr<export_journal> const& journal,
                                          std::shared_ptr<export_owner> const& known) {
    auto key = intend(settings, equal, *journal);
    if (!key)
        return std::move(key).error();
    auto const owner = std::make_shared<export_owner>(known);
    owner->journal = journal;
    owner->journal_failure = journal->started(*key, known->poller->id);
    owner->journal_key = *std::move(key);
    return response<export_job>(export_job(owner));
}

// Notes no failure of a start that had not begun: its own journal has no entry either, and an equal
// start may have begun an export.
INTHELOOP_DECL void export_start::tell_outcome(joiner& one) {
    if (!one.journal)
        return one.tell_copy(executor_, *outcome_);
    auto const known = owner_.lock();
    std::optional<result<export_job>> own;
    try {
        if (*outcome_ && known)
            own = own_job(*settings_, prepared_, one.journal, known);
        else if (is_on_its_way_)
            if (auto const key = intend(*settings_, prepared_, *one.journal))
                static_cast<void>(is_unclear(outcome_->error()) ? one.journal->unclear(*key)
                                                                : one.journal->not_sent(*key));
    } catch (std::bad_alloc const&) {
        own = error(errc::out_of_memory, {});
    }
    one.tell_copy(executor_, own ? *own : *outcome_);
}

// Gives a job that takes equal starts to one of them.
INTHELOOP_DECL void export_start::give_known(std::shared_ptr<client_core> const& client,
                                             prepared_start start,
                                             std::shared_ptr<export_owner> job,
                                             start_handler handler) {
    auto const& journal = start.options.journal;
    if (!journal || journal == job->journal.lock())
        return post_completion(client->executor, std::move(handler),
                               result<export_job>(response<export_job>(export_job(job))));
    // The handler need not wait for the disk.
    auto note_and_give = [executor = client->executor, settings = client->settings,
                          start = std::move(start), job = std::move(job),
                          handler = std::move(handler)]() mutable {
        auto outcome = [&]() -> result<export_job> {
            try {
                return own_job(*settings, start, start.options.journal, job);
            } catch (...) {
                return error(thrown_code(), {});
            }
        }();
        post_completion(executor, std::move(handler), std::move(outcome));
    };
    boost::asio::post(client->executor, std::move(note_and_give));
}

} // namespace intheloop::detail

#endif
