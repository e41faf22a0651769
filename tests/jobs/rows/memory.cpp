// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// However many rows there are, the memory that they need is that of the largest.
#include <jobs/rows/fixture.hpp>

#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

// Counts what this program has of the heap.
std::atomic<std::int64_t> live_bytes{0};
std::atomic<std::int64_t> peak_bytes{0};
std::atomic<std::int64_t> allocations{0};

} // namespace

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    void* const p = std::malloc(size == 0 ? 1 : size);
    if (!p)
        return nullptr;
    ++allocations;
    auto const live = live_bytes += static_cast<std::int64_t>(::malloc_usable_size(p));
    if (live > peak_bytes)
        peak_bytes = live;
    return p;
}
void* operator new(std::size_t size) {
    if (void* const p = operator new(size, std::nothrow))
        return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
    if (p)
        live_bytes -= static_cast<std::int64_t>(::malloc_usable_size(p));
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
    operator delete(p);
}

TEST_SUITE("jobs/rows/memory") {

using namespace fixture;

namespace {

struct heap_use {
    std::int64_t peak;
    std::int64_t allocations;
};

template <class Function>
heap_use heap_use_of(Function function) {
    std::int64_t const live_before = live_bytes;
    std::int64_t const allocations_before = allocations;
    peak_bytes = live_before;
    function();
    return {peak_bytes - live_before, allocations - allocations_before};
}

// An array of rows in pieces of 16 KiB, which is never there as a whole.
class endless_source final : public loop::byte_source {
public:
    endless_source(asio::any_io_executor executor, std::string row, std::size_t count)
        : executor_(std::move(executor)), row_(std::move(row)), left_(count) {}

    asio::any_io_executor get_executor() const override { return executor_; }

    void async_read(std::string& into, read_handler handler) override {
        into.clear();
        for (; left_ != 0 && into.size() < 16 * 1024; --left_) {
            into += std::exchange(separator_, ',');
            into += row_;
        }
        if (into.empty() && !std::exchange(closed_, true))
            into = "]";
        std::optional<loop::error> none;
        loop::detail::post_completion(executor_, std::move(handler), none);
    }

private:
    asio::any_io_executor executor_;
    std::string row_;
    std::size_t left_;
    char separator_ = '[';
    bool closed_ = false;
};

constexpr char const* row = R"({"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058","tags":["a","b"],)"
                            R"("subject":"It has not arrived \"yet\"","replies":[{"at":1.5}]})";

template <class Row>
heap_use heap_use_of_rows(std::string text, std::size_t count) {
    return heap_use_of([&] {
        asio::io_context io;
        loop::row_reader<Row> rows(
            std::make_unique<endless_source>(io.get_executor(), std::move(text), count));
        run(io, [&]() -> asio::awaitable<void> {
            while (auto next = co_await rows.async_next())
                (void)*next;
        });
        CHECK(rows.rows() == count);
    });
}

} // namespace

TEST_CASE("a hundred thousand rows need no more memory than a thousand") {
    auto const few = heap_use_of_rows<boost::json::object>(row, 1'000);
    auto const many = heap_use_of_rows<boost::json::object>(row, 100'000);
    CHECK(many.peak <= few.peak + 1024);
    CHECK(many.peak < 256 * 1024);
}

TEST_CASE("and their text no allocation of its own") {
    auto const few = heap_use_of_rows<loop::row_text>(row, 1'000);
    auto const many = heap_use_of_rows<loop::row_text>(row, 100'000);
    CHECK(many.peak <= few.peak + 1024);
    // Each piece may cost some, a row none.
    std::int64_t const pieces = 100'000 * static_cast<std::int64_t>(std::strlen(row)) / (16 * 1024);
    CHECK(many.allocations - few.allocations < 20 * pieces);
    CHECK(20 * pieces < 100'000 / 2);
}

TEST_CASE("a large row takes at most some times its size, and gives it back") {
    constexpr std::int64_t size = 4 * 1024 * 1024;
    std::string const large = '"' + std::string(size, 'x') + '"';
    // The source's own, its piece, the reader's, which grows by doubling.
    CHECK(heap_use_of_rows<loop::row_text>(large, 3).peak < 10 * size);
    std::int64_t const before = live_bytes;
    (void)heap_use_of_rows<loop::row_text>(large, 3);
    CHECK(live_bytes - before < 1024);
}

TEST_CASE("a row above the limit is not kept") {
    loop::row_options how;
    how.max_row_size = 64 * 1024;
    auto const use = heap_use_of([&] {
        asio::io_context io;
        auto zeros = loop::open_file(io.get_executor(), "/dev/zero"); // without an end
        // A string that is open when the zeros begin.
        class opened final : public loop::byte_source {
        public:
            explicit opened(std::unique_ptr<byte_source> then) : then_(std::move(then)) {}
            asio::any_io_executor get_executor() const override { return then_->get_executor(); }
            void async_read(std::string& into, read_handler handler) override {
                if (std::exchange(begun_, true))
                    return then_->async_read(into, std::move(handler));
                into = "[\"";
                std::optional<loop::error> none;
                loop::detail::post_completion(get_executor(), std::move(handler), none);
            }

        private:
            std::unique_ptr<byte_source> then_;
            bool begun_ = false;
        };
        auto const found =
            read_all<boost::json::value>(io, std::make_unique<opened>(std::move(*zeros)), how);
        CHECK(found.failure == "row 0, which begins at byte 1, is larger than 65536 bytes");
    });
    CHECK(use.peak < 512 * 1024);
}

} // TEST_SUITE("jobs/rows/memory")
