// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A player refuses requests that are not as recorded, and chooses by route.
#include "session.hpp"

#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/detail/replay_match.hpp>

#include <limits>
#include <map>
#include <stdexcept>

TEST_SUITE("recording/player") {

using namespace session;

namespace {

// Recordings as people may write them.
recording written(std::string const& exchanges) {
    return recording::parse(R"({"format":"intheloop recording","version":1,"exchanges":[)" +
                            exchanges + "]}");
}

std::string looked_at(std::string const& id, std::string const& status) {
    return R"({"request":{"method":"GET","target":"/api/v1/report/exports/)" + id +
           R"("},"answer":{"status":200,"headers":{"Content-Type":"application/json"},)" +
           R"("json":{"id":")" + id + R"(","status":")" + status + R"("}}})";
}

loop::options options_without_user(player const& to) {
    loop::options how = options_to(to);
    how.impersonate_user.reset();
    return how;
}

std::string look(program& p, std::string const& id) {
    report::get_request const which(id);
    auto const got = call(p.client, p.io, report::get_report, which);
    return got ? std::string(got->status->text()) : outcome_of(got);
}

} // namespace

TEST_CASE("strict: what differs is said, to the client and to the test, and never repeated") {
    recording const made = recorded([](program& p, server&) {
        REQUIRE(p.contact_of(user));
        REQUIRE(p.start());
    });
    player plays(made);
    program p(options_to(plays));
    auto const mismatch = [&](auto const& got) {
        REQUIRE_FALSE(got);
        CHECK(got.error().status == 400);
        CHECK(got.error().attempts == 1);
        CHECK(got.error().service_code == "ReplayMismatch");
        CHECK(contains(got.error().service_message, "expected"));
        return plays.mismatches().back();
    };
    CHECK(contains(mismatch(p.draft()),
                   "request 1: exchange 1: expected GET "
                   "/api/v1/user/{{user:1}}/contact?mail={{secret:1}}, got POST /v1/drafts"));
    contact_request other(user);
    other.mail = mail;
    CHECK(contains(mismatch(call(p.client, p.io, get_contact, other)), "field X-"));
    other.reason = "another reason";
    other.api_key = "key";
    CHECK(contains(mismatch(call(p.client, p.io, get_contact, other)),
                   "expected the field X-Reason: tidying up, got another reason"));
    REQUIRE(p.contact_of(user));
    auto longer = week();
    longer.timezone = "Europe/Ljubljana";
    CHECK(contains(mismatch(p.start(longer)), "expected no member \"timezone\", got one"));
    CHECK(contains(mismatch(p.start(report::export_request(week().start, week().start))),
                   "request 6: exchange 2: POST /api/v1/report/export: the body differs at "
                   "/end: expected 1728604800, got 1728000000"));
    CHECK(plays.unplayed() == lines{"exchange 2: POST /api/v1/report/export"});
    auto const verdict = plays.played_as_recorded();
    CHECK_FALSE(verdict);
    CHECK(contains(printed(verdict), "request 1: exchange 1: expected GET"));
    CHECK(contains(printed(verdict), "never asked for: exchange 2: POST"));
    REQUIRE(p.start());
    CHECK(plays.unplayed().empty());
    CHECK(contains(mismatch(p.draft()), "expected no further request, got POST /v1/drafts"));
    CHECK(contains(mismatch(p.draft(plays.token().c_str())), "expected no further request"));
    CHECK(contains(mismatch(p.contact_of(user)), "got GET /api/v1/user/{{user:1}}/contact"));
    for (std::string const& each : plays.mismatches()) {
        CHECK_FALSE(contains(each, user));
        CHECK_FALSE(contains(each, mail));
    }
}

TEST_CASE("a number that is not finite is equal to the nearest finite one alone") {
    namespace detail = loop::testing::detail;
    auto const is_same = [](double expected, char const* got) {
        loop::testing::recorded_exchange one;
        one.request_body = loop::testing::recorded_body::of_json(expected);
        loop::testing::received_request request;
        request.body = got;
        detail::placeholder_values values;
        return !detail::body_difference(one, request, values);
    };
    constexpr double infinite = std::numeric_limits<double>::infinity();
    CHECK_FALSE(is_same(infinite, "1.5"));
    CHECK_FALSE(is_same(1.5, "1e309"));
    CHECK(is_same(infinite, "1e309"));
    CHECK(is_same(infinite, "1.7976931348623157E308"));
    CHECK_FALSE(is_same(-infinite, "1e309"));
    CHECK(is_same(0.1, "0.1"));
    CHECK_FALSE(is_same(0.1, "0.2"));
}

TEST_CASE("strict: a request plays whose addresses, names and ids were taken out") {
    auto const content = [](std::string const& link, std::string const& whose) {
        drafts::create_request request;
        request.content["link"] = link;
        request.content["hook"] = "https://ana:" + whose + "@hooks.example/in";
        request.content["file"] = "/file?Signature=" + whose + "-s1gned";
        request.content["ids"] =
            boost::json::object{{"6e1cf0db-52d7-4522-97c9-97aa40b14058", 1}, {"x", 2}};
        request.content["by_mail"] = boost::json::object{{mail, true}, {"name", "Ana"}};
        return request;
    };
    auto const send = [](program& p, drafts::create_request const& what) {
        return call(p.client, p.io, drafts::create_draft, what);
    };
    recording const made = recorded([&](program& p, server&) {
        REQUIRE(send(p, content("see https://shop.example/order?id=7 there", "pa55-w0rd")));
    });
    CHECK(contains(made.to_json(), "see {{file:1}} there"));
    CHECK(contains(made.to_json(), "https://[redacted]@hooks.example/in"));
    CHECK(contains(made.to_json(), "/file?Signature=[redacted]"));
    CHECK_FALSE(contains(made.to_json(), "pa55-w0rd"));
    player plays(recording::parse(made.to_json()));
    program p(options_to(plays));
    for (std::string const link : {"see it there", "see https://shop.example/order?id=7 here"})
        CHECK_FALSE(send(p, content(link, "pa55-w0rd")));
    CHECK_FALSE(send(p, content("see " + plays.files_url() + "/file-2?a=b there", "pa55-w0rd")));
    auto other = content("see https://shop.example/order?id=8 there", "0ther-one");
    CHECK(send(p, other));
    CHECK(plays.mismatches().size() == 3);
    CHECK(plays.unplayed().empty());
}

TEST_CASE("a text that was taken out of a name fits any, and is not told of a value that differs") {
    namespace detail = loop::testing::detail;
    loop::testing::recorded_exchange one;
    loop::testing::received_request request;
    detail::placeholder_values values;
    auto const difference = [&](boost::json::value expected, char const* got) {
        one.request_body = loop::testing::recorded_body::of_json(std::move(expected));
        request.body = got;
        return detail::body_difference(one, request, values).value_or("");
    };
    boost::json::object const named{{"https://[redacted]@h.example/a", 1}, {"x", 2}};
    CHECK(difference(named, R"({"https://ana:pa55@h.example/a":1,"x":2})").empty());
    CHECK(contains(difference(named, R"({"https://ana:pa55@h.example/b":1,"x":2})"),
                   "expected a member \"https://[redacted]@h.example/a\", got none"));
    CHECK(
        contains(difference("https://[redacted]@h.example/a", R"("https://ana:pa55@h.example/b")"),
                 ", got another value"));
    one.request_headers = {{"X-Hook", "https://[redacted]@h.example/a"}};
    request.headers = {{"X-Hook", "https://ana:pa55@h.example/b"}};
    CHECK(contains(detail::field_difference(one, request, values).value_or(""),
                   "X-Hook: https://[redacted]@h.example/a, got another value"));
    request.headers = {{"X-Hook", "https://ana:pa55@h.example/a"}};
    CHECK_FALSE(detail::field_difference(one, request, values));
}

TEST_CASE("members named by many new ids, and a text with much taken out, are matched in time") {
    namespace detail = loop::testing::detail;
    constexpr int count = 300;
    boost::json::object expected;
    boost::json::object sent;
    for (int i = 1; i <= count; ++i) {
        expected["{{id:" + std::to_string(i) + "}}"] = i;
        sent["id-" + std::to_string(i)] = i;
    }
    loop::testing::recorded_exchange one;
    one.request_body = loop::testing::recorded_body::of_json(expected);
    loop::testing::received_request request;
    request.body = boost::json::serialize(sent);
    detail::placeholder_values values;
    CHECK_FALSE(detail::body_difference(one, request, values));
    CHECK(values.size() == count);
    std::string recorded;
    std::string got;
    for (int i = 0; i != 20'000; ++i) {
        recorded += "[redacted]@h,";
        got += "u@h,";
    }
    CHECK(values.match(recorded, got));
    CHECK_FALSE(values.match(recorded, got + 'x'));
}

TEST_CASE("a UUID is the same in letters of either case, and a value in a form however spelled") {
    namespace detail = loop::testing::detail;
    loop::testing::recorded_exchange one;
    loop::testing::received_request request;
    detail::placeholder_values values;
    auto const fits = [&](char const* expected, char const* got) {
        one.request_body = loop::testing::recorded_body::of_text(expected);
        request.body = got;
        return !detail::body_difference(one, request, values);
    };
    CHECK(fits("{{id:1}};{{user:1}}", "6E1CF0DB-52D7-4522-97C9-97AA40B14058;Ana+1@example.org"));
    CHECK(fits("{{id:1}}", "6e1cf0db-52d7-4522-97c9-97aa40b14058"));
    CHECK_FALSE(fits("{{id:2}}", "6e1cf0db-52d7-4522-97c9-97aa40b14058"));
    CHECK_FALSE(fits("a={{user:1}}&b", "a=ana%2B1%40example.org&b"));
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    CHECK(fits("a={{user:1}}&b", "a=ana%2B1%40example.org&b"));
    CHECK(fits("a={{user:1}}&b", "a=ana%2b1@example%2Eorg&b"));
    CHECK_FALSE(fits("a={{user:1}}&b", "a=ana+1%40example.org&b")); // with a blank
    CHECK(fits("a={{secret:1}}&b={{secret:1}}", "a=x+%26&b=x%20%26"));
    CHECK_FALSE(fits("b={{secret:1}}", "b=x"));
}

TEST_CASE("strict: no secret is in what is said of a request") {
    player plays(recorded([](program& p, server&) { REQUIRE(p.draft()); }));
    program p(options_to(plays));
    CHECK_FALSE(p.contact_of(user)); // the mail and the user are not known to the player yet
    CHECK_FALSE(p.draft(plays.token().c_str()));
    CHECK_FALSE(p.draft(user));
    REQUIRE(plays.mismatches().size() == 3);
    CHECK(contains(plays.mismatches().at(0), "got GET /api/v1/user/[redacted]/contact?mail=..."));
    CHECK(contains(plays.mismatches().at(1), "expected \"hello\", got \"[redacted]\""));
    CHECK(contains(plays.mismatches().at(2), "expected \"hello\", got \"{{user:1}}\""));
    CHECK(p.draft());
}

TEST_CASE("strict: what is not asked for counts") {
    player plays(written(looked_at("a", "Processing") + ',' + looked_at("b", "Completed")));
    program p(options_without_user(plays));
    CHECK(look(p, "a") == "Processing");
    CHECK(plays.mismatches().empty());
    CHECK_FALSE(plays.played_as_recorded());
    CHECK(look(p, "b") == "Completed");
    CHECK(plays.played_as_recorded());
    CHECK(printed(plays.played_as_recorded()) == "all was played as recorded");
}

TEST_CASE("by route: each path in turn, the last answer again and again") {
    player_options how;
    how.mode = play_mode::by_route;
    player plays(written(looked_at("a", "Processing") + ',' + looked_at("b", "Failed") + ',' +
                         looked_at("a", "Completed")),
                 how);
    program p(options_without_user(plays));
    CHECK(look(p, "b") == "Failed");
    CHECK(look(p, "a") == "Processing");
    CHECK(look(p, "a") == "Completed");
    CHECK(look(p, "a") == "Completed");
    CHECK(plays.played_as_recorded());
    CHECK(contains(look(p, "c"), "400"));
    REQUIRE(plays.mismatches().size() == 1);
    CHECK(contains(plays.mismatches().front(),
                   "expected a recorded route, got GET /api/v1/report/exports/c"));
}

TEST_CASE("by route: who is impersonated is in the answers") {
    player_options how;
    how.mode = play_mode::by_route;
    player plays(
        written(R"({"request":{"method":"GET","target":"/api/v1/user/u/contact",)"
                R"("headers":{"X-Impersonate-User":"{{user:1}}"}},)"
                R"("answer":{"status":200,"json":{"name":"{{user:1}} of {{secret:1}}"}}})"),
        how);
    program p(options_to(plays));
    auto const got = call(p.client, p.io, get_contact, contact_request("u"));
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->name == std::string(user) + " of secret_1");
}

TEST_CASE("by route: no two placeholders of a kind stand for the same") {
    player_options how;
    how.mode = play_mode::by_route;
    player plays(
        written(looked_at("{{id:1}}", "Processing") + ',' + looked_at("{{id:2}}", "Failed") + ',' +
                looked_at("{{id:1}}", "Completed") + ',' + looked_at("{{secret:1}}", "Queued")),
        how);
    program p(options_without_user(plays));
    CHECK(look(p, "a") == "Processing");
    CHECK(look(p, "a") == "Completed");
    CHECK(look(p, "a") == "Completed"); // not "Queued", for which it would be a secret
    CHECK(look(p, "b") == "Failed");
    CHECK(look(p, "b") == "Failed");
    CHECK(look(p, "a") == "Completed");
    CHECK(plays.unplayed().size() == 1);
    CHECK(look(p, "c") == "Queued");
    CHECK(plays.played_as_recorded());
}

TEST_CASE("strict: two users are not played by one, whose letters may change their case") {
    auto const of_user = [](std::string const& user) {
        return R"({"request":{"method":"GET","target":"/api/v1/user/{{user:)" + user +
               R"(}}/contact","headers":{"X-Impersonate-User":"{{user:)" + user +
               R"(}}"}},"answer":{"status":200,"json":{"name":"{{user:)" + user + R"(}}"}}})";
    };
    player plays(written(of_user("1") + ',' + of_user("1") + ',' + of_user("2")));
    auto const ask = [&](std::string const& in_path, std::string const& in_field) {
        loop::options to = options_to(plays);
        to.impersonate_user = in_field;
        program p(to);
        auto const got = call(p.client, p.io, get_contact, contact_request(in_path));
        return got ? got->name : outcome_of(got);
    };
    CHECK(ask("Ana@Example.com", "ana@example.com") == "Ana@Example.com");
    CHECK(ask("ana@example.com", "ANA@EXAMPLE.COM") == "Ana@Example.com");
    CHECK(contains(ask("ana@example.com", "ana@example.com"), "400"));
    CHECK(contains(plays.mismatches().back(), "exchange 3: expected GET"));
    CHECK_FALSE(plays.played_as_recorded());
    CHECK(ask("bo@example.com", "bo@example.com") == "bo@example.com");
    CHECK(plays.unplayed().empty());
}

TEST_CASE("strict: the user is not in what is said of a request, in whichever case it stands") {
    auto const of_user = [](std::string const& in_path) {
        return R"({"request":{"method":"GET","target":"/api/v1/user/)" + in_path +
               R"(/contact","headers":{"X-Impersonate-User":"{{user:1}}"}},)"
               R"("answer":{"status":200,"json":{"name":"n"}}})";
    };
    player plays(written(of_user("u") + ',' + of_user("u")));
    loop::options to = options_to(plays);
    to.impersonate_user = "Ana.Novak@Example.com";
    program p(to);
    // Before the player knows the user, and behind that.
    for (char const* const told : {"[redacted]", "{{user:1}}"}) {
        CHECK_FALSE(call(p.client, p.io, get_contact, contact_request("ANA.NOVAK@EXAMPLE.COM")));
        CHECK_MESSAGE(contains(plays.mismatches().back(), told), plays.mismatches().back());
        CHECK_FALSE(contains(plays.mismatches().back(), "NOVAK"));
        CHECK(call(p.client, p.io, get_contact, contact_request("u")));
    }
}

TEST_CASE("by route: the recorded query first, and the body where that is wanted") {
    auto const found = [](std::string const& query, std::string const& name) {
        return R"({"request":{"method":"GET","target":"/api/v1/user/u/contact)" + query +
               R"("},"answer":{"status":200,"json":{"name":")" + name + R"("}}})";
    };
    player_options how;
    how.mode = play_mode::by_route;
    how.compare_bodies = true;
    player plays(written(found("?mail=a", "a") + ',' + found("?mail=b", "b") +
                         R"(,{"request":{"method":"POST","target":"/v1/drafts","json":{"a":1}},)" +
                         R"("answer":{"status":201}})"),
                 how);
    program p(options_without_user(plays));
    auto const name_of = [&](std::string query) {
        contact_request which("u");
        which.mail = std::move(query);
        auto const got = call(p.client, p.io, get_contact, which);
        REQUIRE_MESSAGE(got, got.error());
        return got->name;
    };
    CHECK(name_of("b") == "b");
    CHECK(name_of("c") == "a"); // that of another query
    CHECK(name_of("b") == "b");
    drafts::create_request draft;
    draft.content["a"] = 2;
    CHECK_FALSE(call(p.client, p.io, drafts::create_draft, draft));
    CHECK(contains(plays.mismatches().back(), "the body differs at /a: expected 1, got 2"));
    draft.content["a"] = 1;
    CHECK(call(p.client, p.io, drafts::create_draft, draft));
}

TEST_CASE("by route: a file is whole in whichever order its parts were asked for") {
    std::string const content = "0123456789";
    auto const part = [&](std::size_t first, std::size_t last) {
        std::string const range = std::to_string(first) + '-' + std::to_string(last);
        return R"(,{"request":{"method":"GET","target":"{{file:1}}","headers":{"Range":"bytes=)" +
               range + R"("}},"answer":{"status":206,"headers":{"ETag":"\"{{etag:1}}\"",)" +
               R"("Content-Range":"bytes )" + range + R"(/10"},"text":")" +
               content.substr(first, last - first + 1) + R"("}})";
    };
    player_options how;
    how.mode = play_mode::by_route;
    auto const ask = [&](std::string const& parts, std::string const& range) {
        player const plays(written(looked_at("a", "Completed\",\"url\":\"{{file:1}}") + parts),
                           how);
        program p(options_without_user(plays));
        report::get_request const which("a");
        auto const got = call(p.client, p.io, report::get_report, which);
        REQUIRE_MESSAGE(got, got.error());
        std::string const port = plays.files_url().substr(plays.files_url().rfind(':') + 1);
        tests::blocking_client client(static_cast<std::uint16_t>(std::stoi(port)));
        REQUIRE_FALSE(client.handshake(plays.ca_certificate(), "127.0.0.1"));
        auto const answer =
            client.ask("GET", got->url->substr(plays.files_url().size()), {{"Range", range}});
        return std::to_string(answer.result_int()) + ' ' + answer.body();
    };
    for (std::string const& parts :
         {part(0, 2) + part(3, 4) + part(5, 9), part(0, 2) + part(5, 9) + part(3, 4),
          part(5, 9) + part(3, 4) + part(0, 2), part(3, 4) + part(0, 2) + part(5, 9),
          part(4, 9) + part(2, 6) + part(0, 3)}) {
        CAPTURE(parts);
        CHECK(ask(parts, "bytes=1-8") == "206 12345678");
        CHECK(ask(parts, "bytes=0-") == "206 0123456789");
    }
    CHECK(contains(ask(part(0, 2) + part(5, 9), "bytes=0-"), "not all of the file was recorded"));
    CHECK(contains(ask(part(5, 9) + part(3, 4), "bytes=3-"), "not all of the file was recorded"));
}

TEST_CASE("by route: a whole file in any range, half of one in its own range only") {
    auto const file = [](std::string const& of_answer) {
        return looked_at("a", "Completed\",\"url\":\"{{file:1}}") +
               R"(,{"request":{"method":"GET","target":"{{file:1}}"},"answer":{"status":200,)" +
               R"("headers":{"ETag":"\"{{etag:1}}\"","Accept-Ranges":"bytes"},)" + of_answer + '}';
    };
    player_options how;
    how.mode = play_mode::by_route;
    auto const ask = [&](player const& plays, std::string const& range) {
        program p(options_without_user(plays));
        report::get_request const which("a");
        auto const got = call(p.client, p.io, report::get_report, which);
        REQUIRE(got);
        std::string const url = *got->url;
        std::string const port = plays.files_url().substr(plays.files_url().rfind(':') + 1);
        tests::blocking_client client(static_cast<std::uint16_t>(std::stoi(port)));
        REQUIRE_FALSE(client.handshake(plays.ca_certificate(), "127.0.0.1"));
        auto const answer =
            client.ask("GET", url.substr(plays.files_url().size()), {{"Range", range}});
        return std::to_string(answer.result_int()) + ' ' + answer.body();
    };
    player const whole(written(file(R"("text":"0123456789"})")), how);
    CHECK(ask(whole, "bytes=4-6") == "206 456");
    CHECK(ask(whole, "bytes=4-") == "206 456789");
    CHECK(ask(whole, "nothing") == "200 0123456789");
    CHECK(contains(ask(whole, "bytes=10-"), "416"));
    player const half(written(file(R"("text":"01234","missing":5},"failure":"connection_lost")")),
                      how);
    CHECK(contains(ask(half, "bytes=4-"), "not all of the file was recorded"));
}

TEST_CASE("no token, and an address that is not signed here") {
    player plays(written(looked_at("a", "Completed\",\"url\":\"{{file:1}}")));
    std::string const port = plays.base_url().substr(plays.base_url().rfind(':') + 1);
    tests::blocking_client client(static_cast<std::uint16_t>(std::stoi(port)));
    REQUIRE_FALSE(client.handshake(plays.ca_certificate(), "localhost"));
    CHECK(client.ask("GET", "/api/v1/report/exports/a").result_int() == 401);
    CHECK(client.ask("GET", "/api/v1/report/exports/a", {{"Authorization", "Bearer "}})
              .result_int() == 401);
    CHECK(plays.mismatches().empty());
    auto const got = download(options_without_user(plays), plays.files_url() + "/file-1?a=b",
                              fs::temp_directory_path() / "never-there");
    REQUIRE_FALSE(got);
    CHECK(got.error().status == 403);
}

TEST_CASE("credentials that go elsewhere than to the API are not as recorded") {
    std::string const docs = "https://docs.example.org";
    player_options how;
    SUBCASE("strict") {
        how.mode = play_mode::strict;
    }
    SUBCASE("by route") {
        how.mode = play_mode::by_route;
    }
    player plays(written(R"({"request":{"method":"GET","target":")" + docs + R"(/page"},)" +
                         R"("answer":{"status":200,"text":"yes"}},)" +
                         looked_at("a", "Completed\",\"url\":\"{{file:1}}") +
                         R"(,{"request":{"method":"GET","target":"{{file:1}}"},)" +
                         R"("answer":{"status":200,"text":"[1]"}})"),
                 how);
    auto const ask = [&](std::string const& at, char const* host, std::string const& target,
                         loop::testing::header_list const& fields) {
        tests::blocking_client client(
            static_cast<std::uint16_t>(std::stoi(at.substr(at.rfind(':') + 1))));
        REQUIRE_FALSE(client.handshake(plays.ca_certificate(), host));
        auto const answer = client.ask("GET", target, fields);
        return std::to_string(answer.result_int()) + ' ' + answer.body();
    };
    loop::testing::header_list const credentials[] = {
        {{"Authorization", "Bearer " + plays.token()}}, {{"X-Impersonate-User", user}}};
    auto const check_refusals = [&](std::string const& at, char const* host,
                                    std::string const& target, std::string const& named) {
        for (auto const& fields : credentials) {
            std::size_t const before = plays.mismatches().size();
            CHECK(contains(ask(at, host, target, fields), "400 "));
            REQUIRE(plays.mismatches().size() == before + 1);
            CHECK_MESSAGE(
                contains(plays.mismatches().back(),
                         "expected credentials for the API alone, got them with GET " + named),
                plays.mismatches().back());
            CHECK_FALSE(contains(plays.mismatches().back(), plays.token()));
            CHECK_FALSE(contains(plays.mismatches().back(), user));
        }
    };
    std::string const other = plays.origins().at(docs);
    check_refusals(other, "localhost", "/page", docs + "/page");
    CHECK(ask(other, "localhost", "/page", {}) == "200 yes");

    program p(options_without_user(plays));
    report::get_request const which("a");
    auto const looked = call(p.client, p.io, report::get_report, which);
    REQUIRE_MESSAGE(looked, looked.error());
    std::string const path = looked->url->substr(plays.files_url().size());
    check_refusals(plays.files_url(), "127.0.0.1", path, "{{file:1}}");
    check_refusals(plays.files_url(), "127.0.0.1", "/file-1?a=b", "{{file:1}}");
    CHECK(ask(plays.files_url(), "127.0.0.1", path, {}) == "200 [1]");
    CHECK(plays.unplayed().empty());
    CHECK_FALSE(plays.played_as_recorded());
}

TEST_CASE("the options of its server say how it is reached and what expires, not what it answers") {
    std::string const session =
        looked_at("a", "Completed\",\"url\":\"{{file:1}}") +
        R"(,{"request":{"method":"GET","target":"{{file:1}}"},"answer":{"status":200,"text":"[1]"}})";
    for (bool const expires : {false, true}) {
        CAPTURE(expires);
        player_options how;
        how.server.plain_http = true;
        how.server.statuses = {"Failed"};
        how.server.content = std::string("[2]");
        if (expires)
            how.server.file_url_lifetime = 0s;
        player plays(written(session), how);
        CHECK(plays.base_url().starts_with("http://"));
        loop::options to = options_without_user(plays);
        to.allow_insecure_loopback = true;
        program p(to);
        report::get_request const which("a");
        auto const looked = call(p.client, p.io, report::get_report, which);
        REQUIRE_MESSAGE(looked, looked.error());
        CHECK(looked->status == report::export_status::completed);
        auto const got = download(to, *looked->url, p.d.path / "file");
        if (expires) {
            REQUIRE_FALSE(got);
            CHECK(got.error().status == 403);
        } else {
            REQUIRE_MESSAGE(got, got.error());
            CHECK(content_of(p.d.path / "file") == "[1]");
        }
        CHECK(plays.mismatches().empty());
    }
}

TEST_CASE("the value of a placeholder may hold the text behind it") {
    struct {
        char const *recorded, *got;
        bool fits;
    } const cases[] = {
        {"{{any}}-x", "a-x-x", true},
        {"{{any}}-x", "-x", true},
        {"{{any}}-x", "a-x-", false},
        {"{{secret:1}}-x", "a-x-x", true},
        {"{{secret:1}}-x", "-x", false},
        {"{{secret:1}}-x", "x", false},
        {"{{any}}, {{any}}.", "a, b..", true},
        {"{{any}}, {{any}}.", "a b.", false},
        {"{{secret:1}}", "", false},
        {"{{any}}", "", true},
        {"[redacted]{{braces}}any}}", "x{{any}}", true},
        {"[redacted]{{braces}}any}}", "x{{any}", false},
        {"[redacted]a{{braces}}id:1}}", "redacted a{{id:1}}", true},
        {"[redacted]a{{braces}}id:1}}", "redacted a{{id:2}}", false},
        {"[redacted]@[redacted]/", "x/y/", true},
        {"{{secret:1}}a{{api}}/", "canaryahttp://h/", true},
        {"{{secret:1}}a{{api}}-{{any}}", "canaryahttp://h-ahttp://h", true},
        {"{{any}}{{user:9}}", "of Ana, and ANA", true},
        {"{{any}} {{user:9}}/{{id:1}}", "a Bo/ ana/1", true},
        {"{{any}}{{user:9}}", "of Ana, and Bo", false},
    };
    for (auto const& each : cases) {
        CAPTURE(each.recorded);
        CAPTURE(each.got);
        loop::testing::detail::placeholder_values values(
            std::map<std::string, std::string>{{"user:9", "ana"}});
        values.api_url = "http://h";
        CHECK(values.match(each.recorded, each.got) == each.fits);
    }
    using spelling = loop::testing::detail::placeholder_values::spelling;
    loop::testing::detail::placeholder_values of_form(
        std::map<std::string, std::string>{{"secret:2", "a b&"}});
    CHECK(of_form.match("{{any}}{{secret:2}}", "x=a+b%26", spelling::form_encoded));
    CHECK(of_form.match("{{any}}{{secret:2}}/{{any}}", "a%20b/a%20b&/", spelling::percent_encoded));
    loop::testing::detail::placeholder_values values;
    CHECK(values.match("of {{secret:1}} & co", "of a & co & co"));
    CHECK(values.fill("{{secret:1}}") == "a & co");
}

TEST_CASE("placeholders get the values that they are given") {
    player_options how;
    how.values = {{"id:1", "my-id"}, {"user:1", "somebody"}};
    player plays(written(R"({"request":{"method":"POST","target":"/v1/drafts",)"
                         R"("headers":{"Content-Type":"application/json"},"json":{}},)"
                         R"("answer":{"status":200,"json":["{{id:1}}","{{user:1}}","{{id:2}}",)"
                         R"("{{api}}/x","{{braces}}id:1}}"]}})"),
                 how);
    program p(options_without_user(plays));
    auto const got = call(p.client, p.io, drafts::create_draft, drafts::create_request());
    REQUIRE_MESSAGE(got, got.error());
    CHECK(boost::json::serialize(**got) ==
          "[\"my-id\",\"somebody\",\"00000000-0000-4000-8000-000000000002\",\"" + plays.base_url() +
              "/x\",\"{{id:1}}\"]");
    how.values = {{"file:1", "x"}};
    CHECK_THROWS_AS(player(recording(), how), std::invalid_argument);
    how.values = {{"nonsense:1", "x"}};
    CHECK_THROWS_AS(player(recording(), how), std::invalid_argument);
}

} // TEST_SUITE("recording/player")
