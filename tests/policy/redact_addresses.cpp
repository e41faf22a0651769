// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The secret parts of an address go, however a text spells and breaks it.
#include <intheloop/policy/detail/redact.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

TEST_SUITE("policy/redact_addresses") {

namespace {

namespace policy = intheloop::policy;

struct row {
    std::string_view text;
    std::string_view clean;
};

template <std::size_t Size>
void check(row const (&table)[Size]) {
    for (row const& each : table) {
        CAPTURE(std::string(each.text));
        CHECK(policy::redact(each.text, {}) == each.clean);
        CHECK(policy::redact(each.clean, {}) == each.clean);
        CHECK(policy::is_surely_clean(each.text, {}) <= (each.text == each.clean));
    }
}

} // namespace

TEST_CASE("the query of an address goes where lines break it") {
    row const table[] = {
        {"https://r.example/RF?Expires=3D1&Signature=3Dt7Wr=\r\ny-7L~q__&Key-Pair-Id=3DK3",
         "https://r.example/RF?[redacted]"},
        {"https://r.example/R=\nF?exp=3D1&hmac=3Dabc=\ndef12 is gone",
         "https://r.example/R=\nF?[redacted] is gone"},
        {"https://r.example/RF?exp=1&hmac=abc\r\n def12&x=1 is gone",
         "https://r.example/RF?[redacted] is gone"},
        {"https://r.example/RF?exp=1&hmac=abc<br>def~12", "https://r.example/RF?[redacted]"},
        {"/RF?Signature=t7Wr\ny-7L~q__&x", "/RF?Signature=[redacted]&x"},
        {"/RF?Signature=t7Wr=\r\ny7L is gone", "/RF?Signature=[redacted] is gone"},
        // Another line is none of it.
        {"https://r.example/RF?exp=1\nNext line & more",
         "https://r.example/RF?[redacted]\nNext line & more"},
        {"https://a/b?c=1\nhttps://d/e?f=1&g=2", "https://a/b?[redacted]\nhttps://d/e?[redacted]"},
        {"url=https://a/b?c=1\nstatus=503\n", "url=https://a/b?[redacted]\nstatus=503\n"},
        {"/RF?Signature=t7Wr\nstatus=503", "/RF?Signature=[redacted]\nstatus=503"},
        {"https://a/b\nc?d=e", "https://a/b\nc?d=e"},
    };
    check(table);
}

TEST_CASE("the query of an address goes where its colon is spelled otherwise") {
    row const table[] = {
        {"next=https%3A%2F%2Fr.example%2FRF%3Fexp%3D1%26hmac%3Dabcdef12",
         "next=https%3A%2F%2Fr.example%2FRF%3F[redacted]"},
        {"next=HTTP%253A%252F%252Fr.example%252FRF%253Fhmac%253Dabcdef12 x",
         "next=HTTP%253A%252F%252Fr.example%252FRF%253F[redacted] x"},
        {"https&#58;//r.example/RF?hmac=abcdef12", "https&#58;//r.example/RF?[redacted]"},
        {"https&colon;&sol;&sol;r.example/RF?hmac=1",
         "https&colon;&sol;&sol;r.example/RF?[redacted]"},
        {R"("https\u003a//r.example/RF?hmac=abcdef12")",
         R"("https\u003a//r.example/RF?[redacted]")"},
        {"https=3A//r.example/RF?hmac=3Dabcdef12", "https=3A//r.example/RF?[redacted]"},
        {"x%3A%2F%2Fy%3Fz", "x%3A%2F%2Fy%3Fz"},
        {"https%3A is a scheme?", "https%3A is a scheme?"},
    };
    check(table);
}

TEST_CASE("the user before a host goes") {
    row const table[] = {
        {"https://bob:pw@f.example/a", "https://[redacted]@f.example/a"},
        {"https://bob@f.example", "https://[redacted]@f.example"},
        {"see ftp://bob:p@w@f.example/a?b#c now",
         "see ftp://[redacted]@f.example/a?[redacted] now"},
        {"https://bob:p%2Fw%3F%40@f.example/a?b", "https://[redacted]@f.example/a?[redacted]"},
        {"https://~1b:pw@f.example/a", "https://[redacted]@f.example/a"},
        {"/https:~1~1bob:pw@f.example~1a", "/https:~1~1[redacted]@f.example~1a"},
        {R"({"url":"https:\/\/bob:pw@f.example\/a"})",
         R"({"url":"https:\/\/[redacted]@f.example\/a"})"},
        {"https&#58;//bob&#58;pw&#64;f.example/", "https&#58;//[redacted]&#64;f.example/"},
        {"to=https%3A%2F%2Fbob%3Apw%40f.example%2Fa",
         "to=https%3A%2F%2F[redacted]%40f.example%2Fa"},
        {"https%3A%2F%2Fbob%3Ap%252Fw%253F%2540@f.example%2Fa%3Fb",
         "https%3A%2F%2F[redacted]@f.example%2Fa%3F[redacted]"},
        {"https%253A%252F%252Fbob%253Ap%25252Fw%2540f.example%252Fa",
         "https%253A%252F%252F[redacted]%2540f.example%252Fa"},
        {"http%3A%2F%2Fc.example/f?token=abc%40def", "http%3A%2F%2Fc.example/f?[redacted]"},
        {"http%3A%2F%2Fc.example?token=abc%40def", "http%3A%2F%2Fc.example?[redacted]"},
        {"http%3A%2F%2Fc.example/f%40g", "http%3A%2F%2Fc.example/f%40g"},
        {"http%3A%2F%2Fbob:pw@c.example/f?a", "http%3A%2F%2F[redacted]@c.example/f?[redacted]"},
        {"http:%2F%2Fc.example/f?token=abc%40def", "http:%2F%2Fc.example/f?[redacted]"},
        {"http:%2F%2Fbob%40c.example/f?a", "http:%2F%2F[redacted]%40c.example/f?[redacted]"},
        {"https://bob:p=\r\nw@f.example/a", "https://[redacted]@f.example/a"},
        {"https://p.example/https://bob:pw@f.example/a?b",
         "https://p.example/https://[redacted]@f.example/a?[redacted]"},
        {"https://f.example/a@b", "https://f.example/a@b"},
        {"https://f.example is of bob@f.example", "https://f.example is of bob@f.example"},
        {"https://f.example?to=bob@f.example", "https://f.example?[redacted]"},
        {"mailto:bob@f.example", "mailto:bob@f.example"},
    };
    check(table);
}

TEST_CASE("a field with an address loses its query, also in a relative one") {
    policy::sought_secret const secrets[] = {{"with?its"}};
    policy::redactor all(secrets);
    auto const clean = [&](std::string_view name, std::string value) {
        all.redact_field(name, value);
        return value;
    };
    CHECK(clean("Location", "/RF_1?exp=1&hmac=abcdef12") == "/RF_1?[redacted]");
    CHECK(clean("content-location", "?a b") == "?[redacted]");
    CHECK(clean("Location", "/with?its?exp=1") == "/[redacted]?[redacted]");
    CHECK(clean("X-Words", "what? nothing") == "what? nothing");
    CHECK(clean("X-Words", "https://a/b?c") == "https://a/b?[redacted]");
}

} // TEST_SUITE("policy/redact_addresses")
