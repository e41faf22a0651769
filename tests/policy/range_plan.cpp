// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Fetches a file in several streams: who asks for which bytes, and the use of the responses.
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/policy/detail/range_plan.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

TEST_SUITE("policy/range_plan") {

namespace {

using namespace intheloop::policy;
using lines = std::vector<std::string>;

constexpr std::uint64_t piece = 10; // so the first stream asks for 40 bytes

file_response range(std::string_view etag, std::string_view content_range) {
    file_response response{206};
    response.etag = etag;
    response.content_range = content_range;
    return response;
}
file_response with_status(unsigned status, std::string_view etag = {}, std::string_view body = {}) {
    file_response response{status};
    response.etag = etag;
    response.body = body;
    return response;
}
std::string asked(range_plan const& plan, std::size_t stream) {
    std::string const text = plan.range_lines(stream);
    return text.substr(0, text.find("\r\n"));
}

// After the head of the answer to the first stream: a file of 400 bytes.
range_plan begun(unsigned streams) {
    range_plan plan(streams, file_part(), piece);
    plan.set_resource("u");
    REQUIRE(plan.take(0));
    REQUIRE(plan.on_head(0, range("\"a\"", "bytes 0-39/400")) == range_step::go_on);
    return plan;
}
file_part known(std::vector<byte_range> ranges, std::optional<std::uint64_t> total = 400) {
    file_part part;
    part.etag = "\"a\"";
    part.resource = "u";
    part.total = total;
    part.ranges = std::move(ranges);
    return part;
}

} // namespace

TEST_CASE("the first stream asks for the beginning, and the others share the rest") {
    range_plan plan(4, file_part(), piece);
    plan.set_resource("u");
    REQUIRE(plan.take(0));
    CHECK(plan.range_lines(0) == "Range: bytes=0-39\r\n");
    CHECK_FALSE(plan.take(1)); // the size is not known
    CHECK_FALSE(plan.is_identified());
    REQUIRE(plan.on_head(0, range("\"a\"", "bytes 0-39/400")) == range_step::go_on);
    for (std::size_t i = 1; i != 4; ++i)
        REQUIRE(plan.take(i));
    CHECK(plan.range_lines(1) == "Range: bytes=40-130\r\nIf-Range: \"a\"\r\n");
    CHECK(asked(plan, 2) == "Range: bytes=131-220");
    CHECK(asked(plan, 3) == "Range: bytes=221-310");
    CHECK(plan.total() == 400);
    CHECK(plan.size() == 0);
    plan.on_written(0, 40);
    CHECK(plan.on_response(0, range("\"a\"", "")) == range_step::go_on);
    REQUIRE(plan.take(0));
    CHECK(asked(plan, 0) == "Range: bytes=311-399");
    CHECK(plan.size() == 40);
    CHECK_FALSE(plan.is_done());
}

TEST_CASE("until the file is identified, the first stream that is left asks alone") {
    range_plan plan(3, file_part(), piece);
    REQUIRE(plan.take(0));
    plan.give_back(0);
    CHECK_FALSE(plan.take(1));
    REQUIRE(plan.take(0));
    CHECK_FALSE(plan.take(0));
    plan.give_back(0);
    plan.retire(0);
    CHECK_FALSE(plan.take(2));
    CHECK(plan.take(1));
}

TEST_CASE("a small file comes in one request") {
    for (auto const* content_range : {"bytes 0-39/40", "bytes 0-8/9"}) {
        range_plan plan(4, file_part(), piece);
        REQUIRE(plan.take(0));
        REQUIRE(plan.on_head(0, range("\"a\"", content_range)) == range_step::go_on);
        CHECK_FALSE(plan.take(1));
        plan.on_written(0, *plan.total());
        CHECK(plan.is_done());
        CHECK_FALSE(plan.must_cut(0));
        CHECK(plan.on_response(0, range("\"a\"", "")) == range_step::go_on);
        CHECK_FALSE(plan.take(0));
    }
}

TEST_CASE("a stream that has nothing left takes half of the longest rest") {
    range_plan plan = begun(2);
    REQUIRE(plan.take(1)); // 40 to 220, half of what is missing
    CHECK(asked(plan, 1) == "Range: bytes=40-220");
    plan.on_written(0, 40);
    plan.give_back(0);
    REQUIRE(plan.take(0));
    CHECK(asked(plan, 0) == "Range: bytes=221-399");
    REQUIRE(plan.on_head(0, range("\"a\"", "bytes 221-399/400")) == range_step::go_on);
    REQUIRE(plan.on_head(1, range("\"a\"", "bytes 40-220/400")) == range_step::go_on);
    plan.on_written(0, 179);
    plan.give_back(0);
    plan.on_written(1, 20); // slow: 60 to 221 is its rest
    REQUIRE(plan.take(0));
    CHECK(asked(plan, 0) == "Range: bytes=140-220");
    CHECK(plan.fit(1, std::string(100, 'x')).size() == 80);
    CHECK_FALSE(plan.must_cut(1));
    plan.on_written(1, 80);
    CHECK(plan.must_cut(1)); // its response goes on with what is no longer its own
    plan.give_back(1);
    REQUIRE(plan.take(1));
    CHECK(asked(plan, 1) == "Range: bytes=180-220");
    plan.on_written(0, 30); // 10 left
    plan.on_written(1, 22); // 19 left
    CHECK(plan.streams_left() == 2);
    CHECK(plan.size() == 40 + 179 + 100 + 30 + 22);
}

TEST_CASE("a rest that is not worth a request is left to its stream") {
    range_plan plan = begun(2);
    REQUIRE(plan.take(1));
    plan.on_written(0, 40);
    plan.give_back(0);
    REQUIRE(plan.take(0));
    plan.on_written(0, 179);
    plan.give_back(0);
    plan.on_written(1, 162); // 19 of 181 are left
    CHECK_FALSE(plan.take(0));
    plan.on_written(1, 19);
    CHECK(plan.is_done());
}

TEST_CASE("what breaks is asked for again, by any stream") {
    range_plan plan = begun(3);
    REQUIRE(plan.take(1));
    REQUIRE(plan.take(2));
    CHECK(asked(plan, 1) == "Range: bytes=40-160");
    CHECK(asked(plan, 2) == "Range: bytes=161-280");
    plan.on_written(1, 11);
    plan.give_back(1);
    plan.on_written(0, 15);
    plan.give_back(0);
    auto const part = plan.part();
    CHECK(part.ranges == std::vector<byte_range>{{0, 15}, {40, 51}});
    CHECK(part.size == 26);
    CHECK(part.etag == "\"a\"");
    CHECK(part.resource == "u");
    CHECK(part.total == 400);
    REQUIRE(plan.take(1));
    CHECK(asked(plan, 1) == "Range: bytes=15-39"); // up to what is there
    plan.retire(0);
    CHECK_FALSE(plan.take(0));
    CHECK(plan.streams_left() == 2);
    plan.give_back(1);
    plan.give_back(2);
    REQUIRE(plan.take(2));
    CHECK(asked(plan, 2) == "Range: bytes=15-39");
    REQUIRE(plan.take(1));
    CHECK(asked(plan, 1) == "Range: bytes=51-225"); // a share of what became one range again
}

TEST_CASE("the head of the first answer says whether there are ranges at all") {
    struct {
        char const* what;
        file_response head;
        range_step step;
    } const rows[] = {
        {"a range", range("\"a\"", "bytes 0-39/400"), range_step::go_on},
        {"less than was asked for", range("\"a\"", "bytes 0-3/400"), range_step::go_on},
        {"more than was asked for", range("\"a\"", "bytes 0-399/400"), range_step::go_on},
        {"the whole file", with_status(200, "\"a\""), range_step::one_stream},
        {"no tag", range("", "bytes 0-39/400"), range_step::one_stream},
        {"a weak tag", range("W/\"a\"", "bytes 0-39/400"), range_step::one_stream},
        {"no size", range("\"a\"", "bytes 0-39/*"), range_step::one_stream},
        {"no range", range("\"a\"", ""), range_step::one_stream},
        {"another range", range("\"a\"", "bytes 1-39/400"), range_step::one_stream},
        {"a range beyond the file", range("\"a\"", "bytes 0-39/39"), range_step::one_stream},
        {"a range backwards", range("\"a\"", "bytes 39-0/400"), range_step::one_stream},
        {"a number that is too long", range("\"a\"", "bytes 0-39/99999999999999999999"),
         range_step::one_stream},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        range_plan plan(2, file_part(), piece);
        REQUIRE(plan.take(0));
        CHECK(plan.on_head(0, row.head) == row.step);
    }
    range_plan plan(2, file_part(), piece);
    REQUIRE(plan.take(0));
    auto head = range("\"a\"", "bytes 0-39/400");
    head.content_type = "multipart/byteranges; boundary=x";
    CHECK(plan.on_head(0, head) == range_step::one_stream);
    head.content_type = {};
    head.length = 41; // contradicts the range
    CHECK(plan.on_head(0, head) == range_step::one_stream);
}

TEST_CASE("less or more than was asked for is used as far as it goes") {
    range_plan plan(2, file_part(), piece);
    REQUIRE(plan.take(0));
    REQUIRE(plan.on_head(0, range("\"a\"", "bytes 0-3/400")) == range_step::go_on);
    plan.on_written(0, 4);
    CHECK_FALSE(plan.must_cut(0));
    CHECK(plan.on_response(0, range("\"a\"", "")) == range_step::go_on);
    REQUIRE(plan.take(0));
    CHECK(asked(plan, 0) == "Range: bytes=4-202");
    REQUIRE(plan.on_head(0, range("\"a\"", "bytes 4-399/400")) == range_step::go_on);
    CHECK(plan.fit(0, std::string(396, 'x')).size() == 199);
    plan.on_written(0, 199);
    CHECK(plan.must_cut(0));
}

TEST_CASE("the head of a later answer says whether it is still the same file") {
    struct {
        char const* what;
        file_response head;
        range_step step;
    } const rows[] = {
        {"the same", range("\"a\"", "bytes 40-220/400"), range_step::go_on},
        {"another tag", range("\"b\"", "bytes 40-220/400"), range_step::start_over},
        {"another size", range("\"a\"", "bytes 40-220/401"), range_step::start_over},
        {"the whole of another file", with_status(200, "\"b\""), range_step::start_over},
        {"the whole of a file without a tag", with_status(200), range_step::start_over},
        {"the whole file", with_status(200, "\"a\""), range_step::one_stream},
        {"no tag", range("", "bytes 40-220/400"), range_step::one_stream},
        {"another range", range("\"a\"", "bytes 41-220/400"), range_step::one_stream},
        {"the size is gone", range("\"a\"", "bytes 40-220/*"), range_step::one_stream},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        range_plan plan = begun(2);
        plan.on_written(0, 5);
        REQUIRE(plan.take(1));
        CHECK(plan.on_head(1, row.head) == row.step);
        if (row.step != range_step::start_over)
            continue;
        CHECK_FALSE(plan.is_identified());
        CHECK(plan.size() == 0);
        CHECK(plan.fit(0, "late bytes").empty());
        REQUIRE(plan.take(0));
        CHECK(plan.range_lines(0) == "Range: bytes=0-39\r\n");
    }
}

TEST_CASE("a file that changes again and again is fetched in one stream") {
    range_plan plan = begun(2);
    plan.on_written(0, 30);
    lines steps;
    for (int i = 0; i != 4; ++i) {
        if (!plan.is_identified()) {
            plan.give_back(0);
            REQUIRE(plan.take(0));
            REQUIRE(plan.on_head(0, range("\"a\"", "bytes 0-39/400")) == range_step::go_on);
        }
        REQUIRE(plan.take(1));
        bool const again = plan.on_head(1, with_status(200, "\"b\"")) == range_step::start_over;
        steps.push_back(again ? "again" : "one");
    }
    CHECK(steps == lines{"again", "again", "again", "one"}); // the first one had brought bytes
}

TEST_CASE("a refused address is replaced once, however many streams meet it") {
    range_plan plan = begun(3);
    REQUIRE(plan.take(1));
    REQUIRE(plan.take(2));
    CHECK(plan.on_response(1, with_status(403)) == range_step::fresh_address);
    plan.use_fresh_address();
    CHECK(plan.on_response(2, with_status(403)) == range_step::go_on); // it asked the old one
    REQUIRE(plan.take(2));
    CHECK(plan.on_response(2, with_status(403)) == range_step::failed); // and the fresh one
    REQUIRE(plan.take(1));
    REQUIRE(plan.on_head(1, range("\"a\"", plan.range_lines(1).find("40-") != std::string::npos
                                               ? "bytes 40-399/400"
                                               : "bytes 0-39/400")) == range_step::go_on);
    REQUIRE(plan.take(2));
    CHECK(plan.on_response(2, with_status(410)) == range_step::fresh_address); // it had worked
    CHECK(plan.on_response(1, with_status(400, {}, "<Code>ExpiredToken</Code>")) ==
          range_step::fresh_address);
    CHECK(plan.on_response(1, with_status(400)) == range_step::failed);
    CHECK(plan.on_response(1, with_status(500)) == range_step::failed);
}

TEST_CASE("a file that became shorter, and one that is empty") {
    range_plan plan = begun(2);
    REQUIRE(plan.take(1));
    CHECK(plan.on_response(1, with_status(416)) == range_step::start_over);
    range_plan empty(2, file_part(), piece);
    REQUIRE(empty.take(0));
    CHECK(empty.on_response(0, with_status(416)) == range_step::one_stream);
}

TEST_CASE("an answer that ended early counts if it brought something") {
    range_plan plan = begun(2);
    CHECK(plan.on_response(0, range("\"a\"", "")) == range_step::failed);
    REQUIRE(plan.take(0));
    REQUIRE(plan.on_head(0, range("\"a\"", "bytes 0-39/400")) == range_step::go_on);
    plan.on_written(0, 1);
    CHECK(plan.on_response(0, range("\"a\"", "")) == range_step::go_on);
}

TEST_CASE("a part that is there is gone on with by all streams at once, if it can be trusted") {
    range_plan plan(2, known({{0, 100}, {200, 300}}), piece);
    CHECK_FALSE(plan.set_resource("u"));
    CHECK(plan.is_identified());
    CHECK(plan.size() == 200);
    REQUIRE(plan.take(0));
    REQUIRE(plan.take(1));
    CHECK(plan.range_lines(0) == "Range: bytes=100-199\r\nIf-Range: \"a\"\r\n");
    CHECK(asked(plan, 1) == "Range: bytes=300-399");

    file_part prefix = known({});
    prefix.size = 100;
    range_plan of_one_stream(2, prefix, piece);
    REQUIRE(of_one_stream.take(1));
    CHECK(asked(of_one_stream, 1) == "Range: bytes=100-250");

    range_plan whole(2, known({{0, 400}}), piece); // asks whether it is still the file
    CHECK_FALSE(whole.is_done());
    REQUIRE(whole.take(0));
    CHECK(asked(whole, 0) == "Range: bytes=390-399");

    file_part weak = known({{0, 100}});
    weak.etag = "W/\"a\"";
    for (auto const& bad :
         {known({}), known({{0, 401}}), known({{100, 200}, {150, 300}}), known({{9, 1}}), weak,
          known({{0, 100}}, std::nullopt), known({{0, 0}}, 0)}) {
        range_plan anew(2, bad, piece);
        CHECK_FALSE(anew.is_identified());
        CHECK(anew.size() == 0);
    }
    range_plan elsewhere(2, known({{0, 100}}), piece);
    CHECK(elsewhere.set_resource("v"));
    CHECK_FALSE(elsewhere.is_identified());
}

TEST_CASE("so many ranges are noted, and what is left out is asked for again") {
    std::vector<byte_range> many;
    for (std::uint64_t i = 0; i != 50; ++i)
        many.push_back({i * 20, i * 20 + 10});
    range_plan plan(2, known(many, 1000), piece);
    CHECK(plan.size() == 500);
    auto const part = plan.part(7);
    CHECK(part.ranges.size() == 7);
    CHECK(part.size == 70);
}

TEST_CASE("whatever happens, each byte is written, and once only") {
    for (std::uint64_t seed = 0; seed != 300; ++seed) {
        CAPTURE(seed);
        intheloop::detail::random_numbers random(seed);
        auto const below = [&](std::uint64_t most) { return random.next() % most; };
        std::uint64_t const total = 1 + below(2000);
        std::size_t const streams = 1 + below(16);
        range_plan plan(static_cast<unsigned>(streams), file_part(), piece);
        std::vector<int> times(total);
        struct one {
            std::uint64_t left = 0; // of its response
            bool sent = false, begun = false;
        };
        std::vector<one> of(streams);
        for (int step = 0; !plan.is_done(); ++step) {
            REQUIRE(step != 200'000);
            std::size_t const i = below(streams);
            if (!of[i].sent) {
                of[i] = one();
                of[i].sent = plan.take(i);
                continue;
            }
            bool const breaks = below(20) == 0;
            if (breaks) {
                plan.give_back(i);
                of[i].sent = false;
            } else if (!of[i].begun) {
                // The range that was asked for may have become shorter since: the server does not
                // know. It may also send less, or more.
                std::uint64_t const first = plan.position(i);
                std::uint64_t const last = first + below(total - first);
                std::string const text = "bytes " + std::to_string(first) + '-' +
                                         std::to_string(last) + '/' + std::to_string(total);
                REQUIRE(plan.on_head(i, range("\"a\"", text)) == range_step::go_on);
                of[i].begun = true;
                of[i].left = last - first + 1;
            } else {
                std::string const bytes(std::min(of[i].left, 1 + below(50)), 'x');
                auto const wanted = plan.fit(i, bytes);
                for (std::size_t k = 0; k != wanted.size(); ++k)
                    ++times[plan.position(i) + k];
                plan.on_written(i, wanted.size());
                of[i].left -= bytes.size();
                if (wanted.size() < bytes.size() || plan.must_cut(i)) {
                    plan.give_back(i);
                    of[i].sent = false;
                } else if (of[i].left == 0) {
                    REQUIRE(plan.on_response(i, range("\"a\"", "")) == range_step::go_on);
                    of[i].sent = false;
                }
                std::uint64_t sum = 0;
                for (byte_range const& there : plan.part(1000).ranges)
                    sum += there.size();
                REQUIRE(sum == plan.size());
            }
        }
        for (int const count : times)
            REQUIRE(count == 1);
    }
}

} // TEST_SUITE("policy/range_plan")
