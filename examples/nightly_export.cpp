// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Saves the export of the day before in the working directory, and survives a crash at any moment;
// docs/guide/recipes.md tells how.
//
//     nightly-export
#include <intheloop.hpp>

#include <boost/json/parse.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;
using std::chrono::sys_seconds;
using journal_ptr = std::shared_ptr<loop::export_journal>;

std::string file_of(sys_seconds day) {
    std::ostringstream name;
    name << loop::date_time(day);
    return name.str().substr(0, 10) + ".json"; // 2026-11-28.json
}

sys_seconds day_of(loop::journal_entry const& entry) {
    auto const start = boost::json::parse(entry.request).at("start").to_number<std::int64_t>();
    return sys_seconds(std::chrono::seconds(start));
}

// Saves the file. Only then the journal forgets the export: if the program dies before, the next
// run goes on with it.
asio::awaitable<bool> fetch(loop::client& client, journal_ptr journal, loop::export_job job,
                            std::string key, std::string file) {
    auto const saved = co_await loop::async_download(client, job, file);
    if (!saved) {
        std::cerr << file << ": " << saved.error() << '\n';
        bool const is_unknown = // to the service; the server of the file may miss it for a while
            saved.error().code() == loop::errc::not_found && !saved.error().of_download;
        if (!is_unknown && saved.error().code() != loop::condition::export_ended)
            co_return false; // it stays in the journal
    }
    if (auto const failure = journal->forget(key))
        std::cerr << *failure << '\n';
    co_return saved.has_value();
}

// The first half: notes that it is about to start the export, starts it, and notes its id.
asio::awaitable<bool> start(loop::client& client, journal_ptr journal, sys_seconds day) {
    loop::report::export_request request(day, day + std::chrono::days(1));
    loop::start_options options;
    options.journal = journal;
    auto const job = co_await loop::async_start_export(client, request, options);
    if (!job) {
        std::cerr << file_of(day) << ": " << job.error() << '\n'; // it stays in the journal
        co_return false;
    }
    co_return co_await fetch(client, journal, *job, job->journal_key(), file_of(day));
}

// The second half: goes on with an export that an earlier run left.
asio::awaitable<bool> go_on(loop::client& client, journal_ptr journal, loop::journal_entry left) {
    sys_seconds const day = day_of(left);
    if (left.advice == loop::journal_advice::resume) {
        loop::export_job job = loop::attach_export(client, *left.id);
        co_return co_await fetch(client, journal, job, left.key, file_of(day));
    }
    if (left.advice != loop::journal_advice::start_again) {
        std::cerr << file_of(day) << ": the service may have this export already; entry "
                  << left.key << " of the journal waits for a person\n";
        co_return false;
    }
    if (auto const failure = journal->forget(left.key)) { // the service did not begin it
        std::cerr << *failure << '\n';
        co_return false;
    }
    co_return co_await start(client, journal, day);
}

asio::awaitable<bool> night(loop::client& client, journal_ptr journal) {
    using std::chrono::days;
    sys_seconds const yesterday =
        std::chrono::floor<days>(std::chrono::system_clock::now()) - days(1);
    bool all_good = true;
    bool is_known = std::ifstream(file_of(yesterday)).good(); // an earlier run has saved it
    auto const entries = journal->entries();
    for (loop::journal_entry const& left : entries) {
        is_known = is_known || day_of(left) == yesterday;
        bool const good = co_await go_on(client, journal, left);
        all_good = all_good && good;
    }
    if (is_known)
        co_return all_good;
    bool const good = co_await start(client, journal, yesterday);
    all_good = all_good && good;
    co_return all_good;
}

} // namespace

int main() {
    bool all_good = false;
    try {
        journal_ptr const journal = loop::export_journal::open("exports.journal").value();
        asio::io_context io;
        loop::client client(io.get_executor(), loop::options::from_env());
        co_spawn(io, night(client, journal), [&](std::exception_ptr failure, bool good) {
            if (failure)
                std::rethrow_exception(failure);
            all_good = good;
        });
        io.run();
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
    }
    return all_good ? 0 : 1;
}
