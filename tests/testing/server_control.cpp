// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include "server_fixture.hpp"

#include <intheloop/api/report.hpp>

#include <support/wait_until.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string>
#include <vector>

TEST_SUITE("testing/server_control") {

using namespace tests;

TEST_CASE("overrides answer in their order, then the server does again") {
    server loop;
    loop.respond_next(response_override(201));
    loop.respond_next(response_override(429, R"({"message":"slow down"})")
                          .header("Retry-After", "7")
                          .header("X-Request-Id", "mine"));
    loop.respond_next(response_override(502, "<html>", "text/html"));
    response_override own_reason(299, "x", "");
    own_reason.reason = "Made Up";
    loop.respond_next(own_reason);
    loop.respond_next(response_override(404, "gone"), origin::files);

    auto const api = connect(loop);
    auto const created = api->ask("GET", "/any");
    CHECK(created.result_int() == 201);
    CHECK(created["Content-Length"] == "0");
    CHECK(created.count("Content-Type") == 0);
    auto const limited = api->ask("GET", "/any");
    CHECK(limited.result_int() == 429);
    CHECK(limited["Retry-After"] == "7");
    CHECK(limited["X-Request-Id"] == "mine");
    CHECK(limited.count("X-Request-Id") == 1);
    CHECK(limited["Content-Type"] == "application/json");
    auto const html = api->ask("GET", "/any");
    CHECK(html.result_int() == 502);
    CHECK(html["Content-Type"] == "text/html");
    CHECK(html.body() == "<html>");
    auto const odd = api->ask("GET", "/any");
    CHECK(odd.result_int() == 299);
    CHECK(odd.reason() == "Made Up");
    CHECK(odd.count("Content-Type") == 0);
    CHECK(api->ask("GET", "/any").result_int() == 401);

    CHECK(connect(loop, origin::files)->ask("GET", "/").result_int() == 404);
    CHECK(loop.requests().size() == 6);
}

TEST_CASE("a status without a body is sent without one, so that the next answer is whole") {
    server loop;
    auto const api = connect(loop);
    auto const check = [&](unsigned status) {
        CAPTURE(status);
        auto const answer = api->ask("GET", "/api/v1/report/exports/x", authorized(loop));
        CHECK(answer.result_int() == status);
        CHECK(answer.body().empty());
        CHECK(answer.count("Content-Type") == 0);
        CHECK(answer.count("Content-Length") == (status == 205 ? 1 : 0));
        CHECK(api->ask("GET", "/any").result_int() == 401);
    };
    for (unsigned const status : {103U, 204U, 205U, 304U}) {
        loop.respond_next(response_override(status, R"({"message":"none"})"));
        check(status);
        loop.script(intheloop::report::get_report, {fault::status(status)});
        check(status);
    }
}

TEST_CASE("a header field may come several times") {
    server loop;
    loop.respond_next(response_override(200).header("Link", "<a>").header("link", "<b>"));
    loop.respond_next(response_override(200, "x").header("content-type", "text/plain"));
    auto const api = connect(loop);
    CHECK(api->ask("GET", "/any").count("Link") == 2);
    auto const typed = api->ask("GET", "/any");
    CHECK(typed.count("Content-Type") == 1);
    CHECK(typed["Content-Type"] == "text/plain");
}

TEST_CASE("the ways in which an answer may end its connection") {
    server loop;
    std::string const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    auto const end_after = [&](connection_end end) {
        response_override answer(200, "{}");
        answer.end = end;
        loop.respond_next(answer);
        auto const api = connect(loop);
        api->send(request);
        return api->read_to_end();
    };
    auto const closed = end_after(connection_end::close);
    CHECK(closed.first.find("\r\nConnection: close\r\n") != std::string::npos);
    CHECK(closed.first.ends_with("\r\n\r\n{}"));
    CHECK(closed.second == boost::asio::error::eof);
    auto const cut = end_after(connection_end::cut);
    CHECK(cut.first.ends_with("\r\n\r\n{}"));
    CHECK(cut.second == boost::asio::ssl::error::stream_truncated);
    auto const reset = end_after(connection_end::reset);
    CHECK(reset.second == boost::asio::error::connection_reset);
    CHECK(loop.wait_until_idle(patience));
}

TEST_CASE("raw bytes go out as they are") {
    server loop;
    std::string const request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (std::string const raw : {"", "HTTP/1.1 200 OK\r\nContent-Le", "\x01\x02 no HTTP"}) {
        loop.respond_next(response_override::bytes(raw));
        auto const api = connect(loop);
        api->send(request);
        auto const got = api->read_to_end();
        CHECK(got.first == raw);
        CHECK(got.second == boost::asio::error::eof);
    }
}

TEST_CASE("a client may ask for the end of the connection") {
    server loop;
    auto const api = connect(loop);
    api->send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    auto const got = api->read_to_end();
    CHECK(got.first.starts_with("HTTP/1.1 401 "));
    CHECK(got.second == boost::asio::error::eof);
    CHECK(loop.wait_until_idle(patience)); // though this client still has its end open
}

TEST_CASE("a held request is answered when it is released, and not before") {
    server loop;
    loop.hold_next();
    auto const held = connect(loop);
    held->send("GET /held HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(loop.wait_until_held(patience));
    CHECK(loop.requests().back().target == "/held");

    // Others are served meanwhile.
    CHECK(connect(loop)->ask("GET", "/").result_int() == 401);
    loop.release();
    CHECK(held->receive().result_int() == 401);

    // A hold that nobody met is forgotten, and a later one is not touched by an earlier
    // release.
    loop.hold_next();
    loop.release();
    CHECK(held->ask("GET", "/").result_int() == 401);
    loop.release();
    loop.hold_next();
    held->send("GET /again HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(loop.wait_until_held(patience));
    loop.release();
    CHECK(held->receive().result_int() == 401);
    CHECK_FALSE(loop.wait_until_held(0ms));
}

TEST_CASE("a hold and an override meet the same request") {
    server loop;
    loop.hold_next(origin::files);
    loop.respond_next(response_override(200, "[]"), origin::files);
    auto const files = connect(loop, origin::files);
    files->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(loop.wait_until_held(patience));
    loop.release();
    CHECK(files->receive().body() == "[]");
}

TEST_CASE("an answer may pause after any byte") {
    server loop;
    for (std::size_t const at : {0U, 1U, 20U, 100000U}) {
        CAPTURE(at);
        response_override answer(200, "[1,2,3]");
        answer.pause_after = at;
        loop.respond_next(answer);
        auto const api = connect(loop);
        api->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        REQUIRE(loop.wait_until_held(patience));
        if (at == 20) {
            std::string first(20, '\0');
            boost::asio::read(api->stream(), boost::asio::buffer(first));
            CHECK(first.starts_with("HTTP/1.1 200 OK\r\n"));
            loop.release();
            continue;
        }
        loop.release();
        CHECK(api->receive().body() == "[1,2,3]");
    }
}

TEST_CASE("an answer in drops may pause after any byte, and no byte comes twice") {
    for (std::size_t const at : {0U, 10U, 50U, 100000U}) {
        CAPTURE(at);
        server loop;
        loop.on(intheloop::report::get_report, [at](auto const&) {
            response_override paused(200, R"({"id":"x"})");
            paused.pause_after = at;
            return paused;
        });
        loop.script(intheloop::report::get_report, {fault::drip(20, 0ms)});
        auto const api = connect(loop);
        api->send(
            "GET /api/v1/report/exports/x HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
            loop.token() + "\r\n\r\n");
        REQUIRE(loop.wait_until_held(patience));
        loop.release();
        CHECK(api->receive().body() == R"({"id":"x"})");
        CHECK(api->ask("GET", "/any").result_int() == 401); // nothing is left of the other answer
    }
}

TEST_CASE("a release counts from the first byte of a paused answer") {
    server loop;
    std::string const body(16'000'000, 'x'); // more than the sockets hold, so that writing waits
    response_override answer(200, body);
    answer.pause_after = body.size();
    loop.respond_next(answer);
    auto const api = connect(loop);
    api->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::string first(9, '\0');
    boost::asio::read(api->stream(), boost::asio::buffer(first));
    REQUIRE(first == "HTTP/1.1 ");
    CHECK_FALSE(loop.wait_until_held(0ms));
    loop.release();
    std::string rest(body.size(), '\0');
    boost::asio::read(api->stream(), boost::asio::buffer(rest));
    std::string end = "\r\n\r\n";
    CHECK(rest.find(end) != rest.npos);
    std::size_t const left = rest.find(end) + end.size();
    end.assign(left, '\0');
    boost::asio::read(api->stream(),
                      boost::asio::buffer(end)); // waits for ever if the release was lost
    CHECK(end == std::string(left, 'x'));
}

TEST_CASE("a client that hangs up while it is held leaves nothing behind") {
    server loop;
    for (bool const in_answer : {false, true}) {
        CAPTURE(in_answer);
        auto client = connect(loop);
        if (in_answer) {
            response_override answer(200, "[]");
            answer.pause_after = 3;
            loop.respond_next(answer);
        } else {
            loop.hold_next();
        }
        client->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        REQUIRE(loop.wait_until_held(patience));
        CHECK(loop.open_connections() == 1);
        client->hang_up();
        CHECK(loop.wait_until_idle(patience));
        CHECK_FALSE(loop.wait_until_held(0ms));
    }
}

TEST_CASE("clients that vanish in any phase do no harm") {
    server_options options;
    options.content = std::string(2'000'000, 'x');
    server loop(options);
    std::string const file = target_of(loop.file_url(loop.add_export()), loop.files_url());
    for (bool const reset : {false, true}) {
        auto const vanish = [&](blocking_client& client) {
            if (reset)
                client.hang_up_with_reset();
            else
                client.hang_up();
        };
        blocking_client before_handshake(loop.api_port());
        vanish(before_handshake);
        blocking_client in_handshake(loop.api_port());
        in_handshake.send(std::string("\x16\x03\x01\x02\x00\x01\x00", 7));
        vanish(in_handshake);
        blocking_client no_tls(loop.api_port());
        no_tls.send("GET / HTTP/1.1\r\n\r\n");
        vanish(no_tls);
        vanish(*connect(loop));
        for (std::string const part :
             {"G", "GET / HTTP/1.1\r\nHost: loc", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n",
              "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n1234",
              "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
            auto const client = connect(loop);
            client->send(part);
            vanish(*client);
        }
        auto const download = connect(loop, origin::files);
        download->send("GET " + file + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        char byte = 0;
        boost::asio::read(download->stream(), boost::asio::buffer(&byte, 1));
        vanish(*download);
    }
    CHECK(loop.wait_for_connections(20, patience));
    CHECK(loop.wait_until_idle(patience));
    CHECK(connect(loop)->ask("GET", "/").result_int() == 401);
}

TEST_CASE("a client is asked for its body only if it can understand that") {
    server loop;
    auto const ask = [&](std::string const& version, std::string const& fields) {
        auto const api = connect(loop);
        api->send("POST /any HTTP/" + version + "\r\nHost: localhost\r\n" + fields +
                  "Content-Length: 2\r\n\r\n");
        api->send("{}");
        return api->receive().result_int();
    };
    CHECK(ask("1.1", "Expect: 100-continue\r\n") == 100);
    CHECK(ask("1.1", "Expect: 200-ok, 100-Continue\r\n") == 100);
    CHECK(ask("1.1", "Expect: 200-ok\r\nExpect: 100-continue\r\n") == 100);
    CHECK(ask("1.1", "Expect: 200-ok\r\n") == 401);
    CHECK(ask("1.0", "Expect: 100-continue\r\n") == 401);
}

TEST_CASE("a body in chunks may come in any pieces") {
    server loop;
    std::string const head =
        "POST /any HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n";
    auto const check = [&](std::vector<std::string> const& pieces, bool asks) {
        std::string const first = pieces[0], second = pieces[1];
        CAPTURE(first);
        CAPTURE(second);
        CAPTURE(asks);
        auto const api = connect(loop);
        std::uint64_t sent = loop.application_bytes_received();
        auto const send = [&](std::string const& bytes) {
            api->send(bytes);
            sent += bytes.size();
            REQUIRE(
                wait_until([&] { return loop.application_bytes_received() == sent; }, patience));
        };
        if (asks) {
            send(head + "Expect: 100-continue\r\n\r\n" + first);
            CHECK(api->receive().result_int() == 100);
        } else {
            send(head + "\r\n");
            send(first);
        }
        for (std::size_t i = 1; i != pieces.size(); ++i)
            send(pieces[i]);
        CHECK(api->receive().result_int() == 401);
        CHECK(api->ask("GET", "/").result_int() == 401); // where the body ended
        CHECK(loop.requests().back().method == "GET");
    };
    for (bool const asks : {false, true}) {
        check({"0\r\n", "\r", "\n"}, asks);
        check({"0", "\r", "\n", "\r", "\n"}, asks);
        check({"00\r\n", "\r", "\n"}, asks);
        check({"0\r\n", "X: y\r\n\r", "\n"}, asks);
        check({"1\r\n", "0", "\r\n0\r\n", "\r", "\n"}, asks);
    }
}

TEST_CASE("what is no HTTP is told so and hung up on") {
    server loop;
    auto const api = connect(loop);
    api->send("this is no HTTP\r\n\r\n");
    auto const got = api->read_to_end();
    CHECK(got.first.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    auto const to_head = connect(loop);
    to_head->send("HEAD / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
    std::string const head = to_head->read_to_end().first;
    CHECK(head.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(head.find("\r\n\r\n") == head.size() - 4);
    CHECK(loop.requests().empty());
}

TEST_CASE("the destructor ends whatever is under way") {
    auto loop = std::make_unique<server>();
    std::vector<std::unique_ptr<blocking_client>> clients;
    clients.push_back(std::make_unique<blocking_client>(loop->api_port())); // no handshake
    clients.push_back(connect(*loop));                                      // idle
    clients.push_back(connect(*loop));                                      // in a request
    clients.back()->send("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n12");
    loop->hold_next();
    clients.push_back(connect(*loop)); // held
    clients.back()->send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(loop->wait_until_held(patience));
    loop->add_export();
    std::string const huge = loop->add_export(
        {}, export_content::generated(1ULL << 40U, [](std::uint64_t, std::span<char> out) {
            std::fill(out.begin(), out.end(), ' ');
        }));
    clients.push_back(connect(*loop, origin::files)); // in an answer that nobody reads
    clients.back()->send("GET " + target_of(loop->file_url(huge), loop->files_url()) +
                         " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    REQUIRE(loop->wait_for_requests(2, patience));
    loop.reset();
    for (auto const& client : clients)
        CHECK(client->read_to_end().second);
}

TEST_CASE("servers side by side, used by several threads") {
    std::vector<std::unique_ptr<server>> servers;
    for (int i = 0; i < 3; ++i)
        servers.push_back(std::make_unique<server>());
    CHECK(servers[0]->token() != servers[1]->token());
    CHECK(servers[0]->ca_certificate() != servers[1]->ca_certificate());

    std::vector<std::future<unsigned>> threads;
    for (auto const& each : servers)
        for (int i = 0; i < 3; ++i)
            threads.push_back(std::async(std::launch::async, [&loop = *each] {
                blocking_client client(loop.api_port());
                unsigned created = 0;
                if (client.handshake(loop.ca_certificate(), "localhost"))
                    return created;
                for (int request = 0; request < 20; ++request) {
                    auto const answer =
                        client.ask("POST", "/v1/drafts", authorized_json(loop), "{}");
                    created += answer.result_int() == 201 ? 1U : 0U;
                    static_cast<void>(loop.requests());
                    static_cast<void>(loop.add_export());
                }
                return created;
            }));
    for (auto& each : threads)
        CHECK(each.get() == 20);
    for (auto const& each : servers) {
        CHECK(each->requests().size() == 60);
        CHECK(each->wait_until_idle(patience));
    }
}

} // TEST_SUITE("testing/server_control")
