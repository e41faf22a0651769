// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_CALL_PLAN_HPP
#define INTHELOOP_POLICY_DETAIL_CALL_PLAN_HPP

// The course of one call: a state machine that says what to do next. It has no socket, no clock and
// no source of randomness.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/retry.hpp>
#include <intheloop/policy/detail/token.hpp>
#include <intheloop/policy/retry_options.hpp>

#include <chrono>
#include <optional>
#include <vector>

namespace intheloop::policy {

// Decides the course of a call, and is known before it begins.
struct call_rules {
    bool idempotent = false;
    bool may_act_twice = false; // not idempotent, but the user accepts that
    timeouts limits;
    retry_options retry;
    std::chrono::milliseconds pause{0}; // before the first attempt
};

// The next thing to do for a call.
enum class call_step : unsigned char {
    wait,           // nothing, until an event comes or wake_at() is reached
    ask_token,      // answer with on_token() if there is one to use
    ask_permit,     // of the limiter; answer with on_permit() once it admits the call
    ask_connection, // answer with on_connection() once there is one, and send on it; the attempt
                    // ends with on_stale() or on_ended()
    refuse_token,   // the service did; answer with on_token_refused()
    retry,          // note that another attempt follows; answer with on_retry()
    end,
};

// How an attempt ended, or the wait for one. Without having been sent, only `failure` counts.
struct attempt_end : attempt_outcome {
    bool on_reused_connection = false;
    bool was_never_all_sent = false; // the peer can't have got the whole request
    bool can_send_again = true;      // nothing was taken from the source of the body
    bool gave_to_sink = false;       // nothing that the sink has can be taken back
};

// What a decision needs beside the call itself.
struct decision_inputs {
    clock::time_point now;
    unsigned budget_left;
    double random; // in [0, 1]
};

// One call. A failure at any time is told by on_ended(). Not thread-safe.
class call_plan {
public:
    // What the call waits for.
    enum class state : unsigned char {
        nothing,
        token,
        permit,
        connection,
        exchange, // of a request and its response
        pause,
        over
    };
    // Idle connections that end just when they are used again cost no attempt, up to so many.
    static constexpr unsigned most_stale_connections = 3;

    // Without a token the limiter is not asked either: its limits are those of a token.
    call_plan(call_rules const& rules, clock::time_point started, bool uses_token)
        : rules_(rules), started_(started), uses_token_(uses_token) {}

    state waits_for() const noexcept { return state_; }
    bool is_sent() const noexcept { return state_ == state::exchange; }

    INTHELOOP_DECL call_step begin(clock::time_point now);
    INTHELOOP_DECL call_step on_token();
    INTHELOOP_DECL call_step on_permit();
    INTHELOOP_DECL void on_connection();
    // The token or the permit is not valid any more now that the connection is there: the call gave
    // all back, and asks anew.
    INTHELOOP_DECL call_step on_begun_too_late();
    // The attempt was refused before it was begun; on_ended() follows.
    void on_not_begun() noexcept { --attempts_; }
    // The pause is over, or has lost its reason.
    INTHELOOP_DECL call_step on_pause_over();

    // Whether an idle connection ended just when it was used again, and that is no one's error:
    // nothing of a response came, and the request may be repeated or was never all sent. (Where an
    // attempt failed before, it is likelier that the service is in trouble.)
    INTHELOOP_DECL bool is_stale(attempt_end const& ended) const;
    INTHELOOP_DECL call_step on_stale();
    INTHELOOP_DECL call_step on_ended(attempt_end const& ended, decision_inputs const& inputs);
    INTHELOOP_DECL call_step on_token_refused(token_advice advice, decision_inputs const& inputs);
    INTHELOOP_DECL call_step on_retry(clock::time_point now);

    // The limit that is in force, where the last byte came or went at `progress`.
    INTHELOOP_DECL time_limit limit(clock::time_point progress) const;
    // When on_pause_over() is due, or the limit is to be looked at.
    INTHELOOP_DECL clock::time_point wake_at(clock::time_point progress) const;
    // Whether a pause of all calls that ends then leaves this one no time.
    INTHELOOP_DECL bool is_outlasted_by(clock::time_point end_of_pause) const;
    // Whether the call pauses because the token before had reached its limits.
    INTHELOOP_DECL bool pauses_for_token() const;

    unsigned attempts() const noexcept { return attempts_; } // begun
    unsigned sent() const noexcept { return sent_; }         // begun, with a connection
    std::vector<attempt_record>& earlier() noexcept { return earlier_; }
    // Of the last attempt.
    attempt_outcome const& last() const noexcept { return last_; }
    retry_verdict verdict() const noexcept { return decision_.verdict; }
    std::chrono::milliseconds pause() const noexcept { return decision_.delay; }
    // To be taken from the budget by a retry, and to be given back by a success.
    unsigned cost() const noexcept { return decision_.cost; }
    unsigned refund() const noexcept { return last_cost_ == 0 ? 1 : last_cost_; }
    // How long all calls of the token pause after the last attempt.
    INTHELOOP_DECL std::optional<std::chrono::milliseconds> pause_of_all() const;

private:
    INTHELOOP_DECL call_step ask();
    INTHELOOP_DECL call_step decide(decision_inputs const& inputs);

    call_rules rules_;
    clock::time_point started_;
    bool uses_token_;
    state state_ = state::nothing;
    bool had_another_token_ = false;
    bool asks_at_once_ = false; // with another token, without a pause
    unsigned attempts_ = 0;
    unsigned sent_ = 0;
    unsigned stale_connections_ = 0;
    unsigned last_cost_ = 0;
    clock::time_point pause_ends_{};
    attempt_end last_;
    decision decision_;
    std::vector<attempt_record> earlier_;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/call_plan.ipp>
#endif

#endif
