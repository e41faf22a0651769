// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Faults before and while a request is sent: what can't have been acted on is tried again, and
// nothing else.
#include <client/black_hole.hpp>
#include <net/faults/matrix.hpp>
#include <support/loopback_port.hpp>

#include <string>
#include <vector>

TEST_SUITE("net/faults/connecting") {

using namespace fixture;
using loop::retry_verdict;

namespace {

// The record and message that a TLS 1.2 or 1.3 server begins with, and the beginning of the rest.
std::string const half_server_hello("\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03 and so on", 21);

// A whole record of a hello that would have 16 MiB, and one of empty messages, which count for
// nothing.
std::string const endless_hello =
    std::string("\x16\x03\x03\x40\x00\x02\xff\xff\xff", 9) + std::string(16380, '\0');
std::string const hello_requests =
    std::string("\x16\x03\x03\x40\x00", 5) + std::string(16384, '\0');

// A body that the buffers of both ends can't hold.
drafts::create_request large_draft() {
    drafts::create_request draft;
    draft.content["text"] = std::string(12'000'000, 'x');
    return draft;
}

// As check_row(), with a request that takes its time.
void check_large(row const& expected) {
    CAPTURE(expected.name);
    no_descriptor_leaks const none;
    bad_peer peer(expected.steps);
    check_outcome(expected, peer, call(options_for(peer), drafts::create_draft, large_draft()));
}

} // namespace

TEST_CASE("nobody listens") {
    loopback_port const nobody;
    no_descriptor_leaks const none;
    loop::options how = options_for_port(nobody.number());
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    auto const r = call(how, report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::connect_failed);
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(r.error().verdict == retry_verdict::attempts_used_up);
    CHECK(r.attempts() == 3);
}

TEST_CASE("nobody answers") {
    no_descriptor_leaks const none;
    black_hole const hole;
    loop::options how = options_for_port(hole.port());
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    SUBCASE("until connecting takes too long") {
        how.connect_timeout = 60ms;
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connect_timed_out);
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK(r.attempts() == 3);
    }
    SUBCASE("until the call takes too long") {
        how.deadline = 60ms;
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::deadline_exceeded);
        CHECK(r.error().progress == request_progress::not_sent);
        CHECK(r.attempts() == 1);
    }
}

TEST_CASE("a connection that is reset at once is a network error, and nothing was sent") {
    // Connecting has failed or the connection was lost: that depends on who was faster.
    no_descriptor_leaks const none;
    bad_peer peer(script{reset});
    auto const r = call(options_for(peer), report::export_report, week());
    CHECK(peer.wait_for_end(patience));
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::condition::network);
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(r.error().verdict == retry_verdict::attempts_used_up);
    CHECK(peer.connections() == 3);
}

TEST_CASE("a connection that ends before or in the handshake is lost, and nothing was sent") {
    auto const lost = errc::connection_lost;
    auto const not_sent = request_progress::not_sent;
    check_rows({
        {"closed at once", {hang_up}, lost, not_sent, 0, 3},
        {"reset in the client's hello", {read_bytes(50), reset}, lost, not_sent, 0, 3},
        {"closed in the client's hello", {read_bytes(50), hang_up}, lost, not_sent, 0, 3},
        {"reset in the server's hello",
         {read_bytes(50), respond(half_server_hello), reset},
         lost,
         not_sent,
         0,
         3},
        {"closed in the server's hello",
         {read_bytes(50), respond(half_server_hello), hang_up},
         lost,
         not_sent,
         0,
         3},
    });
}

TEST_CASE("what is not TLS is a tls error, which another attempt does not mend") {
    auto const failed = errc::handshake_failed;
    auto const not_sent = request_progress::not_sent;
    check_rows({
        {"HTTP", {read_bytes(50), respond(good_answer)}, failed, not_sent, 0},
        {"SSH", {respond("SSH-2.0-OpenSSH_9.2\r\n")}, failed, not_sent, 0},
        {"an alert",
         {read_bytes(50), respond(std::string("\x15\x03\x03\x00\x02\x02\x28", 7))},
         failed,
         not_sent,
         0},
        {"a record without end", {flood(std::string(16384, '\xff'))}, failed, not_sent, 0},
        {"a hello without end", {flood(endless_hello)}, failed, not_sent, 0},
    });
}

TEST_CASE("a handshake that takes too long is tried again") {
    auto const timed_out = errc::handshake_timed_out;
    auto const not_sent = request_progress::not_sent;
    check_rows(
        {
            {"before it", {stall}, timed_out, not_sent, 0, 3},
            {"in it",
             {read_bytes(50), respond(half_server_hello), stall},
             timed_out,
             not_sent,
             0,
             3},
            {"in messages that mean nothing", {flood(hello_requests)}, timed_out, not_sent, 0, 3},
        },
        [](loop::options& how) { how.handshake_timeout = 60ms; });
}

TEST_CASE("a connection that ends right after the handshake may have taken the request") {
    // No one can say whether the request was written before the end was seen.
    for (script const& steps : {script{handshake, reset}, script{handshake, hang_up},
                                script{handshake, close_notify, hang_up}}) {
        no_descriptor_leaks const none;
        bad_peer peer(steps);
        auto const r = call(options_for(peer), report::export_report, week());
        CHECK(peer.wait_for_end(patience));
        REQUIRE_FALSE(r);
        CHECK_MESSAGE(r.error().code() == errc::connection_lost, r.error());
        CHECK(r.error().progress >= request_progress::partly_sent);
        CHECK(r.error().progress <= request_progress::sent);
        CHECK(r.error().verdict == retry_verdict::may_have_acted);
        CHECK(peer.connections() == 1);
    }
}

TEST_CASE("a connection that ends in the middle of a request") {
    auto const lost = errc::connection_lost;
    auto const partly_sent = request_progress::partly_sent;
    check_large({"by a reset", {handshake, read_head, read_bytes(1000), reset}, lost, partly_sent});
}

TEST_CASE("a peer that stops reading the request") {
    checkpoint const reached = new_checkpoint();
    check_late({"",
                {handshake, read_head, reach(reached), stall},
                errc::deadline_exceeded,
                request_progress::partly_sent},
               reached, drafts::create_draft, large_draft());
}

TEST_CASE("a peer that answers before it has read the request") {
    std::string const too_large = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
    check_large(
        {"and reads the rest", {handshake, read_head, respond(too_large)}, errc::bad_request});
}

TEST_CASE("a connection that ends where the answer should begin") {
    auto const lost = errc::connection_lost;
    auto const sent = request_progress::sent;
    check_rows({
        {"reset", {handshake, read_request, reset}, lost, sent},
        {"closed", {handshake, read_request, hang_up}, lost, sent},
        {"closed in order", {handshake, read_request, close_notify, hang_up}, lost, sent},
    });
}

TEST_CASE("an answer that comes while the request is still being sent is taken") {
    std::string const too_large =
        "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    std::vector<row> const rows{
        {"and the peer stops reading",
         {handshake, read_head, respond(too_large), stall},
         errc::bad_request},
        {"and the peer resets",
         {handshake, read_head, respond(too_large), reset},
         errc::bad_request},
    };
    for (row const& each : rows)
        check_large(each);
}

} // TEST_SUITE("net/faults/connecting")
