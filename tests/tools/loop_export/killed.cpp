// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export that is killed, at any moment, as by a power failure of its own.
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("tools/loop_export/killed") {

namespace {

using namespace std::chrono_literals;
using namespace intheloop::testing;
using tests::contains;
using tests::content_of;
using tests::process;
using tests::scene;

unsigned seed_of_run() {
    char const* const given = std::getenv("INTHELOOP_TEST_SEED");
    return given ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
}

// How long the program takes until it begins: more where sanitizers slow it down.
std::chrono::microseconds time_to_begin(scene const& s) {
    auto const began = std::chrono::steady_clock::now();
    CHECK(s.start_export({"--version"}).wait() == 0);
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() -
                                                                 began);
}

// A person who wants a file, and runs the program until it is there.
class user {
public:
    explicit user(scene& s) : scene_(s) {
        // The answer to the one start that there may be, so that its id is known here.
        id_ = s.loop.add_export();
        s.loop.respond_next(
            response_override(200, R"({"id":")" + id_ + R"(","status":"Processing"})"));
    }

    bool is_done() const {
        return std::filesystem::exists(scene_.file) && !std::filesystem::exists(journal_);
    }

    process run() const {
        return scene_.start_export(std::filesystem::exists(journal_) ? options_
                                                                     : std::vector<std::string>());
    }

    void learn_from(process const& ended, int exit_code) {
        said_ += ended.err();
        options_ = {"--resume"};
        if (exit_code == 2) { // killed before it began: the same again
            CHECK(contains(ended.err(), "there is nothing to go on with"));
            CHECK(scene_.starts() == 0);
            options_ = {};
        }
        if (exit_code == 6) {
            // Only if a request was on its way when the program was killed: never later.
            CHECK_FALSE(contains(said_, "resume with: "));
            options_ = scene_.starts() == 0 ? std::vector<std::string>{"--start-again"}
                                            : std::vector<std::string>{"--resume", token(ended)};
        }
    }

private:
    // Returns the resume token that it printed, with the id instead of "ID".
    std::string token(process const& told) const {
        std::string const& said = told.err();
        std::size_t const begin = said.find("--resume loop-export/") + 9;
        return said.substr(begin, said.find("/ID,") + 1 - begin) + id_;
    }

    scene& scene_;
    std::string const journal_ = scene_.file.string() + ".export";
    std::string id_;
    std::vector<std::string> options_;
    std::string said_;
};

} // namespace

TEST_CASE("killed at ten random moments, and resumed each time, it writes the file of one export") {
    unsigned const seed = seed_of_run();
    MESSAGE("INTHELOOP_TEST_SEED=", seed);
    std::mt19937 random(seed);

    auto const longest = time_to_begin(scene()) + 100ms;
    constexpr int wanted_kills = 10;
    std::string const content = sample_export(2000);
    server_options options;
    options.content = content;
    options.file_bytes_per_second = // so slow that it is not done before the last kill
        content.size() * 1'000'000 / static_cast<std::uint64_t>((longest * wanted_kills).count());
    scene s(options);
    user person(s);

    int kills = 0;
    for (int runs = 0; !person.is_done(); ++runs) {
        REQUIRE(runs < 4 * wanted_kills);
        process p = person.run();
        if (kills != wanted_kills) {
            std::this_thread::sleep_for(std::chrono::microseconds(
                std::uniform_int_distribution<std::int64_t>(0, longest.count())(random)));
            p.kill(SIGKILL);
        }
        int const exit_code = p.wait();
        INFO(p.err());
        REQUIRE((exit_code == -1 || exit_code == 0 || exit_code == 2 || exit_code == 6));
        kills += exit_code == -1 ? 1 : 0;
        person.learn_from(p, exit_code);
    }
    CHECK(kills == wanted_kills);
    CHECK((content_of(s.file) == content));
    CHECK(s.starts() == 1);
    CHECK(s.directory.names() == s.only_the_file);
}

} // TEST_SUITE("tools/loop_export/killed")
