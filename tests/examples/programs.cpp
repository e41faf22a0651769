// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The example programs, run as a user runs them, against the test server.
#include "../../examples/observed_routes.hpp"
#include "../../examples/tag_card.hpp"

#include "program.hpp"

#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("examples/programs") {

using tests::contains;
using tests::example_program;
using tests::process;
using tests::scene;

TEST_CASE("quick-start and without-coroutines start an export and poll it") {
    for (char const* name : {"quick-start", "without-coroutines"}) {
        CAPTURE(name);
        scene s;
        process p({example_program(name)}, s.environment);
        CHECK(p.wait() == 0);
        CHECK(p.err().empty());
        auto const requests = s.loop.requests();
        REQUIRE(requests.size() == 2);
        CHECK(requests[0].target == "/api/v1/report/export");
        std::string const id = requests[1].target.substr(requests[1].target.rfind('/') + 1);
        CHECK(p.out().starts_with(id + " Processing\nProcessing"));

        s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
        process refused({example_program(name)}, s.environment);
        refused.wait();
        CHECK(refused.err().starts_with("unauthorized: "));
    }
}

TEST_CASE("observed-routes prints who, what and what next, and where the service drifts") {
    scene s;
    s.loop.on(observed::get_self, [](intheloop::no_parameters const&) {
        observed::user self;
        self.id = "user_1";
        self.name = "Ana";
        return self;
    });
    s.loop.on(observed::list_comments, [](observed::comment_request const& request) {
        bool const is_first = request.offset.value_or(0) == 0;
        observed::comments page;
        observed::comment_chat chat;
        chat.snippet = is_first ? "hello" : "bye";
        page.resources.push_back(chat);
        page.total_size = 2;
        return page;
    });
    s.loop.on(observed::list_events, [](observed::event_request const&) {
        return intheloop::testing::response_override(
            200, R"({"lastEventId":"1","resources":[{"$type":"EventChat"}],"more":true})");
    });
    process p({example_program("observed-routes"), "card_1", "2"}, s.environment);
    CHECK(p.wait() == 0);
    CHECK(p.out() == "Ana (user_1)\nCommentChat: hello\nCommentChat: bye\n"
                     "{\"$type\":\"EventChat\"}\n{\"$type\":\"EventChat\"}\n");
    CHECK(p.err().find("GET /api/v1/event/list: 2 answers\n  /more: unknown key (2 times)\n") !=
          std::string::npos);
    CHECK(process({example_program("observed-routes")}, s.environment).wait() == 2);
    s.environment["INTHELOOP_TOKEN"] = "not-the-token-of-this-server";
    process refused({example_program("observed-routes"), "card_1"}, s.environment);
    CHECK(refused.wait() == 1);
    CHECK(refused.err().starts_with("observed-routes: unauthorized: "));
}

TEST_CASE("tag-card sends its trace, header and key, and understands each answer") {
    scene s;
    namespace testing = intheloop::testing;
    s.loop.on(mine::tag_card,
              [](intheloop::request_of<mine::tag_card> const& request)
                  -> testing::answer<std::optional<mine::tagged>> {
                  CHECK(request.get<"id">() == "card_1");
                  if (request.get<"tagId">() == "no-tag") {
                      mine::problem const wrong("tagId", "there is no such tag");
                      return testing::refuse(422, wrong);
                  }
                  if (request.get<"tagId">() == "old")
                      return std::optional<mine::tagged>();
                  return std::optional(mine::tagged("card_1", 3));
              });
    struct ended {
        int code;
        std::string out, err;
    };
    auto const run = [&](char const* tag) {
        process p({example_program("tag-card"), "card_1", tag}, s.environment);
        int const code = p.wait();
        return ended{code, p.out(), p.err()};
    };
    s.loop.respond_next(testing::response_override(503, "{}"));
    auto const tagged = run("new");
    CHECK(tagged.out == "tagged: 3 tags\n");
    CHECK(tagged.err == "the service was busy 1 times\n");
    CHECK(tagged.code == 0);

    auto const requests = s.loop.requests();
    REQUIRE(requests.size() == 2);
    std::string const first(requests[0].header("traceparent").value_or(""));
    std::string const second(requests[1].header("traceparent").value_or(""));
    REQUIRE(first.size() == std::string_view("00-0af7651916cd43dd8448eb211c80319c-"
                                             "b7ad6b7169203331-01")
                                .size());
    REQUIRE(second.size() == first.size());
    CHECK(first.substr(0, 36) == second.substr(0, 36)); // one trace
    CHECK(first != second);                             // of two spans
    for (auto const& request : requests)
        CHECK(request.header("X-Team") == "sales");
    auto const key = requests[0].header("Idempotency-Key");
    REQUIRE(key.has_value());
    CHECK(requests[1].header("Idempotency-Key") == key);

    CHECK(run("old").out == "it had this tag already\n");
    auto const wrong = run("no-tag");
    CHECK(wrong.code == 1);
    CHECK(wrong.err.find("\ntagId: there is no such tag\n") != std::string::npos);
    CHECK(process({example_program("tag-card")}, s.environment).wait() == 2);
}

TEST_CASE("etag-cache tells how many answers came from the cache") {
    using intheloop::testing::response_override;
    scene s;
    std::string const body = R"({"id":"1","status":"Processing"})";
    s.loop.respond_next(response_override(200, body).header("ETag", "\"1\""));
    s.loop.respond_next(response_override(304, "").header("ETag", "\"1\""));
    process p({example_program("etag-cache"), "1", "2"}, s.environment);
    CHECK(p.wait() == 0);
    CHECK(p.out() == "Processing\nProcessing\n1 from the cache\n");
    CHECK(p.err().empty());
    CHECK(s.loop.requests().at(1).header("If-None-Match") == "\"1\"");
    CHECK(process({example_program("etag-cache")}, s.environment).wait() == 2);
    CHECK(process({example_program("etag-cache"), "no-such-export"}, s.environment).wait() == 1);
}

TEST_CASE("chaos tells how many attempts the calls took") {
    scene s;
    process calm({example_program("chaos"), "1", "0"}, s.environment);
    CHECK(calm.wait() == 0);
    CHECK(calm.out().ends_with("\nCompleted, attempts: 1\n"));
    CHECK(s.loop.requests().size() == 6);
    auto const faults = [&s](char const* seed) {
        process p({example_program("chaos"), seed, "0.5"}, s.environment);
        CHECK(p.wait() == 0);
        std::string told = p.out().substr(p.out().find(", ")); // behind the id
        for (std::size_t at = told.find('['); at != told.npos; at = told.find('['))
            told.erase(at, told.find(']', at) + 1 - at); // with the time that it took
        return told;
    };
    CHECK(faults("5") == faults("5"));
    CHECK(contains(faults("5"), "code Fault"));
    CHECK(process({example_program("chaos")}, s.environment).wait() == 2);
}

} // TEST_SUITE("examples/programs")
