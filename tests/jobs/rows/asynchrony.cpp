// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// async_next is an asynchronous operation like Asio's own: any token, executor, cancellation.
#include <jobs/rows/fixture.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <thread>
#include <tuple>

TEST_SUITE("jobs/rows/asynchrony") {

using namespace fixture;
using asio::cancellation_type;
using loop::errc;
using text_reader = loop::row_reader<loop::row_text>;
using next_text = loop::next_row<loop::row_text>;

namespace {

// A reader of what a test gives.
struct slow_setup {
    asio::io_context io;
    std::shared_ptr<slow_source::control> source = std::make_shared<slow_source::control>();
    std::optional<text_reader> rows{std::in_place,
                                    std::make_unique<slow_source>(io.get_executor(), source)};

    void give(std::string_view piece) { source->give(io.get_executor(), piece); }
    void poll() {
        io.restart();
        io.poll();
    }
};

} // namespace

TEST_CASE("deferred, use_awaitable and as_tuple") {
    asio::io_context io;
    text_reader rows(pieces_of(io, "[1,2,3,4]"));
    run(io, [&]() -> asio::awaitable<void> {
        auto const first = co_await rows.async_next();
        CHECK(*first == "1");
        auto const second = co_await rows.async_next(asio::use_awaitable);
        CHECK(*second == "2");
        std::tuple<next_text> const third =
            co_await rows.async_next(asio::as_tuple(asio::deferred));
        CHECK(*std::get<0>(third) == "3");
        CHECK(*co_await rows.async_next() == "4");
        CHECK_FALSE(co_await rows.async_next());
    });
}

TEST_CASE("deferred does nothing until it is launched, and keeps what it reads from") {
    asio::io_context io;
    auto rows = std::make_unique<text_reader>(pieces_of(io, "[1]"));
    auto operation = rows->async_next(asio::deferred);
    io.run();
    CHECK(rows->bytes() == 0);
    rows.reset();
    int completed = 0;
    std::move(operation)([&](next_text row) {
        CHECK(*row == "1");
        ++completed;
    });
    io.restart();
    io.run();
    CHECK(completed == 1);
}

TEST_CASE("use_future, while another thread runs the context") {
    asio::io_context io;
    loop::row_reader<boost::json::value> rows(pieces_of(io, "[17]"));
    auto future = rows.async_next(asio::use_future);
    std::thread runner([&] { io.run(); });
    CHECK(*future.get() == 17);
    runner.join();
}

TEST_CASE("a callback that can only be moved, called once and never from within") {
    asio::io_context io;
    text_reader rows(pieces_of(io, "[1,2,3]"));
    std::vector<std::string> found;
    bool initiating = false;
    // A row that has to be read, those that are there already, the end, and the end again.
    for (int i = 0; i != 5; ++i) {
        initiating = true;
        rows.async_next([&, only_movable = std::make_unique<int>(1)](next_text row) {
            CHECK_FALSE(initiating);
            CHECK(*only_movable == 1);
            found.emplace_back(row ? *row : "end");
        });
        initiating = false;
        io.restart();
        io.run();
    }
    CHECK(found == std::vector<std::string>{"1", "2", "3", "end", "end"});
}

TEST_CASE("nor within a handler of the same context, so that a long chain is no recursion") {
    asio::io_context io;
    std::string text = "[0";
    for (int i = 0; i != 10'000; ++i)
        text += ",0";
    text_reader rows(pieces_of(io, text + "]"));
    struct chain {
        text_reader& rows;
        int& depth;
        void operator()(next_text row) const {
            CHECK(depth == 0);
            ++depth;
            if (row)
                rows.async_next(*this);
            --depth;
        }
    };
    int depth = 0;
    rows.async_next(chain{rows, depth});
    io.run();
    CHECK(rows.rows() == 10'001);
}

TEST_CASE("the handler's executor is used, and kept at work") {
    asio::io_context io;
    text_reader rows(pieces_of(io, "[1,2]"));
    for (char const* expected : {"1", "2", "end"}) {
        asio::thread_pool pool(1);
        auto const strand = asio::make_strand(pool);
        std::string found;
        bool on_strand = false;
        rows.async_next(asio::bind_executor(strand, [&](next_text row) {
            on_strand = strand.running_in_this_thread();
            found = row ? *row : "end";
        }));
        io.restart();
        io.run();
        pool.join(); // returns only when the handler has run
        CHECK(on_strand);
        CHECK(found == expected);
    }
}

TEST_CASE("each cancellation type ends the wait for the source, and the rows with it") {
    for (auto type :
         {cancellation_type::terminal, cancellation_type::partial, cancellation_type::total}) {
        slow_setup t;
        asio::cancellation_signal signal;
        int completed = 0;
        t.rows->async_next(asio::bind_cancellation_slot(signal.slot(), [&](next_text row) {
            ++completed;
            REQUIRE(row.has_error());
            CHECK(row.error().code() == errc::cancelled);
        }));
        t.poll();
        signal.emit(cancellation_type::none);
        t.poll();
        CHECK(completed == 0);
        signal.emit(type);
        CHECK(completed == 0); // not from within emit()
        t.poll();
        CHECK(completed == 1);
        signal.emit(type); // too late: nobody is there
        t.rows->async_next([&](next_text row) {
            ++completed;
            CHECK_FALSE(row);
        });
        t.poll();
        CHECK(completed == 2);
    }
}

TEST_CASE("a row that is there comes in spite of a cancellation") {
    slow_setup t;
    asio::cancellation_signal signal;
    std::vector<std::string> found;
    auto const next = [&] {
        t.rows->async_next(asio::bind_cancellation_slot(
            signal.slot(), [&](next_text row) { found.emplace_back(*row); }));
    };
    next();
    t.give("[1,2,");
    t.poll();
    next();
    signal.emit(cancellation_type::total);
    t.poll();
    CHECK(found == std::vector<std::string>{"1", "2"});
}

TEST_CASE("a read from a file that has not begun can be cancelled") {
    asio::io_context io;
    text_reader rows(std::move(loop::open_file(io.get_executor(), "/dev/zero")).value());
    asio::cancellation_signal signal;
    int completed = 0;
    rows.async_next(asio::bind_cancellation_slot(signal.slot(), [&](next_text row) {
        ++completed;
        REQUIRE(row.has_error());
        CHECK(row.error().code() == errc::cancelled);
    }));
    signal.emit(cancellation_type::terminal);
    io.run();
    CHECK(completed == 1);
}

TEST_CASE("a coroutine that races a row against a timer gets its wait cancelled") {
    using namespace asio::experimental::awaitable_operators;
    slow_setup t;
    run(t.io, [&]() -> asio::awaitable<void> {
        asio::steady_timer timer(t.io, std::chrono::milliseconds(1));
        auto race =
            t.rows->async_next(asio::use_awaitable) || timer.async_wait(asio::use_awaitable);
        auto const first = co_await std::move(race);
        CHECK(first.index() == 1);
    });
}

TEST_CASE("a source is asked only when a row is wanted that is not there") {
    slow_setup t;
    std::vector<std::string> found;
    auto const next = [&] {
        t.rows->async_next([&](next_text row) { found.emplace_back(row ? *row : "end"); });
        t.poll();
    };
    next();
    REQUIRE(t.source->waiting);
    t.give("[1,2,");
    t.poll();
    CHECK_FALSE(t.source->waiting);
    next();
    CHECK_FALSE(t.source->waiting);
    CHECK(found.size() == 2);
    next();
    REQUIRE(t.source->waiting);
    t.give("3");
    t.poll();
    REQUIRE(t.source->waiting); // it may go on
    t.give("]");
    t.poll();
    next();
    t.give(""); // the source's end
    t.poll();
    CHECK(found == std::vector<std::string>{"1", "2", "3", "end"});
}

TEST_CASE("a reader may be moved, and destroyed while it reads") {
    slow_setup t;
    int completed = 0;
    t.rows->async_next([&](next_text row) {
        ++completed;
        CHECK(*row == "1");
    });
    text_reader moved = *std::move(t.rows);
    t.rows.reset();
    { text_reader const gone = std::move(moved); }
    CHECK_FALSE(t.source->destroyed);
    t.give("[1,");
    t.poll();
    CHECK(completed == 1);
    CHECK(t.source->destroyed);
}

TEST_CASE("a context that is destroyed with a read under way leaks nothing") {
    auto const token = std::make_shared<int>(0);
    {
        asio::io_context io;
        text_reader rows(pieces_of(io, "[1,2]"));
        rows.async_next([token](next_text) { FAIL("never called"); });
    }
    CHECK(token.use_count() == 1);
}

} // TEST_SUITE("jobs/rows/asynchrony")
