// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_VERIFICATION_HPP
#define INTHELOOP_TESTING_VERIFICATION_HPP

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::testing {

// The result of a check: true or false in conditions, and a sentence with the expected and the real
// value when it is printed. Depends on no test framework.
//
//     CHECK(server.requests(report::get_report).times(3));                  // doctest
//     EXPECT_TRUE(got) << got;                                              // GoogleTest
class [[nodiscard]] verification {
public:
    verification(bool holds, std::string text) : holds_(holds), text_(std::move(text)) {}

    explicit operator bool() const noexcept { return holds_; }

    // "GET /api/v1/report/exports/{id}: expected exactly 1 request, got 3". Names the route, and
    // contains no values of requests.
    std::string const& text() const noexcept { return text_; }
    friend std::ostream& operator<<(std::ostream& out, verification const& one) {
        return out << one.text_;
    }

private:
    bool holds_;
    std::string text_;
};

namespace detail {

// The requests that a check counts.
struct request_count {
    std::size_t decoded = 0;
    std::size_t others = 0; // that can't be decoded
};

inline verification verify_count(std::string_view route, bool holds, std::string_view how_often,
                                 std::size_t expected, request_count got,
                                 std::string_view failure) {
    std::string text(route);
    text += ": expected ";
    text += how_often;
    text += ' ' + std::to_string(expected) + (expected == 1 ? " request" : " requests") + ", got " +
            std::to_string(got.decoded);
    if (got.others != 0)
        text += ", and " + std::to_string(got.others) + " that can't be decoded";
    if (!failure.empty())
        text.append("; its handler threw: ").append(failure);
    return verification(holds && failure.empty(), std::move(text));
}

} // namespace detail
} // namespace intheloop::testing

#endif
