// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A program of several files that include <intheloop.hpp>: it links only if nothing is defined
// twice or missing.
#include <intheloop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <iostream>
#include <string>

std::string first_file_says();

int main() {
    boost::asio::io_context io;
    using boost::asio::ip::tcp;
    tcp::acceptor acceptor(io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    auto const port = acceptor.local_endpoint().port();
    acceptor.close();

    intheloop::options options;
    options.base_url = "https://127.0.0.1:" + std::to_string(port);
    options.token = "abc";
    intheloop::client client(io.get_executor(), options);
    unsigned answers = 0;
    bool refused = false;
    intheloop::report::get_request which("6e1cf0db");
    client.async_call(intheloop::report::get_report, which,
                      [&](intheloop::result<intheloop::report::export_result> r) {
                          ++answers;
                          refused = !r && r.error().code() == intheloop::condition::network;
                      });
    io.run();
    if (answers != 1 || !refused || first_file_says() != "https://api.intheloop.io") {
        std::cerr << "answers: " << answers << ", refused: " << refused << '\n';
        return 1;
    }
}
