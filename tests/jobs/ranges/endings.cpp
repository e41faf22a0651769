// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Downloads in several streams that end before the file is whole, or are begun twice.
#include <jobs/ranges/fixture.hpp>
#include <support/full_disk.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

TEST_SUITE("jobs/ranges/endings") {

using namespace fixture;
using loop::errc;

TEST_CASE("a file that the disk has no room for leaves nothing") {
    split t;
    t.s.respond_next(response_override(206, "xx")
                         .header("ETag", "\"a\"")
                         .header("Content-Range", "bytes 0-1/9000000000000000000"),
                     origin::files);
    t.check_fails(errc::file_failed);
    t.s.respond_next(response_override(206, "xx")
                         .header("ETag", "\"a\"")
                         .header("Content-Range", "bytes 0-1/18000000000000000000"),
                     origin::files);
    t.check_fails(errc::file_failed);

    tests::full_disk const disk(6'000'000);
    t.check_fails(errc::file_failed);
}

TEST_CASE("all kinds of cancellation, a closed client and a destroyed one end all streams") {
    using type = asio::cancellation_type;
    for (int what = 0; what != 5; ++what) {
        CAPTURE(what);
        split t;
        asio::io_context io;
        std::optional<loop::client> client(std::in_place, io.get_executor(), options_for(t.s));
        asio::cancellation_signal stop, stop_closing;
        std::optional<errc> ended;
        t.at(1, [&] {
            for (int i = 0; i != 3; ++i)
                t.s.hold_next(origin::files);
        });
        loop::async_download(*client, t.s.file_url(t.id), t.d.path / "r", t.how,
                             asio::bind_cancellation_slot(stop.slot(), [&](auto r) {
                                 REQUIRE_FALSE(r);
                                 ended = static_cast<errc>(r.error().code().value());
                                 CHECK(contains(r.error().detail, "bytes of the file"));
                             }));
        run_until(io, [&] { return t.s.requests(origin::files).size() >= 4; });
        if (what < 3)
            stop.emit(what == 0 ? type::terminal : what == 1 ? type::partial : type::total);
        else if (what == 3)
            client.reset();
        else { // closes, and waits for nothing
            client->async_close(asio::bind_cancellation_slot(stop_closing.slot(), [] {}));
            stop_closing.emit(type::terminal);
        }
        io.restart();
        io.run();
        REQUIRE(ended);
        CHECK(*ended == (what < 3 ? errc::cancelled : errc::client_closed));
        CHECK(t.d.names().empty());
    }
}

TEST_CASE("cancelled at once, and while the streams pause") {
    split t;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    t.how.retry.base = t.how.retry.cap = std::chrono::hours(1);
    t.at(1, [&] { // the next request of each stream
        for (int i = 0; i != 4; ++i)
            t.s.respond_next(response_override(500, "down"), origin::files);
    });
    for (bool const at_once : {true, false}) {
        asio::cancellation_signal stop;
        int completed = 0;
        loop::async_download(client, t.s.file_url(t.id), t.d.path / "r", t.how,
                             asio::bind_cancellation_slot(stop.slot(), [&](auto r) {
                                 REQUIRE_FALSE(r);
                                 CHECK(r.error().code() == errc::cancelled);
                                 ++completed;
                             }));
        if (!at_once)
            run_until(io, [&] { return t.s.requests(origin::files).size() >= 5; });
        if (!at_once)
            run_until_quiet(io);
        stop.emit(asio::cancellation_type::terminal);
        io.restart();
        io.run();
        CHECK(completed == 1);
        CHECK(t.d.names().empty());
    }
}

TEST_CASE("the deadline ends all streams") {
    split t;
    t.at(1, [&] {
        for (int i = 0; i != 3; ++i)
            t.s.hold_next(origin::files);
    });
    t.how.deadline = 10s;
    t.how.stall_timeout = 20s;
    auto const failure =
        failure_after_10s(options_for(t.s), t.s.file_url(t.id), t.d.path / "r", t.how,
                          [&] { return t.s.requests(origin::files).size() >= 4; });
    CHECK(failure.code() == errc::deadline_exceeded);
    CHECK(t.d.names().empty());
}

TEST_CASE("a progress function that throws ends the download") {
    split t;
    t.at(1, [] { throw std::runtime_error("x"); });
    t.check_fails(errc::invalid_option);
}

TEST_CASE("an operation that is begun twice, and a context that ends before the download does") {
    split t;
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(t.s));
        auto operation = loop::async_download(client, t.s.file_url(t.id), t.d.path / "r", t.how);
        int completed = 0;
        for (int i = 0; i != 2; ++i)
            operation([&](auto r) {
                REQUIRE_MESSAGE(r, r.error());
                ++completed;
            });
        io.run();
        CHECK(completed == 2);
    }
    fs::remove(t.d.path / "r");
    auto const alive = std::make_shared<int>();
    std::weak_ptr<int> const lives = alive;
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(t.s));
        t.at(1, [&] {
            for (int i = 0; i != 3; ++i)
                t.s.hold_next(origin::files);
        });
        loop::async_download(client, t.s.file_url(t.id), t.d.path / "r", t.how,
                             [kept = alive](auto) { FAIL_CHECK("it was called"); });
        run_until(io, [&] { return t.s.requests(origin::files).size() >= 4; });
    }
    CHECK(lives.use_count() == 1);
    CHECK(t.d.names().empty());
    t.s.release();
}

} // TEST_SUITE("jobs/ranges/endings")
