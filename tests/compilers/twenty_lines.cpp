// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#include <intheloop.hpp>

#include <boost/asio.hpp>
#include <iostream>
namespace loop = intheloop;

boost::asio::awaitable<void> all(loop::client& client, std::chrono::sys_days day) {
    loop::report::export_request week(day, day + std::chrono::days(7));
    auto started = co_await client.async_call(loop::report::export_report, week);
    loop::report::get_request which(started.value().id);
    auto state = co_await client.async_call(loop::report::get_report, which);
    loop::drafts::create_request draft;
    auto created = co_await client.async_call(loop::drafts::create_draft, draft);
    std::cout << state.value().status.has_value() << ' ' << created.status() << '\n';
}
int main() {
    boost::asio::io_context io;
    loop::client client(io.get_executor(), loop::options::from_env());
    co_spawn(io, all(client, std::chrono::sys_days()), boost::asio::detached);
    io.run();
}
