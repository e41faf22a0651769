// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/policy/detail/start_record.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("policy/start_record") {

namespace {

using intheloop::journal_advice;
using intheloop::journal_entry;
using intheloop::policy::decode_line;
using intheloop::policy::encode_line;
using intheloop::policy::start_event;
using intheloop::policy::start_line;
using intheloop::policy::start_record;
using enum intheloop::journal_advice;

constexpr std::string_view origin = "https://api.example.com:443";
constexpr std::string_view request = R"({"start":1,"end":2})";

std::string text_of(start_line const& line) {
    std::string text;
    auto const problem = encode_line(text, line);
    REQUIRE_FALSE(problem);
    return text;
}

start_line intended(std::string_view key, std::optional<std::string> user_digest = {}) {
    start_line line(key, start_event::intended);
    line.at = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000));
    line.origin = origin;
    line.request = request;
    line.user_digest = std::move(user_digest);
    return line;
}
start_line with_key() {
    start_line line = intended("k");
    line.idempotency_key = "i1";
    return line;
}
start_line said(std::string_view key, std::string_view event) {
    return start_line(key, start_event::from_text(event));
}
start_line started(std::string_view key, std::string_view id) {
    start_line line(key, start_event::started);
    line.id = id;
    return line;
}

// The first line of an entry, which tells at once how another start ended.
start_line made(std::string_view key, start_event event, std::optional<std::string> id = {}) {
    start_line line = intended(key);
    line.event = event;
    line.id = std::move(id);
    return line;
}

std::vector<journal_entry> entries_of(std::string_view text) {
    start_record record;
    auto const problem = record.read(text);
    REQUIRE_MESSAGE(!problem, *problem);
    return record.entries();
}
std::optional<std::string> validate(std::string_view text) {
    return start_record().read(text);
}

// A line, and the advice once it is there.
struct step {
    start_line line;
    journal_advice advice;
};
struct story {
    char const* name;
    std::vector<step> steps;
};

start_line without(std::optional<std::string> start_line::*member) {
    start_line line = intended("k");
    (line.*member).reset();
    return line;
}

story const stories[] = {
    {"all goes well",
     {{intended("k"), start_again}, {said("k", "sending"), ask}, {started("k", "e1"), resume}}},
    {"refused, or never sent, and then again",
     {{intended("k"), start_again},
      {said("k", "sending"), ask},
      {said("k", "not_sent"), start_again},
      {said("k", "sending"), ask},
      {started("k", "e1"), resume}}},
    {"it failed before an attempt",
     {{intended("k"), start_again}, {said("k", "not_sent"), start_again}}},
    {"it failed when the service may have acted",
     {{intended("k"), start_again}, {said("k", "sending"), ask}, {said("k", "unclear"), ask}}},
    {"the id turns up later",
     {{intended("k"), start_again}, {said("k", "unclear"), ask}, {started("k", "e1"), resume}}},
    {"once the id is known, nothing makes it unknown",
     {{intended("k"), start_again},
      {started("k", "e1"), resume},
      {said("k", "sending"), resume},
      {said("k", "not_sent"), resume},
      {said("k", "unclear"), resume},
      {started("k", "e2"), resume}}},
    {"a second attempt",
     {{intended("k"), start_again}, {said("k", "sending"), ask}, {said("k", "sending"), ask}}},
    {"something that is not known here",
     {{intended("k"), start_again},
      {said("k", "handed_over"), ask},
      {said("k", "sending"), ask},
      {started("k", "e1"), resume},
      {said("k", "handed_over"), ask}}},
    {"with an idempotency key it is repeated where it is unclear",
     {{with_key(), start_again},
      {said("k", "sending"), repeat},
      {said("k", "not_sent"), start_again},
      {said("k", "sending"), repeat},
      {said("k", "unclear"), repeat},
      {started("k", "e1"), resume}}},
    {"with an idempotency key, and without an id",
     {{with_key(), start_again}, {said("k", "started"), ask}}},
    {"with an idempotency key, and something that is not known here",
     {{with_key(), start_again}, {said("k", "handed_over"), ask}}},
    {"started without an id", {{intended("k"), start_again}, {said("k", "started"), ask}}},
    {"another start has begun the export", {{made("k", start_event::started, "e1"), resume}}},
    {"another start is unclear",
     {{made("k", start_event::unclear), ask}, {started("k", "e1"), resume}}},
    {"another start was not sent", {{made("k", start_event::not_sent), start_again}}},
    {"intended twice", {{intended("k"), start_again}, {intended("k"), ask}}},
    {"never intended",
     {{said("k", "sending"), ask}, {said("k", "not_sent"), ask}, {started("k", "e1"), ask}}},
    {"intended without its request", {{without(&start_line::request), ask}}},
    {"intended without its origin", {{without(&start_line::origin), ask}}},
};

// Three entries whose lines stand between one another.
std::string several() {
    return text_of(intended("a", "d1")) + text_of(said("a", "sending")) + text_of(intended("b")) +
           text_of(started("a", "e\n\u00e9\"1")) + text_of(said("b", "sending")) +
           text_of(intended("c")) + text_of(said("b", "not_sent"));
}

} // namespace

TEST_CASE("the advice after each line of a story") {
    for (story const& each : stories) {
        CAPTURE(std::string(each.name));
        std::string text;
        start_record grown;
        std::optional<std::string> id;
        int number = 0;
        for (step const& next : each.steps) {
            CAPTURE(++number);
            std::string const line = text_of(next.line);
            text += line;
            grown.add(next.line, line);
            if (next.line.id)
                id = next.line.id;
            auto const found = entries_of(text);
            REQUIRE(found.size() == 1);
            CHECK(found[0].key == "k");
            CHECK(found[0].id == id);
            CHECK(to_string(found[0].advice) == to_string(next.advice));
            CHECK(grown.entries() == found);
        }
    }
}

TEST_CASE("an entry knows what was intended") {
    auto const found = entries_of(several());
    REQUIRE(found.size() == 3);
    journal_entry expected;
    expected.key = "a";
    expected.origin = origin;
    expected.request = request;
    expected.user_digest = "d1";
    expected.began = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000));
    expected.id = "e\n\u00e9\"1";
    expected.advice = resume;
    CHECK(found[0] == expected);
    expected.key = "b";
    expected.user_digest.reset();
    expected.id.reset();
    expected.advice = start_again;
    CHECK(found[1] == expected);
    expected.key = "c";
    CHECK(found[2] == expected);
}

TEST_CASE("a line as it stands in the file") {
    start_line line = intended("0123456789abcdef", "ab");
    CHECK(text_of(line) == R"({"journal":1,"at":1700000000,"key":"0123456789abcdef",)"
                           R"("event":"intended","origin":"https://api.example.com:443",)"
                           R"("request":"{\"start\":1,\"end\":2}","userDigest":"ab"})"
                           "\n");
    CHECK(text_of(with_key()) ==
          R"({"journal":1,"at":1700000000,"key":"k","event":"intended",)"
          R"("origin":"https://api.example.com:443","request":"{\"start\":1,\"end\":2}",)"
          R"("idempotencyKey":"i1"})"
          "\n");
    CHECK(entries_of(text_of(with_key())).at(0).idempotency_key == "i1");
    line = started("k", "6e1c");
    CHECK(text_of(line) == R"({"journal":1,"at":0,"key":"k","event":"started","id":"6e1c"})"
                           "\n");
    line.id = "\xff";
    std::string text;
    auto const problem = encode_line(text, line);
    REQUIRE(problem);
    CHECK(problem->text() == "/id: not valid UTF-8");
}

TEST_CASE("cut at any byte, the lines before are there, and the rest is to be cut off") {
    std::string const text = several();
    for (std::size_t size = 0; size <= text.size(); ++size) {
        CAPTURE(size);
        std::string_view const left = std::string_view(text).substr(0, size);
        std::size_t const whole = left.rfind('\n') + 1; // npos + 1 is 0
        start_record record;
        auto const problem = record.read(left);
        REQUIRE_MESSAGE(!problem, *problem);
        CHECK(record.bytes_read() == whole);
        CHECK(record.entries() == entries_of(left.substr(0, whole)));
    }
}

TEST_CASE("of the last line only a part is on the disk, but its end") {
    std::string const before = text_of(intended("a"));
    std::string const last = text_of(said("a", "sending"));
    for (std::size_t lost = 1; lost != last.size(); ++lost) {
        CAPTURE(lost);
        start_record record;
        std::string const text = before + std::string(lost, '\0') + last.substr(lost);
        auto const problem = record.read(text);
        REQUIRE_MESSAGE(!problem, *problem);
        CHECK(record.bytes_read() == before.size());
        CHECK(record.entries() == entries_of(before));

        // A line before another one was on the disk once: this is no crash.
        auto const damaged = validate(text + last);
        REQUIRE(damaged);
        CHECK(damaged->starts_with("line 2 can't be read as one of a start journal: not valid"));
    }
}

TEST_CASE("what is not known here stays in the file") {
    std::string const later =
        R"({"journal":1,"at":5,"key":"a","event":"moved","to":["x"],"n":null})"
        "\n"
        R"( {"shape":2,"journal":1,"at":6,"key":"z","event":"other"} )"
        "\n";
    std::string const text = text_of(intended("a")) + text_of(intended("b")) + later;
    start_record record;
    REQUIRE_FALSE(record.read(text));
    CHECK(record.text_without("b") == text_of(intended("a")) + later);
    CHECK(record.text_without("z") ==
          text_of(intended("a")) + later.substr(0, later.find('\n') + 1) + text_of(intended("b")));
    CHECK(record.text_without("none").size() == text.size());
    REQUIRE(record.find("a"));
    CHECK(record.find("a")->advice == ask);
    REQUIRE(record.find("z"));
    CHECK(record.find("z")->advice == ask);
}

TEST_CASE("what is no journal of ours is refused, with the line and the reason") {
    std::string const good = text_of(intended("a"));
    std::string const newer = R"({"journal":2,"what":[]})"
                              "\n";
    std::string const why_newer =
        " can't be read as one of a start journal: /journal: version 2 is newer than what this "
        "program reads, which is version 1";
    struct {
        std::string text;
        std::string problem;
    } const cases[] = {
        {newer, "line 1" + why_newer},
        {good + newer, "line 2" + why_newer},
        {good + newer + good, "line 2" + why_newer},
        {R"({"journal":0,"at":1,"key":"a","event":"intended"})"
         "\n",
         "line 1 can't be read as one of a start journal: /journal: there is no version 0"},
        {R"({"journal":"1"})"
         "\n",
         "line 1 can't be read as one of a start journal: /journal: expected a 64-bit unsigned "
         "integer, got a string"},
        {good + "{}\n",
         "line 2 can't be read as one of a start journal: /journal: required, but missing"},
        {good + "[]\n",
         "line 2 can't be read as one of a start journal: expected an object, got an array"},
        {good + R"({"journal":1,"at":1,"event":"sending"})" + "\n",
         "line 2 can't be read as one of a start journal: /key: required, but missing"},
        {"x", "it is not a start journal"},
        {"{\"journals\":", "it is not a start journal"},
        {"{\"token\":\"abc\"}", "it is not a start journal"},
        {"#!/bin/sh\nexit 1\n",
         "line 1 can't be read as one of a start journal: not valid JSON at byte 0: syntax error"},
        {"\n", "line 1 can't be read as one of a start journal: not valid JSON: it ends too early"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.text);
        auto const problem = validate(each.text);
        REQUIRE(problem);
        CHECK(*problem == each.problem);
    }
}

TEST_CASE("the newest entry for a request, of the same origin and user") {
    std::string text;
    for (auto const& line :
         {intended("a"), intended("b", "d1"), intended("c"), intended("d", "d2")})
        text += text_of(line);
    start_record record;
    REQUIRE_FALSE(record.read(text));
    auto const key_of = [](journal_entry const* entry) { return entry ? entry->key : "none"; };
    CHECK(key_of(record.find(origin, request, std::nullopt)) == "c");
    CHECK(key_of(record.find(origin, request, "d1")) == "b");
    CHECK(key_of(record.find(origin, request, "d3")) == "none");
    CHECK(key_of(record.find(origin, "{}", std::nullopt)) == "none");
    CHECK(key_of(record.find("https://other:443", request, std::nullopt)) == "none");
    record.remove("c");
    CHECK(key_of(record.find(origin, request, std::nullopt)) == "a");
    CHECK_FALSE(record.find("c"));
}

TEST_CASE("the newest entry that resumes an export") {
    start_record record;
    auto const add = [&](start_line const& line) { record.add(line, text_of(line)); };
    CHECK(record.find_export(made("new", start_event::started, "e1")) == nullptr);
    add(intended("a"));
    CHECK(record.find_export(made("new", start_event::started, "e1")) == nullptr);
    add(started("a", "e1"));
    add(made("b", start_event::started, "e1"));
    add(made("c", start_event::started, "e2"));
    auto const* const found = record.find_export(made("new", start_event::started, "e1"));
    REQUIRE(found != nullptr);
    CHECK(found->key == "b");
    for (auto const member :
         {&start_line::origin, &start_line::request, &start_line::user_digest}) {
        start_line other = made("new", start_event::started, "e1");
        other.*member = "of another";
        CHECK(record.find_export(other) == nullptr);
    }
    record.remove("b");
    add(said("a", "handed_over")); // it asks from here on
    CHECK(record.find_export(made("new", start_event::started, "e1")) == nullptr);
}

TEST_CASE("a record is read anew") {
    start_record record;
    REQUIRE_FALSE(record.read(text_of(intended("a"))));
    REQUIRE_FALSE(record.read(text_of(intended("b"))));
    REQUIRE(record.entries().size() == 1);
    CHECK(record.entries()[0].key == "b");
}

} // TEST_SUITE("policy/start_record")
