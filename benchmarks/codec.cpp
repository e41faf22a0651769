// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Reads the documented answers into their types, and writes the request's body: with this
// library's codec, with Boost.JSON's conversion of described types, and with code that was written
// by hand for these very types. One line of JSON for each says the time of one and how often it
// allocates.
//
//     codec [WHAT HOW TIMES]    only this many of one of them, for a profiler
#include "calls/calls.hpp"
#include "codec_by_hand.hpp"
#include "heap.hpp"

#include <intheloop.hpp>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace json = boost::json;
namespace loop = intheloop;

// The same types as plain structures.
namespace plain {

struct export_result {
    std::string id;
    std::string status;
    std::string url;
};
BOOST_DESCRIBE_STRUCT(export_result, (), (id, status, url))

struct export_request {
    std::int64_t start;
    std::int64_t end;
};
BOOST_DESCRIBE_STRUCT(export_request, (), (start, end))

struct whole_request {
    std::string timezone;
    std::int64_t start;
    std::int64_t end;
    std::string resultFormat;
    std::vector<std::string> tagIds, teamIds;
};
BOOST_DESCRIBE_STRUCT(whole_request, (), (timezone, start, end, resultFormat, tagIds, teamIds))

} // namespace plain

namespace {

constexpr std::string_view completed = calls::server_answer;
constexpr std::string_view pending = R"({
  "id": "6e1cf0db-52d7-4522-97c9-97aa40b14058",
  "status": "PendingOrExpired",
  "url": null
}
)";
constexpr std::string_view problem =
    R"({"message":"The period is too long.","errorCode":"PeriodTooLong"})";
constexpr std::string_view whole_body =
    R"({"timezone":"Europe/Ljubljana","start":1793491200,"end":1794096000,)"
    R"("resultFormat":"Json","tagIds":["tag_1","tag_2"],"teamIds":["team_1"]})";

void require(bool holds) {
    if (!holds)
        throw std::runtime_error("a wrong result");
}

std::string only_what, only_how;
int only_times = 0;

// The median of rounds of many repetitions each.
template <class Work>
void measure(char const* what, char const* how, Work work) {
    constexpr int rounds = 15, repetitions = 20'000;
    if (only_times != 0) {
        for (int i = 0; i < only_times && only_what == what && only_how == how; ++i)
            work();
        return;
    }
    for (int i = 0; i < repetitions; ++i)
        work();
    std::vector<double> nanoseconds;
    nanoseconds.reserve(rounds);
    long const before = heap::now().allocations;
    for (int round = 0; round < rounds; ++round) {
        auto const began = calls::steady::now();
        for (int i = 0; i < repetitions; ++i)
            work();
        std::chrono::duration<double, std::nano> const took = calls::steady::now() - began;
        nanoseconds.push_back(took.count() / repetitions);
    }
    double const allocations =
        static_cast<double>(heap::now().allocations - before) / (rounds * repetitions);
    std::nth_element(nanoseconds.begin(), nanoseconds.begin() + rounds / 2, nanoseconds.end());
    std::printf("{\"what\": \"%s\", \"how\": \"%s\", \"ns\": %.1f, \"allocations\": %.2f}\n", what,
                how, nanoseconds[rounds / 2], allocations);
}

void decode(char const* what, std::string_view text, loop::report::export_status status) {
    measure(what, "intheloop", [&] {
        loop::report::export_result result;
        require(!loop::codec::decode_json(text, result));
        require(result.id == calls::id && result.status == status);
    });
    measure(what, "by hand", [&] {
        loop::report::export_result result;
        by_hand::decode(text, result);
        require(result.id == calls::id && result.status == status);
    });
}

void decode_with_boost() {
    measure("decode", "Boost.JSON", [] {
        auto const result = json::value_to<plain::export_result>(json::parse(completed));
        require(result.id == calls::id);
    });
}

// All three make the error that a call gives, which keeps the body.
void decode_problem() {
    loop::codec::encoded_response answer;
    answer.status = 403;
    answer.body = problem;
    auto const begin = [&] {
        loop::error e(loop::errc::forbidden, {});
        e.status = answer.status;
        e.body = answer.body;
        return e;
    };
    measure("decode an error", "intheloop", [&] {
        loop::report::export_result result;
        loop::codec::json_statistics statistics;
        auto const e = loop::codec::decode_response(answer, result, {}, statistics);
        require(e && e->service_code == "PeriodTooLong");
    });
    measure("decode an error", "Boost.JSON", [&] {
        loop::error e = begin();
        json::value const body = json::parse(answer.body);
        e.service_message = body.at("message").as_string();
        e.service_code = body.at("errorCode").as_string();
        require(e.service_code == "PeriodTooLong");
    });
    measure("decode an error", "by hand", [&] {
        loop::error e = begin();
        by_hand::decode_problem(answer.body, e.service_message, e.service_code);
        require(e.service_code == "PeriodTooLong");
    });
}

void encode(char const* what, loop::report::export_request const& request,
            std::string_view expected) {
    measure(what, "intheloop", [&] {
        std::string body;
        require(!loop::codec::encode_json(body, request));
        require(body == expected);
    });
    measure(what, "by hand", [&] {
        std::string body;
        by_hand::encode(body, request);
        require(body == expected);
    });
}

template <class Plain>
void encode_with_boost(char const* what, Plain const& request, std::string_view expected) {
    measure(what, "Boost.JSON",
            [&] { require(json::serialize(json::value_from(request)) == expected); });
}

void encode_all() {
    std::chrono::sys_seconds const start(std::chrono::seconds{calls::period_start});
    std::chrono::sys_seconds const end(std::chrono::seconds{calls::period_end});
    loop::report::export_request request(start, end);
    encode("encode", request, calls::post_body);
    encode_with_boost("encode", plain::export_request{calls::period_start, calls::period_end},
                      calls::post_body);
    request.timezone = "Europe/Ljubljana";
    request.result_format = loop::report::result_format::json;
    request.tag_ids = {"tag_1", "tag_2"};
    request.team_ids = {"team_1"};
    encode("encode with filters", request, whole_body);
    encode_with_boost("encode with filters",
                      plain::whole_request{"Europe/Ljubljana",
                                           calls::period_start,
                                           calls::period_end,
                                           "Json",
                                           {"tag_1", "tag_2"},
                                           {"team_1"}},
                      whole_body);
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 4) {
        only_what = argv[1];
        only_how = argv[2];
        only_times = std::atoi(argv[3]);
    }
    decode("decode", completed, loop::report::export_status::completed);
    decode_with_boost();
    decode("decode with null", pending, loop::report::export_status::pending_or_expired);
    decode_problem();
    encode_all();
}
