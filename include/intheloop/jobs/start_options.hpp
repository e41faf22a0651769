// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_START_OPTIONS_HPP
#define INTHELOOP_JOBS_START_OPTIONS_HPP

#include <intheloop/client/call_options.hpp>
#include <intheloop/jobs/single_flight.hpp>
#include <intheloop/policy/journal_entry.hpp>
#include <intheloop/policy/poll_options.hpp>

#include <memory>
#include <string>

namespace intheloop {

class export_journal;

// The options with which an export is started, and polled afterwards.
class start_options {
public:
    start_options() {}

    // When the job polls the export; see poll_options.
    poll_options poll;
    // Notes the start in a file, so that the next run of the program knows about it after a crash
    // at any moment. A start that joins an equal one with another journal, or of another process,
    // is noted once that has ended; not if that failed before it was on its way. All that join with
    // one journal have one entry there.
    std::shared_ptr<export_journal> journal;
    // Joins this start to an equal one: of this program, and with options::fleet also of all others
    // that have the same token.
    std::shared_ptr<single_flight> shared;
    // Stands for whose data the export has, where more than the token and the user choose it: an
    // interceptor, or the certificate of the client. Shared starts with other texts are not equal.
    // The engine of a fleet sees only a digest of it.
    std::string audience;
    // With a fleet: what to do if an equal start of another process may have begun an export, whose
    // id nobody knows. `ask` ends this start with errc::export_unclear, `start_again` begins
    // another export; another value is errc::invalid_option. (The advice of an export_journal has
    // the same meaning.)
    journal_advice if_unclear = journal_advice::ask;
    // Fails if the fleet does not answer, instead of starting an export of which no other process
    // knows. Without a fleet, or without `shared`, the start is refused with errc::invalid_option.
    bool needs_fleet = false;
    // The options of the call that starts the export. A start that joins an equal one makes no
    // call: the deadline of the first counts. Polls act as the same user, and have the client's
    // options in all other respects: its headers are sent with the start alone, since a job that
    // another program resumes could not have them.
    call_options call;
};

} // namespace intheloop

#endif
