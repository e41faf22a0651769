// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A source of a body that throws ends its call with an error, once, and nothing else.
#include "raw_routes.hpp"

#include <client/fixture.hpp>

#include <intheloop.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

TEST_SUITE("client/bodies/throwing_source") {

using namespace fixture;
using namespace raw;

namespace {

constexpr char const* secret = "a text that nobody may see";

struct behaviour {
    enum { exception, number, no_memory } thrown = exception;
    int good_reads = 0;         // before it throws
    bool keeps_handler = false; // and calls it later
    bool from_executor = false; // throws when asked for its executor
};

class throwing_source final : public loop::byte_source {
public:
    throwing_source(asio::io_context& io, behaviour how) : io_(io), how_(how) {}

    asio::any_io_executor get_executor() const override {
        if (how_.from_executor)
            fail();
        return io_.get_executor();
    }
    void async_read(std::string& into, read_handler handler) override {
        into = "piece";
        bool const throws = how_.good_reads-- <= 0;
        if (!throws || how_.keeps_handler)
            asio::post(io_, [handler = std::move(handler)]() mutable {
                std::move(handler)(std::nullopt);
            });
        if (throws)
            fail();
    }

private:
    void fail() const {
        switch (how_.thrown) {
        case behaviour::exception: throw std::runtime_error(secret);
        case behaviour::number: throw 42;
        case behaviour::no_memory: throw std::bad_alloc();
        }
    }

    asio::io_context& io_;
    behaviour how_;
};

constexpr behaviour behaviours[] = {
    {behaviour::exception},
    {behaviour::number},
    {behaviour::no_memory},
    {behaviour::exception, 1},
    {behaviour::exception, 20},
    {behaviour::number, 1, true},
    {behaviour::exception, 0, true},
    {behaviour::no_memory, 0, true},
    {behaviour::no_memory, 3, true},
    {behaviour::exception, 0, false, true},
    {behaviour::number, 0, false, true},
};

} // namespace

TEST_CASE("a source that throws ends the call with an error") {
    server s;
    s.on(upload, [](upload_request const& request) {
        return stored{static_cast<int>(request.content.bytes.size())};
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    for (behaviour const& how : behaviours)
        for (std::optional<std::uint64_t> const size : {std::optional<std::uint64_t>(), {1000}}) {
            CAPTURE(static_cast<int>(how.thrown));
            CAPTURE(how.good_reads);
            CAPTURE(how.keeps_handler);
            CAPTURE(how.from_executor);
            auto const source = std::make_shared<throwing_source>(io, how);
            upload_request request("f", loop::raw_body(source, size));
            int called = 0;
            std::optional<loop::error> failed;
            client.async_call(upload, request, [&](loop::result<stored> got) {
                ++called;
                REQUIRE_FALSE(got);
                failed = got.error();
            });
            io.restart();
            CHECK(io.run_for(patience) != 0);
            CHECK(io.stopped());
            CHECK(called == 1);
            REQUIRE(failed);
            if (how.thrown == behaviour::no_memory) {
                CHECK(failed->code() == loop::errc::out_of_memory);
            } else {
                CHECK(failed->code() == loop::errc::invalid_request);
                CHECK(failed->detail == "the source of the body threw an exception");
            }
            CHECK_FALSE(contains(printed(*failed), secret));
            CHECK((failed->progress == loop::request_progress::not_sent) == how.from_executor);

            upload_request next("f", loop::raw_body("ab"));
            auto const again = call(client, io, upload, next);
            REQUIRE_MESSAGE(again, again.error());
            CHECK(again->size == 2);
        }
    CHECK(s.requests().size() == 2 * std::size(behaviours)); // those of the calls that went on
}

namespace {

// Answers with this error, or never if there is none; what cancels it throws.
class stubborn_source final : public loop::byte_source {
public:
    stubborn_source(asio::io_context& io, std::optional<loop::error> failure)
        : io_(io), failure_(std::move(failure)) {}

    int cancelled = 0;
    bool is_asked() const { return kept_.has_value(); }
    void forget_handler() { kept_.reset(); } // which keeps the source

    asio::any_io_executor get_executor() const override { return io_.get_executor(); }
    void async_read(std::string&, read_handler handler) override {
        if (failure_)
            return asio::post(io_, [failure = failure_, handler = std::move(handler)]() mutable {
                std::move(handler)(std::move(failure));
            });
        asio::get_associated_cancellation_slot(handler).assign([this](asio::cancellation_type) {
            ++cancelled;
            throw std::runtime_error(secret);
        });
        kept_.emplace(std::move(handler));
    }

private:
    asio::io_context& io_;
    std::optional<loop::error> const failure_;
    std::optional<read_handler> kept_;
};

loop::error failure_of(loop::client& client, asio::io_context& io,
                       std::shared_ptr<stubborn_source> const& source) {
    upload_request const request("f", loop::raw_body(source, 1000));
    auto const got = call(client, io, upload, request);
    REQUIRE_FALSE(got);
    return got.error();
}

} // namespace

TEST_CASE("a source that throws when it is cancelled does not keep its call from its end") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto const source = std::make_shared<stubborn_source>(io, std::nullopt);
    upload_request const request("f", loop::raw_body(source, 1000));
    asio::cancellation_signal stop;
    std::optional<loop::error> failure;
    client.async_call(upload, request, asio::bind_cancellation_slot(stop.slot(), [&](auto r) {
                          REQUIRE_FALSE(r);
                          failure.emplace(r.error());
                      }));
    run_until(io, [&] { return source->is_asked(); });
    stop.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run_for(patience); // nothing comes out of it
    REQUIRE(failure);
    CHECK(failure->code() == loop::errc::cancelled);
    CHECK(source->cancelled == 1);
    CHECK_FALSE(contains(printed(*failure), secret));
    source->forget_handler();
}

TEST_CASE("an error of a source that has no code is an error") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    auto failure = failure_of(client, io, std::make_shared<stubborn_source>(io, loop::error()));
    CHECK(failure.code() == loop::errc::invalid_option);
    CHECK(failure.detail == "an error without a code was given");
    loop::error full;
    full.detail = "the tape is full";
    failure = failure_of(client, io, std::make_shared<stubborn_source>(io, full));
    CHECK(failure.code() == loop::errc::invalid_option);
    CHECK(failure.detail == "an error without a code was given: the tape is full");
}

} // TEST_SUITE("client/bodies/throwing_source")
