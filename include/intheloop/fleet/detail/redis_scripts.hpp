// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_SCRIPTS_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_SCRIPTS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/fleet/detail/redis_commands.hpp>

#include <string>

namespace intheloop::redis {

// The version of the scripts and of what they store: a part of each key, so that a later layout
// never reads what an earlier one has written.
inline constexpr char const* layout_version = "1";

// The atomic steps of a fleet, by the clock of the server. policy::fleet_ledger and
// policy::fleet_starts are the same in C++, and explain it; tests/redis compares them.
class scripts {
public:
    INTHELOOP_DECL static scripts const& all();

    script const claim;
    script const leave;
    script const tell;
    script const lock;
    script const unlock;
    script const claim_start;
    script const note_start;
};

// The names of keys. What is between the braces decides the slot, so that a script's keys are
// together.
class key_names {
public:
    key_names(std::string const& prefix, std::string const& digest)
        : begin_(prefix + ':' + layout_version + ":{" + digest + '}') {}

    std::string channel() const { return begin_; }
    std::string of(char const* what) const { return begin_ + ':' + what; }

private:
    std::string begin_;
};

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_scripts.ipp>
#endif

#endif
