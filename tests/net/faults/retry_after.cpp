// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// When the service says that a call may be made again, in all the ways that it may say so.
#include <net/faults/matrix.hpp>

#include <string>
#include <vector>

TEST_SUITE("net/faults/retry_after") {

using namespace fixture;
using loop::retry_verdict;
using seconds = std::optional<std::chrono::seconds>;

namespace {

std::string refused(std::string const& headers) {
    return "HTTP/1.1 429 Too Many Requests\r\n" + headers + "Content-Length: 2\r\n\r\n{}";
}

// An answer with a Date far from ours; "" leaves it out.
std::string refused(std::string const& wait, std::string const& date) {
    return refused((date.empty() ? "" : "Date: " + date + "\r\n") + "Retry-After: " + wait +
                   "\r\n");
}

} // namespace

TEST_CASE("an error says when to try again") {
    constexpr std::chrono::seconds longest = std::chrono::days(365);
    std::string const skewed = "Sun, 06 Nov 1994 08:49:37 GMT";
    struct {
        std::string wait;
        std::string date;
        seconds expected;
    } const rows[] = {
        {"120", "", 120s},
        {"120", skewed, 120s},
        {"0", "", 0s},
        {"007", "", 7s},
        {"1.5", "", 2s}, // a fraction is rounded up
        {" \t 7 \t ", "", 7s},
        {"31536001", "", longest},
        {"99999999999999999999999", "", longest},
        // By the service's clock, not by ours.
        {"Sun, 06 Nov 1994 08:51:37 GMT", skewed, 120s},
        {"Sunday, 06-Nov-94 08:51:37 GMT", skewed, 120s},
        {"Sun Nov  6 08:51:37 1994", skewed, 120s},
        {"Sun, 06 Nov 1994 08:51:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", 120s},
        {"Sun, 06 Nov 1994 08:49:36 GMT", skewed, 0s},
        {"Fri, 31 Dec 9999 23:59:59 GMT", skewed, longest},
        // By ours, if the service does not tell its own.
        {"Sun, 06 Nov 1994 08:51:37 GMT", "", 0s},
        {"Sun, 06 Nov 1994 08:51:37 GMT", "some day", 0s},
        {"Fri, 31 Dec 9999 23:59:59 GMT", "", longest},
        // Neither a number nor a date.
        {"", "", {}},
        {"soon", "", {}},
        {"-5", "", {}},
        {"+5", "", {}},
        {"5s", "", {}},
        {"0x10", "", {}},
        {"5, 6", "", {}},
        {"Sun, 31 Feb 1994 08:51:37 GMT", skewed, {}},
        {"Sun, 06 Nov 1994 25:00:00 GMT", skewed, {}},
        {"Sun, 06 Nov 1994 08:51:37 CET", skewed, {}},
        {"1994-11-06T08:51:37Z", skewed, {}},
    };
    no_descriptor_leaks const none;
    for (auto const& [wait, date, expected] : rows) {
        CAPTURE(wait);
        CAPTURE(date);
        bad_peer peer(answered(refused(wait, date)));
        loop::options how = options_for(peer);
        how.retry.max_attempts = 1;
        auto const r = call(how, report::export_report, week());
        CHECK(peer.wait_for_end(patience));
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::rate_limited);
        CHECK((r.error().retry_after == expected));
        CHECK(peer.requests() == 1);
    }
}

TEST_CASE("a wait within the deadline is waited, one beyond it ends the call at once") {
    struct {
        char const* wait;
        unsigned attempts;
        retry_verdict verdict;
    } const rows[] = {
        {"0", 3, retry_verdict::attempts_used_up},
        {"Sun, 06 Nov 1994 08:51:37 GMT", 3, retry_verdict::attempts_used_up}, // long ago
        {"nonsense", 3, retry_verdict::attempts_used_up},
        {"3600", 1, retry_verdict::too_late},
        {"99999999999999999999999", 1, retry_verdict::too_late},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 1, retry_verdict::too_late},
    };
    for (auto const& [wait, attempts, verdict] : rows) {
        CAPTURE(std::string(wait));
        no_descriptor_leaks const none;
        script again{handshake};
        for (unsigned i = 0; i != attempts; ++i) {
            again.push_back(read_request);
            again.push_back(respond(refused(wait, "")));
        }
        bad_peer peer(again);
        auto const r = call(options_for(peer), report::export_report, week());
        CHECK(peer.wait_for_end(patience));
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::rate_limited);
        CHECK(r.error().verdict == verdict);
        CHECK(r.attempts() == attempts);
        CHECK(peer.requests() == attempts);
    }
}

} // TEST_SUITE("net/faults/retry_after")
