// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Fails the allocations of clients that work for their fleet.
#include <fleet/memory_fleet.hpp>
#include <jobs/out_of_memory/sweep.hpp>

#include <intheloop/fleet/detail/fleet_member.hpp>
#include <intheloop/testing/virtual_clock.hpp>

TEST_SUITE("fleet/out_of_memory/fleet") {

using namespace out_of_memory;

namespace {

// An engine for a world, which has forgotten all when an operation begins.
struct fleet_world : world {
    fleet_world() {
        use_clock();
        engine = std::make_shared<memory_fleet>(clock);
        how.fleet = engine;
        how.limits.requests_per_second = 1000;
    }

    void forget() const {
        spared const none_fails;
        engine->forget();
        engine->be(memory_fleet::mood::well);
    }

    std::shared_ptr<memory_fleet> engine;
};

} // namespace

TEST_CASE("a call that claims a share") {
    fleet_world in;
    auto mood = memory_fleet::mood::well;
    SUBCASE("which it gets") {}
    SUBCASE("which the engine refuses") {
        mood = memory_fleet::mood::failing;
    }
    SUBCASE("which the engine does not answer") {
        mood = memory_fleet::mood::forgetful;
    }
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        in.forget();
        in.engine->be(mood);
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a call that is told to pause, and tells it") {
    fleet_world in;
    in.how.retry.max_attempts = 2;
    in.how.deadline = 30s;
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        in.forget();
        {
            spared const none_fails;
            in.s.script(report::get_report, {loop::testing::fault::status(429).retry_after(2s)});
        }
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a call whose client hears of a pause") {
    fleet_world in;
    in.how.deadline = 30s;
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        in.forget();
        loop::fleet_notice told;
        {
            spared const none_fails;
            told.group = loop::detail::digest_of(in.engine->options.key, in.s.token());
            told.paused = 2s;
        }
        in.engine->async_tell(told, [](std::optional<loop::error> const&) {});
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a call that takes its turn at the token provider") {
    fleet_world in;
    in.how.token_provider = [token = in.s.token()](loop::token_request,
                                                   loop::token_handler handler) {
        std::move(handler)(std::nullopt, loop::secret(token));
    };
    in.how.token = loop::secret();
    in.how.token_timeout = 1s;
    report::get_request const request = get_of(in);
    sweep(in, [&](loop::client& client, asio::io_context&, noting_handler handler) {
        in.forget();
        client.async_call(report::get_report, request, std::move(handler));
    });
}

TEST_CASE("a start of an export that processes share") {
    fleet_world in;
    in.how.deadline = 30s;
    loop::start_options how;
    auto mood = memory_fleet::mood::well;
    SUBCASE("which it begins") {}
    SUBCASE("which an equal start has begun") {
        how.audience = "others";
    }
    SUBCASE("whose engine fails") {
        mood = memory_fleet::mood::failing;
    }
    SUBCASE("whose engine refuses its notes") {
        mood = memory_fleet::mood::refusing_notes;
    }
    report::export_request const request = week();
    bool const is_known = how.audience == "others";
    // One failure only: in lasting want of memory, a handler that can't be called is destroyed.
    sweep(in, false, [&](loop::client& client, asio::io_context& io, noting_handler handler) {
        in.forget();
        {
            spared const none_fails;
            how.shared = std::make_shared<loop::single_flight>();
            if (is_known) {
                auto other = how;
                other.shared = std::make_shared<loop::single_flight>();
                loop::async_start_export(client, request, other, [](auto const&) {});
                run_out(io, in.clock.get());
                io.restart();
            }
            in.engine->be(mood);
        }
        loop::async_start_export(client, request, how, std::move(handler));
    });
}

} // TEST_SUITE("fleet/out_of_memory/fleet")
