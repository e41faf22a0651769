// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Credentials that a recorder finds in texts which are no JSON: behind a name and a sign in any
// quotation marks, in elements of XML, in addresses, and behind "Basic".
#include "told_exchange.hpp"

#include <intheloop/base/detail/base64.hpp>

#include <string>

TEST_SUITE("recording/credential_pairs") {

using namespace session;
using intheloop::detail::to_base64;

namespace {

struct text_case {
    char const* came;
    char const* recorded;
};

} // namespace

TEST_CASE("credentials in quotation marks are hidden") {
    text_case const cases[] = {
        {R"(a=b; access_token="Val/ue12345"; x="y")", R"(a=b; access_token="{{secret:1}}"; x="y")"},
        {R"(access_token="Val/ue12345")", R"(access_token="{{secret:1}}")"},
        {R"(token = "Val/ue12345", then)", R"(token = "{{secret:1}}", then)"},
        {R"(realm="a=", password="Val\"ue12345", x="y")",
         R"(realm="a=", password="{{secret:1}}", x="y")"},
        {R"(login(user: "ana", password: "Val/ue12345"))",
         R"(login(user: "ana", password: "{{secret:1}}"))"},
        {R"(passwords = ["Val/ue12345", 1, 'Val/ue12345'])",
         R"(passwords = ["{{secret:1}}", 1, '{{secret:1}}'])"},
        {R"({'user': 'ana', 'password': 'Val/ue12345', 'tokens': ['Val/ue12345', None]})",
         R"({'user': 'ana', 'password': '{{secret:1}}', 'tokens': ['{{secret:1}}', None]})"},
        {R"({password:'Val/ue12345',user:'ana'})", R"({password:'{{secret:1}}',user:'ana'})"},
        {R"("password" => "Val/ue12345", :token=>'Val/ue12345')",
         R"("password" => "{{secret:1}}", :token=>'{{secret:1}}')"},
        {R"({'password': 'Val\'ue12345', 'a': 'b'})", R"({'password': '{{secret:1}}', 'a': 'b'})"},
        {"private_key='Val\nue12345'", "private_key='{{secret:1}}'"},
        {R"(["with token=\"Val/ue12345\", of Val/ue12345"])",
         R"(["with token=\"{{secret:1}}\", of {{secret:1}}"])"},
        {R"({"m":"with token=\"Val/ue12345\", then","n":-0})",
         R"({"m":"with token=\"{{secret:1}}\", then","n":-0})"},
        {R"({"m":"says\n'password': 'Val/ue12345'\n","n":-0})",
         R"({"m":"says\n'password': '{{secret:1}}'\n","n":-0})"},
        {R"({"m":"password='Val/ue12345","b":"c","n":-0})",
         R"({"m":"password='{{secret:1}}","b":"c","n":-0})"},
        {"{&quot;token&quot;:&quot;Val/ue12345&quot;,&quot;a&quot;:1}",
         "{&quot;token&quot;:&quot;{{secret:1}}&quot;,&quot;a&quot;:1}"},
        {"/x?filter=%7B%22token%22%3A%20%22Val/ue12345%22%2C%22a%22%3A1%7D",
         "/x?filter=%7B%22token%22%3A%20%22{{secret:1}}%22%2C%22a%22%3A1%7D"},
        {"/x?token=%22Val/ue12345&page=2", "/x?token={{secret:1}}&page=2"},
        {"token='abc', pin='abc'", "token='{{secret:1}}', pin='abc'"},
        // Apostrophes, and marks of inches, open nothing.
        {"it isn't so, password='Val/ue12345'", "it isn't so, password='{{secret:1}}'"},
        {"the users' own token='Val/ue12345'", "the users' own token='{{secret:1}}'"},
        {R"(12" of "x", token="Val/ue12345")", R"(12" of "x", token="{{secret:1}}")"},
        {R"({'m': "it's", 'password': "Val/ue12345"})",
         R"({'m': "it's", 'password': "{{secret:1}}"})"},
        {"it%27s not token%3D%27Val/ue12345%27", "it%27s not token%3D%27{{secret:1}}%27"},
        {"%7B%27token%27%3A%27Val/ue12345%27%7D", "%7B%27token%27%3A%27{{secret:1}}%27%7D"},
        // The strings of Python 2, and bytes.
        {R"({u'password': u'Val/ue12345', u'a': u'b'})",
         R"({u'password': u'{{secret:1}}', u'a': u'b'})"},
        {R"({'tokens': [b'Val/ue12345', b"Val/ue12345"]})",
         R"({'tokens': [b'{{secret:1}}', b"{{secret:1}}"]})"},
        // Marks that are a part of the name.
        {R"({"'password'":"Val/ue12345","n":-0})", R"({"'password'":"{{secret:1}}","n":-0})"},
        {R"({"\"password\"":"Val/ue12345","n":-0})", R"({"\"password\"":"{{secret:1}}","n":-0})"},
        {R"({"log":"{\"'token'\":\"Val/ue12345\"}"})",
         R"({"log":"{\"'token'\":\"{{secret:1}}\"}"})"},
        // A backslash that is a part of the value.
        {R"([db] password='Val/ue12345\'; user='ana')",
         R"([db] password='{{secret:1}}'; user='ana')"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_both_ways(each.came) == each.recorded);
    }
    CHECK(recorded_both_ways("token=\"Val/ue12345", true) == "token=\"{{secret:1}}");
    CHECK(recorded_both_ways("{'password': 'Val/ue12345", true) == "{'password': '{{secret:1}}");
}

TEST_CASE("credentials in XML are hidden") {
    text_case const cases[] = {
        {"<login><password>Val/ue12345</password><user>ana</user></login>",
         "<login><password>{{secret:1}}</password><user>ana</user></login>"},
        {"<s:Password Type=\"http://x/#PasswordText\">Val/ue12345</s:Password>",
         "<s:Password Type=\"http://x/#PasswordText\">{{secret:1}}</s:Password>"},
        {"<login user='ana' token='Val/ue12345'/>", "<login user='ana' token='{{secret:1}}'/>"},
        {"<password secret=\"abc\">it's Val/ue12345</password><a b='c'/>",
         "<password secret=\"{{secret:2}}\">{{secret:1}}</password><a b='c'/>"},
        {"<password>\n  Val/ue12345\n</password>", "<password>\n  {{secret:1}}\n</password>"},
        {"<n> \" and '</n><login token='Val/ue12345'/>",
         "<n> \" and '</n><login token='{{secret:1}}'/>"},
        {"<password><![CDATA[Val<ue12345]]></password>",
         "<password><![CDATA[{{secret:1}}]]></password>"},
        {"<p><password>Val&amp;ue12345</password>Val&ue12345</p>",
         "<p><password>{{secret:1}}</password>{{secret:1}}</p>"},
        {"<tokens><token>Val/ue12345</token><token>abc</token></tokens>",
         "<tokens><token>{{secret:1}}</token><token>{{secret:2}}</token></tokens>"},
        {R"({"x":"<password>Val\/ue12345<\/password>","n":-0})",
         R"({"x":"<password>{{secret:1}}<\/password>","n":-0})"},
        {R"({"x":"\u003cpassword\u003eVal/ue12345\u003c/password\u003e","n":-0})",
         R"({"x":"\u003cpassword\u003e{{secret:1}}\u003c/password\u003e","n":-0})"},
        {"&lt;password&gt;Val/ue12345&lt;/password&gt;&lt;a token=&quot;Val/ue12345&quot;/&gt;",
         "&lt;password&gt;{{secret:1}}&lt;/password&gt;&lt;a token=&quot;{{secret:1}}&quot;/&gt;"},
        {"%3Cpassword%3EVal%2Fue12345%3C%2Fpassword%3E",
         "%3Cpassword%3E{{secret:1}}%3C%2Fpassword%3E"},
        {R"(<r><password note="a>b">Val/ue12345</password><e>Val/ue12345</e></r>)",
         R"(<r><password note="a>b">{{secret:1}}</password><e>{{secret:1}}</e></r>)"},
        {R"(<login user="ana" password="Val/ue12345\"/><e>it's "x"</e>)",
         R"(<login user="ana" password="{{secret:1}}"/><e>it's "x"</e>)"},
        {R"({"x":"<password>\n  Val/ue12345\n</password>","e":"Val/ue12345","n":-0})",
         R"({"x":"<password>\n  {{secret:1}}\n</password>","e":"{{secret:1}}","n":-0})"},
        {"<password><![CDATA[ Val/ue12345 ]]></password><e>Val/ue12345</e>",
         "<password><![CDATA[ {{secret:1}} ]]></password><e>{{secret:1}}</e>"},
        {"<a><![CDATA[no token: 'Val/ue12345]]></a><b>c</b>",
         "<a><![CDATA[no token: '{{secret:1}}]]></a><b>c</b>"},
        {"<a><![CDATA[no 'token': 'Val/ue12345]]>!</a><b>c</b>",
         "<a><![CDATA[no 'token': '{{secret:1}}]]>!</a><b>c</b>"},
        {R"({"q":"use <token","log":"{\"x\":\"a > b\",\"password\":\"Val/ue12345</b>\"}","n":-0})",
         R"({"q":"use <token","log":"{\"x\":\"a > b\",\"password\":\"{{secret:1}}\"}","n":-0})"},
        {R"(<password hint='a<b'>Val/ue12345</Password>)",
         R"(<password hint='a<b'>{{secret:1}}</Password>)"},
        // JSON within it.
        {R"(<html><script>var a={"password":"x<yVal/ue12345","u":1}</script></html>)",
         R"(<html><script>var a={"password":"{{secret:1}}","u":1}</script></html>)"},
        {R"(<html>{"password":"<Val/ue12345"}</html>)",
         R"(<html>{"password":"{{secret:1}}"}</html>)"},
        {R"(<html>{"tokens":["x1<y2","Val/ue12345"]}</html>)",
         R"(<html>{"tokens":["{{secret:1}}","{{secret:2}}"]}</html>)"},
        {R"(<r><![CDATA[{"password":"x<Val/ue12345"}]]></r>)",
         R"(<r><![CDATA[{"password":"{{secret:1}}"}]]></r>)"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_both_ways(each.came) == each.recorded);
    }
    CHECK(recorded_both_ways("<?xml version='1.0'?><login><password>Val/ue12345", true) ==
          "<?xml version='1.0'?><login><password>{{secret:1}}");
}

TEST_CASE("credentials are hidden where HTML spells characters by their numbers") {
    text_case const cases[] = {
        {"/x?access&#95;token=Val/ue12345&amp;page=2",
         "/x?access&#95;token={{secret:1}}&amp;page=2"},
        {"session&#x5F;key&#61;Val/ue12345&#38;page=2",
         "session&#x5F;key&#61;{{secret:1}}&#38;page=2"},
        {"password=Val&#47;ue12345&page=2 of Val/ue12345",
         "password={{secret:1}}&page=2 of {{secret:1}}"},
        {"password=abc&#section", "password={{secret:1}}&#section"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_both_ways(each.came) == each.recorded);
    }
}

TEST_CASE("a text that only looks as if it had credentials stays") {
    for (std::string const body : {
             R"({"next":"/x?token=","other":"value","n":-0})",
             R"({"log":"{\"next\":\"/x?token=\",\"other\":\"value\"}"})",
             R"(<a href='/x?token='>it's here</a> 'b')",
             R"({'next': '/x?token=', 'other': 'value'})",
             R"(url = '/x?token=' + t + '&page=2')",
             R"(say "token": it's a word, and "password", too)",
             "the password: must be long; token: none",
             "if (token == \"abc\" && session === 'x')",
             "<input type=\"password\" name=\"password\" value=\"\">",
             "<label for=\"password\">Password</label>",
             "<password/><user>ana</user><token></token>",
             "<tokenType>Bearer1</tokenType><key>x12345</key><page_token>abcd</page_token>",
             "Use the header Authorization: Bearer <token> with each call",
             "Use 'Bearer <token>' <b>here</b>",
             "GET /api/<token>/messages",
             "<p>Bearer &lt;token&gt;</p><q>&lt;/b</q>",
             R"({"use":"/<token>/messages","next":"</b>","n":-0})",
             "token_type=\"Bearer12345\", auth=\"basic\", password=''",
             "token=&quot;&quot;&amp;x=1",
             R"(<r><Session from="1>2" to="3"/></r>)",
             "<p>Send <token>.</p>",
             "<pre>GET /<token>/x</pre>",
             "<user>:<token>@api.example",
             R"({"rule":"<base>/v1/<token>/messages","path":"/messages"})",
             "fetch(to, {credentials: 'include'}); // include",
             R"(<s:a xmlns:auth="http://f.example/a">http://f.example/a</s:a>)",
             R"(<a accesskey="s">s</a>)",
         }) {
        CAPTURE(body);
        CHECK(recorded_both_ways(body) == body);
    }
}

TEST_CASE("a credential has one placeholder, whichever spelling came first") {
    std::string const xml = "<password>Val&amp;ue12345</password>";
    std::string const json = R"({"password":"Val&ue12345"})";
    for (bool const begins_with_xml : {true, false}) {
        recorder keeper;
        told one;
        one.request_body = begins_with_xml ? xml : json;
        one.body = begins_with_xml ? json : xml;
        one.tell(keeper);
        recording const made = keeper.recording();
        std::string const asked = text_of(made.exchanges().at(0).request_body);
        std::string const got = text_of(made.exchanges().at(0).body);
        CHECK((begins_with_xml ? asked : got) == "<password>{{secret:1}}</password>");
        CHECK((begins_with_xml ? got : asked) == R"({"password":"{{secret:1}}"})");
        CHECK(recording::parse(made.to_json()).to_json() == made.to_json());
    }
}

TEST_CASE("credentials in quotation marks are hidden in fields") {
    recorder_options how;
    how.response_headers = {"X-Debug"};
    recorder keeper(how);
    told one;
    one.fields += "X-Digest-Authorization: Digest username=\"ana\", response=\"Val/ue12345\"\r\n"
                  "X-Note: bar; access_token=\"Oth/er456789\"\r\n";
    one.headers.append("WWW-Authenticate", "Bearer realm=\"api\", error=\"invalid_token\"");
    one.headers.append("X-Debug", "a; session=\"Thi/rd789012\"; Path=/");
    one.body = R"(["Oth/er456789","Thi/rd789012"])";
    one.tell(keeper);
    recording const made = keeper.recording();
    using loop::testing::header_list;
    CHECK(made.exchanges().at(0).request_headers ==
          header_list{{"X-Digest-Authorization", "{{secret:1}}"},
                      {"X-Note", "bar; access_token=\"{{secret:3}}\""}});
    CHECK(made.exchanges().at(0).headers ==
          header_list{{"WWW-Authenticate", "Bearer realm=\"api\", error=\"invalid_token\""},
                      {"X-Debug", "a; session=\"{{secret:4}}\"; Path=/"}});
    CHECK(text_of(made.exchanges().at(0).body) == R"(["{{secret:3}}","{{secret:4}}"])");
}

TEST_CASE("the password behind Basic is hidden where it stands decoded") {
    recorder keeper;
    told one;
    one.fields += "X-Authorization: Basic " + to_base64("ana:Val/ue12345") + "\r\n";
    one.body = R"(["ana:Val/ue12345","no Val%2Fue12345 of ana"])";
    one.tell(keeper);
    one.fields = "X-Authorization: Basic " + to_base64("Oth/er456789:") + "\r\n";
    one.body = R"(["Oth/er456789"])";
    one.tell(keeper);
    one.fields = "X-Authorization: Basic " + to_base64("ana:2024") + "\r\n";
    one.body = R"({"year":2024})";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(0).request_headers ==
          loop::testing::header_list{{"X-Authorization", "{{secret:1}}"}});
    CHECK(text_of(made.exchanges().at(0).body) ==
          R"(["ana:{{secret:3}}","no {{secret:3}} of ana"])");
    CHECK(text_of(made.exchanges().at(1).body) == R"(["{{secret:6}}"])");
    CHECK(text_of(made.exchanges().at(2).body) == R"({"year":2024})");
}

TEST_CASE("the password in an address is hidden wherever else it stands") {
    text_case const cases[] = {
        {R"(["https://bob:Val%2Fue12345@f.example/a","Val/ue12345 of bob"])",
         R"(["https://[redacted]@f.example/a","{{secret:1}} of bob"])"},
        {R"(["https://Val_ue12345:@f.example/a","Val_ue12345"])",
         R"(["https://[redacted]@f.example/a","{{secret:1}}"])"},
        {R"(["https%3A%2F%2Fbob%3AVal%252Fue12345%40f.example%2Fa","Val/ue12345"])",
         R"(["https%3A%2F%2F[redacted]@f.example%2Fa","{{secret:1}}"])"},
        {R"({"u":"https:\/\/bob:Val_ue12345@f.example\/a","e":"Val_ue12345","n":-0})",
         R"({"u":"https:\/\/[redacted]@f.example\/a","e":"{{secret:1}}","n":-0})"},
        {R"(["https://bob:abc@f.example/a","https://bob@f.example/a","abc of bob"])",
         R"(["https://[redacted]@f.example/a","https://[redacted]@f.example/a","abc of bob"])"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_both_ways(each.came) == each.recorded);
    }
}

TEST_CASE("a credential that is the name of one is hidden in its place alone") {
    text_case const cases[] = {
        {"<password>password</password>", "<password>{{secret:1}}</password>"},
        {R"({"doc":"https://user:password@f.example/","password":12})",
         R"({"doc":"https://[redacted]@f.example/","password":12})"},
        {"a token=token&b %3Ftoken%3Dtoken", "a token={{secret:1}}&b %3Ftoken%3D{{secret:1}}"},
        {"&token%3Dtoken&#61;", "&token%3D{{secret:1}}"},
    };
    for (auto const& each : cases) {
        CAPTURE(each.came);
        CHECK(recorded_both_ways(each.came) == each.recorded);
    }
    recorder keeper;
    told one;
    one.fields += "X-Authorization: Basic " + to_base64("ana:password") + "\r\n";
    one.body = R"({"password":12})";
    one.tell(keeper);
    recording const made = keeper.recording();
    CHECK(made.exchanges().at(0).request_headers ==
          loop::testing::header_list{{"X-Authorization", "{{secret:1}}"}});
    CHECK(text_of(made.exchanges().at(0).body) == R"({"password":12})");
}

TEST_CASE("quotation marks that HTML spells match none of JSON") {
    CHECK(recorded_both_ways(R"({"token":"&quot;abcd1234&quot;","echo":"abcd1234","n":-0})") ==
          R"({"token":"{{secret:1}}","echo":"abcd1234","n":-0})");
}

} // TEST_SUITE("recording/credential_pairs")
