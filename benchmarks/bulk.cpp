// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Reads a large export from the server, as bytes or row by row, and says how fast it was.
//
//     bulk URL CA_FILE bytes|rows
#include "calls/calls.hpp"

#include <intheloop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace {

struct count {
    std::uint64_t bytes = 0, rows = 0;
};

class reader {
public:
    reader(std::unique_ptr<loop::byte_source> from, count& read)
        : from_(std::move(from)), read_(read) {}

    void next() {
        from_->async_read(piece_, [this](std::optional<loop::error> const& failure) {
            if (failure)
                throw loop::exception(*failure);
            read_.bytes += piece_.size();
            if (!piece_.empty())
                next();
        });
    }

private:
    std::unique_ptr<loop::byte_source> from_;
    count& read_;
    std::string piece_;
};

asio::awaitable<void> read_rows(std::unique_ptr<loop::byte_source> from, count& read) {
    loop::row_reader<loop::row_text> rows(std::move(from));
    while (auto row = co_await rows.async_next())
        read.bytes += row->size();
    read.rows = rows.rows();
}

void run(std::string const& url, std::string const& ca_file, bool by_rows) {
    asio::io_context io(1);
    loop::options how;
    how.token = std::string(calls::token);
    how.tls.ca_file = ca_file;
    loop::client client(io.get_executor(), how);
    auto source = loop::open_download(client, url);
    count read;
    std::optional<reader> bytes;
    double const cpu_before = calls::cpu_seconds(calls::usage());
    auto const began = calls::steady::now();
    if (by_rows)
        co_spawn(io, read_rows(std::move(source), read), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
    else
        bytes.emplace(std::move(source), read).next();
    io.run();
    std::chrono::duration<double> const took = calls::steady::now() - began;
    double const cpu = calls::cpu_seconds(calls::usage()) - cpu_before;
    std::printf("{\"bytes\": %llu, \"rows\": %llu, \"seconds\": %.3f, \"cpu_seconds\": %.3f, "
                "\"max_rss_kib\": %ld}\n",
                static_cast<unsigned long long>(read.bytes),
                static_cast<unsigned long long>(read.rows), took.count(), cpu,
                calls::peak_memory());
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 4)
        return 2;
    try {
        run(argv[1], argv[2], argv[3] == std::string("rows"));
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
