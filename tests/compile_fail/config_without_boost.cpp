// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
// expect: intheloop needs Boost 1.81 or later: none is among the include directories
// expect-error-first
// expect-no-other-error
// compile-with: -nostdinc

// The control is compiled without these options.
#ifdef CONTROL
#include <intheloop/base/config.hpp>
#else
#include <intheloop.hpp>

int main() {
    boost::asio::io_context io;
    intheloop::client client(io.get_executor(), intheloop::options::from_env());
}
#endif
