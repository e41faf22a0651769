// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A recording takes memory, and so time, in proportion to what was recorded, not to its product
// with the secrets in it.
#include "told_exchange.hpp"

#include <support/counted_heap.hpp>
#include <support/sanitizers.hpp>

#include <cstddef>
#include <string>
#include <string_view>

TEST_SUITE("recording/recorder_memory") {

using namespace session;

namespace {

// Nothing that anybody could log in with.
std::string signature(unsigned random) {
    constexpr std::string_view chars =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string made;
    while (made.size() != 60) {
        random = random * 1103515245 + 12345;
        made += chars[random >> 16 & 63];
    }
    return made;
}

// Returns what a recording takes from the heap of so many signed addresses: in one body, or each in
// a body of its own.
std::size_t memory(unsigned addresses, bool in_one_body) {
    recorder keeper;
    told one;
    for (unsigned i = 0; i != addresses; ++i) {
        one.body += one.body.empty() ? "[" : ",";
        one.body += "\"https://f.example/" + std::to_string(i) + "?Signature=" + signature(i) + '"';
        if (in_one_body && i + 1 != addresses)
            continue;
        one.body += ']';
        one.tell(keeper);
        one.body.clear();
    }
    std::size_t const before = tests::taken_from_heap;
    recording const made = keeper.recording();
    std::size_t const taken = tests::taken_from_heap - before;
    CHECK(text_of(made.exchanges().back().body)
              .ends_with("\"{{file:" + std::to_string(addresses) + "}}\"]"));
    return taken;
}

} // namespace

TEST_CASE("signed addresses take memory in proportion to their number") {
    for (bool const in_one_body : {false, true}) {
        CAPTURE(in_one_body);
        std::size_t const once = memory(100, in_one_body);
        CHECK((once != 0 || support::is_sanitized));
        CHECK(memory(200, in_one_body) <= 3 * once);
    }
}

} // TEST_SUITE("recording/recorder_memory")
