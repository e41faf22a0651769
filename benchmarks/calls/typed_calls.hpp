// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_TYPED_CALLS_HPP
#define INTHELOOP_BENCHMARKS_CALLS_TYPED_CALLS_HPP

// The calls with this library, one coroutine for each concurrent call.
#include "calls.hpp"

#include <intheloop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <string>

namespace calls {

template <class Endpoint>
boost::asio::awaitable<void> call_in_turn(intheloop::client& client, Endpoint const& endpoint,
                                          typename Endpoint::request_type const& request,
                                          series& series) {
    for (std::size_t i = 0; i < series.each(); ++i) {
        auto const began = steady::now();
        auto const answer = co_await client.async_call(endpoint, request);
        auto const& result = answer.value(); // throws where there is none
        check(result.id, result.status.value().text());
        series.add(began);
    }
}

inline void make_typed_calls(arguments const& chosen, intheloop::options const& how) {
    namespace report = intheloop::report;
    boost::asio::io_context io(1);
    intheloop::client client(io.get_executor(), how);
    report::get_request const get{std::string(id)};
    std::chrono::sys_seconds const start{std::chrono::seconds(period_start)};
    std::chrono::sys_seconds const end{std::chrono::seconds(period_end)};
    report::export_request const post(start, end);
    auto const rethrow = [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    };
    measure(chosen, [&](series& series) {
        for (std::size_t i = 0; i < chosen.concurrency; ++i)
            if (chosen.posts())
                co_spawn(io, call_in_turn(client, report::export_report, post, series), rethrow);
            else
                co_spawn(io, call_in_turn(client, report::get_report, get, series), rethrow);
        io.restart();
        io.run();
    });
}

} // namespace calls

#endif
