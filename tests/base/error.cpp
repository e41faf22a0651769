// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <boost/system/error_code.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <ios>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

TEST_SUITE("base/error") {

namespace {

namespace loop = intheloop;
using loop::condition;
using loop::errc;
using loop::error;
using loop::request_progress;

constexpr struct {
    errc code;
    condition kind;
} conditions[] = {
    {errc::resolve_failed, condition::network},
    {errc::connect_failed, condition::network},
    {errc::connection_lost, condition::network},
    {errc::proxy_unauthorized, condition::proxy},
    {errc::proxy_refused, condition::proxy},
    {errc::proxy_failed, condition::proxy},
    {errc::handshake_failed, condition::tls},
    {errc::certificate_refused, condition::tls},
    {errc::tls_failed, condition::tls},
    {errc::connect_timed_out, condition::timeout},
    {errc::handshake_timed_out, condition::timeout},
    {errc::deadline_exceeded, condition::timeout},
    {errc::stalled, condition::timeout},
    {errc::cancelled, condition::cancelled},
    {errc::client_closed, condition::cancelled},
    {errc::bad_request, condition::bad_request},
    {errc::unauthorized, condition::unauthorized},
    {errc::token_unavailable, condition::unauthorized},
    {errc::forbidden, condition::forbidden},
    {errc::not_found, condition::bad_request},
    {errc::rate_limited, condition::rate_limited},
    {errc::account_not_verified, condition::account_not_verified},
    {errc::server_error, condition::server},
    {errc::unexpected_status, condition::protocol},
    {errc::invalid_http, condition::protocol},
    {errc::response_too_large, condition::protocol},
    {errc::unexpected_content, condition::protocol},
    {errc::missing_body, condition::protocol},
    {errc::invalid_json, condition::decode},
    {errc::unexpected_json, condition::decode},
    {errc::invalid_option, condition::configuration},
    {errc::invalid_request, condition::configuration},
    {errc::file_failed, condition::configuration},
    {errc::queue_full, condition::overloaded},
    {errc::out_of_memory, condition::overloaded},
    {errc::export_failed, condition::export_ended},
    {errc::export_expired, condition::export_ended},
    {errc::file_changed, condition::protocol},
    {errc::export_unclear, condition::export_ended},
};

constexpr condition all_conditions[] = {
    condition::network,       condition::proxy,
    condition::overloaded,    condition::tls,
    condition::timeout,       condition::cancelled,
    condition::unauthorized,  condition::forbidden,
    condition::rate_limited,  condition::account_not_verified,
    condition::bad_request,   condition::server,
    condition::protocol,      condition::decode,
    condition::configuration, condition::export_ended,
};

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

// An error with each of its parts.
error full_error() {
    error e(errc::rate_limited, "in our words");
    e.status = 429;
    e.service_message = "Slow down.";
    e.service_code = "TooMany";
    e.body = "{\"message\":\"Slow down.\"}";
    e.retry_after = std::chrono::seconds(30);
    e.request_id = "req-7";
    e.attempts = 2;
    e.progress = request_progress::response_begun;
    e.endpoint = "GET /x (get_request) -> export_result";
    e.elapsed = std::chrono::milliseconds(1234);
    return e;
}

} // namespace

TEST_CASE("every code belongs to one condition and has a message") {
    std::set<std::string> messages;
    std::set<std::string_view> names;
    for (auto const& row : conditions) {
        boost::system::error_code const code = row.code;
        CAPTURE(code.message());
        CHECK(loop::condition_of(row.code) == row.kind);
        CHECK(code == row.kind);
        CHECK(code == row.code);
        CHECK(&code.category() == &loop::error_category());
        CHECK(code.failed());
        CHECK_FALSE(code.message().empty());
        CHECK(code.message() != "unknown error");
        CHECK(messages.insert(code.message()).second);
        CHECK(names.insert(to_string(row.code)).second);
        CHECK(to_string(row.code).find(' ') == std::string_view::npos);
        for (condition other : all_conditions)
            CHECK((code == other) == (other == row.kind));
    }
    // The codes are numbered without a gap, so the table above lacks none.
    for (int i = 0; i != static_cast<int>(std::size(conditions)); ++i)
        CHECK(static_cast<int>(conditions[i].code) == i + 1);
    boost::system::error_code const beyond(static_cast<int>(std::size(conditions)) + 1,
                                           loop::error_category());
    CHECK(beyond.message() == "unknown error");
    for (condition kind : all_conditions)
        CHECK(beyond != kind);
}

TEST_CASE("what an error is called in metrics: the status of an answer, or the code") {
    CHECK(loop::type_of_error(std::nullopt, 200) == "");
    CHECK(loop::type_of_error(errc::server_error, 503) == "503");
    CHECK(loop::type_of_error(errc::unexpected_status, 302) == "302");
    CHECK(loop::type_of_error(errc::rate_limited, 429) == "429");
    CHECK(loop::type_of_error(errc::rate_limited, 0) == "rate_limited");
    CHECK(loop::type_of_error(errc::connection_lost, 0) == "connection_lost");
    CHECK(loop::type_of_error(errc::connection_lost, 500) == "connection_lost");
    CHECK(loop::type_of_error(errc::invalid_json, 200) == "invalid_json");
    CHECK(to_string(static_cast<errc>(0)) == "unknown");
}

TEST_CASE("every condition has codes and a name") {
    std::set<std::string_view> names;
    for (condition kind : all_conditions) {
        CAPTURE(to_string(kind));
        CHECK(std::any_of(std::begin(conditions), std::end(conditions),
                          [&](auto const& row) { return row.kind == kind; }));
        CHECK(names.insert(to_string(kind)).second);
        CHECK(make_error_condition(kind).message() == to_string(kind));
        CHECK(&make_error_condition(kind).category() == &loop::condition_category());
    }
    CHECK(to_string(condition::account_not_verified) == "account_not_verified");
    CHECK(to_string(static_cast<condition>(99)) == "unknown");
}

TEST_CASE("codes of other categories are none of these conditions") {
    for (condition kind : all_conditions) {
        CHECK(boost::system::error_code() != kind);
        CHECK(make_error_code(boost::system::errc::timed_out) != kind);
        // The same number in another category.
        CHECK(boost::system::error_code(static_cast<int>(errc::cancelled),
                                        boost::system::system_category()) != kind);
    }
    CHECK(std::string_view(loop::error_category().name()) == "intheloop");
    CHECK(loop::error_category() != loop::condition_category());
    CHECK(loop::error_category() != boost::system::system_category());
}

TEST_CASE("an error is a value") {
    error const e = full_error();
    error copy = e;
    copy.detail = "changed";
    CHECK(e.detail == "in our words");
    CHECK(copy.code() == e.code());
    error const moved = std::move(copy);
    CHECK(moved.service_message == "Slow down.");
    static_assert(std::is_nothrow_move_constructible_v<error>);
    CHECK(loop::make_error_code(errc::stalled) == errc::stalled);
    CHECK(e.code() == errc::rate_limited);
    CHECK(e.code() != errc::stalled);
    CHECK(e.code() == condition::rate_limited);
}

TEST_CASE("a default error is none") {
    loop::error const none;
    CHECK_FALSE(none.code());
    CHECK(to_string(none) == "no error");
}

TEST_CASE("an error prints as one line that says all") {
    CHECK(to_string(full_error()) ==
          "rate_limited: too many requests: in our words; HTTP status 429, code TooMany, the "
          "service says \"Slow down.\", retry after 30 s, request id req-7 [GET /x (get_request) "
          "-> export_result; response_begun; attempts 2; 1234 ms]");
    CHECK(to_string(error(errc::connect_failed, "")) == "network: could not connect");
    CHECK(to_string(error(errc::invalid_option, "token is empty")) ==
          "configuration: an option can't be used: token is empty");
    error bare(errc::server_error, "");
    bare.status = 503;
    CHECK(to_string(bare) == "server: the service failed; HTTP status 503");
    CHECK_FALSE(contains(to_string(full_error()), "{\"message\"")); // not the raw body

    std::ostringstream out;
    out << full_error();
    CHECK(out.str() == to_string(full_error()));
}

TEST_CASE("no text of others breaks the line or reaches the terminal as a command") {
    std::string controls;
    for (int c = 0; c != 0x20; ++c)
        controls += static_cast<char>(c);
    controls += '\x7f';
    for (auto member :
         {&error::detail, &error::service_message, &error::service_code, &error::request_id}) {
        error e = full_error();
        e.*member = "a" + controls + "z";
        std::string const line = to_string(e);
        CHECK(std::none_of(line.begin(), line.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        }));
        for (std::string_view shown : {"a\\x00\\x01", "\\t\\n\\x0b", "\\r", "\\x1b", "\\x1f\\x7fz"})
            CHECK(contains(line, shown));
    }
    error e(errc::bad_request, "");
    e.service_message = "\xc4\x8d\xe2\x82\xac\xf0\x9f\x92\xac";
    CHECK(contains(to_string(e), e.service_message));
}

TEST_CASE("the line is UTF-8, whatever the texts are") {
    struct {
        std::string_view text;
        std::string_view shown;
    } const table[] = {
        {"d\xe9j\xe0", "d\\xe9j\\xe0"}, // in another charset
        {"\xc2\x9b"
         "31m",
         "\\xc2\\x9b31m"}, // a control in two bytes
        {"\x9b"
         "31m",
         "\\x9b31m"}, // and in one
        {"a\xe2\x80\xae"
         "b",
         "a\\xe2\\x80\\xaeb"},                                          // another direction
        {"\xc4\x8d\xc4", "\xc4\x8d\\xc4"},                              // cut off
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},                            // half of a pair
        {"\xc0\xaf\xf4\x90\x80\x80", "\\xc0\\xaf\\xf4\\x90\\x80\\x80"}, // no characters
    };
    for (auto const& row : table)
        for (auto member :
             {&error::detail, &error::service_message, &error::service_code, &error::request_id}) {
            CAPTURE(row.shown);
            error e = full_error();
            e.*member = row.text;
            std::string const line = to_string(e);
            CHECK(contains(line, row.shown));
            CHECK(loop::codec::is_utf8(line));
        }
}

TEST_CASE("long texts are cut between characters") {
    for (auto member :
         {&error::detail, &error::service_message, &error::service_code, &error::request_id})
        for (std::string_view character : {"x", "\xc4\x8d", "\xe2\x82\xac", "\xf0\x9f\x92\xac"})
            for (std::size_t before = 0; before != 4; ++before) {
                error e(errc::bad_request, "");
                std::string text(before, '-');
                while (text.size() < 10000)
                    text += character;
                e.*member = text;
                std::string const line = to_string(e);
                CHECK(line.size() < 300);
                CHECK(contains(line, "..."));
                CHECK(loop::codec::is_utf8(line));
            }
    error e(errc::bad_request, std::string(200, 'x'));
    CHECK(to_string(e).ends_with(std::string(200, 'x')));
    e.detail += 'x';
    CHECK(to_string(e).ends_with(std::string(200, 'x') + "..."));
}

TEST_CASE("a line is the same whatever the stream was used for before") {
    std::ostringstream out;
    out << std::hex << std::showbase << std::uppercase;
    out << full_error();
    CHECK(out.str() == to_string(full_error()));
    out.str("");
    out << 255;
    CHECK(out.str() == "0XFF"); // and the stream stays as it was
}

TEST_CASE("how far a request got has a name") {
    CHECK(to_string(request_progress::not_sent) == "not_sent");
    CHECK(to_string(request_progress::partly_sent) == "partly_sent");
    CHECK(to_string(request_progress::sent) == "sent");
    CHECK(to_string(request_progress::response_begun) == "response_begun");
    CHECK(request_progress::not_sent < request_progress::partly_sent);
    CHECK(request_progress::sent < request_progress::response_begun);
}

TEST_CASE("an exception says the line and holds the error") {
    try {
        throw loop::exception(full_error());
    } catch (std::exception const& caught) {
        CHECK(caught.what() == to_string(full_error()));
        auto const* e = dynamic_cast<loop::exception const*>(&caught);
        REQUIRE(e);
        CHECK(e->code() == condition::rate_limited);
        CHECK(e->error().status == 429);
        CHECK(e->error().body == full_error().body);
    }
}

} // TEST_SUITE("base/error")
