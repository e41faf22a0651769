// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_EXPORT_STATE_HPP
#define INTHELOOP_JOBS_EXPORT_STATE_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/policy/detail/export_poll.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace intheloop {

// What is known of an export at a point in time. A look that fails leaves the status and the phase
// as they were.
class export_state {
public:
    export_state() {}

    std::string status; // the service's own word; empty if it said none yet
    export_phase phase = export_phase::pending;
    bool has_url = false;              // whether the last answer gave an address
    bool has_ended = false;            // nothing more is looked for, unless somebody waits anew
    unsigned polls = 0;                // that were answered
    unsigned failed_polls = 0;         // in a row, the last ones
    std::optional<error> last_failure; // of these, or why looking has ended
    std::chrono::milliseconds age{0};  // since the start of the export, or since it is known here
};

} // namespace intheloop

#endif
