// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Reads the 150-byte answer into an object, and writes the request's body: with this library's
// codec, with Boost.JSON's conversion of described types, and by hand for these very bytes. One
// line of JSON for each says the time of one and how often it allocates.
#include "calls/calls.hpp"
#include "heap.hpp"

#include <intheloop.hpp>

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
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

} // namespace plain

namespace {

constexpr std::string_view answer = calls::server_answer;

void require(bool holds) {
    if (!holds)
        throw std::runtime_error("a wrong result");
}

// The median of rounds of many repetitions each.
template <class Work>
void measure(char const* what, char const* how, Work work) {
    constexpr int rounds = 15, repetitions = 20'000;
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

// Takes the value of the next member, which is a string without escapes.
std::string next_value(std::string_view& rest, std::string_view name) {
    require(rest.starts_with(name));
    rest.remove_prefix(name.size());
    auto const end = rest.find('"');
    require(end != rest.npos);
    std::string value(rest.substr(0, end));
    rest.remove_prefix(end);
    return value;
}

void decode() {
    measure("decode", "intheloop", [] {
        loop::report::export_result result;
        require(!loop::codec::decode_json(answer, result));
        require(result.id == calls::id);
    });
    measure("decode", "Boost.JSON", [] {
        auto const result = json::value_to<plain::export_result>(json::parse(answer));
        require(result.id == calls::id);
    });
    measure("decode", "by hand", [] {
        std::string_view rest = answer;
        plain::export_result result;
        result.id = next_value(rest, R"({"id":")");
        result.status = next_value(rest, R"(","status":")");
        result.url = next_value(rest, R"(","url":")");
        require(rest == "\"}" && result.id == calls::id);
    });
}

void encode() {
    std::chrono::sys_seconds const start(std::chrono::seconds(calls::period_start));
    std::chrono::sys_seconds const end(std::chrono::seconds(calls::period_end));
    loop::report::export_request const request(start, end);
    measure("encode", "intheloop", [&] {
        std::string body;
        require(!loop::codec::encode_json(body, request));
        require(body == calls::post_body);
    });
    plain::export_request const same{calls::period_start, calls::period_end};
    measure("encode", "Boost.JSON",
            [&] { require(json::serialize(json::value_from(same)) == calls::post_body); });
    measure("encode", "by hand", [&] {
        auto const append = [](std::string& body, std::int64_t value) {
            char digits[20];
            body.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
        };
        std::string body = R"({"start":)";
        append(body, same.start);
        body += R"(,"end":)";
        append(body, same.end);
        body += '}';
        require(body == calls::post_body);
    });
}

} // namespace

int main() {
    decode();
    encode();
}
