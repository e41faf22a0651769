// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A file of a program that calls all documented routes, of the one header, of those of the client,
// or of the module.
#ifdef IMPORT_INTHELOOP
#include <chrono>
#include <coroutine>
#include <exception>

import intheloop;
#else
#ifdef INCLUDE_CLIENT_ALONE
#include <intheloop/api/documented.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/options.hpp>
#else
#include <intheloop.hpp>
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#endif

namespace asio = boost::asio;
namespace loop = intheloop;

asio::awaitable<void> call_all(loop::client& client) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    loop::report::export_request const week(now - std::chrono::days(7), now);
    auto const started = co_await client.async_call(loop::report::export_report, week);
    loop::report::get_request const which(started.value().id);
    auto const looked = co_await client.async_call(loop::report::get_report, which);
    looked.value();
    loop::drafts::create_request const draft;
    auto const created = co_await client.async_call(loop::drafts::create_draft, draft);
    created.value();
}

void run(loop::options const& how) {
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    co_spawn(io, call_all(client), [](std::exception_ptr) {});
    io.run();
}
