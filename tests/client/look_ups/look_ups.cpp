// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Host names that the system's resolver does not answer, or answers late. A program of its own, as
// it stands in for getaddrinfo.
#include <client/at_rest.hpp>
#include <client/black_hole.hpp>
#include <client/look_ups/gate.hpp>
#include <support/sanitizers.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

// Hangs for names that begin with "hangs" while the gate is shut. Other names below .test are
// this machine, but for "missing"; "flaky" from the second time on.
extern "C" int getaddrinfo(char const* node, char const* service, addrinfo const* hints,
                           addrinfo** found) {
    using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    std::string const name = node ? node : "";
    {
        std::unique_lock lock(resolver::mutex);
        int const times = ++resolver::asked[name];
        sigset_t blocked;
        ::pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
        for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1, SIGALRM, SIGPIPE})
            resolver::ran_with_signals |= ::sigismember(&blocked, signal) == 0;
        if (name.starts_with("hangs")) {
            resolver::most_inside = std::max(resolver::most_inside, ++resolver::inside);
            resolver::threads.insert(::gettid());
            resolver::changed.notify_all();
            resolver::changed.wait(lock, [] { return !resolver::is_shut; });
            --resolver::inside;
            resolver::changed.notify_all();
            return EAI_AGAIN;
        }
        if (name == "missing.test")
            return EAI_NONAME;
        if (name == "flaky.test" && times == 1)
            return EAI_AGAIN;
    }
    return real(name.ends_with(".test") ? "127.0.0.1" : node, service, hints, found);
}

TEST_SUITE("client/look_ups/look_ups") {

using namespace fixture;
using loop::errc;

namespace {

// A server that names below .test lead to.
class named_server {
public:
    loop::options options(std::string const& host) const {
        loop::options how = options_for(one);
        how.base_url = "https://" + host + ':' + how.base_url.substr(how.base_url.rfind(':') + 1);
        return how;
    }
    server one{[] {
        server_options how;
        how.extra_names = {"api.test", "other.test", "late.test", "flaky.test", "shared.test"};
        return how;
    }()};
};

loop::call_options within(std::chrono::milliseconds deadline) {
    loop::call_options how;
    how.deadline = deadline;
    return how;
}

std::ptrdiff_t threads() {
    std::filesystem::directory_iterator const all("/proc/self/task");
    return std::distance(begin(all), end(all));
}

} // namespace

TEST_CASE("a call ends at its deadline while its name is looked up, and nothing is left to run") {
    loop::options how = options_for_name("hangs-1.test");
    how.deadline = 5s;
    hung_call hung(how);
    auto const& r = hung.after(5s);
    CHECK(r.error().code() == errc::deadline_exceeded);
    CHECK(r.error().progress == loop::request_progress::not_sent);
    CHECK(contains(r.error().detail, "the look-up of hangs-1.test has not ended"));
    check_at_rest(*hung.client);
    CHECK_FALSE(resolver::ran_with_signals);
}

TEST_CASE("the time limit of connecting ends a look-up") {
    loop::options how = options_for_name("hangs-1.test");
    how.connect_timeout = 2s;
    hung_call hung(how);
    auto const& r = hung.after(2s);
    CHECK(r.error().code() == errc::connect_timed_out);
    CHECK(contains(r.error().detail, "the look-up of hangs-1.test has not ended"));
}

TEST_CASE("the name of a proxy may hang too") {
    loop::options how = options_for_name("api.test");
    how.proxy = "http://hangs-proxy.test:3128";
    how.deadline = 5s;
    hung_call hung(how);
    auto const& r = hung.after(5s);
    CHECK(r.error().code() == errc::deadline_exceeded);
    CHECK(contains(r.error().detail, "the look-up of hangs-proxy.test has not ended"));
    CHECK(hung.look_ups.asked("api.test") == 0);
}

TEST_CASE("other names are served while many hang") {
    named_server s;
    gate look_ups;
    asio::io_context io;
    std::list<loop::client> hung;
    int ended = 0;
    for (int i = 0; i != 12; ++i) {
        auto const name = "hangs-" + std::to_string(i) + ".test";
        hung.emplace_back(io.get_executor(), options_for_name(name))
            .async_call(report::export_report, week(), within(1h), [&](auto const&) { ++ended; });
    }
    run_until(io, [&] { return look_ups.hung() == 12; });
    for (char const* name : {"localhost", "api.test", "other.test"}) {
        CAPTURE(std::string(name));
        loop::client healthy(io.get_executor(), s.options(name));
        int served = 0;
        healthy.async_call(report::export_report, week(), [&](auto const& r) {
            CHECK_MESSAGE(r, r.error());
            ++served;
        });
        run_until(io, [&] { return served == 1; });
    }
    CHECK(ended == 0);
    CHECK(look_ups.hung() == 12);
    look_ups.open();
    run_until(io, [&] { return ended == 12; });
    io.restart();
    io.run(); // which returns
}

TEST_CASE("more names than threads wait for a thread, and the error says so") {
    named_server s;
    gate look_ups;
    auto const before = threads();
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    asio::io_context io;
    std::list<loop::client> clients;
    for (int i = 0; i != 40; ++i) {
        loop::options how = options_for_name("hangs-" + std::to_string(i) + ".test");
        how.time = clock;
        clients.emplace_back(io.get_executor(), how);
    }
    int in_vain = 0, queued = 0;
    for (loop::client& each : clients)
        each.async_call(report::export_report, week(), [&](auto const& r) {
            REQUIRE_FALSE(r);
            in_vain += contains(r.error().detail, ".test has not ended") ? 1 : 0;
            queued +=
                contains(r.error().detail, "16 look-ups of other names have not ended") ? 1 : 0;
        });
    run_until(io, [&] {
        return look_ups.hung() == 16 && std::all_of(clients.begin(), clients.end(), [](auto& each) {
                   return each.statistics().connections_being_made == 1;
               });
    });
    clock->advance(1h);
    io.restart();
    io.run(); // which returns
    CHECK(in_vain == 16);
    CHECK(queued == 24);
    CHECK(resolver::most_inside == 16);
    auto const late = call(s.options("late.test"), report::export_report, week(), within(50ms));
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::deadline_exceeded);
    CHECK(look_ups.asked("late.test") == 0);
    look_ups.open();
    CHECK(call(s.options("late.test"), report::export_report, week()));
    int asked = 0;
    for (int i = 0; i != 40; ++i)
        asked += look_ups.asked("hangs-" + std::to_string(i) + ".test");
    CHECK(asked == 16);                                 // no call waits for the others any more
    run_until(io, [&] { return threads() <= before; }); // none while idle
}

TEST_CASE("a name that no further thread can be started for waits, and the error says so") {
    hung_call first;
    pthread_attr_t before, endless;
    REQUIRE(::pthread_getattr_default_np(&before) == 0);
    REQUIRE(::pthread_getattr_default_np(&endless) == 0);
    REQUIRE(::pthread_attr_setstacksize(&endless, std::size_t(1) << 47) == 0); // more than there is
    REQUIRE(::pthread_setattr_default_np(&endless) == 0);
    loop::options how = options_for_name("hangs-2.test");
    how.time = first.clock;
    how.deadline = 5s;
    loop::client client(first.io.get_executor(), how);
    std::optional<loop::error> failure;
    client.async_call(report::export_report, week(), [&](auto const& r) {
        REQUIRE_FALSE(r);
        failure = r.error();
    });
    run_until_quiet(first.io);
    REQUIRE(::pthread_setattr_default_np(&before) == 0);
    first.clock->advance(5s);
    run_until(first.io, [&] { return failure.has_value(); });
    CHECK(failure->code() == errc::deadline_exceeded);
    CHECK(contains(failure->detail, "no thread could be started for the look-up of hangs-2.test"));
    CHECK(first.look_ups.asked("hangs-2.test") == 0);
    ::pthread_attr_destroy(&before);
    ::pthread_attr_destroy(&endless);
    first.client.reset();
}

TEST_CASE("equal names are looked up once, by all clients") {
    hung_call hung;
    asio::io_context other;
    loop::client second(hung.io.get_executor(), options_for_name("hangs-1.test", 2));
    loop::client third(other.get_executor(), options_for_name("hangs-1.test"));
    for (int i = 0; i != 3; ++i) {
        CHECK_FALSE(call(third, other, report::export_report, week(), within(10ms)));
        CHECK_FALSE(hung.outcome);
    }
    hung.after(1h);
    for (int i = 0; i != 3; ++i)
        CHECK_FALSE(call(second, hung.io, report::export_report, week(), within(10ms)));
    CHECK(hung.look_ups.asked("hangs-1.test") == 1);
}

TEST_CASE("those who wait for the same name all get the outcome") {
    gate look_ups;
    asio::io_context io;
    std::list<loop::client> clients;
    int failed = 0, closed = 0;
    for (int i = 0; i != 5; ++i)
        clients.emplace_back(io.get_executor(), options_for_name("hangs-1.test"))
            .async_call(report::export_report, week(), [&](auto const& r) {
                REQUIRE_FALSE(r);
                failed += r.error().code() == errc::resolve_failed ? 1 : 0;
                closed += r.error().code() == errc::client_closed ? 1 : 0;
            });
    run_until(io, [&] {
        return look_ups.hung() == 1 && std::all_of(clients.begin(), clients.end(), [](auto& each) {
                   return each.statistics().connections_being_made == 1;
               });
    });
    clients.pop_front(); // whose call ends at once
    look_ups.open();
    run_until(io, [&] { return failed + closed == 5; });
    CHECK(closed == 1);
    CHECK(look_ups.asked("hangs-1.test") == 1);
}

TEST_CASE("a call is cancelled while its name is looked up") {
    gate look_ups;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for_name("hangs-1.test"));
    asio::cancellation_signal stop;
    int ended = 0;
    client.async_call(report::export_report, week(), within(1h),
                      asio::bind_cancellation_slot(stop.slot(), [&](auto const& r) {
                          REQUIRE_FALSE(r);
                          CHECK(r.error().code() == errc::cancelled);
                          ++ended;
                      }));
    run_until(io, [&] { return look_ups.hung() == 1; });
    stop.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run();
    CHECK(ended == 1);
    check_at_rest(client);
    look_ups.wait_until_hung(1);
}

TEST_CASE("a client is destroyed while a name is looked up") {
    gate look_ups;
    asio::io_context io;
    std::optional<loop::client> client;
    client.emplace(io.get_executor(), options_for_name("hangs-1.test"));
    int ended = 0;
    client->async_call(report::export_report, week(), within(1h), [&](auto const& r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::client_closed);
        ++ended;
    });
    run_until(io, [&] { return look_ups.hung() == 1; });
    client.reset();
    io.restart();
    io.run();
    CHECK(ended == 1);
}

TEST_CASE("a context may be destroyed while a name is looked up") {
    gate look_ups;
    for (bool const is_shared : {false, true}) {
        CAPTURE(is_shared);
        asio::io_context other;
        loop::client stays(other.get_executor(), options_for_name("hangs-1.test"));
        int ended = 0;
        if (is_shared)
            stays.async_call(report::export_report, week(), [&](auto const&) { ++ended; });
        {
            asio::io_context io;
            loop::client client(io.get_executor(), options_for_name("hangs-1.test"));
            client.async_call(report::export_report, week(), within(1h),
                              [](auto const&) { FAIL("the context is gone"); });
            run_until(io, [&] {
                return look_ups.hung() == 1 && client.statistics().connections_being_made == 1;
            });
        }
        look_ups.wait_until_hung(1);
        if (is_shared) {
            run_until(other, [&] { return stays.statistics().connections_being_made == 1; });
            look_ups.open();
            run_until(other, [&] { return ended == 1; });
        }
    }
}

TEST_CASE("contexts come and go while their names are found") {
    for (int i = 0; i != 50; ++i) {
        asio::io_context io;
        loop::client client(io.get_executor(),
                            options_for_name("goes-" + std::to_string(i) + ".test"));
        client.async_call(report::export_report, week(), [](auto const&) {});
        for (int turns = 0; turns != i % 5; ++turns)
            io.poll_one();
    }
}

TEST_CASE("clients share the outcome of a look-up for some seconds") {
    named_server s;
    gate look_ups;
    auto const began = std::chrono::steady_clock::now();
    for (int i = 0; i != 3; ++i)
        REQUIRE(call(s.options("shared.test"), report::export_report, week()));
    CHECK(look_ups.asked("shared.test") >= 1);
    CHECK(look_ups.asked("shared.test") <= 1 + (std::chrono::steady_clock::now() - began) / 5s);
}

TEST_CASE("a failure of the resolver is no answer: the next attempt asks again") {
    named_server s;
    gate look_ups;
    loop::options how = s.options("flaky.test");
    how.retry.max_attempts = 2;
    how.retry.base = 1ms;
    auto const r = call(how, report::export_report, week());
    CHECK_MESSAGE(r, r.error());
    CHECK(r.attempts() == 2);
    CHECK(look_ups.asked("flaky.test") == 2);
}

TEST_CASE("a name that does not exist is named") {
    gate look_ups;
    auto const r = call(options_for_name("missing.test"), report::export_report, week());
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::resolve_failed);
    CHECK(contains(r.error().detail, "missing.test"));
    CHECK(look_ups.asked("missing.test") == 1);
}

TEST_CASE("addresses that nobody answers at are looked up again") {
    asio::io_context io;
    asio::ip::tcp::acceptor silent(io, asio::ip::tcp::v4());
    silent.bind({asio::ip::address_v4::loopback(), 0}); // it is ours, and takes nobody
    unsigned short const port = silent.local_endpoint().port();
    gate look_ups;
    for (int i = 0; i != 2; ++i) {
        auto const r = call(options_for_name("nobody.test", port), report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connect_failed);
    }
    CHECK(look_ups.asked("nobody.test") == 2);
    black_hole const hole; // nothing comes back from there
    for (int i = 0; i != 2; ++i) {
        loop::options how = options_for_name("silent.test", hole.port());
        how.connect_timeout = 1s;
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connect_timed_out);
    }
    CHECK(look_ups.asked("silent.test") == 2);
}

TEST_CASE("the child of a fork looks names up by itself") {
    if (support::is_sanitized)
        return; // they take no threads after a fork
    hung_call const hung;
    pid_t const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(60);
        asio::io_context io;
        loop::client client(io.get_executor(), options_for_name("missing.test"));
        errc got = errc::cancelled;
        client.async_call(report::export_report, week(), within(30s), [&](auto const& r) {
            got = static_cast<errc>(r.error().code().value());
        });
        io.run();
        ::_exit(got == errc::resolve_failed ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

} // TEST_SUITE("client/look_ups/look_ups")
