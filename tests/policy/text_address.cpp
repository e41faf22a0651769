// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The places that divide an address stand in their order, whatever the text holds.
#include <intheloop/policy/detail/text_address.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/text_address") {

namespace {

namespace policy = intheloop::policy;

bool ends(std::string_view rest, bool is_encoded) {
    return policy::may_end_address(rest.front()) || (is_encoded && rest.front() == '&');
}

void check_order(std::string const& text) {
    CAPTURE(text);
    std::size_t before = 0;
    for (auto found = policy::find_address(text, 0, ends); found;
         found = policy::find_address(text, found.end, ends)) {
        CHECK(before <= found.begin);
        before = found.begin;
        for (policy::address_parts const& each : found.parts) {
            bool const is_in_order = before <= each.user && each.user <= each.user_end &&
                                     each.user_end <= each.host && each.host <= each.query &&
                                     each.query <= each.end && each.end <= found.end;
            CHECK(is_in_order);
            before = each.end;
        }
        CHECK(before == found.end);
        CHECK(found.end <= text.size());
    }
}

} // namespace

TEST_CASE("the places of an address stand in their order") {
    std::string_view const pieces[] = {"http://",
                                       "x://",
                                       "https%3A%2F%2F",
                                       "http%253A%252F%252F",
                                       "@",
                                       "?",
                                       "/",
                                       "h",
                                       "=3<br>F",
                                       "=4<br>0",
                                       "=4=\n0",
                                       "%3F",
                                       "=",
                                       "\n",
                                       "&",
                                       "%2540",
                                       "&#6<br>4",
                                       "\\u00<br>3f"};
    std::size_t const count = std::size(pieces);
    for (std::size_t i = 0; i != count * count * count * count; ++i) {
        std::string text = "http://";
        for (std::size_t rest = i, place = 0; place != 4; ++place, rest /= count)
            text += pieces[rest % count];
        check_order(text);
    }
}

TEST_CASE("an address is told apart from what stands around it") {
    struct {
        std::string text;
        std::size_t begin, end;
        bool is_http, is_encoded;
        std::vector<std::size_t> users;
    } const cases[] = {
        {"see https://a/b now", 4, 15, true, false, {12}},
        {"to=HTTP%3A%2F%2Fa%2Fb&c", 3, 21, true, true, {16}},
        {"https://a/http://b/http://c?d=http://e", 0, 38, true, false, {8, 17, 26}},
        {"x://a/http://b", 1, 6, false, false, {4}},
        {"x://a/y://b", 1, 7, false, false, {4}},
    };
    for (auto const& each : cases) {
        CAPTURE(each.text);
        auto const found = policy::find_address(each.text, 0, ends);
        CHECK(found.begin == each.begin);
        CHECK(found.end == each.end);
        CHECK(found.is_http == each.is_http);
        CHECK(found.is_encoded == each.is_encoded);
        std::vector<std::size_t> users;
        for (policy::address_parts const& part : found.parts)
            users.push_back(part.user);
        CHECK(users == each.users);
    }
    CHECK_FALSE(policy::find_address("http:/a x%3A%2F%2Fy ", 0, ends));
    CHECK_FALSE(policy::find_address("http://a", 5, ends));
    CHECK_FALSE(policy::find_address("", 0, ends));
}

} // TEST_SUITE("policy/text_address")
