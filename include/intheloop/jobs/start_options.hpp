// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_START_OPTIONS_HPP
#define INTHELOOP_JOBS_START_OPTIONS_HPP

#include <intheloop/client/call_options.hpp>
#include <intheloop/jobs/single_flight.hpp>
#include <intheloop/policy/poll_options.hpp>

#include <memory>

namespace intheloop {

class export_journal;

// How an export is started, and looked at afterwards.
class start_options {
public:
    start_options() {}

    // How the job looks at the export; see poll_options.
    poll_options poll;
    // Notes the start in a file, so that a crash at any moment can be told from another.
    std::shared_ptr<export_journal> journal;
    // Lets this start join an equal one.
    std::shared_ptr<single_flight> shared;
    // Of the call that starts the export. The looks go in the name of the same user; else they are
    // as the client's calls are.
    call_options call;
};

} // namespace intheloop

#endif
