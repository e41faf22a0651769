// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The library's own types in the forms that its documentation shows, against the test server.
#include <intheloop.hpp>
#include <intheloop/testing.hpp>

#include <hazards/probe.hpp>

#include <doctest/doctest.h>

#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <string>
#include <type_traits>
#include <utility>

namespace {

using namespace hazards;
namespace loop = intheloop;
namespace report = intheloop::report;
namespace drafts = intheloop::drafts;

// Checks that they are safe where a temporary of them stands in a co_await expression.
static_assert(!std::is_aggregate_v<report::export_request>);
static_assert(!std::is_aggregate_v<report::get_request>);
static_assert(!std::is_aggregate_v<report::export_result>);
static_assert(!std::is_aggregate_v<drafts::create_request>);
static_assert(!std::is_aggregate_v<loop::call_options>);
static_assert(!std::is_aggregate_v<loop::options>);
static_assert(!std::is_aggregate_v<loop::tls_options>);
static_assert(!std::is_aggregate_v<loop::error>);
static_assert(!std::is_aggregate_v<loop::result<report::export_result>>);
static_assert(!std::is_aggregate_v<loop::response<report::export_result>>);
static_assert(!std::is_aggregate_v<loop::testing::server_options>);

constexpr std::chrono::sys_days first_day = std::chrono::sys_days(std::chrono::days(20000));

report::export_request week() {
    report::export_request request(first_day, first_day + std::chrono::days(7));
    request.timezone = "Europe/Ljubljana";
    request.tag_ids = {"tag_with_a_name_longer_than_a_small_string", "tag_2"};
    return request;
}

loop::call_options in_ten_seconds() {
    loop::call_options options;
    options.deadline = std::chrono::seconds(10);
    options.impersonate_user = "user_with_a_name_longer_than_a_small_string";
    return options;
}

// Runs a coroutine that has a client of a test server.
template <class Coroutine>
void with_client(Coroutine coroutine) {
    loop::testing::server server;
    run([&]() -> asio::awaitable<void> {
        loop::options options;
        options.base_url = server.base_url();
        options.token = server.token();
        options.tls.ca_pem = server.ca_certificate();
        loop::client client(co_await asio::this_coro::executor, options);
        co_await coroutine(client);
    });
}

} // namespace

TEST_CASE("a request by name, moved, and made by a function") {
    with_client([](loop::client& client) -> asio::awaitable<void> {
        report::export_request request = week();
        auto first = co_await client.async_call(report::export_report, request);
        CHECK(!first.value().id.empty());
        auto second = co_await client.async_call(report::export_report, std::move(request));
        CHECK(!second.value().id.empty());
        auto third = co_await client.async_call(report::export_report, week());
        CHECK(!third.value().id.empty());
    });
}

TEST_CASE("a request made in the expression") {
    with_client([](loop::client& client) -> asio::awaitable<void> {
        auto started = co_await client.async_call(
            report::export_report,
            report::export_request(first_day, first_day + std::chrono::days(1)));
        CHECK(!started.value().id.empty());
        // co_await-ok: a class with a constructor
        auto braced = co_await client.async_call(report::export_report,
                                                 report::export_request{first_day, first_day});
        CHECK(!braced.value().id.empty());
        auto state =
            co_await client.async_call(report::get_report, report::get_request(started->id));
        CHECK(state.value().id == started->id);
        auto draft = co_await client.async_call(drafts::create_draft, drafts::create_request());
        CHECK(draft.status() == 201);
    });
}

TEST_CASE("call options by name, moved, made by a function and in the expression") {
    with_client([](loop::client& client) -> asio::awaitable<void> {
        loop::call_options options = in_ten_seconds();
        auto named = co_await client.async_call(report::export_report, week(), options);
        CHECK(named.has_value());
        auto moved = co_await client.async_call(report::export_report, week(), std::move(options));
        CHECK(moved.has_value());
        auto made = co_await client.async_call(report::export_report, week(), in_ten_seconds());
        CHECK(made.has_value());
        auto temporary =
            co_await client.async_call(report::export_report, week(), loop::call_options());
        CHECK(temporary.has_value());
    });
}

TEST_CASE("an operation in a statement of its own") {
    with_client([](loop::client& client) -> asio::awaitable<void> {
        auto operation = client.async_call(
            report::export_report, report::export_request{first_day, first_day}, in_ten_seconds());
        auto started = co_await std::move(operation);
        CHECK(started.has_value());
    });
}

TEST_CASE("the value out of the expression, and use_awaitable") {
    with_client([](loop::client& client) -> asio::awaitable<void> {
        auto result = (co_await client.async_call(report::export_report, week())).value();
        CHECK(!result.id.empty());
        std::string id = (co_await client.async_call(report::export_report, week())).value().id;
        CHECK(id != result.id);
        auto again = co_await client.async_call(report::get_report, report::get_request(id),
                                                asio::use_awaitable);
        CHECK(again.value().id == id);
    });
}
