// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A connection that was made for a call which then got another one, and that the peer ends before
// it is used: for the next call it counts for nothing.
#include <client/at_rest.hpp>
#include <net/proxy/tunnel.hpp>

#include <string>
#include <vector>

TEST_SUITE("net/proxy/never_used") {

using namespace fixture;

namespace {

// The first connection serves two calls, and no more. The second is made meanwhile, stands only
// when the first has its second call, and then goes as `end` says. The third is a good one.
std::vector<script> with_second_ending(script const& end) {
    std::string const last_answer =
        json_head + "Connection: close\r\nContent-Length: 10\r\n\r\n" + good_body;
    checkpoint const second_asked = new_checkpoint(), first_taken = new_checkpoint(),
                     is_over = new_checkpoint();
    script const first{read_head,           respond(established),   handshake,
                       read_request,        wait_for(second_asked), respond(good_answer),
                       read_request,        reach(first_taken),     wait_for(is_over),
                       respond(last_answer)};
    script second{read_head, reach(second_asked), wait_for(first_taken), respond(established),
                  handshake};
    second.insert(second.end(), end.begin(), end.end());
    second.push_back(reach(is_over));
    return {first, second, tunnel()};
}

void check_next_post(script const& end_of_second) {
    bad_peer peer(with_second_ending(end_of_second), certificate_for("api.example.test"));
    asio::io_context io;
    loop::options how = options_through(peer.port());
    how.retry.max_attempts = 1;
    loop::client client(io.get_executor(), how);

    int succeeded = 0;
    auto const count = [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        ++succeeded;
    };
    client.async_call(report::export_report, week(), count);
    run_until(io, [&] { return client.statistics().requests_sent != 0; });
    client.async_call(report::export_report, week(), count);
    io.run();
    REQUIRE(succeeded == 2);
    REQUIRE(client.statistics().connections_opened == 2); // the second in vain

    auto const next = call(client, io, report::export_report, week());
    CHECK_MESSAGE(next, next.error());
    check_at_rest(client);
    CHECK(client.statistics().connections_opened == 3);
    CHECK(peer.requests() == 3 + 3); // with what the proxy was asked
}

} // namespace

TEST_CASE("what ended in order") {
    check_next_post({close_notify, hang_up});
}

TEST_CASE("what was cut") {
    check_next_post({hang_up});
}

TEST_CASE("what timed out, as some servers say") {
    check_next_post({respond("HTTP/1.1 408 Request Time-out\r\nContent-Length: 0\r\n"
                             "Connection: close\r\n\r\n"),
                     close_notify, hang_up});
}

} // TEST_SUITE("net/proxy/never_used")
