// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_FLEET_STARTS_HPP
#define INTHELOOP_POLICY_DETAIL_FLEET_STARTS_HPP

// Decides which of equal starts of an export begins it. Engines do the same where they are: the
// scripts of an engine mirror this, and are tested against it.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/fleet_start.hpp>
#include <intheloop/policy/journal_entry.hpp>

#include <cstdint>
#include <map>
#include <string>

namespace intheloop::policy {

// The records of starts. A record holds the advice that the journal of a crashed program would
// give, written before each step by the starter, who has a lease and a fence. When the lease ends
// without an id, the next start gets a new fence if the advice lets it begin, and the advice alone
// if it does not. What is noted with an older fence is refused, so that a starter that was paused
// does not overwrite its successor's notes; also when the record is gone by then, or the end of the
// export was told. An id that is known is not overwritten by a note that was sent earlier, and
// arrives late. An export counts as old as the note of its id.
class fleet_starts {
public:
    // `first_fence` is greater than all fences before the memory was lost.
    explicit fleet_starts(std::uint64_t first_fence) : next_fence_(first_fence) {}

    INTHELOOP_DECL fleet_start_answer claim(fleet_start_claim const& claim, clock::time_point now);
    // Returns false, and changes nothing, if another has started since. Returns true, and changes
    // nothing, if the note of the same start is older than that of its id.
    INTHELOOP_DECL bool note(fleet_start_note const& note, clock::time_point now);

private:
    struct record {
        journal_advice advice = journal_advice::start_again;
        std::uint64_t fence = 0;
        std::string starter;
        std::string id;
        std::string idempotency_key;
        clock::time_point began{};
        clock::time_point lease_ends{};
        clock::time_point forgotten{};
    };

    std::uint64_t next_fence_;
    std::map<std::string, record> records_;
    std::map<std::string, std::uint64_t> last_fences_; // an engine forgets them after 7 days
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/fleet_starts.ipp>
#endif

#endif
