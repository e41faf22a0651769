// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The pages of the guide that repeat other files still say the same.
#include <intheloop.hpp>

#include <support/project_file.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <map>
#include <sstream>
#include <string>

TEST_SUITE("docs/pages") {

namespace {

using support::project_file;

// One row of the table of retries, from the function that decides.
std::string retry_row(char const* shown, intheloop::errc code, unsigned status,
                      intheloop::request_progress progress) {
    intheloop::attempt_outcome ended;
    ended.failure = code;
    ended.status = status;
    ended.progress = progress;
    std::string row = "| " + std::string(shown);
    for (bool idempotent : {true, false}) {
        intheloop::policy::call_facts call;
        call.idempotent = idempotent;
        call.attempts = 1;
        call.time_left = std::chrono::hours(1);
        auto const verdict =
            intheloop::policy::decide(ended, call, intheloop::retry_options(), 500, 0).verdict;
        row += verdict == intheloop::retry_verdict::retry ? " | again" : " | no";
    }
    return row + " |\n";
}

std::string retry_table() {
    using intheloop::errc;
    using intheloop::request_progress;
    std::string table;
    table += retry_row("no connection (name, connect, handshake timeout)", errc::connect_failed, 0,
                       request_progress::not_sent);
    table += retry_row("a connection that broke or stalled before the request was sent",
                       errc::connection_lost, 0, request_progress::not_sent);
    table += retry_row("a proxy that fails: 429, 5xx, no proper answer", errc::proxy_failed, 0,
                       request_progress::not_sent);
    table += retry_row("a proxy that refuses: 407 and other statuses", errc::proxy_refused, 0,
                       request_progress::not_sent);
    table += retry_row("a connection that broke or stalled later", errc::connection_lost, 0,
                       request_progress::partly_sent);
    for (unsigned status : {408u, 429u, 500u, 502u, 503u, 504u})
        table += retry_row(std::to_string(status).c_str(),
                           status == 429  ? errc::rate_limited
                           : status < 500 ? errc::bad_request
                                          : errc::server_error,
                           status, request_progress::response_begun);
    table +=
        retry_row("any other status", errc::bad_request, 400, request_progress::response_begun);
    table += retry_row("TLS: a certificate or handshake that fails", errc::certificate_refused, 0,
                       request_progress::not_sent);
    table += retry_row("the call's deadline, cancellation", errc::deadline_exceeded, 0,
                       request_progress::not_sent);
    table += retry_row("an answer that can't be read", errc::invalid_http, 200,
                       request_progress::response_begun);
    return table;
}

} // namespace

TEST_CASE("the first program is examples/quick_start.cpp") {
    std::string const program = project_file("examples/quick_start.cpp");
    auto const begin = program.find("#include");
    REQUIRE(begin != program.npos);
    CHECK(project_file("docs/guide/first-call.md")
              .find("```cpp\n" + program.substr(begin) + "```\n") != std::string::npos);
}

TEST_CASE("the table of retries is what the client does") {
    std::string const table =
        "| an attempt ends with | idempotent | not idempotent |\n| --- | --- | --- |\n" +
        retry_table() + '\n';
    CHECK_MESSAGE(project_file("docs/guide/errors-and-retries.md").find(table) != std::string::npos,
                  table);
}

TEST_CASE("the table of conditions has each code in the row of its condition, and in no other") {
    std::string const page = project_file("docs/guide/errors-and-retries.md");
    std::string const head = "| `loop::condition` | `loop::errc` |\n| --- | --- |\n";
    auto const begin = page.find(head);
    REQUIRE(begin != page.npos);
    std::istringstream table(page.substr(begin + head.size()));
    std::map<std::string, std::string> rows; // condition -> its codes
    for (std::string line; std::getline(table, line) && line.starts_with("| `");) {
        auto const end = line.find("` | ");
        REQUIRE(end != line.npos);
        rows[line.substr(3, end - 3)] = line.substr(end + 4);
    }
    for (int i = 1; intheloop::detail::is_known(static_cast<intheloop::errc>(i)); ++i) {
        auto const code = static_cast<intheloop::errc>(i);
        std::string const name = '`' + std::string(to_string(code)) + '`';
        for (auto const& [condition, codes] : rows)
            CHECK_MESSAGE((codes.find(name) != codes.npos) ==
                              (condition == to_string(condition_of(code))),
                          name << " in the row of " << condition);
        CHECK_MESSAGE(rows.contains(std::string(to_string(condition_of(code)))), name);
    }
}

} // TEST_SUITE("docs/pages")
