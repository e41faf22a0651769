// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_RATE_LIMIT_HPP
#define INTHELOOP_TESTS_FUZZ_RATE_LIMIT_HPP

#include <intheloop/policy/detail/rate_limit.hpp>
#include <intheloop/policy/detail/rate_limit_fields.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

// A line of each field that tells of a service's limit, and of the Date; none if it is empty.
struct rate_limit_target {
    static constexpr std::string_view name = "rate_limit";
    static constexpr std::string_view words[] = {";r=", ";t=", "remaining="};

    static void run(auto const&, bytes input) {
        using namespace std::chrono_literals;
        namespace policy = intheloop::policy;
        constexpr std::chrono::sys_seconds now{1'700'000'000s};
        check_forms(reader(input), now);
        reader in(input);
        intheloop::headers fields, spaced;
        for (std::string_view const field : names)
            if (std::string_view const value = in.line(); !value.empty()) {
                fields.append(field, value);
                spaced.append(field, field == "Date" ? std::string(value)
                                                     : " \t" + std::string(value) + "\t ");
            }
        auto const found = policy::parse_service_limit(fields, now);
        auto const again = policy::parse_service_limit(spaced, now);
        check(
            found.has_value() == again.has_value() &&
                (!found || (found->remaining == again->remaining && found->reset == again->reset)),
            "white space around is none");
        if (!found)
            return;
        check(policy::tells_service_limit(fields), "what can be read is looked for");
        check(found->reset > 0s && found->reset <= 1h, "a reset comes, within an hour");
        check_limiter(*found);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        std::string const none = "\n\n\n\n\n\n\n";
        keep("item", "\"default\";r=50;t=30" + none);
        keep("items", "\"a\";r=0;t=3000;pk=:dGVzdA==:, \"b\" ; t=30 ; r=9" + none);
        keep("version_7", "limit=100, remaining=0, reset=30" + none);
        keep("version_6", "\n100, 100;w=60\n50\n30" + none);
        keep("old", "\n\n\n\n100\n0\n30\n");
        keep("epoch", "\n\n\n\n\n0\n1700000030.5\nTue, 14 Nov 2023 22:13:40 GMT");
        keep("milliseconds", "\n\n\n\n\n1\n1700000030123\n");
        keep("much", "\"x\";r=99999999999999999999;t=99999999999999999999\n0\n0" + none);
    }

private:
    static constexpr std::string_view names[] = {
        "RateLimit",         "RateLimit-Limit",       "RateLimit-Remaining", "RateLimit-Reset",
        "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset",   "Date"};

    // Two numbers of the input are read from each form, each from its place.
    static void check_forms(reader in, std::chrono::sys_seconds now) {
        std::size_t const left = in.choice(65536), reset = in.choice(4000) + 1;
        std::string const r = std::to_string(left), t = std::to_string(reset);
        auto const end = now.time_since_epoch() + std::chrono::seconds(reset);
        std::vector<std::pair<std::string, std::string>> const forms[] = {
            {{"RateLimit", "\"a\";r=" + r + ";t=" + t}},
            {{"RateLimit", "limit=9, remaining=" + r + ", reset=" + t}},
            {{"RateLimit-Remaining", r}, {"RateLimit-Reset", t}},
            {{"X-RateLimit-Remaining", r}, {"X-RateLimit-Reset", t}},
            {{"X-RateLimit-Remaining", r}, {"X-RateLimit-Reset", std::to_string(end.count())}}};
        for (auto const& form : forms) {
            intheloop::headers fields;
            for (auto const& [field, value] : form)
                fields.append(field, value);
            auto const found = intheloop::policy::parse_service_limit(fields, now);
            check(found && found->remaining == left, "a number is read as what is left", r);
            check(found->reset == std::chrono::seconds(std::min<std::size_t>(reset, 3600)),
                  "a number is read as the reset", t);
        }
    }

    // Whatever a service says, an attempt goes when it is reset, and none goes beyond what is left.
    static void check_limiter(intheloop::policy::service_limit const& said) {
        using intheloop::policy::clock;
        constexpr clock::time_point start{std::chrono::hours(1)};
        intheloop::policy::limiter limit(intheloop::limit_options(), start);
        limit.follow(said, start);
        limit.enter(1, "a", start);
        limit.enter(2, "a", start);
        auto now = start;
        for (std::uint64_t gone = limit.in_flight(); gone != 2; ++gone) {
            auto const at = limit.wake_at(now);
            check(at && *at >= now && *at <= start + said.reset, "it goes at the reset at last");
            now = *at;
            check(gone < said.remaining || now == start + said.reset,
                  "no more go than are left before it");
            check(limit.next(now).has_value(), "it goes when it is said to go");
        }
    }
};

} // namespace fuzz

#endif
