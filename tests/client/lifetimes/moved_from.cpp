// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Operations of a client that was moved from end with errc::client_closed, and leave
// the one that it was moved to as it is.
#include <client/fixture.hpp>

#include "../../../examples/observed_routes.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>

TEST_SUITE("client/lifetimes/moved_from") {

using namespace fixture;

namespace {

using state_of_export = loop::result<report::export_result>;

inline constexpr loop::endpoint<loop::verb::get, "/api/v1/report/exports/{id}/file",
                                report::get_request, loop::raw_body>
    raw_file{};

struct moved {
    server s;
    asio::io_context io;
    loop::client from{io, options_for(s)};
    loop::client to{std::move(from)};
    report::get_request which{s.add_export()};

    // The outcome of an operation: what its handler got.
    template <class Outcome, class Operation>
    Outcome run(Operation operation) {
        std::optional<Outcome> outcome;
        std::move(operation)([&](Outcome got) { outcome.emplace(std::move(got)); });
        CHECK_FALSE(outcome); // never from within
        io.restart();
        io.run();
        REQUIRE(outcome);
        return std::move(*outcome);
    }
};

template <class Result>
void check_closed(Result const& outcome) {
    REQUIRE_FALSE(outcome.has_value());
    CHECK_MESSAGE(outcome.error().code() == loop::errc::client_closed, outcome.error());
    CHECK(outcome.error().progress == loop::request_progress::not_sent);
}

std::optional<loop::error> failure_of_read(moved& t, std::unique_ptr<loop::byte_source> source) {
    std::string bytes;
    return t.run<std::optional<loop::error>>(
        [&](auto handler) { source->async_read(bytes, std::move(handler)); });
}

} // namespace

TEST_CASE("calls of a client that was moved from end as those of a closed one") {
    moved t;
    auto const called = t.run<state_of_export>(
        [&](auto handler) { t.from.async_call(report::get_report, t.which, std::move(handler)); });
    check_closed(called);
    CHECK(called.error().verdict == loop::retry_verdict::not_retryable);
    check_closed(t.run<loop::result<loop::export_job>>(
        [&](auto handler) { loop::async_start_export(t.from, week(), std::move(handler)); }));
    check_closed(t.run<loop::result<loop::download_summary>>([&](auto handler) {
        loop::async_download(t.from, t.s.file_url(t.which.id), "never_written", std::move(handler));
    }));
    loop::item_reader comments(t.from, observed::list_comments,
                               observed::comment_request({"card_1"}));
    using comment = loop::next_row<decltype(comments)::item_type>;
    CHECK(t.run<comment>([&](auto handler) { comments.async_next(std::move(handler)); })
              .error()
              .code() == loop::errc::client_closed);

    auto const of_response = failure_of_read(t, loop::open_response(t.from, raw_file, t.which));
    REQUIRE(of_response);
    CHECK(of_response->code() == loop::errc::client_closed);
    auto const of_download =
        failure_of_read(t, loop::open_download(t.from, t.s.file_url(t.which.id)));
    REQUIRE(of_download);
    CHECK(of_download->code() == loop::errc::client_closed);

    auto const job = loop::attach_export(t.from, t.which.id);
    check_closed(t.run<state_of_export>([&](auto handler) { job.async_poll(std::move(handler)); }));
    auto const resumed = loop::resume_export(t.from, job.resume_token());
    REQUIRE(resumed);
    check_closed(
        t.run<state_of_export>([&](auto handler) { resumed->async_wait(std::move(handler)); }));

    CHECK(t.s.requests().empty());
    CHECK(call(t.to, t.io, report::get_report, t.which).has_value());
}

TEST_CASE("a client that was moved from can be asked, closed, moved and destroyed") {
    moved t;
    CHECK(t.from.get_executor() == t.to.get_executor());
    CHECK(t.from.origin() == t.to.origin());
    CHECK(t.from.statistics().calls_started == 0);
    CHECK(t.from.explain(report::get_report, loop::answered_with(404)).verdict ==
          t.to.explain(report::get_report, loop::answered_with(404)).verdict);
    t.from.set_token(loop::secret("another_token_in_a_test"));

    bool closed = false;
    t.from.async_close([&] { closed = true; });
    CHECK_FALSE(closed);
    t.io.run();
    CHECK(closed);

    {
        loop::client again(std::move(t.from));
        check_closed(call(again, t.io, report::get_report, t.which));
        check_closed(call(t.from, t.io, report::get_report, t.which));
    }
    // The token and the connections of the other one are as they were.
    CHECK(call(t.to, t.io, report::get_report, t.which).has_value());

    t.from = std::move(t.to);
    CHECK(call(t.from, t.io, report::get_report, t.which).has_value());
    check_closed(call(t.to, t.io, report::get_report, t.which));
}

TEST_CASE("a client that was moved from may outlive the other") {
    server s;
    asio::io_context io;
    loop::client from(io, options_for(s));
    { loop::client const to(std::move(from)); }
    report::get_request const which(s.add_export());
    check_closed(call(from, io, report::get_report, which));
}

} // TEST_SUITE("client/lifetimes/moved_from")
