// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with this library, one coroutine for each concurrent call.
#include "calls.hpp"
#include "client_options.hpp"

#include <intheloop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace {

template <class Endpoint>
asio::awaitable<void> call_in_turn(loop::client& client, Endpoint const& endpoint,
                                   typename Endpoint::request_type const& request,
                                   calls::series& series) {
    for (std::size_t i = 0; i < series.each(); ++i) {
        auto const began = calls::steady::now();
        auto const answer = co_await client.async_call(endpoint, request);
        calls::check(answer.value().id, answer->status.value().text());
        series.add(began);
    }
}

void run(calls::arguments const& chosen) {
    asio::io_context io(1);
    loop::client client(io.get_executor(), calls::client_options(chosen));
    loop::report::get_request const get{std::string(calls::id)};
    std::chrono::sys_seconds const start{std::chrono::seconds(calls::period_start)};
    std::chrono::sys_seconds const end{std::chrono::seconds(calls::period_end)};
    loop::report::export_request const post(start, end);
    auto const rethrow = [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    };
    calls::measure(chosen, [&](calls::series& series) {
        for (std::size_t i = 0; i < chosen.concurrency; ++i)
            if (chosen.posts())
                co_spawn(io, call_in_turn(client, loop::report::export_report, post, series),
                         rethrow);
            else
                co_spawn(io, call_in_turn(client, loop::report::get_report, get, series), rethrow);
        io.restart();
        io.run();
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
