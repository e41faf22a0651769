// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Where secrets hide from a recorder, and don't get through.
#include "told_exchange.hpp"

#include <chrono>

TEST_SUITE("recording/recorder_secrets") {

using namespace session;

namespace {

recorder_options listing(std::initializer_list<char const*> secrets) {
    recorder_options how;
    for (char const* const each : secrets)
        how.secrets.emplace_back(each);
    return how;
}

// A part of a file.
told part_of_file(std::string bytes, std::size_t offset) {
    told one;
    one.to_api = false;
    one.origin = "https://f.example";
    one.target = "/a?Signature=verysecret";
    one.status = 206;
    one.headers.append("Content-Range", "bytes " + std::to_string(offset) + '-' +
                                            std::to_string(offset + bytes.size() - 1) + "/1000");
    one.body = std::move(bytes);
    return one;
}

// Returns the recording of a file in two parts.
std::string in_two_parts(std::string const& file, std::size_t cut, recorder_options how) {
    recorder keeper(std::move(how));
    part_of_file(file.substr(0, cut), 0).tell(keeper);
    part_of_file(file.substr(cut), cut).tell(keeper);
    recording const made = keeper.recording();
    return made.exchanges().at(0).body.bytes + made.exchanges().at(1).body.bytes;
}

} // namespace

TEST_CASE("a secret at the end of a body that was cut") {
    struct {
        char const* came;
        char const* recorded;
    } const cases[] = {
        {"{\"message\":\"the token sec_", "{\"message\":\"the token {{secret:1}}"},
        {"of sec_AB/CDEF", "of {{secret:1}}"},
        {"of sec_AB%2", "of {{secret:1}}"},
        {"of sec_AB\\u002", "of {{secret:1}}"},
        {"of ana@exa", "of {{user:1}}"},
        {"of sec", "of sec"},
    };
    for (auto const& each : cases)
        for (bool const by_failure : {true, false}) {
            CAPTURE(each.came);
            recorder keeper(listing({"sec_AB/CDEFGHI"}));
            told one;
            one.fields += "X-Impersonate-User: Ana@Example.com\r\n";
            one.body = each.came;
            (by_failure ? one.failure : one.target) += "connection_lost";
            one.left_out = by_failure ? 0 : 5;
            one.tell(keeper);
            CHECK(text_of(keeper.recording().exchanges().at(0).body) == each.recorded);
        }
    // Whole bodies end as they like.
    CHECK(recorded_body_of("of sec_AB", listing({"sec_AB/CDEFGHI"})) == "of sec_AB");
}

TEST_CASE("the token at the end of an answer that broke off") {
    server s(options_of_server());
    std::string const token = s.token();
    auto const keeper = std::make_shared<recorder>();
    loop::options how = options_to(s);
    how.recorder = keeper;
    how.retry.max_attempts = 1;
    program p(how);
    for (std::size_t const size : {token.size() - 1, token.size() / 2, std::size_t(5)}) {
        std::string const text = "the token " + token.substr(0, size);
        s.respond_next(response_override::bytes("HTTP/1.1 403 Forbidden\r\nContent-Type: "
                                                "text/plain\r\nContent-Length: 500\r\n\r\n" +
                                                    text,
                                                loop::testing::connection_end::cut));
        CHECK_FALSE(p.draft());
    }
    recording const made = keeper->recording();
    REQUIRE(made.exchanges().size() == 3);
    for (auto const& each : made.exchanges()) {
        CHECK_FALSE(each.failure.empty());
        CHECK(each.body.bytes == "the token [redacted]");
    }
}

TEST_CASE("a signed address in two parts of a file, wherever it was cut") {
    std::string const file = "see https://x.example/b?Signature=QQQQQQQQQQQQ then";
    for (std::size_t cut = 1; cut != file.size(); ++cut) {
        CAPTURE(cut);
        CHECK(in_two_parts(file, cut, recorder_options()) ==
              "see https://x.example/b?********************** then");
    }
}

TEST_CASE("a short secret in two parts of a file, wherever it was cut") {
    std::string const file = "of 4711 and x4711";
    for (std::size_t cut = 1; cut != file.size(); ++cut) {
        CAPTURE(cut);
        CHECK(in_two_parts(file, cut, listing({"4711"})) == "of **** and x4711");
    }
}

TEST_CASE("a part of a file whose beginning was not recorded") {
    recorder keeper(listing({"ana@example.org"}));
    part_of_file("QQQQQQ&x=1 is QQQQQQ of ana@exa", 500).tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).body.bytes == "********** is QQQQQQ of *******");
}

TEST_CASE("bytes that are no text hide a secret in any spelling") {
    std::string const bytes("\x01\x00\xff ", 4);
    for (bool const is_file : {true, false})
        for (std::string const spelled :
             {"a\"b/c def", "a%22b%2Fc%20def", "a\\\"b\\/c def", "a\\u0022b/c def", "a%22b%2fc+def",
              "a%2522b%252Fc%2520def"}) {
            CAPTURE(spelled);
            recorder keeper(listing({"a\"b/c def"}));
            told one;
            one.to_api = !is_file;
            one.body = bytes + spelled + " end";
            one.tell(keeper);
            recording const made = keeper.recording();
            CHECK(made.exchanges().at(0).body.form == loop::testing::recorded_body::form::binary);
            CHECK(made.exchanges().at(0).body.bytes ==
                  bytes + std::string(spelled.size(), '*') + " end");
        }
}

TEST_CASE("a file of text with an escaped secret is recorded") {
    recorder keeper(listing({"a\"b/c def"}));
    told one;
    one.to_api = false;
    one.body = "x \\u0061\\u0022b/c def y";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).body.bytes ==
          "x " + std::string(one.body.size() - 4, '*') + " y");
}

TEST_CASE("a user in letters of either case is the same") {
    CHECK(recorded_body_of(R"(["ana@example.com","ANA%40EXAMPLE.COM"])", recorder_options(),
                           "Ana@Example.com") == R"(["{{user:1}}","{{user:1}}"])");
    recorder keeper;
    for (char const* const user : {"Ana@Example.com", "ana@example.com", "Bo"}) {
        told one;
        one.fields += std::string("X-Impersonate-User: ") + user + "\r\n";
        one.tell(keeper);
    }
    std::string users;
    recording const made = keeper.recording();
    for (auto const& each : made.exchanges())
        users += each.request_headers.at(0).second;
    CHECK(users == "{{user:1}}{{user:1}}{{user:2}}");
}

TEST_CASE("signed addresses in other spellings") {
    struct {
        char const* came;
        char const* recorded;
    } const cases[] = {
        {R"(["HTTPS://f.example/a?x=QQQQ"])", R"(["{{file:1}}"])"},
        {R"(["//f.example/a?sig=QQQQ"])", R"(["//f.example/a?sig=[redacted]"])"},
        {R"(["/a?b=1&sig=QQQQ"])", R"(["/a?b=1&sig=[redacted]"])"},
        {R"(["/a?x-amz-signature=QQQQ"])", R"(["/a?x-amz-signature=[redacted]"])"},
        {R"(["https%3A%2F%2Ff.example%2Fa%3Fsig%3DQQQQ&b"])", R"(["{{file:1}}&b"])"},
        {R"(["https%253A%252F%252Ff.example%252Fa%253Fsig%253DQQQQ"])", R"(["{{file:1}}"])"},
        {R"(["https%3A%2F%2Ff.example%2Fa%3Fb%3D1"])",
         R"(["https%3A%2F%2Ff.example%2Fa%3Fb%3D1"])"},
        {R"(["https://f.example/a#access_token=QQQQ"])",
         R"(["https://f.example/a#access_token=[redacted]"])"},
        {R"(["https://f.example/a?GoogleAccessId=QQQQ"])", R"(["{{file:1}}"])"},
        {R"(["https://bob:pw@f.example/a"])", R"(["https://[redacted]@f.example/a"])"},
        {R"(["https://bob:pw@f.example/a?b","https://f.example/a?b"])",
         R"(["{{file:1}}","{{file:1}}"])"},
        {"x https:\\u002f\\u002ff.example\\u002fa\\u003fQ=1\\u0026R=Q\\u0022 y",
         "x {{file:1}}\\u0022 y"},
        {R"(["design=1 https but not http://"])", R"(["design=1 https but not http://"])"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_body_of(each.came) == each.recorded);
    }
    recorder keeper;
    told one;
    one.headers.append("Location", "/a?sig=QQQQ");
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).headers.at(0).second == "/a?sig=[redacted]");
}

TEST_CASE("an address with a user in a file") {
    recorder keeper;
    told one;
    one.to_api = false;
    one.body = "https://bob:pw@f.example/a /b?sig=QQQQ https%3A%2F%2Ff.example%3Fx";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).body.bytes ==
          "https://*******f.example/a /b?sig=**** https%3A%2F%2Ff.example%3F*");
    one.body = "https%3A%2F%2Ff.example/a?b=c%40d https%3A%2F%2Fbob%40f.example/a?b";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(1).body.bytes ==
          "https%3A%2F%2Ff.example/a?******* https%3A%2F%2F******f.example/a?*");
    one.body = "https%3A%2F%2Fbob%3Ap%252Fw%253F%40f.example%2Fa https%3A%2F%2Ff.example%2Fa%253Fb";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(2).body.bytes ==
          "https%3A%2F%2F*********************f.example%2Fa https%3A%2F%2Ff.example%2Fa%253F*");
}

TEST_CASE("the users and queries of addresses, wherever they stand") {
    struct {
        char const* came;
        char const* in_text;
        char const* in_file;
    } const cases[] = {
        // A line is broken within the spelling of a '?' or '@'.
        {"http://h.example/=3<br>F", "http://h.example/=3<br>F", "http://h.example/=3<br>F"},
        {"http://h.example/=3<br>Fa=b now", "http://h.example/=3<br>Fa=b now",
         "http://h.example/=3<br>F*** now"},
        {"http://h.example/=\n3F now", "http://h.example/=\n3F now", "http://h.example/=\n3F now"},
        {"http://u=4<br>0h.example/ http://bob:pw@x.example/",
         "http://[redacted]@h.example/ http://[redacted]@x.example/",
         "http://********h.example/ http://*******x.example/"},
        // An address stands in the path of another.
        {"https://p.example/https://bob:pw@f.example/a",
         "https://p.example/https://[redacted]@f.example/a",
         "https://p.example/https://*******f.example/a"},
        {"https://p.example/https%3A%2F%2Fbob%3Apw%40f.example%2Fa%3Fb%3Dc&d now",
         "https://p.example/https%3A%2F%2F[redacted]@f.example%2Fa%3Fb%3Dc&d now",
         "https://p.example/https%3A%2F%2F***********f.example%2Fa%3F******* now"},
        {"https://p.example/https://f.example/a?b=c", "{{file:1}}",
         "https://p.example/https://f.example/a?***"},
        {"x://y.example/https://f.example/a?b=c", "x://y.example/{{file:1}}",
         "x://y.example/https://f.example/a?***"},
        // It is of another scheme.
        {"postgres://bob:pw@db.example/a?b=c", "postgres://[redacted]@db.example/a?b=c",
         "postgres://*******db.example/a?***"},
        // It stands in the path or the query of one of the API.
        {"https://api.example.com/https://bob:pw@c.example/",
         "{{api}}/https://[redacted]@c.example/",
         "https://api.example.com/https://*******c.example/"},
        {"https://api.example.com/x?to=https://bob:pw@c.example/",
         "{{api}}/x?to=https://[redacted]@c.example/",
         "https://api.example.com/x?****************************"},
        {"https://api.example.com/x?a=1&to=https://c.example/y?b=c", "{{api}}/x?a=1&to={{file:1}}",
         "https://api.example.com/x?******************************"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_body_of(each.came) == each.in_text);
        recorder keeper;
        told one;
        one.to_api = false;
        one.body = each.came;
        one.tell(keeper);
        CHECK(keeper.recording().exchanges().at(0).body.bytes == each.in_file);
    }
}

TEST_CASE("an address of the API in the query of another, as often as one likes") {
    std::string const address = "https://api.example.com/x?to=";
    std::string came, recorded;
    for (int levels = 0; levels != 8; ++levels) {
        CAPTURE(levels);
        std::string const made = recorded_body_of(came + "https://bob:pw@c.example/");
        CHECK_FALSE(contains(made, "bob"));
        CHECK((levels > 4 || made == recorded + "https://[redacted]@c.example/"));
        came += address;
        recorded += "{{api}}/x?to=";
    }
    // Where each of them is read to the end of all, this takes minutes.
    for (int i = 0; i != 5000; ++i)
        came += address;
    CHECK_FALSE(contains(recorded_body_of(came + "https://bob:pw@c.example/"), "bob"));
}

TEST_CASE("secrets that overlap, and as in a form") {
    CHECK(recorded_body_of("zabcdefghij", listing({"abcdefgh", "cdefghij"})) == "z{{secret:1}}");
    CHECK(recorded_body_of("name=Jane+Doe&b=a%252Fb%2540cdef", listing({"Jane Doe", "a/b@cdef"})) ==
          "name={{secret:1}}&b={{secret:2}}");
}

// Where a search for the end of a placeholder is not bounded, this takes minutes.
TEST_CASE("a body full of braces is marked as it is") {
    CHECK(recorded_body_of(std::string(400'000, '{')).size() == 400'000);
}

TEST_CASE("fields with credentials are hidden however short they are, and no others") {
    recorder keeper;
    told one;
    one.fields += "X-Api-Key: abc\r\nX-Author: 5000\r\nX-Auth: \r\nX-Keyword: true\r\n"
                  "X-Page-Token: 7000\r\nX-Token: x\r\n";
    one.body = R"([true,5000,7000,"abc"])";
    one.tell(keeper);
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(1).request_headers ==
          loop::testing::header_list{{"X-Api-Key", "{{secret:1}}"},
                                     {"X-Auth", ""},
                                     {"X-Author", "5000"},
                                     {"X-Keyword", "true"},
                                     {"X-Page-Token", "7000"},
                                     {"X-Token", "{{secret:2}}"}});
    CHECK(text_of(made.exchanges().at(1).body) == one.body);
}

TEST_CASE("what is recorded can be read again") {
    recorder keeper(listing({"/api/v1"}));
    told one;
    one.target = "*";
    one.fields += "X-Odd: a\x01\x7f z\r\n";
    one.headers.append("ETag", "\"a\x02\"");
    one.headers.append("Allow", "GET\x03");
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(0).target == "*");
    CHECK(made.exchanges().at(0).request_headers.at(0).second == "a?? z");
    CHECK(made.exchanges().at(0).headers.at(0).second == "GET?");
    CHECK(recording::parse(made.to_json()).to_json() == made.to_json());
    one.target = "/api/v1/thing"; // all of which begins with a secret
    one.tell(keeper);
    CHECK_THROWS_WITH_AS((void)keeper.recording(), doctest::Contains("/exchanges/1/request/target"),
                         std::runtime_error);
}

} // TEST_SUITE("recording/recorder_secrets")
