// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_FLEET_HPP
#define INTHELOOP_FLEET_FLEET_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/net/detail/any_handler.hpp>
#include <intheloop/net/detail/fleet_link.hpp>
#include <intheloop/policy/fleet_claim.hpp>
#include <intheloop/policy/fleet_options.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace intheloop {

// Lets processes with one token share its limits, the pauses that the service asks for, a token
// that it refused, and equal exports. Set options::fleet of all clients of a process to one of
// these.
//
// Derive from it for an engine: something that all processes reach, such as Redis. A client calls
// the operations from any thread, several at the same time, and never with the token itself. An
// engine calls each handler once, on any thread, also from within, with an error if it has no
// answer, or destroys it. It may take as long as it likes: the client waits for
// fleet_options::timeout only, and then goes on without it. It keeps no executor of a client busy.
class fleet : public net::fleet_base {
public:
    // Calls of an engine end with one of these; an error has no secret in its text.
    using done_handler = net::any_handler<void(std::optional<error>)>;
    using grant_handler = net::any_handler<void(std::optional<error>, fleet_grant)>;
    // The fence is 0 if another holds the lock, for as long as `free_in` at most.
    using lock_handler = net::any_handler<void(std::optional<error>, std::uint64_t fence,
                                               std::chrono::milliseconds free_in)>;
    // Called with the news of a group.
    using net::fleet_base::listener;
    // Of equal exports; the flag is false if another has started since.
    using net::fleet_base::note_handler;
    using net::fleet_base::start_handler;

    // Throws intheloop::exception (errc::invalid_option) for an option that can't be used.
    INTHELOOP_DECL explicit fleet(fleet_options chosen);

    // As chosen. Outside of this process only digests made with its key are seen.
    fleet_options const options;

    // Makes, renews or shrinks the lease of a member, and counts it among the members of its group
    // until the lease ends. At any time the sum of the shares of all leases in force is at most the
    // limits of the claim; policy::fleet_ledger says how they are divided. The engine measures time
    // by its own clock only.
    //
    // Completes with `void(std::optional<error>, fleet_grant)`. The grant also tells the pause and
    // the refusal in force. Has no cancellation.
    //
    //     engine->async_claim(claim, [](std::optional<loop::error> failure, loop::fleet_grant got)
    //     {
    //         use(got.share.rate);
    //     });
    virtual void async_claim(fleet_claim claim, grant_handler handler) = 0;
    // Ends the lease of a member at once, when its client is closed or has another token. Does
    // nothing if there is none.
    //
    // Completes with `void(std::optional<error>)`. Has no cancellation.
    //
    //     engine->async_leave(group, member, [](std::optional<loop::error>) {});
    virtual void async_leave(std::string group, std::string member, done_handler handler) = 0;
    // Stores a pause or a refusal for a group, for the times in it, and tells all that listen to
    // the group. Of two pauses, and of two refusals, the one that ends later counts.
    //
    // Completes with `void(std::optional<error>)`. Has no cancellation.
    //
    //     loop::fleet_notice notice;
    //     notice.group = group;
    //     notice.paused = std::chrono::seconds(30);
    //     engine->async_tell(notice, [](std::optional<loop::error>) {});
    virtual void async_tell(fleet_notice notice, done_handler handler) = 0;
    // Takes a lock for at most `time_limit`, unless it is held. Each time a lock is taken it has a
    // greater fence than before, also after its memory was lost (such as the engine's clock in
    // microseconds, and one more than the last if that is greater).
    //
    // Completes with `void(std::optional<error>, std::uint64_t fence, std::chrono::milliseconds
    // free_in)`. Has no cancellation.
    //
    //     engine->async_lock(name, std::chrono::seconds(30), use_lock);
    virtual void async_lock(std::string name, std::chrono::milliseconds time_limit,
                            lock_handler handler) = 0;
    // Frees a lock, unless it has another fence by now.
    //
    // Completes with `void(std::optional<error>)`. Has no cancellation.
    //
    //     engine->async_unlock(name, fence, [](std::optional<loop::error>) {});
    virtual void async_unlock(std::string name, std::uint64_t fence, done_handler handler) = 0;
    // Calls the listener with each notice told of the group, on any thread, until it is gone. As
    // well as it goes: a lost notice comes with the next grant. Listeners of one process may share
    // a subscription.
    //
    // An engine that was away may call all listeners with an empty notice when it can be asked
    // again. Then clients ask at once, rather than after a pause of up to five seconds.
    void listen(std::string group, std::weak_ptr<listener const> told) override = 0;

    // Gives one of equal starts the right to begin, or tells how far an earlier one has come, as
    // policy::fleet_starts does. A new fence is greater than all before it, also after the memory
    // was lost (see async_lock). An engine without this function shares no exports: it completes
    // with errc::invalid_option.
    //
    // Completes with `void(std::optional<error>, fleet_start_answer)`. Has no cancellation.
    //
    //     engine->async_claim_start(claim, [](std::optional<loop::error> failure,
    //                                         loop::fleet_start_answer got) {
    //         if (got.fence != 0)
    //             begin();
    //     });
    INTHELOOP_DECL void async_claim_start(fleet_start_claim claim, start_handler handler) override;
    // Stores the advice for the next of equal starts, unless another has started since, and forgets
    // it when its life is over. Once the id is stored, a note of the same fence without one changes
    // nothing, unless its life is 0: the network may have delivered it late. If the lease is 0, it
    // tells all that listen to the name of the start, as if that were a group, with an empty
    // notice.
    //
    // Completes with `void(std::optional<error>, bool is_current)`. Has no cancellation.
    //
    //     engine->async_note_start(note, [](std::optional<loop::error>, bool is_current) {});
    INTHELOOP_DECL void async_note_start(fleet_start_note note, note_handler handler) override;

    // Called by a client.
    INTHELOOP_DECL std::unique_ptr<net::fleet_link> join(net::runtime& client) final;
    // Returns the options, for the parts of a client that know no more of a fleet.
    fleet_options const& chosen() const noexcept final { return options; }
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/fleet.ipp>
#endif

#endif
