// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
// The tests of own_answers.hpp share this.
#pragma once
#include "own_answers.hpp"

#include <client/fixture.hpp>

#include <string>

namespace own {

using namespace fixture;

inline card some_card() {
    card made;
    made.id = "c1";
    made.total = 3;
    made.tag = "v1";
    return made;
}

// Calls with a server of its own, which answers so.
template <class Endpoint>
auto answered(Endpoint const& endpoint, response_override const& with,
              loop::options how = loop::options()) {
    server s;
    loop::options const to_server = options_for(s);
    how.base_url = to_server.base_url;
    how.token = to_server.token;
    how.tls = to_server.tls;
    how.retry.max_attempts = 1;
    s.respond_next(with);
    return call(how, endpoint, card_request("c1"));
}

inline response_override card_json(unsigned status = 200) {
    return response_override(status, R"({"id":"c1"})").header("X-Total-Count", "3");
}

} // namespace own
