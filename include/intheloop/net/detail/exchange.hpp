// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_EXCHANGE_HPP
#define INTHELOOP_NET_DETAIL_EXCHANGE_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/net/detail/attempt.hpp>
#include <intheloop/net/detail/engine.hpp>
#include <intheloop/net/detail/message.hpp>
#include <intheloop/net/detail/timer_queue.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::net {

// One call on its way: waits for a token, for the limiter and for a connection, makes an attempt,
// tries again where that is right, and ends once. It belongs to the engine, and runs on its strand.
class exchange final : public std::enable_shared_from_this<exchange>, private timed {
public:
    INTHELOOP_DECL exchange(engine& owner, exchange_request&& request, exchange_handler&& handler);

    exchange_handler const& handler() const noexcept { return handler_; }

    // The engine's.
    INTHELOOP_DECL void begin(std::uint64_t id);
    INTHELOOP_DECL void cancel(errc why);
    INTHELOOP_DECL void on_token_fetched(error const* failure);
    INTHELOOP_DECL void on_token_refused();
    INTHELOOP_DECL void on_token_changed();
    INTHELOOP_DECL void on_permit();
    INTHELOOP_DECL void on_connection(std::uint64_t which, std::shared_ptr<connection> given,
                                      bool reused);
    INTHELOOP_DECL void on_no_connection(error failure);
    INTHELOOP_DECL void on_pause(policy::clock::time_point until);
    INTHELOOP_DECL void resume_reading();
    INTHELOOP_DECL void resume_sending();
    INTHELOOP_DECL void deliver();

    // The attempt's.
    INTHELOOP_DECL void on_attempt_ended(std::optional<error> failure);
    engine& owner() noexcept { return owner_; }

    std::uint64_t id() const noexcept { return id_; }
    bool waits_for_permit() const noexcept { return state_ == state::permit; }

private:
    // What it waits for.
    enum class state : unsigned char { nothing, token, permit, connection, answer, pause, over };
    using release_as = net::pool::release_as;
    static constexpr unsigned most_stale_connections = 3;

    void enter(state next);
    std::size_t* counter_of(state which);
    void wait_for(std::chrono::milliseconds pause);
    void ask_token();
    void ask_for_use();
    void ask_permit();
    void ask_connection();
    void write_token();

    bool can_send_again() const { return !request_.feed || !request_.feed->has_begun(); }
    bool was_stale() const;
    void fail(error failure);
    bool may_begin();
    void give_back_connection(release_as as);
    void let_go(release_as as, policy::limiter::outcome ended);
    void end_attempt(release_as as, bool stale = false);
    bool try_with_another_token(attempt_outcome const& ended);
    void decide(attempt_outcome const& ended);
    void plan_another(attempt_outcome const& ended, std::chrono::milliseconds pause);
    void end();
    void hand_over();

    void on_time() override;
    void set_timer();
    policy::clock::time_point limit_of_call() const;
    policy::time_limit limit() const;
    std::string what_it_waits_for() const;

    call_attributes attributes() const;
    void tell_attempt_started() const;
    void tell_attempt_ended(attempt_outcome const& ended) const;
    void prepare_recording();
    void prepare_attempt_recording();
    void record_attempt();

    engine& owner_;
    exchange_request request_;
    exchange_handler handler_;
    exchange_outcome outcome_;
    attempt attempt_{*this};
    std::uint64_t id_ = 0;
    state state_ = state::nothing;
    bool holds_permit_ = false;
    bool is_deferred_ = false;  // the permit, until the connection is there
    net::pool* pool_ = nullptr; // from which the connection comes
    std::optional<std::uint64_t> connection_;
    bool reused_ = false;
    policy::clock::time_point attempt_began_{};
    std::uint64_t request_number_ = 0; // of the attempt, among all of the client
    policy::clock::time_point pause_ends_{};
    std::optional<std::uint64_t> token_generation_; // of the token in the request
    bool had_another_token_ = false;
    unsigned sent_ = 0;              // attempts that got a connection
    unsigned stale_connections_ = 0; // attempts that an idle connection cost by ending
    unsigned last_cost_ = 0;         // taken from the budget
    pending_count::mark delivery_;   // until the handler has returned
};

} // namespace intheloop::net

#endif
