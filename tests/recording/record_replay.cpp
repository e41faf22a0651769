// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A whole session through the real client, recorded and played again.
#include "session.hpp"

#include <support/project_file.hpp>

#include <intheloop/testing/virtual_clock.hpp>

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <utility>

TEST_SUITE("recording/record_replay") {

using namespace session;

TEST_CASE("the same code gives the same results in life and in play") {
    lines in_life;
    recording const made = recorded([&](program& p, server&) { in_life = p.all(); });
    CHECK(in_life.size() == 6);
    player_options how;
    SUBCASE("strict") {
        how.mode = play_mode::strict;
    }
    SUBCASE("by route") {
        how.mode = play_mode::by_route;
    }
    SUBCASE("by route, with the bodies compared") {
        how.mode = play_mode::by_route;
        how.compare_bodies = true;
    }
    player plays(recording::parse(made.to_json()), how);
    program p(options_to(plays));
    CHECK(p.all() == in_life);
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
    CHECK(plays.requests().size() == made.exchanges().size());
}

TEST_CASE("no secret is in the file") {
    server s(options_of_server(std::string("{\"a\":\"") + user +
                               "\",\"link\":\"https://x.example/a?Expires=1&Signature="
                               "abcdefghij\"}\n"));
    prepare(s);
    auto const keeper = std::make_shared<recorder>(listing_secrets());
    loop::options to = options_to(s);
    to.recorder = keeper;
    program p(to);
    p.all();
    std::string const token = s.token();
    // The token where it was told to the service by mistake.
    CHECK(p.draft(token.c_str()));
    // A signed address that the service repeats.
    std::string const id = s.add_export();
    std::string const address = s.file_url(id);
    s.respond_next(response_override(404, "{\"message\":\"not " + address + " nor " +
                                              address.substr(address.find("Signature")) + "\"}"));
    CHECK_FALSE(p.contact_of(user));
    s.respond_next(response_override(
        502, "<a href=\"" + address + "\">" + token + ' ' + "ana%2B1%40example.org</a>",
        "text/html"));
    CHECK(p.contact_of(user)); // tried again
    std::string const text = keeper->to_json();
    for (std::string const& secret :
         {token, std::string(user), std::string(mail), std::string("ana%2B1%40example.org"),
          std::string("key_0815_x"), std::string("Bearer"), std::string("abcdefghij"),
          std::string("localhost"), std::string("127.0.0.1"), std::to_string(s.api_port()),
          std::to_string(s.files_port()), std::string("Expires=1"), std::string("Date")})
        CHECK_MESSAGE(!contains(text, secret), text);
    for (auto const& request : s.requests(origin::files)) {
        std::string_view const target = request.target;
        std::size_t const signature = target.find("Signature=") + 10;
        CHECK(!contains(text, target.substr(signature, target.find('&', signature) - signature)));
        CHECK(!contains(text, target.substr(target.find("Key-Pair-Id=") + 12)));
    }
    CHECK(contains(text, "{{user:1}}"));
    CHECK(contains(text, "{{secret:1}}"));
    CHECK(contains(text, "{{file:1}}"));
    CHECK(contains(text, "[redacted]"));
}

TEST_CASE("the same session gives the same bytes") {
    std::string const once = recorded_session().to_json();
    CHECK(once == recorded_session().to_json());
    CHECK(recording::parse(once).to_json() == once);
}

TEST_CASE("the golden file is what the session records today, and plays") {
    std::string const name = "tests/recording/golden/session.json";
    if (std::getenv("INTHELOOP_TEST_REWRITE_GOLDEN"))
        recorded_session().save(std::string(std::getenv("INTHELOOP_TEST_ROOT")) + '/' + name);
    std::string const golden = support::project_file(name);
    CHECK(recorded_session().to_json() == golden);
    player plays(recording::parse(golden, name));
    program p(options_to(plays));
    CHECK(all_of(p.all()) == "wait 200 attempts 1\n"
                             "polls 3\n"
                             "file 200 attempts 1 [{\"id\":1},\n{\"id\":2}]\n\n"
                             "draft 201 attempts 2\n"
                             "contact 200 attempts 1 Ana\n"
                             "refused the service forbids this 403 the "
                             "token [redacted] of [redacted] must not see {{user:1}}\n");
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
}

TEST_CASE("a download that broke and went on, with an address that expired in between") {
    std::string const content = odd_content(50'003);
    auto const script = [&](program& p, server* s) {
        if (s) {
            s->cut_file_after(10'000);
            s->cut_file_after(20'000);
        }
        auto const job = p.start();
        REQUIRE(job);
        auto const first = p.fetch(*job);
        REQUIRE_MESSAGE(first, first.error());
        CHECK(first->breaks == 2);
        CHECK(content_of(p.d.path / "file") == content);
        if (s)
            s->expire_file_urls();
        auto const second = p.fetch(*job);
        REQUIRE_MESSAGE(second, second.error());
        CHECK(content_of(p.d.path / "file") == content);
        return std::to_string(second.attempts());
    };
    std::string in_life;
    recording const made = recorded([&](program& p, server& s) { in_life = script(p, &s); },
                                    options_of_server(content));
    CHECK(contains(made.to_json(), "connection_lost"));
    player_options how;
    SUBCASE("strict") {
        how.mode = play_mode::strict;
    }
    SUBCASE("by route") {
        how.mode = play_mode::by_route;
    }
    player plays(recording::parse(made.to_json()), how);
    program p(options_to(plays));
    CHECK(script(p, nullptr) == in_life);
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
}

TEST_CASE("bytes that are no text, and secrets in a file, keep its size") {
    std::string content("PK\x03\x04\x00\xff\xfe", 7);
    content += std::string("\n") + user + " and " + mail + "\x01";
    auto const script = [&](program& p) {
        auto const job = p.start();
        REQUIRE(job);
        REQUIRE(p.fetch(*job));
        return content_of(p.d.path / "file");
    };
    recording const made = recorded([&](program& p, server&) { CHECK(script(p) == content); },
                                    options_of_server(content));
    CHECK(contains(made.to_json(), "base64"));
    player plays(made);
    program p(options_to(plays));
    std::string const played = script(p);
    CHECK(played.size() == content.size());
    CHECK(played.substr(0, 8) == content.substr(0, 8));
    CHECK_FALSE(contains(played, user));
    CHECK_FALSE(contains(played, mail));
    CHECK(contains(played, "** and **"));
}

TEST_CASE("what is longer than the limit is left out, and never served") {
    recorder_options what = listing_secrets();
    what.file_limit = 1000;
    auto const script = [](program& p) {
        auto const job = p.start();
        REQUIRE(job);
        return p.fetch(*job);
    };
    recording const made = recorded([&](program& p, server&) { CHECK(script(p)); },
                                    options_of_server(odd_content(1500)), what);
    CHECK(made.exchanges().back().left_out == 500);
    player plays(recording::parse(made.to_json()));
    program p(options_to(plays));
    CHECK_FALSE(script(p));
    REQUIRE(plays.mismatches().size() == 1);
    CHECK(contains(plays.mismatches().front(), "left out the last 500 bytes"));
}

TEST_CASE("answers that never came are played, too") {
    auto const script = [](auto const& where, std::shared_ptr<recorder> keeper, server* s) {
        auto const clock = std::make_shared<loop::testing::virtual_clock>();
        loop::options to = options_to(where);
        to.recorder = std::move(keeper);
        to.time = clock;
        program p(to);
        lines seen;
        if (s)
            s->respond_next(response_override::bytes("", loop::testing::connection_end::cut));
        seen.push_back(outcome_of(p.draft()));
        if (s)
            s->respond_next(response_override::bytes("nonsense\r\n\r\n"));
        seen.push_back(outcome_of(p.draft()));
        if (s)
            s->hold_next();
        loop::call_options how;
        how.deadline = 10s;
        p.client.async_call(drafts::create_draft, drafts::create_request(), how,
                            [&](auto r) { seen.push_back(outcome_of(r)); });
        run_until(p.io, [&] { return where.requests().size() == 3; });
        p.io.poll();
        clock->advance(how.deadline.value());
        p.io.run();
        REQUIRE(seen.size() == 3);
        return seen;
    };
    auto const keeper = std::make_shared<recorder>(listing_secrets());
    server s(options_of_server());
    prepare(s);
    lines const in_life = script(s, keeper, &s);
    recording const made = keeper->recording();
    CHECK(made.exchanges().size() == 3);
    CHECK(contains(in_life.back(), "took too long"));
    player plays(made);
    CHECK(all_of(script(plays, nullptr, nullptr)) == all_of(in_life));
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
}

TEST_CASE("what varies fits whatever comes") {
    recorder_options what = listing_secrets();
    what.varying = {"/start", "/end", "mail"};
    std::size_t edited = 0;
    what.edit_answer = [&](std::string_view target, boost::json::value& body) {
        ++edited;
        if (contains(target, "/contact") && body.is_object())
            body.get_object()["name"] = "somebody";
    };
    recording const made = recorded(
        [](program& p, server&) {
            REQUIRE(p.start());
            REQUIRE(p.contact_of(user));
        },
        options_of_server(), what);
    CHECK(edited != 0);
    CHECK(contains(made.to_json(), "\"start\": \"{{any}}\""));
    CHECK(contains(made.to_json(), "?mail={{any}}"));
    player plays(made);
    program p(options_to(plays));
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    CHECK(p.start(report::export_request(now - 24h, now)));
    contact_request other(user);
    other.mail = "another@example.org";
    other.reason = "tidying up";
    other.api_key = "another key";
    auto const found = call(p.client, p.io, get_contact, other);
    REQUIRE_MESSAGE(found, found.error());
    CHECK(found->name == "somebody");
    CHECK(contains(*found->note, "with the key another key"));
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
}

TEST_CASE("what varies fits whatever comes beside numbers that a double does not hold") {
    recorder_options what = listing_secrets();
    what.varying = {"/at"};
    what.edit_answer = [](std::string_view, boost::json::value& body) {
        if (auto* const object = body.if_object())
            (*object)["name"] = "somebody";
    };
    auto const draft = [](program& p, std::string const& at, double share) {
        drafts::create_request request;
        request.content["at"] = at;
        request.content["share"] = share;
        return call(p.client, p.io, drafts::create_draft, request);
    };
    constexpr double share = 0.12345678901234568;
    server_options how = options_of_server();
    how.draft_answer = R"({"name":"Ana Novak","share":0.12345678901234568})";
    recording const made =
        recorded([&](program& p, server&) { CHECK(draft(p, "now", share)); }, how, what);
    CHECK(contains(made.to_json(), "\"at\": \"{{any}}\""));
    CHECK_FALSE(contains(made.to_json(), "Novak"));
    player plays(recording::parse(made.to_json()));
    program p(options_to(plays));
    auto const other = draft(p, "then", 0.1234567890123);
    REQUIRE_FALSE(other);
    CHECK(contains(plays.mismatches().back(), "the body differs at /share"));
    auto const again = draft(p, "now", share); // got a 429 first
    REQUIRE_MESSAGE(again, again.error());
    auto const& told = again->value().get_object();
    CHECK(told.at("name") == "somebody");
    CHECK(told.at("share").get_double() == doctest::Approx(share));
    CHECK(plays.unplayed().empty());
}

TEST_CASE("a user is one in the whole session, whoever it is") {
    recording const made = recorded([](program& p, server&) {
        REQUIRE(p.contact_of(user));
        REQUIRE(p.draft());
    });
    player plays(made);
    loop::options how = options_to(plays);
    how.impersonate_user = "another_user";
    program p(how);
    auto const found = p.contact_of("another_user");
    REQUIRE_MESSAGE(found, found.error());
    CHECK(contains(*found->note, "is \"another_user\" with"));
    CHECK_FALSE(p.draft()); // still to the first one
    REQUIRE_FALSE(plays.mismatches().empty());
    CHECK(contains(plays.mismatches().front(), "the body differs at /to/1"));
    CHECK_FALSE(contains(all_of(plays.mismatches()), user));
}

TEST_CASE("calls at the same time, and by route") {
    auto const script = [](program& p) {
        std::map<std::string, std::string> seen;
        for (int i = 0; i != 8; ++i) {
            std::string const id = "export-" + std::to_string(i);
            report::get_request const which(id);
            p.client.async_call(report::get_report, which, [&seen, id](auto r) {
                seen[id] = r ? r->id : r.error().service_message;
            });
        }
        p.io.restart();
        p.io.run();
        return seen;
    };
    std::map<std::string, std::string> in_life;
    recording const made = recorded([&](program& p, server& s) {
        s.on(report::get_report, [](report::get_request const& got) {
            report::export_result found;
            found.id = got.id;
            return found;
        });
        in_life = script(p);
    });
    REQUIRE(made.exchanges().size() == 8);
    player_options how;
    how.mode = play_mode::by_route;
    player plays(made, how);
    program p(options_to(plays));
    CHECK(script(p) == in_life);
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
}

TEST_CASE("clients on several threads share a recorder") {
    server s(options_of_server());
    std::string const id = s.add_export();
    auto const keeper = std::make_shared<recorder>();
    loop::options how = options_to(s);
    how.recorder = keeper;
    std::vector<std::thread> threads;
    for (int i = 0; i != 3; ++i)
        threads.emplace_back([&] {
            asio::io_context io;
            loop::client client(io.get_executor(), how);
            report::get_request const which(id);
            for (int n = 0; n != 20; ++n)
                client.async_call(report::get_report, which, [](auto const&) {});
            io.run();
        });
    for (auto& each : threads)
        each.join();
    CHECK(keeper->recording().exchanges().size() == 60);
    keeper->clear();
    CHECK(keeper->recording().exchanges().empty());
}

} // TEST_SUITE("recording/record_replay")
