// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Faults in the head of an answer. Whoever sends such a one has read the request, so none is sent
// twice.
#include <net/faults/matrix.hpp>

#include <string>
#include <vector>

TEST_SUITE("net/faults/answers") {

using namespace fixture;

namespace {

// A good answer behind these header lines.
script with_header(std::string const& lines, std::string const& body = good_body) {
    return answered(json_head + lines + "\r\n" + body);
}

script with_status_line(std::string const& line) {
    return answered(line + "\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n" +
                    good_body);
}

std::string const long_text(100'000, 'x'); // above max_header_size

} // namespace

TEST_CASE("what does not begin with a status line is not HTTP") {
    auto const invalid = errc::invalid_http;
    check_rows({
        {"HTTP/2", with_status_line("HTTP/2 200"), invalid},
        {"HTTP/2.0", with_status_line("HTTP/2.0 200 OK"), invalid},
        {"HTTP/1.2", with_status_line("HTTP/1.2 200 OK"), invalid},
        {"HTTP/1.10", with_status_line("HTTP/1.10 200 OK"), invalid},
        {"HTTP/0.9", with_status_line("HTTP/0.9 200 OK"), invalid},
        {"ICY", with_status_line("ICY 200 OK"), invalid},
        {"small letters", with_status_line("http/1.1 200 OK"), invalid},
        {"an empty line", with_status_line(""), invalid},
        {"a space", with_status_line(" HTTP/1.1 200 OK"), invalid},
        {"SSH", answered("SSH-2.0-OpenSSH_9.2\r\n"), invalid},
        {"a web page", answered("<!DOCTYPE html><html></html>\r\n"), invalid},
        {"zeros", answered(std::string(64, '\0')), invalid},
        {"an HTTP/2 SETTINGS frame", answered(std::string("\0\0\0\x04\0\0\0\0\0", 9)), invalid},
        {"a line without end", {handshake, read_request, flood("HTTP" + long_text)}, invalid},
        {"a reason without end",
         {handshake, read_request, respond("HTTP/1.1 200 "), flood(long_text)},
         invalid},
    });
}

TEST_CASE("a status is three digits, and not every number is one") {
    auto const invalid = errc::invalid_http;
    std::string const fields = "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n";
    check_rows({
        {"99", with_status_line("HTTP/1.1 99 Odd"), invalid},
        {"099", with_status_line("HTTP/1.1 099 Odd"), invalid},
        {"000", with_status_line("HTTP/1.1 000 Odd"), invalid},
        {"1000", with_status_line("HTTP/1.1 1000 Odd"), invalid},
        {"20x", with_status_line("HTTP/1.1 20x Odd"), invalid},
        {"-20", with_status_line("HTTP/1.1 -20 Odd"), invalid},
        {"none", with_status_line("HTTP/1.1  OK"), invalid},
        {"599", with_status_line("HTTP/1.1 599 Odd"), errc::server_error},
        {"600", with_status_line("HTTP/1.1 600 Odd"), errc::unexpected_status},
        {"999", with_status_line("HTTP/1.1 999 Odd"), errc::unexpected_status},
        {"no space behind it", with_status_line("HTTP/1.1 200"), success},
        {"no space behind it, HTTP/1.0", ended("HTTP/1.0 200\r\n" + fields + good_body), success},
        {"no space behind 503", with_status_line("HTTP/1.1 503"), errc::server_error},
        {"no space behind 099", with_status_line("HTTP/1.1 099"), invalid},
        {"no space behind HTTP/1.2", with_status_line("HTTP/1.2 200"), invalid},
        {"no space, but a tab", with_status_line("HTTP/1.1 200\tOK"), invalid},
        {"no space, but a line feed", answered("HTTP/1.1 200\n" + fields + good_body), invalid},
        {"no space, but two returns", answered("HTTP/1.1 200\r\r\n" + fields + good_body), invalid},
        {"two digits and no space", with_status_line("HTTP/1.1 20"), invalid},
        {"no space, and no body", answered("HTTP/1.1 204\r\n\r\n"), errc::unexpected_status},
        {"no space, and no field", ended("HTTP/1.1 503\r\n\r\n" + good_body), errc::server_error},
        {"no space, then the end", ended("HTTP/1.1 200\r\n"), errc::connection_lost},
        {"a part of it, then the end", ended("HTTP/1.1 200"), errc::connection_lost},
        {"another part of it, then the end", ended("HTTP/1.1 200\r"), errc::connection_lost},
        {"a byte of it, then the end", ended("H"), errc::connection_lost},
        {"NUL in the reason", with_status_line(std::string("HTTP/1.1 200 O\0K", 16)), invalid},
        {"an empty reason", with_status_line("HTTP/1.1 200 "), success},
    });
}

TEST_CASE("a header field that is none is not HTTP") {
    auto const invalid = errc::invalid_http;
    std::string const length = "Content-Length: 10\r\n";
    check_rows({
        {"no colon", with_header(length + "nothing\r\n"), invalid},
        {"no name", with_header(length + ": value\r\n"), invalid},
        {"a space before the colon", with_header("Content-Length : 10\r\n"), invalid},
        {"a space in the name", with_header(length + "X Y: 1\r\n"), invalid},
        {"NUL in the name", with_header(length + std::string("X\0Y: 1\r\n", 8)), invalid},
        {"NUL in the value", with_header(length + std::string("X: a\0b\r\n", 8)), invalid},
        {"a bare LF", with_header(length + "X: 1\n"), invalid},
        {"a bare CR", with_header(length + "X: 1\rY: 2\r\n"), invalid},
        {"bytes above ASCII", with_header(length + "X: \xc3\xa4\xff\r\n"), success},
        {"a continued line", with_header(length + "X: a\r\n b\r\n"), success},
    });
}

TEST_CASE("headers have their limit") {
    auto const invalid = errc::invalid_http;
    std::string many = "Content-Length: 10\r\n";
    for (int i = 0; i != 20'000; ++i)
        many += "X-" + std::to_string(i) + ": 1\r\n";
    script const begun{handshake, read_request, respond(json_head)};
    script fields = begun, one_field = begun, one_name = begun;
    fields.push_back(flood("X: y\r\n"));
    one_field.push_back(respond("X: "));
    one_field.push_back(flood(long_text));
    one_name.push_back(flood(long_text));
    check_rows({
        {"a long field", with_header("Content-Length: 10\r\nX: " + long_text + "\r\n"), invalid},
        {"many fields", with_header(many), invalid},
        {"fields without end", fields, invalid},
        {"a value without end", one_field, invalid},
        {"a name without end", one_name, invalid},
    });
    row const within("just within the limit",
                     with_header("Content-Length: 10\r\nX: " + std::string(900, 'x') + "\r\n"),
                     success);
    row const beyond("beyond the limit",
                     with_header("Content-Length: 10\r\nX: " + std::string(1024, 'x') + "\r\n"),
                     invalid);
    check_rows({within, beyond}, [](loop::options& how) { how.max_header_size = 1024; });
}

TEST_CASE("where the body ends must be said once, and plainly") {
    auto const invalid = errc::invalid_http;
    std::string const length = "Content-Length: 10\r\n";
    std::string const chunked = "Transfer-Encoding: chunked\r\n";
    std::string const in_chunks = "a\r\n" + good_body + "\r\n0\r\n\r\n";
    check_rows({
        {"a length, then chunks", with_header(length + chunked, in_chunks), invalid},
        {"chunks, then a length", with_header(chunked + length, in_chunks), invalid},
        {"two lengths", with_header(length + "Content-Length: 11\r\n"), invalid},
        {"the same length twice", with_header(length + length), success},
        {"two lengths in a list", with_header("Content-Length: 10, 11\r\n"), invalid},
        {"a negative length", with_header("Content-Length: -1\r\n"), invalid},
        {"a length with a sign", with_header("Content-Length: +10\r\n"), invalid},
        {"a hexadecimal length", with_header("Content-Length: 0xa\r\n"), invalid},
        {"an empty length", with_header("Content-Length:\r\n"), invalid},
        {"chunks twice", with_header(chunked + chunked, in_chunks), invalid},
        {"chunks, then something else",
         with_header(chunked + "Transfer-Encoding: identity\r\n", in_chunks), invalid},
        {"a length, then another coding", with_header(length + "Transfer-Encoding: gzip\r\n"),
         invalid},
        {"a length of 2^64", with_header("Content-Length: 18446744073709551616\r\n"), invalid},
        {"a length of 2^64 + 10", with_header("Content-Length: 18446744073709551626\r\n"), invalid},
        {"a length of 2^64 - 1", with_header("Content-Length: 18446744073709551615\r\n"),
         errc::response_too_large},
    });
}

TEST_CASE("a trailer does not say how the body is delimited") {
    std::string const in_chunks = chunked_head + "a\r\n" + good_body + "\r\n0\r\n";
    check_rows({
        {"a checksum", answered(in_chunks + "Digest: x\r\n\r\n"), success},
        {"a content type", answered(in_chunks + "Content-Type: text/html\r\n\r\n"), success},
        {"a length", answered(in_chunks + "Content-Length: 5\r\n\r\n"), errc::invalid_http},
        {"the same length", answered(in_chunks + "Content-Length: 10\r\n\r\n"), errc::invalid_http},
        {"chunks", answered(in_chunks + "Transfer-Encoding: chunked\r\n\r\n"), errc::invalid_http},
        {"another coding", answered(in_chunks + "Transfer-Encoding: gzip\r\n\r\n"),
         errc::invalid_http},
        {"the end", answered(in_chunks + "Connection: close\r\n\r\n"), errc::invalid_http},
        {"the end, as proxies say it", answered(in_chunks + "Proxy-Connection: close\r\n\r\n"),
         errc::invalid_http},
        {"another protocol", answered(in_chunks + "Upgrade: h2c\r\n\r\n"), errc::invalid_http},
    });
}

TEST_CASE("answers before the answer are passed over, but not without end") {
    auto const invalid = errc::invalid_http;
    std::string const go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    std::string const hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n";
    check_rows({
        {"100", answered(go_on + good_answer), success},
        {"102", answered("HTTP/1.1 102 Processing\r\n\r\n" + good_answer), success},
        {"103", answered(hints + good_answer), success},
        {"100 without a reason",
         answered("HTTP/1.1 100\r\n\r\nHTTP/1.1 103\r\nX: y\r\n\r\n" + good_answer), success},
        {"100 and 103", answered(go_on + hints + hints + good_answer), success},
        {"100 without end", {handshake, read_request, flood(go_on)}, invalid},
        {"103 without end", {handshake, read_request, flood(hints)}, invalid},
        {"100, and the end", ended(go_on), errc::connection_lost},
        {"100, and a cut", cut(go_on), errc::connection_lost},
        {"101, which nobody asked for",
         answered("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n"
                  "\r\n"),
         invalid},
    });
}

TEST_CASE("an answer without body where there should be one") {
    auto const odd = errc::unexpected_status;
    check_rows({
        {"204", answered("HTTP/1.1 204 No Content\r\n\r\n"), odd},
        {"204 with bytes behind", answered("HTTP/1.1 204 No Content\r\n\r\n" + good_body), odd},
        {"204 with a length", answered("HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n"),
         odd},
        {"304", answered("HTTP/1.1 304 Not Modified\r\n\r\n"), odd},
        {"304 with bytes behind", answered("HTTP/1.1 304 Not Modified\r\n\r\n" + good_body), odd},
        {"304 with a length", answered("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n"),
         odd},
        {"200 of length 0", answered(json_head + "Content-Length: 0\r\n\r\n"), errc::missing_body},
        {"200 that ends at once", ended(json_head + "\r\n"), errc::missing_body},
    });
}

TEST_CASE("a transfer coding that was not asked for, and can't be undone") {
    auto const invalid = errc::invalid_http;
    std::string const length = "Content-Length: 10\r\n";
    std::string const in_chunks = "a\r\n" + good_body + "\r\n0\r\n\r\n";
    std::vector<row> const rows{
        {"gzip, then a length", with_header("Transfer-Encoding: gzip\r\n" + length), invalid},
        {"gzip", with_header("Transfer-Encoding: gzip\r\n"), invalid},
        {"gzip until the end", ended(json_head + "Transfer-Encoding: gzip\r\n\r\n" + good_body),
         invalid},
        {"gzip in chunks", with_header("Transfer-Encoding: gzip, chunked\r\n", in_chunks), invalid},
        {"chunks in gzip", with_header("Transfer-Encoding: chunked, gzip\r\n", in_chunks), invalid},
        {"chunks in chunks", with_header("Transfer-Encoding: chunked, chunked\r\n", in_chunks),
         invalid},
        {"something else", with_header("Transfer-Encoding: xchunked\r\n", in_chunks), invalid},
        {"identity", with_header("Transfer-Encoding: identity\r\n"), invalid},
    };
    check_rows(rows);
}

} // TEST_SUITE("net/faults/answers")
