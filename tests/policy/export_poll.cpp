// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/detail/export_poll.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <limits>
#include <optional>
#include <string>

TEST_SUITE("policy/export_poll") {

namespace {

using namespace std::chrono_literals;
using intheloop::attempt_outcome;
using intheloop::errc;
using intheloop::export_phase;
using intheloop::poll_options;
using intheloop::policy::export_poll;
using intheloop::policy::may_get_better;
using intheloop::policy::reported_status;
using intheloop::policy::validate;
using clock = intheloop::policy::clock;

constexpr clock::time_point start{1000h};

attempt_outcome failed(errc code, unsigned status = 0,
                       std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    attempt_outcome made;
    made.failure = code;
    made.status = status;
    made.retry_after = retry_after;
    return made;
}

poll_options without_jitter() {
    poll_options how;
    how.jitter = 0;
    return how;
}

} // namespace

TEST_CASE("the defaults are the documented advice: after 10 seconds, then every 10") {
    poll_options const how;
    CHECK(how.first_poll == 10s);
    CHECK(how.interval == 10s);
    export_poll poll(how, start);
    CHECK(poll.phase() == export_phase::pending);
    CHECK(poll.next_poll() == start + 10s);
    clock::time_point const first = start + 10s;
    poll.poll_answered(reported_status::pending, first, 0, std::nullopt);
    CHECK(poll.next_poll() == first + 10s);
    poll.poll_answered(reported_status::pending, first, 1, std::nullopt);
    CHECK(poll.next_poll() == first + 11s); // a tenth is random
    CHECK(poll.polls() == 2);
}

TEST_CASE("when the next look is") {
    struct {
        std::chrono::milliseconds interval;
        double jitter;
        double random;
        std::optional<std::chrono::seconds> retry_after;
        std::chrono::milliseconds pause;
    } const cases[] = {
        {10s, 0, 1, std::nullopt, 10s},
        {10s, 0.5, 1, std::nullopt, 15s},
        {10s, 0.5, 0.5, std::nullopt, 12500ms},
        {10s, 1, 1, std::nullopt, 20s},
        {10s, 0.1, 0, 3s, 10s},  // shorter than the interval
        {10s, 0.1, 0, 60s, 60s}, // longer
        {10s, 0.1, 1, 60s, 61s}, // not all at the same moment then
        {10ms, 0.1, 1, 0s, 11ms},
        {std::chrono::milliseconds::max(), 0, 1, std::nullopt, 24h * 365},
    };
    for (auto const& c : cases) {
        CAPTURE(c.pause.count());
        poll_options how;
        how.interval = c.interval;
        how.jitter = c.jitter;
        clock::time_point const now = start + 17s;
        export_poll answered(how, start);
        answered.poll_answered(reported_status::pending, now, c.random, c.retry_after);
        CHECK(answered.next_poll() == now + c.pause);
        export_poll failing(how, start);
        failing.poll_failed(failed(errc::rate_limited, 429, c.retry_after), now, c.random);
        CHECK(failing.next_poll() == now + c.pause);
    }
}

TEST_CASE("what a status means, by the age of the export and by what was seen before") {
    using enum reported_status;
    struct {
        std::optional<reported_status> before;
        reported_status status;
        std::chrono::milliseconds age;
        export_phase phase;
    } const cases[] = {
        {std::nullopt, pending, 10s, export_phase::pending},
        {std::nullopt, pending, 1000h, export_phase::pending},
        {std::nullopt, completed, 10s, export_phase::completed},
        {std::nullopt, completed_without_url, 10s, export_phase::pending},
        {std::nullopt, failed, 10s, export_phase::failed},
        {std::nullopt, expired, 10s, export_phase::expired},
        {std::nullopt, pending_or_expired, 0s, export_phase::pending},
        {std::nullopt, pending_or_expired, 1h - 1ms, export_phase::pending},
        {std::nullopt, pending_or_expired, 1h, export_phase::expired},
        {pending_or_expired, pending_or_expired, 10s, export_phase::pending},
        {pending, pending_or_expired, 10s, export_phase::pending},
        {completed_without_url, pending_or_expired, 10s, export_phase::pending},
        {completed, pending_or_expired, 10s, export_phase::expired},
        {completed, expired, 10s, export_phase::expired},
        {completed, completed, 10s, export_phase::completed},
        {expired, completed, 10s, export_phase::completed}, // it is there after all
    };
    for (auto const& c : cases) {
        CAPTURE(static_cast<int>(c.status));
        CAPTURE(c.age.count());
        export_poll looked(poll_options(), start);
        export_poll told(poll_options(), start);
        if (c.before) {
            looked.poll_answered(*c.before, start, 0, std::nullopt);
            told.start_answered(*c.before, start);
        }
        looked.poll_answered(c.status, start + c.age, 0, std::nullopt);
        told.start_answered(c.status, start + c.age);
        CHECK(looked.phase() == c.phase);
        CHECK(told.phase() == c.phase);
        CHECK(looked.has_ended() == (c.phase != export_phase::pending));
        CHECK(told.next_poll() == start + 10s); // the answer to the start is no look
        CHECK(told.polls() == 0);
    }
}

TEST_CASE("an answer after PendingOrExpired was taken for expired counts") {
    export_poll poll(poll_options(), start);
    poll.poll_answered(reported_status::pending_or_expired, start + 2h, 0, std::nullopt);
    CHECK(poll.phase() == export_phase::expired);
    poll.poll_answered(reported_status::pending, start + 2h, 0, std::nullopt);
    CHECK(poll.phase() == export_phase::pending);
}

TEST_CASE("which failures of a look may get better") {
    struct {
        errc code;
        unsigned status;
        bool may;
    } const cases[] = {
        {errc::resolve_failed, 0, true},
        {errc::connect_failed, 0, true},
        {errc::connection_lost, 0, true},
        {errc::proxy_failed, 0, true},
        {errc::certificate_refused, 0, true},
        {errc::connect_timed_out, 0, true},
        {errc::deadline_exceeded, 0, true},
        {errc::stalled, 0, true},
        {errc::rate_limited, 429, true},
        {errc::server_error, 500, true},
        {errc::server_error, 503, true},
        {errc::unexpected_status, 302, true},
        {errc::unexpected_content, 200, true}, // a page of a gateway
        {errc::missing_body, 200, true},
        {errc::invalid_http, 0, true},
        {errc::token_unavailable, 0, true},
        {errc::queue_full, 0, true},
        {errc::bad_request, 408, true},
        {errc::bad_request, 400, false},
        {errc::bad_request, 410, false},
        {errc::unauthorized, 401, false},
        {errc::forbidden, 403, false},
        {errc::not_found, 404, false},
        {errc::account_not_verified, 451, false},
        {errc::invalid_json, 200, false},
        {errc::unexpected_json, 200, false},
        {errc::invalid_option, 0, false},
        {errc::invalid_request, 0, false},
        {errc::client_closed, 0, false},
        {errc::cancelled, 0, false},
    };
    for (auto const& c : cases) {
        CAPTURE(static_cast<int>(c.code));
        CAPTURE(c.status);
        CHECK(may_get_better(failed(c.code, c.status)) == c.may);
        export_poll poll(poll_options(), start);
        poll.poll_failed(failed(c.code, c.status), start, 0);
        CHECK(poll.phase() == export_phase::pending);
        CHECK(poll.has_given_up() == !c.may);
        CHECK(poll.has_ended() == !c.may);
    }
}

TEST_CASE("so many failed polls in a row end the polling, and one answer forgives them") {
    poll_options how;
    how.max_failed_polls = 3;
    export_poll poll(how, start);
    for (unsigned round = 0; round != 5; ++round) {
        poll.poll_failed(failed(errc::server_error, 503), start, 0);
        poll.poll_failed(failed(errc::connection_lost), start, 0);
        CHECK(poll.failed_polls() == 2);
        CHECK_FALSE(poll.has_given_up());
        poll.poll_answered(reported_status::pending, start, 0, std::nullopt);
        CHECK(poll.failed_polls() == 0);
    }
    for (unsigned count = 1; count <= 3; ++count) {
        poll.poll_failed(failed(errc::server_error, 503), start, 0);
        CHECK(poll.has_given_up() == (count == 3));
    }
    CHECK(poll.phase() == export_phase::pending); // that is not a failed export

    poll.begin_again();
    CHECK_FALSE(poll.has_ended());
    CHECK(poll.failed_polls() == 0);
    CHECK(poll.next_poll() == start + 10s); // no sooner than it would have been
}

TEST_CASE("a look that fails changes the phase of no export") {
    for (auto const status :
         {reported_status::completed, reported_status::failed, reported_status::expired}) {
        export_poll poll(without_jitter(), start);
        poll.poll_answered(status, start, 0, std::nullopt);
        export_phase const before = poll.phase();
        for (int i = 0; i != 10; ++i)
            poll.poll_failed(failed(errc::not_found, 404), start, 0);
        CHECK(poll.phase() == before);
        CHECK_FALSE(poll.has_given_up());
        CHECK(poll.failed_polls() == 10);
    }
}

TEST_CASE("options that can't be used") {
    CHECK(validate(poll_options()) == nullptr);
    struct {
        void (*change)(poll_options&);
        std::string problem;
    } const cases[] = {
        {[](poll_options& how) { how.first_poll = -1ms; }, "poll: first_poll is below zero"},
        {[](poll_options& how) { how.interval = 0ms; }, "poll: interval is not above zero"},
        {[](poll_options& how) { how.jitter = -0.1; }, "poll: jitter is not between 0 and 1"},
        {[](poll_options& how) { how.jitter = 1.1; }, "poll: jitter is not between 0 and 1"},
        {[](poll_options& how) { how.jitter = std::numeric_limits<double>::quiet_NaN(); },
         "poll: jitter is not between 0 and 1"},
        {[](poll_options& how) { how.pending_for = -1ms; }, "poll: pending_for is below zero"},
        {[](poll_options& how) { how.deadline = 0ms; }, "poll: deadline is not above zero"},
        {[](poll_options& how) { how.max_failed_polls = 0; }, "poll: max_failed_polls is zero"},
    };
    for (auto const& c : cases) {
        poll_options how;
        c.change(how);
        char const* const problem = validate(how);
        REQUIRE(problem);
        CHECK(problem == c.problem);
    }
    poll_options edges;
    edges.first_poll = 0ms;
    edges.jitter = 0;
    edges.pending_for = 0ms;
    edges.max_failed_polls = 1;
    CHECK(validate(edges) == nullptr);
}

TEST_CASE("phases have names") {
    CHECK(to_string(export_phase::pending) == "pending");
    CHECK(to_string(export_phase::completed) == "completed");
    CHECK(to_string(export_phase::failed) == "failed");
    CHECK(to_string(export_phase::expired) == "expired");
}

} // TEST_SUITE("policy/export_poll")
