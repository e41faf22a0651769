// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Redaction takes memory in proportion to the text and to the secrets, not to their product. Steps
// don't tell: they count neither what is allocated nor what is cleared.
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>
#include <support/counted_heap.hpp>
#include <support/sanitizers.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

TEST_SUITE("policy/redact_memory") {

namespace {

namespace policy = intheloop::policy;
using intheloop::detail::to_base64;

// Nothing that anybody could log in with.
std::string secret_of(std::size_t size) {
    constexpr std::string_view chars =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string secret;
    unsigned random = 12345;
    while (secret.size() != size) {
        random = random * 1103515245 + 12345;
        secret += chars[random >> 16 & 63];
    }
    return secret;
}

// A break that is read in two ways, which meet again, in a part of what is sought.
std::string broken(std::string_view text) {
    return std::string(text.substr(0, 6)) + "\\\n\\n" + std::string(text.substr(6, 8));
}

// Returns what the search takes from the heap in base64 of a text that comes again and again, with
// an octet of no text between.
std::size_t memory(std::string_view secret, std::string const& piece, std::size_t count) {
    std::string plain;
    for (std::size_t i = 0; i != count; ++i)
        plain += piece + '\x01';
    std::string const text = to_base64(plain);
    policy::sought_secret const sought[] = {{secret}, {"another_secret", true}, {"short"}};
    policy::secret_finder const finder(sought);
    std::size_t const before = tests::taken_from_heap;
    CHECK(finder.find(text).empty());
    return tests::taken_from_heap - before;
}

} // namespace

TEST_CASE("a search in many short texts takes no more memory for a long secret") {
    for (bool const in_digits : {false, true}) {
        auto const of = [&](std::size_t size, std::size_t count) {
            std::string const secret = secret_of(size);
            return memory(secret, broken(in_digits ? to_base64(secret) : secret), count);
        };
        CAPTURE(in_digits);
        std::size_t const once = of(32, 500);
        CHECK((once != 0 || support::is_sanitized));
        CHECK(of(32, 1000) <= 2 * once);
        // What a long secret takes, it takes once.
        std::size_t const once_of_long = of(2048, 500);
        CHECK(once_of_long <= once + 512 * 1024);
        CHECK(of(2048, 1000) - once_of_long <= once);
        CHECK(once <= 500 * 18 * 16);
    }
}

} // TEST_SUITE("policy/redact_memory")
