// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_TOKEN_REQUEST_HPP
#define INTHELOOP_NET_TOKEN_REQUEST_HPP

#include <boost/asio/any_io_executor.hpp>

namespace intheloop {

// The request to a token provider.
struct token_request {
    // The service refused the last token with 401: a fresh one is needed.
    bool refused = false;
    // The executor of the provider: a strand of the client's executor.
    boost::asio::any_io_executor executor;
};

} // namespace intheloop

#endif
