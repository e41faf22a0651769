// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_PREPARED_REQUEST_HPP
#define INTHELOOP_CLIENT_PREPARED_REQUEST_HPP

#include <intheloop/base/headers.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <string>

namespace intheloop {

// A request that a call would send, for people and tests to look at: see client::prepare. A plain
// value without the token; the token of the options and the impersonated user are "[redacted]"
// wherever else they stand.
class prepared_request {
public:
    prepared_request() {}

    verb method = verb::get;
    std::string address; // "https://api.intheloop.io/api/v1/report/exports/6e1c"
    // In the order in which they are sent; "Authorization: Bearer [redacted]" is the last.
    intheloop::headers headers;
    std::string body;
    // The body comes from a byte_source, of which nothing was read: `body` is empty.
    bool has_streamed_body = false;
};

} // namespace intheloop

#endif
