// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A call ends well where the system takes no more descriptors into an epoll set, as it does
// once a user has fs.epoll.max_user_watches of them. A program of its own, as it stands in for
// epoll_ctl.
#include <client/fixture.hpp>
#include <support/descriptors.hpp>

#include <doctest/doctest.h>

#include <dlfcn.h>
#include <sys/epoll.h>

#include <cerrno>
#include <set>

namespace {

// Of the client's thread: the server runs on another.
thread_local bool takes_none_back = false;
thread_local int refused = 0;
thread_local std::set<int> removed;

} // namespace

// Refuses descriptors that were removed before.
extern "C" int epoll_ctl(int set, int operation, int descriptor, epoll_event* event) noexcept {
    using function = int (*)(int, int, int, epoll_event*);
    static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "epoll_ctl"));
    if (operation == EPOLL_CTL_DEL && takes_none_back)
        removed.insert(descriptor);
    if (operation == EPOLL_CTL_ADD && takes_none_back && removed.erase(descriptor) != 0) {
        ++refused;
        errno = ENOSPC;
        return -1;
    }
    return real(set, operation, descriptor, event);
}

TEST_SUITE("client/epoll/epoll") {

using namespace fixture;

TEST_CASE("a connection that can't be watched is closed, and nothing was sent on it") {
    no_descriptor_leaks const none;
    server s;
    asio::io_context io;
    loop::options how = options_for(s);
    how.retry.base = 1ms;
    how.retry.max_attempts = 3;
    loop::client client(io.get_executor(), how);
    takes_none_back = true;
    auto const r = call(client, io, report::export_report, week());
    takes_none_back = false;
    CHECK(refused == 3);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == loop::errc::connect_failed);
    CHECK(r.error().progress == loop::request_progress::not_sent);
    CHECK(r.attempts() == 3);
    CHECK(s.requests().empty());
    CHECK(call(client, io, report::export_report, week())); // once there is room again
}

} // TEST_SUITE("client/epoll/epoll")
