// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A handler that throws anything: its client gets a 500, and the test fails with the text.
#include <client/fixture.hpp>
#include <client/own_route/own_route.hpp>
#include <support/process.hpp>

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("testing/failing_handlers") {

using namespace fixture;
using strings = std::vector<std::string>;

namespace {

class texts_of_failures {
public:
    server_options options() {
        server_options how;
        how.on_handler_failure = [this](std::string const& text) { all.push_back(text); };
        return how;
    }
    strings all;
};

loop::options retrying(server const& s) {
    loop::options how = options_for(s);
    how.retry.max_attempts = 3;
    how.retry.base = 1ms;
    return how;
}

std::string const sentence = "test server: the handler of GET /api/v1/user/{user}/contacts "
                             "(list_request) -> contact threw: ";

// Lets a handler throw; checks the response, and returns what the test is told.
std::string told_about(std::function<void()> const& thrower) {
    texts_of_failures told;
    std::string words;
    {
        server s(told.options());
        s.on(mine::list_contacts, [&](mine::list_request const&) {
            thrower();
            return mine::contact();
        });
        auto const got = call(options_for(s), mine::list_contacts, mine::list_request("u_4711"));
        REQUIRE_FALSE(got);
        CHECK(got.error().status == 500);
        CHECK(got.error().service_code == "HandlerThrew");
        words = got.error().service_message;
        CHECK(s.connections_accepted() == 1);
        CHECK(s.requests().size() == 1);
        CHECK(told.all.empty()); // until the end
    }
    REQUIRE(told.all.size() == 1);
    CHECK(told.all.front() == sentence + words);
    return words;
}

struct no_exception {};

} // namespace

TEST_CASE("whatever a handler throws is a 500 with its text, and is told to the test") {
    CHECK(told_about([] { throw std::runtime_error("broken"); }) == "broken");
    CHECK(told_about([] { throw std::string("a \"text\"\n"); }) == "a \"text\"\n");
    CHECK(told_about([] { throw "characters"; }) == "characters");
    CHECK(told_about([] { throw 7; }) == "int");
    CHECK(contains(told_about([] { throw no_exception(); }), "no_exception"));
    CHECK(told_about([] { throw std::runtime_error(""); }) == "std::runtime_error");
    CHECK(told_about([] { throw static_cast<char const*>(nullptr); }) == "char const*");
    CHECK(told_about([] {
              throw loop::exception(loop::error(loop::errc::not_found, "lost"));
          }).find("lost") != std::string::npos);
}

TEST_CASE("no retry hides a handler that threw once") {
    texts_of_failures told;
    int called = 0;
    {
        server s(told.options());
        s.on(mine::list_contacts, [&](mine::list_request const&) {
            if (++called == 1)
                throw std::runtime_error("only once");
            return mine::contact();
        });
        auto const got = call(retrying(s), mine::list_contacts, mine::list_request("u"));
        REQUIRE_FALSE(got);
        CHECK(got.error().status == 500);
        CHECK(got.error().service_message == "only once");
        CHECK(s.connections_accepted() == 1);
        CHECK(called == 1);
        auto const received = s.requests(mine::list_contacts);
        CHECK(received.size() == 3);
        CHECK_FALSE(received.times(3));
        CHECK_FALSE(received.where([](auto const&) { return true; }).at_least(1));
        CHECK(contains(received.times(3).text(), "got 3; its handler threw: only once"));
        CHECK(s.requests(report::export_report).never());
        // Other routes go on, and so does this one with another handler.
        CHECK(call(options_for(s), report::export_report, week()));
        s.on(mine::list_contacts, [](mine::list_request const&) { return mine::contact(); });
        CHECK(call(options_for(s), mine::list_contacts, mine::list_request("u")));
        CHECK(s.requests(mine::list_contacts).times(4));
    }
    CHECK(told.all == strings{sentence + "only once"});
}

TEST_CASE("an answer that can't be written is a failure of its handler") {
    texts_of_failures told;
    {
        server s(told.options());
        s.on(mine::list_contacts, [](mine::list_request const&) {
            mine::contact made;
            made.id = "\xff";
            return made;
        });
        auto const got = call(options_for(s), mine::list_contacts, mine::list_request("u"));
        REQUIRE_FALSE(got);
        CHECK(got.error().status == 500);
    }
    CHECK(told.all.size() == 1);
}

TEST_CASE("handlers that do their work are not told about") {
    texts_of_failures told;
    {
        server s(told.options());
        s.on(mine::list_contacts, [](mine::list_request const&) { return mine::contact(); });
        s.script(mine::list_contacts, {loop::testing::fault::status(500)});
        CHECK_FALSE(call(options_for(s), mine::list_contacts, mine::list_request("u")));
        CHECK(call(options_for(s), mine::list_contacts, mine::list_request("u")));
    }
    CHECK(told.all.empty());
}

TEST_CASE("a function that throws when it is told does no harm") {
    bool was_told = false;
    {
        server_options how;
        how.on_handler_failure = [&](std::string const&) {
            was_told = true;
            throw 7;
        };
        server s(how);
        s.on(mine::list_contacts,
             [](mine::list_request const&) -> mine::contact { throw no_exception(); });
        CHECK_FALSE(call(options_for(s), mine::list_contacts, mine::list_request("u")));
    }
    CHECK(was_told);
}

// These fail on purpose.

TEST_CASE("(in a program of its own) a REQUIRE in a handler" * doctest::skip()) {
    server s;
    s.on(mine::list_contacts, [](mine::list_request const& got) {
        REQUIRE(got.user == "somebody else");
        return mine::contact();
    });
    auto const got = call(retrying(s), mine::list_contacts, mine::list_request("somebody"));
    MESSAGE("status " << (got ? 0 : got.error().status) << ", connections "
                      << s.connections_accepted());
}

TEST_CASE("(in a program of its own) an exception in a handler" * doctest::skip()) {
    server_options how;
    how.on_handler_failure = [](std::string const& text) { FAIL_CHECK(text); };
    server s(how);
    s.on(mine::list_contacts, [first = true](mine::list_request const&) mutable {
        if (std::exchange(first, false))
            throw std::runtime_error("what was not foreseen");
        return mine::contact();
    });
    static_cast<void>(call(retrying(s), mine::list_contacts, mine::list_request("somebody")));
}

TEST_CASE("(in a program of its own) an exception that nobody is told about" * doctest::skip()) {
    server s;
    s.on(mine::list_contacts, [](mine::list_request const&) -> mine::contact {
        throw std::runtime_error("what was not foreseen");
    });
    static_cast<void>(call(options_for(s), mine::list_contacts, mine::list_request("somebody")));
}

TEST_CASE("under doctest such a test fails, with the text") {
    auto const run = [](char const* name, int expected) {
        tests::process p({std::filesystem::read_symlink("/proc/self/exe").string(), "--no-skip",
                          std::string("-tc=(in a program of its own) ") + name},
                         {});
        CHECK(p.wait() == expected);
        return p.out() + p.err();
    };
    std::string const required = run("a REQUIRE in a handler", 1);
    CHECK(contains(required, "REQUIRE( got.user == \"somebody else\" ) is NOT correct"));
    CHECK(contains(required, "values: REQUIRE( somebody == somebody else )"));
    CHECK(contains(required, "status 500, connections 1"));
    std::string const thrown = run("an exception in a handler", 1);
    CHECK(contains(thrown, "ERROR: " + sentence + "what was not foreseen"));
    CHECK(contains(run("an exception that nobody is told about", 0),
                   sentence + "what was not foreseen"));
}

} // TEST_SUITE("testing/failing_handlers")
