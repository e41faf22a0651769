// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_JOBS_DOWNLOAD_FIXTURE_HPP
#define INTHELOOP_TESTS_JOBS_DOWNLOAD_FIXTURE_HPP

#include <client/fixture.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fixture {

namespace fs = std::filesystem;

// A directory of its own for each test.
struct directory {
    directory() {
        std::string pattern = (fs::temp_directory_path() / "intheloop-test-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~directory() { fs::remove_all(path); }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (auto const& entry : fs::directory_iterator(path))
            found.push_back(entry.path().filename());
        std::sort(found.begin(), found.end());
        return found;
    }
    fs::path path;
};

inline std::string content_of(fs::path const& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

// The ranges that the requests for files asked for, one after the other; "whole" for all of a file.
inline std::vector<std::string> ranges_of(server const& s) {
    std::vector<std::string> found;
    for (auto const& request : s.requests(origin::files))
        found.push_back(request.header("Range").value_or("whole"));
    return found;
}

// Downloads twice to one path at the same time: one gets the file, and the other is refused.
inline void check_two_at_a_time(server& s, std::string const& url, directory const& d,
                                loop::download_options const& how, std::string_view content) {
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    int refused = 0, whole = 0;
    for (int i = 0; i != 2; ++i)
        loop::async_download(client, url, d.path / "r", how, [&](auto r) {
            if (r) {
                ++whole;
                return;
            }
            CHECK(r.error().code() == loop::errc::file_failed);
            CHECK(contains(r.error().detail, "another download writes"));
            ++refused;
        });
    io.run();
    CHECK(whole == 1);
    CHECK(refused == 1);
    CHECK((content_of(d.path / "r") == content));
    CHECK(d.names() == std::vector<std::string>{"r"});
}

inline auto download(loop::options how, std::string_view url, fs::path const& to,
                     loop::download_options const& per_download = loop::download_options()) {
    asio::io_context io;
    loop::client client(io.get_executor(), std::move(how));
    std::optional<loop::result<loop::download_summary>> outcome;
    loop::async_download(client, url, to, per_download,
                         [&](auto r) { outcome.emplace(std::move(r)); });
    CHECK_FALSE(outcome);
    io.run();
    REQUIRE(outcome);
    return std::move(*outcome);
}

// Lets 10 s pass, on the client's clock alone, once the download stands still. Returns its failure.
template <class Condition>
loop::error failure_after_10s(loop::options how, std::string_view url, fs::path const& to,
                              loop::download_options const& per_download, Condition stands_still) {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    how.time = clock;
    asio::io_context io;
    loop::client client(io.get_executor(), std::move(how));
    std::optional<loop::result<loop::download_summary>> outcome;
    loop::async_download(client, url, to, per_download,
                         [&](auto r) { outcome.emplace(std::move(r)); });
    run_until(io, stands_still);
    run_until_quiet(io);
    CHECK_FALSE(outcome);
    clock->advance(10s);
    io.restart();
    io.run_for(patience);
    REQUIRE(outcome);
    REQUIRE_FALSE(*outcome);
    return outcome->error();
}

// Every byte value, at no round size.
inline std::string odd_content(std::size_t size) {
    std::string made(size, '\0');
    unsigned state = 1;
    for (char& c : made) {
        state = state * 1664525 + 1013904223;
        c = static_cast<char>(state >> 24);
    }
    return made;
}

inline std::vector<std::string> const finished = {"Completed"};

// One that breaks is not gone on with.
inline loop::download_options one_attempt() {
    loop::download_options how;
    how.retry.max_attempts = 1;
    return how;
}

// Goes on after a break without a pause.
inline loop::download_options impatient() {
    loop::download_options how;
    how.retry.base = how.retry.throttled_base = 1ms;
    return how;
}

} // namespace fixture

#endif
