// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Lists and times that stand in paths, queries and headers.
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/joined_query") {

namespace joined {

namespace loop = intheloop;

class list_request {
public:
    list_request() {}

    std::vector<std::string> ids;
    std::vector<int> numbers;
    std::vector<std::string> words;
    std::vector<std::string> repeated;
    std::optional<loop::date_time> since;
    std::chrono::year_month_day day = std::chrono::year(2026) / 11 / 1;
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> at;
    using members = loop::members<&list_request::ids, &list_request::numbers, &list_request::words,
                                  &list_request::repeated, &list_request::since, &list_request::day,
                                  &list_request::at>;
};

inline constexpr loop::endpoint<loop::verb::get, "/list/{day}", list_request, std::string,
                                loop::joined_query<',', &list_request::ids, &list_request::numbers>,
                                loop::joined_query<'|', &list_request::words>,
                                loop::query<&list_request::repeated, &list_request::at>,
                                loop::header<"X-Since", &list_request::since>>
    list{};

} // namespace joined

namespace {

using namespace joined;
namespace codec = intheloop::codec;

struct outcome {
    codec::encoded_request encoded;
    std::optional<codec::json_error> problem;
};

outcome encode(list_request const& request) {
    outcome made;
    made.problem = codec::encode_request(list, request, made.encoded);
    return made;
}

std::string target_of(list_request const& request) {
    auto const made = encode(request);
    return made.problem ? "!" + made.problem->text() : made.encoded.target;
}

list_request read(std::string target) {
    loop::testing::detail::wire_request received;
    received.target = std::move(target);
    list_request request;
    auto const problem = decode_request(list, received, request);
    REQUIRE_MESSAGE(!problem, problem->text());
    return request;
}

} // namespace

TEST_CASE("a list is one value, or a value each") {
    list_request request;
    CHECK(target_of(request) == "/list/2026-11-01");
    request.ids = {"a", "b c", "d&e"};
    request.numbers = {1, -2};
    request.words = {"x", "y,z"};
    request.repeated = {"p", "q"};
    CHECK(target_of(request) == "/list/2026-11-01?ids=a,b%20c,d%26e&numbers=1,-2&words=x%7Cy%2Cz"
                                "&repeated=p&repeated=q");
}

TEST_CASE("what was written is read") {
    list_request request;
    request.ids = {"a", "", "b c", "\xc3\xa9"};
    request.numbers = {7};
    request.words = {"x|"};
    request.words = {"x,y", "%"};
    request.repeated = {",", "|"};
    auto const made = read(target_of(request));
    CHECK(made.ids == request.ids);
    CHECK(made.numbers == request.numbers);
    CHECK(made.words == request.words);
    CHECK(made.repeated == request.repeated);
    CHECK(made.day == request.day);
    for (std::vector<std::string> const& one :
         {std::vector<std::string>{}, std::vector<std::string>{""},
          std::vector<std::string>{"", ""}}) {
        request.ids = one;
        CHECK(read(target_of(request)).ids == one);
    }
}

TEST_CASE("an encoded separator is one") {
    CHECK(read("/list/2026-11-01?ids=a%2Cb&ids=c").ids == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("an element can't hold what joins them") {
    list_request request;
    request.ids = {"a", "b,c"};
    CHECK(target_of(request) == "!/ids: an element must not hold ',': the list is joined with it");
    request.ids = {"a,"};
    CHECK(target_of(request) == "!/ids: an element must not hold ',': the list is joined with it");
    request.ids = {"a", "\xff"};
    CHECK(target_of(request) == "!/ids: not valid UTF-8");
    request.ids.clear();
    request.words = {"a|b"};
    CHECK(target_of(request) ==
          "!/words: an element must not hold '|': the list is joined with it");
}

TEST_CASE("an element that is none is told") {
    loop::testing::detail::wire_request received;
    received.target = "/list/2026-11-01?numbers=1,,2";
    list_request request;
    auto const problem = decode_request(list, received, request);
    REQUIRE(problem);
    CHECK(problem->text() == "/numbers: expected a small integer, got \"\"");
}

TEST_CASE("times stand in their forms") {
    list_request request;
    request.since = intheloop::date_time(std::chrono::sys_days(request.day));
    request.at = std::chrono::sys_days(request.day);
    auto const made = encode(request);
    REQUIRE_FALSE(made.problem);
    CHECK(made.encoded.header_lines == "X-Since: 2026-11-01T00:00:00Z\r\n");
    CHECK(made.encoded.target == "/list/2026-11-01?at=1793491200000");
    CHECK(read(made.encoded.target).at == request.at);

    loop::testing::detail::wire_request received;
    received.target = "/list/2026-11-01";
    received.headers.append("X-Since", "2026-11-01T00:00:00Z");
    list_request again;
    REQUIRE_FALSE(decode_request(list, received, again));
    CHECK(again.since == request.since);
    received.target = "/list/2026-11-31";
    auto const problem = decode_request(list, received, again);
    REQUIRE(problem);
    CHECK(problem->text() == "/day: expected a date as in ISO 8601, got \"2026-11-31\"");
}

TEST_CASE("a date that can't be written is refused") {
    list_request request;
    request.day = std::chrono::year(2026) / 2 / 30;
    CHECK(target_of(request) == "!/day: not a date of the years 1 to 9999");
    request.day = std::chrono::year(2026) / 11 / 1;
    request.since = intheloop::date_time(std::chrono::sys_days(std::chrono::year(20000) / 1 / 1));
    auto const made = encode(request);
    REQUIRE(made.problem);
    CHECK(made.problem->text() == "/since: not a date of the years 1 to 9999");
}

} // TEST_SUITE("codec/joined_query")
