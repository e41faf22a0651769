// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NET_FAULTS_MATRIX_HPP
#define INTHELOOP_TESTS_NET_FAULTS_MATRIX_HPP

#include <client/fixture.hpp>
#include <net/faults/bad_peer.hpp>
#include <support/descriptors.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

using loop::errc;
using loop::request_progress;

// Three attempts, so that one too many would be seen.
inline loop::options options_for(bad_peer const& peer) {
    loop::options how = options_for_port(peer.port());
    how.tls.ca_pem = test_authority().certificate_pem();
    how.deadline = patience;
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    return how;
}

inline std::string const good_body = R"({"id":"x"})";
inline std::string const json_head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
inline std::string const good_head = json_head + "Content-Length: 10\r\n\r\n";
inline std::string const chunked_head = json_head + "Transfer-Encoding: chunked\r\n\r\n";
inline std::string const good_answer = good_head + good_body;

// Scripts for one request. What comes after the answer: nothing, the end in order, the end without
// close_notify, a reset.
inline script answered(std::string text) {
    return {handshake, read_request, respond(std::move(text))};
}
inline script ended(std::string text) {
    return {handshake, read_request, respond(std::move(text)), close_notify, hang_up};
}
inline script cut(std::string text) {
    return {handshake, read_request, respond(std::move(text)), hang_up};
}
inline script broken(std::string text) {
    return {handshake, read_request, respond(std::move(text)), reset};
}

// Tells how a POST ends if the peer does this on each connection. The request is not idempotent, so
// there are three attempts if nothing of it can have been sent, and else one.
class row {
public:
    row(std::string row_name, script each_connection, std::optional<errc> expected,
        request_progress how_far = request_progress::response_begun, std::size_t requests_read = 1,
        unsigned attempts_made = 1)
        : name(std::move(row_name)), steps(std::move(each_connection)), code(expected),
          progress(how_far), requests(requests_read), attempts(attempts_made) {}

    std::string name;
    script steps;
    std::optional<errc> code; // nothing: the answer is taken
    request_progress progress;
    std::size_t requests; // that the peer read
    unsigned attempts;    // each on a connection of its own
};

inline std::optional<errc> const success;

// Checks the outcome against the row; `r` is of a client that is gone.
template <class T>
void check_outcome(row const& expected, bad_peer& peer, loop::result<T> const& r) {
    CHECK(peer.wait_for_end(patience));
    CHECK(peer.requests() == expected.requests);
    CHECK(peer.connections() == expected.attempts);
    CHECK(r.attempts() == expected.attempts);
    CHECK(r.has_value() == !expected.code);
    if (r)
        return;
    CHECK_MESSAGE(r.error().code() == expected.code.value_or(errc()), r.error());
    CHECK_MESSAGE(r.error().progress == expected.progress, r.error());
}

using adjustment = void (*)(loop::options&);
inline void as_they_are(loop::options&) {}

inline void check_row(row const& expected, adjustment adjust = as_they_are) {
    CAPTURE(expected.name);
    no_descriptor_leaks const none;
    bad_peer peer(expected.steps);
    loop::options how = options_for(peer);
    adjust(how);
    check_outcome(expected, peer, call(how, report::export_report, week()));
}

// Tells what a peer sends behind the point that it has reached.
enum class traffic { unknown, goes_on };

// Runs what comes, of which there may be no end.
inline void run_more(asio::io_context& io, traffic behind) {
    std::size_t const at_least = behind == traffic::goes_on ? 3 : 0;
    auto const begin = std::chrono::steady_clock::now();
    auto const lasts = [&](std::chrono::milliseconds limit) {
        return std::chrono::steady_clock::now() - begin < limit;
    };
    for (std::size_t ran = 0; ran != 100 && (ran < at_least || lasts(20ms)) && !io.stopped();) {
        REQUIRE(lasts(patience));
        ran += io.run_one_for(1ms);
    }
}

// Lets the deadline of a call pass, in two halves, when the peer has reached this point, however
// long that takes.
template <class Endpoint>
void check_late(row const& expected, checkpoint const& reached, Endpoint const& endpoint,
                typename Endpoint::request_type const& request, traffic behind = traffic::unknown) {
    CAPTURE(expected.name);
    no_descriptor_leaks const none;
    bad_peer peer(expected.steps);
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    std::optional<loop::result<typename Endpoint::response_type>> outcome;
    {
        loop::options how = options_for(peer);
        how.time = clock;
        how.stall_timeout = 2 * how.deadline;
        how.max_response_size = std::size_t(1) << 40;
        asio::io_context io;
        loop::client client(io.get_executor(), how);
        client.async_call(endpoint, request, [&](auto r) { outcome.emplace(std::move(r)); });
        run_until(io, [&] { return reached->load(); });
        run_more(io, behind);
        clock->advance(how.deadline / 2);
        run_more(io, behind);
        CHECK_FALSE(outcome);
        clock->advance(how.deadline - how.deadline / 2);
        io.run_for(patience);
        REQUIRE(io.stopped());
    }
    REQUIRE(outcome);
    check_outcome(expected, peer, *outcome);
}

inline void check_rows(std::vector<row> const& rows, adjustment adjust = as_they_are) {
    for (row const& each : rows)
        check_row(each, adjust);
}

} // namespace fixture

#endif
