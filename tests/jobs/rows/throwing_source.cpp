// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A source that throws ends the reading with an error, once.
#include <jobs/rows/fixture.hpp>

#include <boost/asio/post.hpp>

#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

TEST_SUITE("jobs/rows/throwing_source") {

using namespace fixture;

namespace {

// Gives a row with each of the first reads, then throws.
class throwing_source final : public loop::byte_source {
public:
    throwing_source(asio::io_context& io, int good_reads, bool keeps_handler, bool no_memory)
        : io_(io), good_reads_(good_reads), keeps_handler_(keeps_handler), no_memory_(no_memory) {}

    asio::any_io_executor get_executor() const override { return io_.get_executor(); }
    void async_read(std::string& into, read_handler handler) override {
        into = "{\"n\":1}\n";
        bool const throws = good_reads_-- <= 0;
        if (!throws || keeps_handler_)
            asio::post(io_, [handler = std::move(handler)]() mutable {
                std::move(handler)(std::nullopt);
            });
        if (throws && no_memory_)
            throw std::bad_alloc();
        if (throws)
            throw std::runtime_error("a text that nobody may see");
    }

private:
    asio::io_context& io_;
    int good_reads_;
    bool keeps_handler_;
    bool no_memory_;
};

} // namespace

TEST_CASE("a source that throws ends the reading with an error") {
    for (int const good_reads : {0, 1, 5})
        for (bool const keeps_handler : {false, true})
            for (bool const no_memory : {false, true}) {
                CAPTURE(good_reads);
                CAPTURE(keeps_handler);
                CAPTURE(no_memory);
                asio::io_context io;
                loop::row_reader rows(
                    std::make_unique<throwing_source>(io, good_reads, keeps_handler, no_memory));
                for (int i = 0; i <= good_reads + 1; ++i) {
                    int called = 0;
                    bool within = true;
                    rows.async_next([&](auto row) {
                        CHECK_FALSE(within);
                        ++called;
                        if (i < good_reads) {
                            CHECK(bool(row));
                            CHECK_FALSE(row.has_error());
                        } else if (i == good_reads) {
                            REQUIRE(row.has_error());
                            CHECK(row.error().code() == (no_memory ? loop::errc::out_of_memory
                                                                   : loop::errc::invalid_request));
                            CHECK(row.error().detail ==
                                  (no_memory ? "" : "the source threw an exception"));
                        } else { // the end
                            CHECK_FALSE(bool(row));
                        }
                    });
                    within = false;
                    io.restart();
                    io.run();
                    CHECK(called == 1);
                }
            }
}

TEST_CASE("a coroutine that reads from it goes on") {
    asio::io_context io;
    loop::row_reader rows(std::make_unique<throwing_source>(io, 2, false, false));
    int read = 0;
    std::optional<loop::error> failed;
    run(io, [&]() -> asio::awaitable<void> {
        for (;;) {
            auto row = co_await rows.async_next();
            if (row.has_error())
                failed = row.error();
            if (!row || row.has_error())
                break;
            ++read;
        }
    });
    CHECK(read == 2);
    REQUIRE(failed);
    CHECK(failed->code() == loop::errc::invalid_request);
}

TEST_CASE("an error of a source that has no code is an error") {
    class nameless_source final : public loop::byte_source {
    public:
        explicit nameless_source(asio::io_context& io) : io_(io) {}
        asio::any_io_executor get_executor() const override { return io_.get_executor(); }
        void async_read(std::string&, read_handler handler) override {
            asio::post(io_, [handler = std::move(handler)]() mutable {
                std::move(handler)(loop::error());
            });
        }

    private:
        asio::io_context& io_;
    };
    asio::io_context io;
    loop::row_reader rows(std::make_unique<nameless_source>(io));
    int called = 0;
    rows.async_next([&](auto row) {
        ++called;
        REQUIRE(row.has_error());
        CHECK(row.error().code() == loop::errc::invalid_option);
        CHECK(row.error().detail == "an error without a code was given");
    });
    io.run();
    CHECK(called == 1);
}

} // TEST_SUITE("jobs/rows/throwing_source")
