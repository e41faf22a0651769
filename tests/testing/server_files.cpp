// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The files' origin over sockets: ranges, entity tags, a pace, cuts, other content, expiry.
#include "server_fixture.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

TEST_SUITE("testing/server_files") {

using namespace tests;

namespace {

// A server with one finished export of ten bytes.
class one_file {
public:
    explicit one_file(server_options options = {}) : loop(std::move(options)) {}

    std::string target() const { return target_of(loop.file_url(id), loop.files_url()); }

    blocking_client::response ask(header_list const& headers = {},
                                  std::string const& method = "GET") const {
        return connect(loop, origin::files)->ask(method, target(), headers);
    }

    // Returns the outcome of a `GET` until its connection ends: the body, and how it ended.
    std::pair<std::string, boost::system::error_code> get_to_end() const {
        auto const client = connect(loop, origin::files);
        client->send("GET " + target() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        auto [text, end] = client->read_to_end();
        std::size_t const body = text.find("\r\n\r\n");
        REQUIRE(body != std::string::npos);
        CHECK(text.starts_with("HTTP/1.1 200 "));
        CHECK(text.find("\r\nConnection:") == std::string::npos);
        return {text.substr(body + 4), end};
    }

    server loop;
    std::string id = loop.add_export({"Completed"}, "0123456789");
};

server_options with(auto server_options::*member, auto value) {
    server_options options;
    options.*member = value;
    return options;
}

// Bytes that tell where in the file they stand.
export_content numbered(std::uint64_t size) {
    return export_content::generated(size, [](std::uint64_t offset, std::span<char> out) {
        for (char& c : out)
            c = static_cast<char>('a' + offset++ % 26);
    });
}

} // namespace

TEST_CASE("a range is answered with that part of the file, with a length or in chunks") {
    for (bool const chunked : {false, true}) {
        CAPTURE(chunked);
        one_file const file(with(&server_options::chunked_files, chunked));
        auto const whole = file.ask();
        CHECK(whole.result_int() == 200);
        CHECK(whole.body() == "0123456789");
        CHECK(whole["Accept-Ranges"] == "bytes");
        CHECK(whole.count("Content-Range") == 0);

        for (auto const& [range, part, named] : {std::array{"bytes=3-5", "345", "bytes 3-5/10"},
                                                 std::array{"bytes=7-", "789", "bytes 7-9/10"},
                                                 std::array{"bytes=-2", "89", "bytes 8-9/10"}}) {
            auto const answer = file.ask({{"Range", range}});
            CHECK(answer.result_int() == 206);
            CHECK(answer.chunked() == chunked);
            CHECK(answer.body() == part);
            CHECK(answer["Content-Range"] == named);
            CHECK(answer["Content-Type"] == "application/json");
            CHECK(answer["ETag"] == whole["ETag"]);
        }
    }
}

TEST_CASE("HTTP/1.0 gets no chunks, which it does not know") {
    one_file const file(with(&server_options::chunked_files, true));
    auto const client = connect(file.loop, origin::files);
    client->send("GET " + file.target() + " HTTP/1.0\r\n\r\n");
    std::string const answer = client->read_to_end().first;
    CHECK(answer.find("\r\nTransfer-Encoding:") == answer.npos);
    CHECK(answer.find("\r\nContent-Length: 10\r\n") != answer.npos);
    CHECK(answer.ends_with("\r\n\r\n0123456789"));
}

TEST_CASE("a range behind the end is refused with the size, several ranges get the whole") {
    one_file const file;
    auto const client = connect(file.loop, origin::files);
    auto const refused = client->ask("GET", file.target(), {{"Range", "bytes=10-"}});
    CHECK(refused.result_int() == 416);
    CHECK(refused["Content-Range"] == "bytes */10");
    CHECK(refused["Content-Type"] == "text/xml");
    CHECK(refused.body().find("<Code>InvalidRange</Code>") != std::string::npos);

    auto const several = client->ask("GET", file.target(), {{"Range", "bytes=0-1,3-4"}});
    CHECK(several.result_int() == 200);
    CHECK(several.body() == "0123456789");
}

TEST_CASE("HEAD tells of the whole file, whatever range it asks for") {
    one_file const file;
    auto const answer = file.ask({{"Range", "bytes=3-5"}}, "HEAD");
    CHECK(answer.result_int() == 200);
    CHECK(answer["Content-Length"] == "10");
    CHECK(answer["Accept-Ranges"] == "bytes");
    CHECK(answer["ETag"] == file.ask()["ETag"]);
}

TEST_CASE("a range of a generated file is made from its first byte on") {
    constexpr std::uint64_t size = 1ULL << 40U;
    one_file file;
    file.loop.replace_content(file.id, numbered(size));
    std::string const first = std::to_string(size - 100'000);
    auto const answer = file.ask({{"Range", "bytes=" + first + '-'}});
    CHECK(answer.result_int() == 206);
    std::string expected(100'000, '\0');
    numbered(size).read(size - 100'000, expected);
    CHECK(answer.body() == expected);
}

TEST_CASE("the ETag is strong and goes with the content") {
    one_file file;
    std::string const tag{file.ask()["ETag"]};
    CHECK(tag.size() > 2);
    CHECK(tag.front() == '"');
    CHECK(tag.back() == '"');
    CHECK(export_content("0123456789").entity_tag() == tag);
    CHECK(export_content("0123456780").entity_tag() != tag);

    export_content const made = numbered(10);
    export_content const copy = made; // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(copy.entity_tag() == made.entity_tag());
    CHECK(numbered(10).entity_tag() != made.entity_tag());

    file.loop.replace_content(file.id, made);
    CHECK(file.ask()["ETag"] == made.entity_tag());
    CHECK(file.ask().body() == "abcdefghij");
    CHECK_THROWS_AS(file.loop.replace_content("x", made), std::out_of_range);
}

TEST_CASE("If-Range keeps the parts of two files apart") {
    one_file file;
    auto const client = connect(file.loop, origin::files);
    std::string const target = file.target();
    header_list const rest = {{"Range", "bytes=5-"},
                              {"If-Range", export_content("0123456789").entity_tag()}};
    auto const same = client->ask("GET", target, rest);
    CHECK(same.result_int() == 206);
    CHECK(same.body() == "56789");

    file.loop.replace_content(file.id, "ABCDEFGHIJKL");
    auto const other = client->ask("GET", target, rest);
    CHECK(other.result_int() == 200);
    CHECK(other.body() == "ABCDEFGHIJKL");
    CHECK(other["ETag"] == export_content("ABCDEFGHIJKL").entity_tag());
}

TEST_CASE("an answer under way goes on with the content that it began with") {
    one_file file;
    constexpr std::uint64_t size = 20'000'000; // more than the system takes from the server
    file.loop.replace_content(file.id, numbered(size));
    auto const client = connect(file.loop, origin::files);
    client->send("GET " + file.target() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    char byte = 0;
    REQUIRE(boost::asio::read(client->stream(), boost::asio::buffer(&byte, 1)) == 1);
    file.loop.replace_content(file.id, "other");
    file.loop.expire_file_urls();
    std::string rest(size, '\0');
    CHECK(boost::asio::read(client->stream(), boost::asio::buffer(rest)) == size);
}

TEST_CASE("a server may know no ranges or no tags") {
    SUBCASE("no ranges") {
        one_file const file(with(&server_options::ignore_ranges, true));
        auto const answer = file.ask({{"Range", "bytes=10-"}});
        CHECK(answer.result_int() == 200);
        CHECK(answer.body() == "0123456789");
        CHECK(answer.count("Accept-Ranges") == 0);
        CHECK(answer.count("ETag") == 1);
    }
    SUBCASE("no tags") {
        one_file const file(with(&server_options::send_etag, false));
        auto const part = file.ask({{"Range", "bytes=5-"}});
        CHECK(part.result_int() == 206);
        CHECK(part.count("ETag") == 0);
        auto const unsure = file.ask(
            {{"Range", "bytes=5-"}, {"If-Range", export_content("0123456789").entity_tag()}});
        CHECK(unsure.result_int() == 200);
        CHECK(unsure.count("ETag") == 0);
    }
}

TEST_CASE("a cut breaks off the next file after so many bytes, and then no other") {
    for (bool const chunked : {false, true}) {
        CAPTURE(chunked);
        one_file file(with(&server_options::chunked_files, chunked));
        auto const expected = [&](std::string const& bytes, char const* frame) {
            return chunked && !bytes.empty() ? frame + bytes + "\r\n" : bytes;
        };
        file.loop.cut_file_after(4);
        file.loop.cut_file_after(0, connection_end::close);
        file.loop.cut_file_after(9, connection_end::keep_alive);

        auto const cut = file.get_to_end();
        CHECK(cut.first == expected("0123", "4\r\n"));
        CHECK(cut.second == boost::asio::ssl::error::stream_truncated);
        auto const closed = file.get_to_end();
        CHECK(closed.first.empty());
        CHECK(closed.second == boost::asio::error::eof);
        auto const kept = file.get_to_end();
        CHECK(kept.first == expected("012345678", "9\r\n"));
        CHECK(kept.second == boost::asio::error::eof);

        CHECK(file.ask().body() == "0123456789");
        CHECK(file.loop.wait_until_idle(patience));
        CHECK(file.loop.wait_for_answers(1, patience));
        CHECK_FALSE(file.loop.wait_for_answers(2, 0ms));
    }
}

TEST_CASE("a cut may be a reset") {
    one_file file;
    file.loop.cut_file_after(4, connection_end::reset);
    auto const client = connect(file.loop, origin::files);
    client->send("GET " + file.target() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(client->read_to_end().second == boost::asio::error::connection_reset);
    CHECK(file.ask().body() == "0123456789");
}

TEST_CASE("a cut counts the bytes of a range from the start of the answer") {
    one_file file;
    file.loop.cut_file_after(2);
    auto const client = connect(file.loop, origin::files);
    client->send("GET " + file.target() +
                 " HTTP/1.1\r\nHost: localhost\r\nRange: bytes=5-\r\n\r\n");
    CHECK(client->read_to_end().first.ends_with("\r\n\r\n56"));
}

TEST_CASE("what carries no file takes no cut") {
    one_file file;
    file.loop.cut_file_after(4);
    CHECK(file.ask({}, "HEAD").result_int() == 200);
    CHECK(file.ask({{"Range", "bytes=10-"}}).result_int() == 416);
    CHECK(connect(file.loop, origin::files)->ask("GET", "/").result_int() == 403);
    file.loop.respond_next(response_override(200, "[]"), origin::files);
    CHECK(file.ask().body() == "[]");
    CHECK(file.get_to_end().first == "0123");
}

TEST_CASE("an answer shorter than its cut is whole, and the last on its connection") {
    one_file file;
    file.loop.cut_file_after(11);
    auto const got = file.get_to_end();
    CHECK(got.first == "0123456789");
    CHECK(got.second == boost::asio::ssl::error::stream_truncated);
    CHECK(file.loop.wait_for_answers(1, patience));
}

TEST_CASE("credentials of the API are refused, whatever the address") {
    one_file file;
    file.loop.cut_file_after(4);
    for (auto const& field : {authorized(file.loop).front(),
                              std::pair<std::string, std::string>("x-impersonate-user", "user_1")})
        for (char const* const method : {"GET", "HEAD"}) {
            auto const refused = file.ask({field}, method);
            CHECK(refused.result_int() == 400);
            CHECK(refused["Content-Type"] == "text/xml");
            CHECK(refused.count("ETag") == 0);
        }
    auto const refused = connect(file.loop, origin::files)->ask("GET", "/", authorized(file.loop));
    CHECK(refused.result_int() == 400);
    CHECK(refused.body().find("<Code>CredentialsElsewhere</Code>") != std::string::npos);
    CHECK(file.get_to_end().first == "0123"); // the cut is still there
    CHECK(file.ask().body() == "0123456789");
}

TEST_CASE("all addresses expire at a word, and new ones are good") {
    one_file file;
    std::string const old = file.target();
    auto const client = connect(file.loop, origin::files);
    CHECK(client->ask("GET", old).result_int() == 200);
    file.loop.expire_file_urls();
    auto const refused = client->ask("GET", old);
    CHECK(refused.result_int() == 403);
    CHECK(refused["Content-Type"] == "text/xml");
    std::string const fresh = file.target();
    CHECK(fresh != old);
    CHECK(client->ask("GET", fresh).result_int() == 200);
    file.loop.expire_file_urls();
    CHECK(client->ask("GET", fresh).result_int() == 403);
    CHECK(client->ask("GET", old).result_int() == 403);
}

TEST_CASE("a file that has a pace takes its time and arrives whole") {
    for (bool const plain : {false, true}) {
        server_options options = with(&server_options::file_bytes_per_second, 50'000);
        options.plain_http = plain;
        one_file file(options);
        file.loop.replace_content(file.id, numbered(10'000));
        auto const start = std::chrono::steady_clock::now();
        auto const answer = file.ask();
        CHECK(std::chrono::steady_clock::now() - start >= 150ms); // of 200
        std::string expected(10'000, '\0');
        numbered(10'000).read(0, expected);
        CHECK(answer.body() == expected);
    }
}

TEST_CASE("a slow file ends at once with its client or its server") {
    std::optional<one_file> file(with(&server_options::file_bytes_per_second, 1));
    file->loop.replace_content(file->id, numbered(100'000)); // more than a day
    auto const begin = [&] {
        auto client = connect(file->loop, origin::files);
        client->send("GET " + file->target() + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        std::string start(20, '\0');
        boost::asio::read(client->stream(), boost::asio::buffer(start));
        return client;
    };
    for (bool const reset : {false, true}) {
        auto const client = begin();
        reset ? client->hang_up_with_reset() : client->hang_up();
        CHECK(file->loop.wait_until_idle(patience));
    }
    // Bytes that come meanwhile change nothing.
    auto const last = begin();
    last->send("GET / HTTP/1.1\r\n");
    file.reset();
    CHECK(last->read_to_end().second);
}

} // TEST_SUITE("testing/server_files")
