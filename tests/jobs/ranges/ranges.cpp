// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Downloads to a file in several streams.
#include <jobs/ranges/fixture.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

TEST_SUITE("jobs/ranges/ranges") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;

TEST_CASE("four streams fetch one file, each a range of it, at the same time") {
    split t;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    int completed = 0;
    t.at(1, [&] { // the first stream reads: the others are held
        for (int i = 0; i != 3; ++i)
            t.s.hold_next(origin::files);
    });
    loop::async_download(client, t.s.file_url(t.id), t.d.path / "r", t.how, [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->bytes == large_content().size());
        CHECK(r->content_type == "application/json");
        CHECK(r->breaks == 0);
        CHECK(r.status() == 206);
        ++completed;
    });
    run_until(io, [&] { return t.s.requests(origin::files).size() >= 4; });
    CHECK(t.d.names().size() == 1); // the part: nothing has the final name
    CHECK(t.d.names()[0] != "r");
    t.s.release();
    io.restart();
    io.run();
    CHECK(completed == 1);
    CHECK((content_of(t.d.path / "r") == large_content()));
    CHECK(t.d.names() == names{"r"});
    CHECK(fs::status(t.d.path / "r").permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(t.s.connections_accepted() == 4);
    auto const requests = t.s.requests(origin::files);
    CHECK(requests[0].header("Range") == "bytes=0-4194303");
    CHECK_FALSE(requests[0].header("If-Range"));
    for (std::size_t i = 1; i != requests.size(); ++i) {
        CHECK(requests[i].header("If-Range"));
        CHECK_FALSE(requests[i].header("Authorization"));
    }
}

TEST_CASE("a file that fits into the first range comes in one request") {
    split t;
    for (std::size_t const size : {std::size_t(1), std::size_t(4) * 1024 * 1024}) {
        std::string const content = odd_content(size);
        t.s.replace_content(t.id, content);
        t.s.clear_requests();
        t.check_whole(content);
        CHECK(t.ranges() == names{"bytes=0-4194303"});
    }
}

TEST_CASE("the file comes in one stream where there are no ranges of it") {
    server_options options;
    std::string content = large_content();
    SUBCASE("the server answers with the whole file") {
        options.ignore_ranges = true;
    }
    SUBCASE("the server sends no tag") {
        options.send_etag = false;
    }
    SUBCASE("the file is empty") {
        content.clear();
    }
    split t(options);
    t.s.replace_content(t.id, content);
    t.how.keep_part = true;
    auto const r = t.fetch();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r.attempts() == 2);
    CHECK((content_of(t.d.path / "r") == content));
    CHECK(t.d.names() == names{"r"});
    CHECK(t.ranges() == names{"bytes=0-4194303", "whole"});
}

TEST_CASE("a server whose ranges can't be trusted is asked for the whole file") {
    split t;
    auto const head = [](std::string const& content_range, std::string const& etag = "\"a\"") {
        return response_override(206, std::string(10, 'x'), "text/plain")
            .header("ETag", etag)
            .header("Content-Range", content_range);
    };
    auto const answer = [&] {
        SUBCASE("another range") {
            return head("bytes 5-14/400");
        }
        SUBCASE("a range of another length") {
            return head("bytes 0-8/400");
        }
        SUBCASE("no size") {
            return head("bytes 0-9/*");
        }
        SUBCASE("a weak tag") {
            return head("bytes 0-9/400", "W/\"a\"");
        }
        SUBCASE("no range at all") {
            return head("");
        }
        SUBCASE("several of them") {
            auto parts = head("bytes 0-9/400");
            parts.content_type = "multipart/byteranges; boundary=x";
            return parts;
        }
        return head("bytes 0-9/99999999999999999999999");
    }();
    t.s.respond_next(answer, origin::files);
    t.check_whole();
    CHECK(t.ranges() == names{"bytes=0-4194303", "whole"});
}

TEST_CASE("a server that forgets its ranges on the way") {
    split t;
    bool const same = [] {
        bool is = true;
        SUBCASE("the same file") {}
        SUBCASE("another file") {
            is = false;
        }
        return is;
    }();
    std::string const etag = [&] {
        t.check_whole();
        return t.s.requests(origin::files)[1].header("If-Range").value();
    }();
    fs::remove(t.d.path / "r");
    t.s.clear_requests();
    t.at(1, [&] {
        t.s.respond_next(response_override(200, large_content(), "text/plain")
                             .header("ETag", same ? etag : "\"other\""),
                         origin::files);
    });
    t.check_whole();
    auto const ranges = t.ranges();
    CHECK((std::find(ranges.begin(), ranges.end(), "whole") != ranges.end()) == same);
    CHECK(std::count(ranges.begin(), ranges.end(), "bytes=0-4194303") == (same ? 1 : 2));
}

TEST_CASE(
    "several streams are refused where bytes have to come in order, before anything is sent") {
    split t;
    std::string const url = t.s.file_url(t.id);
    auto const refused = [](loop::result<loop::download_summary> const& r) {
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::invalid_option);
        CHECK(contains(r.error().detail, "streams"));
    };
    for (unsigned const bad : {0u, 17u, 1'000'000u}) {
        t.how.streams = bad;
        refused(t.fetch());
    }
    t.how.streams = 2;
    refused(download(options_for(t.s), url, "/dev/null", t.how));
    REQUIRE(::mkfifo((t.d.path / "pipe").c_str(), 0600) == 0);
    refused(download(options_for(t.s), url, t.d.path / "pipe", t.how));

    class sink final : public loop::byte_sink {
        std::optional<loop::error> write(std::string_view) override { return std::nullopt; }
    };
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    int completed = 0;
    loop::async_download(client, url, std::make_shared<sink>(), t.how, [&](auto r) {
        refused(r);
        ++completed;
    });
    loop::row_reader rows(loop::open_download(client, url, t.how));
    rows.async_next([&](auto row) {
        CHECK(row.has_error());
        CHECK(row.error().code() == errc::invalid_option);
        ++completed;
    });
    io.run();
    CHECK(completed == 2);
    CHECK(t.s.connections_accepted() == 0);
    CHECK(t.d.names() == names{"pipe"});
}

TEST_CASE("sixteen streams over fewer connections take turns") {
    split t;
    t.how.streams = 16;
    loop::options how = options_for(t.s);
    how.pool.max_connections = 3;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::size_t most = 0, completed = 0;
    t.how.on_progress = [&](auto) {
        if (most == 0) // the first stream reads: those of the other connections are held
            for (int i = 0; i != 2; ++i)
                t.s.hold_next(origin::files);
        most = std::max(most, client.statistics().connections_open);
    };
    loop::async_download(client, t.s.file_url(t.id), t.d.path / "r", t.how, [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        ++completed;
    });
    run_until(io, [&] { return client.statistics().connections_open == 3; });
    run_until(io, [&] { return t.s.requests(origin::files).size() >= 3; });
    t.s.release();
    io.restart();
    io.run();
    CHECK(completed == 1);
    CHECK((content_of(t.d.path / "r") == large_content()));
    CHECK(most == 3);
}

TEST_CASE("streams that break cost nothing but what is asked for again") {
    server_options options;
    bool const chunked = [] {
        bool is = false;
        SUBCASE("with a length") {}
        SUBCASE("in chunks") {
            is = true;
        }
        return is;
    }();
    options.chunked_files = chunked;
    split t(options);
    for (int i = 0; i != 20; ++i)
        t.s.cut_file_after(static_cast<std::uint64_t>(i * i) * 1451 + 1,
                           i % 2 ? connection_end::cut : connection_end::close);
    std::uint64_t before = 0;
    t.how.on_progress = [&](loop::download_progress p) {
        CHECK(p.bytes > before);
        before = p.bytes;
        CHECK(p.total == large_content().size());
    };
    auto const r = t.fetch();
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(t.d.path / "r") == large_content()));
    CHECK(r->breaks == 20);
    CHECK(before == large_content().size());
    CHECK(t.d.names() == names{"r"});
}

TEST_CASE("a stream that the server refuses again and again is given up while others go on") {
    split t;
    t.how.retry.max_attempts = 2;
    t.at(1, [&] {
        for (int i = 0; i != 4; ++i)
            t.s.respond_next(response_override(503, "too many"), origin::files);
    });
    t.check_whole();

    t.s.clear_requests();
    fs::remove(t.d.path / "r");
    t.how.on_progress = nullptr;
    t.s.respond_next(response_override(429, "slow").header("Retry-After", "0"), origin::files);
    t.check_whole();
}

TEST_CASE("a file that changes is fetched from its start") {
    split t;
    std::string const other = odd_content(9'000'000).substr(1);
    bool const kept = [] {
        bool is = false;
        SUBCASE("into a part that goes") {}
        SUBCASE("into a part that stays") {
            is = true;
        }
        return is;
    }();
    t.how.keep_part = kept;
    // No stream has come to the end of its first response, and these do not make a whole file.
    t.at(2'000'000, [&] {
        t.s.replace_content(t.id, other);
        for (int i = 0; i != 4; ++i)
            t.s.cut_file_after(10); // of what comes next
    });
    for (int i = 0; i != 4; ++i)
        t.s.cut_file_after(2'500'000);
    t.check_whole(other);
}

TEST_CASE("a file that changes with every answer comes in one stream") {
    split t;
    for (int i = 0; i != 40; ++i)
        t.s.cut_file_after(1'000'000);
    int version = 0;
    std::string last;
    t.how.on_progress = [&](loop::download_progress p) {
        if (p.bytes >= 500'000 && version != 6) {
            last = odd_content(5'000'000 + static_cast<std::size_t>(++version));
            t.s.replace_content(t.id, last);
        }
    };
    t.how.retry.max_attempts = 100;
    auto const r = t.fetch();
    REQUIRE_MESSAGE(r, r.error());
    CHECK((content_of(t.d.path / "r") == last));
}

TEST_CASE("an address that expires is replaced once for all streams") {
    split t;
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    loop::poll_options quick;
    quick.first_poll = 0ms;
    quick.interval = 1ms;
    auto const job = loop::attach_export(client, t.id, quick);
    for (int i = 0; i != 4; ++i)
        t.s.cut_file_after(1'500'000);
    t.at(4'000'000, [&] { t.s.expire_file_urls(); });
    int completed = 0;
    loop::async_download(client, job, t.d.path / "r", t.how, [&](auto r) {
        REQUIRE_MESSAGE(r, r.error());
        ++completed;
    });
    io.run();
    CHECK(completed == 1);
    CHECK((content_of(t.d.path / "r") == large_content()));
    CHECK(t.s.requests(origin::api).size() == 2); // the wait, and one for the fresh address
}

TEST_CASE("an address that can't be replaced ends the download") {
    split t;
    t.at(1, [&] { t.s.expire_file_urls(); });
    auto const r = t.fetch();
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::forbidden);
    CHECK_FALSE(contains(printed(r.error()), "Signature"));
    CHECK(contains(r.error().detail, "bytes of the file"));
    CHECK(t.d.names().empty());
}

TEST_CASE("an answer that is encoded, or of a strange status, ends the download") {
    split t;
    t.s.respond_next(response_override(206, "xx")
                         .header("ETag", "\"a\"")
                         .header("Content-Range", "bytes 0-1/400")
                         .header("Content-Encoding", "gzip"),
                     origin::files);
    t.check_fails(errc::unexpected_content);
    t.s.respond_next(response_override(201, "xx"), origin::files);
    t.check_fails(errc::unexpected_status);
    t.s.respond_next(response_override(404, "<Error><Code>NoSuchKey</Code></Error>"),
                     origin::files);
    t.check_fails(errc::not_found);
}

TEST_CASE("redirects within the origin are followed, by all streams to the same place") {
    split t;
    std::string const to = t.s.file_url(t.id);
    for (int i = 0; i != 5; ++i)
        t.s.respond_next(response_override(302).header("Location", to), origin::files);
    t.check_whole();
    fs::remove(t.d.path / "r");
    for (int i = 0; i != 6; ++i)
        t.s.respond_next(response_override(302).header("Location", to), origin::files);
    t.check_fails(errc::unexpected_status);
}

} // TEST_SUITE("jobs/ranges/ranges")
