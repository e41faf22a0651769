// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Bodies that are sent piece by piece.
#include "raw_routes.hpp"

#include <client/fixture.hpp>

#include <intheloop.hpp>

#include <support/project_file.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/bodies/streamed_body") {

using namespace fixture;
using namespace raw;

namespace {

// Gives these pieces; waits for more until it is ended.
class scripted_source final : public loop::byte_source {
public:
    explicit scripted_source(asio::any_io_executor on, std::deque<std::string> pieces = {})
        : executor_(std::move(on)), pieces_(std::move(pieces)) {}

    asio::any_io_executor get_executor() const override { return executor_; }
    void async_read(std::string& into, read_handler handler) override {
        ++reads;
        if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected())
            slot.assign([this](asio::cancellation_type) {
                ++cancelled;
                finish(loop::error(loop::errc::cancelled, {}));
            });
        into_ = &into;
        handler_.emplace(std::move(handler));
        serve();
    }
    // Of the executor's thread.
    void add(std::string piece) {
        pieces_.push_back(std::move(piece));
        serve();
    }
    void end() { add({}); }
    void fail(loop::error why) { finish(std::move(why)); }

    int reads = 0;
    int cancelled = 0;

private:
    void serve() {
        if (!handler_ || pieces_.empty())
            return;
        *into_ = std::move(pieces_.front());
        pieces_.pop_front();
        finish(std::nullopt);
    }
    void finish(std::optional<loop::error> failure) {
        asio::get_associated_cancellation_slot(*handler_).clear();
        asio::post(executor_,
                   [handler = std::move(*handler_), failure = std::move(failure)]() mutable {
                       std::move(handler)(std::move(failure));
                   });
        handler_.reset();
    }

    asio::any_io_executor executor_;
    std::deque<std::string> pieces_;
    std::string* into_ = nullptr;
    std::optional<read_handler> handler_;
};

void serve_files(server& s) {
    s.on(upload, [](upload_request const& request) {
        stored made;
        made.size = static_cast<int>(request.content.bytes.size());
        return made;
    });
}

std::string const block(100'000, 'x');

} // namespace

TEST_CASE("a body comes from its source, in chunks or of a size that was said") {
    for (std::size_t const count : {0u, 1u, 50u}) {
        for (bool const says_size : {false, true}) {
            CAPTURE(count);
            CAPTURE(says_size);
            server s;
            serve_files(s);
            asio::io_context io;
            loop::client client(io.get_executor(), options_for(s));
            std::deque<std::string> pieces(count, block);
            pieces.emplace_back();
            auto const source =
                std::make_shared<scripted_source>(io.get_executor(), std::move(pieces));
            std::optional<std::uint64_t> size;
            if (says_size)
                size = count * block.size();
            upload_request request("f", loop::raw_body(source, size, "image/png"));
            auto const got = call(client, io, upload, request);
            REQUIRE_MESSAGE(got, got.error());
            CHECK(got->size == static_cast<int>(count * block.size()));
            auto const came = s.requests().front();
            CHECK(came.header("Content-Type") == "image/png");
            CHECK(came.header("Transfer-Encoding").has_value() == !says_size);
            CHECK(came.header("Content-Length").has_value() == says_size);
            // The connection can go on.
            auto const again = call(client, io, get_file, file_request("1"));
            CHECK(again.status() == 405); // the server has no such handler
            CHECK(s.connections_accepted() == 1);
        }
    }
}

TEST_CASE("from a file") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string const text = support::project_file("LICENSE");
    std::shared_ptr<loop::byte_source> file =
        loop::open_file(io.get_executor(), support::project_path("LICENSE")).value();
    upload_request request("f", loop::raw_body(file));
    auto const got = call(client, io, upload, request);
    REQUIRE_MESSAGE(got, got.error());
    CHECK(s.requests(upload).at(0).value.content.bytes == text);
}

TEST_CASE("a source on another thread") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    asio::thread_pool pool(2);
    auto const source = std::make_shared<scripted_source>(
        asio::any_io_executor(asio::make_strand(pool)), std::deque<std::string>{"ab", "cd", ""});
    upload_request request("f", loop::raw_body(source));
    CHECK(call(client, io, upload, request)->size == 4);
}

TEST_CASE("another size than was said ends the call") {
    for (std::uint64_t const said : {3u, 5u}) {
        server s;
        serve_files(s);
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        auto const source = std::make_shared<scripted_source>(
            io.get_executor(), std::deque<std::string>{"ab", "cd", ""});
        upload_request request("f", loop::raw_body(source, said));
        auto const got = call(client, io, upload, request);
        REQUIRE_FALSE(got);
        CHECK(got.error().code() == loop::errc::invalid_request);
        CHECK(contains(got.error().detail, said == 3 ? "gives more bytes, and 3 were said"
                                                     : "gives 4 bytes, and 5 were said"));
        CHECK(got.error().progress == loop::request_progress::partly_sent);
        CHECK(s.wait_until_idle(patience));
        CHECK(s.requests().empty());
    }
}

TEST_CASE("what the source fails with is the error of the call") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const source =
        std::make_shared<scripted_source>(io.get_executor(), std::deque<std::string>{"ab"});
    upload_request request("f", loop::raw_body(source));
    std::optional<loop::error> failed;
    client.async_call(upload, request, [&](auto got) { failed = got.error(); });
    run_until(io, [&] { return source->reads == 2; });
    source->fail(loop::error(loop::errc::file_failed, "the disk broke"));
    run_until(io, [&] { return failed.has_value(); });
    CHECK(failed->code() == loop::errc::file_failed);
    CHECK(failed->detail == "the disk broke");
    CHECK(s.wait_until_idle(patience));
    CHECK(s.requests().empty());
}

TEST_CASE("a call whose source was read is not tried again") {
    server s;
    serve_files(s);
    s.script(upload, {loop::testing::fault::status(503), loop::testing::fault::reset()});
    auto how = options_for(s);
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    for (int i = 0; i != 2; ++i) {
        auto const source =
            std::make_shared<scripted_source>(io.get_executor(), std::deque<std::string>{"ab", ""});
        upload_request request("f", loop::raw_body(source));
        auto const got = call(client, io, upload, request);
        REQUIRE_FALSE(got);
        CHECK(got.attempts() == 1);
        CHECK(source->reads == 2);
    }
    CHECK(s.requests().size() == 2);
}

TEST_CASE("a source that has nothing is no stall, but the deadline holds") {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    server_options chosen;
    chosen.clock = clock;
    server s(chosen);
    serve_files(s);
    auto how = options_for(s);
    how.time = clock;
    REQUIRE(how.stall_timeout == 30s);
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    auto const source = std::make_shared<scripted_source>(io.get_executor());
    upload_request request("f", loop::raw_body(source));
    std::optional<loop::result<stored>> got;
    client.async_call(upload, request, [&](auto result) { got = std::move(result); });
    SUBCASE("it comes late") {
        auto const add_later = [&]() -> asio::awaitable<void> {
            co_await clock->async_sleep_for(50s);
            source->add("ab");
            source->end();
        };
        co_spawn(io, add_later, asio::detached);
        clock->run(io);
        REQUIRE(got.has_value());
        CHECK(got->value().size == 2);
        CHECK(clock->elapsed() >= 50s);
    }
    SUBCASE("it never comes") {
        clock->run(io);
        REQUIRE(got.has_value());
        CHECK(got->error().code() == loop::errc::deadline_exceeded);
        CHECK(clock->elapsed() == 60s);
        CHECK(source->cancelled == 1);
    }
}

TEST_CASE("cancelled, the read of the source ends too") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const source = std::make_shared<scripted_source>(io.get_executor());
    upload_request request("f", loop::raw_body(source));
    asio::cancellation_signal stop;
    std::optional<loop::errc> failed;
    client.async_call(upload, request, asio::bind_cancellation_slot(stop.slot(), [&](auto got) {
                          failed = static_cast<loop::errc>(got.error().code().value());
                      }));
    run_until(io, [&] { return source->reads == 1; });
    stop.emit(asio::cancellation_type::terminal);
    io.run();
    CHECK(failed == loop::errc::cancelled);
    CHECK(source->cancelled == 1);
    CHECK(source.use_count() <= 2); // the request's and ours
}

TEST_CASE("what a source fails with is not taken for the service's word") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const source = std::make_shared<scripted_source>(io.get_executor());
    upload_request request("f", loop::raw_body(source));
    std::optional<loop::error> failed;
    client.async_call(upload, request, [&](auto got) { failed = got.error(); });
    run_until(io, [&] { return source->reads == 1; });
    source->fail(loop::error(loop::errc::unauthorized, "another service"));
    run_until(io, [&] { return failed.has_value(); });
    CHECK(failed->status == 0);
    CHECK(call(client, io, get_file, file_request("1")).status() == 405); // it is still sent
}

TEST_CASE("a size without a source, or no source at all, is refused") {
    server s;
    loop::raw_body sized("abc");
    sized.source_size = 10;
    for (loop::raw_body const& wrong : {sized, loop::raw_body(std::shared_ptr<loop::byte_source>()),
                                        loop::raw_body(std::shared_ptr<loop::byte_source>(), 10)}) {
        upload_request request("f", wrong);
        auto const got = call(options_for(s), upload, request);
        REQUIRE_FALSE(got);
        CHECK(got.error().detail == "/content: has the size of a source, but no source");
    }
    CHECK(s.requests().empty());
}

TEST_CASE("a source is for one call") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const source =
        std::make_shared<scripted_source>(io.get_executor(), std::deque<std::string>{"ab", ""});
    upload_request request("f", loop::raw_body(source));
    auto operation = client.async_call(upload, request);
    std::vector<std::string> outcomes;
    auto const keep = [&](loop::result<stored> got) {
        outcomes.push_back(got ? std::to_string(got->size) : got.error().detail);
    };
    operation(keep);
    operation(keep); // what is begun as an lvalue may be begun again, in general
    io.run();
    REQUIRE(outcomes.size() == 2);
    std::sort(outcomes.begin(), outcomes.end());
    CHECK(outcomes[0] == "2");
    CHECK(outcomes[1] == "the source of the body belongs to a call that was begun before");
    CHECK(s.requests(upload).once());
}

TEST_CASE("an answer may come before the body is through") {
    server s;
    serve_files(s);
    asio::io_context io;
    auto how = options_for(s);
    how.token = "another";
    loop::client client(io.get_executor(), how);
    auto const source =
        std::make_shared<scripted_source>(io.get_executor(), std::deque<std::string>{"ab", ""});
    upload_request request("f", loop::raw_body(source));
    auto const got = call(client, io, upload, request);
    REQUIRE_FALSE(got);
    CHECK(got.error().code() == loop::errc::unauthorized);
}

TEST_CASE("a body from a source can't have a second request, one in memory can") {
    server s;
    serve_files(s);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const put = [&](upload_request const& request) {
        std::optional<loop::result<stored>> got;
        client.async_call(upload, request, loop::call_options().hedge(100ms),
                          [&](auto r) { got.emplace(std::move(r)); });
        io.restart();
        io.run();
        REQUIRE(got);
        return std::move(*got);
    };
    auto const source =
        std::make_shared<scripted_source>(io.get_executor(), std::deque<std::string>{"ab", ""});
    auto const refused = put(upload_request("f", loop::raw_body(source, 2, "image/png")));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code() == loop::errc::invalid_request);
    CHECK(contains(printed(refused.error()), "hedge"));
    CHECK(refused.error().progress == loop::request_progress::not_sent);
    CHECK(source->reads == 0);
    CHECK(s.requests().empty());

    s.script(upload, {loop::testing::fault::delay(60s)});
    auto const twice = put(upload_request("f", loop::raw_body(std::string("abc"))));
    REQUIRE_MESSAGE(twice, twice.error());
    CHECK(twice->size == 3);
    CHECK(twice.attempts() == 2);
    auto const came = s.requests();
    REQUIRE(came.size() == 2);
    CHECK(came[0].body == came[1].body);
    CHECK(came[0].connection != came[1].connection);
}

TEST_CASE("from one to the other, in bounded memory") {
    server s;
    serve_files(s);
    std::string const large(8'000'000, 'z');
    s.on(get_file, [&](file_request const&) { return loop::raw_body(large); });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::shared_ptr<loop::byte_source> from =
        loop::open_response(client, get_file, file_request("1"));
    upload_request request("copy", loop::raw_body(from));
    auto const got = call(client, io, upload, request);
    REQUIRE_MESSAGE(got, got.error());
    CHECK(s.requests(upload).at(0).value.content.bytes == large);
}

} // TEST_SUITE("client/bodies/streamed_body")
