// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TOKEN_REQUEST_HPP
#define INTHELOOP_NET_TOKEN_REQUEST_HPP

#include <boost/asio/any_io_executor.hpp>

namespace intheloop {

// What a token provider is asked for.
struct token_request {
    // The service refused the token that was given last, with 401: a fresh one is wanted.
    bool refused = false;
    // On which the provider runs: a strand of the client's executor.
    boost::asio::any_io_executor executor;
};

} // namespace intheloop

#endif
