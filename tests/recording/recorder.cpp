// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A recorder is told single exchanges directly.
#include "told_exchange.hpp"

#include <boost/json/serialize.hpp>

#include <stdexcept>

TEST_SUITE("recording/recorder") {

using namespace session;

TEST_CASE("what stands for what") {
    struct {
        char const* came;
        char const* recorded;
    } const cases[] = {
        {R"({"a":1})", R"({"a":1})"},
        {R"(["6e1cf0db-52d7-4522-97c9-97aa40b14058 x 6E1CF0DB-52D7-4522-97C9-97AA40B14058"])",
         R"(["{{id:1}} x {{id:1}}"])"},
        {R"(["6e1cf0db-52d7-4522-97c9-97aa40b140581"])",
         R"(["6e1cf0db-52d7-4522-97c9-97aa40b140581"])"},
        {R"({"u":"https://f.example/a?Expires=1&Signature=abc&Key-Pair-Id=K"})",
         R"({"u":"{{file:1}}"})"},
        // Signed anew, another file, and the first again.
        {R"(["https://f.example/a?Signature=1","https://f.example/b?Signature=1","https://F.example:443/a?Signature=2&Expires=7"])",
         R"(["{{file:1}}","{{file:2}}","{{file:1}}"])"},
        {R"(["https://f.example/a?v=1","https://f.example/a?v=2"])",
         R"(["{{file:1}}","{{file:2}}"])"},
        // JSON in a string; HTML in a string.
        {R"(["{\"u\":\"https:\\/\\/f.example\\/a?Signature=1\"}"])",
         R"(["{\"u\":\"{{file:1}}\"}"])"},
        {R"(["<a href='https://f.example/a?x=1&amp;Signature=1'>b</a>"])",
         R"(["<a href='{{file:1}}'>b</a>"])"},
        {R"(["https://f.example/a?Signature=3Dt7=\r\ny-7L~q&Key-Pair-Id=3DK x"])",
         R"(["{{file:1}} x"])"},
        {R"(["/a?Signature=verysecret&b=1"])", R"(["/a?Signature=[redacted]&b=1"])"},
        // The service's own addresses, and others without a query.
        {R"(["https://api.example.com/api/v1/x?size=2","https://f.example/a"])",
         R"(["{{api}}/api/v1/x?size=2","https://f.example/a"])"},
        {R"(["https://api.example.com/x?Signature=verysecret"])", R"(["{{file:1}}"])"},
        {R"(["{{id:1}} {{name}} {{braces}} {{any}}"])",
         R"(["{{braces}}id:1}} {{name}} {{braces}}braces}} {{braces}}any}}"])"},
        {R"({"of user_4711":"user_4711 User_4711 user%5F4711"})",
         R"({"of {{user:1}}":"{{user:1}} {{user:1}} {{user:1}}"})"},
        {"<p>user_4711</p>", "<p>{{user:1}}</p>"},
        // JSON that its value would not say again is a text.
        {R"({"a":1,"a":2})", R"({"a":1,"a":2})"},
        {"[12345678901234567890123]", "[12345678901234567890123]"},
        {"[0.12345678901234567890]", "[0.12345678901234567890]"},
        {"[18446744073709551615,-9223372036854775808]",
         "[18446744073709551615,-9223372036854775808]"},
        {"{\"a\":", "{\"a\":"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_body_of(each.came, recorder_options(), "user_4711") == each.recorded);
    }
}

TEST_CASE("an answer is edited also where its value does not keep all of the text") {
    recorder_options how;
    how.edit_answer = [](std::string_view, boost::json::value& body) {
        if (auto* const object = body.if_object(); object && object->contains("name"))
            (*object)["name"] = "somebody";
    };
    struct {
        std::string came;
        char const* recorded;
    } const cases[] = {
        {R"({"name":"Ana Novak","n":1})", R"({"name":"somebody","n":1})"},
        {R"({"name":"Ana Novak","n":0.12345678901234568})",
         R"({"name":"somebody","n":1.2345678901234568E-1})"},
        {R"({"name":"Ana Novak","n":100000000000000000000})", R"({"name":"somebody","n":1E20})"},
        {R"({"name":"Ana Novak","n":1e309})", R"({"name":"somebody","n":1.7976931348623157E308})"},
        {"\xef\xbb\xbf{\"name\":\"Ana Novak\"}", R"({"name":"somebody"})"},
        {R"({"name":"Ana Novak","name":"Novak"})", R"({"name":"somebody"})"},
        // What it leaves alone keeps its digits, but not what it could not see.
        {R"({"n":0.12345678901234567890})", R"({"n":0.12345678901234567890})"},
        {R"({"n":"Ana Novak","n":2})", R"({"n":2})"},
        // It can't be applied.
        {R"({"name":"Ana Novak)", "not recorded: edit_answer can't be applied to this body"},
        {R"({"name":"Ana Novak"} {})", "not recorded: edit_answer can't be applied to this body"},
        {"<p>Ana Novak</p>", "not recorded: edit_answer can't be applied to this body"},
        {std::string("Ana Novak\0", 10), "not recorded: edit_answer can't be applied to this body"},
        {std::string(600, '[') + "\"Ana Novak\"" + std::string(600, ']'),
         "not recorded: edit_answer can't be applied to this body"},
        {"", ""},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_body_of(each.came, how) == each.recorded);
    }
    CHECK(recorded_body_of("<p>Ana Novak</p>") == "<p>Ana Novak</p>"); // without edit_answer
    // An edit may take a secret out.
    how.secrets = {"12345678"};
    CHECK(recorded_body_of(R"({"name":12345678,"n":100000000000000000000})", how) ==
          R"({"name":"somebody","n":1E20})");
    CHECK(recorded_body_of(R"({"name":"Ana Novak","n":12345678.0})", how) ==
          "not recorded: edit_answer can't be applied to this body");
    CHECK(recorded_body_of(R"({"n":12345678.0})") == R"({"n":1.2345678E7})");
    // A secret whose digits the value has lost is not recorded in part.
    how.secrets = {"12345678901234567890123"};
    CHECK(recorded_body_of(R"({"name":"Ana Novak","n":12345678901234567890123})", how) ==
          "not recorded: edit_answer can't be applied to this body");
}

TEST_CASE("the errors of the files' host are no answers that are edited") {
    recorder_options how;
    how.edit_answer = [](std::string_view, boost::json::value& body) { body = nullptr; };
    recorder keeper(how);
    told one;
    one.to_api = false;
    one.origin = "https://f.example";
    one.status = 403;
    one.body = "<Code>AccessDenied</Code>";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).body.bytes == one.body);
}

TEST_CASE("a member of a request varies, whatever stands beside it") {
    recorder_options how;
    how.varying = {"/at", "/in/at"};
    auto const recorded_request = [&](std::string const& body) {
        recorder keeper(how);
        told one;
        one.request_body = body;
        one.tell(keeper);
        return text_of(keeper.recording().exchanges().at(0).request_body);
    };
    CHECK(recorded_request(R"({"at":7,"n":0.12345678901234568})") ==
          R"({"at":"{{any}}","n":1.2345678901234568E-1})");
    CHECK(recorded_request(R"({"in":{"at":7},"n":100000000000000000000})") ==
          R"({"in":{"at":"{{any}}"},"n":1E20})");
    CHECK(recorded_request(R"({"at":1e309,"n":[1e309,-1e999,1e-999]})") ==
          R"({"at":"{{any}}","n":[1.7976931348623157E308,-1.7976931348623157E308,0E0]})");
    CHECK(recorded_request("\xef\xbb\xbf{\"at\":7}") == R"({"at":"{{any}}"})");
    CHECK(recorded_request(R"({"at":7,"at":8})") == R"({"at":"{{any}}"})");
    // Without such a member the text stays.
    CHECK(recorded_request(R"({"n":0.12345678901234567890})") == R"({"n":0.12345678901234567890})");
    how.secrets = {"12345678901234567890123"};
    CHECK(recorded_request(R"({"at":7,"n":12345678901234567890123})") ==
          R"({"at":7,"n":{{secret:1}}})");
    // Nor is a secret recorded that the value would write in another way, or could not hide.
    how.secrets = {"12345678"};
    CHECK(recorded_request(R"({"at":7,"n":100000000000000000000,"pin":12345678.0})") ==
          R"({"at":7,"n":100000000000000000000,"pin":{{secret:1}}.0})");
    CHECK(recorded_request(R"({"at":7,"n":100000000000000000000,"pin":12345678})") ==
          R"({"at":7,"n":100000000000000000000,"pin":{{secret:1}}})");
    CHECK(recorded_request(R"({"at":7,"pin":12345678.0})") == R"({"at":7,"pin":{{secret:1}}.0})");
}

TEST_CASE("a listed secret, however it is written") {
    recorder_options how;
    how.secrets = {"a\"b/c d", "4711"};
    CHECK(recorded_body_of(R"(["a\"b\/c d","a%22b%2Fc%20d","\u0061\"b/c d"])", how) ==
          R"(["{{secret:1}}","{{secret:1}}","{{secret:1}}"])");
    // As a number that JSON would write in another way.
    how.secrets = {"12345678"};
    CHECK(recorded_body_of(R"({"n":12345678.0})", how) == R"({"n":{{secret:1}}.0})");
    how.secrets = {"a\"b/c d", "4711"};
    // A short one as a word only.
    CHECK(recorded_body_of(R"(["4711 14711 x4711"])", how) == R"(["{{secret:2}} 14711 x4711"])");
}

TEST_CASE("a secret that can't be replaced is no file") {
    recorder_options how;
    how.secrets = {"12345678"};
    recorder keeper(how);
    told one;
    one.body = R"({"account":12345678})";
    one.tell(keeper);
    directory d;
    try {
        keeper.save(d.path / "s.json");
        FAIL("saved");
    } catch (std::runtime_error const& problem) {
        CHECK(contains(problem.what(), "exchange 1 (POST /api/v1/thing)"));
        CHECK_FALSE(contains(problem.what(), "12345678"));
    }
    CHECK(d.names().empty());
}

TEST_CASE("a user of a few letters is hidden in the header, and not looked for elsewhere") {
    recorder keeper;
    told one;
    one.fields += "X-Impersonate-User: 7\r\n";
    one.body = R"({"count":7,"of":"7"})";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(0).request_headers ==
          loop::testing::header_list{{"X-Impersonate-User", "{{user:1}}"}});
    CHECK(boost::json::serialize(made.exchanges().at(0).body.json) == one.body);
}

TEST_CASE("of the header what matters, sorted") {
    recorder_options how;
    how.response_headers = {"X-Total"};
    recorder keeper(how);
    told one;
    one.fields += "traceparent: 00-1-2-01\r\ntracestate: a=1\r\nbaggage: a=1\r\nb3: 1\r\n"
                  "X-B3-TraceId: 1\r\nuber-trace-id: 1\r\nX-Amzn-Trace-Id: 1\r\n";
    one.fields += "X-Reason: b\r\nA-Reason: a\r\nX-Api-Key: k_4711_x\r\nProxy-Authorization: "
                  "Basic abc\r\nCookie: c\r\n";
    for (auto const& [name, value] : std::vector<std::pair<char const*, char const*>>{
             {"x-total", "7 for k_4711_x"},
             {"Set-Cookie", "c=1"},
             {"Date", "Sun, 06 Nov 1994 08:49:37 GMT"},
             {"X-Request-Id", "r"},
             {"Retry-After", "Sun, 06 Nov 1994 08:49:42 GMT"},
             {"ETag", "W/\"abc\""},
             {"Content-Type", "application/json"}})
        one.headers.append(name, value);
    one.tell(keeper);
    recording const made = keeper.recording();
    auto const& found = made.exchanges().at(0);
    using loop::testing::header_list;
    CHECK(found.request_headers ==
          header_list{{"A-Reason", "a"}, {"X-Api-Key", "{{secret:1}}"}, {"X-Reason", "b"}});
    CHECK(found.headers == header_list{{"Content-Type", "application/json"},
                                       {"ETag", "W/\"{{etag:1}}\""},
                                       {"Retry-After", "5"},
                                       {"x-total", "7 for {{secret:1}}"}});
}

TEST_CASE("a gateway's path is not recorded") {
    recorder keeper;
    told one;
    one.target = "/gateway/v7/api/v1/thing?a=1";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).target == "/api/v1/thing?a=1");
}

TEST_CASE("a redirect of a download leads to a file") {
    recorder keeper;
    told one;
    one.to_api = false;
    one.origin = "https://f.example";
    one.target = "/a?Signature=verysecret";
    one.status = 302;
    one.headers.append("Location", "b?Signature=verysecret");
    one.tell(keeper);
    one.target = "/b?Signature=verysecret";
    one.status = 200;
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(0).target == "{{file:1}}");
    CHECK(made.exchanges().at(0).headers.at(0).second == "{{file:2}}");
    CHECK(made.exchanges().at(1).target == "{{file:2}}");
}

TEST_CASE("a file is masked, also where a secret begins or ends within it") {
    recorder_options how;
    how.secrets = {"ana@example.org"};
    recorder keeper(how);
    told one;
    one.to_api = false;
    one.origin = "https://f.example";
    one.body = "xample.org ana@example.org https://x.example/y?z=1 ana%40example.org ana@ex";
    one.tell(keeper);
    CHECK(keeper.recording().exchanges().at(0).body.bytes ==
          "********** *************** https://x.example/y?*** ***************** ******");
}

TEST_CASE("options that can't be meant are refused") {
    recorder_options how;
    how.secrets = {"abc"};
    CHECK_THROWS_AS(recorder{how}, std::invalid_argument);
    how = recorder_options();
    how.response_headers = {"content-length"};
    CHECK_THROWS_AS(recorder{how}, std::invalid_argument);
    how = recorder_options();
    how.varying = {"?since"};
    CHECK_THROWS_AS(recorder{how}, std::invalid_argument);
}

TEST_CASE("UUIDs stay, if that is wanted") {
    recorder_options how;
    how.number_uuids = false;
    CHECK(recorded_body_of(R"(["6e1cf0db-52d7-4522-97c9-97aa40b14058"])", how) ==
          R"(["6e1cf0db-52d7-4522-97c9-97aa40b14058"])");
}

TEST_CASE("neither the refused token nor the next one is recorded; the 401 is, and plays") {
    std::string const refused = "token_of_yesterday";
    auto const run = [&](auto const& where, std::shared_ptr<recorder> const& keeper,
                         std::string const& subject) {
        loop::options how = options_to(where);
        how.recorder = keeper;
        how.token = "";
        how.token_provider = [&, good = where.token()](loop::token_request why,
                                                       loop::token_handler handler) {
            bool const is_good = why.refused;
            std::move(handler)(std::nullopt, loop::secret(is_good ? good : refused));
        };
        program p(how);
        return outcome_of(p.draft(subject.c_str()));
    };
    server s(options_of_server());
    auto const keeper = std::make_shared<recorder>();
    CHECK(run(s, keeper, refused + ' ' + s.token()) == "201 attempts 2");
    std::string const text = keeper->to_json();
    CHECK_FALSE(contains(text, s.token()));
    CHECK_FALSE(contains(text, refused));
    CHECK(contains(text, "\"status\": 401"));
    CHECK(contains(text, "\"subject\": \"[redacted] [redacted]\""));

    keeper->clear();
    CHECK(run(s, keeper, "hello") == "201 attempts 2");
    player plays(keeper->recording());
    CHECK(run(plays, nullptr, "hello") == "201 attempts 2");
    CHECK_MESSAGE(plays.played_as_recorded(), plays.played_as_recorded());
}

TEST_CASE("the token is not even shown to a recorder") {
    class spy final : public loop::exchange_recorder {
    public:
        void on_exchange(loop::exchange_record const& one) override {
            for (std::string_view const text :
                 {one.target, one.request_headers, one.request_body, one.response_body})
                all += std::string(text) + '\n';
            for (std::size_t i = 0; i != one.response_headers->size(); ++i)
                all += std::string((*one.response_headers)[i].second) + '\n';
            failures += std::string(one.failure) + ';';
            ++count;
            throw std::runtime_error("is nobody else's business");
        }
        std::string all, failures;
        int count = 0;
    };
    server s(options_of_server());
    auto const seen = std::make_shared<spy>();
    loop::options how = options_to(s);
    how.recorder = seen;
    how.retry.max_attempts = 1;
    program p(how);
    std::string const token = s.token();
    s.respond_next(response_override(403, "{\"message\":\"" + token + "\"}")
                       .header("X-Echo", "Bearer " + token));
    CHECK_FALSE(p.draft(token.c_str()));
    s.respond_next(response_override::bytes(""));
    CHECK_FALSE(p.draft());
    CHECK(seen->count == 2);
    CHECK(seen->failures == ";connection_lost;");
    CHECK_FALSE(contains(seen->all, token));
    CHECK(contains(seen->all, "{\"subject\":\"[redacted]\""));
    CHECK(contains(seen->all, "Bearer [redacted]"));
    CHECK(contains(seen->all, std::string("X-Impersonate-User: ") + user));
}

} // TEST_SUITE("recording/recorder")
