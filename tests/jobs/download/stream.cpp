// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Downloads that are read piece by piece, at the reader's pace.
#include <jobs/download/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>

TEST_SUITE("jobs/download/stream") {

using namespace fixture;
using loop::errc;

namespace {

// Reads a source until it ends.
class reader {
public:
    explicit reader(std::unique_ptr<loop::byte_source> from) : source(std::move(from)) {}

    void read_all() {
        source->async_read(piece, [this](std::optional<loop::error> e) {
            failure = std::move(e);
            ended = failure || piece.empty();
            text += piece;
            most = std::max(most, piece.size());
            if (!ended)
                read_all();
        });
    }
    // One read, for which the context is run.
    bool read_one(asio::io_context& io) {
        bool completed = false;
        source->async_read(piece, [&](std::optional<loop::error> e) {
            failure = std::move(e);
            completed = true;
        });
        CHECK_FALSE(completed);
        if (io.stopped())
            io.restart();
        while (!completed)
            REQUIRE(io.run_one() != 0);
        return !failure && !piece.empty();
    }

    std::unique_ptr<loop::byte_source> source;
    std::string piece, text;
    std::size_t most = 0;
    std::optional<loop::error> failure;
    bool ended = false;
};

} // namespace

TEST_CASE("all bytes come, in order, whatever breaks in between") {
    server s;
    std::string const content = odd_content(3'000'001);
    std::string const url = s.file_url(s.add_export(finished, content));
    for (std::uint64_t at : {0u, 1u, 1'000'000u})
        s.cut_file_after(at);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    reader r(loop::open_download(client, url, impatient()));
    CHECK(r.source->get_executor() == client.get_executor());
    r.read_all();
    io.run();
    CHECK(r.ended);
    CHECK_FALSE(r.failure);
    CHECK((r.text == content));
    CHECK_FALSE(r.read_one(io)); // the end again
    CHECK_FALSE(r.failure);
}

TEST_CASE("the server is held up while nobody reads, which is no stall") {
    std::uint64_t const size = 64 << 20;
    std::atomic<std::uint64_t> made = 0;
    server s;
    auto const id =
        s.add_export(finished, loop::testing::export_content::generated(
                                   size, [&](std::uint64_t offset, std::span<char> out) {
                                       std::fill(out.begin(), out.end(), 'x');
                                       made = offset + out.size();
                                   }));
    asio::io_context io;
    // Its clock does not go on by itself: however slow the server is, that is no stall.
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    loop::options of_client = options_for(s);
    of_client.time = clock;
    loop::client client(io.get_executor(), of_client);
    loop::download_options how = one_attempt();
    how.stall_timeout = 10s;
    reader r(loop::open_download(client, s.file_url(id), how));
    REQUIRE(r.read_one(io));
    // All that is made until nothing more comes lies in buffers of ours and of the system.
    auto const end = std::chrono::steady_clock::now() + patience;
    for (std::uint64_t before = 0; made <= 1 << 20 || made != before;) {
        REQUIRE(std::chrono::steady_clock::now() < end);
        before = made;
        io.restart();
        io.run_for(200ms);
    }
    clock->advance(1min); // much longer than a stall
    io.run_for(50ms);
    CHECK(made < size / 2);
    std::uint64_t got = r.piece.size();
    std::size_t most = 0;
    while (r.read_one(io)) {
        got += r.piece.size();
        most = std::max(most, r.piece.size());
    }
    CHECK_FALSE(r.failure);
    CHECK(got == size);
    CHECK(most < 512 * 1024);
    CHECK(client.statistics().connections_open == 1);
}

TEST_CASE("an error comes after the bytes before it, and stays") {
    server s;
    std::string const url = s.file_url(s.add_export(finished, odd_content(100'000)));
    s.cut_file_after(60'000);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    reader r(loop::open_download(client, url, one_attempt()));
    r.read_all();
    io.run();
    REQUIRE(r.failure);
    CHECK(r.failure->code() == errc::connection_lost);
    CHECK(r.text.size() == 60'000);
    io.restart();
    r.read_one(io);
    CHECK(r.failure->code() == errc::connection_lost);
}

TEST_CASE("a file that has changed in between can't be gone on with") {
    server s;
    auto const id = s.add_export(finished, odd_content(100'000));
    s.cut_file_after(60'000);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    reader r(loop::open_download(client, s.file_url(id), impatient()));
    loop::download_options how = impatient();
    bool replaced = false;
    how.on_progress = [&](loop::download_progress) {
        if (!std::exchange(replaced, true))
            s.replace_content(id, "[2]");
    };
    r.source = loop::open_download(client, s.file_url(id), how);
    r.read_all();
    io.run();
    REQUIRE(r.failure);
    CHECK(r.failure->code() == errc::file_changed);
}

TEST_CASE("a break that can't be gone on with is told as one, not as another file") {
    server_options options;
    options.send_etag = false;
    server s(options);
    std::string const url = s.file_url(s.add_export(finished, odd_content(100'000)));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    s.cut_file_after(60'000);
    reader r(loop::open_download(client, url, impatient()));
    r.read_all();
    io.run();
    REQUIRE(r.failure);
    CHECK(r.failure->code() == errc::connection_lost);
    CHECK(r.failure->detail == "after a part of the file was read; the server gives it no strong "
                               "ETag, so its rest can't be asked for");
}

TEST_CASE("a read is cancelled at once, by each type, and the connection is closed") {
    for (auto type : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                      asio::cancellation_type::total}) {
        server s;
        std::string const url = s.file_url(s.add_export(finished, odd_content(100'000)));
        s.hold_next(origin::files);
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(s));
        auto source = loop::open_download(client, url);
        asio::cancellation_signal stop;
        std::string piece;
        int completed = 0;
        source->async_read(
            piece, asio::bind_cancellation_slot(stop.slot(), [&](std::optional<loop::error> e) {
                REQUIRE(e);
                CHECK(e->code() == errc::cancelled);
                ++completed;
            }));
        run_until(io, [&] { return !s.requests(origin::files).empty(); });
        stop.emit(type);
        io.run();
        CHECK(completed == 1);
        CHECK(client.statistics().connections_open == 0);
        CHECK(s.wait_until_idle(patience));
        bool again = false;
        source->async_read(piece, [&](std::optional<loop::error> e) {
            again = e && e->code() == errc::cancelled && piece.empty();
        });
        io.restart();
        io.run();
        CHECK(again);
    }
}

TEST_CASE("a source that is destroyed ends its download, and its reader") {
    server s;
    std::string const url = s.file_url(s.add_export(finished, odd_content(10'000'000)));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    SUBCASE("unread") {
        reader r(loop::open_download(client, url));
        REQUIRE(r.read_one(io));
        r.source.reset();
        io.run();
    }
    SUBCASE("while it is read") {
        s.hold_next(origin::files);
        reader r(loop::open_download(client, url));
        r.read_all();
        run_until(io, [&] { return !s.requests(origin::files).empty(); });
        r.source.reset();
        io.run();
        REQUIRE(r.failure);
        CHECK(r.failure->code() == errc::cancelled);
    }
    SUBCASE("right after its first read began") {
        reader r(loop::open_download(client, url));
        r.read_all();
        r.source.reset();
        io.run();
        REQUIRE(r.failure);
        CHECK(r.failure->code() == errc::cancelled);
    }
    SUBCASE("never begun") {
        auto const unread = loop::open_download(client, url);
    }
    io.run();
    CHECK(client.statistics().connections_open == 0);
}

TEST_CASE("a source that outlives its client says so") {
    server s;
    std::string const url = s.file_url(s.add_export(finished, odd_content(10'000'000)));
    asio::io_context io;
    std::optional<loop::client> client;
    client.emplace(io.get_executor(), options_for(s));
    reader begun(loop::open_download(*client, url, one_attempt()));
    reader not_begun(loop::open_download(*client, url, one_attempt()));
    REQUIRE(begun.read_one(io));
    client.reset();
    begun.read_all();
    not_begun.read_all();
    io.run();
    for (reader* r : {&begun, &not_begun}) {
        REQUIRE(r->failure);
        CHECK(r->failure->code() == errc::client_closed);
    }
}

TEST_CASE("a context that is destroyed destroys who waits in it") {
    server s;
    auto const id = s.add_export({"Processing"}, "[1]");
    std::string const url = s.file_url(s.add_export(finished, odd_content(10'000'000)));
    auto const life = std::make_shared<int>(0);
    for (bool of_a_job : {false, true}) {
        CAPTURE(of_a_job);
        auto io = std::make_unique<asio::io_context>();
        std::optional<loop::client> client;
        client.emplace(io->get_executor(), options_for(s));
        auto const rows = [&, life]() -> asio::awaitable<void> {
            auto const kept = life;
            std::unique_ptr<loop::byte_source> source;
            if (of_a_job)
                source = loop::open_download(*client, loop::attach_export(*client, id));
            else
                source = loop::open_download(*client, url);
            loop::row_reader<loop::row_text> reader(std::move(source));
            while (auto row = co_await reader.async_next())
                CHECK(row.has_error());
        };
        s.hold_next(origin::files);
        co_spawn(*io, rows(), [](std::exception_ptr) {});
        auto const before = s.requests().size();
        run_until(*io, [&] { return s.requests().size() != before; });
        client.reset();
        io.reset();
        s.release();
    }
    CHECK(life.use_count() == 1);
}

TEST_CASE("a source may be closed when the context of its client is gone") {
    server s;
    auto const url = s.file_url(s.add_export(finished, odd_content(2'000'000)));
    for (bool on_strand : {false, true}) {
        CAPTURE(on_strand);
        std::unique_ptr<loop::byte_source> source;
        std::string piece;
        {
            asio::io_context io;
            asio::any_io_executor on = io.get_executor();
            if (on_strand)
                on = asio::make_strand(io);
            loop::client client(on, options_for(s));
            source = loop::open_download(client, url, impatient());
            bool came = false;
            source->async_read(piece, [&](std::optional<loop::error> e) { came = !e; });
            run_until(io, [&] { return came; });
        }
        CHECK_FALSE(piece.empty());
        source.reset();
    }
}

TEST_CASE("on several threads") {
    server s;
    std::string const content = odd_content(2'000'000);
    auto const id = s.add_export(finished, content);
    asio::thread_pool threads(4);
    loop::client client(threads.get_executor(), options_for(s));
    std::vector<std::unique_ptr<reader>> readers;
    for (int i = 0; i != 8; ++i) {
        readers.push_back(
            std::make_unique<reader>(loop::open_download(client, s.file_url(id), impatient())));
        readers.back()->read_all();
    }
    threads.wait();
    for (auto const& r : readers) {
        CHECK_FALSE(r->failure);
        CHECK((r->text == content));
    }
}

} // TEST_SUITE("jobs/download/stream")
