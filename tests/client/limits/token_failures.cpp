// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Token providers that fail or do not answer, and calls that do not wait for them.
#include <client/limits/token_fixture.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <new>

TEST_SUITE("client/limits/token_failures") {

using namespace fixture;

TEST_CASE("a provider that fails costs the calls that wait for it, and the next one asks again") {
    int asked = 0;
    struct {
        char const* name;
        loop::token_provider provider;
        errc code;
        char const* text;
    } const cases[] = {
        {"any exception",
         [&](loop::token_request) -> asio::awaitable<loop::secret> {
             ++asked;
             throw std::runtime_error("s3cret");
             co_return loop::secret();
         },
         errc::token_unavailable, "threw an exception"},
        {"an exception of ours",
         [&](loop::token_request) -> asio::awaitable<loop::secret> {
             ++asked;
             throw loop::exception(loop::error(errc::file_failed, "the vault is sealed"));
             co_return loop::secret();
         },
         errc::file_failed, "the vault is sealed"},
        {"an empty token",
         [&](loop::token_request) -> asio::awaitable<loop::secret> {
             ++asked;
             co_return loop::secret();
         },
         errc::token_unavailable, "empty"},
        {"a token of two lines",
         [&](loop::token_request, loop::token_handler handler) {
             ++asked;
             std::move(handler)(std::nullopt, loop::secret("s3cret\r\nX-Injected: 1"));
         },
         errc::token_unavailable, "can't stand in a header"},
        {"an error",
         [&](loop::token_request, loop::token_handler handler) {
             ++asked;
             std::move(handler)(loop::error(errc::token_unavailable, "no such key"),
                                loop::secret());
         },
         errc::token_unavailable, "no such key"},
        {"an error without a code",
         [&](loop::token_request, loop::token_handler handler) {
             ++asked;
             std::move(handler)(loop::error(), loop::secret());
         },
         errc::invalid_option, "an error without a code was given"},
        {"an error with words and no code",
         [&](loop::token_request, loop::token_handler handler) {
             ++asked;
             loop::error sealed;
             sealed.detail = "the vault is sealed";
             std::move(handler)(sealed, loop::secret());
         },
         errc::invalid_option, "an error without a code was given: the vault is sealed"},
        {"a function that throws an exception of ours",
         [&](loop::token_request, loop::token_handler const&) {
             ++asked;
             throw loop::exception(loop::error(errc::file_failed, "the vault is sealed"));
         },
         errc::file_failed, "the vault is sealed"},
        {"a function without memory",
         [&](loop::token_request, loop::token_handler const&) {
             ++asked;
             throw std::bad_alloc();
         },
         errc::out_of_memory, ""},
        {"a coroutine without memory",
         [&](loop::token_request) -> asio::awaitable<loop::secret> {
             ++asked;
             throw std::bad_alloc();
             co_return loop::secret();
         },
         errc::out_of_memory, ""},
        {"a function that throws",
         [&](loop::token_request, loop::token_handler const&) {
             ++asked;
             throw std::runtime_error("s3cret");
         },
         errc::token_unavailable, "threw an exception"},
        {"one that throws after its answer",
         [&](loop::token_request, loop::token_handler handler) {
             ++asked;
             std::move(handler)(loop::error(errc::token_unavailable, "the first counts"),
                                loop::secret());
             throw std::runtime_error("s3cret");
         },
         errc::token_unavailable, "the first counts"},
    };
    for (auto const& each : cases) {
        CAPTURE(std::string(each.name));
        asked = 0;
        token_setup t;
        t.use(each.provider);
        for (int calls = 1; calls != 3; ++calls) {
            auto r = t.post();
            check_not_sent(r, each.code);
            CHECK(contains(r.error().detail, each.text));
            CHECK_FALSE(contains(printed(r.error()), "s3cret"));
            CHECK(asked == calls);
        }
        CHECK(t.s.connections_accepted() == 0);
        t.client->set_token(t.s.token());
        CHECK(t.post());
    }
}

TEST_CASE("a provider that fails after a 401 costs the call; the old token stays unused") {
    token_setup t;
    t.use([](loop::token_request why, loop::token_handler handler) {
        if (why.refused)
            throw std::runtime_error("no other");
        std::move(handler)(std::nullopt, loop::secret("old_token"));
    });
    for (unsigned attempts : {1u, 0u}) {
        auto r = t.post();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::token_unavailable);
        CHECK(r.error().attempts == attempts);
        CHECK(t.s.requests().size() == 1);
    }
}

TEST_CASE("a provider that does not answer is given up after token_timeout") {
    token_setup t;
    std::vector<loop::token_handler> kept;
    bool drops = false;
    SUBCASE("it keeps the handler") {}
    SUBCASE("it drops the handler") {
        drops = true;
    }
    t.use([&](loop::token_request, loop::token_handler handler) {
        if (!drops)
            kept.push_back(std::move(handler));
    });
    t.how.token_timeout = 20ms;
    auto r = t.post();
    check_not_sent(r, errc::token_unavailable);
    CHECK(contains(r.error().detail, "took too long"));
    CHECK(r.elapsed() >= 20ms);
    for (auto& late : kept)
        std::move(late)(std::nullopt, loop::secret("too late"));
    check_not_sent(t.post(), errc::token_unavailable); // the late one is not taken
    CHECK(t.s.connections_accepted() == 0);
}

TEST_CASE("a provider that throws when it is cancelled is given up all the same") {
    token_setup t;
    std::vector<loop::token_handler> kept;
    int cancelled = 0;
    t.use([&](loop::token_request, loop::token_handler handler) {
        asio::get_associated_cancellation_slot(handler).assign([&](asio::cancellation_type) {
            ++cancelled;
            throw std::runtime_error("s3cret");
        });
        kept.push_back(std::move(handler));
    });
    t.how.token_timeout = 20ms;
    for (int calls = 1; calls != 3; ++calls) {
        auto r = t.post();
        check_not_sent(r, errc::token_unavailable);
        CHECK_FALSE(contains(printed(r.error()), "s3cret"));
        CHECK(cancelled == calls);
    }
}

TEST_CASE("a coroutine that does not answer is cancelled after token_timeout") {
    token_setup t;
    int cancelled = 0;
    t.use([&cancelled](loop::token_request) -> asio::awaitable<loop::secret> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 1h);
        try {
            co_await timer.async_wait(asio::use_awaitable);
        } catch (boost::system::system_error const&) {
            ++cancelled;
            throw;
        }
        co_return "never";
    });
    SUBCASE("token_timeout") {
        t.how.token_timeout = 20ms;
        check_not_sent(t.post(), errc::token_unavailable);
        CHECK(cancelled == 1);
    }
    SUBCASE("the client is destroyed") {
        loop::client client(t.io.get_executor(), t.how);
        int completed = 0;
        client.async_call(report::export_report, week(), [&](auto r) {
            check_not_sent(r, errc::client_closed);
            ++completed;
        });
        t.io.poll();
        CHECK(completed == 0);
        CHECK(cancelled == 0);
        loop::client(std::move(client)); // and gone
        t.io.run();
        CHECK(completed == 1);
        CHECK(cancelled == 1);
    }
    SUBCASE("the only call that waits is cancelled") {
        t.client.emplace(t.io.get_executor(), t.how);
        asio::cancellation_signal signal;
        t.client->async_call(report::export_report, week(),
                             asio::bind_cancellation_slot(signal.slot(), [](auto r) {
                                 check_not_sent(r, errc::cancelled);
                             }));
        t.io.poll();
        signal.emit(asio::cancellation_type::terminal);
        t.io.poll();
        CHECK(cancelled == 1); // for nobody
        t.client.reset();
        t.io.run();
    }
}

TEST_CASE("a call's own deadline ends its wait, and the others go on waiting") {
    token_setup t;
    slow_giver gives;
    t.use(gives.provider());
    loop::client client(t.io.get_executor(), t.how);
    int completed = 0;
    loop::call_options impatient;
    impatient.deadline = 20ms;
    client.async_call(report::export_report, week(), impatient, [&](auto r) {
        check_not_sent(r, errc::deadline_exceeded);
        CHECK(contains(r.error().detail, "while waiting for the token provider"));
        ++completed;
        gives.answer(t.s.token());
    });
    client.async_call(report::export_report, week(), [&](auto r) {
        CHECK(r);
        ++completed;
    });
    t.io.run();
    CHECK(completed == 2);
    CHECK(gives.asked.size() == 1);
}

TEST_CASE("a call that is cancelled while the provider is asked leaves at once") {
    token_setup t;
    slow_giver gives;
    t.use(gives.provider());
    loop::client client(t.io.get_executor(), t.how);
    asio::cancellation_signal signal;
    int cancelled = 0;
    int succeeded = 0;
    client.async_call(report::export_report, week(),
                      asio::bind_cancellation_slot(signal.slot(), [&](auto r) {
                          check_not_sent(r, errc::cancelled);
                          ++cancelled;
                      }));
    client.async_call(report::export_report, week(), [&](auto r) {
        CHECK(r);
        ++succeeded;
    });
    t.io.poll();
    signal.emit(asio::cancellation_type::total);
    t.io.poll();
    CHECK(cancelled == 1);
    CHECK(client.statistics().calls_waiting_for_token == 1);
    gives.answer(t.s.token());
    t.io.run();
    CHECK(succeeded == 1);
    CHECK(gives.asked.size() == 1);
}

} // TEST_SUITE("client/limits/token_failures")
