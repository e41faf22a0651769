// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_FIXTURE_HPP
#define INTHELOOP_TESTS_CLIENT_FIXTURE_HPP

#include <intheloop.hpp>
#include <intheloop/testing.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>

namespace fixture {

namespace loop = intheloop;
namespace asio = boost::asio;
namespace report = intheloop::report;
namespace drafts = intheloop::drafts;
using loop::testing::origin;
using loop::testing::response_override;
using loop::testing::server;
using loop::testing::server_options;
using namespace std::chrono_literals;

// Long enough for a slow machine under a sanitizer; no test waits it out unless it fails.
inline constexpr std::chrono::milliseconds patience = 30s;

inline constexpr char const* user = "user_4711_in_a_test";

inline report::export_request week() {
    std::chrono::sys_days const day(std::chrono::days(20000));
    return report::export_request(day, day + std::chrono::days(7));
}

inline loop::options options_for(server const& s) {
    loop::options how;
    how.base_url = s.base_url();
    how.token = s.token();
    how.tls.ca_pem = s.ca_certificate();
    how.retry.max_attempts = 1; // tests/client/retries.cpp is about more
    return how;
}

// Runs one call until it completes, and all that it leaves behind too: run() returns only when no
// socket and no timer is waited for.
template <class Endpoint>
loop::result<typename Endpoint::response_type>
call(loop::client& client, asio::io_context& io, Endpoint const& endpoint,
     typename Endpoint::request_type const& request,
     loop::call_options const& how = loop::call_options()) {
    std::optional<loop::result<typename Endpoint::response_type>> outcome;
    client.async_call(endpoint, request, how, [&](auto r) { outcome.emplace(std::move(r)); });
    io.restart();
    io.run();
    REQUIRE(outcome);
    return std::move(*outcome);
}

// The same with a client of its own.
template <class Endpoint>
loop::result<typename Endpoint::response_type>
call(loop::options how, Endpoint const& endpoint, typename Endpoint::request_type const& request,
     loop::call_options const& per_call = loop::call_options()) {
    asio::io_context io;
    loop::client client(io.get_executor(), std::move(how));
    return call(client, io, endpoint, request, per_call);
}

// The calls of the documented routes are compiled once, in fixture.cpp.
#define INTHELOOP_TESTS_CALLS_OF(prefix, route)                                                    \
    prefix template loop::result<decltype(route)::response_type> call(                             \
        loop::client&, asio::io_context&, std::remove_const_t<decltype(route)> const&,             \
        decltype(route)::request_type const&, loop::call_options const&);                          \
    prefix template loop::result<decltype(route)::response_type> call(                             \
        loop::options, std::remove_const_t<decltype(route)> const&,                                \
        decltype(route)::request_type const&, loop::call_options const&);
INTHELOOP_TESTS_CALLS_OF(extern, report::export_report)
INTHELOOP_TESTS_CALLS_OF(extern, report::get_report)
INTHELOOP_TESTS_CALLS_OF(extern, drafts::create_draft)

// Runs the context until the condition holds.
template <class Condition>
void run_until(asio::io_context& io, Condition reached) {
    auto const end = std::chrono::steady_clock::now() + patience;
    io.restart();
    while (!reached()) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        io.run_one_for(1ms);
    }
}

// Runs the context until nothing more happens without something else.
inline void run_until_quiet(asio::io_context& io) {
    io.restart();
    while (io.run_one_for(50ms) != 0) {
    }
}

template <class T>
std::string printed(T const& value) {
    std::ostringstream out;
    out << value;
    return std::move(out).str();
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

// The loopback origin of a port of ours that serves nothing.
inline loop::options options_for_port(unsigned short port) {
    loop::options how;
    how.base_url = "https://127.0.0.1:" + std::to_string(port);
    how.token = "token_for_a_test";
    how.retry.max_attempts = 1;
    return how;
}

} // namespace fixture

#endif
