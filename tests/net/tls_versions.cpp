// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Which versions of OpenSSL free a connection's buffers only where they are not in use.
#include <intheloop/net/detail/tls_stream.hpp>

#include <doctest/doctest.h>

#include <openssl/crypto.h>

TEST_SUITE("net/tls_versions") {

using intheloop::net::frees_only_unused_buffers;

TEST_CASE("the first versions without CVE-2024-4741, and their neighbours") {
    struct {
        unsigned long number;
        bool is_mended;
    } const rows[] = {
        {0x1010117fUL, false}, // 1.1.1w
        {0x20000000UL, false}, // LibreSSL
        {0x30000000UL, false}, {0x300000d0UL, false}, {0x300000e0UL, true}, {0x30000140UL, true},
        {0x30100000UL, false}, {0x30100050UL, false}, {0x30100060UL, true}, {0x30200010UL, false},
        {0x30200020UL, true},  {0x30300000UL, false}, {0x30300010UL, true}, {0x30400000UL, true},
        {0x30500000UL, true},  {0x30600000UL, true},  {0x40000000UL, true},
    };
    for (auto const& row : rows) {
        CAPTURE(row.number);
        CHECK(frees_only_unused_buffers(row.number) == row.is_mended);
    }
}

TEST_CASE("the numbers are those that OpenSSL gives itself") {
    CHECK((OpenSSL_version_num() >> 28) == OPENSSL_version_major());
    CHECK((OpenSSL_version_num() >> 20 & 0xff) == OPENSSL_version_minor());
    CHECK((OpenSSL_version_num() >> 4 & 0xff) == OPENSSL_version_patch());
}

} // TEST_SUITE("net/tls_versions")
