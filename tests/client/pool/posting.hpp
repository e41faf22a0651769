// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_POOL_POSTING_HPP
#define INTHELOOP_TESTS_CLIENT_POOL_POSTING_HPP

#include <client/fixture.hpp>

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace fixture {

// A server, and a client that begins POSTs. They are not sent again when their connection turns out
// to be dead.
struct posting {
    posting() = default;
    explicit posting(server_options const& with) : s(with) {}

    server s;
    loop::options how = options_for(s);
    asio::io_context io;
    std::optional<loop::client> made;
    int succeeded = 0;

    loop::client& client() { return made ? *made : made.emplace(io.get_executor(), how); }
    void begin() {
        client().async_call(report::export_report, week(), [&](auto r) {
            CHECK_MESSAGE(r, r.error());
            ++succeeded;
        });
    }
    // Begins so many at once, each of which the server holds.
    void begin_and_hold(int calls) {
        auto const before = s.requests().size();
        for (int i = 0; i != calls; ++i) {
            s.hold_next();
            begin();
        }
        fixture::run_until(
            io, [&] { return s.requests().size() == before + static_cast<std::size_t>(calls); });
    }
    void run() {
        io.restart();
        io.run();
    }
};

// Returns the sockets of this process that are connected to that port, in the order in which they
// were made.
inline std::vector<int> sockets_to(unsigned short port) {
    std::vector<int> found;
    for (auto const& each : std::filesystem::directory_iterator("/proc/self/fd")) {
        int const descriptor = std::stoi(each.path().filename().string());
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
            peer.sin_family == AF_INET && ntohs(peer.sin_port) == port)
            found.push_back(descriptor);
    }
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace fixture

#endif
