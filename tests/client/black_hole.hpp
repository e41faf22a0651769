// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_BLACK_HOLE_HPP
#define INTHELOOP_TESTS_CLIENT_BLACK_HOLE_HPP

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <vector>

namespace fixture {

// A loopback port on which connecting neither succeeds nor fails: a listener whose queue is full
// and who accepts nobody, so that the system drops what comes.
class black_hole {
public:
    black_hole() {
        listener_ = open_socket(0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(listener_, 0) != 0 ||
            ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no listener");
        port_ = ntohs(address.sin_port);
        for (int i = 0; i != 4; ++i) {
            int const filler = open_socket(SOCK_NONBLOCK);
            (void)::connect(filler, reinterpret_cast<sockaddr*>(&address), size);
        }
    }
    ~black_hole() {
        for (int s : sockets_)
            ::close(s);
    }
    black_hole(black_hole const&) = delete;
    black_hole& operator=(black_hole const&) = delete;

    unsigned short port() const { return port_; }

private:
    int open_socket(int flags) {
        int const s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
        if (s < 0)
            throw std::runtime_error("no socket");
        sockets_.push_back(s);
        return s;
    }

    std::vector<int> sockets_;
    int listener_ = -1;
    unsigned short port_ = 0;
};

} // namespace fixture

#endif
