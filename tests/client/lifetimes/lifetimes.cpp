// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Objects may go in these orders: a client, its context, the context of a handler, a provider of
// tokens.
#include <client/black_hole.hpp>
#include <net/faults/matrix.hpp>
#include <support/witness.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

TEST_SUITE("client/lifetimes/lifetimes") {

using namespace fixture;

namespace {

using state = loop::result<report::export_result>;

// Runs what is left, however it ends. False if something keeps the context at work.
bool runs_out(asio::io_context& io) {
    io.restart();
    io.run_for(patience);
    return io.stopped();
}

constexpr auto ignore = [](state const&) {};

asio::awaitable<void> call_with_own_client(asio::io_context& io, loop::options const& how,
                                           loop::client*& made, bool& gone) {
    support::witness const here(gone);
    loop::client client(io.get_executor(), how);
    made = &client;
    report::get_request const which("x");
    for (;;) {
        auto const r = co_await client.async_call(report::get_report, which);
        (void)r;
    }
}

asio::awaitable<loop::secret> never_a_token(loop::token_request why) {
    asio::steady_timer timer(why.executor, 1h);
    co_await timer.async_wait(asio::use_awaitable);
    co_return loop::secret();
}

// An interceptor that keeps what it is asked, and never decides.
class never_decides : public loop::async_interceptor {
    void async_before(loop::intercepted_request, loop::interception_handler handler) override {
        kept_.push_back(std::move(handler));
    }
    std::vector<loop::interception_handler> kept_;
};

// Where a call is when its context goes.
struct stage {
    char const* name;
    script steps; // of the peer
    std::function<void(loop::options&)> adjust;
    std::function<bool(loop::client_statistics const&, bad_peer const&)> reached;
};

std::vector<stage> stages(black_hole const& hole) {
    using statistics = loop::client_statistics;
    std::string const pause = "HTTP/1.1 503 Busy\r\nRetry-After: 1000\r\nContent-Length: 0\r\n\r\n";
    std::string const limited = "HTTP/1.1 429 Many\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n";
    auto const nothing = [](loop::options&) {};
    return {
        {"just begun", {stall}, nothing, [](auto&, auto&) { return true; }},
        {"the provider is asked",
         {stall},
         [](loop::options& how) {
             how.token = loop::secret();
             how.token_provider = never_a_token;
         },
         [](statistics const& now, auto&) { return now.calls_waiting_for_token == 1; }},
        {"connecting",
         {stall},
         [port = hole.port()](loop::options& how) {
             how.base_url = "https://127.0.0.1:" + std::to_string(port);
         },
         [](statistics const& now, auto&) { return now.connections_being_made == 1; }},
        {"shaking hands",
         {stall},
         nothing,
         [](auto&, bad_peer const& peer) { return peer.connections() == 1; }},
        {"awaiting the answer",
         {handshake, read_request, stall},
         nothing,
         [](auto&, bad_peer const& peer) { return peer.requests() == 1; }},
        {"awaiting the rest of it",
         {handshake, read_request, respond(good_head), stall},
         nothing,
         [](auto&, bad_peer const& peer) { return peer.requests() == 1; }},
        {"an interceptor is asked",
         {handshake, read_request, respond("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
          stall},
         [](loop::options& how) { how.interceptors.push_back(std::make_shared<never_decides>()); },
         [](statistics const& now, auto&) { return now.calls_waiting_for_interceptors == 1; }},
        {"between two attempts", answered(pause), [](loop::options& how) { how.deadline = 1h; },
         [](statistics const& now, auto&) { return now.calls_between_attempts == 1; }},
        {"waiting for the limits", answered(limited),
         [](loop::options& how) { how.retry.max_attempts = 1; },
         [](statistics const& now, auto&) { return now.calls_waiting_for_limit == 1; }},
    };
}

template <class Handler>
auto on(asio::io_context& other, Handler handler) {
    return asio::bind_executor(other.get_executor(), std::move(handler));
}

// Runs the context until the outcome of the first call is handed over to its handler's executor.
void run_until_handed_over(asio::io_context& io, loop::client const& client) {
    run_until(io, [&] { return client.statistics().calls_started == 1; });
    run_until(io, [&] { return client.statistics().calls == 0; });
    io.poll();
}

} // namespace

TEST_CASE("a context takes along the coroutines that own a client, wherever their calls are") {
    black_hole const hole;
    for (stage const& each : stages(hole)) {
        CAPTURE(std::string(each.name));
        bad_peer peer(each.steps);
        loop::options how = options_for(peer);
        each.adjust(how);
        bool gone = false;
        {
            asio::io_context io;
            loop::client* made = nullptr;
            asio::co_spawn(io, call_with_own_client(io, how, made, gone), asio::detached);
            run_until(io, [&] { return made && each.reached(made->statistics(), peer); });
            CHECK_FALSE(gone);
        }
        CHECK(gone);
        CHECK(peer.wait_for_end(patience)); // no connection is left open
    }
}

TEST_CASE("a handler may be run when the client's context is long gone") {
    server s;
    asio::io_context other;
    int completed = 0;
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        client.async_call(report::export_report, week(), on(other, [&](state r) {
                              CHECK_MESSAGE(r, r.error());
                              ++completed;
                          }));
        run_until_handed_over(io, client);
    }
    CHECK(completed == 0);
    other.run();
    CHECK(completed == 1);
}

TEST_CASE("a handler may be dropped when the client's context is long gone") {
    server s;
    std::optional<asio::io_context> other(std::in_place);
    auto const held = std::make_shared<int>(1);
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        client.async_call(report::export_report, week(), on(*other, [held](state const&) {}));
        client.async_close(on(*other, [held] {}));
        run_until_handed_over(io, client);
    }
    CHECK(held.use_count() > 1);
    other.reset();
    CHECK(held.use_count() == 1);
}

TEST_CASE("a provider may keep its handler for longer than the client and its context are") {
    std::vector<loop::token_handler> kept;
    loop::options how = options_for_port(1);
    how.token = loop::secret();
    how.token_provider = [&](loop::token_request, loop::token_handler give) {
        kept.push_back(std::move(give));
    };
    int completed = 0;
    {
        asio::io_context io;
        {
            loop::client client(io.get_executor(), how);
            client.async_call(report::export_report, week(), [&](state r) {
                REQUIRE_FALSE(r);
                CHECK(r.error().code() == errc::client_closed);
                ++completed;
            });
            run_until(io, [&] { return !kept.empty(); });
        }
        CHECK(runs_out(io));
        CHECK(completed == 1);
        SUBCASE("and drop it then") {}
        SUBCASE("and call it while there is only the context") {
            std::move(kept.front())(std::nullopt, loop::secret("a token that nobody wants"));
            CHECK(runs_out(io));
        }
    }
    kept.clear();
    CHECK(completed == 1);
}

TEST_CASE("a provider that nobody waits for any more holds no context at work") {
    server s;
    loop::options how = options_for(s);
    how.token = loop::secret();
    how.token_timeout = 1h;
    asio::io_context io;
    std::vector<loop::token_handler> kept;
    int asked = 0;
    SUBCASE("a function that kept its handler") {
        how.token_provider = [&](loop::token_request, loop::token_handler give) {
            ++asked;
            kept.push_back(std::move(give));
        };
    }
    SUBCASE("a coroutine that waits") {
        how.token_provider = [&](loop::token_request why) {
            ++asked;
            return never_a_token(why);
        };
    }
    loop::client client(io.get_executor(), how);
    asio::cancellation_signal stop;
    int completed = 0;
    client.async_call(report::export_report, week(),
                      asio::bind_cancellation_slot(stop.slot(), [&](state r) {
                          REQUIRE_FALSE(r);
                          CHECK(r.error().code() == errc::cancelled);
                          ++completed;
                      }));
    run_until(io, [&] { return asked == 1; });
    stop.emit(asio::cancellation_type::terminal);
    CHECK(runs_out(io));
    CHECK(completed == 1);
    for (auto& late : kept)
        std::move(late)(std::nullopt, loop::secret("late"));
    CHECK(runs_out(io));

    client.async_call(report::export_report, week(), ignore); // it is asked anew
    io.restart();
    run_until(io, [&] { return asked == 2; });
}

TEST_CASE("the coroutine of a provider keeps what its function owns when the client is gone") {
    loop::options how = options_for_port(1);
    how.token = loop::secret();
    asio::io_context io;
    asio::steady_timer store(io, 1h);
    bool gone = false;
    bool asked = false;
    bool ended = false;
    how.token_provider = [&, owned = std::make_shared<support::witness>(gone)](
                             loop::token_request) -> asio::awaitable<loop::secret> {
        bool const& is_gone = gone; // these are looked at without the function, which may be gone
        bool& has_ended = ended;
        boost::system::error_code ignored;
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        asked = true;
        co_await store.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        has_ended = true;
        CHECK_FALSE(is_gone);
        if (!is_gone)
            CHECK(owned);
        co_return loop::secret("a token that nobody wants");
    };
    {
        loop::client client(io.get_executor(), how);
        how.token_provider = loop::token_provider();
        client.async_call(report::export_report, week(), ignore);
        run_until(io, [&] { return asked; });
    }
    io.restart();
    io.poll();
    CHECK_FALSE(gone);
    CHECK_FALSE(ended);
    store.cancel();
    CHECK(runs_out(io));
    CHECK(ended);
    CHECK(gone);
}

TEST_CASE("each client has a provider of its own") {
    server s;
    loop::options how = options_for(s);
    how.token = loop::secret();
    std::vector<int> counted;
    how.token_provider = [&,
                          times = 0](loop::token_request) mutable -> asio::awaitable<loop::secret> {
        counted.push_back(++times);
        co_return loop::secret(s.token());
    };
    for (int i = 0; i != 2; ++i)
        CHECK(call(how, report::export_report, week()));
    CHECK(counted == std::vector<int>{1, 1});
}

TEST_CASE("async_close completes although a handler threw") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    client.async_call(report::export_report, week(),
                      [](state) { throw std::runtime_error("of a handler"); });
    CHECK_THROWS_WITH(io.run(), "of a handler");
    bool closed = false;
    client.async_close([&] { closed = true; });
    CHECK(runs_out(io));
    CHECK(closed);
}

TEST_CASE("async_close completes although a handler is gone with its context") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::optional<asio::io_context> other(std::in_place);
    bool closed = false;
    client.async_call(report::export_report, week(), on(*other, ignore));
    SUBCASE("before it began") {
        CHECK(runs_out(io));
        other.reset();
        client.async_close([&] { closed = true; });
    }
    SUBCASE("while it waits for that handler") {
        client.async_close([&] { closed = true; });
        run_until_handed_over(io, client);
        other.reset();
    }
    CHECK(runs_out(io));
    CHECK(closed);
}

TEST_CASE("async_close keeps the client's context at work until handlers elsewhere have returned") {
    server s;
    asio::io_context io;
    asio::io_context other;
    loop::client client(io.get_executor(), options_for(s));
    bool returned = false;
    bool closed = false;
    client.async_call(report::export_report, week(), on(other, [&](state) { returned = true; }));
    client.async_close(on(other, [&] {
        CHECK(returned);
        closed = true;
    }));
    run_until_handed_over(io, client);
    CHECK_FALSE(io.stopped());
    CHECK_FALSE(closed);
    run_until(other, [&] { return returned; });
    CHECK(runs_out(io));
    other.run_for(patience);
    CHECK(closed);
    CHECK(other.stopped());
}

TEST_CASE("the client may be destroyed in on_progress") {
    server s;
    std::string const url = s.file_url(s.add_export({"Completed"}, std::string(1'000'000, 'x')));
    auto const directory = std::filesystem::temp_directory_path() /
                           ("intheloop-lifetimes-" + std::to_string(getpid()));
    std::filesystem::create_directory(directory);
    asio::io_context io;
    std::optional<loop::client> client(std::in_place, io.get_executor(), options_for(s));
    int progressed = 0;
    int completed = 0;
    loop::download_options how;
    how.on_progress = [&](loop::download_progress) {
        client.reset();
        ++progressed;
    };
    loop::async_download(*client, url, directory / "file", how, [&](auto r) {
        REQUIRE_FALSE(r);
        CHECK_MESSAGE(r.error().code() == errc::client_closed, r.error());
        ++completed;
    });
    CHECK(runs_out(io));
    CHECK(progressed >= 1);
    CHECK(completed == 1);
    CHECK(std::filesystem::is_empty(directory));
    std::filesystem::remove_all(directory);
    CHECK(s.wait_until_idle(patience));
}

} // TEST_SUITE("client/lifetimes/lifetimes")
