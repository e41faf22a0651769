// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FLEET_EXPORT_FLEET_HPP
#define INTHELOOP_TESTS_FLEET_EXPORT_FLEET_HPP

// Some clients that share exports.
#include <fleet/fleet_fixture.hpp>
#include <support/process.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <optional>
#include <utility>

namespace fixture {

using loop::journal_advice;
using loop::testing::fault;

inline constexpr loop::endpoint<loop::verb::post, "/api/v1/report/export", report::export_request,
                                report::export_result, loop::idempotency_key<"Idempotency-Key">,
                                loop::observed>
    keyed_export{};

inline loop::start_options shared() {
    loop::start_options how;
    how.shared = std::make_shared<loop::single_flight>();
    return how;
}

struct export_fleet : fleet_setup {
    export_fleet() {
        how.retry.max_attempts = 1;
        add(3);
    }
    ~export_fleet() { ended.clear(); }

    using outcome = loop::result<loop::export_job>;

    std::optional<outcome>& begin(std::size_t who, loop::start_options const& options = shared(),
                                  report::export_request const& wanted = week()) {
        auto& into = ended.emplace_back();
        loop::async_start_export(*all[who]->client, wanted, options,
                                 [&into](outcome r) { into.emplace(std::move(r)); });
        return into;
    }
    outcome start(std::size_t who, loop::start_options const& options = shared()) {
        auto& into = begin(who, options);
        run();
        REQUIRE(into);
        return *into;
    }
    // A process is killed: all that it was doing stops here, and it tells nobody.
    void kill(std::size_t who) {
        engine->be(mood::forgetful);
        all[who]->end();
        run_for(3s); // longer than it would try to tell
        engine->be(mood::well);
    }
    // So much time goes by, also if nothing happens.
    void pass(clock_type::duration time) {
        auto const until = clock->now() + time;
        run_for(time);
        if (clock->now() < until)
            clock->advance(until - clock->now());
    }
    std::size_t starts() const {
        auto const seen = s.requests();
        return static_cast<std::size_t>(std::count_if(
            seen.begin(), seen.end(), [](auto const& one) { return one.method == "POST"; }));
    }

    std::list<std::optional<outcome>> ended;
};

// Until the service has the request of a start.
inline void run_until_sent(export_fleet& t) {
    for (int i = 0; i != 1000 && t.s.requests().empty(); ++i)
        t.run_for(1ms);
    REQUIRE(t.s.requests().size() == 1);
}

inline void finish(export_fleet& t, loop::export_job const& job) {
    std::optional<loop::result<report::export_result>> done;
    job.async_wait([&](auto r) { done.emplace(std::move(r)); });
    t.run();
    REQUIRE(done);
    CHECK(done->has_value());
}

} // namespace fixture

#endif
