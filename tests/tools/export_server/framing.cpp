// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Requests whose end export-server and a proxy in front of it could see in different places.
#include <tools/export_server/fixture.hpp>

#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("tools/export_server/framing") {

using namespace fixture;
using namespace std::string_literals;

namespace {

// The answers in what a connection gave.
std::size_t count_answers(std::string_view bytes) {
    std::size_t count = 0;
    for (std::size_t at = bytes.find("HTTP/1.1 "); at != bytes.npos;
         at = bytes.find("HTTP/1.1 ", at + 1))
        ++count;
    return count;
}

std::string const post = "POST /exports HTTP/1.1\r\nHost: localhost\r\n"
                         "Content-Type: application/json\r\n";
// A body that is a request of its own for a server that sees the end before it.
std::string const hidden = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
std::string const chunks = "0\r\n\r\n";

} // namespace

TEST_CASE("a body without a certain end is refused, and never read as a request") {
    scene s;
    auto const check = [&](std::string const& bytes) {
        CAPTURE(bytes.substr(0, 300));
        auto const b = s.open();
        b->send(bytes);
        std::string const answers = b->read_raw();
        CHECK(b->failure() == asio::error::eof);
        CHECK(answers.starts_with("HTTP/1.1 400 "));
        CHECK(contains(answers, "\r\nConnection: close\r\n"));
        CHECK(contains(answers, "\"error\""));
        CHECK(count_answers(answers) == 1);
    };
    for (std::string const encoding : {"xchunked",
                                       "chunkedx",
                                       "x-chunked",
                                       "chunked, identity",
                                       "identity, chunked",
                                       "identity",
                                       "gzip, chunked",
                                       "gzip",
                                       "chunked, chunked",
                                       "chunked,",
                                       ",chunked",
                                       "chunked;q=1",
                                       "chunked ;q=1",
                                       "\"chunked\"",
                                       "'chunked'",
                                       "",
                                       " ",
                                       "\xa0"
                                       "chunked",
                                       "chunked\xa0",
                                       "\x0b"
                                       "chunked",
                                       "chunked\x0b",
                                       "chunked\x0c",
                                       "chunked chunked",
                                       "cHuNkEd\t;",
                                       "chun ked"})
        check(post + "Transfer-Encoding: " + encoding + "\r\n\r\n" + chunks + hidden);
    for (std::string const length : {"+1", "-1", "1,1", "1, 1", "1 1", "0x1", "1.0", "1e1", "", "x",
                                     "99999999999999999999999", "18446744073709551617",
                                     "\x0b"
                                     "1",
                                     "\xb9"})
        check(post + "Content-Length: " + length + "\r\n\r\n" + hidden);
    for (std::string const fields : {
             "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
             "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
             "Content-Length: 5\r\nTransfer-Encoding: xchunked\r\n",
             "Transfer-Encoding: identity\r\nContent-Length: 5\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
             "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
             "Content-Length: 5\r\nContent-Length: 5\r\n",
             "Content-Length: 5\r\nContent-Length: 6\r\n",
             "Content-Length : 5\r\n",
             "Content-Length\t: 5\r\n",
             "Transfer-Encoding : chunked\r\n",
             " Transfer-Encoding: chunked\r\n",
             "\tTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding:\r\n chunked\r\n",
             "Transfer-Encoding: chunked\r\n\tx\r\n",
             "X: a\r\n Transfer-Encoding: chunked\r\n",
             "X: a\nTransfer-Encoding: chunked\r\n",
             "X: a\rTransfer-Encoding: chunked\r\n",
             "X: a\r\r\nTransfer-Encoding: chunked\r\n",
             "\rTransfer-Encoding: chunked\r\n",
             ": chunked\r\n",
             "Transfer-Encoding\r\n",
             "Transfer\x80-Encoding: chunked\r\n",
             "(Transfer-Encoding): chunked\r\n",
         })
        check(post + fields + "\r\n" + chunks + hidden);
    check(post + "Transfer-Encoding: chunked\0\r\n\r\n"s + chunks + hidden);
    check(post + "Transfer-Encoding\0: chunked\r\n\r\n"s + chunks + hidden);
    check("POST /exports HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
          chunks + hidden);
    check("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: xchunked\r\n\r\n" + hidden);
    check("HEAD / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n" + hidden);
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("chunks that are none are refused, and never read as a request") {
    scene s;
    for (std::string const body :
         {"x\r\n", "-1\r\n", "+1\r\na\r\n", "0x1\r\na\r\n", " 1\r\na\r\n", "1 \r\na\r\n", "\r\n",
          "1\na\n", "1\r\nab\r\n", "1\r\na\n0\r\n\r\n", "1;a\nb\r\na\r\n", "1;a=\"\n\"\r\na\r\n",
          "ffffffffffffffffff\r\na", "1;\x01\r\na\r\n", "0\r\nX: a\n\r\n\r\n", "0\r\nX : a\r\n\r\n",
          "0\r\nContent-Length: 5\r\n\r\n"}) {
        CAPTURE(body);
        auto const b = s.open();
        b->send(post + "Transfer-Encoding: chunked\r\n\r\n" + body + hidden);
        std::string const answers = b->read_raw();
        CHECK(answers.starts_with("HTTP/1.1 400 "));
        CHECK(contains(answers, "\r\nConnection: close\r\n"));
        CHECK(count_answers(answers) == 1);
    }
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("a refusal of a HEAD is a head alone, wherever the request is wrong") {
    scene s;
    std::string const head = "HEAD / HTTP/1.1\r\nHost: localhost\r\n";
    for (std::string const rest :
         {"Content-Length: x\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\nx\r\n"}) {
        CAPTURE(rest);
        auto const b = s.open();
        b->send(head + rest);
        std::string const answer = b->read_raw();
        CHECK(answer.starts_with("HTTP/1.1 400 "));
        CHECK(answer.find("\r\n\r\n") == answer.size() - 4);
    }
}

TEST_CASE("fields behind a body in chunks say nothing about the request") {
    scene s;
    auto const b = s.open();
    b->send("POST /exports HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2a\r\n" +
            any_week + "\r\n0\r\nContent-Type: application/json\r\nHost: x\r\n\r\n");
    CHECK(b->open() == 415);
    b->read_all();
    CHECK(b->get("/").result_int() == 200); // the connection is still good
}

TEST_CASE("a body that is framed as it should be is taken") {
    scene s;
    for (std::string const fields :
         {"Transfer-Encoding: chunked\r\n", "transfer-encoding:  CHUNKED \r\n",
          "Transfer-Encoding:\tchunked\t\r\n"}) {
        CAPTURE(fields);
        auto const b = s.open();
        b->send(post + fields + "\r\n2A;name=\"a;b\"\r\n" + any_week + "\r\n0\r\n\r\n" + hidden);
        CHECK(b->open() == 201);
        b->read_all();
        CHECK(b->open() == 200); // what follows is the next request
        b->read_all();
    }
}

TEST_CASE("a body in chunks may come in any pieces") {
    // On one thread, what has come before the request of another browser is read before its answer.
    scene s({}, {"--threads", "1", "--client-timeout", "3600"});
    auto const other = s.open();
    using pieces = std::vector<std::string>;
    for (pieces const& body : {pieces{"0\r\n", "\r", "\n"}, pieces{"0", "\r", "\n", "\r", "\n"},
                               pieces{"00\r\n", "\r", "\n"}, pieces{"0\r\n", "X: y\r\n\r", "\n"},
                               pieces{"1\r\n", "0", "\r\n0\r\n", "\r", "\n"},
                               pieces{"1\r\na\r\n", "0\r\n", "\r", "\n"}}) {
        std::string const first = body[0], second = body[1];
        CAPTURE(first);
        CAPTURE(second);
        auto const b = s.open();
        b->send("GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (std::string const& piece : body) {
            CHECK(other->get("/").result_int() == 200);
            b->send(piece);
        }
        CHECK(b->open() == 200);
        b->read_all();
        CHECK(b->get("/").result_int() == 200); // where the body ended
    }
}

TEST_CASE("a body in chunks that never ends has its time") {
    scene s({}, {"--client-timeout", "3"});
    auto const b = s.open();
    b->send(post + "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n");
    CHECK(b->open() == 100);
    b->send("\r");
    CHECK(b->read_raw().empty());
    CHECK(b->failure() != beast::error::timeout);
    CHECK(s.open()->get("/").result_int() == 200);
}

TEST_CASE("a browser that waits to be asked for the body is asked") {
    scene s;
    for (std::string const fields : {"Expect: 100-continue\r\n", "Expect: 200-ok, 100-Continue\r\n",
                                     "Expect: 200-ok\r\nExpect: 100-continue\r\n"}) {
        CAPTURE(fields);
        auto const b = s.open();
        b->send(post + fields + "Content-Length: " + std::to_string(any_week.size()) + "\r\n\r\n");
        CHECK(b->open() == 100);
        b->send(any_week);
        CHECK(b->open() == 201);
    }
}

TEST_CASE("a connection ends as asked, wherever in the list it is said") {
    scene s({}, {"--client-timeout", "3600"});
    for (std::string const fields : {"Connection: close\r\n", "Connection: x, Close\r\n",
                                     "Connection: x\r\nconnection: close\r\n"}) {
        CAPTURE(fields);
        auto const b = s.open();
        b->send("GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n");
        std::string const answer = b->read_raw();
        CHECK(b->failure() == asio::error::eof);
        CHECK(contains(answer, "\r\nConnection: close\r\n"));
    }
}

TEST_CASE("there is one Host, and it is one") {
    scene s;
    struct {
        std::string hosts;
        int status;
    } const cases[] = {
        {"", 400},
        {"Host: localhost\r\nHost: localhost\r\n", 400},
        {"Host: localhost\r\nHost: evil.example\r\n", 400},
        {"Host: evil.example\r\nHost: localhost\r\n", 400},
        {"Host: localhost\r\nX: y\r\nhOST: localhost\r\n", 400},
        {"Host : localhost\r\n", 400},
        {"Host: localhost, evil.example\r\n", 400},
        {"Host: evil.example localhost\r\n", 400},
        {"Host: evil@localhost\r\n", 400},
        {"Host: localhost/\r\n", 400},
        {"Host: http://localhost\r\n", 400},
        {"Host: localhost:x\r\n", 400},
        {"Host: localhost:99999\r\n", 400},
        {"Host: localhost:80:80\r\n", 400},
        {"Host: [::1\r\n", 400},
        {"Host: ::1\r\n", 400},
        {"Host: [127.0.0.1]\r\n", 400},
        {"Host: 127.1\r\n", 400},
        {"Host: 0x7f000001\r\n", 400},
        {"Host: localhost\\evil\r\n", 400},
        {"Host: evil.example\r\n localhost\r\n", 400},
        {"Host: evil.example\r\n", 421},
        {"Host:\r\n", 421},
    };
    for (auto const& each : cases) {
        CAPTURE(each.hosts);
        auto const b = s.open();
        b->send("GET / HTTP/1.1\r\n" + each.hosts + "\r\n" + hidden);
        std::string const answers = b->read_raw();
        CAPTURE(answers.substr(0, 300));
        CHECK(answers.starts_with("HTTP/1.1 " + std::to_string(each.status)));
        CHECK(contains(answers, "\r\nConnection: close\r\n"));
        CHECK(count_answers(answers) == 1);
    }
}

TEST_CASE("what is no HTTP is told so at once") {
    scene s({}, {"--client-timeout", "3600"});
    struct {
        std::string bytes;
        int status;
    } const cases[] = {
        {"GET / HTTP/1.1\nHost: localhost\n\n", 400},
        {"\r\n" + hidden, 400},
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400}, // TLS
        {"GET /\x01 HTTP/1.1\r\n", 400},
        {" GET / HTTP/1.1\r\n", 400},
        {"GET / HTTP/1.1 \r\nHost: localhost\r\n\r\n", 400},
        {"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET /  HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"G\"T / HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET / http/1.1\r\nHost: localhost\r\n\r\n", 400},
        {"GET / HTTP/1.1x\r\nHost: localhost\r\n\r\n", 400},
        {"GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", 505},
        {"GET / HTTP/1.2\r\nHost: localhost\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    };
    for (auto const& each : cases) {
        CAPTURE(each.bytes);
        auto const b = s.open();
        b->send(each.bytes);
        std::string const answers = b->read_raw();
        CHECK(answers.starts_with("HTTP/1.1 " + std::to_string(each.status)));
        CHECK(b->failure() == asio::error::eof);
    }
}

TEST_CASE("a body in chunks has no more besides than may be") {
    scene s;
    std::string many;
    for (int i = 0; i != 20000; ++i)
        many += "X-Trailer-" + std::to_string(i) + ": aaaaaaaaaaaaaaaa\r\n";
    auto const b = s.open();
    b->send(post + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + many);
    CHECK(b->read_raw().starts_with("HTTP/1.1 431 "));
}

} // TEST_SUITE("tools/export_server/framing")
