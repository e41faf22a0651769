// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Fetches a large export from the server, and says how fast it was:
//
//     bulk URL CA_FILE file PATH [STREAMS]  into a file
//     bulk URL CA_FILE bytes        piece by piece
//     bulk URL CA_FILE awaited      row by row, as texts, each awaited
//     bulk URL CA_FILE views        row by row, as texts
//     bulk URL CA_FILE objects      row by row, as JSON objects
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

// Throws where there is an error instead of a row.
template <class Row>
void use(loop::next_row<Row> const& row) {
    if (row->empty())
        throw std::runtime_error("an empty row");
}

template <class Row>
asio::awaitable<void> await_rows(std::unique_ptr<loop::byte_source> from, count& read) {
    loop::row_reader<Row> rows(std::move(from));
    while (auto row = co_await rows.async_next())
        use(row);
    read.bytes = rows.bytes();
    read.rows = rows.rows();
}

template <class Row>
asio::awaitable<void> read_rows(std::unique_ptr<loop::byte_source> from, count& read) {
    loop::row_reader<Row> rows(std::move(from));
    while (auto row = co_await rows.async_next())
        for (; row; row = rows.try_next())
            use(row);
    read.bytes = rows.bytes();
    read.rows = rows.rows();
}

void rethrow(std::exception_ptr failure) {
    if (failure)
        std::rethrow_exception(failure);
}

void run(std::string const& url, std::string const& ca_file, std::string const& mode,
         std::string const& path, unsigned streams) {
    asio::io_context io(1);
    loop::options how;
    how.token = std::string(calls::token);
    how.tls.ca_file = ca_file;
    loop::client client(io.get_executor(), how);
    count read;
    std::optional<reader> bytes;
    double const cpu_before = calls::cpu_seconds(calls::usage());
    auto const began = calls::steady::now();
    if (mode == "file") {
        auto take = [&read](loop::result<loop::download_summary> done) {
            read.bytes = done.value().bytes;
        };
        loop::download_options in;
        in.streams = streams;
        loop::async_download(client, url, path, in, take);
    } else if (mode == "bytes") {
        bytes.emplace(loop::open_download(client, url), read).next();
    } else if (mode == "awaited") {
        co_spawn(io, await_rows<loop::row_text>(loop::open_download(client, url), read), rethrow);
    } else if (mode == "views") {
        co_spawn(io, read_rows<loop::row_text>(loop::open_download(client, url), read), rethrow);
    } else if (mode == "objects") {
        co_spawn(io, read_rows<boost::json::object>(loop::open_download(client, url), read),
                 rethrow);
    } else {
        throw std::runtime_error("no such mode: " + mode);
    }
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
    if (argc < 4)
        return 2;
    try {
        run(argv[1], argv[2], argv[3], argc > 4 ? argv[4] : "",
            argc > 5 ? static_cast<unsigned>(std::stoul(argv[5])) : 1);
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
