// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "arguments.hpp"

#include "../shared/keep_lines.hpp"
#include "../shared/standard_streams.hpp"
#include "../shared/usage.hpp"

#include <boost/asio/ip/address.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <thread>

namespace tools {

namespace {

CLI::Option* add_seconds(CLI::App& app, std::string const& name, std::chrono::milliseconds& target,
                         std::string const& help) {
    constexpr double least = 0.001, most = 86400;
    auto const take = [&target](double seconds) {
        target = std::chrono::milliseconds(std::llround(seconds * 1000));
    };
    return app.add_option_function<double>(name, take, help)
        ->check(CLI::Range(least, most))
        ->type_name("SECONDS");
}

arguments parse(CLI::App& app, int argc, char const* const* argv) {
    using namespace std::chrono_literals;
    arguments args;
    args.threads = std::max(2u, std::thread::hardware_concurrency());
    args.grace = 10s;
    args.patience = 30s;
    args.poll_interval = 10s;
    args.most_jobs = 1000;
    args.most_readers = 64;
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;

    app.add_option("--address", address, "The address to listen at [127.0.0.1]")
        ->check(CLI::ValidIPV4)
        ->type_name("IP");
    app.add_option("--port", port, "The port; 0 for any that is free [8080]")->type_name("N");
    app.add_option("--threads", args.threads, "How many to run on [one for each core]")
        ->check(CLI::Range(1, 256))
        ->type_name("N");
    add_seconds(app, "--grace", args.grace, "For requests to end in after Ctrl-C [10]");
    add_seconds(app, "--client-timeout", args.patience,
                "For a browser to send a request, or to take a piece of an answer [30]");
    add_seconds(app, "--poll-interval", args.poll_interval, "Between two polls of an export [10]");
    app.add_option("--keep", args.most_jobs, "How many exports to remember [1000]")
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    app.add_option("--readers", args.most_readers, "How many may read rows at once [64]")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    app.parse(argc, argv);

    args.listen_at = {boost::asio::ip::make_address(address), port};
    return args;
}

} // namespace

std::variant<arguments, int> parse_arguments(int argc, char** argv) {
    prepare_standard_streams(); // before a socket is opened
    CLI::App app(
        "Serves exports from Loop to browsers: live progress, and rows as they come.\n"
        "The token comes from the environment: INTHELOOP_TOKEN.\n\n"
        "It asks nobody for a password. Whoever reaches its address can read all that the\n"
        "token can, so that it listens on this machine alone unless told otherwise.",
        "export-server");
    keep_lines(*app.get_formatter());
    app.footer("Examples:\n"
               "  export-server --port 8080\n"
               "  test-server export-server --poll-interval 1\n\n"
               "Exit codes:\n"
               "  0  stopped by SIGINT or SIGTERM\n"
               "  1  it can't listen, or another failure\n"
               "  2  bad usage or configuration");
    auto const words = words_of(argc, argv);
    try {
        return parse(app, static_cast<int>(words.size()), words.data());
    } catch (CLI::ParseError const& e) {
        return end_of_parsing(app, e);
    }
}

} // namespace tools
