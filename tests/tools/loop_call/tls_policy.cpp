// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// OpenSSL reads its configuration once in a process, so each policy has a program of its own.
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <string>

TEST_SUITE("tools/loop_call/tls_policy") {

using namespace tests;
using intheloop::testing::tls_version;

namespace {

// Calls a server that speaks these versions, under a policy of OpenSSL's configuration. Returns the
// version that was spoken, or "refused": then the server has got no byte of HTTP.
std::string spoken(std::string const& policy, tls_version from, tls_version to) {
    CAPTURE(policy);
    server_options options;
    options.minimum_tls = from;
    options.maximum_tls = to;
    scene s(options);
    std::string const file = (s.directory.path / "openssl.cnf").string();
    std::ofstream(file) << "openssl_conf = all\n[all]\nssl_conf = ssl\n[ssl]\n"
                           "system_default = policy\n[policy]\n"
                        << policy << '\n';
    s.environment["OPENSSL_CONF"] = file;
    process p({program("loop-call"), "report.get_report", "--id", "x"}, s.environment);
    CHECK(p.wait() != 0); // the server has no such export
    CHECK_FALSE(s.has_secret(p));
    auto const got = s.loop.requests();
    if (!got.empty()) {
        CHECK_MESSAGE(contains(p.err(), "404"), p.err());
        return got.front().tls_version;
    }
    CHECK_MESSAGE(contains(p.err(), "TLS with "), p.err());
    CHECK(s.loop.wait_until_idle(patience));
    CHECK(s.loop.application_bytes_received() == 0);
    return "refused";
}

constexpr tls_version v1_0 = tls_version::tls_1_0, v1_1 = tls_version::tls_1_1,
                      v1_2 = tls_version::tls_1_2, v1_3 = tls_version::tls_1_3;

} // namespace

TEST_CASE("a system's minimum version holds: an older peer gets no token") {
    CHECK(spoken("MinProtocol = TLSv1.3", v1_2, v1_2) == "refused");
    CHECK(spoken("MinProtocol = TLSv1.3", v1_2, v1_3) == "TLSv1.3");
    CHECK(spoken("Protocol = -ALL,TLSv1.3", v1_2, v1_2) == "refused");
    CHECK(spoken("Protocol = -ALL,TLSv1.3", v1_2, v1_3) == "TLSv1.3");
}

TEST_CASE("a system's lower minimum does not lower the library's") {
    CHECK(spoken("MinProtocol = TLSv1\nCipherString = DEFAULT:@SECLEVEL=0", v1_0, v1_1) ==
          "refused");
    CHECK(spoken("MinProtocol = TLSv1.2", v1_2, v1_2) == "TLSv1.2");
    CHECK(spoken("MinProtocol = None", v1_2, v1_2) == "TLSv1.2");
}

TEST_CASE("a system's other limits hold too") {
    CHECK(spoken("MaxProtocol = TLSv1.2", v1_2, v1_3) == "TLSv1.2");
    CHECK(spoken("MaxProtocol = TLSv1.1", v1_2, v1_3) == "refused");
    // A level that asks for larger keys than the server has.
    CHECK(spoken("CipherString = DEFAULT:@SECLEVEL=5", v1_2, v1_3) == "refused");
    CHECK(spoken("CipherString = AES128-SHA\nMaxProtocol = TLSv1.2", v1_2, v1_2) == "refused");
    // A curve that the server's certificate may not have.
    CHECK(spoken("SignatureAlgorithms = RSA-PSS+SHA256", v1_2, v1_3) == "refused");
}

} // TEST_SUITE("tools/loop_call/tls_policy")
