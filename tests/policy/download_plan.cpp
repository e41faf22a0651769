// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Fetches a file with as many requests as necessary: the requests, and the use of the responses.
#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/policy/detail/rate_meter.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

TEST_SUITE("policy/download_plan") {

namespace {

using namespace intheloop::policy;
using std::chrono::seconds;

file_response whole(std::string_view etag, std::optional<std::uint64_t> length) {
    file_response response{200};
    response.length = length;
    response.etag = etag;
    return response;
}
file_response range(std::string_view etag, std::string_view content_range) {
    file_response response{206};
    response.etag = etag;
    response.content_range = content_range;
    return response;
}
file_part part_of(std::uint64_t size, std::string etag, std::optional<std::uint64_t> total) {
    file_part part;
    part.size = size;
    part.etag = std::move(etag);
    part.total = total;
    return part;
}

file_response not_satisfiable(std::string_view content_range, std::string_view etag = {}) {
    file_response response = range(etag, content_range);
    response.status = 416;
    return response;
}
file_response refused(unsigned status, std::string_view body = {}) {
    file_response response{status};
    response.body = body;
    return response;
}

std::string const a = "\"a\"";
std::string const b = "\"b\"";

} // namespace

TEST_CASE("what is missing is asked for with If-Range, if that can be done") {
    struct {
        char const* what;
        file_part part;
        char const* lines;
    } const rows[] = {
        {"nothing there", part_of(0, "", std::nullopt), ""},
        {"nothing but the head", part_of(0, a, 10), ""},
        {"a part", part_of(4, a, 10), "Range: bytes=4-\r\nIf-Range: \"a\"\r\n"},
        {"a part of unknown length", part_of(4, a, std::nullopt),
         "Range: bytes=4-\r\nIf-Range: \"a\"\r\n"},
        {"a part of who knows what", part_of(4, "", 10), ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        CHECK(download_plan(row.part).range_lines() == row.lines);
    }
}

TEST_CASE("the head of an answer says what its bytes are good for") {
    struct {
        char const* what;
        file_part there;
        file_response head;
        body_use use;
        file_part then;
        std::string_view of_0123456789; // what on_bytes lets through
    } const rows[] = {
        {"the first answer", part_of(0, "", std::nullopt), whole(a, 10), body_use::append,
         part_of(0, a, 10), "0123456789"},
        {"a weak tag is none", part_of(0, "", std::nullopt), whole("W/\"a\"", 10), body_use::append,
         part_of(0, "", 10), "0123456789"},
        {"no tag, no length", part_of(0, "", std::nullopt), whole("", std::nullopt),
         body_use::append, part_of(0, "", std::nullopt), "0123456789"},
        {"the rest", part_of(4, a, 14), range(a, "bytes 4-13/14"), body_use::append,
         part_of(4, a, 14), "0123456789"},
        {"the rest, without a tag", part_of(4, a, 14), range("", "bytes 4-13/14"),
         body_use::unusable, part_of(4, "", 14), ""},
        {"a tag that could end the header", part_of(0, "", std::nullopt), whole("\"a\r\nX: \"", 10),
         body_use::append, part_of(0, "", 10), "0123456789"},
        {"two tags", part_of(0, "", std::nullopt), whole("\"a\", \"b\"", 10), body_use::append,
         part_of(0, "", 10), "0123456789"},
        {"the rest says the length", part_of(4, a, std::nullopt), range(a, "bytes 4-13/14"),
         body_use::append, part_of(4, a, 14), "0123456789"},
        {"the rest does not say it", part_of(4, a, 14), range(a, "bytes 4-13/*"), body_use::append,
         part_of(4, a, 14), "0123456789"},
        {"another part", part_of(4, a, 14), range(a, "bytes 5-13/14"), body_use::unusable,
         part_of(4, "", 14), ""},
        {"the part of another file", part_of(4, a, 14), range(b, "bytes 4-13/14"),
         body_use::unusable, part_of(4, "", 14), ""},
        {"a part of another length", part_of(4, a, 14), range(a, "bytes 4-13/15"),
         body_use::unusable, part_of(4, "", 14), ""},
        {"a part that does not say which", part_of(4, a, 14), range(a, ""), body_use::unusable,
         part_of(4, "", 14), ""},
        {"a part that was not asked for", part_of(0, "", std::nullopt), range(a, "bytes 0-9/10"),
         body_use::unusable, part_of(0, "", std::nullopt), ""},
        {"ranges are ignored", part_of(4, a, 10), whole(a, 10), body_use::append, part_of(4, a, 10),
         "456789"},
        {"ranges are ignored, no length", part_of(4, a, std::nullopt), whole(a, std::nullopt),
         body_use::append, part_of(4, a, std::nullopt), "456789"},
        {"another file", part_of(4, a, 10), whole(b, 10), body_use::rewind, part_of(0, b, 10),
         "0123456789"},
        {"a file that does not say which", part_of(4, a, 10), whole("", 10), body_use::rewind,
         part_of(0, "", 10), "0123456789"},
        {"a part that could not be continued", part_of(4, "", 10), whole(a, 10), body_use::rewind,
         part_of(0, a, 10), "0123456789"},
        {"the same tag, another length", part_of(4, a, 10), whole(a, 11), body_use::rewind,
         part_of(0, a, 11), "0123456789"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        download_plan plan(row.there);
        CHECK(plan.on_head(row.head) == row.use);
        CHECK(plan.part().size == row.then.size);
        CHECK(plan.part().etag == row.then.etag);
        CHECK(plan.part().total == row.then.total);
        CHECK_FALSE(plan.gained());
        if (row.use == body_use::unusable) {
            CHECK(plan.range_lines().empty()); // next time the whole
            continue;
        }
        // In pieces of any size.
        for (std::size_t size : {1u, 3u, 10u}) {
            download_plan pieces = plan;
            std::string got;
            std::string_view rest = "0123456789";
            while (!rest.empty()) {
                got += pieces.on_bytes(rest.substr(0, size));
                rest.remove_prefix(std::min(size, rest.size()));
            }
            CHECK(got == row.of_0123456789);
            CHECK(pieces.gained());
            CHECK(pieces.part().size == row.then.size + got.size());
        }
    }
}

TEST_CASE("an answer is the end, or is followed by another request") {
    struct {
        char const* what;
        file_part there;
        file_response response;
        download_step step;
    } const rows[] = {
        {"expired", part_of(4, a, 10), refused(403), download_step::fresh_address},
        {"hidden", part_of(4, a, 10), refused(404), download_step::fresh_address},
        {"refused", part_of(4, a, 10), refused(400, "<Code>InvalidArgument</Code>"),
         download_step::failed},
        {"all was there", part_of(10, a, 10), not_satisfiable("bytes */10", a),
         download_step::done},
        {"all was there, and no one knew", part_of(10, a, std::nullopt),
         not_satisfiable("bytes */10", a), download_step::done},
        {"more than all was there", part_of(11, a, std::nullopt), not_satisfiable("bytes */10"),
         download_step::again},
        {"all of another file", part_of(5, a, 10), not_satisfiable("bytes */5"),
         download_step::again},
        {"all of a file of another tag", part_of(10, a, 10), not_satisfiable("bytes */10", b),
         download_step::again},
        {"no range, and no word why", part_of(10, a, 10), refused(416), download_step::again},
        {"416 to no range", part_of(0, "", std::nullopt), refused(416), download_step::failed},
        {"created", part_of(0, "", std::nullopt), refused(201), download_step::failed},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        download_plan plan(row.there);
        CHECK(plan.on_response(row.response) == row.step);
        if (row.response.status == 416 && row.step == download_step::again)
            CHECK(plan.range_lines().empty());
    }
}

TEST_CASE("whose end a 416 without a tag tells, the last byte says") {
    for (auto const total : {std::optional<std::uint64_t>(10), std::optional<std::uint64_t>()}) {
        CAPTURE(total.has_value());
        download_plan plan(part_of(10, a, total));
        REQUIRE(plan.on_response(not_satisfiable("bytes */10")) == download_step::again);
        CHECK(plan.range_lines() == "Range: bytes=9-\r\nIf-Range: \"a\"\r\n");
        SUBCASE("of this file") {
            for (char const* const said : {"bytes 9-9/10", "bytes 9-9/*"}) {
                CAPTURE(said);
                download_plan one = plan;
                CHECK(one.on_head(range(a, said)) == body_use::append);
                CHECK(one.on_bytes("9") == "");
                CHECK_FALSE(one.gained());
                CHECK(one.part().size == 10);
                CHECK(one.on_response(range(a, said)) == download_step::done);
            }
        }
        SUBCASE("of another file, whose server does not know If-Range") {
            CHECK(plan.on_head(range(b, "bytes 9-9/10")) == body_use::unusable);
            CHECK(plan.range_lines() == "");
        }
        SUBCASE("of a longer file") {
            CHECK(plan.on_head(range(a, "bytes 9-10/11")) == body_use::unusable);
        }
        SUBCASE("another file comes") {
            CHECK(plan.on_head(whole(b, 10)) == body_use::rewind);
        }
        SUBCASE("the same file comes") {
            CHECK(plan.on_head(whole(a, 10)) == body_use::append);
            CHECK(plan.on_bytes("0123456789") == "");
            CHECK(plan.on_response(whole(a, 10)) == download_step::done);
        }
        SUBCASE("that is gone, too") {
            CHECK(plan.on_response(not_satisfiable("bytes */10")) == download_step::again);
            CHECK(plan.range_lines() == "");
        }
        SUBCASE("after a break it is asked for as before") {
            CHECK(plan.on_head(range(a, "bytes 9-9/10")) == body_use::append);
            CHECK(plan.range_lines() == "Range: bytes=10-\r\nIf-Range: \"a\"\r\n");
        }
    }
}

TEST_CASE("the whole, parts of it, and less than was promised") {
    download_plan plan;
    plan.on_head(whole(a, 10));
    plan.on_bytes("0123");
    // It broke; the server gives no more than 3 bytes at once.
    CHECK(plan.range_lines() == "Range: bytes=4-\r\nIf-Range: \"a\"\r\n");
    auto const middle = range(a, "bytes 4-6/10");
    plan.on_head(middle);
    plan.on_bytes("456");
    CHECK(plan.on_response(middle) == download_step::again);
    auto const last = range(a, "bytes 7-9/10");
    plan.on_head(last);
    plan.on_bytes("789");
    CHECK(plan.on_response(last) == download_step::done);

    // A range that brings nothing, or too much, is no progress.
    download_plan none(part_of(4, a, 10));
    none.on_head(middle);
    CHECK(none.on_response(middle) == download_step::failed);
    download_plan more(part_of(4, a, 10));
    more.on_head(range(a, "bytes 4-9/10"));
    more.on_bytes("456789x");
    CHECK(more.on_response(last) == download_step::failed);

    // Ranges are ignored, and the response ends before the missing part begins.
    download_plan less(part_of(4, a, std::nullopt));
    less.on_head(whole(a, std::nullopt));
    CHECK(less.on_bytes("012").empty());
    CHECK_FALSE(less.gained());
    CHECK(less.on_response(whole(a, std::nullopt)) == download_step::failed);

    // The length was known once.
    download_plan shorter(part_of(4, a, 10));
    shorter.on_head(whole(a, std::nullopt));
    CHECK(shorter.on_bytes("012345") == "45");
    CHECK(shorter.on_response(whole(a, std::nullopt)) == download_step::failed);

    // More than the range said.
    download_plan longer(part_of(4, a, std::nullopt));
    longer.on_head(range(a, "bytes 4-9/*"));
    longer.on_bytes("456789");
    CHECK_FALSE(longer.has_too_much());
    longer.on_bytes("x");
    CHECK(longer.has_too_much());
}

TEST_CASE("a range of a file of unknown length is no end: 416 is, or a length") {
    // After a break at 30: a server, or the cache before it, gives ten bytes, and not the length.
    auto const after = [](std::string_view content_range, std::string_view bytes) {
        download_plan plan(part_of(30, a, std::nullopt));
        auto const head = range(a, content_range);
        CHECK(plan.on_head(head) == body_use::append);
        CHECK(plan.on_bytes(bytes) == bytes);
        CHECK(plan.on_response(head) == download_step::again);
        return plan;
    };
    std::string const ten(10, 'x');
    SUBCASE("416 says that it was the end") {
        auto plan = after("bytes 30-39/*", ten);
        CHECK(plan.range_lines() == "Range: bytes=40-\r\nIf-Range: \"a\"\r\n");
        CHECK(plan.on_response(not_satisfiable("bytes */40", a)) == download_step::done);
    }
    SUBCASE("more follows, and in the end a length") {
        auto plan = after("bytes 30-39/*", ten);
        auto const last = range(a, "bytes 40-41/42");
        CHECK(plan.on_head(last) == body_use::append);
        plan.on_bytes("yz");
        CHECK(plan.on_response(last) == download_step::done);
        CHECK(plan.part().total == 42u);
    }
    SUBCASE("any number of them") {
        auto plan = after("bytes 30-39/*", ten);
        for (int i = 40; i != 60; ++i) {
            std::string const one = "bytes " + std::to_string(i) + '-' + std::to_string(i) + "/*";
            CHECK(plan.on_head(range(a, one)) == body_use::append);
            plan.on_bytes("x");
            CHECK(plan.on_response(range(a, one)) == download_step::again);
        }
        CHECK(plan.on_response(not_satisfiable("bytes */60", a)) == download_step::done);
    }
    SUBCASE("the whole comes instead, and says by its own end that it is whole") {
        auto plan = after("bytes 30-39/*", ten);
        auto const all = whole(a, std::nullopt);
        CHECK(plan.on_head(all) == body_use::append);
        CHECK(plan.on_bytes(std::string(45, 'x')).size() == 5);
        CHECK(plan.on_response(all) == download_step::done);
        CHECK(plan.part().size == 45);
    }
    SUBCASE("the whole of another file comes instead") {
        auto plan = after("bytes 30-39/*", ten);
        CHECK(plan.on_head(whole(b, 5)) == body_use::rewind);
    }
    SUBCASE("the end is not where we are: all of it is asked for anew") {
        for (char const* const elsewhere : {"bytes */50", "bytes */39", "bytes */*", ""}) {
            CAPTURE(elsewhere);
            auto plan = after("bytes 30-39/*", ten);
            CHECK(plan.on_response(not_satisfiable(elsewhere)) == download_step::again);
            CHECK(plan.range_lines().empty());
        }
    }
    SUBCASE("another file's end") {
        auto plan = after("bytes 30-39/*", ten);
        CHECK(plan.on_response(not_satisfiable("bytes */40", b)) == download_step::again);
        CHECK(plan.range_lines().empty());
    }
    SUBCASE("a range that is cut goes on where it was cut") {
        auto plan = after("bytes 30-39/*", "xxx");
        CHECK(plan.range_lines() == "Range: bytes=33-\r\nIf-Range: \"a\"\r\n");
    }
    SUBCASE("nothing came: no progress, and no end") {
        download_plan plan(part_of(30, a, std::nullopt));
        auto const empty = range(a, "bytes 30-39/*");
        CHECK(plan.on_head(empty) == body_use::append);
        CHECK(plan.on_response(empty) == download_step::failed);
    }
    SUBCASE("a length that was known once stays") {
        download_plan plan(part_of(30, a, 40));
        auto const head = range(a, "bytes 30-39/*");
        CHECK(plan.on_head(head) == body_use::append);
        plan.on_bytes(ten);
        CHECK(plan.on_response(head) == download_step::done);
    }
    SUBCASE("a length that changes makes it another file") {
        download_plan plan(part_of(30, a, std::nullopt));
        auto const first = range(a, "bytes 30-39/50");
        CHECK(plan.on_head(first) == body_use::append);
        plan.on_bytes(ten);
        CHECK(plan.on_response(first) == download_step::again);
        CHECK(plan.on_head(range(a, "bytes 40-49/60")) == body_use::unusable);
        CHECK(plan.range_lines().empty());
    }
    SUBCASE("several parts in one body are no bytes of the file") {
        for (char const* const type :
             {"multipart/byteranges; boundary=x", "Multipart/ByteRanges;boundary=\"x\""}) {
            download_plan plan(part_of(30, a, std::nullopt));
            auto parts = range(a, "bytes 30-39/*");
            parts.content_type = type;
            CHECK(plan.on_head(parts) == body_use::unusable);
            CHECK(plan.range_lines().empty());
        }
    }
    SUBCASE("the whole says its length, of which more or less is there") {
        for (std::uint64_t const length : {30u, 25u, 45u}) {
            download_plan plan(part_of(30, a, std::nullopt));
            auto const all = whole(a, length);
            CHECK(plan.on_head(all) == body_use::append);
            plan.on_bytes(std::string(length, 'x'));
            CHECK(plan.on_response(all) ==
                  (length < 30 ? download_step::failed : download_step::done));
        }
    }
}

TEST_CASE("what was there before is no progress") {
    download_plan plan;
    for (int i = 0; i != 3; ++i) {
        plan.on_head(whole("", 10));
        plan.on_bytes("0123");
        CHECK(plan.gained() == (i == 0));
    }
    plan.on_head(whole("", 10));
    plan.on_bytes("01234");
    CHECK(plan.gained());
}

TEST_CASE("a tag is that of one resource, and what was kept is not trusted blindly") {
    file_part part = part_of(4, a, 10);
    part.resource = "https://h/week1";
    download_plan plan(part);
    plan.set_resource("https://h/week1");
    CHECK_FALSE(plan.range_lines().empty());
    plan.set_resource("https://h/week2");
    CHECK(plan.range_lines().empty());
    CHECK(plan.on_head(whole(a, 10)) == body_use::rewind);
    CHECK(plan.part().resource == "https://h/week2");
    for (char const* bad : {"a", "\"a", "\"a\r\nX-Evil: 1\r\n\"", "W/\"a\"", "\"a\"b\""})
        CHECK(download_plan(part_of(4, bad, 10)).range_lines().empty());
}

TEST_CASE("a refusal that may mean an expired address, in the words of each service") {
    for (unsigned const status : {401u, 403u, 404u, 410u})
        CHECK(may_have_expired(status, ""));
    for (unsigned const status : {200u, 302u, 402u, 405u, 409u, 412u, 416u, 429u, 451u, 500u, 503u})
        CHECK_FALSE(may_have_expired(status, "ExpiredToken"));
    for (char const* const words :
         {"<Error><Code>ExpiredToken</Code><Message>The provided token has expired.</Message>",
          "<Code>AccessDenied</Code><Message>Request has expired</Message>",
          "<Code>ExpiredToken</Code><Message>Invalid argument.</Message><Details>Request signature "
          "expired at: 2026-11-01T00:00:00Z</Details>",
          "<Code>AuthenticationFailed</Code>", "Signature not valid in the specified time frame",
          "signature NOT VALID in the specified time frame", "{\"code\":\"expired_auth_token\"}",
          "<Code>TokenRefreshRequired</Code>", "URL EXPIRED"}) {
        CAPTURE(words);
        CHECK(may_have_expired(400, words));
    }
    for (char const* const words :
         {"", "<Code>InvalidArgument</Code>", "<Code>InvalidURI</Code>", "X-Amz-Expires", "bad"})
        CHECK_FALSE(may_have_expired(400, words));
}

TEST_CASE("a fresh address that is refused too is refused for good; one that worked may expire") {
    auto const expired = refused(400, "<Code>ExpiredToken</Code>");
    for (auto const& first : {refused(401), refused(403), refused(404), refused(410), expired})
        for (auto const& second :
             {refused(401), refused(403), refused(404), refused(410), expired}) {
            download_plan plan;
            CHECK(plan.on_response(first) == download_step::fresh_address);
            CHECK(plan.on_response(second) == download_step::failed);
        }
    download_plan other;
    for (int i = 0; i != 3; ++i) {
        CHECK(other.on_response(refused(403)) == download_step::fresh_address);
        other.on_head(whole(a, 10));
    }
}

TEST_CASE("Content-Range is read, or refused") {
    CHECK(parse_content_range("bytes 0-0/1")->last == 0u);
    CHECK(parse_content_range("bytes 5-9/10")->total == 10u);
    CHECK(parse_content_range("Bytes 5-9/10")->total == 10u);
    CHECK_FALSE(parse_content_range("bytes 5-9/*")->total);
    CHECK_FALSE(parse_content_range("bytes */10")->first);
    CHECK(parse_content_range("bytes */0")->total == 0u);
    CHECK(parse_content_range("bytes 5-18446744073709551614/*")->last == 18446744073709551614u);
    for (char const* bad : {"",
                            "bytes",
                            "bytes ",
                            "bytes */*",
                            "bytes 5-9",
                            "bytes 9-5/10",
                            "bytes 5-10/10",
                            "bytes 5-9/10 ",
                            "bytes -9/10",
                            "bytes 5-/10",
                            "items 5-9/10",
                            "bytes 5-9/x",
                            "bytes 99999999999999999999-1/2",
                            "bytes 5-9/10,12-13/20",
                            "bytes +5-9/10",
                            "bytes 5-9/",
                            "bytes */",
                            "bytes 5-9/99999999999999999999",
                            "bytes 5-18446744073709551615/*",
                            "bytes 5-18446744073709551615/18446744073709551615"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_content_range(bad));
    }
}

TEST_CASE("a signed address says when it expires") {
    auto const at = [](long long s) { return std::chrono::sys_seconds(seconds(s)); };
    CHECK(expiry_of_address("https://h/x?Expires=1698934975&Signature=a") == at(1698934975));
    CHECK(expiry_of_address("https://h/x?Signature=a&Expires=12") == at(12));
    CHECK(expiry_of_address("https://h/x?Expires=12#f") == at(12));
    for (char const* none :
         {"https://h/x", "https://h/x?", "https://h/Expires=12", "https://h/x?NotExpires=12",
          "https://h/x?Expires=", "https://h/x?Expires=-12", "https://h/x?Expires=12x",
          "https://h/x?Expires=999999999999999999999"}) {
        CAPTURE(none);
        CHECK_FALSE(expiry_of_address(none));
    }
}

TEST_CASE("the rate is that of the last seconds") {
    clock::time_point now{};
    rate_meter meter(now);
    CHECK(meter.rate(now) == 0);
    auto const run = [&](int steps, std::uint64_t bytes) {
        for (int i = 0; i != steps; ++i) {
            now += std::chrono::milliseconds(100);
            meter.add(bytes, now);
        }
        return meter.rate(now);
    };
    CHECK(run(10, 100'000) == doctest::Approx(1e6).epsilon(0.03)); // right from the first second
    CHECK(run(300, 100'000) == doctest::Approx(1e6).epsilon(0.03));
    double const slower = run(30, 10'000); // three seconds later
    CHECK(slower < 0.5e6);
    CHECK(slower > 0.3e6);
    CHECK(run(300, 10'000) == doctest::Approx(1e5).epsilon(0.03));
    now += seconds(60);
    CHECK(meter.rate(now) < 1);
}

} // TEST_SUITE("policy/download_plan")
