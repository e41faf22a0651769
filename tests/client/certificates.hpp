// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_CERTIFICATES_HPP
#define INTHELOOP_TESTS_CLIENT_CERTIFICATES_HPP

#include <intheloop/testing/certificate.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace fixture {

// The first certificate of a chain.
inline std::string leaf_of(intheloop::testing::certificate const& chain) {
    constexpr std::string_view end = "-----END CERTIFICATE-----\n";
    return chain.certificate_pem.substr(0, chain.certificate_pem.find(end) + end.size());
}

// Shows who a client is, and is good for nothing else.
inline intheloop::testing::certificate
client_certificate(intheloop::testing::certificate_authority const& of, std::string name) {
    intheloop::testing::certificate_request who({});
    who.common_name = std::move(name);
    who.server_auth = false;
    who.client_auth = true;
    return of.issue(who);
}

} // namespace fixture

#endif
