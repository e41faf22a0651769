// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How many system calls a call makes once its connection stands.
#include <client/fixture.hpp>
#include <support/loopback_port.hpp>
#include <support/process.hpp>
#include <support/sanitizers.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <sstream>
#include <string>
#include <utility>

TEST_SUITE("client/syscalls/syscalls") {

namespace {

using namespace fixture;
using counts = std::map<std::string, double>; // by the system's names

// Counts with strace the system calls of a program that makes so many calls.
counts count(server& s, std::string const& method, int concurrency, int calls) {
    tests::scratch_directory scratch;
    write_file(scratch.path / "ca.pem", s.ca_certificate());
    std::string const out = (scratch.path / "counts").string();
    tests::process traced({program_at("INTHELOOP_TEST_STRACE"), "-c", "-f", "-U", "name,calls",
                           "-o", out, program_at("INTHELOOP_TEST_CALL_OFTEN"), method,
                           std::to_string(concurrency), std::to_string(calls), s.add_export()},
                          {{"INTHELOOP_BASE_URL", s.base_url()},
                           {"INTHELOOP_TOKEN", s.token()},
                           {"SSL_CERT_FILE", (scratch.path / "ca.pem").string()}});
    int const code = traced.wait();
    REQUIRE_MESSAGE(code == 0, traced.err());
    counts seen;
    std::istringstream lines(tests::content_of(out));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        double often = 0;
        if (words >> name >> often && name != "total")
            seen[name] = often;
    }
    return seen;
}

// The difference of two lengths, so that connecting cancels out.
counts count_each(server& s, std::string const& method, int concurrency) {
    int const fewer = 10 * concurrency, more = fewer + 1600;
    counts const before = count(s, method, concurrency, fewer);
    counts each = count(s, method, concurrency, more);
    for (auto& [name, often] : each) {
        auto const found = before.find(name);
        often = (often - (found == before.end() ? 0 : found->second)) / (more - fewer);
    }
    return each;
}

// Why nothing can be counted here, if so.
std::string obstacle() {
    if (support::is_sanitized)
        return "a sanitizer makes system calls of its own";
    std::string const strace = program_at("INTHELOOP_TEST_STRACE");
    if (strace.empty())
        return "strace is missing";
    tests::process tried({strace, "-c", "-o", "/dev/null", "true"}, {});
    return tried.wait() == 0 ? "" : "strace may not trace: " + tried.err();
}

} // namespace

TEST_CASE("a call makes few system calls, and none twice") {
    if (std::string const why = obstacle(); !why.empty()) {
        MESSAGE("skipped: ", why);
        return;
    }
    server s;
    for (std::string const method : {"get", "post"})
        for (int const concurrency : {1, 32}) {
            CAPTURE(method);
            CAPTURE(concurrency);
            counts each = count_each(s, method, concurrency);
            // Handshakes may take some system calls more in one of the two lengths.
            auto const take = [&](std::string const& name) { return std::exchange(each[name], 0); };
            auto const is_about = [&](std::string const& name, double expected) {
                double const seen = take(name);
                CHECK_MESSAGE(std::abs(seen - expected) < 0.1, name, ": ", seen);
            };
            is_about("sendto", 1);
            is_about("recvfrom", 1);
            is_about("epoll_ctl", 1);
            // Calls that come together share these: a look at whether the server has closed the
            // connection, and a wait for the answer, with one more to see what else there is.
            // How many come together is the server's doing, so no call may take more than its own.
            double const looks = take("poll"), waits = take("epoll_wait");
            CHECK_MESSAGE(looks < 1.1, "poll: ", looks); // see tests/client/pool/looks.cpp
            CHECK_MESSAGE(waits < 2.1, "epoll_wait: ", waits);
            for (auto const& [name, often] : each)
                CHECK_MESSAGE(often < 0.1, name, ": ", often);
        }
}

} // TEST_SUITE("client/syscalls/syscalls")
