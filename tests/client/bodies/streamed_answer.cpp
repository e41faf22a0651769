// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Answers that are read piece by piece.
#include "raw_routes.hpp"

#include <client/fixture.hpp>

#include <intheloop.hpp>

#include <boost/asio/execution/allocator.hpp>
#include <boost/asio/require.hpp>
#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("client/bodies/streamed_answer") {

using namespace fixture;
using namespace raw;

namespace {

std::string const block(100'000, 'x');

// Allocates like any other, and keeps something: as long as there is an executor with a copy.
template <class T>
class keeping_allocator {
public:
    using value_type = T;

    explicit keeping_allocator(std::shared_ptr<int> something) : kept(std::move(something)) {}
    template <class U>
    keeping_allocator(keeping_allocator<U> const& other) : kept(other.kept) {}

    T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* at, std::size_t count) { std::allocator<T>().deallocate(at, count); }
    template <class U>
    bool operator==(keeping_allocator<U> const&) const {
        return true;
    }

    std::shared_ptr<int> kept;
};

// Reads a source to its end; the error that it ended with.
std::optional<loop::error> read_all(asio::io_context& io, loop::byte_source& source,
                                    std::string& all) {
    std::optional<loop::error> failed;
    for (bool more = true; more;) {
        std::string piece;
        bool came = false;
        source.async_read(piece, [&](std::optional<loop::error> failure) {
            failed = std::move(failure);
            came = true;
        });
        run_until(io, [&] { return came; });
        all += piece;
        more = !failed && !piece.empty();
    }
    return failed;
}

} // namespace

TEST_CASE("an answer of any size is read piece by piece") {
    server s;
    std::string const large(20'000'000, 'y'); // more than an answer in memory may have
    s.on(get_file, [&](file_request const&) { return loop::raw_body(large); });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const source = loop::open_response(client, get_file, file_request("1"));
    CHECK(s.requests().empty()); // it begins with the first read
    std::string all;
    auto const failed = read_all(io, *source, all);
    CHECK_FALSE(failed);
    CHECK(all == large);
    CHECK(s.requests(get_file).once());
}

TEST_CASE("a 201 of any size, too") {
    server s;
    std::string const large(20'000'000, 'y');
    s.on(get_file, [&](file_request const&) {
        return loop::testing::answer<loop::raw_body>(201, loop::raw_body(large));
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string all;
    CHECK_FALSE(read_all(io, *loop::open_response(client, get_file, file_request("1")), all));
    CHECK(all == large);
}

TEST_CASE("nothing, and a 201") {
    server s;
    s.on(get_file, [](file_request const& request) {
        return request.id == "empty"
                   ? loop::testing::answer<loop::raw_body>(loop::raw_body(""))
                   : loop::testing::answer<loop::raw_body>(201, loop::raw_body("made"));
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string all;
    CHECK_FALSE(read_all(io, *loop::open_response(client, get_file, file_request("empty")), all));
    CHECK(all.empty());
    CHECK_FALSE(read_all(io, *loop::open_response(client, get_file, file_request("1")), all));
    CHECK(all == "made");
}

TEST_CASE("an error comes with the read, whole") {
    server s;
    s.on(get_file, [](file_request const&) { return loop::testing::refuse(404, "no such file"); });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string all;
    auto const failed =
        read_all(io, *loop::open_response(client, get_file, file_request("1")), all);
    REQUIRE(failed);
    CHECK(failed->code() == loop::errc::not_found);
    CHECK(failed->service_message == "no such file");
    CHECK(failed->endpoint == get_file.description());
    CHECK(all.empty());
    file_request odd("..");
    auto const refused = read_all(io, *loop::open_response(client, get_file, odd), all);
    REQUIRE(refused);
    CHECK(refused->code() == loop::errc::invalid_request);
}

TEST_CASE("nothing keeps a source whose request is refused when it is encoded") {
    server s;
    asio::io_context io;
    auto life = std::make_shared<int>(0);
    std::weak_ptr<int> const is_kept = life;
    {
        // Each source has a copy of the executor, with its allocator.
        loop::client client(
            asio::require(io.get_executor(),
                          asio::execution::allocator(keeping_allocator<void>(std::move(life)))),
            options_for(s));
        std::string all;
        auto const odd_path =
            read_all(io, *loop::open_response(client, get_file, file_request("..")), all);
        REQUIRE(odd_path);
        CHECK(odd_path->code() == loop::errc::invalid_request);
        loop::call_options how;
        how.impersonate_user = loop::secret("a\nb");
        auto const odd_user =
            read_all(io, *loop::open_response(client, get_file, file_request("1"), how), all);
        CHECK(odd_user);
        CHECK_FALSE(is_kept.expired());
    }
    io.restart();
    io.run_for(patience);
    CHECK(is_kept.expired());
    CHECK(s.requests().empty());
}

TEST_CASE("an answer that breaks off is no whole one, and not tried again") {
    server s;
    s.on(get_file, [](file_request const&) { return loop::raw_body(block); });
    s.script(get_file, {loop::testing::fault::truncate(50'000)});
    auto how = options_for(s);
    how.retry.max_attempts = 3;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::string all;
    auto const failed =
        read_all(io, *loop::open_response(client, get_file, file_request("1")), all);
    REQUIRE(failed);
    CHECK(failed->code() == loop::errc::connection_lost);
    CHECK(all == block.substr(0, 50'000));
    CHECK(s.requests().size() == 1);
}

TEST_CASE("an answer that stalls after its first bytes is not asked for again") {
    server_options timed;
    timed.clock = std::make_shared<loop::testing::virtual_clock>();
    server s(timed);
    s.on(get_file, [](file_request const&) { return loop::raw_body(block); });
    s.script(get_file, {loop::testing::fault::drip(50'000, 1h)});
    auto how = options_for(s);
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    how.time = timed.clock;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    auto const source = loop::open_response(client, get_file, file_request("1"));
    std::string all, piece;
    std::optional<loop::error> failed;
    std::function<void()> const read = [&] {
        source->async_read(piece, [&](std::optional<loop::error> failure) {
            failed = std::move(failure);
            all += piece;
            if (!failed && !piece.empty())
                read();
        });
    };
    read();
    timed.clock->run(io);
    REQUIRE(failed);
    CHECK(failed->code() == loop::errc::stalled);
    CHECK(timed.clock->elapsed() == how.stall_timeout);
    CHECK_FALSE(all.empty());
    CHECK(all == block.substr(0, all.size()));
    CHECK(all.size() < block.size());
    CHECK(s.requests().size() == 1);
    CHECK(client.statistics().retries == 0);
}

TEST_CASE("a failure before the first byte is tried again") {
    server s;
    s.on(get_file, [](file_request const&) { return loop::raw_body(block); });
    s.script(get_file, {loop::testing::fault::status(503).retry_after(0s)});
    auto how = options_for(s);
    how.retry.max_attempts = 3;
    how.retry.throttled_base = 1ms;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::string all;
    CHECK_FALSE(read_all(io, *loop::open_response(client, get_file, file_request("1")), all));
    CHECK(all == block);
    CHECK(s.requests().size() == 2);
}

TEST_CASE("the source ends the call when it goes") {
    server s;
    std::string const large(20'000'000, 'y');
    s.on(get_file, [&](file_request const&) { return loop::raw_body(large); });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto source = loop::open_response(client, get_file, file_request("1"));
    std::string piece;
    bool came = false;
    source->async_read(piece, [&](auto failure) { came = !failure; });
    run_until(io, [&] { return came; });
    source.reset();
    io.restart();
    io.run();
    CHECK(client.statistics().connections_open == 0);
    CHECK(s.wait_until_idle(patience));
}

} // TEST_SUITE("client/bodies/streamed_answer")
