// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The example programs, run as a user runs them, against the test server.
#include "process.hpp"

#include <intheloop/testing.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace intheloop::testing;
using tests::content_of;
using tests::process;
using tests::scratch_directory;

// Longer than anything here takes, shorter than the runner's patience.
constexpr auto patience = 30s;

std::string directory_of_programs() {
    char const* const directory = std::getenv("INTHELOOP_TEST_EXAMPLES");
    return directory ? directory : "";
}

std::string program(char const* name) {
    return directory_of_programs() + '/' + name;
}

bool contains(std::string_view text, std::string_view part) {
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

    // loop-export of last week, with the options given instead of these or besides.
    process start_export(std::vector<std::string> options = {}) const {
        auto const add = [&](char const* name, std::string value) {
            if (std::find(options.begin(), options.end(), name) == options.end())
                options.insert(options.end(), {name, std::move(value)});
        };
        if (std::find(options.begin(), options.end(), "--from") == options.end())
            add("--last", "7d");
        add("-o", file.string());
        add("--poll-interval", "0.01");
        options.insert(options.begin(), program("loop-export"));
        return process(options, environment);
    }

    bool has_secret(process const& p) const {
        return contains(p.out() + p.err(), loop.token()) ||
               contains(p.out() + p.err(), "Signature");
    }

    server loop;
    process::variables environment;
    scratch_directory directory;
    std::filesystem::path const file = directory.path / "report.json";
    std::set<std::string> const only_the_file{"report.json"};

private:
    scratch_directory private_files_;
};

server_options with_content(std::string content) {
    server_options options;
    options.content = std::move(content);
    return options;
}

server_options with_statuses(std::vector<std::string> statuses) {
    server_options options;
    options.statuses = std::move(statuses);
    return options;
}

} // namespace

TEST_SUITE_BEGIN("examples/programs" * doctest::skip(directory_of_programs().empty()));

TEST_CASE("loop-export writes exactly the bytes that were served, and shows the first rows") {
    scene s;
    auto p = s.start_export({"--rows", "2"});
    CHECK(p.wait() == 0);
    CHECK(content_of(s.file) == sample_export());
    CHECK(s.directory.names() == s.only_the_file);
    INFO(p.out());
    CHECK(p.out().starts_with(s.file.string() + ": 48 rows, 13,908 bytes, "));
    CHECK(contains(p.out(), " s\n\nconversationId  created               team        teammateId"));
    CHECK(contains(p.out(), "\nconv_000002     2026-11-20T16:43:00Z  Onboarding"));
    CHECK_FALSE(contains(p.out(), "conv_000003"));
    CHECK(p.out().ends_with("\n... and 46 more rows\n"));
    CHECK(contains(p.err(), ": Processing, 0."));
    CHECK(contains(p.err(), ": Completed after "));
    CHECK(contains(p.err(), "\ndownloaded 13,908 bytes\n"));
    CHECK_FALSE(contains(p.err(), "\r"));
    CHECK_FALSE(s.has_secret(p));
    CHECK(s.loop.requests(origin::api).size() == 4);
    CHECK(s.loop.connections_accepted() == 2); // one to each origin
    CHECK(s.loop.wait_until_idle(patience));
}

TEST_CASE("loop-export sends what its options say, and credentials to the API alone") {
    scene s;
    auto p =
        s.start_export({"--from", "2026-11-01", "--to", "2026-11-08T12:00:00Z", "--timezone",
                        "Europe/Ljubljana", "--tag", "t1", "--tag", "t2", "--team", "a",
                        "--teammate", "b", "--customer", "c", "--impersonate", "user_of_a_test"});
    CHECK(p.wait() == 0);
    auto const sent = s.loop.requests(origin::api).front();
    CHECK(boost::json::parse(sent.body) == boost::json::parse(R"({
        "timezone": "Europe/Ljubljana", "start": 1793491200, "end": 1794139200,
        "resultFormat": "Json", "tagIds": ["t1", "t2"], "teamIds": ["a"], "teammateIds": ["b"],
        "customerIds": ["c"]})"));
    CHECK(sent.header("X-Impersonate-User") == "user_of_a_test");
    CHECK(sent.header("User-Agent")->ends_with(" loop-export"));
    auto const files = s.loop.requests(origin::files);
    REQUIRE(files.size() == 1);
    CHECK_FALSE(files[0].header("Authorization"));
    CHECK_FALSE(files[0].header("X-Impersonate-User"));
    for (auto const& [name, value] : files[0].headers) {
        CHECK_FALSE(contains(value, s.loop.token()));
        CHECK_FALSE(contains(value, "user_of_a_test"));
    }
}

TEST_CASE("an xlsx export is any bytes") {
    std::string bytes;
    for (int i = 0; i != 5000; ++i)
        bytes += static_cast<char>(i * 7 % 256);
    server_options options = with_content(bytes);
    options.content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    scene s(std::move(options));
    auto p = s.start_export({"--format", "xlsx"});
    CHECK(p.wait() == 0);
    CHECK(content_of(s.file) == bytes);
    CHECK(p.out().starts_with(s.file.string() + ": 5,000 bytes, "));
    CHECK(p.out().find('\n') == p.out().size() - 1);
    CHECK(contains(s.loop.requests().front().body, R"("resultFormat":"Xlsx")"));
}

TEST_CASE("a large file arrives whole, in chunks and with its length") {
    constexpr std::uint64_t size = 20'000'001;
    auto const fill = [](std::uint64_t offset, std::span<char> out) {
        for (char& c : out)
            c = static_cast<char>((offset++ * 2654435761u) >> 24);
    };
    for (bool const chunked : {false, true}) {
        CAPTURE(chunked);
        server_options options;
        options.content = export_content::generated(size, fill);
        options.chunked_files = chunked;
        scene s(std::move(options));
        auto p = s.start_export({"--format", "xlsx"});
        CHECK(p.wait() == 0);
        std::string expected(size, '\0');
        fill(0, expected);
        CHECK((content_of(s.file) == expected));
    }
}

TEST_CASE("a file that is no list of records is written all the same") {
    for (char const* content : {"{\"records\": []}", "[{\"a\":1}", "no JSON", ""}) {
        CAPTURE(content);
        scene s(with_content(content));
        auto p = s.start_export();
        CHECK(p.wait() == 0);
        CAPTURE(p.err());
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(content_of(s.file) == content);
        CHECK(contains(p.out(), "not a list of records, "));
    }
    scene s(with_content("[]"));
    auto p = s.start_export();
    CHECK(p.wait() == 0);
    CHECK(contains(p.out(), ": 0 rows, 2 bytes, "));
}

TEST_CASE("an export that is completed at once is not polled") {
    server_options options;
    options.initial_status = "Completed";
    scene s(std::move(options));
    auto p = s.start_export({"--poll-interval", "3600"});
    CHECK(p.wait() == 0);
    CHECK(s.loop.requests(origin::api).size() == 1);
    CHECK(content_of(s.file) == sample_export());
}

TEST_CASE("PendingOrExpired and statuses that nobody knows are polled, and shown") {
    scene s(with_statuses({"PendingOrExpired", "Warming up\x1b[2J", "Completed"}));
    auto p = s.start_export();
    CHECK(p.wait() == 0);
    CHECK(contains(p.err(), ": PendingOrExpired, "));
    CHECK(contains(p.err(), ": Warming up [2J, "));
    CHECK(content_of(s.file) == sample_export());
}

TEST_CASE("a failed or expired export leaves what was there") {
    for (auto const& [status, message] : {std::pair("Failed", ": the service could not make it\n"),
                                          std::pair("Expired", ": start a new one\n")}) {
        CAPTURE(status);
        for (bool const before : {false, true}) {
            scene s(with_statuses({"Processing", status}));
            if (before)
                std::ofstream(s.file) << "of yesterday";
            auto p = s.start_export();
            CHECK(p.wait() == 1);
            CHECK(p.out().empty());
            CHECK(p.err().ends_with(std::string(": ") + status + message));
            CHECK(contains(p.err(), "\nloop-export: export "));
            CHECK(s.directory.names().size() == (before ? 1 : 0));
            CHECK(content_of(s.file) == (before ? "of yesterday" : ""));
        }
    }
}

TEST_CASE("what the service or the network says no to ends the program with one line") {
    SUBCASE("a wrong token") {
        scene s;
        s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
        auto p = s.start_export();
        CHECK(p.wait() == 1);
        CHECK(p.err().starts_with("loop-export: unauthorized: "));
        CHECK(p.err().find('\n') == p.err().size() - 1);
        CHECK_FALSE(contains(p.err(), "not-the-token-of-this-server"));
    }
    SUBCASE("an error while polling") {
        scene s(with_statuses({}));
        s.loop.hold_next();
        auto p = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        s.loop.respond_next(
            response_override(429, R"({"message":"slow down"})").header("Retry-After", "86400"));
        s.loop.release();
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), "\nloop-export: rate_limited: "));
        CHECK(contains(p.err(), "slow down"));
        CHECK(s.directory.names().empty());
    }
    SUBCASE("an address that is expired") {
        server_options options;
        options.file_url_lifetime = 0s;
        scene s(std::move(options));
        auto p = s.start_export();
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), "\nloop-export: forbidden: "));
        CHECK(s.directory.names().empty());
        CHECK_FALSE(s.has_secret(p));
    }
    SUBCASE("a certificate that is not trusted") {
        scene s;
        s.environment.erase("SSL_CERT_FILE");
        auto p = s.start_export();
        CHECK(p.wait() == 1);
        CHECK(p.err().starts_with("loop-export: tls: "));
        CHECK(s.loop.requests().empty());
    }
    SUBCASE("a download that breaks off") {
        scene s;
        std::ofstream(s.file) << "of yesterday";
        response_override half(200, sample_export());
        half.end = connection_end::cut;
        half.header("Content-Length", "20000");
        s.loop.respond_next(half, origin::files);
        s.loop.respond_next(response_override(404), origin::files); // and then it is gone
        auto p = s.start_export();
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), "\nloop-export: bad_request: "));
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(content_of(s.file) == "of yesterday");
    }
    SUBCASE("a download that breaks off once is gone on with") {
        scene s;
        std::ofstream(s.file) << "of yesterday";
        response_override half(200, sample_export());
        half.end = connection_end::cut;
        half.header("Content-Length", "20000");
        s.loop.respond_next(half, origin::files);
        auto p = s.start_export();
        CHECK(p.wait() == 0);
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(content_of(s.file) == sample_export());
    }
    SUBCASE("completed, but without an address") {
        scene s;
        s.loop.respond_next(response_override(200, R"({"id":"x1","status":"Completed"})"));
        auto p = s.start_export();
        CHECK(p.wait() == 1);
        CHECK(p.err() == "loop-export: export x1: Completed, and the service gave no address for "
                         "its file\n");
    }
}

TEST_CASE("the deadline ends an export that never does") {
    scene s(with_statuses({"Pondering"}));
    auto p = s.start_export({"--deadline", "0.3"});
    CHECK(p.wait() == 1);
    CHECK(contains(p.err(), "\nloop-export: no result within the deadline; export "));
    CHECK(p.err().ends_with(": Pondering\n"));
    CHECK(s.directory.names().empty());
    CHECK(s.loop.wait_until_idle(patience));
}

TEST_CASE("Ctrl-C ends it at any point, and nothing stays") {
    SUBCASE("while the export is being started") {
        scene s;
        s.loop.hold_next();
        auto p = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(p.err() == "loop-export: interrupted; starting the export\n");
        CHECK(s.directory.names().empty());
        CHECK(s.loop.wait_until_idle(patience));
    }
    SUBCASE("between two looks") {
        scene s;
        auto p = s.start_export({"--poll-interval", "3600"});
        REQUIRE(p.says(": Processing, "));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(contains(p.err(), "\nloop-export: interrupted; export "));
        CHECK(p.err().ends_with(": Processing\n"));
        CHECK(s.loop.requests().size() == 1);
        CHECK(s.loop.wait_until_idle(patience));
    }
    SUBCASE("in the middle of the download") {
        scene s;
        std::ofstream(s.file) << "of yesterday";
        response_override slow(200, sample_export());
        slow.pause_after = 6000;
        s.loop.respond_next(slow, origin::files);
        auto p = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(content_of(s.file) == "of yesterday");
        CHECK(s.loop.wait_until_idle(patience));
        CHECK_FALSE(s.has_secret(p));
    }
    SUBCASE("SIGTERM likewise") {
        scene s;
        s.loop.hold_next();
        auto p = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        p.kill(SIGTERM);
        CHECK(p.wait() == 143);
    }
}

TEST_CASE("bad usage is told apart, before anything is sent") {
    scene s;
    struct {
        std::vector<std::string> options;
        std::string says;
    } const cases[] = {
        {{}, "which period? --from 2026-11-01 --to 2026-11-08, or --last 7d"},
        {{"--last", "7d"}, "--output is required"},
        {{"--from", "yesterday"}, "--from: expected 2026-11-01 or 2026-11-01T09:30:00Z, got"},
        {{"--from", "2026-11-08", "--to", "2026-11-01"}, "the period is empty"},
        {{"--from", "9999-01-01"}, "the period is empty"},
        {{"--to", "2026-11-08"}, "which period?"},
        {{"--last", "7d", "--from", "2026-11-01"}, "excludes"},
        {{"--last", "7"}, "--last: expected a length like 36h, 7d or 2w, got \"7\""},
        {{"--last", "7d", "--format", "pdf"}, "--format: pdf not in {json,xlsx}"},
        {{"--last", "7d", "--poll-interval", "0"}, "--poll-interval: expected seconds"},
        {{"--last", "7d", "--deadline", "soon"}, "--deadline: expected seconds"},
        {{"--last", "7d", "--rows", "-1"}, "--rows"},
        {{"--last", "7d", "--token=abc"}, "not expected: --token"},
        {{"--last", "7d", "-o", "/"}, "--output: / is a directory"},
        {{"--last", "7d", "-o", s.directory.path.string()}, "--output: "},
        {{"--last", "7d", "-o", "/no/such/place/x"}, "--output: /no/such/place is no directory"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.says);
        std::vector<std::string> command{program("loop-export")};
        command.insert(command.end(), each.options.begin(), each.options.end());
        if (!contains(each.says, "--output"))
            command.insert(command.end(), {"-o", s.file.string()});
        process p(command, s.environment);
        CHECK(p.wait() == 2);
        INFO(p.err());
        CHECK(contains(p.err(), each.says));
        CHECK(p.out().empty());
    }
    SUBCASE("no token") {
        s.environment.erase("INTHELOOP_TOKEN");
        auto p = s.start_export();
        CHECK(p.wait() == 2);
        CHECK(p.err().starts_with("loop-export: INTHELOOP_TOKEN is not set"));
    }
    SUBCASE("an environment that can't be used") {
        s.environment["INTHELOOP_BASE_URL"] = "http://example.com";
        auto p = s.start_export();
        CHECK(p.wait() == 2);
        CHECK(p.err().starts_with("loop-export: configuration: "));
    }
    SUBCASE("help is no error") {
        auto p = s.start_export({"--help"});
        CHECK(p.wait() == 0);
        CHECK(contains(p.out(), "--poll-interval SECONDS"));
        CHECK(p.err().empty());
    }
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("quick-start and without-coroutines start an export and look at it") {
    for (char const* name : {"quick-start", "without-coroutines"}) {
        CAPTURE(name);
        scene s;
        process p({program(name)}, s.environment);
        CHECK(p.wait() == 0);
        CHECK(p.err().empty());
        auto const requests = s.loop.requests();
        REQUIRE(requests.size() == 2);
        CHECK(requests[0].target == "/api/v1/report/export");
        std::string const id = requests[1].target.substr(requests[1].target.rfind('/') + 1);
        CHECK(p.out().starts_with(id + " Processing\nProcessing"));

        s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
        process refused({program(name)}, s.environment);
        refused.wait();
        CHECK(refused.err().starts_with("unauthorized: "));
    }
}

TEST_CASE("test-server gives a command a service, and its exit code back") {
    scratch_directory directory;
    process::variables const environment{{"TMPDIR", directory.path.string()}};
    auto const run = [&](std::vector<std::string> command) {
        command.insert(command.begin(), program("test-server"));
        return process(command, environment);
    };
    SUBCASE("loop-export finds all that it needs") {
        auto const file = directory.path / "report.json";
        auto p = run({program("loop-export"), "--last", "7d", "--poll-interval", "0.01", "-o",
                      file.string()});
        CHECK(p.wait() == 0);
        CHECK(p.err().starts_with("test server: the API at https://localhost:"));
        CHECK(content_of(file) == sample_export());
        CHECK(directory.names() == std::set<std::string>{"report.json"});
    }
    SUBCASE("an exit code comes through") {
        CHECK(run({"sh", "-c", "exit 7"}).wait() == 7);
        CHECK(run({"sh", "-c", "kill -KILL $$"}).wait() == 128 + SIGKILL);
    }
    SUBCASE("a certificate authority lies there as long as the command runs") {
        auto p = run({"sh", "-c", "cat \"$SSL_CERT_FILE\""});
        CHECK(p.wait() == 0);
        CHECK(p.out().starts_with("-----BEGIN CERTIFICATE-----"));
        CHECK(directory.names().empty());
    }
    SUBCASE("Ctrl-C ends the command, and the server with it") {
        auto p = run({program("loop-export"), "--last", "7d", "-o", "report.json"});
        REQUIRE(p.says(": Processing, "));
        p.kill(SIGINT);
        CHECK(p.wait() == 130);
        CHECK(directory.names().empty());
    }
    SUBCASE("usage") {
        CHECK(run({}).wait() == 2);
        CHECK(run({"no-such-command-anywhere"}).wait() == 127);
        CHECK(directory.names().empty());
    }
}

TEST_SUITE_END();
