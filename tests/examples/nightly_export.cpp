// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The nightly job of docs/guide/recipes.md: at each moment at which it can be killed, the next run
// does the right thing.
#include "program.hpp"

#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

TEST_SUITE("examples/nightly_export") {

namespace {

using tests::contains;
using tests::content_of;
using tests::example_program;
using tests::process;
using tests::scene;

// The program in a directory of its own.
class night : public process {
public:
    explicit night(scene const& s)
        : process({"env", "-C", s.directory.path.string(), example_program("nightly-export")},
                  s.environment) {}
};

// The service gives an export this state at its start; afterwards it is completed.
intheloop::testing::server_options begins_with(char const* status) {
    intheloop::testing::server_options options;
    options.initial_status = status;
    options.statuses = {"Completed"};
    return options;
}

std::filesystem::path journal_of(scene const& s) {
    return s.directory.path / "exports.journal";
}

// The one file that was saved.
std::string saved_by(scene const& s) {
    auto names = s.directory.names();
    names.erase("exports.journal");
    REQUIRE(names.size() == 1);
    CHECK(names.begin()->ends_with(".json"));
    return content_of(s.directory.path / *names.begin());
}

} // namespace

TEST_CASE("a night without a crash saves the file once") {
    scene s(begins_with("Completed"));
    CHECK(night(s).wait() == 0);
    CHECK(saved_by(s) == intheloop::testing::sample_export());
    CHECK(night(s).wait() == 0);
    CHECK(s.starts() == 1);
}

TEST_CASE("killed while it waits, it goes on with the same export") {
    scene s(begins_with("Processing"));
    {
        night killed(s);
        REQUIRE(tests::wait_for_text(journal_of(s), "started")); // the first poll is 10 s away
        killed.kill(SIGKILL);
        CHECK(killed.wait() == -1);
    }
    CHECK(night(s).wait() == 0);
    CHECK(saved_by(s) == intheloop::testing::sample_export());
    CHECK(s.starts() == 1);
}

TEST_CASE("an export that the service has forgotten is started again the next time") {
    scene s(begins_with("Processing"));
    {
        night killed(s);
        REQUIRE(tests::wait_for_text(journal_of(s), "started"));
        killed.kill(SIGKILL);
        CHECK(killed.wait() == -1);
    }
    s.loop.respond_next(intheloop::testing::response_override(404, "{}"));
    night next(s);
    CHECK(next.wait() == 1);
    CHECK(contains(next.err(), "HTTP status 404"));
    CHECK(s.directory.names() == std::set<std::string>{"exports.journal"});
    CHECK(content_of(journal_of(s)).empty());
    std::string const id = s.loop.add_export();
    s.loop.respond_next(intheloop::testing::response_override(
        200,
        R"({"id":")" + id + R"(","status":"Completed","url":")" + s.loop.file_url(id) + "\"}"));
    CHECK(night(s).wait() == 0);
    CHECK(saved_by(s) == intheloop::testing::sample_export());
    CHECK(s.starts() == 2);
}

TEST_CASE("a file that its server misses stays in the journal") {
    scene s(begins_with("Completed"));
    for (int i = 0; i != 10; ++i) // however often it asks
        s.loop.respond_next(intheloop::testing::response_override(404, "gone"),
                            intheloop::testing::origin::files);
    night missing(s);
    CHECK(missing.wait() == 1);
    CHECK_FALSE(content_of(journal_of(s)).empty());
    CHECK(s.starts() == 1);
}

TEST_CASE("killed before the answer came, it asks a person and starts nothing") {
    scene s(begins_with("Completed"));
    {
        s.loop.hold_next();
        night killed(s);
        REQUIRE(s.loop.wait_until_held(tests::patience));
        killed.kill(SIGKILL);
        CHECK(killed.wait() == -1);
    }
    night next(s);
    CHECK(next.wait() == 1);
    CHECK(contains(next.err(), "waits for a person"));
    CHECK(s.directory.names() == std::set<std::string>{"exports.journal"});
}

TEST_CASE("refused by the service, it starts the export again the next time") {
    scene s(begins_with("Completed"));
    s.loop.respond_next(intheloop::testing::response_override(403, "{}"));
    CHECK(night(s).wait() == 1);
    CHECK(night(s).wait() == 0);
    CHECK(saved_by(s) == intheloop::testing::sample_export());
    CHECK(s.starts() == 2);
}

TEST_CASE("an export that fails at the service is not asked for for ever") {
    scene s(begins_with("Failed"));
    night failing(s);
    CHECK(failing.wait() == 1);
    CHECK(contains(failing.err(), ".json: export_ended: "));
    CHECK(s.directory.names() == std::set<std::string>{"exports.journal"});
    CHECK(content_of(journal_of(s)).empty());
}

} // TEST_SUITE("examples/nightly_export")
