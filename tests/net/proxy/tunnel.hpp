// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NET_PROXY_TUNNEL_HPP
#define INTHELOOP_TESTS_NET_PROXY_TUNNEL_HPP

// One peer as a proxy and the origin behind it: what its script says before the handshake, the
// proxy says.

#include <net/faults/matrix.hpp>

#include <string>

namespace fixture {

inline std::string const established = "HTTP/1.1 200 Connection established\r\n\r\n";

inline script tunnel(std::string const& answer = established) {
    return {read_head, respond(answer), handshake, read_request, respond(good_answer)};
}

inline peer_tls certificate_for(std::string const& name) {
    peer_tls tls;
    tls.shown = test_authority().issue(loop::testing::certificate_request({name}));
    return tls;
}

// The origin, api.example.test, is one that only a proxy can reach.
inline loop::options options_through(unsigned short port) {
    loop::options how = options_for_port(port);
    how.base_url = "https://api.example.test";
    how.proxy = "http://user_hush:pass_hush@127.0.0.1:" + std::to_string(port);
    how.tls.ca_pem = test_authority().certificate_pem();
    how.deadline = patience;
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    return how;
}

} // namespace fixture

#endif
