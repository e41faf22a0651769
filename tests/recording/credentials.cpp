// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Credentials that a recorder knows by their names, and secrets in base64 and hexadecimal.
#include "told_exchange.hpp"

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

TEST_SUITE("recording/credentials") {

using namespace session;

namespace {

bool has(std::string const& text, std::string_view part) {
    return text.find(part) != text.npos;
}

constexpr char const* names[] = {
    "access_token",    "refresh_token", "password",       "X-Session",      "accessToken",
    "client_secret",   "clientSecret",  "api_key",        "apiKey",         "APIKey",
    "session_id",      "sessionId",     "user[password]", "X-Api-Key",      "Authorization",
    "credentials",     "passwd",        "auth.token",     "id_token",       "private_key",
    "session_key",     "sessionKey",    "new_password1",  "password2",      "passwordConfirm",
    "password_repeat", "tokens",        "secrets",        "passwords",      "apiKeys",
    "id_token_hint",   "authHeader",    "privateKeyPem",  "idtoken",        "apitoken",
    "csrftoken",       "clientsecret",  "secretkey",      "privatekey",     "accesskey",
    "JSESSIONID",      "PHPSESSID",     "accesskeys",     "user_passwords", "tokens[0]",
    "XSRF-TOKEN",      "authtoken",     "sessionCookie",  "reset_token",    "password_2_again",
    "X-CSRF",          "passcode",      "assertion",      "clientAssertion"};
constexpr char const* other_names[] = {"token_type",
                                       "key",
                                       "page_token",
                                       "next_token",
                                       "author",
                                       "keyword",
                                       "sort_key",
                                       "monkey",
                                       "expires_in",
                                       "idempotency_key",
                                       "token_count",
                                       "max_tokens",
                                       "tokens_used",
                                       "next_page_token",
                                       "secretary",
                                       "passenger",
                                       "keys",
                                       "authors",
                                       "authority",
                                       "tokenizer",
                                       "public_keys",
                                       "turkeys",
                                       "nextpagetoken",
                                       "$skiptoken",
                                       "continuationtoken",
                                       "total_tokens",
                                       "session_count",
                                       "password_policy",
                                       "cookie_consent",
                                       "secret_santa",
                                       "prompt_tokens",
                                       "compass",
                                       "passport",
                                       "X-RateLimit-Remaining-Tokens"};

} // namespace

TEST_CASE("credentials in query parameters are hidden, here and wherever else they stand") {
    for (std::string const name : names) {
        CAPTURE(name);
        recorder keeper;
        told one;
        one.target = "/api/v1/thing?" + name + "=Val%2Fue123&page=2";
        one.body = "{\"echo\":\"got Val/ue123 of Val\\/ue123\"}";
        one.tell(keeper);
        recording const made = keeper.recording();
        CHECK_FALSE(has(made.to_json(), "ue123"));
        CHECK(made.exchanges().at(0).target == "/api/v1/thing?" + name + "={{secret:1}}&page=2");
        CHECK(text_of(made.exchanges().at(0).body) ==
              R"({"echo":"got {{secret:1}} of {{secret:1}}"})");
    }
    for (std::string const name : other_names) {
        CAPTURE(name);
        recorder keeper;
        told one;
        one.target = "/api/v1/thing?" + name + "=Val%2Fue123";
        one.tell(keeper);
        CHECK(keeper.recording().exchanges().at(0).target == one.target);
    }
}

TEST_CASE("a short credential in a parameter is hidden in its place") {
    recorder keeper;
    told one;
    one.target = "/api/v1/thing?password=abc&pin=abc&token=&token&auth=true";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).target ==
          "/api/v1/thing?password={{secret:1}}&pin=abc&token=&token&auth=true");
}

TEST_CASE("a parameter that varies stays one") {
    recorder_options how;
    how.varying = {"access_token"};
    recorder keeper(how);
    told one;
    one.target = "/api/v1/thing?access_token=Value12345";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).target == "/api/v1/thing?access_token={{any}}");
}

TEST_CASE("credentials in members of JSON are hidden in both directions") {
    for (std::string const name : names) {
        CAPTURE(name);
        recorder keeper;
        told one;
        one.request_body = R"({"deep":[{")" + name + R"(":"Val/ue123"}]})";
        one.body = R"({")" + name + R"(":["Oth+er456","x"],"text":"of Oth%2Ber456 and Val/ue123"})";
        one.tell(keeper);
        recording const made = keeper.recording();
        CHECK_FALSE(has(made.to_json(), "ue123"));
        CHECK_FALSE(has(made.to_json(), "er456"));
        CHECK(text_of(made.exchanges().at(0).request_body) ==
              R"({"deep":[{")" + name + R"(":"{{secret:1}}"}]})");
        CHECK(
            text_of(made.exchanges().at(0).body) ==
            R"({")" + name +
                R"(":["{{secret:2}}","{{secret:3}}"],"text":"of {{secret:2}} and {{secret:1}}"})");
    }
    for (std::string const name : other_names)
        CHECK(recorded_body_of(R"({")" + name + R"(":"Bearer12345"})") ==
              R"({")" + name + R"(":"Bearer12345"})");
    std::string const harmless =
        R"({"auth":"basic","password":true,"token":17,"session":{"name":"x12345"},"secret":null,"key":""})";
    CHECK(recorded_body_of(harmless) == harmless);
}

TEST_CASE("a credential in an object or a list behind its name is hidden") {
    for (std::string const before :
         {R"({"token":{"value":")", R"({"session":{"user":"Ana","id":")",
          R"({"a":{"apiKey":{"hash":")", R"({"credentials":{"name":"x","password":")",
          R"({"tokens":[{"raw":")", R"({"access_token":[[")",
          R"({"token":{"meta":{"a":[1,{}]},"value":")", R"({"session":{"user":"a}b","id":")",
          R"({"token":{"session":{"x":1},"value":")", R"({"tokens":[{"a":1},{"raw":")"}) {
        CAPTURE(before);
        std::string const body = before + "Value12345";
        CHECK(has(recorded_body_of(body + "\"}"), before + "{{secret:1}}\"")); // broken JSON
        std::string end;
        for (char const c : before)
            if (c == '{' || c == '[')
                end.insert(0, 1, c == '{' ? '}' : ']');
            else if (c == (end.empty() ? '\0' : end.front()) && before.find("a}b") == before.npos)
                end.erase(0, 1);
        CHECK(recorded_both_ways(body + '"' + end) == before + "{{secret:1}}\"" + end);
        std::string const within = boost::json::serialize(boost::json::string(body + '"' + end));
        CHECK_FALSE(has(recorded_both_ways("{\"data\":" + within + '}'), "Value12345"));
    }
    for (std::string const body :
         {R"({"token":{"expires_at":"Value12345","type":"bearer"}})",
          R"({"session":{"user":"Value12345"},"id":"Value12345"})",
          R"({"page_token":{"value":"Value12345"}})", R"({"token":{"next_token":"Value12345"}})",
          R"({"token":{"at":1},"value":"Value12345","n":-0})",
          R"({"token":{"a":{"b":[1]}},"value":"Value12345","n":-0})",
          R"({"in":"{\"token\":{\"a\":1","value":"Value12345","n":-0})"}) {
        CAPTURE(body);
        CHECK(recorded_body_of(body) == body);
    }
}

TEST_CASE("credentials in a form are hidden") {
    recorder keeper;
    told one = told_form();
    one.request_body = "grant_type=refresh_token&refresh_token=Val%2Fue123&x=1";
    one.tell(keeper);
    CHECK(text_of(keeper.recording().exchanges().at(0).request_body) ==
          "grant_type=refresh_token&refresh_token={{secret:1}}&x=1");
}

TEST_CASE("a credential in a form is hidden as a query and as a form decode it") {
    recorder keeper;
    told one;
    one.fields += "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n";
    one.request_body = "password=correct+horse+battery&x=1";
    one.body = R"({"echo":"correct horse battery","raw":"correct+horse+battery"})";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(text_of(made.exchanges().at(0).request_body) == "password={{secret:1}}&x=1");
    CHECK(text_of(made.exchanges().at(0).body) ==
          R"({"echo":"{{secret:1}}","raw":"{{secret:1}}"})");
}

TEST_CASE("credentials in a form that answers are hidden") {
    recorder keeper;
    told one;
    one.headers.append("Content-Type", "application/x-www-form-urlencoded");
    one.body = "scope=read&refresh_token=Val%2Fue12345&token=a;b";
    one.tell(keeper);
    CHECK(text_of(keeper.recording().exchanges().at(0).body) ==
          "scope=read&refresh_token={{secret:1}}&token={{secret:2}}");
}

TEST_CASE("a short credential in a form is hidden in its place") {
    recorder keeper;
    told one = told_form();
    one.request_body = "password=abc&x=1";
    one.body = R"({"x":"abc"})";
    one.tell(keeper);
    one.fields = "Content-Type: multipart/form-data; boundary=----boundary\r\n";
    one.request_body = "------boundary\r\nContent-Disposition: form-data; name=\"password\"\r\n"
                       "\r\na=b\r\n------boundary--\r\n";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(text_of(made.exchanges().at(0).request_body) == "password={{secret:1}}&x=1");
    CHECK(text_of(made.exchanges().at(0).body) == one.body);
    CHECK(has(made.exchanges().at(1).request_body.bytes, "\r\n\r\n{{secret:2}}\r\n"));
}

TEST_CASE("cookies, and what stands behind a scheme, are hidden wherever they stand") {
    recorder keeper;
    told one;
    one.fields +=
        "X-Serverless-Authorization: Bearer Oth+er456\r\n"
        "Cookie: session=Val%2Fue123; short=abc; user=1234; theme=dark; seen=\"9f86d081\"\r\n";
    one.headers.append("Set-Cookie", "sid=Thi=rd789; Path=/thing; Max-Age=3600");
    one.headers.append("Set-Cookie", "sid=deleted; Path=/thing");
    one.body =
        R"({"m":"session=Val/ue123","n":"of Val/ue123 and Val%2Fue123 and Oth+er456",)"
        R"("next":"Thi=rd789","other":["9f86d081","dark","abc",1234,3600,"/thing","deleted"]})";
    one.tell(keeper);
    recording const made = keeper.recording();
    for (char const* const part : {"ue123", "er456", "rd789", "9f86d081"})
        CHECK_FALSE(has(made.to_json(), part));
    CHECK(
        has(text_of(made.exchanges().at(0).body), R"("dark","abc",1234,3600,"/thing","deleted"])"));
    CHECK(made.exchanges().at(0).request_headers ==
          loop::testing::header_list{{"X-Serverless-Authorization", "{{secret:1}}"}});
}

TEST_CASE("only credentials stand behind a scheme") {
    recorder keeper;
    told one;
    one.fields += "X-Session-Label: nightly export\r\n";
    one.body = R"(["the export of the nightly export"])";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(text_of(made.exchanges().at(0).body) == R"(["the export of the {{secret:1}}"])");
}

TEST_CASE("a member of JSON that varies stays one, also if it is a credential") {
    recorder_options how;
    how.varying = {"/password"};
    recorder keeper(how);
    told one;
    one.request_body = R"({"password":"Val/ue123"})";
    one.tell(keeper);
    CHECK(text_of(keeper.recording().exchanges().at(0).request_body) ==
          R"({"password":"{{any}}"})");
}

TEST_CASE("credentials in fields of a response are hidden") {
    recorder_options how;
    how.response_headers = {"X-Session", "Set-Cookie"};
    recorder keeper(how);
    told one;
    one.headers.append("X-Session", "Val/ue123");
    one.headers.append("Set-Cookie", "sid=Oth+er456");
    one.headers.append("X-Auth-Token", "Thi=rd789");
    one.headers.append("Access-Control-Allow-Credentials", "true");
    one.body = R"({"text":"Val/ue123 Thi=rd789","flag":"true"})";
    one.tell(keeper);
    recording const made = keeper.recording();
    for (char const* const part : {"ue123", "er456", "rd789"})
        CHECK_FALSE(has(made.to_json(), part));
    CHECK(has(made.to_json(), R"("flag": "true")"));
}

TEST_CASE("known secrets are hidden in base64 and in hexadecimal") {
    using intheloop::detail::to_base64;
    using intheloop::detail::to_hexadecimal;
    recorder_options how;
    how.secrets.emplace_back("sec_AB/CDEFGHI");
    std::string const texts[] = {to_base64("sec_AB/CDEFGHI"), to_base64("user:sec_AB/CDEFGHI"),
                                 to_hexadecimal("sec_AB/CDEFGHI"),
                                 to_hexadecimal("x=sec_AB/CDEFGHI;")};
    for (std::string const& text : texts) {
        CAPTURE(text);
        for (std::string const& body : {"of " + text, "{\"x\":\"" + text + "\"}"}) {
            std::string const made = recorded_body_of(body, how);
            CHECK_FALSE(has(made, text.substr(text.size() / 2 - 6, 12)));
            CHECK(has(made, "{{any}}"));
        }
        recorder keeper(how);
        told one;
        one.target = "/api/v1/thing?basic=" + text;
        one.to_api = false; // the bytes of a file
        one.body = "row " + text + " end";
        one.tell(keeper);
        CHECK(keeper.recording().exchanges().at(0).body.bytes.find(text.substr(8, 8)) ==
              std::string::npos);
        CHECK(keeper.recording().exchanges().at(0).body.bytes.size() == one.body.size());
    }
}

TEST_CASE("a placeholder without its closing braces does not load, and is recorded as a text") {
    auto const loads = [](std::string const& target, std::string const& field,
                          std::string const& body) {
        return recording::parse(
            R"({"format":"intheloop recording","version":1,"exchanges":[{"request":{"method":"GET",)"
            R"("target":")" +
            target + R"("},"answer":{"status":200,"headers":{"X-Y":")" + field + R"("},)" + body +
            "}}]}");
    };
    CHECK_NOTHROW(loads("/{{id:1}}", "{{id:1}}", R"("json":{"a":"{{id:1}}"})"));
    CHECK_NOTHROW(loads("/{{id}", "{{x:1}", R"("text":["{{{id:1}}","{id:1}}"])"));
    for (std::string const bad : {"{{id:1}", "{{id:1", "{{user:12} and", "{{secret:1}]}", "{{any}",
                                  "{{api}/x", "a {{file:3} b"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH_AS(loads("/" + bad, "", R"("text":"")"),
                             doctest::Contains("/exchanges/0/request/target: has a placeholder"),
                             std::runtime_error);
        CHECK_THROWS_WITH_AS(
            loads("/", bad, R"("text":"")"),
            doctest::Contains("/exchanges/0/answer/headers/X-Y: has a placeholder"),
            std::runtime_error);
        CHECK_THROWS_AS(loads("/", "", R"("text":")" + bad + '"'), std::runtime_error);
        CHECK_THROWS_AS(loads("/", "", R"("json":[{"a":")" + bad + R"("}])"), std::runtime_error);
        CHECK_THROWS_AS(loads("/", "", R"("json":{")" + bad + R"(":1})"), std::runtime_error);
        // A service may send this text.
        std::string const made = recorded_body_of("it says " + bad);
        CHECK(has(made, "{{braces}}"));
        CHECK(recorded_body_of("{\"x\":\"" + bad + "\"}").find("{{braces}}") != std::string::npos);
    }
    CHECK(recorded_body_of("{{id:1}") == "{{braces}}id:1}");
}

} // TEST_SUITE("recording/credentials")
