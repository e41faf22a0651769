// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_TOOLS_SCENE_HPP
#define INTHELOOP_TESTS_TOOLS_SCENE_HPP

#include <support/process.hpp>
#include <support/wait_until.hpp>

#include <intheloop/testing.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tests {

using intheloop::testing::origin;
using intheloop::testing::received_request;
using intheloop::testing::server;
using intheloop::testing::server_options;

// Longer than anything here takes, shorter than the runner's patience.
constexpr std::chrono::seconds patience{30};

inline std::string directory_of_programs() {
    char const* const directory = std::getenv("INTHELOOP_TEST_TOOLS");
    return directory ? directory : "";
}

inline std::string program(char const* name) {
    return directory_of_programs() + '/' + name;
}

inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

// A server, and a program that is told about it.
class scene {
public:
    explicit scene(server_options options = server_options()) : loop(std::move(options)) {
        auto const authority = private_files_.path / "ca.pem";
        std::ofstream(authority) << loop.ca_certificate();
        environment = {{"INTHELOOP_BASE_URL", loop.base_url()},
                       {"INTHELOOP_TOKEN", loop.token()},
                       {"SSL_CERT_FILE", authority.string()}};
    }

    // loop-export of last week into the file, with the options given instead of these or besides.
    process start_export(std::vector<std::string> options = {}) const {
        auto const has = [&](char const* name) {
            return std::find(options.begin(), options.end(), name) != options.end();
        };
        if (!has("--from") && !has("--last") && !has("--resume"))
            options.insert(options.end(), {"--last", "7d"});
        if (!has("-o"))
            options.insert(options.end(), {"-o", file.string()});
        if (!has("--poll"))
            options.insert(options.end(), {"--poll", "0.01"});
        options.insert(options.begin(), program("loop-export"));
        return process(options, environment);
    }

    bool has_secret(process const& p) const {
        return contains(p.out() + p.err(), loop.token()) ||
               contains(p.out() + p.err(), "Signature");
    }

    // How many exports were asked for.
    std::size_t starts() const {
        auto const all = loop.requests(origin::api);
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [](received_request const& request) {
                return request.target == "/api/v1/report/export";
            }));
    }

    server loop;
    process::variables environment;
    scratch_directory directory;
    std::filesystem::path const file = directory.path / "report.json";
    std::set<std::string> const nothing;
    std::set<std::string> const only_the_file{"report.json"};

private:
    scratch_directory private_files_;
};

inline server_options with_content(std::string content) {
    server_options options;
    options.content = std::move(content);
    return options;
}

inline server_options with_statuses(std::vector<std::string> statuses) {
    server_options options;
    options.statuses = std::move(statuses);
    return options;
}

// Waits until a program has written a text to a file; false if that takes too long.
inline bool wait_for_text(std::filesystem::path const& file, std::string_view text) {
    return wait_until([&] { return contains(content_of(file), text); }, patience);
}

// Returns the token behind "resume with: loop-export --resume " in a program's output; empty if
// there is none.
inline std::string resume_token_in(std::string_view said) {
    constexpr std::string_view before = "resume with: loop-export --resume ";
    std::size_t const begin = said.find(before);
    if (begin == said.npos)
        return {};
    std::string_view const token = said.substr(begin + before.size());
    return std::string(token.substr(0, token.find(' ')));
}

} // namespace tests

#endif
