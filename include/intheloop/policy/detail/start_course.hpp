// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_START_COURSE_HPP
#define INTHELOOP_POLICY_DETAIL_START_COURSE_HPP

#include <intheloop/policy/fleet_start.hpp>

namespace intheloop::policy {

// The course of a start after the answer of a fleet to its claim.
enum class start_course : unsigned char {
    begin,  // with a fence; with the key of the answer, if its advice is `repeat`
    attach, // to the id
    wait,   // for another that starts now
    ask,    // an earlier start may have begun an export, under an unknown id
};

inline start_course course_after(fleet_start_answer const& got) {
    if (got.fence != 0)
        return start_course::begin;
    if (got.advice == journal_advice::resume && !got.id.empty())
        return start_course::attach;
    return got.free_in.count() > 0 ? start_course::wait : start_course::ask;
}

} // namespace intheloop::policy

#endif
