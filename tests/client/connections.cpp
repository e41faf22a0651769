// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Which connections serve more than one call, and what becomes of a call whose connection breaks.
#include <client/fixture.hpp>

#include <boost/asio/ip/tcp.hpp>

TEST_SUITE("client/connections") {

using namespace fixture;
using loop::errc;
using loop::request_progress;
using loop::testing::connection_end;

namespace {

struct setup {
    server s;
    asio::io_context io;
    loop::client client{io.get_executor(), options_for(s)};
    report::get_request which{"x"};

    auto get() { return call(client, io, report::get_report, which); }
    auto post() { return call(client, io, report::export_report, week()); }
    std::size_t idle() const { return client.statistics().connections_idle; }
};

std::string const good_answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 10\r\n\r\n{\"id\":\"x\"}";

template <class T>
void lost(loop::result<T> const& r, request_progress progress, unsigned attempts = 1) {
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connection_lost);
    CHECK(r.error().code() == loop::condition::network);
    CHECK(r.error().progress == progress);
    CHECK(r.error().attempts == attempts);
}

} // namespace

TEST_CASE("calls in turn share one connection, calls at once open as many as they need") {
    setup t;
    t.which.id = t.s.add_export();
    for (int i = 0; i != 3; ++i)
        REQUIRE(t.get());
    CHECK(t.s.connections_accepted() == 1);
    CHECK(t.idle() == 1);
    for (int i = 0; i != 3; ++i) { // no answer before the last request has come
        response_override held(404, "{}");
        held.pause_after = 0;
        t.s.respond_next(held);
    }
    int completed = 0;
    for (int i = 0; i != 3; ++i)
        t.client.async_call(report::get_report, t.which, [&](auto) { ++completed; });
    run_until(t.io, [&] { return t.s.requests().size() == 6; });
    run_until(t.io, [&] { // a request is on record a little before its answer is held
        t.s.release();
        return completed == 3;
    });
    t.io.run();
    CHECK(completed == 3);
    CHECK(t.s.connections_accepted() == 3);
    CHECK(t.idle() == 3);
}

TEST_CASE("an error of the service does not cost the connection") {
    setup t;
    for (int i = 0; i != 3; ++i)
        CHECK(t.get().error().code() == errc::not_found);
    CHECK(t.s.connections_accepted() == 1);
}

TEST_CASE("a connection that the server closes is not used again") {
    setup t;
    response_override last(200, R"({"id":"x"})");
    last.end = connection_end::close;
    t.s.respond_next(last);
    REQUIRE(t.get());
    CHECK(t.idle() == 0);
    REQUIRE(t.post());
    CHECK(t.s.connections_accepted() == 2);
}

TEST_CASE("an idle connection that ended meanwhile costs no call, and no POST twice") {
    setup t;
    for (bool post : {false, true}) {
        t.s.clear_requests();
        t.s.respond_next(response_override::bytes(good_answer));
        REQUIRE(t.get());
        CHECK(t.idle() == 1);
        REQUIRE(t.s.wait_until_idle(patience));
        if (post) {
            auto r = t.post();
            REQUIRE_MESSAGE(r, r.error());
            CHECK(r.attempts() == 1);
        } else {
            CHECK(t.get().error().code() == errc::not_found);
        }
        CHECK(t.s.requests().size() == 2);
    }
}

TEST_CASE("a connection that ends under the second request: a GET goes on, a POST does not") {
    setup t;
    t.s.respond_next(response_override(200, R"({"id":"x"})"));
    REQUIRE(t.get());
    t.s.respond_next(response_override::bytes(""));
    t.s.respond_next(response_override(200, R"({"id":"x"})"));
    auto again = t.get();
    REQUIRE_MESSAGE(again, again.error());
    CHECK(again.attempts() == 2);
    CHECK(t.s.requests().size() == 3);

    t.s.respond_next(response_override::bytes(""));
    lost(t.post(), request_progress::sent);
    CHECK(t.s.requests().size() == 4);
    CHECK(t.idle() == 0);
}

TEST_CASE("a new connection that ends without an answer is an error") {
    setup t;
    t.s.respond_next(response_override::bytes(""));
    lost(t.get(), request_progress::sent);
    t.s.respond_next(response_override::bytes("", connection_end::reset));
    lost(t.post(), request_progress::sent);
    CHECK(t.s.requests().size() == 2);
}

TEST_CASE("an answer that breaks off is an error, however it is delimited") {
    setup t;
    std::string const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    for (std::string const& half :
         {std::string("HTTP/1.1 200 O"), head, head + "Content-Length: 11\r\n\r\n{\"id\":\"x\"}",
          head + "Transfer-Encoding: chunked\r\n\r\na\r\n{\"id\":\"x\"}\r\n"}) {
        CAPTURE(half);
        for (auto end : {connection_end::close, connection_end::cut, connection_end::reset}) {
            t.s.respond_next(response_override::bytes(half, end));
            auto r = t.post();
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == errc::connection_lost);
            CHECK(r.error().attempts == 1);
            CHECK(t.idle() == 0);
        }
    }
}

TEST_CASE("an answer that the end of the stream delimits needs its close_notify") {
    setup t;
    std::string const answer =
        "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{\"id\":\"x\"}";
    t.s.respond_next(response_override::bytes(answer, connection_end::close));
    auto whole = t.get();
    REQUIRE_MESSAGE(whole, whole.error());
    CHECK(t.idle() == 0);
    t.s.respond_next(response_override::bytes(answer, connection_end::cut));
    lost(t.get(), request_progress::response_begun);
}

TEST_CASE("bytes after the answer cost the connection, not the call") {
    setup t;
    t.s.respond_next(response_override::bytes(good_answer + "HTTP/1.1 200 OK\r\n"));
    REQUIRE(t.get());
    CHECK(t.idle() == 0);
}

TEST_CASE("an answer that nobody asked for is never taken for that of the next call") {
    // Behind the answer, in a TLS record of its own: read from the socket, not yet decrypted. Where
    // the head ends is not known here, so the records' boundary is tried at each place.
    setup t;
    std::string const smuggled = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 "Content-Length: 17\r\n\r\n{\"id\":\"smuggled\"}";
    std::size_t answers = 0;
    for (std::size_t size = 16384 - 300; size != 16384 - 100; ++size) {
        std::string body = R"({"id":"real"})";
        body.resize(size, ' ');
        response_override two(200, body + smuggled);
        two.header("Content-Length", std::to_string(size));
        t.s.respond_next(two);
        auto first = t.get();
        REQUIRE_MESSAGE(first, first.error());
        CHECK(first->id == "real");
        // One that comes after the next request was sent can't be told from its answer.
        REQUIRE(t.s.wait_for_answers(++answers, patience));
        t.s.respond_next(response_override(200, R"({"id":"next"})"));
        auto second = t.get();
        REQUIRE_MESSAGE(second, second.error());
        REQUIRE(second->id == "next");
        ++answers;
    }
}

TEST_CASE("chunk extensions, trailers and statuses have their limits") {
    setup t;
    std::string const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Transfer-Encoding: chunked\r\n\r\n";
    t.s.respond_next(response_override::bytes(head + "1;" + std::string(1'000'000, 'x')));
    auto extension = t.get();
    REQUIRE_FALSE(extension);
    CHECK(extension.error().code() == errc::invalid_http);
    t.s.respond_next(response_override::bytes(
        head + "a\r\n{\"id\":\"x\"}\r\n0\r\nX-Long: " + std::string(1'000'000, 'x')));
    auto trailer = t.get();
    REQUIRE_FALSE(trailer);
    CHECK(trailer.error().code() == errc::invalid_http);
    t.s.respond_next(response_override::bytes(
        head + "a\r\n{\"id\":\"x\"}\r\n0\r\nX-Request-Id: of the trailer\r\n\r\n"));
    auto short_trailer = t.get();
    REQUIRE_MESSAGE(short_trailer, short_trailer.error());
    CHECK(short_trailer.request_id().empty());
    t.s.respond_next(response_override::bytes("HTTP/1.1 042 Odd\r\nContent-Length: 0\r\n\r\n"));
    auto odd = t.get();
    REQUIRE_FALSE(odd);
    CHECK(odd.error().code() == errc::invalid_http);
}

TEST_CASE("what is not HTTP is an error") {
    setup t;
    for (std::string const& raw :
         {std::string("SSH-2.0-OpenSSH_9.2\r\n"), std::string("HTTP/1.1 20x OK\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
          std::string("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx"),
          std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")}) {
        CAPTURE(raw);
        t.s.respond_next(response_override::bytes(raw));
        auto r = t.post();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::invalid_http);
        CHECK(r.error().code() == loop::condition::protocol);
        CHECK(t.idle() == 0);
    }
}

TEST_CASE("an answer in pieces is put together") {
    setup t;
    for (std::size_t size : {1u, 16u, 17u, 60u, 110u, 120u}) {
        response_override paused(200, R"({"id":"x"})");
        paused.pause_after = size;
        t.s.respond_next(paused);
        int completed = 0;
        t.client.async_call(report::get_report, t.which, [&](auto r) {
            REQUIRE_MESSAGE(r, r.error());
            ++completed;
        });
        run_until(t.io, [&] { return t.s.wait_until_held(0ms); });
        while (t.io.run_one_for(5ms) != 0) {
        }
        CHECK(completed == 0);
        t.s.release();
        t.io.restart();
        t.io.run();
        CHECK(completed == 1);
    }
}

TEST_CASE("nobody listens, or no such host") {
    asio::io_context io;
    asio::ip::tcp::acceptor silent(io, asio::ip::tcp::v4());
    silent.bind({asio::ip::address_v4::loopback(), 0}); // it is ours, and takes nobody
    unsigned short const port = silent.local_endpoint().port();
    auto r = call(options_for_port(port), report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connect_failed);
    CHECK(r.error().code() == loop::condition::network);
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(contains(r.error().detail, "127.0.0.1:" + std::to_string(port)));

    loop::options nowhere = options_for_port(1);
    nowhere.base_url = "https://no-such-host.invalid";
    auto unresolved = call(nowhere, report::export_report, week());
    REQUIRE_FALSE(unresolved);
    CHECK(unresolved.error().code() == errc::resolve_failed);
    CHECK(contains(unresolved.error().detail, "no-such-host.invalid"));
}

} // TEST_SUITE("client/connections")
