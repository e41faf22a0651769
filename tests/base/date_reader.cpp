// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/date_reader.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

TEST_SUITE("base/date_reader") {

using intheloop::detail::date_reader;

TEST_CASE("a text is taken apart from its front") {
    date_reader in("Sunday, 06-Nov7x");
    CHECK(in.letters() == 6);
    CHECK_FALSE(in.take(" "));
    CHECK(in.take(", "));
    CHECK(in.number(2) == 6);
    in.literal("-");
    CHECK(in.month_name() == 11);
    CHECK(in.digit() == 7);
    CHECK_FALSE(in.digit()); // which is no failure
    CHECK(in.letters() == 1);
    CHECK(in.letters() == 0);
    CHECK(in.is_over());
}

TEST_CASE("each month has its name") {
    int month = 0;
    for (auto const* name :
         {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}) {
        date_reader in(name);
        CHECK(in.month_name() == ++month);
        CHECK(in.is_over());
    }
    for (auto const* name : {"jan", "Ja", "", "anF"}) {
        date_reader in(name);
        in.month_name();
        CHECK_FALSE(in.is_good());
    }
}

TEST_CASE("after something was missing, all of it is") {
    auto const fails = [](std::string const& text, auto take) {
        date_reader in(text);
        take(in);
        bool const failed = !in.is_good();
        return failed && !in.take(text) && !in.digit() && in.letters() == 0 && !in.is_over();
    };
    CHECK(fails("1x", [](date_reader& in) { in.number(2); }));
    CHECK(fails("1", [](date_reader& in) { in.number(2); }));
    CHECK(fails("-1", [](date_reader& in) { in.number(2); }));
    CHECK(fails("ab", [](date_reader& in) { in.literal("b"); }));
    CHECK(fails("12", [](date_reader& in) { in.expect(false); }));
    CHECK(fails("12", [](date_reader& in) { in.date(2026, 2, 29); }));
    CHECK(fails("12", [](date_reader& in) { in.date(2026, 0, 1); }));
}

TEST_CASE("a day that there is") {
    using namespace std::chrono;
    date_reader in("");
    CHECK((in.date(2024, 2, 29) == year(2024) / February / 29));
    CHECK(in.is_over());
}

} // TEST_SUITE("base/date_reader")
