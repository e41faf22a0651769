// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Parts that stay when a download fails, and with which the next one goes on.
#include <jobs/download/fixture.hpp>
#include <support/other_owner.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

TEST_SUITE("jobs/download/kept_part") {

using namespace fixture;
using loop::errc;

namespace {

using names = std::vector<std::string>;

struct kept {
    kept() { how.keep_part = true; }

    server s;
    directory d;
    std::string const content = odd_content(1'000'000);
    std::string const id = s.add_export(finished, content);
    loop::download_options how = one_attempt();

    // Leaves a part of so many bytes.
    void break_after(std::uint64_t bytes) {
        s.cut_file_after(bytes);
        auto r = fetch();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::connection_lost);
        s.clear_requests();
    }
    loop::result<loop::download_summary> fetch() {
        return download(options_for(s), s.file_url(id), d.path / "r", how);
    }
    void check_whole(std::string const& expected) {
        auto r = fetch();
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->bytes == expected.size());
        CHECK((content_of(d.path / "r") == expected));
        CHECK(d.names() == names{"r"});
    }
    std::optional<std::string> asked_range() const {
        auto const requests = s.requests(origin::files);
        REQUIRE(requests.size() == 1);
        return requests[0].header("Range");
    }
    void change_info(char const* key, boost::json::value value) {
        fs::path const info = d.path / "r.part.info";
        boost::json::object object = boost::json::parse(content_of(info)).as_object();
        object[key] = std::move(value);
        std::ofstream(info) << boost::json::serialize(object);
    }
};

} // namespace

TEST_CASE("the next download to a path goes on with the part that the last one left") {
    kept t;
    t.break_after(600'000);
    CHECK(t.d.names() == names{"r.part", "r.part.info"});
    CHECK(fs::file_size(t.d.path / "r.part") == 600'000);
    for (char const* name : {"r.part", "r.part.info"})
        CHECK(fs::status(t.d.path / name).permissions() ==
              (fs::perms::owner_read | fs::perms::owner_write));
    std::string const info = content_of(t.d.path / "r.part.info");
    CHECK_FALSE(contains(info, "Signature"));
    CHECK_FALSE(contains(info, t.s.token()));
    t.check_whole(t.content);
    CHECK(t.asked_range() == "bytes=600000-");
}

TEST_CASE("a part of another file, or one that may not be what it seems, is begun anew") {
    kept t;
    t.break_after(600'000);
    SUBCASE("another file by now") {
        t.s.replace_content(t.id, "[2]");
        t.check_whole("[2]");
        CHECK(t.asked_range() == "bytes=600000-");
        return;
    }
    SUBCASE("the machine was started in between: the part may be longer than what is on the disk") {
        t.change_info("boot", "another");
    }
    SUBCASE("a later version wrote it") {
        t.change_info("version", 2);
    }
    SUBCASE("the info is gone") {
        fs::remove(t.d.path / "r.part.info");
    }
    SUBCASE("the info is no JSON") {
        std::ofstream(t.d.path / "r.part.info") << "{";
    }
    t.check_whole(t.content);
    CHECK_FALSE(t.asked_range());
}

TEST_CASE("a part that is longer than the file is begun anew, one that is all of it is done") {
    kept t;
    t.break_after(999'999);
    std::string last(1, t.content.back());
    SUBCASE("all of it") {}
    SUBCASE("longer") {
        last += 'x';
    }
    std::ofstream(t.d.path / "r.part", std::ios::app | std::ios::binary) << last;
    t.check_whole(t.content);
}

TEST_CASE("what can't be continued is not kept") {
    server_options options;
    options.send_etag = false;
    server s(options);
    directory d;
    loop::download_options how = one_attempt();
    how.keep_part = true;
    std::string const url = s.file_url(s.add_export(finished, odd_content(1000)));
    s.cut_file_after(500);
    REQUIRE_FALSE(download(options_for(s), url, d.path / "r", how));
    CHECK(d.names().empty());
    s.expire_file_urls();
    REQUIRE_FALSE(download(options_for(s), url, d.path / "r", how)); // refused
    CHECK(d.names().empty());
}

TEST_CASE("two downloads don't write into one part") {
    kept t;
    check_two_at_a_time(t.s, t.s.file_url(t.id), t.d, t.how, t.content);
}

TEST_CASE("the part of another address is begun anew, whatever its tag says") {
    kept t;
    t.break_after(600'000);
    t.change_info("resource", "https://127.0.0.1/another");
    t.check_whole(t.content);
    CHECK_FALSE(t.asked_range());
}

TEST_CASE("a part of the longest address is gone on with too") {
    kept t;
    std::string url = t.s.files_url() + '/';
    url.append(16 * 1024 - url.size(), 'a');
    auto const fetch = [&](std::string const& answer) {
        t.s.respond_next(response_override::bytes(answer, loop::testing::connection_end::cut),
                         origin::files);
        return download(options_for(t.s), url, t.d.path / "r", t.how);
    };
    CHECK_FALSE(fetch("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 10\r\n\r\n01234"));
    CHECK(t.d.names() == names{"r.part", "r.part.info"});
    t.s.clear_requests();
    CHECK(fetch("HTTP/1.1 206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 5-9/10\r\n"
                "Content-Length: 5\r\n\r\n56789"));
    CHECK(t.asked_range() == "bytes=5-");
    CHECK(content_of(t.d.path / "r") == "0123456789");
}

TEST_CASE("a tag that was tampered with is not sent, and a part that all could read is hidden") {
    kept t;
    t.break_after(600'000);
    t.change_info("etag", "\"a\r\nX-Evil: 1\r\nX: \"");
    fs::permissions(t.d.path / "r.part", fs::perms::all);
    t.check_whole(t.content);
    CHECK_FALSE(t.s.requests(origin::files)[0].header("X-Evil"));
    CHECK(fs::status(t.d.path / "r").permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a link, or something else than a file, under the part's name is left alone") {
    kept t;
    std::ofstream(t.d.path / "precious") << "older";
    SUBCASE("a link") {
        fs::create_symlink(t.d.path / "precious", t.d.path / "r.part");
    }
    SUBCASE("a hard link") {
        fs::create_hard_link(t.d.path / "precious", t.d.path / "r.part");
    }
    SUBCASE("a pipe") {
        REQUIRE(::mkfifo((t.d.path / "r.part").c_str(), 0600) == 0);
    }
    SUBCASE("a directory") {
        fs::create_directory(t.d.path / "r.part");
    }
    auto r = t.fetch();
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::file_failed);
    CHECK(content_of(t.d.path / "precious") == "older");
    CHECK(fs::exists(fs::symlink_status(t.d.path / "r.part")));
    CHECK(t.s.requests().empty());
}

TEST_CASE("notes that could not be replaced are found before anything is sent") {
    kept t;
    std::ofstream(t.d.path / "precious") << "older";
    std::string name = "r.part.info";
    SUBCASE("a directory") {
        fs::create_directory(t.d.path / name);
    }
    SUBCASE("a directory where they are written") {
        name += ".new";
        fs::create_directory(t.d.path / name);
    }
    SUBCASE("a link") {
        fs::create_symlink(t.d.path / "precious", t.d.path / name);
    }
    SUBCASE("another user's") {
        if (::geteuid() != 0) {
            MESSAGE("skipped: it takes root to have files of two users");
            return;
        }
        std::ofstream(t.d.path / name) << "{}";
        REQUIRE(::chown((t.d.path / name).c_str(), 65534, 65534) == 0);
    }
    for (unsigned const streams : {1u, 4u}) {
        t.how.streams = streams;
        auto r = t.fetch();
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::file_failed);
        CHECK(r.error().detail == (t.d.path / name).string() + " is no file of this user");
        CHECK(t.d.names() == names{"precious", name});
    }
    CHECK(t.s.connections_accepted() == 0);
    CHECK(content_of(t.d.path / "precious") == "older");
}

TEST_CASE("a part is gone on with where the file system gives all files another owner") {
    for (unsigned const streams : {1u, 4u}) {
        CAPTURE(streams);
        kept t;
        fs::permissions(t.d.path, fs::perms::all);
        tests::other_owner const squashed(65534);
        if (!squashed) {
            MESSAGE("skipped: this user can't make files of another one");
            return;
        }
        t.break_after(600'000);
        t.how.streams = streams;
        CHECK(t.d.names() == names{"r.part", "r.part.info"});
        t.check_whole(t.content);
        CHECK(t.fetch()->lost.empty());
    }
}

TEST_CASE("a part that was removed or replaced ends its download, and stays what it is") {
    server_options options;
    bool is_whole = true, is_replaced = true;
    SUBCASE("at the end") {}
    SUBCASE("at the end, removed") {
        is_replaced = false;
    }
    SUBCASE("of a download that fails, and would not keep its part") {
        options.send_etag = false;
        is_whole = false;
    }
    for (bool const keep : {false, true}) {
        server s(options);
        directory d;
        fs::path part;
        loop::download_options how = one_attempt();
        how.keep_part = keep;
        how.on_progress = [&](loop::download_progress) {
            if (!part.empty())
                return;
            part = d.path / d.names().front();
            REQUIRE(part.extension() == ".part");
            fs::remove(part);
            if (is_replaced)
                std::ofstream(part) << "half";
        };
        std::string const url = s.file_url(s.add_export(finished, odd_content(200'000)));
        if (!is_whole)
            s.cut_file_after(100'000);
        auto r = download(options_for(s), url, d.path / "r", how);
        REQUIRE_FALSE(r);
        CHECK_FALSE(fs::exists(d.path / "r"));
        CHECK(fs::exists(part) == is_replaced);
        if (is_replaced)
            CHECK(content_of(part) == "half");
        if (!is_whole)
            continue;
        CHECK(r.error().code() == errc::file_failed);
        CHECK(contains(r.error().detail, part.string() + " was removed or replaced"));
    }
}

} // TEST_SUITE("jobs/download/kept_part")
