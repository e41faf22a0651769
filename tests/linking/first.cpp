// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop.hpp>

#include <boost/asio/io_context.hpp>
#include <string>

// Uses the definitions of the library in a second file of the program.
std::string first_file_says() {
    boost::asio::io_context io;
    intheloop::options options;
    options.token = "abc";
    intheloop::client client(io.get_executor(), options);
    return options.base_url;
}
