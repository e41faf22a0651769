// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// One point of a curve, in a process of its own, so that its peak of memory is its own:
//
//     growth calls COUNT ORIGIN CA_FILE CONNECTIONS    so many calls in flight
//     growth refusals COUNT ORIGIN CA_FILE CONNECTIONS the same, each answered with 429
//     growth answers BYTES ORIGIN CA_FILE              answers of this size, one after another
//     growth rows COUNT FILE                           the rows of a file, as views
//     growth redaction BYTES                           a text that is hard to redact
//     growth drift COUNT ORIGIN CA_FILE                unknown keys of an answer, with a drift
//     report growth jobs COUNT                                jobs of one client, all there at a
//     time
//
// Says how many units of work (calls, KiB, rows, keys, jobs) it did, and what they took.
#include "calls/calls.hpp"

#include <intheloop.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace listed {

struct item {
    std::string id;
    std::string type;
    std::string subject;
    using members = loop::members<&item::id, &item::type, &item::subject>;
};

class answer {
public:
    std::vector<item> items;
    using members = loop::members<&answer::items>;
};

class request {
public:
    explicit request(std::string file) : name(std::move(file)) {}
    std::string name;
    using members = loop::members<&request::name>;
};

inline constexpr loop::endpoint<loop::verb::get, "/files/{name}", request, answer, loop::inferred>
    get_list{};

} // namespace listed

namespace {

void rethrow(std::exception_ptr failure) {
    if (failure)
        std::rethrow_exception(failure);
}

// Does the work once to warm up, and once to be measured.
template <class Work>
void measure(double units, Work work) {
    work();
    double const cpu_before = calls::cpu_seconds(calls::usage());
    auto const began = calls::steady::now();
    work();
    std::chrono::duration<double> const took = calls::steady::now() - began;
    double const cpu = calls::cpu_seconds(calls::usage()) - cpu_before;
    std::printf("{\"units\": %.3f, \"seconds\": %.6f, \"cpu_seconds\": %.6f, "
                "\"max_rss_kib\": %ld}\n",
                units, took.count(), cpu, calls::peak_memory());
}

void run_all(asio::io_context& io) {
    io.restart();
    io.run();
}

loop::options options_for(std::string const& origin, std::string const& ca_file) {
    loop::options how;
    how.base_url = origin;
    how.token = std::string(calls::token);
    how.tls.ca_file = ca_file;
    return how;
}

asio::awaitable<void> call_in_turn(loop::client& client, loop::report::get_request const& request,
                                   std::size_t count) {
    for (std::size_t i = 0; i != count; ++i) {
        auto const answer = co_await client.async_call(loop::report::get_report, request);
        auto const& result = answer.value(); // throws where there is none
        calls::check(result.id, result.status.value().text());
    }
}

void make_calls(std::size_t in_flight, loop::options how, std::size_t connections) {
    constexpr std::size_t enough = 20'000; // calls in all, to be measured
    how.pool.max_connections = connections;
    how.pool.max_idle = connections;
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    loop::report::get_request const request{std::string(calls::id)};
    std::size_t const each = std::max<std::size_t>(2, enough / in_flight);
    measure(static_cast<double>(in_flight * each), [&] {
        for (std::size_t i = 0; i != in_flight; ++i)
            co_spawn(io, call_in_turn(client, request, each), rethrow);
        run_all(io);
    });
}

void refuse_calls(std::size_t count, loop::options how, std::size_t connections) {
    how.pool.max_connections = connections;
    how.pool.max_idle = connections;
    how.pool.max_waiting = count;
    how.retry.max_attempts = 1;
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    loop::report::get_request const request{std::string(calls::id)};
    measure(static_cast<double>(count), [&] {
        std::size_t refused = 0;
        for (std::size_t i = 0; i != count; ++i)
            client.async_call(loop::report::get_report, request, [&](auto const& answer) {
                refused += !answer && answer.error().status == 429 ? 1 : 0;
            });
        run_all(io);
        if (refused != count)
            throw std::runtime_error("not all calls were refused");
    });
}

asio::awaitable<void> get_lists(loop::client& client, listed::request const& request,
                                std::size_t count) {
    for (std::size_t i = 0; i != count; ++i) {
        auto const answer = co_await client.async_call(listed::get_list, request);
        if (answer.value().items.empty())
            throw std::runtime_error("an empty list");
    }
}

void take_answers(std::size_t size, loop::options how) {
    constexpr std::size_t enough = 32 * 1024 * 1024; // bytes in all, or calls
    how.max_response_size = 128 * 1024 * 1024;
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    listed::request const request("answer-" + std::to_string(size));
    std::size_t const count = std::clamp<std::size_t>(enough / size, 1, 5'000);
    measure(static_cast<double>(size * count) / 1024, [&] {
        co_spawn(io, get_lists(client, request, count), rethrow);
        run_all(io);
    });
}

asio::awaitable<void> read_rows(asio::any_io_executor executor, std::string const& path,
                                std::size_t expected) {
    loop::row_reader<loop::row_text> rows(loop::open_file(executor, path).value());
    while (auto row = co_await rows.async_next())
        for (; row; row = rows.try_next())
            if (row->empty()) // throws where there is an error instead of a row
                throw std::runtime_error("an empty row");
    if (rows.rows() != expected)
        throw std::runtime_error("not all rows came");
}

void read_file(std::size_t count, std::string const& path) {
    constexpr std::size_t enough = 100'000; // rows in all
    std::size_t const times = std::max<std::size_t>(1, enough / count);
    asio::io_context io(1);
    measure(static_cast<double>(count * times), [&] {
        for (std::size_t i = 0; i != times; ++i) {
            co_spawn(io, read_rows(io.get_executor(), path, count), rethrow);
            run_all(io);
        }
    });
}

// Full of what begins a spelling, or a secret.
void redact_text(std::size_t size) {
    std::string signature;
    for (int i = 0; i != 60; ++i)
        signature += "%25";
    loop::policy::sought_secret const secrets[] = {
        {calls::token}, {signature}, {"Ab+c/D9eF=Ab+c/D9eF=", true}};
    constexpr std::string_view pieces[] = {
        "%25",  "%2525",         "%",      "\\\\u005c",         "&amp;",
        "=3D",  "=\r\n",         "Ab+c",   "Ab&#43;c/D9",       "https://a?",
        "&sig", "Signature=%25", "41 62 ", "41:62:2b:63:2f:4 ", "a "};
    std::string text;
    for (std::string_view const piece : pieces)
        for (std::size_t const end = text.size() + size / std::size(pieces); text.size() < end;)
            text += piece;
    measure(static_cast<double>(text.size()) / 1024, [&] {
        if (loop::policy::redact(std::string_view(text), secrets).empty())
            throw std::runtime_error("nothing is left");
    });
}

void find_drift(std::size_t count, loop::options how) {
    how.max_response_size = 128 * 1024 * 1024;
    how.drift = std::make_shared<loop::drift_report>();
    asio::io_context io(1);
    loop::client client(io.get_executor(), how);
    listed::request const request("keys-" + std::to_string(count));
    measure(static_cast<double>(count), [&] {
        co_spawn(io, get_lists(client, request, 1), rethrow);
        run_all(io);
    });
}

void attach_jobs(std::size_t count) {
    asio::io_context io(1);
    loop::options how;
    how.token = std::string(calls::token);
    measure(static_cast<double>(count), [&] {
        loop::client client(io.get_executor(), how);
        std::vector<loop::export_job> jobs;
        for (std::size_t i = 0; i != count; ++i)
            jobs.push_back(loop::attach_export(client, "exp_" + std::to_string(i)));
        jobs.clear();
        run_all(io);
    });
}

void run(std::vector<std::string> const& words) {
    std::string const& axis = words.at(0);
    std::size_t const size = std::stoul(words.at(1));
    if (axis == "calls")
        make_calls(size, options_for(words.at(2), words.at(3)), std::stoul(words.at(4)));
    else if (axis == "refusals")
        refuse_calls(size, options_for(words.at(2), words.at(3)), std::stoul(words.at(4)));
    else if (axis == "answers")
        take_answers(size, options_for(words.at(2), words.at(3)));
    else if (axis == "rows")
        read_file(size, words.at(2));
    else if (axis == "redaction")
        redact_text(size);
    else if (axis == "drift")
        find_drift(size, options_for(words.at(2), words.at(3)));
    else if (axis == "jobs")
        attach_jobs(size);
    else
        throw std::runtime_error("no such axis: " + axis);
}

} // namespace

int main(int argc, char** argv) {
    try {
        run(std::vector<std::string>(argv + 1, argv + argc));
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
}
