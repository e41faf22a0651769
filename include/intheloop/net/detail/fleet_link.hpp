// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_FLEET_LINK_HPP
#define INTHELOOP_NET_DETAIL_FLEET_LINK_HPP

// The seam between a client and its fleet, so that a program without one compiles no engine, and no
// member.

#include <intheloop/base/error.hpp>
#include <intheloop/net/detail/any_handler.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/fleet_claim.hpp>
#include <intheloop/policy/fleet_options.hpp>
#include <intheloop/policy/fleet_start.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::net {

class runtime;

// One client in its fleet. Runs on the client's strand, and belongs to its runtime.
class fleet_link {
public:
    virtual ~fleet_link() = default;

    // Called before a call enters the queues: its capacity may have ended at rest.
    virtual void on_call() = 0;
    // Called at the end of each run of the strand, with calls under way.
    virtual void settle() = 0;
    // Called when no call is left, and if the client is closed, none will come.
    virtual void on_rest(bool is_closed) = 0;
    // The service asked this client to pause, or refused its current token.
    virtual void on_paused(policy::clock::time_point until) = 0;
    virtual void on_refused() = 0;
    // There is another token.
    virtual void on_token() = 0;
    // Asks for the turn to ask the token provider; continues with token_source::on_turn(), on the
    // strand, maybe from within. Each turn ends.
    virtual void ask_turn() = 0;
    virtual void end_turn() noexcept = 0;
    // Forgets what is under way, after a step that failed in between.
    virtual void give_up() noexcept = 0;
    // Names something that all clients with this token share: a digest. Empty while there is no
    // token. Any thread.
    virtual std::string name_of(std::string_view text) const = 0;
};

// The fleet as a client's options hold it.
class fleet_base {
public:
    fleet_base() = default;
    fleet_base(fleet_base const&) = delete;
    fleet_base& operator=(fleet_base const&) = delete;
    virtual ~fleet_base() = default;

    // Called once for each client. Its runtime outlives the link, and keeps the fleet.
    virtual std::unique_ptr<fleet_link> join(runtime& client) = 0;

    // The part of an engine that shared exports need; see intheloop::fleet.
    using listener = std::function<void(fleet_notice const&)>;
    using start_handler = any_handler<void(std::optional<error>, fleet_start_answer)>;
    using note_handler = any_handler<void(std::optional<error>, bool)>;
    virtual fleet_options const& chosen() const noexcept = 0;
    virtual void async_claim_start(fleet_start_claim claim, start_handler handler) = 0;
    virtual void async_note_start(fleet_start_note note, note_handler handler) = 0;
    virtual void listen(std::string group, std::weak_ptr<listener const> told) = 0;
};

} // namespace intheloop::net

#endif
