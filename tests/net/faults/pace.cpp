// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Answers that come slowly, or not at all: slow is no fault, late is.
#include <net/faults/matrix.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("net/faults/pace") {

using namespace fixture;

namespace {

std::string const chunked_answer = chunked_head + "4\r\n{\"id\r\n6\r\n\":\"x\"}\r\n0\r\n\r\n";

void soon(loop::options& how) {
    how.deadline = 500ms;
}

} // namespace

TEST_CASE("an answer may come one byte at a time") {
    check_rows({
        {"with a length", {handshake, read_request, drip(good_answer, 1ms)}, success},
        {"in chunks", {handshake, read_request, drip(chunked_answer, 1ms)}, success},
        {"after others",
         {handshake, read_request, drip("HTTP/1.1 100 Continue\r\n\r\n" + good_answer, 1ms)},
         success},
        {"without a reason",
         {handshake, read_request,
          drip("HTTP/1.1 100\r\n\r\nHTTP/1.1 200" + good_answer.substr(good_answer.find("\r\n")),
               1ms)},
         success},
        {"until the stream ends",
         {handshake, read_request, drip(json_head + "\r\n" + good_body, 1ms), close_notify,
          hang_up},
         success},
    });
}

TEST_CASE("an answer that stalls ends with the deadline") {
    auto const late = errc::deadline_exceeded;
    check_rows(
        {
            {"before any byte", {handshake, read_request, stall}, late, request_progress::sent},
            {"in the status line", answered("HTTP/1.1 2"), late},
            {"after the head", answered(good_head), late},
            {"in the body", answered(good_head + "{\"id\""), late},
            {"in a chunk", answered(chunked_head + "a\r\n{"), late},
            {"before the last chunk", answered(chunked_head + "a\r\n" + good_body + "\r\n"), late},
        },
        soon);
}

TEST_CASE("an answer that drips without end ends with the deadline") {
    auto const late = errc::deadline_exceeded;
    std::string const blanks(100'000, ' ');
    check_rows(
        {
            {"in the head",
             {handshake, read_request, respond(json_head), drip("X: " + blanks, 5ms)},
             late},
            {"in the body",
             {handshake, read_request, respond(json_head + "Content-Length: 100000\r\n\r\n"),
              drip(blanks, 5ms)},
             late},
        },
        soon);
}

TEST_CASE("a peer that keeps the answer coming does not outlast the deadline either") {
    // As fast as it can, within all limits on size.
    script const rushing{handshake, read_request, respond(json_head + "\r\n"),
                         flood(std::string(1000, ' '))};
    check_row({"a flood", rushing, errc::deadline_exceeded}, [](loop::options& how) {
        how.deadline = 500ms;
        how.max_response_size = std::size_t(1) << 40;
    });
}

TEST_CASE("a peer that goes away ends the call, whatever it was doing") {
    for (script const& steps :
         {script{stall}, script{handshake, stall}, script{handshake, read_request, stall},
          script{handshake, read_request, respond(good_head), drip(good_body, 1h)}}) {
        no_descriptor_leaks const none;
        std::optional<bad_peer> peer(std::in_place, steps);
        loop::options how = options_for(*peer);
        how.retry.max_attempts = 1;
        asio::io_context io;
        loop::client client(io.get_executor(), how);
        std::optional<loop::result<report::export_result>> outcome;
        client.async_call(report::export_report, week(),
                          [&](auto r) { outcome.emplace(std::move(r)); });
        while (peer->connections() == 0)
            io.run_one_for(1ms);
        peer.reset();
        io.run();
        REQUIRE(outcome);
        REQUIRE_FALSE(*outcome);
        CHECK(outcome->error().code() == errc::connection_lost);
    }
}

} // TEST_SUITE("net/faults/pace")
