// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_CALL_PLAN_HPP
#define INTHELOOP_POLICY_DETAIL_CALL_PLAN_HPP

// The course of one call: a state machine that returns the next step. It has no socket, no clock
// and no source of randomness.

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

// Facts of a call that are fixed before it begins.
struct call_rules {
    bool idempotent = false;
    bool may_act_twice = false;  // not idempotent, but the user accepts that
    bool is_intercepted = false; // interceptors are asked before and after each attempt
    timeouts limits;
    retry_options retry;
    std::chrono::milliseconds pause{0}; // before the first attempt
    bool limited = false;               // by the limits of its origin, although it has no token
    // From the first request to a second one beside it; 0: none.
    std::chrono::milliseconds hedge_after{0};
};

// The next step of a call.
enum class call_step : unsigned char {
    wait,             // do nothing until an event comes or wake_at() is reached
    ask_token,        // get the token; continue with on_token() once it may be sent
    ask_permit,       // ask the limiter; continue with on_permit() once it admits the call
    ask_interceptors, // before the attempt; continue with on_passed(), or with on_answered() if
                      // one of them answers itself
    ask_connection,   // get a connection; continue with on_connection() and send on it; the attempt
                      // ends with on_stale(), on_answered() or on_ended()
    show_answer,      // to the interceptors; continue with on_ended()
    refuse_token,     // report the refused token; continue with on_token_refused()
    retry,            // note that another attempt follows; continue with on_retry()
    end,
};

// How an attempt, or the wait for one, ended. If nothing was sent, only `failure` counts.
struct attempt_end : attempt_outcome {
    bool on_reused_connection = false;
    bool was_never_all_sent = false; // the peer can't have received the whole request
    bool can_send_again = true;      // the body's source has not been read
    bool gave_to_sink = false;       // the body sink has received bytes, which can't be taken back
};

// Inputs to a decision besides the call itself.
struct decision_inputs {
    clock::time_point now;
    unsigned budget_left;
    double random; // in [0, 1]
};

// Plans one call. Report a failure at any time with on_ended(). Not thread-safe.
class call_plan {
public:
    // Names the thing that the call is waiting for.
    enum class state : unsigned char {
        nothing,
        token,
        permit,
        interceptors, // that are asked before the attempt
        connection,
        exchange, // of a request and its response
        review,   // of the answer, by the interceptors
        pause,
        over
    };
    // The limit on reused connections that turn out stale without costing an attempt.
    static constexpr unsigned most_stale_connections = 3;

    // The limits belong to the token, or to the origin of a call that is `limited` without one.
    call_plan(call_rules const& rules, clock::time_point started, bool uses_token)
        : rules_(rules), started_(started), uses_token_(uses_token) {
        rules_.limited |= uses_token;
    }

    state waits_for() const noexcept { return state_; }
    bool is_sent() const noexcept { return state_ == state::exchange; }
    bool is_intercepted() const noexcept { return rules_.is_intercepted; }

    INTHELOOP_DECL call_step begin(clock::time_point now);
    INTHELOOP_DECL call_step on_token();
    INTHELOOP_DECL call_step on_permit();
    // All interceptors have let the attempt pass.
    INTHELOOP_DECL call_step on_passed();
    INTHELOOP_DECL void on_connection();
    // Starts over: the token or the permit has become invalid while waiting for the connection. The
    // caller has given everything back. Interceptors are asked anew only if there is another token.
    INTHELOOP_DECL call_step on_begun_too_late(bool has_another_token);
    // There is an answer, of the service or of an interceptor, which interceptors may replace.
    INTHELOOP_DECL call_step on_answered();
    // The attempt was refused before it began; on_ended() follows.
    void on_not_begun() noexcept { --attempts_; }
    // The pause is over, or its reason is gone.
    INTHELOOP_DECL call_step on_pause_over();

    // Returns whether a reused idle connection was closed by the peer, which is not an error: no
    // byte of a response came, and the request may be repeated or was never completely sent. (False
    // after an earlier failure: then the service is likely in trouble.)
    INTHELOOP_DECL bool is_stale(attempt_end const& ended) const;
    INTHELOOP_DECL call_step on_stale();
    INTHELOOP_DECL call_step on_ended(attempt_end const& ended, decision_inputs const& inputs);
    INTHELOOP_DECL call_step on_token_refused(token_advice advice, decision_inputs const& inputs);
    INTHELOOP_DECL call_step on_retry(clock::time_point now);
    // Waits for the second request of the call, whose end is reported in place of the first one's.
    INTHELOOP_DECL call_step await_second();
    // Ends the call for a reason that has nothing to do with it. Needs no memory.
    INTHELOOP_DECL void give_up(request_progress progress) noexcept;

    // Returns the time limit in force, given that the last byte came or went at `progress`.
    INTHELOOP_DECL time_limit limit(clock::time_point progress) const;
    // Returns when to call on_pause_over(), or to check the limit.
    INTHELOOP_DECL clock::time_point wake_at(clock::time_point progress) const;
    // Returns whether a pause of all calls until then would exceed this call's deadline.
    INTHELOOP_DECL bool is_outlasted_by(clock::time_point end_of_pause) const;
    // Returns whether the call is pausing because of the limits of a replaced token.
    INTHELOOP_DECL bool pauses_for_token() const;

    unsigned attempts() const noexcept { return attempts_; } // attempts begun
    unsigned sent() const noexcept { return sent_; }         // attempts begun on a connection
    std::vector<attempt_record>& earlier() noexcept { return earlier_; }
    // The outcome of the last attempt, and the decision after it.
    attempt_outcome const& last() const noexcept { return last_; }
    retry_verdict verdict() const noexcept { return decision_.verdict; }
    std::chrono::milliseconds pause() const noexcept { return decision_.delay; }
    // The amounts that a retry takes from the budget, and a success gives back.
    unsigned cost() const noexcept { return decision_.cost; }
    unsigned refund() const noexcept { return last_cost_ == 0 ? 1 : last_cost_; }
    // Returns how long all calls with the same limits pause after the last attempt.
    INTHELOOP_DECL std::optional<std::chrono::milliseconds> pause_of_all() const;

private:
    INTHELOOP_DECL call_step ask();
    INTHELOOP_DECL call_step decide(decision_inputs const& inputs);

    call_rules rules_;
    clock::time_point started_;
    bool uses_token_;
    state state_ = state::nothing;
    bool had_another_token_ = false;
    bool asks_at_once_ = false; // retries with another token, without a pause
    bool has_passed_ = false;   // the interceptors, with this attempt
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
