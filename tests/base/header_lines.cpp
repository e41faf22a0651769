// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/base/headers.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TEST_SUITE("base/header_lines") {

namespace {

namespace loop = intheloop;

constexpr std::string_view head = "GET /things?x-query:=1 HTTP/1.1\r\n"
                                  "Host: api.intheloop.io\r\n"
                                  "X-Tenant: 12\r\n";

loop::headers fields(std::initializer_list<std::pair<std::string_view, std::string_view>> of) {
    loop::headers made;
    for (auto const& [name, value] : of)
        made.append(name, value);
    return made;
}

// Returns the problem; empty without one.
std::string problem_of(loop::headers const& added, std::string lines = {},
                       bool may_have_credentials = true) {
    return loop::detail::append_header_lines(lines, added, head, may_have_credentials).value_or("");
}

} // namespace

TEST_CASE("header fields become lines in their order") {
    std::string lines = "X-First: 1\r\n";
    auto const added =
        fields({{"traceparent", "00-a-b-01"}, {"X-Empty", ""}, {"x_9", "\xc3\xa9\t!"}});
    CHECK_FALSE(loop::detail::append_header_lines(lines, added, head, true));
    CHECK(lines == "X-First: 1\r\ntraceparent: 00-a-b-01\r\nX-Empty: \r\nx_9: \xc3\xa9\t!\r\n");
    CHECK_FALSE(loop::detail::append_header_lines(lines, loop::headers(), head, true));
    CHECK_FALSE(loop::detail::append_header_lines(lines, fields({{"X-Alone", "1"}}), "", false));
}

TEST_CASE("a name that is no token is refused by its place, and not shown") {
    using namespace std::string_view_literals;
    CHECK(problem_of(fields({{"X-Good", "1"}, {"", "1"}})) == "the name of header 2 is empty");
    for (auto const name :
         {"key=secret"sv, "X-A: secret"sv, "key secret"sv, "key\r\nsecret"sv, "key\nsecret"sv,
          "key\0secret"sv, "key\xc3\xa9secret"sv, "key\"secret"sv}) {
        std::string const problem = problem_of(fields({{name, "1"}}));
        CHECK_MESSAGE(problem.starts_with("the name of header 1 holds a character that can't stand "
                                          "there, at position 4: "),
                      problem);
        CHECK(problem.find("secret") == problem.npos);
    }
}

TEST_CASE("what the client or the endpoint owns can't be set") {
    for (std::string const name :
         {"Host", "authorization", "X-IMPERSONATE-USER", "Content-Length", "Content-Type",
          "Transfer-Encoding", "Connection", "Keep-Alive", "Trailer", "User-Agent", "Accept",
          "Accept-Encoding", "Expect", "TE", "Upgrade", "Proxy-Authorization", "proxy-anything"})
        CHECK(problem_of(fields({{name, "1"}})) == name + " can't be set: the client owns it");
    for (std::string const name : {"Content-Encoding", "content-language", "Content-Range"})
        CHECK(problem_of(fields({{name, "1"}})) ==
              name + " can't be set: it describes the body, as only the endpoint may do");
    CHECK(problem_of(fields({{"Proxy", "1"}, {"Contents", "1"}, {"X-Host", "1"}})).empty());
}

TEST_CASE("credentials can't be set where none may go") {
    for (std::string const name : {"Cookie", "cookie"}) {
        CHECK(problem_of(fields({{name, "secret"}})).empty());
        CHECK(problem_of(fields({{name, "secret"}}), {}, false) ==
              name + " can't be set: it carries credentials, which belong to the origin of the "
                     "API, and the request goes elsewhere");
    }
    CHECK(problem_of(fields({{"X-Cookie", "1"}, {"Cookies", "1"}}), {}, false).empty());
}

TEST_CASE("a header is set once, whatever its case") {
    CHECK(problem_of(fields({{"X-A", "1"}, {"x-a", "2"}})) ==
          "x-a can't be set: the request has it already");
    CHECK(problem_of(fields({{"x-tenant", "13"}})) ==
          "x-tenant can't be set: the request has it already");
    CHECK(problem_of(fields({{"x-first", "2"}}), "X-First: 1\r\n") ==
          "x-first can't be set: the request has it already");
    // Neither a beginning of a name, nor a part of the target or of a value.
    CHECK(problem_of(fields({{"X-Ten", "1"}, {"X-Tenant-Id", "1"}, {"x-query", "1"}, {"12", "1"}}))
              .empty());
}

TEST_CASE("a value that can't stand in a header is refused, and not shown") {
    using namespace std::string_view_literals;
    for (auto const value : {"secret\r\nX-B: 1"sv, "secret\n"sv, "secret\r"sv, "secret\0"sv,
                             "\x01secret"sv, "secret\x7f"sv}) {
        std::string const problem = problem_of(fields({{"X-A", value}}));
        CHECK(problem == "the value of X-A must not hold CR, LF, NUL or another control character: "
                         "it stands in a header");
    }
    for (auto const value : {" secret"sv, "secret "sv, "\tsecret"sv, "secret\t"sv, " "sv})
        CHECK(problem_of(fields({{"X-A", value}})) ==
              "the value of X-A must not begin or end with a space or a tab: it stands in a "
              "header, where a receiver takes them away");
}

TEST_CASE("there is a limit on their number") {
    loop::headers many;
    for (int i = 0; i != 256; ++i)
        many.append("X-" + std::to_string(i), "1");
    CHECK(problem_of(many).empty());
    many.append("X-One-More", "1");
    CHECK(problem_of(many) == "there are 257 headers, and at most 256 can be added");
}

TEST_CASE("a long name is shown in part") {
    std::string const name(1000, 'n');
    CHECK(problem_of(fields({{name, "\n"}})).size() < 200);
}

} // TEST_SUITE("base/header_lines")
