// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Recording bodies that are sent and read piece by piece.
#include <client/bodies/raw_routes.hpp>

#include <client/fixture.hpp>

#include <intheloop.hpp>
#include <intheloop/recording.hpp>
#include <intheloop/testing.hpp>

#include <support/project_file.hpp>

#include <boost/asio/detached.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>

TEST_SUITE("recording/record_streams") {

using namespace fixture;

namespace {

std::string read_whole(asio::io_context& io, loop::byte_source& source) {
    std::string all;
    auto const read = [&]() -> asio::awaitable<void> {
        std::string piece;
        do {
            auto const failed = co_await asio::async_initiate<asio::use_awaitable_t<> const,
                                                              void(std::optional<loop::error>)>(
                [&](auto handler) { source.async_read(piece, std::move(handler)); },
                asio::use_awaitable);
            REQUIRE_FALSE(failed);
            all += piece;
        } while (!piece.empty());
    };
    co_spawn(io, read, asio::detached);
    io.restart();
    io.run();
    return all;
}

// Copies a file of the service, in pieces.
void copy_file(loop::options const& how) {
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::string const got =
        read_whole(io, *loop::open_response(client, raw::get_file, raw::file_request("1")));
    CHECK(got == "file 1");
    std::shared_ptr<loop::byte_source> const from =
        loop::open_file(io.get_executor(), support::project_path("LICENSE")).value();
    raw::upload_request request("2", loop::raw_body(from));
    auto const stored = call(client, io, raw::upload, request);
    REQUIRE_MESSAGE(stored, stored.error());
    CHECK(stored->size == static_cast<int>(support::project_file("LICENSE").size()));
}

loop::testing::recording record(std::size_t file_limit) {
    server s;
    s.on(raw::get_file, [](raw::file_request const& request) {
        return loop::raw_body("file " + request.id, "text/plain");
    });
    s.on(raw::upload, [](raw::upload_request const& request) {
        raw::stored made;
        made.size = static_cast<int>(request.content.bytes.size());
        return made;
    });
    auto how = options_for(s);
    loop::testing::recorder_options chosen;
    chosen.file_limit = file_limit;
    auto const recorder = std::make_shared<loop::testing::recorder>(chosen);
    how.recorder = recorder;
    copy_file(how);
    return recorder->recording();
}

loop::options options_of(loop::testing::player const& player) {
    loop::options how;
    how.base_url = player.base_url();
    how.token = player.token();
    how.tls.ca_pem = player.ca_certificate();
    how.retry.max_attempts = 1;
    return how;
}

} // namespace

TEST_CASE("bodies in pieces are recorded whole, and played") {
    auto const recorded = record(1 << 20);
    CHECK(contains(recorded.to_json(), "Boost Software License"));
    loop::testing::player player(recorded);
    copy_file(options_of(player));
    CHECK(player.played_as_recorded());
}

TEST_CASE("of a token that the limit cut nothing stays") {
    constexpr std::size_t before = 10;
    server s;
    s.on(raw::get_file, [token = s.token()](raw::file_request const&) {
        return loop::raw_body("the token " + token, "text/plain");
    });
    for (std::size_t const kept : {std::size_t(4), s.token().size() - 1}) {
        loop::testing::recorder_options chosen;
        chosen.file_limit = before + kept;
        auto const recorder = std::make_shared<loop::testing::recorder>(chosen);
        auto how = options_for(s);
        how.recorder = recorder;
        asio::io_context io;
        loop::client client(io.get_executor(), how);
        raw::file_request const which("1");
        CHECK(read_whole(io, *loop::open_response(client, raw::get_file, which)) ==
              "the token " + s.token());
        auto const recorded = recorder->recording();
        REQUIRE(recorded.exchanges().size() == 1);
        CHECK(recorded.exchanges().front().body.bytes == "the token [redacted]");
        CHECK(recorded.exchanges().front().left_out == s.token().size() - kept);
    }
}

TEST_CASE("a request whose body was too long to be kept fits any body") {
    auto const recorded = record(10);
    CHECK_FALSE(contains(recorded.to_json(), "Boost Software License"));
    CHECK(contains(recorded.to_json(), "{{any}}"));
    loop::testing::player player(recorded);
    copy_file(options_of(player));
    CHECK(player.played_as_recorded());
}

} // TEST_SUITE("recording/record_streams")
