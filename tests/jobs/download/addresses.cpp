// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Addresses as services write them, and what the servers behind them answer.
#include <jobs/download/fixture.hpp>

#include <optional>
#include <string>
#include <vector>

TEST_SUITE("jobs/download/addresses") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;

namespace {

struct spelled {
    char const* text;
    char const* sent;
};
spelled const spellings[] = {
    {"/a b?c d", "/a%20b?c%20d"},
    {"/a%20b?c%20d", "/a%20b?c%20d"},
    {"/caf\xc3\xa9.json?n=\xe2\x82\xac", "/caf%C3%A9.json?n=%E2%82%AC"},
    {"/latin\xe9", "/latin%E9"},
    {"/a|b{c}[d]?e|f{g}[h]", "/a%7Cb%7Bc%7D%5Bd%5D?e%7Cf%7Bg%7D%5Bh%5D"},
    {"/a\"b<c>d^e`f", "/a%22b%3Cc%3Ed%5Ee%60f"},
    {"/100%?x=%zz", "/100%25?x=%25zz"},
    {"/f?Signature=a%2Bb%2fc+d/e~_-==&Expires=9", "/f?Signature=a%2Bb%2fc+d/e~_-==&Expires=9"},
    {"/f?filename=\"report 1.json\"&Signature=a%2Bb",
     "/f?filename=%22report%201.json%22&Signature=a%2Bb"},
};

// A job whose file's address expires, or does not.
struct exported {
    server s;
    directory d;
    asio::io_context io;
    loop::client client{io.get_executor(), options_for(s)};
    loop::export_job const job = loop::attach_export(client, s.add_export(finished, "[1]"));

    loop::result<loop::download_summary> fetch() { return fetch(job); }
    loop::result<loop::download_summary> fetch(loop::export_job const& of) {
        std::optional<loop::result<loop::download_summary>> outcome;
        loop::async_download(client, of, d.path / "r", impatient(),
                             [&](auto r) { outcome.emplace(std::move(r)); });
        io.restart();
        io.run();
        REQUIRE(outcome);
        return std::move(*outcome);
    }
};

std::string last_target(server const& s) {
    return s.requests(origin::files).back().target;
}

} // namespace

TEST_CASE("an address is requested as browsers and curl spell it") {
    server s;
    directory d;
    for (auto const& [text, sent] : spellings) {
        CAPTURE(text);
        s.respond_next(response_override(200, "[1]"), origin::files);
        auto r = download(options_for(s), s.files_url() + text, d.path / "r");
        REQUIRE_MESSAGE(r, r.error());
        CHECK(last_target(s) == sent);
    }
}

TEST_CASE("a redirect is followed to where browsers and curl would go") {
    server s;
    directory d;
    std::string const host = s.files_url().substr(std::string_view("https:").size());
    for (auto const& [text, sent] : spellings)
        for (std::string const& base : {std::string(), s.files_url(), host}) {
            CAPTURE(text);
            s.respond_next(response_override(302).header("Location", base + text), origin::files);
            s.respond_next(response_override(200, "[1]"), origin::files);
            auto r = download(options_for(s), s.files_url() + "/old/place?x=y", d.path / "r");
            REQUIRE_MESSAGE(r, r.error());
            CHECK(last_target(s) == sent);
        }
    for (auto const& [text, sent] :
         {spelled{"09:30 report.json", "/old/09:30%20report.json"},
          spelled{"a b?c|d", "/old/a%20b?c%7Cd"}, spelled{"../a b", "/a%20b"},
          spelled{"?q r", "/old/place?q%20r"}}) {
        CAPTURE(text);
        s.respond_next(response_override(302).header("Location", text), origin::files);
        s.respond_next(response_override(200, "[1]"), origin::files);
        auto r = download(options_for(s), s.files_url() + "/old/place?x=y", d.path / "r");
        REQUIRE_MESSAGE(r, r.error());
        CHECK(last_target(s) == sent);
    }
}

TEST_CASE("a redirect that is not followed says why, and gives no address away") {
    server s;
    directory d;
    std::string const secret = "?Signature=SUPERSECRETVALUE&Key=alsosecret";
    struct {
        std::string location;
        char const* why;
    } const rows[] = {
        {"https://elsewhere.test/x" + secret, "it leads to another server, https://elsewhere.test"},
        {"//elsewhere.test/x" + secret, "it leads to another server, https://elsewhere.test"},
        {"http" + s.files_url().substr(5) + "/x" + secret, "it leads to another server, http://"},
        {"ftp://elsewhere.test/x" + secret, "its Location: the scheme is neither https nor http"},
        {"/\\elsewhere.test/x" + secret, "its Location: its path holds a backslash"},
        {"https://u:p@elsewhere.test/x" + secret, "its Location: it holds user information"},
        {"https://else where.test/x" + secret, "its Location: its host holds a character"},
        {"https:///x" + secret, "its Location: it has no host"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.location);
        s.respond_next(
            response_override(302, "moved to " + row.location).header("Location", row.location),
            origin::files);
        auto r = download(options_for(s), s.files_url() + "/f", d.path / "r");
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::unexpected_status);
        CHECK(r.error().status == 302);
        CHECK(contains(r.error().detail, std::string("the redirect is not followed: ") + row.why));
        CHECK_FALSE(contains(printed(r.error()) + r.error().body, "SUPERSECRET"));
        CHECK_FALSE(contains(printed(r.error()) + r.error().body, "alsosecret"));
    }
    s.respond_next(response_override(302), origin::files);
    auto nowhere = download(options_for(s), s.files_url() + "/f", d.path / "r");
    REQUIRE_FALSE(nowhere);
    CHECK(contains(nowhere.error().detail, "it has no Location"));
    std::string const text = "moved to /b" + secret;
    s.respond_next(response_override::bytes(
                       "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b" + secret +
                       "\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text),
                   origin::files);
    auto two = download(options_for(s), s.files_url() + "/f", d.path / "r");
    REQUIRE_FALSE(two);
    CHECK(contains(two.error().detail, "it has two fields Location"));
    CHECK(contains(two.error().body, "moved to /b"));
    CHECK_FALSE(contains(printed(two.error()) + two.error().body, "SUPERSECRET"));
    for (int i = 0; i != 6; ++i)
        s.respond_next(response_override(302).header("Location", "/round"), origin::files);
    auto round = download(options_for(s), s.files_url() + "/f", d.path / "r");
    REQUIRE_FALSE(round);
    CHECK(contains(round.error().detail, "it is the sixth in a row"));
    CHECK(d.names().empty());
}

TEST_CASE("an address that is too large to be hidden in errors is refused, and nobody is asked") {
    constexpr std::size_t longest = 16 * 1024;
    exported t;
    std::string const begin = t.s.files_url() + "/e?Signature=";
    auto const long_as = [&](std::size_t size) {
        return begin + std::string(size - begin.size(), 'q');
    };
    std::string parameters = begin + "abcdefgh";
    for (int i = 1; i != 64; ++i)
        parameters += "&parameter=" + std::to_string(i);
    struct {
        std::string address;
        char const* refused;
    } const rows[] = {
        {long_as(1024 * 1024), "/url: it is longer than 16 KiB"},
        {long_as(longest + 1), "/url: it is longer than 16 KiB"},
        {long_as(longest - 1) + '|', "/url: it is longer than 16 KiB"}, // once it is encoded
        {begin + "abcdefgh#" + std::string(longest, 'q'), "/url: it is longer than 16 KiB"},
        {parameters + "&parameter=64", "/url: it has more than 64 parameters"},
        {long_as(longest), nullptr},
        {parameters, nullptr},
    };
    std::size_t asked = 0;
    for (auto const& row : rows) {
        CAPTURE(row.address.size());
        t.s.respond_next(response_override(200, R"({"id":"e","status":"Completed","url":")" +
                                                    row.address + "\"}"));
        if (!row.refused)
            t.s.respond_next(response_override(200, "[1]"), origin::files);
        auto const r = t.fetch(loop::attach_export(t.client, "e"));
        asked += row.refused ? 0 : 1;
        CHECK(t.s.requests(origin::files).size() == asked);
        CHECK(r.has_value() == !row.refused);
        if (r)
            continue;
        CHECK(r.error().code() == errc::invalid_request);
        CHECK(r.error().detail == row.refused);
    }
}

TEST_CASE("of an answer that leads to an address too large to be hidden, nothing is kept") {
    server s;
    directory d;
    std::string const secret = std::string(20'000, 'q') + "SUPERSECRETVALUE";
    std::string many = "/f?a=1";
    for (int i = 0; i != 65; ++i)
        many += "&secret=SUPERSECRETVALUE" + std::to_string(i);
    struct {
        unsigned status;
        std::string location;
        char const* detail;
    } const rows[] = {
        {302, "/f?k=" + secret, "its Location: it is longer than 16 KiB"},
        {302, many, "its Location: it has more than 64 parameters"},
        {403, "/f?k=" + secret, ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.status);
        auto const& where = row.location;
        s.respond_next(response_override(row.status, "<Error><Code>Moved</Code><Message>to " +
                                                         where + "</Message></Error>" +
                                                         where.substr(3))
                           .header("Location", where)
                           .header("Refresh", "0;url=" + where),
                       origin::files);
        auto const r = download(options_for(s), s.files_url() + "/f", d.path / "r", one_attempt());
        REQUIRE_FALSE(r);
        loop::error const& e = r.error();
        CHECK(e.status == row.status);
        CHECK(contains(e.detail, row.detail));
        std::string all = printed(e) + e.body + e.detail + e.service_message + e.service_code;
        for (std::size_t i = 0; i != e.headers.size(); ++i)
            all += e.headers[i].second;
        CHECK_FALSE(contains(all, "SUPERSECRET"));
        CHECK_FALSE(contains(all, "qqqqqqqq"));
    }
}

TEST_CASE("a refusal that may mean an expired address asks the job once for another") {
    struct {
        unsigned status;
        char const* body;
        errc code;
    } const rows[] = {
        {400, "<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>",
         errc::bad_request},
        {400, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>",
         errc::bad_request},
        {400,
         "<Error><Code>AuthenticationFailed</Code><AuthenticationErrorDetail>Signature not valid "
         "in the specified time frame</AuthenticationErrorDetail></Error>",
         errc::bad_request},
        {401, "{\"code\":\"expired_auth_token\",\"message\":\"no\"}", errc::unauthorized},
        {403, "<Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>",
         errc::forbidden},
        {404, "<Error><Code>NoSuchKey</Code></Error>", errc::not_found},
        {410, "", errc::bad_request},
    };
    for (auto const& row : rows) {
        CAPTURE(row.status);
        auto const answer = response_override(row.status, row.body, "application/xml");
        {
            exported t;
            t.s.respond_next(answer, origin::files);
            auto r = t.fetch();
            REQUIRE_MESSAGE(r, r.error());
            CHECK(content_of(t.d.path / "r") == "[1]");
            CHECK(t.s.requests(origin::api).size() == 2);
        }
        {
            exported t;
            for (int i = 0; i != 3; ++i)
                t.s.respond_next(answer, origin::files);
            auto r = t.fetch();
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == row.code);
            CHECK(r.error().of_download);
            CHECK(t.s.requests(origin::api).size() == 2);
            CHECK(t.s.requests(origin::files).size() == 2);
            CHECK(t.d.names().empty());
        }
        { // there is nobody to ask
            exported t;
            t.s.respond_next(answer, origin::files);
            auto r = download(options_for(t.s), t.s.files_url() + "/f", t.d.path / "r");
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == row.code);
            CHECK(t.s.requests().size() == 1);
        }
    }
    for (unsigned const other : {400u, 402u, 405u, 409u, 451u}) {
        CAPTURE(other);
        exported t;
        t.s.respond_next(response_override(other, "<Code>InvalidArgument</Code>"), origin::files);
        CHECK_FALSE(t.fetch());
        CHECK(t.s.requests(origin::api).size() == 1);
    }
}

TEST_CASE("the error of a file speaks of the file, in the words of its server") {
    server s;
    directory d;
    auto const told = [&](response_override answer) {
        s.respond_next(std::move(answer), origin::files);
        auto r = download(options_for(s), s.files_url() + "/f?Signature=SUPERSECRETVALUE",
                          d.path / "r", one_attempt());
        REQUIRE_FALSE(r);
        CHECK(r.error().of_download);
        return printed(r.error());
    };
    CHECK(contains(told(response_override(401)), "the file server did not accept the address"));
    CHECK(contains(told(response_override(404)), "the file server has no such file"));
    CHECK(contains(told(response_override(500)), "the file server failed"));
    std::string const expired = told(
        response_override(400,
                          "<?xml version=\"1.0\"?><Error><Code>ExpiredToken</Code><Message>The "
                          "token SUPERSECRETVALUE has expired</Message></Error>",
                          "application/xml"));
    CHECK(contains(expired, "the file server refused the request; HTTP status 400, "
                            "code ExpiredToken, the file server says \"The token"));
    CHECK_FALSE(contains(expired, "SUPERSECRET"));
    std::string const gzip = told(response_override(200, "x").header("Content-Encoding", "gzip"));
    CHECK(contains(gzip, "the file is encoded with gzip, which was not asked for"));
    for (std::string const& text : {expired, gzip}) {
        CHECK_FALSE(contains(text, "JSON"));
        CHECK_FALSE(contains(text, "the service"));
        CHECK_FALSE(contains(text, "the answer"));
    }
}

TEST_CASE("a coding that leaves the bytes alone is taken, and none is asked for") {
    server s;
    directory d;
    for (std::vector<char const*> const& codings : {std::vector{""},
                                                    {"identity"},
                                                    {"aws-chunked"},
                                                    {"AWS-Chunked, Identity"},
                                                    {"none"},
                                                    {"utf-8, binary"},
                                                    {"", "identity"}}) {
        std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n";
        for (char const* const coding : codings)
            head += std::string("Content-Encoding: ") + coding + "\r\n";
        s.respond_next(response_override::bytes(head + "\r\n[1]"), origin::files);
        auto r = download(options_for(s), s.files_url() + "/f", d.path / "r");
        REQUIRE_MESSAGE(r, r.error());
        CHECK(content_of(d.path / "r") == "[1]");
        CHECK(s.requests(origin::files).back().header("Accept-Encoding") == "identity");
    }
    for (std::vector<char const*> const& codings :
         {std::vector{"br"}, {"aws-chunked,gzip"}, {"none, gzip"}, {"identity", "zstd"}}) {
        std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n";
        for (char const* const coding : codings)
            head += std::string("Content-Encoding: ") + coding + "\r\n";
        s.respond_next(response_override::bytes(head + "\r\n[1]"), origin::files);
        auto r = download(options_for(s), s.files_url() + "/f", d.path / "other");
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::unexpected_content);
    }
    CHECK(d.names() == std::vector<std::string>{"r"});
}

namespace {

response_override raw(std::string const& head, std::string const& body,
                      connection_end end = connection_end::close) {
    return response_override::bytes("HTTP/1.1 " + head + "\r\n\r\n" + body, end);
}
std::string const chunked = "\r\nETag: \"a\"\r\nTransfer-Encoding: chunked";
// Thirty bytes, and then the connection breaks.
response_override first_thirty() {
    return raw("200 OK" + chunked, "1e\r\n" + std::string(30, 'a') + "\r\n", connection_end::cut);
}
response_override range_of(std::string const& range, std::string const& body) {
    return raw("206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes " + range +
                   "\r\nContent-Length: " + std::to_string(body.size()),
               body);
}
response_override end_at(std::string const& range, std::string const& more = "") {
    return raw("416 Range Not Satisfiable\r\nContent-Range: bytes " + range + more +
                   "\r\nContent-Length: 0",
               "");
}

} // namespace

TEST_CASE("a range of a file of unknown length is gone on with, to its end") {
    std::string const whole = std::string(30, 'a') + std::string(10, 'b') + std::string(5, 'c');
    std::string const b(10, 'b'), c(5, 'c');
    struct {
        char const* what;
        std::vector<response_override> after;
        std::vector<std::string> asked;
    } const rows[] = {
        {"416 is the end",
         {range_of("30-39/*", b), range_of("40-44/*", c), end_at("*/45", "\r\nETag: \"a\"")},
         {"bytes=30-", "bytes=40-", "bytes=45-"}},
        {"416 that does not say of which file",
         {range_of("30-39/*", b), range_of("40-44/*", c), end_at("*/45"),
          range_of("44-44/45", "c")},
         {"bytes=30-", "bytes=40-", "bytes=45-", "bytes=44-"}},
        {"416 for another file, by a server that does not know If-Range",
         {range_of("30-39/*", b), end_at("*/40"),
          raw("206 Partial Content\r\nETag: \"b\"\r\nContent-Range: bytes 39-39/40\r\n"
              "Content-Length: 1",
              "x"),
          raw("200 OK\r\nETag: \"a\"\r\nContent-Length: 45", whole)},
         {"bytes=30-", "bytes=40-", "bytes=39-", "whole"}},
        {"a length is the end",
         {range_of("30-39/*", b), range_of("40-44/45", c)},
         {"bytes=30-", "bytes=40-"}},
        {"the whole comes instead, in chunks",
         {range_of("30-39/*", b), raw("200 OK" + chunked, "2d\r\n" + whole + "\r\n0\r\n\r\n")},
         {"bytes=30-", "bytes=40-"}},
        {"the whole comes instead, with its length",
         {range_of("30-39/*", b), raw("200 OK\r\nETag: \"a\"\r\nContent-Length: 45", whole)},
         {"bytes=30-", "bytes=40-"}},
        {"a wrong start",
         {range_of("30-39/*", b), range_of("39-44/*", "b" + c),
          raw("200 OK\r\nETag: \"a\"\r\nContent-Length: 45", whole)},
         {"bytes=30-", "bytes=40-", "whole"}},
        {"a length that changes",
         {range_of("30-39/50", b), range_of("40-44/45", c),
          raw("200 OK\r\nETag: \"a\"\r\nContent-Length: 45", whole)},
         {"bytes=30-", "bytes=40-", "whole"}},
        {"several parts",
         {raw("206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes "
              "30-44/45\r\nContent-Type: "
              "multipart/byteranges; boundary=x\r\nContent-Length: 5",
              "--x--"),
          raw("200 OK\r\nETag: \"a\"\r\nContent-Length: 45", whole)},
         {"bytes=30-", "whole"}},
        {"416 that does not fit",
         {range_of("30-39/*", b), end_at("*/39"),
          raw("200 OK\r\nETag: \"a\"\r\nContent-Length: 45", whole)},
         {"bytes=30-", "bytes=40-", "whole"}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        server s;
        directory d;
        s.respond_next(first_thirty(), origin::files);
        for (auto const& answer : row.after)
            s.respond_next(answer, origin::files);
        auto r = download(options_for(s), s.files_url() + "/f", d.path / "r", impatient());
        REQUIRE_MESSAGE(r, r.error());
        CHECK(content_of(d.path / "r") == whole);
        auto const requests = s.requests(origin::files);
        REQUIRE(requests.size() == row.asked.size() + 1);
        for (std::size_t i = 0; i != row.asked.size(); ++i)
            CHECK(requests[i + 1].header("Range").value_or("whole") == row.asked[i]);
    }
}

TEST_CASE("a file whose end nobody confirms is not taken as whole") {
    server s;
    directory d;
    s.respond_next(first_thirty(), origin::files);
    s.respond_next(range_of("30-39/*", std::string(10, 'b')), origin::files);
    for (int i = 0; i != 2; ++i) // the server loses the file
        s.respond_next(response_override(404), origin::files);
    auto gone = download(options_for(s), s.files_url() + "/f", d.path / "r", impatient());
    REQUIRE_FALSE(gone);
    CHECK(gone.error().code() == errc::not_found);
    s.respond_next(first_thirty(), origin::files);
    s.respond_next(raw("206 Partial Content\r\nETag: \"a\"\r\nContent-Range: bytes 30-34/*" +
                           std::string("\r\nContent-Length: 10"),
                       std::string(10, 'b')),
                   origin::files);
    auto longer = download(options_for(s), s.files_url() + "/f", d.path / "r", one_attempt());
    REQUIRE_FALSE(longer);
    CHECK(d.names().empty());
}

} // TEST_SUITE("jobs/download/addresses")
