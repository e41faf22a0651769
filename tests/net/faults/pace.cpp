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

// Lets the deadline pass when the peer has taken these steps, and does nothing more.
void late(row expected) {
    checkpoint const reached = new_checkpoint();
    expected.steps.push_back(reach(reached));
    expected.steps.push_back(stall);
    check_late(expected, reached, report::export_report, week());
}

// Lets the deadline pass when the peer has taken these steps, and in the middle of what it goes on
// with.
void late_while(row expected, step const& it_goes_on) {
    checkpoint const reached = new_checkpoint();
    expected.steps.push_back(reach(reached));
    expected.steps.push_back(it_goes_on);
    check_late(expected, reached, report::export_report, week(), traffic::goes_on);
}

} // namespace

TEST_CASE("an answer may come one byte at a time") {
    check_rows({
        {"with a length", {handshake, read_request, drip(good_answer, 1ms)}, success},
        {"in chunks", {handshake, read_request, drip(chunked_answer, 1ms)}, success},
        {"in no chunk",
         {handshake, read_request, drip(chunked_head + "0\r\n\r\n", 1ms)},
         errc::missing_body},
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

TEST_CASE("a part of a record is no silence") {
    no_descriptor_leaks const none;
    checkpoint const in_the_head = new_checkpoint(), may_go_on = new_checkpoint(),
                     in_the_middle = new_checkpoint(), may_end = new_checkpoint();
    bad_peer peer({handshake, read_request, begin_record(good_answer, 2), reach(in_the_head),
                   wait_for(may_go_on), go_on(20), reach(in_the_middle), wait_for(may_end),
                   go_on()});
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    std::optional<loop::result<report::export_result>> outcome;
    {
        loop::options how = options_for(peer);
        how.time = clock;
        how.stall_timeout = 3s;
        asio::io_context io;
        loop::client client(io.get_executor(), how);
        client.async_call(report::export_report, week(),
                          [&](auto r) { outcome.emplace(std::move(r)); });
        for (auto const& [reached, next] :
             {std::pair(in_the_head, may_go_on), std::pair(in_the_middle, may_end)}) {
            run_until(io, [&] { return reached->load(); });
            run_more(io, traffic::unknown);
            clock->advance(2s);
            run_more(io, traffic::unknown);
            CHECK_FALSE(outcome);
            *next = true;
        }
        io.run_for(patience);
        REQUIRE(io.stopped());
    }
    REQUIRE(outcome);
    CHECK_MESSAGE(*outcome, outcome->error());
    CHECK(peer.wait_for_end(patience));
}

TEST_CASE("an answer that stalls ends with the deadline") {
    late({"before any byte",
          {handshake, read_request},
          errc::deadline_exceeded,
          request_progress::sent});
    for (auto const& [name, begun] :
         {std::pair("in the status line", std::string("HTTP/1.1 2")),
          std::pair("after the head", good_head), std::pair("in the body", good_head + "{\"id\""),
          std::pair("in a chunk", chunked_head + "a\r\n{"),
          std::pair("before the last chunk", chunked_head + "a\r\n" + good_body + "\r\n")})
        late({name, answered(begun), errc::deadline_exceeded});
}

TEST_CASE("an answer that drips without end ends with the deadline") {
    std::string const begun(20, ' '), blanks(100'000, ' ');
    late_while({"in the head",
                {handshake, read_request, respond(json_head), drip("X: " + begun, 1ms)},
                errc::deadline_exceeded},
               drip(blanks, 5ms));
    late_while({"in the body",
                {handshake, read_request, respond(json_head + "Content-Length: 200000\r\n\r\n"),
                 drip(begun, 1ms)},
                errc::deadline_exceeded},
               drip(blanks, 5ms));
}

TEST_CASE("a peer that keeps the answer coming does not outlast the deadline either") {
    // As fast as it can, within all limits on size. The first part is more than the system keeps
    // for a client that does not read.
    late_while({"a flood",
                {handshake, read_request, respond(json_head + "\r\n"),
                 respond(std::string(4'000'000, ' '))},
                errc::deadline_exceeded},
               flood(std::string(1000, ' ')));
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
