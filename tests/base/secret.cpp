// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/secret.hpp>
#include <intheloop/endpoint/nullable.hpp>

#include <doctest/doctest.h>

#include <iomanip>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

TEST_SUITE("base/secret") {

namespace {

using intheloop::secret;

template <class Char, class T>
std::basic_string<Char> printed(T const& value) {
    std::basic_ostringstream<Char> out;
    out << value;
    return out.str();
}

} // namespace

TEST_CASE("a secret never prints its text") {
    secret const hidden = "what nobody may see";
    CHECK(printed<char>(hidden) == "[redacted]");
    CHECK(printed<wchar_t>(hidden) == L"[redacted]");
    CHECK(printed<char>(secret()) == "[redacted]"); // not even that there is none
    CHECK(printed<char>(intheloop::nullable<secret>(hidden)) == "[redacted]");
    CHECK(std::string_view(doctest::toString(hidden).c_str()) == "[redacted]");
    std::ostringstream out;
    out << std::setw(30) << std::left << hidden;
    CHECK(out.str().find("nobody") == std::string::npos);
}

TEST_CASE("a secret is made of any string, and given only by reveal") {
    std::string const text = "text";
    CHECK(secret("text").reveal() == "text");
    CHECK(secret(text).reveal() == "text");
    CHECK(secret(std::string("text")).reveal() == "text");
    CHECK(secret(std::string_view("text")).reveal() == "text");
    secret assigned;
    CHECK(assigned.empty());
    assigned = "text";
    CHECK(assigned.reveal() == "text");
    CHECK_FALSE(assigned.empty());
    assigned = text + "s";
    CHECK(assigned.reveal() == "texts");
    std::optional<secret> optional;
    optional = "text";
    CHECK(optional->reveal() == "text");

    static_assert(std::is_convertible_v<char const*, secret>);
    static_assert(std::is_convertible_v<char*, secret>);
    static_assert(std::is_convertible_v<std::string_view, secret>);
    static_assert(!std::is_convertible_v<secret, std::string>);
    static_assert(!std::is_convertible_v<secret, std::string_view>);
    static_assert(!std::is_constructible_v<std::string, secret>);
    static_assert(!std::is_constructible_v<std::string_view, secret>);
    static_assert(!std::is_constructible_v<secret, int>);
    static_assert(!std::is_aggregate_v<secret>);
}

TEST_CASE("a null pointer makes an empty secret, also where it could be written through") {
    char const* const nothing = nullptr;
    char* const unset = nullptr; // as std::getenv() says it
    CHECK(secret(nothing).empty());
    CHECK(secret(unset).empty());
    secret assigned = "text";
    assigned = unset;
    CHECK(assigned.empty());
    std::optional<secret> optional;
    optional = unset;
    CHECK(optional->empty());
    intheloop::nullable<secret> nullable;
    nullable = unset;
    CHECK(nullable->empty());
    char text[] = "text";
    char* const written = text;
    CHECK(secret(text).reveal() == "text");
    CHECK(secret(written).reveal() == "text");
}

TEST_CASE("secrets compare") {
    CHECK(secret("a") == secret("a"));
    CHECK(secret("a") != secret("b"));
    CHECK(secret() == secret(""));
}

} // TEST_SUITE("base/secret")
