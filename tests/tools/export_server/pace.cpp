// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Browsers that are slow, or go away, while export-server streams rows to them.
#include <support/sanitizers.hpp>
#include <tools/export_server/fixture.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <span>
#include <sstream>
#include <thread>

TEST_SUITE("tools/export_server/pace") {

using namespace fixture;

namespace {

constexpr std::uint64_t mebibyte = 1024 * 1024;
constexpr std::size_t row_size = 8 * 1024;

// The most memory that a process has had, in bytes.
std::uint64_t peak_memory(pid_t id) {
    std::istringstream status(tests::content_of("/proc/" + std::to_string(id) + "/status"));
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::stoull(line.substr(6)) * 1024;
    return 0;
}

// A list of rows of 8 KiB each; counts the bytes that were made of it.
export_content large_list(std::uint64_t rows, std::atomic<std::uint64_t>& made) {
    std::string const begin = "{\"text\":\"", end = "\"},";
    std::string const row = begin + std::string(row_size - begin.size() - end.size(), 'x') + end;
    std::uint64_t const size = 1 + rows * row_size; // the last comma is the closing bracket
    return export_content::generated(size, [=, &made](std::uint64_t offset, std::span<char> out) {
        made += out.size();
        for (std::size_t done = 0; done != out.size();) {
            std::size_t const in_row = (offset + done + row_size - 1) % row_size;
            std::size_t const piece = std::min(row_size - in_row, out.size() - done);
            std::copy_n(row.data() + in_row, piece, out.data() + done);
            done += piece;
        }
        if (offset == 0)
            out.front() = '[';
        if (offset + out.size() == size)
            out.back() = ']';
    });
}

} // namespace

TEST_CASE("no more is fetched than a slow browser takes, in constant memory") {
    constexpr std::uint64_t size = (support::is_sanitized ? 64 : 96) * mebibyte; // as lines
    // What the system and TLS keep on the way, at the most.
    constexpr std::uint64_t on_the_way = 24 * mebibyte;
    std::atomic<std::uint64_t> made = 0;
    scene s(with_content(large_list(size / row_size, made)), {"--client-timeout", "3600"});
    auto const slow = s.open();
    auto const fast = s.open();
    std::string const path = start(*slow);
    auto const rows = browser::made(http::verb::get, path + "/rows");
    slow->send(rows);
    CHECK(slow->open() == 200);
    CHECK_FALSE(slow->read().empty());

    // While the first takes nothing, there is time enough for all of another.
    fast->send(rows);
    CHECK(fast->open() == 200);
    std::uint64_t taken = 0;
    for (std::string piece = fast->read(); !piece.empty(); piece = fast->read())
        taken += piece.size();
    CHECK(fast->is_whole());
    CHECK(taken == size);
    CHECK(made - size < on_the_way);
    MESSAGE("made for a browser that took nothing: ", (made - size) / 1024, " KiB");

    // The first goes on where it was.
    for (taken = 0; taken < size / 8 && !slow->failure();)
        taken += slow->read().size();
    CHECK_FALSE(slow->failure());
    CHECK(made - size < taken + on_the_way);
    std::uint64_t const peak = peak_memory(s.program().id());
    MESSAGE("peak of memory: ", peak / 1024, " KiB");
    if (!support::is_sanitized)
        CHECK(peak < 64 * mebibyte);
}

TEST_CASE("many rows that come slowly hold up no other") {
    constexpr int count = 20; // more than a client has connections by itself
    scene s;
    auto const fast = s.open();
    std::string const path = start(*fast) + "/rows";
    std::vector<std::unique_ptr<browser>> slow;
    for (int i = 0; i != count; ++i)
        slow.push_back(s.open_paused(path));
    CHECK((fast->get(path).body() == as_lines(sample_export())));

    s.loop.release();
    for (auto const& each : slow) {
        CHECK((each->read_all() == as_lines(sample_export())));
        CHECK(each->is_whole());
    }
}

TEST_CASE("no more browsers read rows at once than may") {
    scene s({}, {"--readers", "1"});
    auto const other = s.open();
    std::string const path = start(*other) + "/rows";
    auto const first = s.open_paused(path);
    auto const refused = other->get(path);
    CHECK(refused.result_int() == 503);
    CHECK(contains(refused.body(), R"("code":"too_many")"));
    CHECK(refused[http::field::retry_after] == "5");

    s.loop.release();
    CHECK((first->read_all() == as_lines(sample_export())));
    first->get("/"); // so that what comes before is certainly done with
    CHECK(other->get(path).result_int() == 200);
}

TEST_CASE("a browser that only waits for an export takes no reader's place") {
    // Without polls, one of which would get the answer to the second start.
    scene s(with_statuses({"Processing"}), {"--readers", "1", "--poll-interval", "3600"});
    std::vector<std::unique_ptr<browser>> waiting;
    std::string const pending = start(*s.open()) + "/rows";
    for (int i = 0; i != 4; ++i) {
        waiting.push_back(s.open());
        waiting.back()->send(browser::made(http::verb::get, pending));
    }
    s.complete_next();
    auto const b = s.open();
    std::string const path = start(*b, R"({"from": "2026-11-01", "to": "2026-11-02"})") + "/rows";
    for (int i = 0; i != 4; ++i) // also when those before are certainly waiting
        CHECK(b->get(path).result_int() == 200);
}

TEST_CASE("a browser that is one too many is told so") {
    scene s({}, {"--connections", "2"});
    auto const first = s.open();
    auto const second = s.open();
    CHECK(first->get("/").result_int() == 200);
    CHECK(second->get("/").result_int() == 200);
    for (int i = 0; i != 3; ++i) {
        auto const b = s.open();
        auto const refused = b->get("/");
        CHECK(refused.result_int() == 503);
        CHECK(refused[http::field::retry_after] == "5");
        CHECK(refused[http::field::connection] == "close");
        CHECK(told(refused, "code") == "too_many");
        CHECK(b->open() == 0);
        CHECK(b->failure() == http::error::end_of_stream);
    }
    CHECK(first->get("/").result_int() == 200);
    second->hang_up();
    auto const limit = std::chrono::steady_clock::now() + patience;
    while (s.open()->get("/").result_int() != 200) // until the server has seen that
        REQUIRE(std::chrono::steady_clock::now() < limit);
}

TEST_CASE("a stream of events in which nothing happens shows that it goes on") {
    scene s(with_statuses({"Processing"}), {"--poll-interval", "3600", "--heartbeat", "0.01"});
    auto const b = s.open();
    b->send(browser::made(http::verb::get, start(*b) + "/events"));
    CHECK(b->open() == 200);
    std::string events;
    while (!b->failure() && !contains(events, "\n\n: still here\n\n: still here\n\n"))
        events += b->read();
    CHECK_FALSE(b->failure());
    CHECK(events.starts_with("event: state\ndata: {"));
    CHECK(events.rfind("event: state") == 0);
}

TEST_CASE("rows as events show that they go on while none comes, and as lines are lines alone") {
    scene s({}, {"--heartbeat", "0.01"});
    auto const b = s.open();
    std::string const path = start(*b) + "/rows";
    auto const lines = s.open_paused(path);
    s.pause_next_file();
    auto asked = browser::made(http::verb::get, path);
    asked.set(http::field::accept, "text/event-stream");
    b->send(asked);
    CHECK(b->open() == 200);
    std::string const signs = "\n\n: still here\n\n: still here\n\n";
    std::string events;
    while (!b->failure() && !b->is_whole() && !contains(events, signs))
        events += b->read();
    CHECK(contains(events, signs));
    CHECK(events.starts_with("data: {"));
    s.loop.release();
    CHECK(b->read_all().ends_with("\n\nid: end\nevent: end\ndata: {}\n\n"));
    CHECK(b->is_whole());
    CHECK((lines->read_all() == as_lines(sample_export())));
}

TEST_CASE("a browser that takes no events for too long is given up") {
    scene s(with_statuses({std::string(200'000, 'x')}),
            {"--poll-interval", "0.005", "--client-timeout", "5", "--connections", "1"});
    auto const b = s.open();
    b->send(browser::made(http::verb::get, start(*b) + "/events"));
    auto const limit = std::chrono::steady_clock::now() + patience;
    while (s.open()->get("/").result_int() != 200) { // while it has the only place
        REQUIRE(std::chrono::steady_clock::now() < limit);
        std::this_thread::sleep_for(20ms);
    }
    CHECK(b->open() == 200);
    b->read_all();
    CHECK_FALSE(b->is_whole());
}

TEST_CASE("a browser that takes nothing for too long is given up, and its download with it") {
    std::atomic<std::uint64_t> made = 0;
    scene s(with_content(large_list(256 * mebibyte / row_size, made)), {"--client-timeout", "3"});
    s.complete_next();
    auto const b = s.open();
    std::string const path = start(*b);
    b->send(browser::made(http::verb::get, path + "/rows"));
    CHECK(b->open() == 200);
    CHECK(s.loop.wait_until_idle(patience));
    b->read_all();
    CHECK_FALSE(b->is_whole());
    CHECK(made < 64 * mebibyte);
}

TEST_CASE("a browser that hangs up ends its download") {
    scene s;
    s.complete_next();
    s.pause_next_file();
    auto const b = s.open();
    std::string const path = start(*b);
    b->send(browser::made(http::verb::get, path + "/rows"));
    SUBCASE("in the middle of the rows") {
        CHECK(b->open() == 200);
        CHECK_FALSE(b->read().empty());
    }
    SUBCASE("before the first one") {}
    REQUIRE(s.loop.wait_until_held(patience));
    CHECK_FALSE(s.loop.wait_until_idle(0ms));
    b->hang_up();
    CHECK(s.loop.wait_until_idle(patience));

    s.program().kill(SIGTERM);
    CHECK(s.program().wait() == 0);
    CHECK_FALSE(contains(s.program().err(), "failed")); // it is nothing unusual
}

TEST_CASE("a browser that hangs up while nothing happens is noticed") {
    scene s(with_statuses({"Processing"}), {"--poll-interval", "3600", "--grace", "3600"});
    auto const b = s.open();
    std::string const path = start(*b);
    SUBCASE("following") {
        b->send(browser::made(http::verb::get, path + "/events"));
        CHECK(b->open() == 200);
        CHECK_FALSE(b->read().empty());
    }
    SUBCASE("waiting for rows") {
        b->send(browser::made(http::verb::get, path + "/rows"));
    }
    b->hang_up();
    s.program().kill(SIGTERM); // which lets it end what is under way, for an hour
    CHECK(s.program().wait() == 0);
}

TEST_CASE("a request that comes before the last one is answered has to wait") {
    scene s;
    auto const b = s.open();
    std::string const path = start(*b);
    std::string const get = "GET " + path + "/rows HTTP/1.1\r\nHost: localhost\r\n\r\n";
    b->send(get + get);
    for (int i = 0; i != 2; ++i) {
        CHECK(b->open() == 200);
        CHECK((b->read_all() == as_lines(sample_export())));
        CHECK(b->is_whole());
    }
}

} // TEST_SUITE("tools/export_server/pace")
