// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/error.hpp>
#include <intheloop/policy/detail/call_plan.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/retry.hpp>
#include <intheloop/policy/detail/token.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>

TEST_SUITE("policy/call_plan") {

namespace {

using namespace std::chrono_literals;
using intheloop::errc;
using intheloop::request_progress;
using intheloop::retry_verdict;
using intheloop::policy::attempt_end;
using intheloop::policy::call_plan;
using intheloop::policy::call_rules;
using intheloop::policy::call_step;
using intheloop::policy::clock;
using intheloop::policy::decision_inputs;
using intheloop::policy::token_advice;
using state = call_plan::state;

clock::time_point const start = clock::time_point() + 1h;

call_rules rules_of(bool idempotent) {
    call_rules rules;
    rules.idempotent = idempotent;
    rules.limits.call = 60s;
    rules.limits.stall = 5s;
    rules.retry.max_attempts = 3;
    rules.retry.base = 1s;
    rules.retry.throttled_base = 1s;
    rules.retry.cap = 20s;
    return rules;
}

decision_inputs at(clock::time_point now, unsigned budget = 500, double random = 0.5) {
    return {now, budget, random};
}

attempt_end answered(unsigned status) {
    attempt_end ended;
    ended.status = status;
    ended.progress = request_progress::response_begun;
    if (status >= 400)
        ended.failure = status == 401   ? errc::unauthorized
                        : status == 429 ? errc::rate_limited
                        : status >= 500 ? errc::server_error
                                        : errc::bad_request;
    return ended;
}

attempt_end failed(errc code, request_progress progress = request_progress::sent) {
    attempt_end ended;
    ended.failure = code;
    ended.progress = progress;
    return ended;
}

// Brings a call from asking for its token to a request on its connection.
void send(call_plan& plan) {
    REQUIRE(plan.on_token() == call_step::ask_permit);
    REQUIRE(plan.on_permit() == call_step::ask_connection);
    plan.on_connection();
    REQUIRE(plan.is_sent());
}

call_plan sent_call(bool idempotent) {
    call_plan plan(rules_of(idempotent), start, true);
    REQUIRE(plan.begin(start) == call_step::ask_token);
    send(plan);
    return plan;
}

} // namespace

TEST_CASE("a call asks for a token, a permit and a connection, and ends with its response") {
    call_plan plan(rules_of(true), start, true);
    CHECK(plan.waits_for() == state::nothing);
    CHECK(plan.begin(start) == call_step::ask_token);
    CHECK(plan.waits_for() == state::token);
    CHECK(plan.on_token() == call_step::ask_permit);
    CHECK(plan.waits_for() == state::permit);
    CHECK(plan.attempts() == 0);
    CHECK(plan.on_permit() == call_step::ask_connection);
    CHECK(plan.waits_for() == state::connection);
    CHECK(plan.attempts() == 1);
    CHECK(plan.sent() == 0);
    plan.on_connection();
    CHECK(plan.waits_for() == state::exchange);
    CHECK(plan.sent() == 1);
    CHECK(plan.on_ended(answered(200), at(start + 1s)) == call_step::end);
    CHECK(plan.waits_for() == state::over);
    CHECK(plan.verdict() == retry_verdict::done);
    CHECK(plan.refund() == 1);
    CHECK(plan.earlier().empty());
}

TEST_CASE("a call without credentials asks for a connection alone") {
    call_plan plan(rules_of(true), start, false);
    CHECK(plan.begin(start) == call_step::ask_connection);
    plan.on_connection();
    // A 401 then says nothing of a token, and a 429 nothing of the calls of a token.
    CHECK(plan.on_ended(answered(401), at(start)) == call_step::end);
    call_plan limited(rules_of(true), start, false);
    CHECK(limited.begin(start) == call_step::ask_connection);
    limited.on_connection();
    CHECK(limited.on_ended(answered(429), at(start)) == call_step::retry);
    CHECK_FALSE(limited.pause_of_all());
}

TEST_CASE("a call to another origin asks for a permit, but for no token") {
    call_rules rules = rules_of(true);
    rules.limited = true;
    call_plan plan(rules, start, false);
    CHECK(plan.begin(start) == call_step::ask_permit);
    CHECK(plan.waits_for() == state::permit);
    CHECK(plan.on_permit() == call_step::ask_connection);
    plan.on_connection();
    SUBCASE("a 401 says nothing of a token") {
        CHECK(plan.on_ended(answered(401), at(start)) == call_step::end);
        CHECK(plan.verdict() == retry_verdict::not_retryable);
        CHECK_FALSE(plan.pause_of_all());
    }
    SUBCASE("a 429 pauses the calls to that origin, whatever becomes of the token") {
        attempt_end slow = answered(429);
        slow.retry_after = 7s;
        CHECK(plan.on_ended(slow, at(start)) == call_step::retry);
        CHECK(plan.pause_of_all() == 7s);
        CHECK(plan.on_retry(start) == call_step::wait);
        CHECK_FALSE(plan.pauses_for_token());
        CHECK(plan.on_pause_over() == call_step::ask_permit);
    }
    SUBCASE("a stale connection is replaced under a permit") {
        attempt_end stale = failed(errc::connection_lost);
        stale.on_reused_connection = true;
        CHECK(plan.is_stale(stale));
        CHECK(plan.on_stale() == call_step::ask_permit);
    }
}

TEST_CASE("a pause before the first attempt is waited for") {
    call_rules rules = rules_of(true);
    rules.pause = 3s;
    call_plan plan(rules, start, true);
    CHECK(plan.begin(start) == call_step::wait);
    CHECK(plan.waits_for() == state::pause);
    CHECK(plan.wake_at({}) == start + 3s);
    CHECK_FALSE(plan.pauses_for_token());
    CHECK(plan.on_pause_over() == call_step::ask_token);
}

TEST_CASE(
    "the interceptors are asked between the permit and the connection, and about the answer") {
    call_rules rules = rules_of(true);
    rules.is_intercepted = true;
    call_plan plan(rules, start, true);
    REQUIRE(plan.begin(start) == call_step::ask_token);
    REQUIRE(plan.on_token() == call_step::ask_permit);
    REQUIRE(plan.on_permit() == call_step::ask_interceptors);
    CHECK(plan.waits_for() == state::interceptors);
    CHECK(plan.attempts() == 1);
    CHECK(plan.wake_at({}) == start + 60s); // only the deadline limits it
    SUBCASE("they let it pass") {
        CHECK(plan.on_passed() == call_step::ask_connection);
        CHECK(plan.waits_for() == state::connection);
        plan.on_connection();
        CHECK(plan.is_sent());
        CHECK(plan.on_answered() == call_step::show_answer);
        CHECK(plan.waits_for() == state::review);
        CHECK_FALSE(plan.is_sent());
        CHECK(plan.wake_at(start + 1s) == start + 60s); // the exchange is over
        SUBCASE("to the end") {
            CHECK(plan.on_ended(answered(200), at(start)) == call_step::end);
            CHECK(plan.sent() == 1);
        }
        SUBCASE("to an answer that is tried again") {
            CHECK(plan.on_ended(answered(503), at(start)) == call_step::retry);
            CHECK(plan.on_retry(start) == call_step::wait);
            CHECK(plan.on_pause_over() == call_step::ask_token);
            CHECK(plan.on_token() == call_step::ask_permit);
            CHECK(plan.on_permit() == call_step::ask_interceptors); // of each attempt
        }
        SUBCASE("to a refused token") {
            CHECK(plan.on_ended(answered(401), at(start)) == call_step::refuse_token);
        }
        SUBCASE("to a stop") {
            CHECK(plan.on_ended(failed(errc::cancelled), at(start)) == call_step::end);
            CHECK(plan.waits_for() == state::over);
        }
    }
    SUBCASE("one answers itself") {
        CHECK(plan.on_answered() == call_step::show_answer);
        attempt_end ended = answered(200);
        ended.progress = request_progress::not_sent;
        SUBCASE("with a success") {
            CHECK(plan.on_ended(ended, at(start)) == call_step::end);
            CHECK(plan.verdict() == retry_verdict::done);
        }
        SUBCASE("with a refused token, as the service would") {
            ended = answered(401);
            ended.progress = request_progress::not_sent;
            CHECK(plan.on_ended(ended, at(start)) == call_step::refuse_token);
        }
        CHECK(plan.sent() == 0);
        CHECK(plan.attempts() == 1);
    }
    SUBCASE("one refuses") {
        CHECK(plan.on_ended(failed(errc::connection_lost, request_progress::not_sent), at(start)) ==
              call_step::retry);
    }
}

TEST_CASE("a decision of the interceptors outlasts a lost permit, but not a token") {
    struct {
        char const* name;
        bool has_another_token;
        call_step step;
    } const cases[] = {
        {"the permit is lost", false, call_step::ask_connection},
        {"there is another token", true, call_step::ask_interceptors},
    };
    for (auto const& c : cases) {
        CAPTURE(c.name);
        call_rules rules = rules_of(true);
        rules.is_intercepted = true;
        call_plan plan(rules, start, true);
        REQUIRE(plan.begin(start) == call_step::ask_token);
        REQUIRE(plan.on_token() == call_step::ask_permit);
        REQUIRE(plan.on_permit() == call_step::ask_interceptors);
        REQUIRE(plan.on_passed() == call_step::ask_connection);
        REQUIRE(plan.on_begun_too_late(c.has_another_token) == call_step::ask_token);
        REQUIRE(plan.on_token() == call_step::ask_permit);
        CHECK(plan.on_permit() == c.step);
        CHECK(plan.attempts() == 1);
    }
    // Nor the attempt: a connection that fails, or that was closed while idle, begins another.
    call_rules rules = rules_of(true);
    rules.is_intercepted = true;
    for (bool is_stale : {false, true}) {
        call_plan plan(rules, start, false);
        REQUIRE(plan.begin(start) == call_step::ask_interceptors);
        REQUIRE(plan.on_passed() == call_step::ask_connection);
        if (is_stale) {
            plan.on_connection();
            CHECK(plan.on_stale() == call_step::ask_interceptors);
        } else {
            REQUIRE(plan.on_ended(failed(errc::connect_failed, request_progress::not_sent),
                                  at(start)) == call_step::retry);
            CHECK(plan.on_retry(start) == call_step::wait);
            CHECK(plan.on_pause_over() == call_step::ask_interceptors);
        }
    }
}

TEST_CASE("each way in which an attempt ends, and the course that follows") {
    using enum request_progress;
    struct {
        std::string name;
        attempt_end ended;
        bool idempotent;
        call_step step;
        retry_verdict verdict;
    } const cases[] = {
        {"a response", answered(200), false, call_step::end, retry_verdict::done},
        {"a refusal", answered(404), true, call_step::end, retry_verdict::not_retryable},
        {"503 to a GET", answered(503), true, call_step::retry, retry_verdict::retry},
        {"503 to a POST", answered(503), false, call_step::end, retry_verdict::may_have_acted},
        {"429 to a POST", answered(429), false, call_step::retry, retry_verdict::retry},
        {"a lost GET", failed(errc::connection_lost), true, call_step::retry, retry_verdict::retry},
        {"a lost POST", failed(errc::connection_lost), false, call_step::end,
         retry_verdict::may_have_acted},
        {"a POST of which nothing left", failed(errc::connection_lost, not_sent), false,
         call_step::retry, retry_verdict::retry},
        {"a stalled GET", failed(errc::stalled), true, call_step::retry, retry_verdict::retry},
        {"cancellation", failed(errc::cancelled), true, call_step::end,
         retry_verdict::not_retryable},
        {"the deadline", failed(errc::deadline_exceeded), true, call_step::end,
         retry_verdict::not_retryable},
    };
    for (auto const& one : cases) {
        INFO(one.name);
        call_plan plan = sent_call(one.idempotent);
        CHECK(plan.on_ended(one.ended, at(start + 1s)) == one.step);
        CHECK(plan.verdict() == one.verdict);
        CHECK(plan.earlier().size() == (one.step == call_step::retry ? 1 : 0));
    }
}

TEST_CASE("a retry pauses, asks for all anew, and ends when its attempts are used up") {
    call_plan plan = sent_call(true);
    for (unsigned attempt = 1; attempt != 3; ++attempt) {
        INFO(attempt);
        clock::time_point const now = start + attempt * 5s;
        REQUIRE(plan.on_ended(answered(503), at(now)) == call_step::retry);
        CHECK(plan.cost() == rules_of(true).retry.retry_cost);
        CHECK(plan.pause() == attempt * 500ms); // half of base, then of twice that
        CHECK(plan.on_retry(now) == call_step::wait);
        CHECK(plan.waits_for() == state::pause);
        CHECK(plan.wake_at({}) == now + plan.pause());
        CHECK(plan.on_pause_over() == call_step::ask_token);
        send(plan);
        CHECK(plan.attempts() == attempt + 1);
    }
    SUBCASE("the last one fails too") {
        CHECK(plan.on_ended(answered(503), at(start + 20s)) == call_step::end);
        CHECK(plan.verdict() == retry_verdict::attempts_used_up);
        REQUIRE(plan.earlier().size() == 2);
        CHECK(plan.earlier()[1].status == 503);
        CHECK(plan.earlier()[1].pause == 1000ms);
    }
    SUBCASE("the last one gives back what it took from the budget") {
        CHECK(plan.on_ended(answered(200), at(start + 20s)) == call_step::end);
        CHECK(plan.verdict() == retry_verdict::done);
        CHECK(plan.refund() == rules_of(true).retry.retry_cost);
    }
    SUBCASE("the last one before the answer took less, since the service asked to wait") {
        call_plan limited = sent_call(true);
        REQUIRE(limited.on_ended(answered(503), at(start)) == call_step::retry);
        REQUIRE(limited.on_retry(start) == call_step::wait);
        REQUIRE(limited.on_pause_over() == call_step::ask_token);
        send(limited);
        REQUIRE(limited.on_ended(answered(429), at(start)) == call_step::retry);
        CHECK(limited.cost() == rules_of(true).retry.throttled_cost);
        REQUIRE(limited.on_retry(start) == call_step::wait);
        REQUIRE(limited.on_pause_over() == call_step::ask_token);
        send(limited);
        CHECK(limited.on_ended(answered(200), at(start)) == call_step::end);
        CHECK(limited.refund() == rules_of(true).retry.throttled_cost);
    }
}

TEST_CASE("a call whose first request failed may wait for its second one, and then decides") {
    struct {
        std::string name;
        attempt_end reported;
        call_step step;
        retry_verdict verdict;
    } const cases[] = {
        {"the second one answers", answered(200), call_step::end, retry_verdict::done},
        {"the second one refuses", answered(404), call_step::end, retry_verdict::not_retryable},
        {"both fail", failed(errc::connection_lost), call_step::retry, retry_verdict::retry},
        {"cancellation", failed(errc::cancelled), call_step::end, retry_verdict::not_retryable},
    };
    for (auto const& c : cases) {
        INFO(c.name);
        call_plan plan = sent_call(true);
        CHECK(plan.await_second() == call_step::wait);
        CHECK(plan.waits_for() == state::pause);
        CHECK_FALSE(plan.is_sent());
        CHECK_FALSE(plan.pauses_for_token());
        CHECK(plan.wake_at(start) == clock::time_point::max()); // the second one has the deadline
        CHECK(plan.on_ended(c.reported, at(start + 2s)) == c.step);
        CHECK(plan.verdict() == c.verdict);
        CHECK(plan.attempts() == 1);
    }
}

TEST_CASE("no retry goes beyond the deadline or the budget") {
    call_plan late = sent_call(true);
    attempt_end patient = answered(429);
    patient.retry_after = 30s;
    CHECK(late.on_ended(patient, at(start + 31s)) == call_step::end);
    CHECK(late.verdict() == retry_verdict::too_late);
    call_plan unavailable = sent_call(true);
    patient = answered(503);
    patient.retry_after = 30s;
    CHECK(unavailable.on_ended(patient, at(start + 31s)) == call_step::retry);
    CHECK(unavailable.pause() < 7s);
    call_plan very_late = sent_call(true);
    CHECK(very_late.on_ended(patient, at(start + 55s)) == call_step::end);
    CHECK(very_late.verdict() == retry_verdict::too_late);
    call_plan poor = sent_call(true);
    CHECK(poor.on_ended(answered(503), at(start, 0)) == call_step::end);
    CHECK(poor.verdict() == retry_verdict::budget_used_up);
}

TEST_CASE("an attempt whose bytes can't be given again is not repeated") {
    SUBCASE("the sink has a part of the response") {
        call_plan plan = sent_call(true);
        attempt_end ended = failed(errc::connection_lost, request_progress::response_begun);
        ended.gave_to_sink = true;
        CHECK(plan.on_ended(ended, at(start)) == call_step::end);
        CHECK(plan.verdict() == retry_verdict::attempts_used_up);
    }
    SUBCASE("the source of the request has begun") {
        call_plan plan = sent_call(true);
        attempt_end ended = failed(errc::connection_lost);
        ended.can_send_again = false;
        CHECK(plan.on_ended(ended, at(start)) == call_step::end);
        CHECK(plan.verdict() == retry_verdict::attempts_used_up);
    }
}

TEST_CASE("a refused token is replaced once, at once, without costing an attempt") {
    call_plan plan = sent_call(false);
    REQUIRE(plan.on_ended(answered(401), at(start)) == call_step::refuse_token);
    SUBCASE("there is no other") {
        CHECK(plan.on_token_refused(token_advice::refused, at(start)) == call_step::end);
        CHECK(plan.verdict() == retry_verdict::not_retryable);
    }
    SUBCASE("there is another") {
        CHECK(plan.on_token_refused(token_advice::use, at(start)) == call_step::retry);
        CHECK(plan.cost() == 0);
        CHECK(plan.on_retry(start) == call_step::ask_token);
        send(plan);
        SUBCASE("which is refused as well") {
            CHECK(plan.on_ended(answered(401), at(start)) == call_step::refuse_token);
            CHECK(plan.on_token_refused(token_advice::use, at(start)) == call_step::end);
            CHECK(plan.attempts() == 2);
        }
        SUBCASE("with which all attempts are still there") {
            REQUIRE(plan.on_ended(answered(429), at(start)) == call_step::retry);
            CHECK(plan.pause() == 500ms); // as after a first attempt
            CHECK(plan.on_retry(start) == call_step::wait);
        }
    }
    SUBCASE("another is being fetched") {
        CHECK(plan.on_token_refused(token_advice::wait, at(start)) == call_step::retry);
        CHECK(plan.on_retry(start) == call_step::ask_token);
    }
}

TEST_CASE("a body that was taken can't be sent with another token") {
    call_plan plan = sent_call(true);
    attempt_end ended = answered(401);
    ended.can_send_again = false;
    REQUIRE(plan.on_ended(ended, at(start)) == call_step::refuse_token);
    CHECK(plan.on_token_refused(token_advice::use, at(start)) == call_step::end);
}

TEST_CASE("an idle connection that ends just when it is used again is no attempt") {
    attempt_end ended = failed(errc::connection_lost);
    ended.on_reused_connection = true;
    SUBCASE("of a GET: a few times") {
        call_plan plan = sent_call(true);
        for (unsigned i = 0; i != call_plan::most_stale_connections; ++i) {
            REQUIRE(plan.is_stale(ended));
            CHECK(plan.on_stale() == call_step::ask_token);
            CHECK(plan.earlier().empty());
            send(plan);
        }
        CHECK_FALSE(plan.is_stale(ended));
        // It is the first attempt that counts.
        REQUIRE(plan.on_ended(ended, at(start)) == call_step::retry);
        CHECK(plan.pause() == 500ms);
    }
    SUBCASE("of a POST: only where it was never all sent") {
        call_plan plan = sent_call(false);
        CHECK_FALSE(plan.is_stale(ended));
        ended.was_never_all_sent = true;
        CHECK(plan.is_stale(ended));
    }
    SUBCASE("not of a new connection, nor with a part of the response, nor after a failure") {
        call_plan plan = sent_call(true);
        attempt_end other = ended;
        other.on_reused_connection = false;
        CHECK_FALSE(plan.is_stale(other));
        other = ended;
        other.progress = request_progress::response_begun;
        CHECK_FALSE(plan.is_stale(other));
        other = ended;
        other.can_send_again = false;
        CHECK_FALSE(plan.is_stale(other));
        other = ended;
        other.failure = errc::stalled;
        CHECK_FALSE(plan.is_stale(other));
        REQUIRE(plan.on_ended(answered(503), at(start)) == call_step::retry);
        CHECK_FALSE(plan.is_stale(ended)); // it is not on the wire
        CHECK(plan.on_retry(start) == call_step::wait);
        CHECK(plan.on_pause_over() == call_step::ask_token);
        send(plan);
        CHECK_FALSE(plan.is_stale(ended));
    }
}

TEST_CASE("a connection that comes when the permit is gone counts as no attempt") {
    call_plan plan(rules_of(true), start, true);
    REQUIRE(plan.begin(start) == call_step::ask_token);
    REQUIRE(plan.on_token() == call_step::ask_permit);
    REQUIRE(plan.on_permit() == call_step::ask_connection);
    CHECK(plan.on_begun_too_late(false) == call_step::ask_token);
    CHECK(plan.attempts() == 0);
    CHECK(plan.on_token() == call_step::ask_permit);
    CHECK(plan.on_permit() == call_step::ask_connection);
    SUBCASE("nor does one that is refused before its first byte") {
        plan.on_not_begun();
        CHECK(plan.on_ended(failed(errc::queue_full, request_progress::not_sent), at(start)) ==
              call_step::end);
        CHECK(plan.attempts() == 0);
        CHECK(plan.sent() == 0);
    }
}

TEST_CASE("the deadline is in force at all times, the stall limit while bytes are awaited") {
    call_plan plan(rules_of(true), start, true);
    CHECK(plan.begin(start) == call_step::ask_token);
    CHECK(plan.wake_at(start + 58s) == start + 60s);
    CHECK(plan.limit(start).code == errc::deadline_exceeded);
    send(plan);
    CHECK(plan.limit(start + 2s).at == start + 7s);
    CHECK(plan.limit(start + 2s).code == errc::stalled);
    CHECK(plan.limit(start + 58s).at == start + 60s);
    CHECK(plan.limit(start + 58s).code == errc::deadline_exceeded);
}

TEST_CASE("a pause of all calls ends those that wait for a permit, if it ends after the deadline") {
    call_plan plan(rules_of(true), start, true);
    REQUIRE(plan.begin(start) == call_step::ask_token);
    CHECK_FALSE(plan.is_outlasted_by(start + 2min));
    REQUIRE(plan.on_token() == call_step::ask_permit);
    CHECK(plan.is_outlasted_by(start + 60s));
    CHECK_FALSE(plan.is_outlasted_by(start + 59s));
    REQUIRE(plan.on_permit() == call_step::ask_connection);
    CHECK_FALSE(plan.is_outlasted_by(start + 2min));
}

TEST_CASE("a 429 pauses all calls of the token, and loses its reason with the token") {
    call_plan plan = sent_call(false);
    attempt_end limited = answered(429);
    limited.retry_after = 4s;
    REQUIRE(plan.on_ended(limited, at(start)) == call_step::retry);
    CHECK(plan.pause_of_all() == 4s);
    CHECK_FALSE(plan.pauses_for_token());
    CHECK(plan.on_retry(start) == call_step::wait);
    CHECK(plan.pauses_for_token());
    CHECK(plan.on_pause_over() == call_step::ask_token);
    CHECK_FALSE(plan.pauses_for_token());
    send(plan);
    REQUIRE(plan.on_ended(answered(200), at(start)) == call_step::end);
    CHECK_FALSE(plan.pause_of_all());
}

} // TEST_SUITE("policy/call_plan")
