// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The file of a recording: read, refused, and written whole or not at all.
#include "session.hpp"

#include <support/full_disk.hpp>

#include <sys/stat.h>

#include <stdexcept>

TEST_SUITE("recording/recording") {

using namespace session;
using loop::testing::recorded_body;
using loop::testing::recorded_exchange;

namespace {

std::string validate(std::string const& text) {
    try {
        (void)recording::parse(text, "x.json");
    } catch (std::runtime_error const& problem) {
        return problem.what();
    }
    return "none";
}

std::string file_of(std::string const& exchanges) {
    return R"({"format":"intheloop recording","version":1,"exchanges":)" + exchanges + "}";
}

std::string file_of_one(std::string const& request, std::string const& answer) {
    return file_of("[{\"request\":" + request + ",\"answer\":" + answer + "}]");
}

} // namespace

TEST_CASE("a bad file is refused, with where and what") {
    std::string const good = R"({"method":"GET","target":"/a"})";
    struct {
        std::string text;
        char const* problem;
    } const cases[] = {
        {"", "x.json: is not JSON: in line 1: incomplete"},
        {"{\n{", "x.json: is not JSON: in line 2: "},
        {file_of("[]") + " x", "is not JSON: in line 1: "},
        {"[]", "is no recording"},
        {R"({"format":"HAR"})", "is no recording"},
        {R"({"format":"intheloop recording"})", "\"version\" is missing"},
        {R"({"format":"intheloop recording","version":2,"exchanges":[]})",
         "/version: is 2, and this library reads version 1 alone"},
        {R"({"format":"intheloop recording","version":1.5,"exchanges":[]})",
         "/version: must be an integer"},
        {R"({"format":"intheloop recording","version":1,"exchanges":[],"more":1})",
         "/more: is not known here"},
        {file_of("{}"), "/exchanges: must be an array"},
        {file_of("[7]"), "/exchanges/0: must be an object"},
        {file_of("[{}]"), "/exchanges/0: \"request\" is missing"},
        {file_of("[{\"request\":" + good + "}]"),
         "/exchanges/0: must have an \"answer\" or a \"failure\""},
        {file_of("[{\"request\":" + good + ",\"failure\":\"\"}]"),
         "/exchanges/0/failure: must not be empty"},
        {file_of_one("{\"target\":\"/\"}", "{}"), "/exchanges/0/request: \"method\" is missing"},
        {file_of_one(R"({"method":"G T","target":"/"})", "{}"),
         "/exchanges/0/request/method: is no method"},
        {file_of_one(R"({"method":"GET","target":"a"})", "{}"),
         "/exchanges/0/request/target: must begin with a slash or with an origin and a slash, or "
         "be {{file:n}}"},
        {file_of_one(R"({"method":"GET","target":7})", "{}"),
         "/exchanges/0/request/target: must be a string"},
        {file_of_one(good, "{}"), "/exchanges/0/answer: \"status\" is missing"},
        {file_of_one(good, R"({"status":99})"),
         "/exchanges/0/answer/status: must be an integer from 100 to 999"},
        {file_of_one(good, R"({"status":"200"})"), "/exchanges/0/answer/status: must be an"},
        {file_of_one(good, R"({"status":200,"headers":[]})"),
         "/exchanges/0/answer/headers: must be an object"},
        {file_of_one(good, R"({"status":200,"headers":{"A/b":"c"}})"),
         "/exchanges/0/answer/headers/A~1b: can't stand in a header"},
        {file_of_one(good, R"({"status":200,"headers":{"A":"b\r\nC: d"}})"),
         "/exchanges/0/answer/headers/A: can't stand in a header"},
        {file_of_one(good, R"({"status":200,"headers":{"content-length":"5"}})"),
         "/exchanges/0/answer/headers/content-length: must not be there"},
        {file_of_one(good, R"({"status":200,"headers":{"Transfer-Encoding":"chunked"}})"),
         "/exchanges/0/answer/headers/Transfer-Encoding: must not be there"},
        {file_of_one(good, R"({"status":200,"json":1,"text":"a"})"),
         "/exchanges/0/answer: has more than one of"},
        {file_of_one(good, R"({"status":200,"text":["a",1]})"),
         "/exchanges/0/answer/text/1: must be a string"},
        {file_of_one(good, R"({"status":200,"base64":["a?=="]})"),
         "/exchanges/0/answer/base64/0: is not base64"},
        {file_of_one(good, R"({"status":200,"base64":"YQ=="})"),
         "/exchanges/0/answer/base64: must be an array"},
        {file_of_one(good, R"({"status":200,"left_out":0})"),
         "/exchanges/0/answer/left_out: must be an integer above zero"},
        {file_of_one(good, R"({"status":200,"body":"a"})"),
         "/exchanges/0/answer/body: is not known here"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.text);
        CHECK_MESSAGE(contains(validate(each.text), each.problem), validate(each.text));
    }
    CHECK(validate(file_of_one(good, R"({"status":200,"json":null})")) == "none");
    CHECK(validate(file_of_one(R"({"method":"OPTIONS","target":"*"})", R"({"status":200})")) ==
          "none");
}

TEST_CASE("all that an exchange can be comes back from its text") {
    recorded_exchange one;
    one.method = "POST";
    one.target = "/a?b={{any}}";
    one.request_headers = {{"X-A", "b"}};
    one.request_body = recorded_body::of_text("line 1\nline \"2\"\n\nend");
    one.status = 200;
    one.headers = {{"Content-Type", "x/y"}, {"ETag", "\"{{etag:1}}\""}};
    std::string bytes;
    for (int i = 0; i != 1000; ++i)
        bytes += static_cast<char>(i * 7);
    one.body = recorded_body::of_bytes(bytes);
    one.missing = 5;
    one.left_out = 6;
    one.failure = "connection_lost";
    recorded_exchange other;
    other.method = "GET";
    other.target = "{{file:1}}";
    other.failure = "stalled";
    std::string const text = recording({one, other}).to_json();
    recording const read = recording::parse(text);
    CHECK(read.to_json() == text);
    REQUIRE(read.exchanges().size() == 2);
    recorded_exchange const& found = read.exchanges().front();
    CHECK(found.request_body.bytes == one.request_body.bytes);
    CHECK(found.request_headers == one.request_headers);
    CHECK(found.body.bytes == bytes);
    CHECK(found.body.form == recorded_body::form::binary);
    CHECK(found.missing == 5);
    CHECK(found.left_out == 6);
    CHECK(read.exchanges().back().status == 0);
    CHECK(read.exchanges().back().failure == "stalled");
}

TEST_CASE("a file with a number that no double can hold is read, and written as JSON") {
    recording const read = recording::parse(
        file_of_one(R"({"method":"GET","target":"/"})", R"({"status":200,"json":[1e309,-1e309]})"));
    std::string const text = read.to_json();
    CHECK(contains(text, "[1.7976931348623157E308, -1.7976931348623157E308]"));
    CHECK(recording::parse(text).to_json() == text);
}

TEST_CASE("the file reads well") {
    recorded_exchange one;
    one.method = "GET";
    one.target = "/a";
    one.status = 200;
    one.body = recorded_body::of_json({{"b", {1, 2.5, nullptr}}, {"a", {{"x", "ü"}}}});
    CHECK(recording({one}).to_json() == R"({
  "format": "intheloop recording",
  "version": 1,
  "exchanges": [
    {
      "request": {"method": "GET", "target": "/a"},
      "answer": {
        "status": 200,
        "json": {
          "b": [1, 2.5E0, null],
          "a": {"x": "ü"}
        }
      }
    }
  ]
}
)");
}

TEST_CASE("saved whole, in the place of an older one, for its owner alone") {
    directory d;
    recording const made = recorded_session();
    made.save(d.path / "s.json");
    recording().save(d.path / "s.json");
    CHECK(d.names() == std::vector<std::string>{"s.json"});
    CHECK(recording::load(d.path / "s.json").exchanges().empty());
    CHECK(fs::status(d.path / "s.json").permissions() ==
          (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("what can't be read or written says which file, and why") {
    directory d;
    auto const problem_of = [](auto step) {
        try {
            step();
        } catch (std::runtime_error const& problem) {
            return std::string(problem.what());
        }
        return std::string("none");
    };
    std::string const missing = (d.path / "none" / "s.json").string();
    CHECK(contains(problem_of([&] { recording().save(missing); }), "No such file"));
    CHECK(contains(problem_of([&] { (void)recording::load(missing); }),
                   missing + ": the recording can't be read: No such file"));
    CHECK(contains(problem_of([&] { (void)recording::load(d.path.string()); }), "can't be read"));
    std::string const pipe = (d.path / "pipe").string(); // into which nobody writes
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    CHECK(contains(problem_of([&] { (void)recording::load(pipe); }), "is not JSON"));
    CHECK(contains(problem_of([&] { recording().save(pipe); }), "it is no regular file"));
    CHECK(fs::is_fifo(pipe));
}

TEST_CASE("a full disk leaves the older file as it was") {
    directory d;
    std::string const path = (d.path / "s.json").string();
    recording().save(path);
    std::string const before = content_of(path);
    std::string const text = recorded_session().to_json();
    bool failed = false;
    try {
        tests::full_disk const disk(text.size() / 2);
        recording::parse(text).save(path);
    } catch (std::runtime_error const&) {
        failed = true;
    }
    CHECK(failed);
    CHECK(content_of(path) == before);
    CHECK(d.names() == std::vector<std::string>{"s.json"});
}

} // TEST_SUITE("recording/recording")
