// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The context of a trace: each attempt of a call is a span of its own.
#include <client/observer/observed.hpp>

#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("client/observer/propagator") {

using namespace fixture;
using loop::attempt_attributes;

namespace {

// The context of W3C's Trace Context: random ids, one trace, and a span for each attempt.
class w3c_context : public loop::propagator {
public:
    void inject(attempt_attributes const& of, loop::headers& carrier) override {
        CHECK(carrier.empty());
        spans.push_back(hexadecimal(16));
        carrier.append("traceparent", "00-" + trace + '-' + spans.back() + "-01");
        asked.push_back(std::to_string(of.http_request_resend_count) + ' ' +
                        std::string(of.http_request_method) + ' ' + std::string(of.url_template) +
                        ' ' + std::string(of.server_address) + ':' +
                        std::to_string(of.server_port));
        calls.push_back(of.call_id);
    }

    std::string const trace = hexadecimal(32);
    std::vector<std::string> spans;
    std::vector<std::string> asked;
    std::vector<std::uint64_t> calls;

private:
    static std::string hexadecimal(std::size_t digits) {
        static std::mt19937_64 random{std::random_device{}()};
        std::string text;
        while (text.size() != digits)
            text += "0123456789abcdef"[random() % 16];
        return text;
    }
};

// Does what it is told.
class any_propagator final : public loop::propagator {
public:
    explicit any_propagator(std::function<void(loop::headers&)> how) : does(std::move(how)) {}
    void inject(attempt_attributes const&, loop::headers& carrier) override {
        ++asked;
        does(carrier);
    }

    std::function<void(loop::headers&)> does;
    int asked = 0;
};

// An observer that is the propagator too, and notes the order.
class tracer final : public loop::observer, public loop::propagator {
public:
    void inject(attempt_attributes const& of, loop::headers& carrier) override {
        told.push_back("inject " + std::to_string(of.http_request_resend_count));
        carrier.append("traceparent", "00-1-2-01");
    }
    void on_call_started(loop::call_started const&) override { told.push_back("call_started"); }
    void on_attempt_started(loop::attempt_started const& e) override {
        told.push_back("attempt_started " + std::to_string(e.http_request_resend_count));
        size += e.http_request_size;
    }
    void on_attempt_ended(loop::attempt_ended const& e) override {
        told.push_back("attempt_ended " + std::to_string(e.http_request_resend_count));
    }
    void on_call_ended(loop::call_ended const&) override { told.push_back("call_ended"); }

    lines told;
    std::size_t size = 0;
};

class header_recorder final : public loop::exchange_recorder {
public:
    void on_exchange(loop::exchange_record const& told) override {
        recorded += told.request_headers;
    }
    std::string recorded;
};

} // namespace

TEST_CASE("each attempt of a call is a span of its own, of one trace") {
    scene t;
    t.retry_at_once();
    auto const context = std::make_shared<w3c_context>();
    t.how.propagator = context;
    t.s.respond_next(response_override(429, "{}"));
    t.s.respond_next(response_override::bytes("")); // the connection breaks
    REQUIRE(t.post().error().attempts == 2);        // a POST that was sent
    t.s.respond_next(response_override(503, "{}"));
    t.s.respond_next(response_override(503, "{}"));
    t.s.respond_next(response_override(200, good_body));
    REQUIRE(t.get());

    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 5);
    REQUIRE(context->spans.size() == 5);
    for (std::size_t i = 0; i != sent.size(); ++i) {
        CHECK(sent[i].header("traceparent") ==
              "00-" + context->trace + '-' + context->spans[i] + "-01");
        CHECK(sent[i].header("Authorization") == "Bearer " + t.s.token());
    }
    CHECK(std::set(context->spans.begin(), context->spans.end()).size() == 5);

    // With the attributes that the observer is told.
    std::vector<std::uint64_t> calls;
    lines asked;
    for (told const& one : t.log->all())
        if (one.line.starts_with("attempt_started")) {
            calls.push_back(one.call_id);
            asked.push_back(one.line.substr(16, 1) + ' ' + one.about);
        }
    CHECK(context->calls == calls);
    CHECK(context->asked == asked);
}

TEST_CASE("the propagator is asked immediately before the attempt starts, whose size is right") {
    scene t;
    t.retry_at_once();
    auto const traces = std::make_shared<tracer>();
    t.how.observer = traces;
    t.how.propagator = traces;
    t.s.respond_next(response_override(503, "{}"));
    t.s.respond_next(response_override(200, good_body));
    REQUIRE(t.get());
    CHECK(traces->told == lines{"call_started", "inject 0", "attempt_started 0", "attempt_ended 0",
                                "inject 1", "attempt_started 1", "attempt_ended 1", "call_ended"});
    CHECK(traces->size == t.s.application_bytes_received());
}

TEST_CASE("a request that is sent again on another connection has a span of its own") {
    scene t;
    auto const context = std::make_shared<w3c_context>();
    t.how.propagator = context;
    t.s.respond_next(response_override(200, good_body));
    REQUIRE(t.get());
    t.s.respond_next(response_override::bytes("")); // the idle connection had ended
    t.s.respond_next(response_override(200, good_body));
    REQUIRE(t.get());
    auto const sent = t.s.requests();
    REQUIRE(sent.size() == 3);
    CHECK(sent[1].header("traceparent") != sent[2].header("traceparent"));
    CHECK(context->asked.back().starts_with("1 "));
}

TEST_CASE("jobs carry the context, and downloads do not") {
    scene t;
    auto const context = std::make_shared<w3c_context>();
    t.how.propagator = context;
    std::string const url = t.s.file_url(t.s.add_export());
    REQUIRE(t.download(url));
    CHECK(context->asked.empty());
    CHECK_FALSE(t.s.requests().back().header("traceparent"));

    bool polled = false;
    std::optional<loop::export_job> job;
    loop::async_start_export(t.client(), week(), [&](loop::result<loop::export_job> started) {
        job.emplace(std::move(*started));
        job->async_poll([&](auto r) { polled = bool(r); });
    });
    t.run();
    CHECK(polled);
    CHECK(context->asked.size() == 2);
    for (auto const& request : t.s.requests())
        CHECK(request.header("traceparent").has_value() ==
              (request.origin == loop::testing::origin::api));
}

TEST_CASE("headers that a propagator may not add end the call before anything is sent") {
    struct {
        std::function<void(loop::headers&)> does;
        std::string_view detail;
    } const cases[] = {
        {[](loop::headers& to) {
             to.append("traceparent", "hidden");
             to.append("Traceparent", "hidden");
         },
         "propagator: Traceparent can't be set: the request has it already"},
        {[](loop::headers& to) { to.append("x-tenant", "hidden"); },
         "propagator: x-tenant can't be set: the request has it already"},
        {[](loop::headers& to) { to.append("authorization", "hidden"); },
         "propagator: authorization can't be set: the client owns it"},
        {[](loop::headers& to) { to.append("Content-Type", "hidden"); },
         "propagator: Content-Type can't be set: the client owns it"},
        {[](loop::headers& to) { to.append("bag gage", "hidden"); },
         "propagator: the name of header 1 holds a character that can't stand there, at position "
         "4: "
         "a name is made of letters, digits and a few marks such as '-', without a space, a colon, "
         "CR, LF or NUL"},
        {[](loop::headers& to) { to.append("baggage", "hidden\r\nX-Other: 1"); },
         "propagator: the value of baggage must not hold CR, LF, NUL or another control character: "
         "it stands in a header"},
    };
    loop::call_options how;
    how.headers.append("X-Tenant", "12");
    for (auto const& each : cases) {
        scene t;
        t.retry_at_once();
        t.how.propagator = std::make_shared<any_propagator>(each.does);
        auto const refused = call(t.client(), t.io, report::export_report, week(), how);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code() == loop::errc::invalid_option);
        CHECK(refused.error().detail == each.detail);
        CHECK(refused.error().progress == loop::request_progress::not_sent);
        CHECK(refused.error().verdict == loop::retry_verdict::not_retryable);
        CHECK(t.s.requests().empty());
        CHECK(t.s.application_bytes_received() == 0);
        CHECK(t.log->lines().back() == "call_ended 0 0 not_sent error=invalid_option");
        CHECK_FALSE(contains(printed(refused.error()), "hidden"));
    }
}

TEST_CASE("a propagator that throws ends the call, and the connection serves the next one") {
    scene t;
    t.retry_at_once();
    auto code = loop::errc::invalid_option;
    std::string detail = "the propagator threw an exception";
    auto const failing = std::make_shared<any_propagator>([](loop::headers& to) {
        to.append("traceparent", "1");
        throw std::runtime_error("hidden");
    });
    SUBCASE("an exception") {}
    SUBCASE("a thing that is no exception") {
        failing->does = [](loop::headers&) { throw 7; };
    }
    SUBCASE("that there is no memory") {
        failing->does = [](loop::headers&) { throw std::bad_alloc(); };
        code = loop::errc::out_of_memory;
        detail = "";
    }
    t.how.propagator = failing;
    auto const failed = t.post();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == code);
    CHECK(failed.error().detail == detail);
    CHECK(failed.error().progress == loop::request_progress::not_sent);
    CHECK(failing->asked == 1);
    failing->does = [](loop::headers&) {};
    REQUIRE(t.post());
    CHECK(t.s.requests().size() == 1);
    CHECK(t.s.connections_accepted() == 1);
}

TEST_CASE("a propagator that fails at a later attempt ends the call with what was sent before") {
    scene t;
    t.retry_at_once();
    auto const failing = std::make_shared<any_propagator>(nullptr);
    failing->does = [&](loop::headers& to) {
        if (failing->asked == 2)
            to.append("Host", "x");
    };
    t.how.propagator = failing;
    t.s.respond_next(response_override(503, "{}"));
    auto const failed = t.get();
    REQUIRE_FALSE(failed);
    CHECK(failed.error().code() == loop::errc::invalid_option);
    CHECK(failed.error().progress == loop::request_progress::response_begun);
    CHECK(failed.error().attempts == 1);
    REQUIRE(failed.error().earlier_attempts.size() == 1);
    CHECK(failed.error().earlier_attempts.front().status == 503);
    CHECK(t.s.requests().size() == 1);
}

TEST_CASE("a recorder gets the headers of a call, and not those that differ with each attempt") {
    scene t;
    auto const records = std::make_shared<header_recorder>();
    t.how.recorder = records;
    t.how.propagator = std::make_shared<w3c_context>();
    loop::call_options how;
    how.headers.append("X-Tenant", "12");
    REQUIRE(call(t.client(), t.io, report::export_report, week(), how));
    CHECK(contains(records->recorded, "X-Tenant: 12\r\n"));
    CHECK_FALSE(contains(records->recorded, "traceparent"));
}

} // TEST_SUITE("client/observer/propagator")
