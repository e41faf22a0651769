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

// The known state of an export at a point in time. A failed poll leaves status and phase unchanged.
class export_state {
public:
    export_state() {}

    std::string status; // the text of the service; empty before the first response with a status
    export_phase phase = export_phase::pending;
    bool has_url = false;              // whether the last response has an address
    bool has_ended = false;            // polling has ended; a new wait may begin it again
    unsigned polls = 0;                // successful ones
    unsigned failed_polls = 0;         // in a row, up to now
    std::optional<error> last_failure; // of the last failed poll, or the reason why polling ended
    std::chrono::milliseconds age{0};  // since the start of the export, or since it was attached
};

} // namespace intheloop

#endif
