// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Fetches a large export from the server, and says how fast it was:
//
//     bulk URL CA_FILE file PATH [STREAMS]  into a file
//     bulk URL CA_FILE bytes        piece by piece
//     bulk URL CA_FILE awaited      row by row, as texts, each awaited
//     bulk URL CA_FILE views        row by row, as texts
//     bulk URL CA_FILE described    row by row, as a described type
//     bulk URL CA_FILE objects      row by row, as JSON objects
//     bulk URL CA_FILE saved PATH   the same, from a file that is there
//     bulk URL CA_FILE parser PATH  the rows of that file, in memory, by Boost.JSON alone
//     bulk URL CA_FILE split PATH   finds those rows, and no more
#include "calls/calls.hpp"

#include <intheloop.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parser.hpp>

#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

struct time_to_answer {
    bool met = false;
    std::int64_t seconds = 0;
    using members = loop::members<&time_to_answer::met, &time_to_answer::seconds>;
};

struct conversation {
    std::string id, type, subject, status;
    time_to_answer sla;
    using members = loop::members<&conversation::id, &conversation::type, &conversation::subject,
                                  &conversation::status, &conversation::sla>;

    bool empty() const { return id.empty(); }
};

// Throws where there is an error instead of a row.
template <class Row>
void use(loop::next_row<Row> const& row) {
    if (row->empty())
        throw std::runtime_error("an empty row");
}

// The texts of the rows of a file, which it keeps.
std::vector<std::string_view> rows_of(std::string const& path, std::string& content) {
    std::ifstream in(path, std::ios::binary);
    content.assign(std::istreambuf_iterator<char>(in), {});
    std::vector<std::string_view> rows;
    loop::codec::row_splitter splitter;
    splitter.feed(content);
    while (splitter.next() == loop::codec::row_splitter::step::row)
        rows.push_back(splitter.row());
    return rows;
}

// What a program can't do without that wants the rows as values of Boost.JSON.
void parse_rows(std::vector<std::string_view> const& rows, count& read) {
    boost::json::parser parser;
    for (std::string_view const row : rows) {
        parser.reset();
        parser.write(row.data(), row.size());
        boost::json::object const made = std::move(parser.release().as_object());
        if (made.empty())
            throw std::runtime_error("an empty row");
        read.bytes += row.size() + 1;
        ++read.rows;
    }
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
    std::string content;
    std::vector<std::string_view> rows;
    if (mode == "parser" || mode == "split")
        rows = rows_of(path, content);
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
    } else if (mode == "described") {
        co_spawn(io, read_rows<conversation>(loop::open_download(client, url), read), rethrow);
    } else if (mode == "saved") {
        co_spawn(
            io,
            read_rows<boost::json::object>(loop::open_file(io.get_executor(), path).value(), read),
            rethrow);
    } else if (mode == "parser") {
        parse_rows(rows, read);
    } else if (mode == "split") {
        read.rows = rows.size();
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
