// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export, run as a user runs it, against the test server: what it writes and says.
#include <tools/scene.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <span>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("tools/loop_export/loop_export") {

namespace {

using namespace std::chrono_literals;
using namespace intheloop::testing;
using tests::contains;
using tests::content_of;
using tests::patience;
using tests::process;
using tests::program;
using tests::resume_token_in;
using tests::scene;
using tests::with_content;
using tests::with_statuses;

} // namespace

TEST_CASE("loop-export writes exactly the bytes that were served, and shows the first rows") {
    scene s;
    auto p = s.start_export({"--rows", "2"});
    CHECK(p.wait() == 0);
    CHECK((content_of(s.file) == sample_export()));
    CHECK(s.directory.names() == s.only_the_file);
    CHECK(p.out().empty());
    INFO(p.err());
    CHECK(p.err().starts_with("resume with: loop-export --resume loop-export/1/https/localhost:"));
    CHECK(contains(p.err(), ": Processing, 0."));
    CHECK(contains(p.err(), ": Completed after "));
    CHECK(contains(p.err(), "\n" + s.file.string() + ": 48 rows, 13,908 bytes, "));
    CHECK(contains(p.err(), " s\nconversationId  created               team        teammateId"));
    CHECK(contains(p.err(), "\nconv_000002     2026-11-20T16:43:00Z  Onboarding"));
    CHECK_FALSE(contains(p.err(), "conv_000003"));
    CHECK(p.err().ends_with("\n... and 46 more rows\n"));
    CHECK_FALSE(contains(p.err(), "\r"));
    CHECK_FALSE(s.has_secret(p));
    CHECK(s.loop.requests(origin::api).size() == 4);
    CHECK(s.loop.connections_accepted() == 2); // one to each origin
    CHECK(s.loop.wait_until_idle(patience));
}

TEST_CASE("loop-export sends what its options say, and credentials to the API alone") {
    scene s;
    auto p =
        s.start_export({"--from", "2026-11-01", "--to", "2026-11-08T12:00", "--timezone",
                        "Europe/Ljubljana", "--tag", "t1", "--tag", "t2", "--team", "a",
                        "--teammate", "b", "--customer", "c", "--impersonate", "user_of_a_test"});
    CHECK(p.wait() == 0);
    auto const sent = s.loop.requests(origin::api).front();
    CHECK(boost::json::parse(sent.body) == boost::json::parse(R"({
        "timezone": "Europe/Ljubljana", "start": 1793487600, "end": 1794135600,
        "resultFormat": "Json", "tagIds": ["t1", "t2"], "teamIds": ["a"], "teammateIds": ["b"],
        "customerIds": ["c"]})"));
    CHECK_FALSE(contains(p.err(), "user_of_a_test"));
    for (auto const& request : s.loop.requests(origin::api))
        CHECK(request.header("X-Impersonate-User") == "user_of_a_test");
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
    CHECK(contains(p.err(), "\n" + s.file.string() + ": 5,000 bytes, "));
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

TEST_CASE("a file is written whatever is in it, and what is known of it said") {
    struct {
        char const* content;
        char const* says;
    } const cases[] = {
        {"[]", ": 0 rows, 2 bytes, "},
        {"[{\"a\":1}", "\nloop-export: not a whole list of rows: the input ends"},
        {"no JSON", ": 7 bytes, "},
    };
    for (auto const& each : cases) {
        CAPTURE(std::string(each.content));
        scene s(with_content(each.content));
        auto p = s.start_export();
        CHECK(p.wait() == 0);
        INFO(p.err());
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(content_of(s.file) == each.content);
        CHECK(contains(p.err(), each.says));
    }
}

TEST_CASE("an export that is completed at once is not polled") {
    server_options options;
    options.initial_status = "Completed";
    scene s(std::move(options));
    auto p = s.start_export({"--poll", "3600"});
    CHECK(p.wait() == 0);
    CHECK(s.loop.requests(origin::api).size() == 1);
    CHECK((content_of(s.file) == sample_export()));
}

TEST_CASE("PendingOrExpired and statuses that nobody knows are polled, and shown") {
    scene s(with_statuses({"PendingOrExpired", "Warming up\x1b[2J", "", "Completed"}));
    auto p = s.start_export({"--poll", "0.05"});
    CHECK(p.wait() == 0);
    CHECK(contains(p.err(), ": status not known, "));
    CHECK(contains(p.err(), ": PendingOrExpired, "));
    CHECK(contains(p.err(), ": Warming up [2J, "));
    CHECK((content_of(s.file) == sample_export()));
}

TEST_CASE("a link stays one, and the file behind it is written") {
    scene s;
    auto const link = s.directory.path / "newest";
    std::ofstream(s.file) << "of yesterday";
    std::filesystem::create_symlink(s.file, link);
    auto p = s.start_export({"-o", link.string()});
    CHECK(p.wait() == 0);
    CHECK(std::filesystem::is_symlink(link));
    CHECK((content_of(s.file) == sample_export()));
    CHECK(s.directory.names() == std::set<std::string>{"newest", "report.json"});
}

TEST_CASE("what breaks on the way is gone on with") {
    scene s;
    s.loop.cut_file_after(5000);
    s.loop.cut_file_after(3000, connection_end::reset);
    auto p = s.start_export();
    CHECK(p.wait() == 0);
    CHECK((content_of(s.file) == sample_export()));
    CHECK(s.starts() == 1);
}

TEST_CASE("with --verbose it tells of each request and connection, with --quiet of nothing") {
    scene s;
    auto verbose = s.start_export({"--verbose", "--rows", "0"});
    CHECK(verbose.wait() == 0);
    INFO(verbose.err());
    CHECK(contains(verbose.err(), "#1 POST /api/v1/report/export localhost:"));
    CHECK(contains(verbose.err(), " GET /api/v1/report/exports/{id} localhost:"));
    CHECK(contains(verbose.err(), " GET (file) 127.0.0.1:"));
    CHECK(contains(verbose.err(), "connection to 127.0.0.1:"));
    CHECK_FALSE(s.has_secret(verbose));
    auto quiet = s.start_export({"--quiet"});
    CHECK(quiet.wait() == 0);
    CHECK(quiet.err().empty());
    CHECK(quiet.out().empty());
}

TEST_CASE("--ca and --proxy count before the environment") {
    scene s;
    std::string const authority = std::exchange(s.environment["SSL_CERT_FILE"], "/no/such/file");
    s.environment["https_proxy"] = "http://localhost:1";
    s.environment["no_proxy"] = "127.0.0.1,localhost";
    auto p = s.start_export({"--ca", authority});
    CHECK(p.wait() == 0);
    s.environment.erase("no_proxy");
    auto refused = s.start_export({"--ca", authority, "--proxy", "http://127.0.0.1:2"});
    CHECK(refused.wait() == 5);
    CHECK(contains(refused.err(), "127.0.0.1:2"));
}

TEST_CASE("an export that ends without a file leaves what was there, and has its own exit code") {
    for (char const* status : {"Failed", "Expired"}) {
        CAPTURE(std::string(status));
        for (bool const before : {false, true}) {
            scene s(with_statuses({"Processing", status}));
            if (before)
                std::ofstream(s.file) << "of yesterday";
            auto p = s.start_export();
            CHECK(p.wait() == 4);
            INFO(p.err());
            CHECK(contains(p.err(), "\nloop-export: export_ended: "));
            CHECK(s.directory.names() == (before ? s.only_the_file : s.nothing));
            CHECK(content_of(s.file) == (before ? "of yesterday" : ""));
        }
    }
}

TEST_CASE("what the service or the network says no to has an exit code and one line") {
    SUBCASE("a wrong token") {
        scene s;
        s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
        auto p = s.start_export();
        CHECK(p.wait() == 3);
        CHECK(p.err().starts_with("loop-export: unauthorized: "));
        CHECK(p.err().find('\n') == p.err().size() - 1);
        CHECK_FALSE(contains(p.err(), "not-the-token-of-this-server"));
        CHECK(s.directory.names().empty());
    }
    SUBCASE("a bad request") {
        scene s;
        s.loop.respond_next(response_override(400, R"({"message":"no such team"})"));
        auto p = s.start_export();
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), "no such team"));
        CHECK(s.directory.names().empty());
    }
    SUBCASE("a refusal while polling") {
        scene s(with_statuses({}));
        s.loop.hold_next();
        auto p = s.start_export();
        REQUIRE(s.loop.wait_until_held(patience));
        s.loop.respond_next(response_override(403, R"({"message":"not yours"})"));
        s.loop.release();
        CHECK(p.wait() == 3);
        CHECK(contains(p.err(), "\nloop-export: forbidden: "));
        CHECK(contains(p.err(), "not yours"));
        CHECK_FALSE(resume_token_in(p.err()).empty());
        CHECK(s.directory.names() == std::set<std::string>{"report.json.export"});
    }
    SUBCASE("addresses that are expired when they come") {
        server_options options;
        options.file_url_lifetime = 0s;
        scene s(std::move(options));
        auto p = s.start_export();
        CHECK(p.wait() == 1); // it is not the service that refuses
        CHECK(contains(p.err(), "\nloop-export: forbidden: "));
        CHECK_FALSE(resume_token_in(p.err()).empty());
        CHECK_FALSE(s.has_secret(p));
    }
    SUBCASE("a certificate that is not trusted") {
        scene s;
        s.environment.erase("SSL_CERT_FILE");
        auto p = s.start_export();
        CHECK(p.wait() == 5);
        CHECK(p.err().starts_with("loop-export: tls: "));
        CHECK(s.loop.requests().empty());
        CHECK(s.directory.names().empty());
    }
    SUBCASE("the deadline") {
        scene s(with_statuses({"Pondering"}));
        auto p = s.start_export({"--deadline", "2"}); // within which it has seen the status
        CHECK(p.wait() == 5);
        CHECK(contains(p.err(), "Pondering"));
        CHECK(s.directory.names() == std::set<std::string>{"report.json.export"});
        CHECK(s.loop.wait_until_idle(patience));
    }
    SUBCASE("a disk that is full") {
        scene s;
        auto p = s.start_export({"--ndjson", "-o", "/dev/full"});
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), "loop-export: can't write /dev/full: No space left on device\n"));
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
        {{"--from", "yesterday"}, "--from: can't read \"yesterday\" as a time: write 2026-11-01"},
        {{"--from", "2026-11-08", "--to", "2026-11-01"}, "the period is empty"},
        {{"--from", "9999-01-01"}, "the period is empty"},
        {{"--from", "2026-03-29T02:30", "--timezone", "Europe/Ljubljana"},
         "--from: in Europe/Ljubljana there is no 2026-03-29 02:30:00"},
        {{"--last", "7d", "--timezone", "Europe/Lubljana"}, "did you mean Europe/Ljubljana"},
        {{"--last", "7"}, "--last: expected a length like 36h, 7d or 2w, got \"7\""},
        {{"--last", "7d", "--format", "pdf"}, "--format: pdf not in {json,xlsx}"},
        {{"--last", "7d", "--poll", "0"}, "--poll-interval: expected seconds"},
        {{"--last", "7d", "--deadline", "soon"}, "--deadline: expected seconds"},
        {{"--last", "7d", "--rows", "-1"}, "--rows"},
        {{"--last", "7d", "--token=abc"}, "not expected: --token"},
        {{"--resume", "abc"}, "the resume token can't be used"},
        {{"--resume"}, "there is nothing to go on with"},
        {{"--last", "7d", "-o", s.directory.path / std::string(300, 'x')}, "--output: "},
        {{"--last", "7d", "--team", ""}, "--team: it is empty"},
        {{"--last", "7d", "--impersonate", ""}, "--impersonate: it is empty"},
        {{"--last", "7d", "--csv", "--columns", ""}, "--columns: it is empty"},
        {{"--last", "7d", "--csv", "--columns", ","}, "--columns: a name is empty"},
        {{"--last", "7d", "--csv", "--columns", "a,"}, "--columns: a name is empty"},
        {{"--last", "7d", "--csv", "--columns", "a,b,a"}, "--columns: a comes twice"},
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
    SUBCASE("a value that is empty") {
        for (std::string const option :
             {"--from", "--to", "--last", "--timezone", "--tag", "--format", "--impersonate",
              "--output", "-o", "--columns", "--rows", "--resume", "--poll", "--poll-interval",
              "--deadline", "--streams", "--proxy", "--ca"})
            for (std::vector<std::string> words :
                 {std::vector{option, std::string()}, {option + '='}}) {
                if (option == "-o" && words.size() == 1)
                    continue; // a file named so
                CAPTURE(words);
                words.insert(words.begin(), {program("loop-export"), "--last", "7d"});
                words.insert(words.end(), {"-o", s.file.string()});
                process p(words, s.environment);
                CHECK(p.wait() == 2);
                INFO(p.err());
                CHECK(contains(p.err(), "loop-export: " + option + ": it is empty\n"));
            }
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
    SUBCASE("help and version are no errors") {
        auto help = s.start_export({"--help"});
        CHECK(help.wait() == 0);
        CHECK(contains(help.out(), "--poll-interval SECONDS"));
        CHECK(contains(help.out(), "\nExamples:\n  loop-export --last 7d -o week.json\n"));
        CHECK(help.err().empty());
        auto version = s.start_export({"--version"});
        CHECK(version.wait() == 0);
        CHECK(version.out() == "loop-export " INTHELOOP_VERSION_STRING "\n");
    }
    CHECK(s.loop.connections_accepted() == 0);
    CHECK(s.directory.names().empty());
}

} // TEST_SUITE("tools/loop_export/loop_export")
