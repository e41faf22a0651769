// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_TOOLS_EXPORT_SERVER_FIXTURE_HPP
#define INTHELOOP_TESTS_TOOLS_EXPORT_SERVER_FIXTURE_HPP

#include <support/process.hpp>
#include <tools/export_server/browser.hpp>

#include <intheloop/testing.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fixture {

using namespace std::chrono_literals;
using namespace intheloop::testing;
namespace json = boost::json;

inline std::string program() {
    char const* const directory = std::getenv("INTHELOOP_TEST_TOOLS");
    return directory && *directory ? std::string(directory) + "/export-server" : std::string();
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

// The service, and the program that is told about it.
class scene {
public:
    explicit scene(server_options how = server_options(), std::vector<std::string> arguments = {},
                   tests::process::variables variables = {})
        : loop(std::move(how)) {
        auto const authority = files_.path / "ca.pem";
        std::ofstream(authority) << loop.ca_certificate();
        std::vector<std::string> command{fixture::program(), "--port", "0"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        auto const has = [&](char const* name) {
            return std::find(arguments.begin(), arguments.end(), name) != arguments.end();
        };
        if (!has("--poll-interval"))
            command.insert(command.end(), {"--poll-interval", "0.02"});
        variables.insert({{"INTHELOOP_BASE_URL", loop.base_url()},
                          {"INTHELOOP_TOKEN", loop.token()},
                          {"SSL_CERT_FILE", authority.string()}});
        program_.emplace(command, std::move(variables));
        REQUIRE(program_->says("listening"));
        address = program_->out();
        REQUIRE(address.starts_with("http://"));
        port = static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
    }

    tests::process& program() { return *program_; }
    std::unique_ptr<browser> open(char const* at = "127.0.0.1") const {
        return std::make_unique<browser>(port, at);
    }

    // Has the service answer the next start with the address of the file at once, and then hang up,
    // so that no connection to its API stays.
    void complete_next() {
        std::string const id = loop.add_export();
        json::object const answer{{"id", id}, {"status", "Completed"}, {"url", loop.file_url(id)}};
        response_override completed(201, json::serialize(answer));
        completed.end = connection_end::close;
        loop.respond_next(completed);
    }

    // Has the next file stop in the middle until the service is released.
    void pause_next_file() {
        response_override paused(200, sample_export());
        paused.pause_after = 6000;
        loop.respond_next(paused, origin::files);
    }
    // A browser to which these rows are streamed, and stop there.
    std::unique_ptr<browser> open_paused(std::string const& path) {
        pause_next_file();
        auto b = open();
        b->send(browser::made(http::verb::get, path));
        CHECK(b->open() == 200);
        REQUIRE(loop.wait_until_held(patience));
        return b;
    }

    server loop;
    std::string address;
    std::uint16_t port = 0;

private:
    tests::scratch_directory files_;
    std::optional<tests::process> program_;
};

inline json::object parsed(std::string_view text) {
    error_code failed;
    json::value const value = json::parse(text, failed);
    REQUIRE_MESSAGE((!failed && value.is_object()), text);
    return value.as_object();
}

inline std::string const any_week = R"({"from": "2026-11-01", "to": "2026-11-08"})";

// Starts an export and gives its path.
inline std::string start(browser& to, std::string const& body = any_week) {
    auto const started = to.post(body);
    REQUIRE(started.result_int() == 201);
    return started[http::field::location];
}

inline server_options with_content(export_content content) {
    server_options how;
    how.content = std::move(content);
    how.initial_status = "Completed";
    return how;
}

inline server_options with_statuses(std::vector<std::string> statuses) {
    server_options how;
    how.statuses = std::move(statuses);
    return how;
}

// A member of the error that an answer tells; empty if there is none.
inline std::string told(browser::answer const& answer, char const* member) {
    json::object const body = parsed(answer.body());
    json::value const* found = body.at("error").as_object().if_contains(member);
    return found ? found->as_string().c_str() : "";
}

// What a list of records is as lines.
inline std::string as_lines(std::string const& list) {
    json::value const rows = json::parse(list);
    std::string lines;
    for (json::value const& row : rows.as_array())
        lines += json::serialize(row) + '\n';
    return lines;
}

} // namespace fixture

#endif
