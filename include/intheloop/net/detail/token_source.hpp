// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_TOKEN_SOURCE_HPP
#define INTHELOOP_NET_DETAIL_TOKEN_SOURCE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/net/detail/runtime_options.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/policy/detail/token.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace intheloop::net {

class runtime;

// The token of a client: from its options, or from a provider, with one fetch at a time. Runs on
// the runtime's strand, the provider on a strand of its own.
class token_source final : private timed {
public:
    INTHELOOP_DECL explicit token_source(runtime& owner);

    bool may_send() const { return state_.is_good(); }
    std::shared_ptr<secret const> const& current() const { return current_; }
    std::uint64_t generation() const { return state_.generation(); }

    // Called before an attempt, and after a 401 to a token of this generation. Never returns
    // `fetch`: the fetch has begun by then. Its end calls runtime::on_token_fetched.
    INTHELOOP_DECL policy::token_advice ask();
    INTHELOOP_DECL policy::token_advice refuse(std::uint64_t generation);
    INTHELOOP_DECL void set(secret changed);
    // It is this client's turn to ask the provider.
    INTHELOOP_DECL void on_turn();
    // Ends a fetch that no call waits for any more.
    INTHELOOP_DECL void abandon_fetch();
    // The same after a step that failed in between.
    INTHELOOP_DECL void give_up() noexcept;

private:
    INTHELOOP_DECL policy::token_advice begin_if_asked(policy::token_advice advice);
    INTHELOOP_DECL void begin_fetching();
    INTHELOOP_DECL void stop_fetching();
    INTHELOOP_DECL void end_turn() noexcept;
    INTHELOOP_DECL void on_fetched(std::optional<error> failure, secret fetched);
    INTHELOOP_DECL void on_time() override;

    runtime& owner_;
    strand provider_runs_on_;
    policy::token_state state_;
    std::shared_ptr<secret const> current_;
    // Cancels the run of the provider that is under way, and tells it from earlier ones. It is used
    // on the provider's strand only. The provider may keep its handler, and so this, for longer
    // than the client's context lives.
    std::shared_ptr<boost::asio::cancellation_signal> run_;
};

} // namespace intheloop::net

#endif
