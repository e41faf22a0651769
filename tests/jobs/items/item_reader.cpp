// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Lists that come page by page, as one sequence.
#include <client/fixture.hpp>

#include <intheloop.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("jobs/items/item_reader") {

namespace paged {

namespace loop = intheloop;

class number_request {
public:
    number_request() {}
    explicit number_request(unsigned from) : offset(from) {}
    unsigned offset = 0;
    using members = loop::members<&number_request::offset>;
};
struct numbers {
    std::vector<int> resources;
    std::optional<std::int64_t> total_size;
    using members = loop::members<&numbers::resources, &numbers::total_size>;
};
inline constexpr loop::endpoint<
    loop::verb::get, "/numbers", number_request, numbers, loop::query<&number_request::offset>,
    loop::offset_pages<&number_request::offset, &numbers::resources, &numbers::total_size>>
    list_numbers{};

struct person {
    std::string name;
    using members = loop::members<&person::name>;
};
struct people {
    std::vector<person> resources;
    std::optional<std::int64_t> total_size;
    using members = loop::members<&people::resources, &people::total_size>;
};
inline constexpr loop::endpoint<
    loop::verb::get, "/people", number_request, people, loop::query<&number_request::offset>,
    loop::offset_pages<&number_request::offset, &people::resources, &people::total_size>>
    list_people{};

class kind : public loop::open_enum<kind> {
public:
    enum value_type : unsigned char { unknown, chat };
    static constexpr std::string_view texts[] = {"Chat"};
    kind() = default;
    kind(value_type value) : open_enum(value) {}
};
struct kinds {
    std::vector<loop::nullable<kind>> resources;
    std::optional<std::int64_t> total_size;
    using members = loop::members<&kinds::resources, &kinds::total_size>;
};
inline constexpr loop::endpoint<
    loop::verb::get, "/kinds", number_request, kinds, loop::query<&number_request::offset>,
    loop::offset_pages<&number_request::offset, &kinds::resources, &kinds::total_size>>
    list_kinds{};

class word_request {
public:
    word_request() {}
    std::optional<std::string> cursor;
    using members = loop::members<&word_request::cursor>;
};
struct words {
    std::vector<std::string> items;
    loop::nullable<std::string> next;
    using members = loop::members<&words::items, &words::next>;
};
inline constexpr loop::endpoint<
    loop::verb::post, "/words", word_request, words,
    loop::cursor_pages<&word_request::cursor, &words::items, &words::next>>
    search_words{};
inline constexpr loop::endpoint<
    loop::verb::get, "/events", word_request, words, loop::query<&word_request::cursor>,
    loop::endless_pages<&word_request::cursor, &words::items, &words::next>>
    watch_words{};

} // namespace paged

namespace {

using namespace fixture;
using namespace paged;

// Runs a coroutine to its end.
template <class Coroutine>
void run(asio::io_context& io, Coroutine coroutine) {
    bool done = false;
    co_spawn(io, coroutine, [&](std::exception_ptr failure) {
        done = true;
        if (failure)
            std::rethrow_exception(failure);
    });
    io.restart();
    io.run();
    REQUIRE(done);
}

// Pages of this size of 0, 1, 2, ... up to, not including, `end`.
void serve_numbers(server& s, unsigned size, unsigned end, bool says_total) {
    s.on(list_numbers, [=](number_request const& request) {
        numbers page;
        for (unsigned i = request.offset; i < std::min(request.offset + size, end); ++i)
            page.resources.push_back(static_cast<int>(i));
        if (says_total)
            page.total_size = end;
        return page;
    });
}

std::vector<int> up_to(int end) {
    std::vector<int> all;
    for (int i = 0; i != end; ++i)
        all.push_back(i);
    return all;
}

} // namespace

TEST_CASE("each item comes once, in order, with as few calls as it takes") {
    struct {
        unsigned size, end;
        bool says_total;
        std::size_t calls;
    } const rows[] = {
        {3, 7, true, 3}, {3, 6, true, 2},  {3, 6, false, 3}, {3, 7, false, 4},
        {3, 0, true, 1}, {3, 0, false, 1}, {1, 1, true, 1},  {100, 250, true, 3},
    };
    for (auto const& row : rows) {
        CAPTURE(row.size);
        CAPTURE(row.end);
        server s;
        serve_numbers(s, row.size, row.end, row.says_total);
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        std::vector<int> seen;
        run(io, [&]() -> asio::awaitable<void> {
            loop::item_reader items(client, list_numbers, number_request());
            while (auto item = co_await items.async_next())
                seen.push_back(*item);
            CHECK(items.items() == seen.size());
            auto const after_the_end = co_await items.async_next();
            CHECK_FALSE(after_the_end);
        });
        CHECK(seen == up_to(static_cast<int>(row.end)));
        CHECK(s.requests(list_numbers).times(row.calls));
    }
}

TEST_CASE("a total of 0 or less, of a service that does not count, ends nothing") {
    for (std::int64_t const total : {0, -1}) {
        server s;
        s.on(list_numbers, [=](number_request const& request) {
            numbers page;
            for (unsigned i = request.offset; i < std::min(request.offset + 2, 5u); ++i)
                page.resources.push_back(static_cast<int>(i));
            page.total_size = total;
            return page;
        });
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        std::vector<int> seen;
        run(io, [&]() -> asio::awaitable<void> {
            loop::item_reader items(client, list_numbers, number_request());
            while (auto item = co_await items.async_next())
                seen.push_back(*item);
        });
        CHECK(seen == up_to(5));
        CHECK(s.requests(list_numbers).times(4));
    }
}

TEST_CASE("a service that ignores the offset does not keep it reading for ever") {
    server s;
    bool says_total = false;
    std::size_t calls = 2;
    SUBCASE("and says no total: the page that comes again is an error") {}
    SUBCASE("and says a total: it ends with that") {
        says_total = true;
    }
    s.on(list_people, [=](number_request const&) {
        people page;
        page.resources = {{"Ana"}, {"Bor"}};
        if (says_total)
            page.total_size = 4;
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::string seen;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader items(client, list_people, number_request());
        auto item = co_await items.async_next();
        for (; item && !item.has_error(); item = co_await items.async_next())
            seen += item->name + ' ';
        CHECK(item.has_error() == !says_total);
        if (!says_total) {
            CHECK(item.error().code() == loop::errc::unexpected_json);
            CHECK(contains(item.error().detail, "ignores the offset"));
            auto const again = co_await items.async_next(); // asks for the same page
            CHECK(again.has_error());
            ++calls;
            CHECK(items.pages() == 1);
            CHECK(items.items() == 2);
        }
    });
    CHECK(seen == (says_total ? "Ana Bor Ana Bor " : "Ana Bor "));
    CHECK(s.requests(list_people).times(calls));
}

TEST_CASE("pages by offset that follow each other without a total may have equal numbers") {
    server s;
    s.on(list_numbers, [](number_request const& request) {
        numbers page;
        page.resources.assign(request.offset < 6 ? 2 : 0, 7);
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    int items = 0;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader reader(client, list_numbers, number_request());
        while (auto item = co_await reader.async_next())
            items += *item;
    });
    CHECK(items == 6 * 7);
}

TEST_CASE("a page that comes again is no page, and asked for again") {
    server s;
    s.on(list_people, [n = 0](number_request const&) mutable {
        people page;
        if (++n != 4)
            page.resources = {{"Ana"}, {"Bor"}};
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader reader(client, list_people, number_request());
        auto const first = co_await reader.async_next_page();
        CHECK(first->value.resources.size() == 2);
        for (int i = 0; i != 2; ++i) {
            auto const again = co_await reader.async_next_page();
            REQUIRE(again.has_error());
            CHECK(contains(again.error().detail, "ignores the offset"));
        }
        auto const last = co_await reader.async_next_page();
        REQUIRE(last);
        CHECK(last->value.resources.empty());
        auto const end = co_await reader.async_next_page();
        CHECK_FALSE(end);
        CHECK_FALSE(end.has_error());
    });
    CHECK(s.requests(list_people).times(4));
}

TEST_CASE("pages by offset without a total may have equal scalars, of whatever type") {
    server s;
    s.on(list_kinds, [](number_request const& request) {
        kinds page;
        if (request.offset < 4)
            page.resources = {kind::chat, nullptr};
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    int items = 0;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader reader(client, list_kinds, number_request());
        while (auto item = co_await reader.async_next())
            items += 1;
    });
    CHECK(items == 4);
}

TEST_CASE("it begins where the request says") {
    server s;
    serve_numbers(s, 2, 5, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    run(io, [&]() -> asio::awaitable<void> {
        number_request from_three(3);
        loop::item_reader items(client, list_numbers, from_three);
        auto const first = co_await items.async_next();
        CHECK(*first == 3);
    });
    CHECK(s.requests(list_numbers).once());
}

TEST_CASE("what is there already comes without a turn") {
    server s;
    serve_numbers(s, 4, 10, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::vector<int> seen;
    unsigned waits = 0;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader items(client, list_numbers, number_request());
        while (auto item = co_await items.async_next()) {
            ++waits;
            for (; item; item = items.try_next())
                seen.push_back(*item);
        }
    });
    CHECK(seen == up_to(10));
    CHECK(waits == 3);
}

TEST_CASE("whole pages, with what is known of their answers") {
    server s;
    serve_numbers(s, 4, 10, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::vector<std::size_t> sizes;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader pages(client, list_numbers, number_request());
        CHECK(pages.last_response() == nullptr);
        while (auto page = co_await pages.async_next_page()) {
            sizes.push_back(page->value.resources.size());
            CHECK(page->status == 200);
            CHECK_FALSE(page->request_id.empty());
            CHECK(pages.last_response()->request_id == page->request_id);
        }
        CHECK(pages.items() == 10);
        CHECK(pages.pages() == 3);
    });
    CHECK(sizes == std::vector<std::size_t>{4, 4, 2});
}

TEST_CASE("items and pages can take turns") {
    server s;
    serve_numbers(s, 4, 10, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader reader(client, list_numbers, number_request());
        auto const first = co_await reader.async_next();
        CHECK(*first == 0);
        auto const page = co_await reader.async_next_page(); // the rest of the first is left out
        CHECK(page->value.resources == std::vector<int>{4, 5, 6, 7});
        auto const next = co_await reader.async_next();
        CHECK(*next == 8);
    });
}

TEST_CASE("a cursor leads from page to page") {
    auto const page = [](std::vector<std::string> items, loop::nullable<std::string> next) {
        words made;
        made.items = std::move(items);
        made.next = std::move(next);
        return made;
    };
    struct row {
        std::vector<words> pages;
        std::size_t calls;
    };
    std::vector<row> const rows = {
        {{page({"a", "b"}, "1"), page({"c"}, nullptr)}, 2},
        {{page({"a", "b"}, "1"), page({"c"}, {})}, 2},
        {{page({"a", "b"}, "1"), page({"c"}, "")}, 2},
        {{page({"a", "b"}, "1"), page({"c"}, "1")}, 2}, // asks for the same again
        {{page({"a", "b"}, "1"), page({"c"}, "2"), page({}, "3")}, 3},
    };
    for (row const& each : rows) {
        server s;
        s.on(search_words, [&each, n = std::size_t{0}](word_request const& request) mutable {
            CHECK(request.cursor.value_or("none") == (n == 0 ? "none" : std::to_string(n)));
            return each.pages.at(n++);
        });
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        std::string seen;
        run(io, [&]() -> asio::awaitable<void> {
            loop::item_reader items(client, search_words, word_request());
            while (auto item = co_await items.async_next())
                seen += *item;
        });
        CHECK(seen == "abc");
        CHECK(s.requests(search_words).times(each.calls));
    }
}

TEST_CASE("without an end, nothing new means to ask again, but not at once") {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    server_options chosen;
    chosen.clock = clock;
    server s(chosen);
    s.on(watch_words, [n = 0](word_request const& request) mutable {
        words page;
        if (++n != 2) {
            page.items = {request.cursor.value_or("none")};
            page.next = "after " + std::to_string(n);
        }
        return page;
    });
    asio::io_context io;
    auto how = options_for(s);
    how.time = clock;
    loop::client client(io.get_executor(), how);
    auto const read = [&]() -> asio::awaitable<void> {
        loop::item_reader events(client, watch_words, word_request());
        auto const first = co_await events.async_next();
        CHECK(*first == "none");
        auto const second = co_await events.async_next();
        CHECK(*second == "after 1"); // the page between had no cursor
    };
    co_spawn(io, read, asio::detached);
    clock->run(io);
    CHECK(clock->elapsed() == 1s);
    CHECK(s.requests(watch_words).times(3));
}

TEST_CASE(
    "without an end, a cursor that stands still is nothing new, and the deadline is a page's") {
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    server_options chosen;
    chosen.clock = clock;
    server s(chosen);
    s.on(watch_words, [](word_request const&) {
        words page;
        page.items = {"again"};
        return page;
    });
    asio::io_context io;
    auto how = options_for(s);
    how.time = clock;
    loop::client client(io.get_executor(), how);
    auto const read = [&]() -> asio::awaitable<void> {
        loop::call_options soon;
        soon.deadline = 500ms; // less than the pause
        loop::item_reader events(client, watch_words, word_request(), soon);
        for (int i = 0; i != 4; ++i) {
            auto const event = co_await events.async_next();
            CHECK(*event == "again");
        }
    };
    co_spawn(io, read, asio::detached);
    clock->run(io);
    CHECK(clock->elapsed() == 3s);
    CHECK(s.requests(watch_words).times(4));
}

TEST_CASE("after an error the same page is asked for again") {
    server s;
    serve_numbers(s, 2, 4, true);
    s.script(list_numbers, {loop::testing::fault::none(), loop::testing::fault::status(503)});
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::vector<int> seen;
    unsigned errors = 0;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader items(client, list_numbers, number_request());
        while (auto item = co_await items.async_next()) {
            if (item.has_error()) {
                ++errors;
                CHECK(item.error().status == 503);
                CHECK_THROWS_AS(*item, loop::exception);
            } else {
                seen.push_back(*item);
            }
        }
    });
    CHECK(errors == 1);
    CHECK(seen == up_to(4));
}

TEST_CASE("an error that nobody looked at is thrown by the next read, which then asks again") {
    using loop::testing::fault;
    struct {
        char const* what;
        bool pages;
    } const ways[] = {{"items", false}, {"pages", true}};
    for (auto const& way : ways) {
        CAPTURE(way.what);
        server s;
        serve_numbers(s, 2, 4, true);
        s.script(list_numbers, {fault::none(), fault::status(503)});
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        loop::item_reader reader(client, list_numbers, number_request());
        int n = 0;
        bool caught = false;
        run(io, [&]() -> asio::awaitable<void> {
            try {
                if (way.pages)
                    while (auto page = co_await reader.async_next_page())
                        ++n;
                else
                    while (auto item = co_await reader.async_next())
                        ++n;
            } catch (loop::exception const& e) {
                caught = e.error().status == 503;
            }
            if (way.pages)
                while (auto page = co_await reader.async_next_page())
                    ++n;
            else
                while (auto item = co_await reader.async_next())
                    ++n;
        });
        CHECK(caught);
        CHECK(n == (way.pages ? 3 : 5)); // and the error
        CHECK(s.requests(list_numbers).times(3));
    }
}

TEST_CASE("by whichever way of reading comes next, and not if it was looked at") {
    using loop::testing::fault;
    server s;
    serve_numbers(s, 2, 4, true);
    std::vector<fault> faults;
    for (int i = 0; i != 6; ++i)
        faults.push_back(fault::status(503));
    s.script(list_numbers, faults);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    loop::item_reader reader(client, list_numbers, number_request());
    int thrown = 0;
    run(io, [&]() -> asio::awaitable<void> {
        (void)co_await reader.async_next();
        CHECK_THROWS_AS((void)reader.try_next(), loop::exception);
        CHECK_FALSE(reader.try_next());
        (void)co_await reader.async_next();
        try {
            (void)co_await reader.async_next_page();
        } catch (loop::exception const&) {
            ++thrown;
        }
        (void)co_await reader.async_next_page();
        try {
            (void)co_await reader.async_next(asio::use_awaitable);
        } catch (loop::exception const&) {
            ++thrown;
        }
        auto const seen = co_await reader.async_next();
        CHECK(seen.has_error());
        auto const again = co_await reader.async_next();
        CHECK(again.has_error());
        // An operation that was made before an error can't throw it when it is begun.
        auto operation = reader.async_next(asio::deferred);
        (void)co_await reader.async_next();
        auto overdue = co_await std::move(operation);
        try {
            (void)static_cast<bool>(overdue);
        } catch (loop::exception const&) {
            ++thrown;
        }
        auto const item = co_await reader.async_next();
        CHECK(*item == 0);
    });
    CHECK(thrown == 3);
    CHECK(s.requests(list_numbers).times(7));
}

TEST_CASE("a page that was cancelled is requested again, and no error is thrown") {
    server s;
    serve_numbers(s, 2, 2, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    s.hold_next();
    loop::item_reader items(client, list_numbers, number_request());
    asio::cancellation_signal stop;
    bool ended = false;
    items.async_next(asio::bind_cancellation_slot(stop.slot(), [&](auto) { ended = true; }));
    run_until(io, [&] { return !s.requests().empty(); });
    stop.emit(asio::cancellation_type::terminal);
    run_until(io, [&] { return ended; });
    s.release();
    bool came = false;
    items.async_next([&](auto item) { came = !item.has_error() && *item == 0; });
    run_until(io, [&] { return came; });
}

TEST_CASE("null for an optional member of a page, and of its items, is absent") {
    server s;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    s.respond_next(loop::testing::response_override(200, R"({"resources":[0,1],"totalSize":null})",
                                                    "text/plain"));
    s.respond_next(loop::testing::response_override(200, R"({"resources":[],"totalSize":null})",
                                                    "text/plain"));
    std::vector<int> seen;
    run(io, [&]() -> asio::awaitable<void> {
        loop::item_reader items(client, list_numbers, number_request());
        while (auto item = co_await items.async_next())
            seen.push_back(*item);
    });
    CHECK(seen == up_to(2));
}

TEST_CASE("cancelled, it ends at once, and can go on") {
    server s;
    serve_numbers(s, 2, 2, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    for (auto const type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total}) {
        s.clear_requests();
        s.hold_next();
        loop::item_reader items(client, list_numbers, number_request());
        asio::cancellation_signal stop;
        std::optional<loop::errc> failed;
        items.async_next(asio::bind_cancellation_slot(stop.slot(), [&](auto item) {
            REQUIRE(item.has_error());
            failed = static_cast<loop::errc>(item.error().code().value());
        }));
        run_until(io, [&] { return !s.requests().empty(); });
        stop.emit(type);
        run_until(io, [&] { return failed.has_value(); });
        CHECK(failed == loop::errc::cancelled);
        s.release();
        bool came = false;
        items.async_next([&](auto item) { came = !item.has_error() && *item == 0; });
        run_until(io, [&] { return came; });
    }
}

TEST_CASE("the reader and the client may go meanwhile") {
    server s;
    serve_numbers(s, 2, 4, true);
    asio::io_context io;
    std::optional<loop::client> client(std::in_place, io.get_executor(), options_for(s));
    bool came = false;
    {
        loop::item_reader items(*client, list_numbers, number_request());
        items.async_next([&](auto item) { came = !item.has_error(); });
    }
    io.run();
    CHECK(came);
    std::optional<loop::errc> failed;
    loop::item_reader items(*client, list_numbers, number_request());
    client.reset();
    items.async_next([&](auto item) {
        REQUIRE(item.has_error());
        failed = static_cast<loop::errc>(item.error().code().value());
    });
    io.restart();
    io.run();
    CHECK(failed == loop::errc::client_closed);
}

TEST_CASE(
    "a page may be left in a context that outlives the client's, to be read there or dropped") {
    server s;
    serve_numbers(s, 2, 4, true);
    for (bool on_strand : {false, true})
        for (bool is_read : {false, true}) {
            CAPTURE(on_strand);
            CAPTURE(is_read);
            asio::io_context elsewhere;
            std::optional<int> came;
            {
                asio::io_context io;
                asio::any_io_executor on = io.get_executor();
                if (on_strand)
                    on = asio::make_strand(io);
                loop::client client(on, options_for(s));
                loop::item_reader items(client, list_numbers, number_request());
                items.async_next(asio::bind_executor(elsewhere, [&](auto item) { came = *item; }));
                run_until(io, [&] {
                    auto const now = client.statistics();
                    return now.calls_started == 1 && now.calls == 0;
                });
                while (io.poll() != 0) {
                }
                CHECK_FALSE(came);
            }
            if (is_read) {
                elsewhere.run();
                CHECK(came == 0);
            }
        }
}

TEST_CASE("handlers run on their own executor, and the client's context runs until then") {
    server s;
    serve_numbers(s, 2, 6, true);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    loop::item_reader items(client, list_numbers, number_request());
    std::vector<int> seen;
    for (bool more = true; more;) {
        asio::thread_pool own(1);
        items.async_next(asio::bind_executor(own, [&](auto item) {
            CHECK(own.get_executor().running_in_this_thread());
            if (item)
                seen.push_back(*item);
            more = static_cast<bool>(item);
        }));
        io.restart();
        io.run();
        own.join();
    }
    CHECK(seen == up_to(6));
}

TEST_CASE("the client's context waits for an empty page that is looked at elsewhere") {
    server s;
    s.on(watch_words, [](word_request const& request) {
        words page;
        if (!request.cursor)
            page.next = "a";
        else
            page.items = {"one"};
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    asio::io_context elsewhere;
    loop::item_reader items(client, watch_words, word_request());
    std::string seen;
    items.async_next(asio::bind_executor(elsewhere, [&](auto item) {
        REQUIRE_MESSAGE(!item.has_error(), item.error());
        REQUIRE(item);
        seen = *item;
    }));
    auto const end = std::chrono::steady_clock::now() + patience;
    while (seen.empty()) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        while (io.run_one_for(1ms) != 0) {
        }
        REQUIRE_FALSE(io.stopped());
        elsewhere.restart();
        elsewhere.poll();
    }
    CHECK(seen == "one");
    io.restart();
    io.run_for(patience);
    CHECK(io.stopped()); // nothing keeps it at work any more
}

} // TEST_SUITE("jobs/items/item_reader")
