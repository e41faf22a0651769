// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_LOOPBACK_PORT_HPP
#define INTHELOOP_TESTS_SUPPORT_LOOPBACK_PORT_HPP

// What a test prepares for a program of the system that it runs.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace fixture {

// Where a variable of the environment says that a program is; empty: there is none.
inline std::string program_at(char const* variable) {
    char const* const path = std::getenv(variable);
    return path ? path : "";
}

inline void write_file(std::filesystem::path const& path, std::string const& text) {
    std::ofstream(path) << text;
}

// A loopback port that is ours for as long as this lives. As nobody listens yet, it refuses
// connections; a program that binds it with SO_REUSEADDR, as servers do, can listen on it.
class loopback_port {
public:
    loopback_port() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        int const yes = 1;
        ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        if (socket_ < 0 || ::bind(socket_, generic_address(), size) != 0 ||
            ::getsockname(socket_, generic_address(), &size) != 0)
            throw std::runtime_error("no loopback port");
    }
    ~loopback_port() { ::close(socket_); }
    loopback_port(loopback_port const&) = delete;
    loopback_port& operator=(loopback_port const&) = delete;

    // From now on connections wait in the queue of our own socket, for whoever inherits it.
    void listen() {
        if (::listen(socket_, 256) != 0)
            throw std::runtime_error("can't listen on a loopback port");
    }

    unsigned short number() const { return ntohs(address_.sin_port); }
    std::string text() const { return std::to_string(number()); }
    int socket() const { return socket_; }

    bool accepts() {
        int const visitor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        bool const accepted = ::connect(visitor, generic_address(), sizeof address_) == 0;
        ::close(visitor);
        return accepted;
    }

private:
    sockaddr* generic_address() { return reinterpret_cast<sockaddr*>(&address_); }

    int socket_;
    sockaddr_in address_{};
};

} // namespace fixture

#endif
