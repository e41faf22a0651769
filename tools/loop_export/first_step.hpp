// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_FIRST_STEP_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_FIRST_STEP_HPP

#include <intheloop/policy/detail/start_record.hpp>

#include <optional>

namespace tools {

// How the command line says that the program is to begin.
enum class beginning {
    start,
    start_again,     // --start-again
    resume,          // --resume
    resume_by_token, // --resume TOKEN
};

// Says how the program begins, by the traces of an earlier run.
enum class first_step {
    start,
    resume_left,    // goes on with what was left
    resume_token,   // goes on with the token's
    refuse_to_lose, // an export that can be gone on with
    refuse_unclear, // nobody knows whether there is one
    refuse_nothing  // there is nothing to go on with
};
inline first_step plan(beginning options, bool has_request,
                       std::optional<intheloop::journal_advice> left) {
    bool const can_start = !left || *left == intheloop::journal_advice::start_again;
    switch (options) {
    case beginning::start_again: return first_step::start;
    case beginning::resume_by_token: return first_step::resume_token;
    case beginning::resume:
        if (!left && !has_request)
            return first_step::refuse_nothing;
        if (left == intheloop::journal_advice::resume)
            return first_step::resume_left;
        break;
    case beginning::start:
        if (left == intheloop::journal_advice::resume)
            return first_step::refuse_to_lose;
        break;
    }
    return can_start ? first_step::start : first_step::refuse_unclear;
}

} // namespace tools

#endif
