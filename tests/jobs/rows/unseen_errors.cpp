// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An error that nobody looked at is thrown when the reader is used again.
#include <jobs/rows/fixture.hpp>

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>

TEST_SUITE("jobs/rows/unseen_errors") {

using namespace fixture;
using loop::errc;
using loop::row_text;
using row_reader = loop::row_reader<row_text>;
using next_row = loop::next_row<row_text>;

namespace {

constexpr char const* broken = "[1,2,3"; // three rows, as each but the last is followed by one

// Runs a coroutine that is to end with an exception, and returns its code.
template <class Coroutine>
boost::system::error_code thrown_by(asio::io_context& io, Coroutine coroutine) {
    boost::system::error_code code;
    try {
        run(io, std::move(coroutine));
    } catch (loop::exception const& e) {
        code = e.code();
        CHECK(std::string_view(e.what()).find("at byte 6") != std::string_view::npos);
    }
    return code;
}

} // namespace

TEST_CASE("a loop that only counts does not take a broken export for a whole one") {
    asio::io_context io;
    row_reader rows(pieces_of(io, broken));
    int n = 0;
    CHECK(thrown_by(io, [&]() -> asio::awaitable<void> {
              while (auto row = co_await rows.async_next())
                  ++n;
          }) == errc::invalid_json);
    CHECK(n == 3); // two rows, and the error
    // Then it goes on as after an error that was seen.
    run(io, [&]() -> asio::awaitable<void> {
        auto const end = co_await rows.async_next();
        CHECK_FALSE(end);
    });
    CHECK_FALSE(rows.try_next());
}

TEST_CASE("nor does one with try_next") {
    asio::io_context io;
    row_reader rows(pieces_of(io, broken));
    int n = 0;
    CHECK(thrown_by(io, [&]() -> asio::awaitable<void> {
              while (auto row = co_await rows.async_next())
                  for (; row; row = rows.try_next())
                      ++n;
          }) == errc::invalid_json);
    CHECK(n == 3);
}

TEST_CASE("an error of the source, and of a row that is no Row, are thrown too") {
    asio::io_context io;
    loop::row_reader<boost::json::object> lost(
        pieces_of(io, "[{},", loop::error(errc::connection_lost, "at byte 6")));
    CHECK(thrown_by(io, [&]() -> asio::awaitable<void> {
              while (auto row = co_await lost.async_next()) {
              }
          }) == errc::connection_lost);
    loop::row_reader<boost::json::object> other(pieces_of(io, "[{}, \n7]"));
    CHECK(thrown_by(io, [&]() -> asio::awaitable<void> {
              while (auto row = co_await other.async_next()) {
              }
          }) == errc::unexpected_json);
}

TEST_CASE("looking at it in any way is enough") {
    struct {
        char const* what;
        bool (*look)(next_row const&);
    } const ways[] = {
        {"has_error", [](next_row const& row) { return row.has_error(); }},
        {"error", [](next_row const& row) { return row.error().code() == errc::invalid_json; }},
        {"*",
         [](next_row const& row) {
             try {
                 return row_text(*row).empty();
             } catch (loop::exception const& e) {
                 return e.code() == errc::invalid_json;
             }
         }},
        {"->",
         [](next_row const& row) {
             try {
                 return row->empty();
             } catch (loop::exception const& e) {
                 return e.code() == errc::invalid_json;
             }
         }},
        {"at a copy", [](next_row const& row) { return next_row(row).has_error(); }},
    };
    for (auto const& way : ways) {
        CAPTURE(way.what);
        asio::io_context io;
        row_reader rows(pieces_of(io, "["));
        bool looked = false;
        run(io, [&]() -> asio::awaitable<void> {
            auto const row = co_await rows.async_next();
            looked = way.look(row);
            auto const end = co_await rows.async_next();
            CHECK_FALSE(end);
        });
        CHECK(looked);
    }
}

TEST_CASE("the end and a row are nothing to be seen") {
    asio::io_context io;
    row_reader rows(pieces_of(io, "[1,2]"));
    run(io, [&]() -> asio::awaitable<void> {
        for (int i = 0; i != 5; ++i)
            (void)co_await rows.async_next();
    });
    CHECK(rows.rows() == 2);
}

TEST_CASE("a row may outlive its reader, be moved and looked at later") {
    asio::io_context io;
    std::optional<row_reader> rows(pieces_of(io, "["));
    std::optional<next_row> kept;
    run(io, [&]() -> asio::awaitable<void> { kept = co_await rows->async_next(); });
    row_reader moved = std::move(*rows);
    next_row const other = std::move(*kept);
    SUBCASE("and is still an error") {
        rows.reset();
        CHECK(other.has_error());
        CHECK(other.error().code() == errc::invalid_json);
        CHECK(kept->has_error()); // also where it was moved from
        CHECK_FALSE(moved.try_next());
    }
    SUBCASE("or not looked at, and the reader moved") {
        CHECK_THROWS_AS((void)moved.try_next(), loop::exception);
        CHECK_FALSE(moved.try_next());
        CHECK(other.error().code() == errc::invalid_json);
    }
    SUBCASE("or the reader used no more") {
        kept.reset();
        { row_reader const gone = std::move(moved); } // throws nothing
    }
}

TEST_CASE("every completion token is told") {
    asio::io_context io;
    SUBCASE("a callback") {
        row_reader rows(pieces_of(io, "["));
        int called = 0;
        rows.async_next([&](next_row) {
            ++called;
            rows.async_next([&](next_row) { ++called; });
        });
        CHECK_THROWS_AS(io.run(), loop::exception);
        CHECK(called == 1);
    }
    SUBCASE("a future") {
        row_reader rows(pieces_of(io, "["));
        auto first = rows.async_next(asio::use_future);
        io.run();
        CHECK(first.get());
        CHECK_THROWS_AS((void)rows.async_next(asio::use_future), loop::exception);
    }
    SUBCASE("use_awaitable, within the coroutine") {
        row_reader rows(pieces_of(io, "["));
        bool caught = false;
        run(io, [&]() -> asio::awaitable<void> {
            try {
                while (auto row = co_await rows.async_next(asio::use_awaitable)) {
                }
            } catch (loop::exception const& e) {
                caught = e.code() == errc::invalid_json;
            }
        });
        CHECK(caught);
    }
    SUBCASE("an operation that was made before") {
        row_reader rows(pieces_of(io, "["));
        auto const operation = rows.async_next(asio::deferred);
        int n = 0;
        boost::system::error_code code;
        try {
            run(io, [&]() -> asio::awaitable<void> {
                for (;;) {
                    auto again = operation;
                    auto row = co_await std::move(again);
                    if (!row)
                        break;
                    ++n;
                }
            });
        } catch (loop::exception const& e) {
            code = e.code();
        }
        CHECK(n == 1);
        CHECK(code == errc::invalid_json);
    }
}

TEST_CASE("a read that lost a race and was cancelled is not taken for the end") {
    using namespace asio::experimental::awaitable_operators;
    asio::io_context io;
    auto const control = std::make_shared<slow_source::control>();
    row_reader rows(std::make_unique<slow_source>(io.get_executor(), control));
    bool caught = false;
    run(io, [&]() -> asio::awaitable<void> {
        asio::steady_timer soon(io, std::chrono::milliseconds(1));
        auto const first =
            co_await (rows.async_next(asio::use_awaitable) || soon.async_wait(asio::use_awaitable));
        CHECK(first.index() == 1);
        try {
            (void)co_await rows.async_next();
        } catch (loop::exception const& e) {
            caught = e.code() == errc::cancelled;
        }
        auto const end = co_await rows.async_next();
        CHECK_FALSE(end);
    });
    CHECK(caught);
}

} // TEST_SUITE("jobs/rows/unseen_errors")
