// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/retry.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <vector>

TEST_SUITE("policy/retry") {

namespace {

using namespace std::chrono_literals;
using intheloop::attempt_outcome;
using intheloop::errc;
using intheloop::request_progress;
using intheloop::retry_options;
using intheloop::retry_verdict;
using intheloop::policy::call_facts;
using intheloop::policy::decide;
using intheloop::policy::decision;

constexpr double nearly_one = 0.999999999;

attempt_outcome ended(errc code, unsigned status, request_progress progress) {
    attempt_outcome outcome;
    outcome.failure = code;
    outcome.status = status;
    outcome.progress = progress;
    return outcome;
}

call_facts call(bool idempotent) {
    call_facts facts;
    facts.idempotent = idempotent;
    facts.attempts = 1;
    facts.time_left = 1h;
    return facts;
}

retry_verdict verdict(attempt_outcome const& outcome, call_facts const& facts) {
    return decide(outcome, facts, retry_options(), 500, 0).verdict;
}

} // namespace

TEST_CASE("what is tried again, of calls that are idempotent and of those that are not") {
    using enum retry_verdict;
    struct {
        errc code;
        unsigned status;
        request_progress progress;
        retry_verdict idempotent;
        retry_verdict otherwise;
    } const cases[] = {
        {errc::resolve_failed, 0, request_progress::not_sent, retry, retry},
        {errc::connect_failed, 0, request_progress::not_sent, retry, retry},
        {errc::connect_timed_out, 0, request_progress::not_sent, retry, retry},
        {errc::handshake_timed_out, 0, request_progress::not_sent, retry, retry},
        {errc::connection_lost, 0, request_progress::not_sent, retry, retry},
        {errc::connection_lost, 0, request_progress::partly_sent, retry, may_have_acted},
        {errc::connection_lost, 0, request_progress::sent, retry, may_have_acted},
        {errc::connection_lost, 200, request_progress::response_begun, retry, may_have_acted},
        {errc::stalled, 0, request_progress::sent, retry, may_have_acted},
        {errc::bad_request, 408, request_progress::response_begun, retry, may_have_acted},
        {errc::bad_request, 499, request_progress::response_begun, not_retryable, may_have_acted},
        {errc::rate_limited, 429, request_progress::response_begun, retry, retry},
        {errc::server_error, 500, request_progress::response_begun, retry, may_have_acted},
        {errc::server_error, 502, request_progress::response_begun, retry, may_have_acted},
        {errc::server_error, 503, request_progress::response_begun, retry, may_have_acted},
        {errc::server_error, 504, request_progress::response_begun, retry, may_have_acted},
        {errc::server_error, 501, request_progress::response_begun, not_retryable, not_retryable},
        {errc::bad_request, 400, request_progress::response_begun, not_retryable, not_retryable},
        {errc::unauthorized, 401, request_progress::response_begun, not_retryable, not_retryable},
        {errc::forbidden, 403, request_progress::response_begun, not_retryable, not_retryable},
        {errc::not_found, 404, request_progress::response_begun, not_retryable, not_retryable},
        {errc::account_not_verified, 451, request_progress::response_begun, not_retryable,
         not_retryable},
        {errc::unexpected_status, 302, request_progress::response_begun, not_retryable,
         not_retryable},
        {errc::certificate_refused, 0, request_progress::not_sent, not_retryable, not_retryable},
        {errc::handshake_failed, 0, request_progress::not_sent, not_retryable, not_retryable},
        {errc::deadline_exceeded, 0, request_progress::sent, not_retryable, not_retryable},
        {errc::cancelled, 0, request_progress::not_sent, not_retryable, not_retryable},
        {errc::cancelled, 503, request_progress::response_begun, not_retryable, not_retryable},
        {errc::deadline_exceeded, 503, request_progress::response_begun, not_retryable,
         not_retryable},
        {errc::client_closed, 0, request_progress::not_sent, not_retryable, not_retryable},
        {errc::invalid_http, 503, request_progress::response_begun, not_retryable, not_retryable},
        {errc::response_too_large, 200, request_progress::response_begun, not_retryable,
         not_retryable},
    };
    for (auto const& c : cases) {
        CAPTURE(static_cast<int>(c.code));
        CAPTURE(c.status);
        attempt_outcome const outcome = ended(c.code, c.status, c.progress);
        CHECK(verdict(outcome, call(true)) == c.idempotent);
        CHECK(verdict(outcome, call(false)) == c.otherwise);
        call_facts acknowledged = call(false);
        acknowledged.may_act_twice = true;
        CHECK(verdict(outcome, acknowledged) == c.idempotent);
    }
    CHECK(verdict(attempt_outcome(), call(true)) == done);
}

TEST_CASE("the furthest progress leaves out what was refused") {
    using intheloop::attempt_record;
    using intheloop::policy::furthest_progress;
    using enum request_progress;
    attempt_record const refused{errc::rate_limited, 429, response_begun, {}};
    attempt_record const wrong_token{errc::unauthorized, 401, response_begun, {}};
    attempt_record const given_up{errc::bad_request, 408, response_begun, {}};
    attempt_record const failed{errc::server_error, 503, response_begun, {}};
    attempt_record const lost{errc::connection_lost, 0, sent, {}};
    attempt_record const unreachable{errc::connect_failed, 0, not_sent, {}};
    struct {
        std::vector<attempt_record> earlier;
        request_progress last;
        request_progress furthest;
    } const rows[] = {
        {{}, not_sent, not_sent},
        {{}, response_begun, response_begun}, // also if it was refused
        {{refused}, not_sent, not_sent},
        {{refused, refused}, not_sent, not_sent},
        {{refused}, partly_sent, partly_sent},
        {{wrong_token}, not_sent, not_sent},
        {{unreachable}, not_sent, not_sent},
        {{lost, refused}, not_sent, sent},
        {{lost}, partly_sent, sent},
        {{failed}, not_sent, response_begun},
        {{given_up}, not_sent, response_begun},
    };
    for (auto const& row : rows) {
        CAPTURE(&row - rows);
        CHECK(furthest_progress(row.earlier, row.last) == row.furthest);
        intheloop::error ended(errc::cancelled, "");
        ended.earlier_attempts = row.earlier;
        ended.progress = row.furthest;
        if (row.last == not_sent)
            CHECK(intheloop::policy::may_have_acted(ended) == (row.furthest != not_sent));
    }
}

TEST_CASE("the service may have acted on what it got and did not refuse") {
    using intheloop::policy::may_have_acted;
    for (unsigned status = 0; status != 600; status += status == 0 ? 100 : 1) {
        CAPTURE(status);
        bool const is_refusal = status >= 400 && status < 500 && status != 408 && status != 499;
        CHECK_FALSE(may_have_acted(request_progress::not_sent, status));
        for (auto const progress : {request_progress::partly_sent, request_progress::sent,
                                    request_progress::response_begun}) {
            CHECK(may_have_acted(progress, status) == !is_refusal);
            // Of all attempts.
            intheloop::error later(errc::connect_failed, "");
            later.earlier_attempts.push_back({errc::server_error, status, progress, {}});
            CHECK(may_have_acted(later) == !is_refusal);
            // Retries and refused copies agree.
            attempt_outcome const outcome = status == 0 ? ended(errc::connection_lost, 0, progress)
                                                        : intheloop::answered_with(status);
            if (verdict(outcome, call(false)) == retry_verdict::may_have_acted)
                CHECK(may_have_acted(outcome.progress, outcome.status));
            if (verdict(outcome, call(false)) == retry_verdict::retry)
                CHECK_FALSE(may_have_acted(outcome.progress, outcome.status));
        }
    }
}

TEST_CASE("which failures are the service's wish to wait, with pauses and costs of their own") {
    struct {
        errc code;
        unsigned status;
        std::optional<std::chrono::seconds> retry_after;
        bool throttled;
    } const cases[] = {
        {errc::rate_limited, 429, std::nullopt, true},
        {errc::rate_limited, 429, 0s, true},
        {errc::rate_limited, 0, 0s, true}, // not sent, in the pause after a 429
        {errc::server_error, 503, 0s, true},
        {errc::server_error, 503, std::nullopt, false},
        {errc::server_error, 500, 0s, false},
        {errc::server_error, 502, std::nullopt, false},
        {errc::server_error, 504, 0s, false},
        {errc::bad_request, 408, std::nullopt, false},
        {errc::connection_lost, 0, std::nullopt, false},
        // A timeout costs as much as any other failure.
        {errc::stalled, 0, std::nullopt, false},
        {errc::connect_timed_out, 0, std::nullopt, false},
        {errc::handshake_timed_out, 0, std::nullopt, false},
        {errc::proxy_failed, 0, std::nullopt, false},
    };
    for (auto const& c : cases) {
        CAPTURE(static_cast<int>(c.code));
        CAPTURE(c.status);
        attempt_outcome outcome = ended(c.code, c.status, request_progress::response_begun);
        outcome.retry_after = c.retry_after;
        CHECK(intheloop::policy::is_throttled(outcome) == c.throttled);
        call_facts facts = call(true);
        decision const first = decide(outcome, facts, retry_options(), 500, 1);
        CHECK(first.delay == (c.throttled ? 1000ms : 50ms));
        CHECK(first.cost == (c.throttled ? 5 : 14));
        facts.attempts = 2;
        CHECK(decide(outcome, facts, retry_options(), 500, 1).delay ==
              (c.throttled ? 2000ms : 100ms));
        retry_options own;
        own.base = 3ms;
        own.throttled_base = 70ms;
        own.retry_cost = 1;
        own.throttled_cost = 2;
        facts.attempts = 1;
        CHECK(decide(outcome, facts, own, 500, 1).delay == (c.throttled ? 70ms : 3ms));
        CHECK(decide(outcome, facts, own, 500, 1).cost == (c.throttled ? 2 : 1));
    }
}

TEST_CASE("pauses double up to the cap, and are random from zero on") {
    retry_options how;
    how.max_attempts = 100;
    attempt_outcome const lost = ended(errc::connect_failed, 0, request_progress::not_sent);
    attempt_outcome const limited =
        ended(errc::rate_limited, 429, request_progress::response_begun);
    struct {
        unsigned attempt;
        std::chrono::milliseconds longest;
        std::chrono::milliseconds longest_throttled;
    } const cases[] = {
        {1, 50ms, 1000ms},     {2, 100ms, 2000ms},     {3, 200ms, 4000ms},     {4, 400ms, 8000ms},
        {5, 800ms, 16000ms},   {6, 1600ms, 20000ms},   {7, 3200ms, 20000ms},   {8, 6400ms, 20000ms},
        {9, 12800ms, 20000ms}, {10, 20000ms, 20000ms}, {99, 20000ms, 20000ms},
    };
    call_facts facts = call(true);
    for (auto const& c : cases) {
        CAPTURE(c.attempt);
        facts.attempts = c.attempt;
        for (auto const& [outcome, longest] :
             {std::pair{lost, c.longest}, std::pair{limited, c.longest_throttled}}) {
            // The cap comes before the jitter: also at the cap every pause below it is drawn alike,
            // and not most of them the cap itself.
            for (int share = 0; share <= 10; ++share)
                CHECK(decide(outcome, facts, how, 500, share / 10.0).delay == longest * share / 10);
            CHECK(decide(outcome, facts, how, 500, nearly_one).delay >= longest - 1ms);
        }
    }
    how.cap = std::chrono::milliseconds::max();
    CHECK(decide(lost, facts, how, 500, 0.5).delay >= 0ms); // no overflow on the way
    how.base = 5s;
    how.cap = 1s;
    CHECK(decide(lost, facts, how, 500, nearly_one).delay <= 1s);
}

TEST_CASE("Retry-After makes a pause longer, never shorter, and may come too late") {
    attempt_outcome limited = ended(errc::rate_limited, 429, request_progress::response_begun);
    limited.retry_after = 7s;
    call_facts facts = call(false);
    CHECK(decide(limited, facts, retry_options(), 500, nearly_one).delay == 7s);
    limited.retry_after = 0s;
    CHECK(decide(limited, facts, retry_options(), 500, 0.5).delay == 500ms);
    facts.attempts = 2;
    CHECK(decide(limited, facts, retry_options(), 500, 0.5).delay == 1000ms);
    facts.attempts = 1;
    limited.retry_after = 60s;
    facts.time_left = 60s;
    CHECK(verdict(limited, facts) == retry_verdict::too_late);
    facts.time_left = 60'001ms;
    CHECK(verdict(limited, facts) == retry_verdict::retry);
    facts.time_left = -1ms;
    limited.retry_after.reset();
    CHECK(verdict(limited, facts) == retry_verdict::too_late);
}

TEST_CASE("without a 429, a Retry-After that the deadline does not allow is cut, 5 s above") {
    struct {
        unsigned status;
        std::chrono::seconds asked;
        std::chrono::milliseconds time_left;
        double random;
        retry_verdict verdict;
        std::chrono::milliseconds delay;
    } const cases[] = {
        // The deadline allows it: the whole of it.
        {503, 30s, 30'001ms, 0.5, retry_verdict::retry, 30s},
        {502, 30s, 30'001ms, 0.5, retry_verdict::retry, 30s},
        {503, 1s, 60s, 0, retry_verdict::retry, 1s},
        // It does not: as much as was drawn, and 5 s.
        {503, 30s, 30s, 0, retry_verdict::retry, 5s},
        {503, 30s, 30s, 0.5, retry_verdict::retry, 5500ms},
        {503, 3600s, 60s, 1, retry_verdict::retry, 6s},
        {500, 3600s, 60s, 1, retry_verdict::retry, 5050ms},
        {504, 3600s, 60s, 0, retry_verdict::retry, 5s},
        {408, 3600s, 60s, 0, retry_verdict::retry, 5s},
        {503, std::chrono::seconds::max(), 60s, 0.5, retry_verdict::retry, 5500ms},
        // Not even that much is left.
        {503, 30s, 5500ms, 0.5, retry_verdict::too_late, 5500ms},
        {503, 5s, 5s, 0, retry_verdict::too_late, 5s},
        {500, 4s, 3s, 0, retry_verdict::too_late, 4s},
        // A 429 is documented to say how long: never earlier.
        {429, 30s, 30s, 0, retry_verdict::too_late, 30s},
        {429, 3600s, 60s, 1, retry_verdict::too_late, 3600s},
        {429, 30s, 30'001ms, 0, retry_verdict::retry, 30s},
        {0, 30s, 30s, 0, retry_verdict::too_late, 30s}, // not sent, in the pause after a 429
    };
    for (auto const& c : cases) {
        CAPTURE(c.status);
        CAPTURE(c.asked.count());
        CAPTURE(c.time_left.count());
        errc const code = c.status == 429 || c.status == 0 ? errc::rate_limited
                          : c.status == 408                ? errc::bad_request
                                                           : errc::server_error;
        attempt_outcome outcome = ended(code, c.status, request_progress::response_begun);
        outcome.retry_after = c.asked;
        call_facts facts = call(true);
        facts.time_left = c.time_left;
        decision const then = decide(outcome, facts, retry_options(), 500, c.random);
        CHECK(then.verdict == c.verdict);
        CHECK(then.delay == c.delay);
    }
}

TEST_CASE("attempts and the budget come to an end") {
    attempt_outcome const lost = ended(errc::connect_failed, 0, request_progress::not_sent);
    attempt_outcome const slow = ended(errc::connect_timed_out, 0, request_progress::not_sent);
    attempt_outcome const limited =
        ended(errc::rate_limited, 429, request_progress::response_begun);
    call_facts facts = call(true);
    facts.attempts = 2;
    CHECK(verdict(lost, facts) == retry_verdict::retry);
    facts.attempts = 3;
    CHECK(verdict(lost, facts) == retry_verdict::attempts_used_up);
    facts.attempts = 1;
    for (auto const& one : {lost, slow}) {
        CHECK(decide(one, facts, retry_options(), 14, 0).cost == 14);
        CHECK(decide(one, facts, retry_options(), 13, 0).verdict == retry_verdict::budget_used_up);
        CHECK(decide(one, facts, retry_options(), 13, 0).cost == 0);
    }
    CHECK(decide(limited, facts, retry_options(), 5, 0).cost == 5);
    CHECK(decide(limited, facts, retry_options(), 4, 0).verdict == retry_verdict::budget_used_up);
}

TEST_CASE("the budget is taken from, given back to, and never overfull") {
    intheloop::policy::retry_budget budget(10);
    CHECK(budget.take(7));
    CHECK_FALSE(budget.take(4));
    CHECK(budget.left() == 3);
    budget.give(5);
    CHECK(budget.left() == 8);
    budget.give(5);
    CHECK(budget.left() == 10);
    CHECK(budget.take(10));
    CHECK(budget.left() == 0);
    CHECK(budget.take(0));
}

TEST_CASE("all calls wait as long as the service says, but not longer than an hour") {
    using intheloop::policy::pause_of_all;
    using namespace std::chrono_literals;
    intheloop::retry_options how;
    CHECK(pause_of_all(std::nullopt, how) == 1s);
    how.throttled_base = 250ms;
    CHECK(pause_of_all(std::nullopt, how) == 250ms);
    how.cap = 100ms;
    CHECK(pause_of_all(std::nullopt, how) == 100ms);
    CHECK(pause_of_all(0s, how) == 0ms);
    CHECK(pause_of_all(30s, how) == 30s);
    CHECK(pause_of_all(3600s, how) == 1h);
    CHECK(pause_of_all(24h * 365, how) == 1h);
    how.throttled_base = how.cap = 24h;
    CHECK(pause_of_all(std::nullopt, how) == 1h);
}

} // TEST_SUITE("policy/retry")
