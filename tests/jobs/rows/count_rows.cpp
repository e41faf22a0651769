// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Reads the rows of an export as they come, and prints how many, how many bytes, and how much
// memory (KiB) the program had at most. Run by a test, so that the server's memory is not in it.
#include <intheloop.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <string>

namespace loop = intheloop;
namespace asio = boost::asio;

namespace {

template <class Row>
asio::awaitable<void> count(loop::client& client, std::string id) {
    loop::export_job const job = loop::attach_export(client, std::move(id));
    loop::row_reader<Row> rows(loop::open_download(client, job));
    while (auto row = co_await rows.async_next())
        if (row->empty())
            throw std::runtime_error("an empty row");
    std::cout << rows.rows() << ' ' << rows.bytes();
}

std::string peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "VmHWM:" && status >> word)
            return word;
    return "0";
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3)
        return 2;
    bool const as_text = argv[2] == std::string("text");
    asio::io_context io(1);
    loop::client client(io.get_executor(), loop::options::from_env());
    std::exception_ptr failure;
    auto const ended = [&](std::exception_ptr thrown) { failure = thrown; };
    if (as_text)
        co_spawn(io, count<loop::row_text>(client, argv[1]), ended);
    else
        co_spawn(io, count<boost::json::object>(client, argv[1]), ended);
    io.run();
    try {
        if (failure)
            std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
    std::cout << ' ' << peak_memory() << '\n';
}
