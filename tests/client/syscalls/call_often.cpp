// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Makes calls: call-often get|post CONCURRENCY CALLS ID, with the options of the environment. Each
// of the concurrent ones makes its calls one after the other. A test counts the system calls.
#include <intheloop.hpp>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <vector>

namespace loop = intheloop;
namespace asio = boost::asio;

namespace {

struct caller {
    loop::client& client;
    bool posts;
    std::string id; // of an export to ask for
    std::size_t left;
    bool failed = false;

    void next() {
        if (posts) {
            std::chrono::sys_days const day(std::chrono::days(20000));
            loop::report::export_request const week(day, day + std::chrono::days(7));
            client.async_call(loop::report::export_report, week, [this](auto r) { on_end(r); });
        } else {
            loop::report::get_request const one(id);
            client.async_call(loop::report::get_report, one, [this](auto r) { on_end(r); });
        }
    }
    template <class Result>
    void on_end(Result const& r) {
        if (!r) {
            std::cerr << r.error() << '\n';
            failed = true;
        } else if (--left != 0) {
            next();
        }
    }
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 5)
        return 2;
    std::size_t const concurrency = std::stoul(argv[2]);
    asio::io_context io(1);
    loop::options how = loop::options::from_env();
    how.pool.max_connections = how.pool.max_idle = concurrency;
    loop::client client(io.get_executor(), how);
    std::vector<caller> callers(concurrency, caller{client, argv[1] == std::string("post"), argv[4],
                                                    std::stoul(argv[3]) / concurrency});
    for (caller& each : callers)
        each.next();
    io.run();
    for (caller const& each : callers)
        if (each.failed)
            return 1;
}
