// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The examples of observers, run as a user runs them, against the test server. Each is there only
// where its library is.
#include "../../examples/open_spans.hpp"
#include "program.hpp"

#include <support/process.hpp>

#include <intheloop.hpp>
#include <intheloop/testing.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("examples/observers") {

namespace {

using namespace intheloop::testing;
using tests::content_of;
using tests::example_program;
using tests::process;
using tests::scratch_directory;

bool is_missing(char const* name) {
    return !std::filesystem::exists(example_program(name));
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

// A server whose exports are done at once, and the environment of a program that is told about it.
class scene {
public:
    scene() : loop(completed()) {
        auto const authority = directory.path / "ca.pem";
        std::ofstream(authority) << loop.ca_certificate();
        environment = {{"INTHELOOP_BASE_URL", loop.base_url()},
                       {"INTHELOOP_TOKEN", loop.token()},
                       {"INTHELOOP_IMPERSONATE_USER", "user_of_a_test"},
                       {"SSL_CERT_FILE", authority.string()}};
    }

    // The export that the program starts is there already; the first look at it fails.
    void fail_once() {
        loop.respond_next(response_override(200, R"({"id":")" + loop.add_export() + R"("})"));
        loop.respond_next(response_override(503, "{}"));
    }
    bool has_secret(std::string_view text) const {
        return contains(text, loop.token()) || contains(text, "user_of_a_test") ||
               contains(text, "Signature");
    }

    server loop;
    scratch_directory directory;
    process::variables environment;

private:
    static server_options completed() {
        server_options options;
        options.statuses = {"Completed"};
        return options;
    }
};

std::vector<std::string> lines_of(std::string const& text) {
    std::vector<std::string> found;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        found.push_back(line);
    return found;
}

// Returns a scrape of http://127.0.0.1:PORT/metrics.
std::string scraped(std::string const& url) {
    namespace asio = boost::asio;
    namespace http = boost::beast::http;
    std::smatch port;
    REQUIRE(std::regex_match(url, port, std::regex("http://127\\.0\\.0\\.1:(\\d+)/metrics")));
    asio::io_context io;
    asio::ip::tcp::socket peer(io);
    peer.connect(
        {asio::ip::address_v4::loopback(), static_cast<unsigned short>(std::stoul(port[1].str()))});
    http::request<http::empty_body> request(http::verb::get, "/metrics", 11);
    request.set(http::field::host, "127.0.0.1");
    http::write(peer, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> answer;
    http::read(peer, buffer, answer);
    CHECK(answer.result_int() == 200);
    return answer.body();
}

// The value of the only metric of this name that has all these labels, or -1.
double value_of(std::string const& text, std::string const& name,
                std::vector<std::string> const& labels = {}) {
    double value = -1;
    int found = 0;
    for (std::string const& line : lines_of(text)) {
        bool matches = line.starts_with(name + '{') || line.starts_with(name + ' ');
        for (std::string const& label : labels)
            matches = matches && contains(line, label);
        if (!matches)
            continue;
        value = std::stod(line.substr(line.rfind(' ')));
        ++found;
    }
    return found == 1 ? value : -1;
}

// A trace of which each span counts its ends.
class test_spans : public intheloop::observer, public intheloop::propagator {
public:
    struct span {
        std::string name;
        int ends = 0;
    };
    using pointer = std::shared_ptr<span>;

    void on_call_started(intheloop::call_started const& e) override {
        open_.add_call(e, begin("call"));
    }
    void inject(intheloop::attempt_attributes const& e, intheloop::headers& carrier) override {
        carrier.append("traceparent", begin_attempt(e)->name);
    }
    void on_attempt_started(intheloop::attempt_started const& e) override { begin_attempt(e); }
    void on_attempt_ended(intheloop::attempt_ended const& e) override {
        if (pointer const ended = open_.take_attempt(e))
            ++ended->ends;
    }
    void on_call_ended(intheloop::call_ended const& e) override {
        auto const ended = open_.take_call(e);
        ++ended.call->ends;
        for (auto const& [number, attempt] : ended.attempts)
            ++attempt->ends;
    }

    std::vector<pointer> begun;

private:
    pointer begin(std::string name) {
        begun.push_back(std::make_shared<span>());
        begun.back()->name = std::move(name);
        return begun.back();
    }
    pointer begin_attempt(intheloop::attempt_attributes const& e) {
        return open_.attempt(e, [&](pointer const&) {
            return begin("attempt " + std::to_string(e.http_request_resend_count));
        });
    }

    example::open_spans<pointer> open_;
};

} // namespace

TEST_CASE("logging writes each event in turn, and no secret" *
          doctest::skip(is_missing("logging"))) {
    scene s;
    s.fail_once();
    s.environment["SPDLOG_LEVEL"] = "debug";
    auto const file = s.directory.path / "report.json";
    process p({example_program("logging"), file.string()}, s.environment);
    CHECK(p.wait() == 0);
    INFO(p.err());
    CHECK(p.out() == "Completed\n13908 bytes\n");
    CHECK(content_of(file) == sample_export());
    std::vector<std::string> events;
    for (std::string const& line : lines_of(p.err())) {
        std::smatch parts;
        REQUIRE(std::regex_match(
            line, parts, std::regex("\\S+Z level=(\\w+) event=(\\w+)(?: [a-z._]+=[^ =]+)+")));
        events.push_back(parts[1].str() + ' ' + parts[2].str());
    }
    CHECK(events == std::vector<std::string>{
                        "debug call_started", "debug connection_opened", "debug attempt_started",
                        "debug attempt_ended", "info call_ended", // started
                        "debug call_started", "debug attempt_started", "debug attempt_ended",
                        "warning retry_planned", "debug attempt_started", "debug attempt_ended",
                        "info call_ended", // looked at
                        "debug call_started", "debug connection_opened", "debug attempt_started",
                        "debug attempt_ended", "info call_ended", // downloaded
                        "debug connection_closed", "debug connection_closed"});
    CHECK(contains(p.err(), " event=retry_planned call.id=2 http.request.method=GET "
                            "url.template=/api/v1/report/exports/{id} server.address=localhost "
                            "server.port="));
    CHECK(contains(p.err(), " http.request.resend_count=1 error.type=503 pause="));
    CHECK(contains(p.err(), " event=call_ended call.id=3 http.request.method=GET "
                            "server.address=127.0.0.1 "));
    CHECK_FALSE(s.has_secret(p.err()));
}

TEST_CASE("logging says at its usual level how calls end" * doctest::skip(is_missing("logging"))) {
    scene s;
    s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
    process p({example_program("logging"), (s.directory.path / "report.json").string()},
              s.environment);
    CHECK(p.wait() == 1);
    auto const lines = lines_of(p.err());
    REQUIRE(lines.size() == 2);
    CHECK(contains(lines[0], " level=warning event=call_ended call.id=1 "));
    CHECK(contains(lines[0], " attempts=1 http.response.status_code=401 error.type=401 "));
    CHECK(lines[1].starts_with("logging: unauthorized: "));
    CHECK_FALSE(contains(p.err(), "not-the-token-of-this-server"));
}

TEST_CASE("metrics serves the figures of its calls" * doctest::skip(is_missing("metrics"))) {
    scene s;
    s.fail_once();
    process p({example_program("metrics")}, s.environment);
    REQUIRE(p.says("Ctrl-C"));
    auto const lines = lines_of(p.err());
    REQUIRE(lines.size() == 3);
    CHECK(lines[1] == "Completed");
    std::string const text = scraped(lines[0]);
    INFO(text);

    std::string const get = R"(http_request_method="GET")";
    std::string const route = R"(url_template="/api/v1/report/exports/{id}")";
    std::string const good = R"(http_response_status_code="200")";
    std::string const count = "http_client_request_duration_seconds_count";
    CHECK(contains(text, "# TYPE http_client_request_duration_seconds histogram\n"));
    CHECK(value_of(text, count, {R"(http_request_method="POST")", good}) == 1);
    CHECK(value_of(text, count, {get, route, good}) == 1);
    CHECK(value_of(text, count, {get, route, R"(error_type="503")"}) == 1);
    CHECK(value_of(text, "http_client_request_duration_seconds_bucket",
                   {get, good, R"(le="+Inf")"}) == 1);
    CHECK(value_of(text, "http_client_request_duration_seconds_sum", {get, good}) > 0);
    CHECK(value_of(text, "loop_call_duration_seconds_count", {get, route, good}) == 1);
    CHECK(value_of(text, "loop_retries_total", {get, route, R"(error_type="503")"}) == 1);
    CHECK(value_of(text, "loop_requests_resent_total", {get, route}) == 1);
    std::string const waiting = "loop_call_waiting_seconds_total";
    CHECK(value_of(text, waiting, {get, route, R"(cause="pause")"}) > 0);
    CHECK(value_of(text, waiting, {get, route, R"(cause="token")"}) == 0);
    CHECK(value_of(text, waiting, {R"(method="POST")", R"(cause="connection")"}) > 0);
    std::string const connections = "http_client_open_connections";
    CHECK(value_of(text, connections, {R"(state="idle")"}) == 1);
    CHECK(value_of(text, connections, {R"(state="active")"}) == 0);
    CHECK_FALSE(s.has_secret(text));

    p.kill(SIGINT);
    CHECK(p.wait() == 0);
}

TEST_CASE("metrics shows a call that failed, and takes a port" *
          doctest::skip(is_missing("metrics"))) {
    scene s;
    s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
    process p({example_program("metrics"), "0"}, s.environment);
    REQUIRE(p.says("Ctrl-C"));
    std::string const text = scraped(lines_of(p.err()).front());
    CHECK(value_of(text, "loop_call_duration_seconds_count", {R"(error_type="401")"}) == 1);
    CHECK_FALSE(contains(text + p.err(), "not-the-token-of-this-server"));
    p.kill(SIGTERM);
    CHECK(p.wait() == 0);
}

TEST_CASE("opentelemetry sends the context of each attempt's span, all of one trace" *
          doctest::skip(is_missing("opentelemetry"))) {
    scene s;
    s.fail_once();
    auto const file = s.directory.path / "report.json";
    process p({example_program("opentelemetry"), file.string()}, s.environment);
    CHECK(p.wait() == 0);
    INFO(p.err());
    CHECK(p.err() == "Completed\n");
    CHECK(content_of(file) == sample_export());

    // The spans in the order of their ends: "name" and what identifies them.
    struct ended {
        std::string name, trace, id, parent, kind;
    };
    std::vector<ended> spans;
    for (std::string const& line : lines_of(p.out())) {
        std::smatch parts;
        if (!std::regex_match(line, parts, std::regex("  (\\w[\\w ]*?) *: ?(.*)")))
            continue;
        std::string const value = parts[2];
        if (parts[1] == "name")
            spans.emplace_back().name = value;
        else if (parts[1] == "trace_id")
            spans.back().trace = value;
        else if (parts[1] == "span_id")
            spans.back().id = value;
        else if (parts[1] == "parent_span_id")
            spans.back().parent = value;
        else if (parts[1] == "span kind")
            spans.back().kind = value;
    }
    std::vector<std::string> names;
    for (ended const& one : spans)
        names.push_back(one.name);
    REQUIRE(names == std::vector<std::string>{
                         "attempt POST /api/v1/report/export", "call POST /api/v1/report/export",
                         "attempt GET /api/v1/report/exports/{id}",
                         "attempt GET /api/v1/report/exports/{id}",
                         "call GET /api/v1/report/exports/{id}", "attempt GET (file)",
                         "call GET (file)", "last week"});
    for (ended const& one : spans)
        CHECK(one.trace == spans.back().trace);
    for (std::size_t const call : {1u, 4u, 6u})
        CHECK(spans[call].parent == spans.back().id);
    for (auto const& [attempt, call] : {std::pair(0, 1), std::pair(2, 4), std::pair(3, 4)}) {
        CHECK(spans[std::size_t(attempt)].parent == spans[std::size_t(call)].id);
        CHECK(spans[std::size_t(attempt)].kind == "Client");
    }

    auto const requests = s.loop.requests();
    REQUIRE(requests.size() == 4);
    for (std::size_t i = 0; i != 3; ++i) {
        std::size_t const attempt = i == 0 ? 0 : i + 1;
        CHECK(requests[i].header("traceparent") ==
              "00-" + spans[attempt].trace + '-' + spans[attempt].id + "-01");
    }
    CHECK_FALSE(requests[3].header("traceparent")); // the file
    CHECK(spans[2].id != spans[3].id);
    CHECK(contains(p.out(), "http.request.resend_count: 1"));
    CHECK(contains(p.out(), "error.type: 503"));
    CHECK_FALSE(s.has_secret(p.out() + p.err()));
}

TEST_CASE("spans are kept by attempt, so that both of a hedged call end") {
    server s;
    auto const spans = std::make_shared<test_spans>();
    intheloop::options options;
    options.base_url = s.base_url();
    options.token = s.token();
    options.tls.ca_pem = s.ca_certificate();
    options.observer = spans;
    options.propagator = spans;
    boost::asio::io_context io;
    intheloop::client client(io.get_executor(), options);
    intheloop::report::get_request const request(s.add_export());
    s.hold_next(); // the request that comes first: only the other one is answered
    bool is_answered = false;
    client.async_call(intheloop::report::get_report, request,
                      intheloop::call_options().hedge(std::chrono::milliseconds(1)),
                      [&](auto const& got) {
                          is_answered = got.has_value();
                          s.release();
                      });
    io.run();
    CHECK(is_answered);
    std::set<std::string> names, sent;
    for (auto const& span : spans->begun) {
        CAPTURE(span->name);
        CHECK(span->ends == 1);
        names.insert(span->name);
    }
    CHECK(spans->begun.size() == 3);
    CHECK(names == std::set<std::string>{"call", "attempt 0", "attempt 1"});
    for (auto const& received : s.requests())
        sent.insert(received.header("traceparent").value_or(""));
    CHECK(sent == std::set<std::string>{"attempt 0", "attempt 1"});
}

TEST_CASE("an end without a span is ignored") {
    example::open_spans<std::shared_ptr<int>> spans;
    intheloop::attempt_ended attempt;
    attempt.call_id = 7;
    intheloop::call_ended call;
    call.call_id = 7;
    auto const made = [](auto const&) { return std::make_shared<int>(1); };
    CHECK_FALSE(spans.take_attempt(attempt));
    CHECK_FALSE(spans.attempt(attempt, made)); // its call is not under way
    CHECK_FALSE(spans.take_call(call).call);
    spans.add_call(call, std::make_shared<int>(0));
    CHECK(*spans.attempt(attempt, made) == 1);
    CHECK(spans.take_attempt(attempt));
    CHECK_FALSE(spans.take_attempt(attempt));
    spans.attempt(attempt, made);
    auto const rest = spans.take_call(call);
    CHECK(*rest.call == 0);
    CHECK(rest.attempts.size() == 1);
    CHECK_FALSE(spans.take_attempt(attempt));
}

TEST_CASE("bad usage is told, and nothing is sent") {
    scene s;
    for (std::vector<std::string> command :
         {std::vector{example_program("logging")},
          std::vector{example_program("metrics"), std::string("1"), std::string("2")},
          std::vector{example_program("opentelemetry")}}) {
        if (!std::filesystem::exists(command.front()))
            continue;
        process p(command, s.environment);
        CHECK(p.wait() == 2);
        CHECK(p.err().starts_with("usage: "));
    }
    CHECK(s.loop.requests().empty());
}

} // TEST_SUITE("examples/observers")
