// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/resume_token.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

TEST_SUITE("policy/resume_token") {

namespace {

using namespace std::chrono_literals;
using intheloop::policy::make_resume_token;
using intheloop::policy::parse_resume_token;
using intheloop::policy::resume_token;

constexpr char const* here = "https/api.intheloop.io:443";

resume_token token_of(std::string id, std::string origin = here) {
    resume_token token;
    token.origin = std::move(origin);
    token.started = std::chrono::sys_seconds(1700000000s);
    token.export_id = std::move(id);
    return token;
}

} // namespace

TEST_CASE("a resume token is short plain text") {
    CHECK(make_resume_token(token_of("6e1cf0db-52d7-4522-97c9-97aa40b14058")) ==
          "loop-export/1/https/api.intheloop.io:443/1700000000/"
          "6e1cf0db-52d7-4522-97c9-97aa40b14058");
    CHECK(make_resume_token(token_of("a/b c", "http/[::1]:8080")) ==
          "loop-export/1/http/[::1]:8080/1700000000/a%2Fb%20c");
}

TEST_CASE("what is made is read again") {
    for (std::string const origin : {here, "http/[::1]:8080", "https/127.0.0.1:1"})
        for (std::string const id :
             {"6e1cf0db", "a/b", "100%", "%41", "\xc3\xa4", "a b\n", "x.y~z_"}) {
            CAPTURE(id);
            resume_token read;
            std::string problem;
            std::string const text = make_resume_token(token_of(id, origin));
            CHECK(parse_resume_token(text, origin, read, problem));
            CHECK(parse_resume_token(' ' + text + "\r\n", origin, read, problem)); // as pasted
            CHECK(read.export_id == id);
            CHECK(read.origin == origin);
            CHECK(read.started == std::chrono::sys_seconds(1700000000s));
            CHECK(problem.empty());
        }
}

TEST_CASE("each way in which a token can be wrong has its own words") {
    std::string const begin = "loop-export/1/https/api.intheloop.io:443/";
    struct {
        std::string text;
        std::string problem;
    } const cases[] = {
        {"", "it is empty"},
        {" \n", "it is empty"},
        {begin + "1700000000/" + std::string(65536, 'x'), "it is longer than 65536 characters"},
        {begin + "1700000000/a\nb",
         "it holds a space, a control character or another that is not visible ASCII"},
        {begin + "1700000000/a b",
         "it holds a space, a control character or another that is not visible ASCII"},
        {begin + std::string("1700000000/a\0b", 14),
         "it holds a space, a control character or another that is not visible ASCII"},
        {begin + "1700000000/\xc3\xa4",
         "it holds a space, a control character or another that is not visible ASCII"},
        {"6e1cf0db-52d7-4522-97c9-97aa40b14058", "it does not begin with \"loop-export/\""},
        {"loop-expo", "it does not begin with \"loop-export/\""},
        {"https://api.intheloop.io", "it does not begin with \"loop-export/\""},
        {"loop-export/2/whatever/is/in/it", "its version is 2, and only 1 is known"},
        {"loop-export/01/https/x", "its version is 01, and only 1 is known"},
        {"loop-export", "it is cut off"},
        {"loop-export/", "it is cut off"},
        {"loop-export/1", "it is cut off"},
        {"loop-export/1/", "it is cut off"},
        {"loop-export/1/https/api.inthe", "it is cut off"},
        {begin, "it is cut off"},
        {begin + "17000", "it is cut off"},
        {begin + "1700000000/", "it is cut off"},
        {"loop-export/1/https/other.example:443/1700000000/a",
         "it is of another origin: https/other.example:443 instead of https/api.intheloop.io:443"},
        {"loop-export/1/http/api.intheloop.io:443/1700000000/a",
         "it is of another origin: http/api.intheloop.io:443 instead of "
         "https/api.intheloop.io:443"},
        {"loop-export/1/https/api.intheloop.io:8443/1700000000/a",
         "it is of another origin: https/api.intheloop.io:8443 instead of "
         "https/api.intheloop.io:443"},
        {begin + "yesterday/a", "its start is no number of seconds"},
        {begin + "/a", "its start is no number of seconds"},
        {begin + "-1/a", "its start is no number of seconds"},
        {begin + "-0/a", "its start is no number of seconds"},
        {begin + "007/a", "its start is no number of seconds"},
        {begin + "1e9/a", "its start is no number of seconds"},
        {begin + "253402300800/a", "its start is no number of seconds"},
        {begin + "99999999999999999999/a", "its start is no number of seconds"},
        {begin + "1700000000/a/b", "its id is not percent-encoded"},
        {begin + "1700000000/a%2", "its id is not percent-encoded"},
        {begin + "1700000000/a%2f", "its id is not percent-encoded"}, // ours are upper case
        {begin + "1700000000/a?b", "its id is not percent-encoded"},
    };
    for (auto const& c : cases) {
        CAPTURE(c.text);
        resume_token read = token_of("as it was");
        std::string problem;
        CHECK_FALSE(parse_resume_token(c.text, here, read, problem));
        CHECK(problem == c.problem);
        CHECK(read.export_id == "as it was");
    }
}

TEST_CASE("whatever a clock says, and however long an id is, the token can be read") {
    struct {
        std::chrono::seconds start;
        std::chrono::seconds kept;
    } const cases[] = {
        {-50s, 0s},
        {std::chrono::seconds::min(), 0s},
        {253402300799s, 253402300799s},
        {253402300800s, 253402300799s},
        {std::chrono::seconds::max(), 253402300799s},
    };
    for (auto const& c : cases) {
        CAPTURE(c.start.count());
        resume_token made = token_of(std::string(2000, 'x') + "/\xc3\xa4");
        made.started = std::chrono::sys_seconds(c.start);
        resume_token read;
        std::string problem;
        CHECK(parse_resume_token(make_resume_token(made), here, read, problem));
        CHECK(problem.empty());
        CHECK(read.export_id == made.export_id);
        CHECK(read.started == std::chrono::sys_seconds(c.kept));
    }
}

TEST_CASE("the start may be any time from the epoch on") {
    for (std::string const seconds : {"0", "1", "253402300799"}) {
        resume_token read;
        std::string problem;
        CHECK(parse_resume_token("loop-export/1/https/api.intheloop.io:443/" + seconds + "/a", here,
                                 read, problem));
        CHECK(std::to_string(read.started.time_since_epoch().count()) == seconds);
    }
}

} // TEST_SUITE("policy/resume_token")
