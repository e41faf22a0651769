// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Parts with holes: what a download in several streams leaves, and who goes on with it.
#include <jobs/ranges/fixture.hpp>

#include <sys/stat.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

TEST_SUITE("jobs/ranges/kept_part") {

using namespace fixture;
using loop::errc;

namespace {

// A download in four streams that is broken off when it has several parts of the file.
struct broken : split {
    broken() {
        how.keep_part = true;
        how.retry.max_attempts = 1;
    }
    void break_off() {
        for (int i = 0; i != 4; ++i)
            s.cut_file_after(1'000'000);
        at(3'500'000, [this] { s.expire_file_urls(); }); // so that no stream goes on
        auto const r = fetch();
        REQUIRE_FALSE(r);
        CHECK(d.names() == names{"r.part", "r.part.info"});
        s.clear_requests();
        how.on_progress = nullptr;
    }
    boost::json::object info() const {
        return boost::json::parse(content_of(d.path / "r.part.info")).as_object();
    }
    void change_info(char const* key, boost::json::value value) {
        boost::json::object object = info();
        object[key] = std::move(value);
        std::ofstream(d.path / "r.part.info") << boost::json::serialize(object);
    }
    std::uint64_t noted() const {
        std::uint64_t sum = 0;
        auto const ranges = info().at("ranges").as_array();
        for (std::size_t i = 0; i + 1 < ranges.size(); i += 2)
            sum += ranges[i + 1].to_number<std::uint64_t>() - ranges[i].to_number<std::uint64_t>();
        return sum;
    }
};

} // namespace

TEST_CASE("the next download in several streams asks only for what is missing") {
    broken t;
    t.break_off();
    CHECK(t.info().at("version") == 2);
    CHECK_FALSE(contains(content_of(t.d.path / "r.part.info"), "Signature"));
    std::uint64_t const there = t.noted();
    CHECK(there >= 3'500'000);
    t.how.streams = 2; // any number
    t.check_whole();
    CHECK(t.asked() == large_content().size() - there);
}

TEST_CASE("a part that stays takes no more of the disk than what has come") {
    broken t;
    t.break_off();
    struct ::stat is {};
    REQUIRE(::stat((t.d.path / "r.part").c_str(), &is) == 0);
    CHECK(static_cast<std::uint64_t>(is.st_blocks) * 512 < t.noted() + 1024 * 1024);
}

TEST_CASE("a download in one stream goes on with the bytes before the first hole only") {
    broken t;
    t.break_off();
    auto const first = t.info().at("ranges").as_array();
    REQUIRE(first[0] == 0);
    std::string const end = boost::json::serialize(first[1]);
    t.how.streams = 1;
    SUBCASE("to its end") {
        t.check_whole();
        CHECK(t.ranges() == names{"bytes=" + end + "-"});
    }
    SUBCASE("that is broken too, and then by several again") {
        t.s.cut_file_after(500'000);
        REQUIRE_FALSE(t.fetch());
        CHECK(t.info().at("version") == 1);
        CHECK_FALSE(t.info().contains("ranges"));
        std::uint64_t const size = fs::file_size(t.d.path / "r.part");
        CHECK(size == std::stoull(end) + 500'000);
        t.s.clear_requests();
        t.how.streams = 4;
        t.check_whole();
        CHECK(t.asked() == large_content().size() - size);
    }
    SUBCASE("that is refused before a byte comes") {
        t.s.respond_next(response_override(403), origin::files);
        REQUIRE_FALSE(t.fetch());
        CHECK(fs::file_size(t.d.path / "r.part") == std::stoull(end));
        t.s.clear_requests();
        t.check_whole();
        CHECK(t.ranges() == names{"bytes=" + end + "-"});
    }
}

TEST_CASE("what a program that is killed leaves holds no byte that has not come") {
    broken t;
    directory killed; // the files as they are at some moment, which is how a killed program leaves
    int kept = 0;
    std::uint64_t next = 100'000;
    t.how.retry.max_attempts = 8;
    for (int i = 0; i != 10; ++i)
        t.s.cut_file_after(700'000);
    t.how.on_progress = [&](loop::download_progress p) {
        if (p.bytes < next)
            return;
        next += 3'400'000;
        fs::path const to = killed.path / std::to_string(kept++);
        fs::create_directory(to);
        for (char const* name : {"r.part", "r.part.info"})
            fs::copy_file(t.d.path / name, to / name);
    };
    t.check_whole();
    REQUIRE(kept >= 4);
    for (int i = 0; i != kept; ++i)
        for (unsigned const streams : {1u, 3u}) {
            CAPTURE(i);
            fs::path const from = killed.path / std::to_string(i);
            directory d;
            for (char const* name : {"r.part", "r.part.info"})
                fs::copy_file(from / name, d.path / name);
            loop::download_options how = impatient();
            how.keep_part = true;
            how.streams = streams;
            auto const r = download(options_for(t.s), t.s.file_url(t.id), d.path / "r", how);
            REQUIRE_MESSAGE(r, r.error());
            CHECK((content_of(d.path / "r") == large_content()));
            CHECK(d.names() == names{"r"});
        }
}

TEST_CASE("a part that was cut off, or is not what its info says, is not trusted") {
    broken t;
    t.break_off();
    bool begins_anew = true;
    SUBCASE("the part is shorter than its ranges") {
        fs::resize_file(t.d.path / "r.part", 500'000);
        begins_anew = false;
    }
    SUBCASE("the part is empty") {
        fs::resize_file(t.d.path / "r.part", 0);
    }
    SUBCASE("the part is longer than the file") {
        fs::resize_file(t.d.path / "r.part", 20'000'000);
        begins_anew = false;
    }
    SUBCASE("ranges that overlap") {
        t.change_info("ranges", {0, 1000, 500, 2000});
    }
    SUBCASE("ranges beyond the file") {
        fs::resize_file(t.d.path / "r.part", 20'000'000);
        t.change_info("ranges", {0, 20'000'000});
    }
    SUBCASE("ranges backwards") {
        t.change_info("ranges", {1000, 10, 5, 1});
    }
    SUBCASE("the machine was started in between") {
        t.change_info("boot", "another");
    }
    SUBCASE("a later version wrote it") {
        t.change_info("version", 3);
    }
    SUBCASE("another size") {
        t.change_info("total", 11'000'000);
        begins_anew = false; // the server says so
    }
    SUBCASE("another address") {
        t.change_info("resource", "https://127.0.0.1/another");
    }
    SUBCASE("the info is gone") {
        fs::remove(t.d.path / "r.part.info");
    }
    t.check_whole();
    CHECK((t.ranges()[0] == "bytes=0-4194303") == begins_anew);
}

TEST_CASE("another file by now is fetched from its start") {
    broken t;
    t.break_off();
    std::string const other = odd_content(6'000'000).substr(1);
    t.s.replace_content(t.id, other);
    t.check_whole(other);
}

TEST_CASE("all of the file is there already: the server is asked once whether it still is") {
    broken t;
    t.break_off();
    std::ofstream(t.d.path / "r.part", std::ios::binary | std::ios::trunc) << large_content();
    t.change_info("ranges", {0, large_content().size()});
    t.check_whole();
    CHECK(t.asked() == 1024 * 1024);
}

TEST_CASE("two downloads don't write into one part") {
    broken t;
    check_two_at_a_time(t.s, t.s.file_url(t.id), t.d, t.how, large_content());
}

TEST_CASE("a download whose part was replaced writes no notes for another one's") {
    broken t;
    t.at(1, [&] {
        fs::remove(t.d.path / "r.part");
        fs::remove(t.d.path / "r.part.info");
        std::ofstream(t.d.path / "r.part") << "half";
    });
    auto const r = t.fetch();
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::file_failed);
    CHECK(contains(r.error().detail, "r.part was removed or replaced"));
    CHECK(t.d.names() == names{"r.part"});
    CHECK(content_of(t.d.path / "r.part") == "half");
}

TEST_CASE("a server without ranges gets on with a kept part as it does with one stream") {
    server_options options;
    options.ignore_ranges = true;
    split t(options);
    t.how.keep_part = true;
    t.how.retry.max_attempts = 1;
    t.s.cut_file_after(1'000'000);
    t.s.cut_file_after(1'000'000);
    REQUIRE_FALSE(t.fetch());
    CHECK(t.d.names() == names{"r.part", "r.part.info"});
    t.check_whole();
}

} // TEST_SUITE("jobs/ranges/kept_part")
