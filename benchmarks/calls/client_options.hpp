// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_CLIENT_OPTIONS_HPP
#define INTHELOOP_BENCHMARKS_CALLS_CLIENT_OPTIONS_HPP

#include "calls.hpp"

#include <intheloop/client/options.hpp>

#include <string>

namespace calls {

// Of a client of this library: a connection for each concurrent call, else as a user has it.
inline intheloop::options client_options(arguments const& chosen) {
    intheloop::options how;
    how.base_url = chosen.origin();
    how.token = std::string(token);
    how.tls.ca_file = chosen.ca_file;
    how.pool.max_connections = chosen.concurrency;
    how.pool.max_idle = chosen.concurrency;
    return how;
}

} // namespace calls

#endif
