// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Interceptors do not see secrets, and some calls not at all.
#include <client/bodies/raw_routes.hpp>
#include <client/interceptors/fixture.hpp>
#include <support/upper.hpp>

#include <map>
#include <utility>

TEST_SUITE("client/interceptors/secrets") {

using namespace fixture;

namespace {

std::string const signed_url =
    "https://reports.example.org/RF_1?Expires=1698934975&Signature=t7Wry7L&Key-Pair-Id=K3OIER";

// All texts that an interceptor can see.
std::string all_of(intercepted_request const& request) {
    auto const about = request.attributes();
    std::string all = std::string(about.http_request_method) + std::string(about.url_template) +
                      std::string(about.server_address) + std::string(request.target()) +
                      std::string(request.body().value_or(""));
    for (std::size_t i = 0; i != request.fields().size(); ++i)
        all += '\n' + std::string(request.fields()[i].first) + ": " +
               std::string(request.fields()[i].second);
    return all;
}
std::string all_of(intercepted_response const& response) {
    std::string all = response.body();
    auto const fields = response.fields();
    for (std::size_t i = 0; i != fields.size(); ++i)
        all += '\n' + std::string(fields[i].first) + ": " + std::string(fields[i].second) + '\n' +
               response.field(fields[i].first).value_or("");
    return all;
}

} // namespace

TEST_CASE("neither token, user nor a signed address, wherever they stand") {
    scene t;
    t.how.impersonate_user = user;
    t.retry_at_once();
    std::string const token = t.s.token();
    std::string const other_case = tests::upper(user); // as a service may write it
    std::string seen;
    auto const it = t.add();
    it->on_before = [&](intercepted_request const& request) {
        CHECK_FALSE(request.fields().find("Authorization"));
        CHECK_FALSE(request.fields().find("X-Impersonate-User"));
        seen += all_of(request);
        return interception();
    };
    it->on_after = [&](intercepted_request const&, intercepted_response const& response) {
        seen += all_of(response);
        return interception();
    };
    auto const answer = [&](unsigned status) {
        return response_override(status, R"({"id":"1","status":"Completed","url":")" + signed_url +
                                             R"(","told":")" + token + R"( )" + user + R"( )" +
                                             other_case + R"("})")
            .header("Location", signed_url)
            .header("X-Echo", "Bearer " + token)
            .header("X-User", user)
            .header("X-Other-Case", other_case);
    };
    t.s.respond_next(answer(503));
    t.s.respond_next(answer(200));
    // In the request too: here the user's data repeat them.
    report::export_request request = week();
    request.customer_ids = {token, user, other_case, signed_url};
    loop::call_options how;
    how.retry_when_sent(loop::service_may_act_twice);
    auto const r = call(t.client(), t.io, report::export_report, request, how);
    REQUIRE_MESSAGE(r, r.error());
    for (std::string const& secret :
         {token, std::string(user), other_case, std::string("Signature=t7Wry7L"),
          std::string("t7Wry7L"), std::string("K3OIER")})
        CHECK_MESSAGE(!contains(seen, secret), seen);
    CHECK(contains(seen, "[redacted]"));
    CHECK(contains(seen, "https://reports.example.org/RF_1?[redacted]"));
    // The request and the answer are whole nevertheless.
    CHECK(contains(t.s.requests().at(0).body, token));
    CHECK(contains(t.s.requests().at(0).body, "Signature=t7Wry7L"));
    CHECK(t.s.requests().at(0).header("X-Impersonate-User") == user);
    CHECK(r->url == signed_url);
    CHECK(r.headers().find("Location") == signed_url);
}

TEST_CASE("no relative address with a query of any names") {
    scene t;
    std::string seen;
    auto const it = t.add();
    it->on_after = [&](intercepted_request const&, intercepted_response const& response) {
        seen += all_of(response);
        return interception();
    };
    t.s.respond_next(
        response_override(200, completed).header("Location", "/RF_1?exp=1&hmac=abcdef12"));
    auto const r = t.get();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(contains(seen, "Location: /RF_1?[redacted]"));
    CHECK_FALSE(contains(seen, "abcdef12"));
    CHECK(r.headers().find("Location") == "/RF_1?exp=1&hmac=abcdef12");
}

TEST_CASE("credentials that one adds are taken out of the words of the service") {
    scene t;
    t.add()->on_before = [](intercepted_request const&) {
        return interception().header("X-Gateway-Key", "k3y-of-the-gateway");
    };
    t.s.respond_next(response_override(400, R"({"message":"bad key k3y-of-the-gateway"})")
                         .header("X-Echo", "k3y-of-the-gateway"));
    auto const r = t.get();
    REQUIRE_FALSE(r);
    CHECK(r.error().service_message == "bad key [redacted]");
    CHECK(r.error().headers.find("X-Echo") == "[redacted]");
    CHECK(t.s.requests().at(0).header("X-Gateway-Key") == "k3y-of-the-gateway");
}

TEST_CASE("an answer that is kept and given back later is whole, with its signed address") {
    scene t;
    std::optional<intercepted_response> kept;
    auto const it = t.add();
    it->on_before = [&](intercepted_request const&) {
        return kept ? interception::answer(*kept) : interception();
    };
    it->on_after = [&](intercepted_request const&, intercepted_response const& response) {
        kept = response;
        return interception();
    };
    t.s.respond_next(
        response_override(200, R"({"id":"1","status":"Completed","url":")" + signed_url + R"("})"));
    REQUIRE(t.get());
    t.made.reset(); // also in a later client
    auto const r = t.get();
    REQUIRE_MESSAGE(r, r.error());
    CHECK(r->url == signed_url);
    CHECK(t.s.requests().size() == 1);
    CHECK_FALSE(contains(kept->body(), "Signature"));
}

TEST_CASE("which requests have the same audience") {
    std::map<std::string, std::uint64_t> of;
    auto const ask = [&](std::string const& name, auto change) {
        scene t;
        t.how.base_url = "https://api.example.org"; // never called
        t.how.token = "a_token_of_a_test";
        report::export_request request = week();
        change(t.how, request);
        t.add()->on_before = [&](intercepted_request const& seen) {
            of[name] = seen.audience();
            return interception::answer(json(200, completed));
        };
        REQUIRE(call(t.client(), t.io, report::export_report, request));
    };
    ask("plain", [](auto&, auto&) {});
    ask("again", [](auto&, auto&) {});
    ask("another request", [](auto&, auto& request) { request.timezone = "Europe/Ljubljana"; });
    ask("another token", [](auto& how, auto&) { how.token = "another_token"; });
    ask("a user", [](auto& how, auto&) { how.impersonate_user = "user_4711"; });
    ask("another user", [](auto& how, auto&) { how.impersonate_user = "user_4712"; });
    // A token of "ab" for "c" is not one of "a" for "bc".
    ask("split here", [](auto& how, auto&) {
        how.token = "split_tok";
        how.impersonate_user = "en_user";
    });
    ask("split there", [](auto& how, auto&) {
        how.token = "split_token";
        how.impersonate_user = "_user";
    });
    ask("another server", [](auto& how, auto&) { how.base_url = "https://api.example.com"; });
    // Texts that look alike, since they differ in what is redacted.
    ask("a signed address", [](auto&, auto& request) { request.customer_ids = {signed_url}; });
    ask("another signed address",
        [](auto&, auto& request) { request.customer_ids = {signed_url + "1"}; });
    CHECK(of.at("plain") == of.at("again"));
    CHECK(of.at("plain") == of.at("another request"));
    for (auto const& [name, number] : of)
        for (auto const& [other, its_number] : of)
            if (name < other && other != "plain" && name != "again" && name != "another request")
                CHECK_MESSAGE(number != its_number, name, ", ", other);
    for (auto const& [name, number] : of)
        if (name != "plain" && name != "again" && name != "another request")
            CHECK_MESSAGE(number != of.at("plain"), name);
}

TEST_CASE("a download is not shown to them") {
    scene t;
    t.add();
    auto const source = loop::open_download(t.client(), t.s.file_url(t.s.add_export()));
    std::string text;
    std::optional<loop::error> failure;
    bool over = false;
    while (!over) {
        std::string piece;
        source->async_read(piece, [&](std::optional<loop::error> failed) {
            failure = std::move(failed);
            over = failure || piece.empty();
        });
        t.io.restart();
        t.io.run();
        text += piece;
    }
    CHECK_FALSE(failure);
    CHECK_FALSE(text.empty());
    CHECK(t.notes.empty());
}

namespace {

// Reads the answer of a GET to its end.
struct stream {
    std::string text;
    std::optional<loop::error> failure;
};
stream read_all(scene& t) {
    stream got;
    auto const source = loop::open_response(t.client(), raw::get_file, raw::file_request("x"));
    for (bool over = false; !over;) {
        std::string piece;
        source->async_read(piece, [&](std::optional<loop::error> failed) {
            got.failure = std::move(failed);
            over = got.failure || piece.empty();
        });
        t.io.restart();
        t.io.run();
        got.text += piece;
    }
    return got;
}

} // namespace

TEST_CASE("of an answer that is streamed they see status and header") {
    scene t;
    t.s.respond_next(response_override(200, completed).header("X-A", "1"));
    auto const it = t.add();
    it->on_before = [](intercepted_request const& request) {
        CHECK(request.streams_response());
        return interception();
    };
    it->on_after = [](intercepted_request const&, intercepted_response const& response) {
        CHECK(response.status() == 200);
        CHECK(response.field("X-A") == "1");
        CHECK_FALSE(response.has_body());
        CHECK(response.body().empty());
        return interception();
    };
    auto const got = read_all(t);
    CHECK_FALSE(got.failure);
    CHECK(got.text == completed);
    CHECK(t.notes.size() == 2);
}

TEST_CASE("one can answer a call that streams, or replace a refusal, but no answer that was read") {
    scene t;
    auto const it = t.add();
    auto const give = interception::answer(json(200, completed));
    SUBCASE("answers") {
        it->on_before = [&](intercepted_request const&) { return give; };
        auto const got = read_all(t);
        CHECK_FALSE(got.failure);
        CHECK(got.text == completed);
        CHECK(t.s.requests().empty());
    }
    SUBCASE("answers with a refusal") {
        it->on_before = [&](intercepted_request const&) {
            return interception::answer(json(404, R"({"message":"gone"})"));
        };
        auto const got = read_all(t);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::not_found);
        CHECK(got.failure->service_message == "gone");
    }
    SUBCASE("replaces a refusal") {
        t.s.respond_next(response_override(304, ""));
        it->on_after = [&](intercepted_request const&, intercepted_response const& response) {
            CHECK(response.status() == 304);
            CHECK(response.has_body());
            return give;
        };
        auto const got = read_all(t);
        CHECK_FALSE(got.failure);
        CHECK(got.text == completed);
    }
    SUBCASE("replaces what was read") {
        t.s.respond_next(response_override(200, completed));
        it->on_after = [&](intercepted_request const&, intercepted_response const&) {
            return give;
        };
        auto const got = read_all(t);
        REQUIRE(got.failure);
        CHECK(got.failure->code() == errc::invalid_option);
        CHECK(got.failure->detail ==
              "interceptors[0]: replaces an answer whose body went to a reader already");
    }
    SUBCASE("gives back an answer without its body") {
        t.s.respond_next(response_override(200, completed));
        std::optional<intercepted_response> kept;
        it->on_after = [&](intercepted_request const&, intercepted_response const& response) {
            kept = response;
            return interception();
        };
        CHECK_FALSE(read_all(t).failure);
        it->on_before = [&](intercepted_request const&) { return interception::answer(*kept); };
        check_failed(t.get(), errc::invalid_option,
                     "interceptors[0]: its answer has no body, since that went to a reader");
    }
}

} // TEST_SUITE("client/interceptors/secrets")
