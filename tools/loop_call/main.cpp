// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-call: calls one route from the command line, and prints its answer as JSON.
//
//     INTHELOOP_TOKEN=... loop-call report.get_report --id 6e1cf0db-52d7-4522-97c9-97aa40b14058
//
// It is made from a catalog: a route that is added to `routes` is a command with its options.
#include "../shared/exit_code.hpp"
#include "command.hpp"
#include "command_line.hpp"

#include <intheloop.hpp>

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;

constexpr auto routes = loop::documented_endpoints; // + my_endpoints

// Of a file, or of the standard input. Throws std::runtime_error.
std::string contents_of(std::string const& path) {
    if (path.empty())
        return {};
    std::ifstream file;
    if (path != "-")
        file.open(path, std::ios::binary);
    std::istream& in = path == "-" ? std::cin : file;
    std::string contents(std::istreambuf_iterator<char>(in), {});
    if (!in && !in.eof())
        throw std::runtime_error("can't read " + path);
    return contents;
}

// Prints the answer; throws loop::exception.
void run(tools::chosen_call const& chosen) {
    auto options = loop::options::from_env();
    options.application = "loop-call";
    asio::io_context io(1);
    loop::client client(io.get_executor(), std::move(options));
    auto const print = [](std::exception_ptr failure, std::string const& answer) {
        if (failure)
            std::rethrow_exception(failure);
        if (!answer.empty())
            std::cout << answer << '\n';
    };
    co_spawn(io, chosen.what->call(client, chosen.request, contents_of(chosen.body_file)), print);
    io.run();
}

} // namespace

int main(int argc, char** argv) {
    auto const commands = tools::commands_of(routes);
    auto const parsed = tools::parse_command_line(commands, argc, argv);
    if (auto const* exit_code = std::get_if<int>(&parsed))
        return *exit_code;
    try {
        run(std::get<tools::chosen_call>(parsed));
        return tools::done;
    } catch (loop::exception const& e) {
        std::cerr << "loop-call: " << e.what() << '\n';
        return tools::exit_code_of(e.error());
    } catch (std::exception const& e) {
        std::cerr << "loop-call: " << e.what() << '\n';
        return tools::other_failure;
    }
}
