// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
// expect: do not define BOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT
// expect-error-first
// expect-no-other-error
// compile-with: -DBOOST_ASIO_USE_TS_EXECUTOR_AS_DEFAULT

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
