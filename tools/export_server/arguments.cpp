// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "arguments.hpp"

#include "../shared/keep_lines.hpp"
#include "../shared/standard_streams.hpp"
#include "../shared/usage.hpp"
#include "hosts.hpp"

#include <boost/asio/ip/address.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace tools {

namespace {

CLI::Option* add_seconds(CLI::App& app, std::string const& name, std::chrono::milliseconds& target,
                         std::string const& help) {
    constexpr double least = 0.001, most = 86400;
    auto const take = [&target](double seconds) {
        target = std::chrono::milliseconds(std::llround(seconds * 1000));
    };
    auto const is_a_number = [](std::string const& text) {
        return text.find_first_of("nN") == text.npos ? "" : "it is no number: " + text;
    };
    return app.add_option_function<double>(name, take, help)
        ->check(CLI::Range(least, most))
        ->check(CLI::Validator(is_a_number, {})) // a NaN is in every range
        ->type_name("SECONDS");
}

// "127.0.0.1", "::1", "[::1]" or "localhost"; without asking a name server.
std::optional<boost::asio::ip::address> address_of(std::string const& text) {
    auto const host = read_host(text);
    boost::system::error_code failed;
    auto const address = boost::asio::ip::make_address(
        host == "localhost" ? "127.0.0.1" : host.value_or(""), failed);
    return failed ? std::nullopt : std::optional(address);
}

std::string check_address(std::string const& text) {
    return address_of(text) ? "" : "it is no IP address: " + text;
}

std::string check_host(std::string const& text) {
    return read_host(text) ? "" : "it is no host name (without a port): " + text;
}

arguments parse(CLI::App& app, std::vector<std::string> words) {
    using namespace std::chrono_literals;
    arguments args;
    args.threads = std::max(2u, std::thread::hardware_concurrency());
    args.grace = 10s;
    args.patience = 30s;
    args.poll_interval = 10s;
    args.most_jobs = 1000;
    args.most_readers = 64;
    args.most_connections = 1000;
    args.heartbeat = 15s;
    std::string address = "127.0.0.1";
    std::uint16_t port = 8080;

    app.add_option("--address", address, "The address to listen at [127.0.0.1]")
        ->check(CLI::Validator(check_address, {}))
        ->type_name("IP");
    app.add_option("--host", args.hosts,
                   "A name under which browsers reach the server, besides its address; repeatable")
        ->check(CLI::Validator(check_host, {}))
        ->allow_extra_args(false)
        ->type_name("NAME");
    app.add_option("--port", port, "The port; 0 for any that is free [8080]")->type_name("N");
    app.add_option("--threads", args.threads, "How many to run on [one for each core, at least 2]")
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
    app.add_option("--connections", args.most_connections, "How many may be open at once [1000]")
        ->check(CLI::Range(1, 1000000))
        ->type_name("N");
    add_seconds(app, "--heartbeat", args.heartbeat,
                "Between two signs of life in a stream of events [15]");
#ifdef EXPORT_SERVER_HAS_REDIS
    app.add_option("--redis", args.redis,
                   "The Redis in which servers with this token meet, to act as one; with\n"
                   "INTHELOOP_FLEET_KEY, their common key. A URL with a password belongs into\n"
                   "INTHELOOP_REDIS_URL instead")
        ->envname("INTHELOOP_REDIS_URL")
        ->type_name("URL");
#endif
    for (CLI::Option* each : app.get_options())
        if (each->get_items_expected_max() != 0)
            each->check(not_empty);
    parse_words(app, std::move(words));

    args.listen_at = {*address_of(address), port};
    for (std::string& each : args.hosts)
        each = *read_host(each);
    return args;
}

} // namespace

std::variant<arguments, int> parse_arguments(int argc, char** argv) {
    prepare_standard_streams(); // before a socket is opened
    CLI::App app(
        "Serves exports from Loop to browsers: live progress, and rows as they come.\n"
        "The token comes from the environment: INTHELOOP_TOKEN.\n\n"
        "It asks nobody for a password. Whoever reaches its address can read all that the\n"
        "token can, so that it listens on this machine alone unless told otherwise. Elsewhere it\n"
        "answers to its addresses and to the names that --host gives.",
        "export-server");
    keep_lines(*app.get_formatter());
    app.footer("Examples:\n"
               "  export-server --port 8080\n"
               "  test-server export-server --poll-interval 1\n\n"
               "Exit codes:\n"
               "  0  stopped by SIGINT or SIGTERM\n"
               "  1  it can't listen, or another failure\n"
               "  2  bad usage or configuration");
    try {
        return parse(app, words_behind_name(argc, argv));
    } catch (CLI::ParseError const& e) {
        return end_of_parsing(app, e);
    }
}

} // namespace tools
