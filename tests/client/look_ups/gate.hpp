// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_LOOK_UPS_GATE_HPP
#define INTHELOOP_TESTS_CLIENT_LOOK_UPS_GATE_HPP

#include <client/fixture.hpp>
#include <support/wait_until.hpp>

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

// Remembers the questions to the resolver of look_ups.cpp, and whether names hang.
namespace resolver {

inline std::mutex mutex;
inline std::condition_variable changed;
inline bool is_shut = false;
inline std::map<std::string, int> asked; // by name
inline int inside = 0;                   // look-ups that hang
inline std::set<pid_t> threads;          // that have hung since the gate was shut
inline int most_inside = 0;
inline bool ran_with_signals = false;

} // namespace resolver

namespace fixture {

// Keeps the names that hang hanging; opens at its end, or before.
class gate {
public:
    gate() {
        std::lock_guard const lock(resolver::mutex);
        resolver::is_shut = true;
        resolver::asked.clear();
        resolver::most_inside = 0;
    }
    ~gate() { open(); }
    gate(gate const&) = delete;
    gate& operator=(gate const&) = delete;

    void open() {
        std::unique_lock lock(resolver::mutex);
        resolver::is_shut = false;
        resolver::changed.notify_all();
        CHECK(resolver::changed.wait_for(lock, patience, [] { return resolver::inside == 0; }));
        auto const ending = std::exchange(resolver::threads, {});
        lock.unlock();
        // Until then the look-ups are under way, and who begins another one shares their outcome.
        auto const lives = [](pid_t each) {
            return ::access(("/proc/self/task/" + std::to_string(each)).c_str(), F_OK) == 0;
        };
        CHECK(tests::wait_until([&] { return std::none_of(ending.begin(), ending.end(), lives); },
                                patience));
    }
    void wait_until_hung(int how_many) {
        std::unique_lock lock(resolver::mutex);
        REQUIRE(resolver::changed.wait_for(lock, patience,
                                           [&] { return resolver::inside == how_many; }));
    }
    int hung() {
        std::lock_guard const lock(resolver::mutex);
        return resolver::inside;
    }
    int asked(std::string const& name) {
        std::lock_guard const lock(resolver::mutex);
        return resolver::asked[name];
    }
};

inline loop::options options_for_name(std::string const& host, unsigned short port = 1) {
    static loop::testing::certificate_authority const trusted; // the system's are many to read
    loop::options how = options_for_port(port);
    how.tls.ca_pem = trusted.certificate_pem();
    how.base_url = "https://" + host + ':' + std::to_string(port);
    return how;
}

// A call whose host name hangs, on a clock that stands still.
class hung_call {
public:
    explicit hung_call(loop::options how = options_for_name("hangs-1.test")) {
        how.time = clock;
        client.emplace(io.get_executor(), std::move(how));
        client->async_call(report::export_report, week(),
                           [&](auto r) { outcome.emplace(std::move(r)); });
        run_until(io, [&] { return look_ups.hung() == 1; });
    }
    // Lets time pass, and runs what is left: run() returns though the name still hangs.
    loop::result<report::export_result> const& after(std::chrono::milliseconds time) {
        clock->advance(time);
        io.restart();
        io.run();
        REQUIRE(outcome);
        REQUIRE_FALSE(*outcome);
        CHECK(look_ups.hung() == 1);
        return *outcome;
    }

    gate look_ups;
    std::shared_ptr<loop::testing::virtual_clock> clock =
        std::make_shared<loop::testing::virtual_clock>();
    asio::io_context io;
    std::optional<loop::client> client;
    std::optional<loop::result<report::export_result>> outcome;
};

} // namespace fixture

#endif
