// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_ARGUMENTS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_ARGUMENTS_HPP

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>
#include <vector>

namespace tools {

// Settings of the server, from its command line.
struct arguments {
    boost::asio::ip::tcp::endpoint listen_at;
    unsigned threads = 0;
    std::chrono::milliseconds grace{0};
    std::chrono::milliseconds patience{0};
    std::chrono::milliseconds poll_interval{0};
    std::size_t most_jobs = 0;
    std::size_t most_readers = 0;
    std::size_t most_connections = 0;
    std::chrono::milliseconds heartbeat{0};
    std::vector<std::string> hosts;
    std::string redis; // the URL; empty: this server is alone
};

// The arguments, or the exit code of a program that is not to go on: after --help, or bad usage.
std::variant<arguments, int> parse_arguments(int argc, char** argv);

} // namespace tools

#endif
