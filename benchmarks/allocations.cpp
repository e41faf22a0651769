// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// How often a call allocates memory in the steady state, and what an idle client, idle connections
// and a call in flight keep, in bytes. OpenSSL's own memory is counted apart.
//
// With "clients" as the mode: what so many idle clients keep in one process that trust the system's
// authorities, and what the first of them does.
#include "calls/calls.hpp"
#include "calls/client_options.hpp"
#include "heap.hpp"

#include <intheloop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace {

template <class Endpoint>
asio::awaitable<void> call_in_turn(loop::client& client, Endpoint const& endpoint,
                                   typename Endpoint::request_type const& request,
                                   std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        auto const answer = co_await client.async_call(endpoint, request);
        auto const& result = answer.value(); // throws where there is none
        calls::check(result.id, result.status.value().text());
    }
}

// A client, and what its coroutines do on the one thread.
class bench {
public:
    explicit bench(calls::arguments const& chosen)
        : posts_(chosen.posts()), client_(io_.get_executor(), calls::client_options(chosen)) {}

    void begin(std::size_t count) {
        auto const rethrow = [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        };
        if (posts_)
            co_spawn(io_, call_in_turn(client_, loop::report::export_report, post_, count),
                     rethrow);
        else
            co_spawn(io_, call_in_turn(client_, loop::report::get_report, get_, count), rethrow);
    }
    void finish() {
        io_.restart();
        io_.run();
    }
    // Makes that many calls at a time, until each has had a connection of its own.
    void call_at_once(std::size_t count) {
        for (int rounds = 100; client_.statistics().connections_idle != count; --rounds) {
            if (rounds == 0)
                throw std::runtime_error("not all connections are there");
            for (std::size_t i = 0; i < count; ++i)
                begin(2);
            finish();
        }
    }
    // Begins that many calls, each in its first turn, and sends them: none is answered by then.
    void send(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            begin(1);
        io_.restart();
        for (std::size_t i = 0; i < count; ++i)
            io_.poll_one();
        if (client_.statistics().requests_in_flight != count)
            throw std::runtime_error("not all calls are in flight");
    }
    heap::counts measure(std::size_t count) {
        auto const before = heap::now();
        begin(count);
        finish();
        auto const after = heap::now();
        return {after.allocations - before.allocations, 0,
                after.openssl_allocations - before.openssl_allocations, 0};
    }

private:
    bool posts_;
    asio::io_context io_{1};
    loop::client client_;
    loop::report::get_request get_{std::string(calls::id)};
    loop::report::export_request post_{
        std::chrono::sys_seconds(std::chrono::seconds(calls::period_start)),
        std::chrono::sys_seconds(std::chrono::seconds(calls::period_end))};
};

void print(char const* name, double value, char const* end = ", ") {
    std::printf("\"%s\": %.2f%s", name, value, end);
}

void make_clients(calls::arguments const& chosen) {
    asio::io_context io(1);
    auto const before = heap::now();
    std::vector<std::unique_ptr<loop::client>> all;
    std::vector<heap::counts> after;
    for (std::size_t i = 0; i != chosen.concurrency; ++i) {
        loop::options how;
        how.base_url = chosen.origin();
        how.token = std::string(calls::token) + std::to_string(i);
        all.push_back(std::make_unique<loop::client>(io.get_executor(), how));
        if (i == 0 || i + 1 == chosen.concurrency)
            after.push_back(heap::now());
    }
    std::printf("{");
    print("first", static_cast<double>(after.front().kept - before.kept));
    print("first_openssl", static_cast<double>(after.front().openssl_kept - before.openssl_kept));
    print("all", static_cast<double>(after.back().kept - before.kept));
    print("all_openssl", static_cast<double>(after.back().openssl_kept - before.openssl_kept));
    print("resident", static_cast<double>(calls::peak_memory()) * 1024, "}\n");
}

void run(calls::arguments const& chosen) {
    if (chosen.mode == "clients")
        return make_clients(chosen);
    auto const before_client = heap::now();
    bench bench(chosen);
    auto const with_client = heap::now();

    bench.begin(20);
    bench.finish();
    auto const one_connection = heap::now();
    bench.call_at_once(chosen.concurrency);
    auto const all_connections = heap::now();

    // The coroutine that makes the calls is part of none of them.
    auto const one_call = bench.measure(1);
    auto const more_calls = bench.measure(1 + chosen.calls);

    auto const at_rest = heap::now();
    bench.send(chosen.concurrency);
    auto const in_flight = heap::now();
    bench.finish();

    auto const calls = static_cast<double>(chosen.calls);
    auto const all = static_cast<double>(chosen.concurrency);
    auto const per = [](long after, long before, double count) {
        return static_cast<double>(after - before) / count;
    };
    std::printf("{");
    print("allocations_per_call", per(more_calls.allocations, one_call.allocations, calls));
    print("openssl_allocations_per_call",
          per(more_calls.openssl_allocations, one_call.openssl_allocations, calls));
    print("idle_client", per(with_client.kept, before_client.kept, 1));
    print("idle_client_openssl", per(with_client.openssl_kept, before_client.openssl_kept, 1));
    print("idle_connections", per(all_connections.kept, one_connection.kept, 1));
    print("idle_connections_openssl",
          per(all_connections.openssl_kept, one_connection.openssl_kept, 1));
    print("idle_connection", per(all_connections.kept, one_connection.kept, all - 1));
    print("idle_connection_openssl",
          per(all_connections.openssl_kept, one_connection.openssl_kept, all - 1));
    print("call_in_flight", per(in_flight.kept, at_rest.kept, all));
    print("call_in_flight_openssl", per(in_flight.openssl_kept, at_rest.openssl_kept, all), "}\n");
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
