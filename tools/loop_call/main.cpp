// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-call: calls one route from the command line, and prints its answer as JSON.
//
//     INTHELOOP_TOKEN=... loop-call report.get_report --id 6e1cf0db-52d7-4522-97c9-97aa40b14058
//
// It is made from a catalog: a route that is added to `routes` is a command with its options.
#include "../shared/exit_code.hpp"
#include "../shared/json_text.hpp"
#include "../shared/one_line.hpp"
#include "../shared/standard_streams.hpp"
#include "command.hpp"
#include "command_line.hpp"
#include "make_command.hpp"

#include <intheloop.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;

constexpr auto routes = loop::documented_endpoints; // + my_endpoints

// Of a file, or of the standard input. Throws std::system_error.
std::string contents_of(std::string const& path) {
    std::string contents;
    if (path.empty())
        return contents;
    auto const fail = [&path] {
        throw std::system_error(errno, std::generic_category(),
                                "can't read " + (path == "-" ? "the standard input" : path));
    };
    int const file = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        fail();
    char piece[65536];
    for (;;) {
        ssize_t const size = ::read(file, piece, sizeof piece);
        if (size < 0 && errno != EINTR)
            fail();
        if (size == 0)
            break;
        contents.append(piece, size < 0 ? 0 : static_cast<std::size_t>(size));
    }
    if (file != STDIN_FILENO)
        ::close(file);
    return contents;
}

// The id in an answer that is an object with one, for a person to read; empty if there is none.
std::string id_in(std::string const& answer) {
    std::string id;
    if (tools::json_text(answer).peek() == '{')
        tools::edit_members(answer, [&](std::string const& key, std::string_view value) {
            bool const is_text = value.starts_with('"');
            if (key == "id" && is_text)
                tools::append_unescaped(id, value);
            else if (key == "id" && !value.starts_with('{') && !value.starts_with('['))
                id = value;
            return std::optional(value);
        });
    return tools::one_line(id);
}

// Prints the answer. Throws std::system_error where it can't be written; then what the service has
// made is not lost: its id stands in the error. (The rest of an answer may hold a secret.)
void print(tools::command const& answered, std::string const& answer) {
    if (answer.empty())
        return;
    try {
        tools::write_standard_output(answered.has_raw_answer ? answer : answer + '\n');
    } catch (std::system_error const& e) {
        std::string const id = answered.has_raw_answer ? std::string() : id_in(answer);
        throw std::runtime_error(e.what() + std::string("; the service has answered") +
                                 (id.empty() ? "" : " with the id " + id));
    }
}

// The request as it would go over the wire, but for its secrets and its first line.
std::string text_of(loop::prepared_request const& prepared) {
    std::string text(to_string(prepared.method));
    text += ' ' + prepared.address + '\n';
    for (std::size_t i = 0; i != prepared.headers.size(); ++i) {
        auto const [name, value] = prepared.headers[i];
        text += std::string(name) + ": " + std::string(value) + '\n';
    }
    return prepared.body.empty() ? text : text + '\n' + prepared.body + '\n';
}

// Calls, and prints the answer; throws what went wrong.
void run(tools::chosen_call const& chosen) {
    auto options = loop::options::from_env();
    options.application = "loop-call";
    asio::io_context io(1);
    loop::client client(io.get_executor(), std::move(options));
    loop::call_options how;
    if (!chosen.key.empty())
        how.idempotency_key = chosen.key;
    tools::raw_contents raw(contents_of(chosen.body_file));
    for (tools::given_file const& file : chosen.files) {
        loop::raw_body content(contents_of(file.path), file.content_type);
        content.file_name = file.name();
        raw.files.emplace_back(file.wire_name, std::move(content));
    }
    if (chosen.is_dry_run)
        return tools::write_standard_output(
            text_of(chosen.what->prepare(client, chosen.request, std::move(raw), how)));
    auto const at_end = [&](std::exception_ptr failure, std::string const& answer) {
        if (failure)
            std::rethrow_exception(failure);
        print(*chosen.what, answer);
    };
    co_spawn(io, chosen.what->call(client, chosen.request, std::move(raw), how), at_end);
    io.run();
}

} // namespace

int main(int argc, char** argv) {
    tools::prepare_standard_streams();
    try {
        auto const commands = tools::commands_of(routes);
        auto const parsed = tools::parse_command_line(commands, argc, argv);
        if (auto const* exit_code = std::get_if<int>(&parsed))
            return *exit_code;
        run(std::get<tools::chosen_call>(parsed));
        return tools::done;
    } catch (loop::exception const& e) {
        std::cerr << "loop-call: " << e.what() << '\n';
        if (loop::detail::body_of_error::is_set(e.error())) // of a type that the route names
            std::cerr << "loop-call: the answer: " << tools::one_line(e.error().body) << '\n';
        return tools::exit_code_of(e.error());
    } catch (std::exception const& e) {
        std::cerr << "loop-call: " << e.what() << '\n';
        return tools::other_failure;
    }
}
