// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/base64.hpp>

#include <doctest/doctest.h>

#include <string>

TEST_SUITE("base/base64") {

using intheloop::detail::to_base64;

TEST_CASE("the vectors of RFC 4648") {
    CHECK(to_base64("") == "");
    CHECK(to_base64("f") == "Zg==");
    CHECK(to_base64("fo") == "Zm8=");
    CHECK(to_base64("foo") == "Zm9v");
    CHECK(to_base64("foob") == "Zm9vYg==");
    CHECK(to_base64("fooba") == "Zm9vYmE=");
    CHECK(to_base64("foobar") == "Zm9vYmFy");
}

TEST_CASE("each digit, from octets of all values") {
    std::string all;
    for (unsigned group = 0; group != 64; group += 4)
        all += {static_cast<char>(group << 2 | (group + 1) >> 4),
                static_cast<char>((group + 1) << 4 | (group + 2) >> 2),
                static_cast<char>((group + 2) << 6 | (group + 3))};
    CHECK(to_base64(all) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    CHECK(to_base64("\xff\xfe\xff") == "//7/");
    CHECK(to_base64(std::string(2, '\0')) == "AAA=");
}

} // TEST_SUITE("base/base64")
