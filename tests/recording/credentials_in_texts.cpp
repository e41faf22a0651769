// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Credentials that a recorder finds in texts: in what is nearly JSON, in JSON within JSON, and in
// parameters of addresses.
#include "told_exchange.hpp"

#include <string>
#include <string_view>

TEST_SUITE("recording/credentials_in_texts") {

using namespace session;

namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

} // namespace

TEST_CASE("credentials in JSON that is recorded as a text are hidden") {
    for (std::string const body : {
             R"({"access_token":"Val/ue12345","t":1730419200.1234567})",
             R"({"password":"Val/ue12345","n":1,"n":2})",
             R"({"password":"Val/ue12345","n":12345678901234567890123})",
             R"({"password" : "Val/ue12345","n":-0})",
             "\xef\xbb\xbf{\"access_token\":\"Val/ue12345\"}",
             R"({"access_token":"Val/ue12345","name":"\ud83d"})",
             "{\"password\":\"Val/ue12345\"}\n{\"a\":1}\n",
             "{\"a\":1}\n{\"deep\":[{\"password\":\n\"Val/ue12345\"}]}\n",
             R"({"tokens":["Val/ue12345", 1, null, "Val/ue12345"],"n":-0})",
             R"(for({"clientSecret":"Val/ue12345"}))",
             R"({"access_token":"Val/ue12345","a":"\\","b":"\"",)",
         }) {
        CAPTURE(body);
        CHECK(recorded_both_ways(body) == replaced(body, "Val/ue12345", "{{secret:1}}"));
    }
    CHECK(recorded_both_ways(R"({"password":"Val\/ue12345","echo":"Val/ue12345",)") ==
          R"({"password":"{{secret:1}}","echo":"{{secret:1}}",)");
    CHECK(recorded_both_ways(R"({"pass\u0077ord":"V\u0061l/ue12345","echo":"Val/ue12345",)") ==
          R"({"pass\u0077ord":"{{secret:1}}","echo":"{{secret:1}}",)");
    // Neither of these is an escape of a known secret: the text goes as it stands.
    CHECK(recorded_both_ways(R"({"password":"\b\fue12345","x":-0})") ==
          R"({"password":"{{secret:1}}","x":-0})");
    CHECK(recorded_both_ways(R"({"password":"\ud83d\/ue12345"})") ==
          R"({"password":"{{secret:1}}"})");
}

TEST_CASE("credentials in JSON that breaks off are hidden, as far as they came") {
    CHECK(recorded_both_ways(R"({"refresh_token":"Val/ue12345","na)", true) ==
          R"({"refresh_token":"{{secret:1}}","na)");
    CHECK(recorded_both_ways(R"({"a":{"refresh_token":"Val/ue12345)", true) ==
          R"({"a":{"refresh_token":"{{secret:1}})");
    CHECK(recorded_both_ways(R"({"a":{"refresh_token":"Val\/ue12345\u00)", true) ==
          R"({"a":{"refresh_token":"{{secret:1}})");
    CHECK(recorded_both_ways(R"({"a":{"refresh_token":"Va)", true) ==
          R"({"a":{"refresh_token":"{{secret:1}})");
    CHECK(recorded_both_ways(R"({"refresh_token":")", true) == R"({"refresh_token":")");
    CHECK(recorded_both_ways(R"({"refresh_token)", true) == R"({"refresh_token)");
}

TEST_CASE("credentials in JSON that stands in a string are hidden") {
    // Each string stands in the one before it.
    std::string json = R"({"password":"Val/ue12345","pin":"b","token":"abc"})";
    for (int layer = 0; layer != 4; ++layer) {
        json = R"({"log":)" + boost::json::serialize(boost::json::string(json)) + '}';
        for (std::string const& body : {json, json + "\n{}"}) {
            CAPTURE(body);
            std::string const made = recorded_both_ways(body);
            CHECK(made ==
                  replaced(replaced(body, "Val/ue12345", "{{secret:1}}"), "abc", "{{secret:2}}"));
        }
    }
    CHECK(
        recorded_both_ways(
            R"({"log":"{\u0022password\u0022:\u0022Val/ue12345\u0022,\u0022a\u0022:1}","n":-0})") ==
        R"({"log":"{\u0022password\u0022:\u0022{{secret:1}}\u0022,\u0022a\u0022:1}","n":-0})");
    CHECK(recorded_both_ways(R"(["{\n  \"tokens\" : [\n    \"Val/ue12345\"\n  ]\n}",-0])") ==
          R"(["{\n  \"tokens\" : [\n    \"{{secret:1}}\"\n  ]\n}",-0])");
    CHECK(recorded_both_ways(R"({"log":"{\"password\":\"Val/ue12345)", true) ==
          R"({"log":"{\"password\":\"{{secret:1}})");
}

TEST_CASE("credentials in a part of a form that holds JSON are hidden") {
    recorder keeper;
    told one;
    one.fields += "Content-Type: multipart/form-data; boundary=xyz\r\n";
    one.request_body = "--xyz\r\nContent-Disposition: form-data; name=\"meta\"\r\n\r\n"
                       "{\"password\":\"Val/ue12345\"}\r\n--xyz--\r\n";
    one.body = R"({"echo":"Val/ue12345"})";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(contains(made.exchanges().at(0).request_body.bytes, R"({"password":"{{secret:1}}"})"));
    CHECK(text_of(made.exchanges().at(0).body) == R"({"echo":"{{secret:1}}"})");
}

TEST_CASE("credentials in parameters are hidden in any text") {
    struct {
        char const* came;
        char const* recorded;
    } const cases[] = {
        {R"({"next":"https://api.example.com/x?refresh_token=Val%2Fue12345&page=2"})",
         R"({"next":"{{api}}/x?refresh_token={{secret:1}}&page=2"})"},
        {R"(["/x#id_token=Val%2Fue12345","of Val/ue12345"])",
         R"(["/x#id_token={{secret:1}}","of {{secret:1}}"])"},
        {R"(["/x?to=%2Fy%3Fa%3D1%26apikey%3DVal%252Fue12345%26b","of Val/ue12345"])",
         R"(["/x?to=%2Fy%3Fa%3D1%26apikey%3D{{secret:1}}%26b","of {{secret:1}}"])"},
        {R"({"next":"/list?session=2024&page=2","year":2024})",
         R"({"next":"/list?session={{secret:1}}&page=2","year":2024})"},
        {R"(["with session=Val/ue12345; theme=dark"])",
         R"(["with session={{secret:1}}; theme=dark"])"},
        {R"({"u":"\/x?a=1\u0026password\u003dVal\/ue12345\u0026b","e":"Val/ue12345","n":-0})",
         R"({"u":"\/x?a=1\u0026password\u003d{{secret:1}}\u0026b","e":"{{secret:1}}","n":-0})"},
        {"<a href='/x?a=1&amp;user%5Bpassword%5D=Val%2Fue12345&amp;b'>Val/ue12345</a>",
         "<a href='/x?a=1&amp;user%5Bpassword%5D={{secret:1}}&amp;b'>{{secret:1}}</a>"},
        {R"(["/x?token=abc&pin=abc","/x?token=&auth=true&max_tokens=4096&secretKey=="])",
         R"(["/x?token={{secret:1}}&pin=abc","/x?token=&auth=true&max_tokens=4096&secretKey=="])"},
        {R"(["/x?password=correct+horse","correct horse","correct+horse"])",
         R"(["/x?password={{secret:1}}","{{secret:1}}","{{secret:1}}"])"},
        {"{\"u\":\"/x?token=Val\\bue12345\",", "{\"u\":\"/x?token={{secret:1}}\","},
        {R"({"m":"it says\nauth=Val/ue12345\nthen","n":-0})",
         R"({"m":"it says\nauth={{secret:1}}\nthen","n":-0})"},
        {"%3Fauth%3DVal/ue12345%20then", "%3Fauth%3D{{secret:1}}%20then"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_both_ways(each.came) == each.recorded);
    }
}

TEST_CASE("credentials in an address that a field has are hidden") {
    recorder keeper;
    told one;
    one.headers.append("Location", "/login?session_token=Val%2Fue12345");
    one.headers.append("Link", "</x?apikey=Oth%2Fer456789>; rel=next");
    one.body = R"(["Val/ue12345","Oth/er456789"])";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(0).headers.at(0).second == "/login?session_token={{secret:1}}");
    CHECK(text_of(made.exchanges().at(0).body) == R"(["{{secret:1}}","{{secret:2}}"])");
}

TEST_CASE("the address of a file with a credential or a user is that of its download") {
    recorder keeper;
    told one;
    one.fields += "X-Impersonate-User: user_4711\r\n";
    one.body =
        R"({"u":"https://f.example/user_4711?token=Val/ue12345&Signature=verysecret&e=abc"})";
    one.tell(keeper);
    told file;
    file.to_api = false;
    file.origin = "https://f.example";
    file.target = "/user_4711?token=Val/ue12345&Signature=verysecret&e=abc";
    file.body = "row";
    file.tell(keeper);
    recording const made = keeper.recording();
    CHECK(text_of(made.exchanges().at(0).body) == R"({"u":"{{file:1}}"})");
    CHECK(made.exchanges().at(1).target == "{{file:1}}");
}

// Where each quotation mark, or each parameter, looks at all of the rest, this takes minutes.
TEST_CASE("credentials are found in time in proportion to a text") {
    for (std::string_view const piece : {R"("token":")",
                                         R"(\"token\":\")",
                                         R"({"token":["a",)",
                                         "\\",
                                         "\\\"",
                                         "token=",
                                         "token%3D",
                                         "\"",
                                         "\\u0022:",
                                         "=",
                                         "token",
                                         R"("token":"\\\"token\\\":\\\"\"token\":\")",
                                         "token='",
                                         "<token>",
                                         "<token ",
                                         "<token><![CDATA[",
                                         "<token \\",
                                         "<token '",
                                         "<token a='>'>b</",
                                         "password='\\' b",
                                         "%27token%27:u",
                                         "&#95;",
                                         "token&#61;",
                                         "users' ",
                                         "%22token%22:",
                                         "https://a:b@"}) {
        CAPTURE(std::string(piece));
        std::string body;
        while (body.size() < 100'000)
            body += piece;
        recorder keeper;
        told one;
        one.body = body;
        one.tell(keeper);
        CHECK_NOTHROW(static_cast<void>(keeper.recording()));
    }
}

TEST_CASE("a credential that is too long to be sought is hidden in its place") {
    std::string const text = std::string(20'000, 'x') + "ue12345";
    for (std::string const behind : {"", "-0,"})
        CHECK(recorded_both_ways("[" + behind + "{\"private_key\":\"" + text + "\"}]") ==
              "[" + behind + "{\"private_key\":\"{{secret:1}}\"}]");
}

TEST_CASE("credentials in bytes that are no text are hidden") {
    recorder keeper;
    told one;
    one.fields += "Content-Type: multipart/form-data; boundary=xyz\r\n";
    one.request_body = "--xyz\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n"
                       "abc\r\n--xyz\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"
                       "\xff\r\n--xyz--\r\n";
    one.body =
        "{\"name\":\"M\xfcller\",\"password\":\"Val/ue12345\",\"token\":\"abc\",\"x\":\"abc\"}";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(contains(made.exchanges().at(0).request_body.bytes, "\r\n\r\n***\r\n"));
    CHECK(made.exchanges().at(0).body.bytes ==
          "{\"name\":\"M\xfcller\",\"password\":\"***********\",\"token\":\"***\",\"x\":\"abc\"}");
}

TEST_CASE("a recording with credentials in texts is read again as it is") {
    recorder keeper;
    told one = told_form();
    one.request_body = "password=Val%2Fue12345&pin=abc";
    one.body = "{\"access_token\":\"Oth/er456789\"}\n{\"echo\":\"Val/ue12345\"}\n";
    one.tell(keeper);
    recording const made = recording::parse(keeper.to_json());
    CHECK(made.to_json() == keeper.to_json());
    CHECK(text_of(made.exchanges().at(0).request_body) == "password={{secret:1}}&pin=abc");
    CHECK(text_of(made.exchanges().at(0).body) ==
          "{\"access_token\":\"{{secret:2}}\"}\n{\"echo\":\"{{secret:1}}\"}\n");
}

} // TEST_SUITE("recording/credentials_in_texts")
