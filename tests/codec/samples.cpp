// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The documented samples, both ways.
#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/request.hpp>

#include <support/fixtures.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/samples") {

namespace {

namespace codec = intheloop::codec;
namespace report = intheloop::report;
using std::chrono::seconds;
using std::chrono::sys_seconds;

report::export_result decoded(std::string_view text) {
    report::export_result result;
    codec::json_statistics statistics;
    auto const problem = codec::decode_json(text, result, {}, &statistics);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    CHECK(statistics.unknown_keys == 0);
    return result;
}

} // namespace

TEST_CASE("an export that is completed") {
    std::string const text = support::fixture("export_completed.json");
    auto const result = decoded(text);
    CHECK(result.id == "6e1cf0db-52d7-4522-97c9-97aa40b14058");
    CHECK(result.status == report::export_status::completed);
    CHECK(result.url ==
          "https://reports.intheloop.io/RF_6a1cf0db?Expires=1698934975&Signature=t7Wry-7L~q__"
          "&Key-Pair-Id=K3OIERPZ19GBMM");
    std::string again;
    CHECK_FALSE(codec::encode_json(again, result));
    CHECK(again == text);
}

TEST_CASE("the types say the same samples of themselves") {
    CHECK(report::export_request::sample == support::fixture("export_request.json"));
    CHECK(report::export_result::sample == support::fixture("export_completed.json"));
}

template <class T>
void check_own_sample() {
    if constexpr (requires { T::sample; }) {
        CAPTURE(T::sample);
        T value = intheloop::detail::make_empty<T>();
        codec::json_statistics statistics;
        auto const problem = codec::decode_json(T::sample, value, {}, &statistics);
        CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
        CHECK(statistics.unknown_keys == 0);
        std::string again;
        CHECK_FALSE(codec::encode_json(again, value));
        CHECK(again == T::sample);
    }
}

TEST_CASE("a documented type's sample of itself is a value of it") {
    intheloop::documented_endpoints.for_each([]<class Endpoint>(Endpoint const&) {
        check_own_sample<typename Endpoint::request_type>();
        check_own_sample<typename Endpoint::response_type>();
    });
}

TEST_CASE("an export that is pending or expired") {
    auto const result = decoded(support::fixture("export_pending_or_expired.json"));
    CHECK(result.status == report::export_status::pending_or_expired);
    CHECK(result.url.is_null());
}

TEST_CASE("only the id of an export is required") {
    auto result = decoded(R"({"id":"1"})");
    CHECK_FALSE(result.status);
    CHECK(result.url.is_absent());
    report::export_result none;
    auto const problem = codec::decode_json(R"({"status":"Completed"})", none);
    REQUIRE(problem);
    CHECK(problem->text() == "/id: required, but missing");
    auto const wrong = codec::decode_json(R"({"id":"1","status":7})", none);
    REQUIRE(wrong);
    CHECK(wrong->text() == "/status: expected a string, got 7");
}

TEST_CASE("a status that nobody has seen yet is written back unchanged") {
    std::string const text = R"({"id":"1","status":"Paused","url":null})";
    auto const result = decoded(text);
    REQUIRE(result.status);
    CHECK(result.status->text() == "Paused");
    std::string again;
    CHECK_FALSE(codec::encode_json(again, result));
    CHECK(again == text);
}

TEST_CASE("the request of the sample, with empty filters") {
    report::export_request request{sys_seconds(seconds(1698330175)),
                                   sys_seconds(seconds(1698934975))};
    request.timezone = "Europe/Ljubljana";
    request.result_format = report::result_format::json;
    for (auto* filter :
         {&request.tag_ids, &request.team_ids, &request.teammate_ids, &request.customer_ids})
        filter->emplace();
    codec::encoded_request out;
    CHECK_FALSE(codec::encode_request(report::export_report, request, out));
    std::string const sample = support::fixture("export_request.json");
    CHECK(out.body == sample);

    report::export_request read{sys_seconds(), sys_seconds()};
    CHECK_FALSE(codec::decode_json(sample, read));
    CHECK(read.start == request.start);
    CHECK(read.end == request.end);
    CHECK(read.timezone == request.timezone);
    CHECK(read.result_format == request.result_format);
    CHECK(read.tag_ids == request.tag_ids);
    CHECK(read.customer_ids == request.customer_ids);
}

} // TEST_SUITE("codec/samples")
