// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An answer must not reach the next call: bytes that nobody asked for are never taken for its
// answer, and nobody is sent elsewhere.
#include <net/faults/matrix.hpp>

#include <string>
#include <vector>

TEST_SUITE("net/faults/reuse") {

using namespace fixture;

namespace {

std::string answer_with(std::string const& id) {
    std::string const body = R"({"id":")" + id + R"("})";
    return json_head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct next_call {
    char const* name;
    std::string answer; // to the first call
    std::optional<errc> code;
    bool same_connection; // for the second call
};

void check_next_call(next_call const& expected) {
    CAPTURE(std::string(expected.name));
    no_descriptor_leaks const none;
    bad_peer peer({script{handshake, read_request, respond(expected.answer), read_request,
                          respond(answer_with("the same"))},
                   script{handshake, read_request, respond(answer_with("another"))}});
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(peer));
        auto const first = call(client, io, report::export_report, week());
        CHECK(first.has_value() == !expected.code);
        if (!first)
            CHECK(first.error().code() == expected.code.value_or(errc()));
        auto const second = call(client, io, report::get_report, report::get_request("x"));
        REQUIRE_MESSAGE(second, second.error());
        CHECK(second->id == (expected.same_connection ? "the same" : "another"));
        CHECK(second.attempts() == 1);
    }
    CHECK(peer.wait_for_end(patience));
    CHECK(peer.connections() == (expected.same_connection ? 1 : 2));
    CHECK(peer.requests() == 2);
}

} // namespace

TEST_CASE("a connection serves the next call only if the answer was all that came") {
    std::string const smuggled = answer_with("smuggled");
    std::string const length = "Content-Length: 10\r\n";
    std::string const chunks = chunked_head + "a\r\n" + good_body + "\r\n0\r\n\r\n";
    std::string const no_content = "HTTP/1.1 204 No Content\r\n\r\n";
    std::string const not_modified = "HTTP/1.1 304 Not Modified\r\n\r\n";
    auto const odd = errc::unexpected_status;
    auto const with = [&](std::string const& version, std::string const& fields) {
        return version + " 200 OK\r\n" + fields + "Content-Type: application/json\r\n" + length +
               "\r\n" + good_body;
    };
    std::vector<next_call> const rows{
        {"a length", good_answer, {}, true},
        {"chunks", chunks, {}, true},
        {"an error", "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", errc::server_error, true},
        {"no body", no_content, odd, true},
        {"no body, and its length", "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n", odd, true},
        {"no body, and the length of one", "HTTP/1.1 204 No\r\nContent-Length: 2\r\n\r\n", odd,
         false},
        {"no body, and chunks", "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n", odd,
         false},
        {"no news", not_modified, odd, true},
        {"no news, and the length of what is known",
         "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n", odd, true},
        {"HTTP/1.0 that goes on",
         "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length + "\r\n" + good_body,
         {},
         true},
        {"HTTP/1.0 that goes on, among other options",
         with("HTTP/1.0", "connection: x, Keep-Alive\r\n"),
         {},
         true},
        {"HTTP/1.0 that goes on, and ends",
         with("HTTP/1.0", "Connection: keep-alive, close\r\n"),
         {},
         false},
        {"HTTP/1.0 that ends, and goes on",
         with("HTTP/1.0", "Connection: Close,keep-alive\r\n"),
         {},
         false},
        {"HTTP/1.0 that goes on, and ends by another field",
         with("HTTP/1.0", "Connection: keep-alive\r\nconnection: close\r\n"),
         {},
         false},
        {"HTTP/1.0 that goes on for a proxy",
         with("HTTP/1.0", "Proxy-Connection: keep-alive\r\n"),
         {},
         false},
        {"HTTP/1.0", "HTTP/1.0 200 OK\r\n" + length + "\r\n" + good_body, {}, false},
        {"HTTP/1.0 with chunks",
         "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Type: application/json\r\n"
         "Transfer-Encoding: chunked\r\n\r\na\r\n" +
             good_body + "\r\n0\r\n\r\n",
         {},
         false},
        {"HTTP/1.0 with chunks, and the fields in another order",
         "HTTP/1.0 200\r\ntransfer-encoding: chunked\r\nContent-Type: application/json\r\n"
         "Keep-Alive: timeout=5\r\nconnection: Keep-Alive\r\n\r\na\r\n" +
             good_body + "\r\n0\r\n\r\n",
         {},
         false},
        {"no reason",
         "HTTP/1.1 200\r\nContent-Type: application/json\r\n" + length + "\r\n" + good_body,
         {},
         true},
        {"the last", json_head + length + "Connection: close\r\n\r\n" + good_body, {}, false},
        {"the last, among other options",
         with("HTTP/1.1", "Connection: keep-alive, x ,CLOSE\r\n"),
         {},
         false},
        {"the last, by another field",
         with("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n"),
         {},
         false},
        {"no option of that name", with("HTTP/1.1", "Connection: closed\r\n"), {}, true},
        {"the last, for a proxy", with("HTTP/1.1", "Proxy-Connection: close\r\n"), {}, false},
        {"more than the length", good_answer + "more", {}, false},
        {"a CRLF more", good_answer + "\r\n", {}, false},
        {"two answers", good_answer + smuggled, {}, false},
        {"an answer without a reason behind the length",
         good_answer + "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
         {},
         false},
        {"an answer behind the chunks", chunks + smuggled, {}, false},
        {"an answer behind no body", no_content + smuggled, odd, false},
        {"an answer behind no news", not_modified + smuggled, odd, false},
        {"100 behind the answer", good_answer + "HTTP/1.1 100 Continue\r\n\r\n", {}, false},
        {"two ways to delimit it",
         json_head + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
         errc::invalid_http, false},
        {"no JSON", json_head + "Content-Length: 1\r\n\r\n{", errc::invalid_json, true},
    };
    for (next_call const& each : rows)
        check_next_call(each);
}

TEST_CASE("nobody is sent elsewhere") {
    for (char const* status : {"300 Choices", "301 Moved", "302 Found", "303 See Other",
                               "305 Use Proxy", "307 Temporary", "308 Permanent"}) {
        CAPTURE(std::string(status));
        no_descriptor_leaks const none;
        bad_peer elsewhere(answered(good_answer));
        std::string const there =
            "https://127.0.0.1:" + std::to_string(elsewhere.port()) + "/api/v1/report/export";
        row const expected("a redirect",
                           answered(std::string("HTTP/1.1 ") + status + "\r\nLocation: " + there +
                                    "\r\nRefresh: 0;url=" + there +
                                    "\r\nContent-Length: 0\r\n\r\n"),
                           errc::unexpected_status);
        bad_peer peer(expected.steps);
        check_outcome(expected, peer, call(options_for(peer), report::export_report, week()));
        CHECK(elsewhere.wait_for_end(patience));
        CHECK(elsewhere.connections() == 0);
    }
}

TEST_CASE("another service that is offered is not taken") {
    no_descriptor_leaks const none;
    bad_peer elsewhere(answered(good_answer));
    std::string const port = std::to_string(elsewhere.port());
    std::string const offer = json_head + "Alt-Svc: http/1.1=\"127.0.0.1:" + port +
                              "\"; ma=3600\r\nContent-Length: 10\r\n\r\n" + good_body;
    bad_peer peer({handshake, read_request, respond(offer), read_request, respond(offer)});
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(peer));
        CHECK(call(client, io, report::export_report, week()));
        CHECK(call(client, io, report::export_report, week()));
    }
    CHECK(peer.wait_for_end(patience));
    CHECK(peer.requests() == 2);
    CHECK(elsewhere.wait_for_end(patience));
    CHECK(elsewhere.connections() == 0);
}

} // TEST_SUITE("net/faults/reuse")
