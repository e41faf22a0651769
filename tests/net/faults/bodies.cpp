// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Faults in the body of an answer: where it ends, and what it holds.
#include <net/faults/matrix.hpp>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("net/faults/bodies") {

using namespace fixture;

namespace {

std::string const long_text(100'000, 'x');

script chunked(std::string const& body) {
    return answered(chunked_head + body);
}

// Begins a chunked body, and never ends it.
script endless(std::string begin, std::string again) {
    return {handshake, read_request, respond(chunked_head + begin), flood(std::move(again))};
}

script of_type(std::string const& type, std::string const& body = good_body) {
    return answered("HTTP/1.1 200 OK\r\nContent-Type: " + type +
                    "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

script json(std::string const& body) {
    return of_type("application/json", body);
}

std::string times(std::size_t count, std::string const& text) {
    std::string all;
    all.reserve(count * text.size());
    for (std::size_t i = 0; i != count; ++i)
        all += text;
    return all;
}

std::string chunk(std::string const& text) {
    std::ostringstream out;
    out << std::hex << text.size() << "\r\n" << text << "\r\n";
    return std::move(out).str();
}

} // namespace

TEST_CASE("an answer that breaks off is lost, wherever and however") {
    auto const lost = errc::connection_lost;
    struct {
        char const* name;
        std::string text;
    } const halves[] = {
        {"in the status line", "HTTP/1.1 200 O"},
        {"in the head", json_head},
        {"between head and body", good_head},
        {"in the body", good_head + "{\"id\":"},
        {"before the first chunk", chunked_head},
        {"in a chunk's size", chunked_head + "a"},
        {"in a chunk", chunked_head + "a\r\n{\"id\":"},
        {"before the last chunk", chunked_head + "a\r\n" + good_body + "\r\n"},
        {"in the last chunk", chunked_head + "a\r\n" + good_body + "\r\n0\r\n"},
        {"in the trailer", chunked_head + "a\r\n" + good_body + "\r\n0\r\nX: 1\r\n"},
    };
    for (auto const& [name, text] : halves) {
        check_row({name + std::string(", in order"), ended(text), lost});
        check_row({name + std::string(", without close_notify"), cut(text), lost});
        check_row({name + std::string(", by a reset"), broken(text), lost});
    }
}

TEST_CASE("what ends with the stream needs the end that TLS vouches for") {
    std::string const old_head = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n";
    auto const lost = errc::connection_lost;
    check_rows({
        {"HTTP/1.0, ended", ended(old_head + good_body), success},
        {"HTTP/1.0, cut", cut(old_head + good_body), lost},
        {"HTTP/1.0, reset", broken(old_head + good_body), lost},
        {"no length, ended", ended(json_head + "\r\n" + good_body), success},
        {"no length, cut", cut(json_head + "\r\n" + good_body), lost},
        {"no length, reset", broken(json_head + "\r\n" + good_body), lost},
        {"nothing, cut", cut(json_head + "\r\n"), lost},
    });
}

TEST_CASE("what is whole needs no end of the stream") {
    std::string const in_chunks = chunked_head + chunk(good_body) + "0\r\n\r\n";
    check_rows({
        {"a length, ended", ended(good_answer), success},
        {"a length, cut", cut(good_answer), success},
        {"a length, reset", broken(good_answer), success},
        {"chunks, ended", ended(in_chunks), success},
        {"chunks, cut", cut(in_chunks), success},
        {"chunks, reset", broken(in_chunks), success},
    });
}

TEST_CASE("chunks that are none are not HTTP") {
    auto const invalid = errc::invalid_http;
    check_rows({
        {"not hexadecimal", chunked("xyz\r\n"), invalid},
        {"an empty size", chunked("\r\n" + good_body), invalid},
        {"a negative size", chunked("-1\r\n" + good_body), invalid},
        {"a size with a sign", chunked("+a\r\n" + good_body), invalid},
        {"a size with a prefix", chunked("0xa\r\n" + good_body + "\r\n0\r\n\r\n"), invalid},
        {"a size with something behind it", chunked("ab c\r\n" + good_body + "\r\n0\r\n\r\n"),
         invalid},
        {"NUL in an extension", chunked(std::string("a;x\0y\r\n", 8) + good_body + "\r\n0\r\n\r\n"),
         invalid},
        {"a bare LF in an extension", chunked("a;x\ny\r\n" + good_body + "\r\n0\r\n\r\n"), invalid},
        {"a space before the size", chunked(" a\r\n" + good_body), invalid},
        {"a size of 2^64", chunked("10000000000000000\r\n" + good_body), invalid},
        {"a size of 2^64 + 10", chunked("1000000000000000a\r\n" + good_body), invalid},
        {"a size of 2^68", chunked("100000000000000000\r\n" + good_body), invalid},
        {"no CRLF after the data", chunked("a\r\n" + good_body + "0\r\n\r\n"), invalid},
        {"data longer than its chunk", chunked("9\r\n" + good_body + "\r\n0\r\n\r\n"), invalid},
        {"a bare LF after the size", chunked("a\n" + good_body + "\r\n0\r\n\r\n"), invalid},
    });
}

TEST_CASE("chunks have their limits") {
    auto const invalid = errc::invalid_http;
    std::string const data = chunk(good_body);
    check_rows({
        {"a size without end", endless("", std::string(1000, '0')), invalid},
        {"an extension without end", endless("a;", long_text), invalid},
        {"an extension of each chunk", endless("", "1;" + long_text + "\r\n \r\n"), invalid},
        {"a trailer without end", endless(data + "0\r\nX: ", long_text), invalid},
        {"trailers without end", endless(data + "0\r\n", "X: y\r\n"), invalid},
        {"a short extension", chunked("a;x=y\r\n" + good_body + "\r\n0\r\n\r\n"), success},
        {"a short trailer", chunked(data + "0\r\nX: y\r\n\r\n"), success},
        {"a size with zeros", chunked("00000a\r\n" + good_body + "\r\n0\r\n\r\n"), success},
        {"chunks of one byte", chunked("1\r\n{\r\n1\r\n}\r\n0\r\n\r\n"), errc::unexpected_json},
    });
}

TEST_CASE("a body has its limit, however it is delimited") {
    auto const too_large = errc::response_too_large;
    std::string const text(2000, ' ');
    check_rows({{"by its length", json(text), too_large},
                {"in one chunk", chunked(chunk(text)), too_large},
                {"in chunks without end", endless("", "1\r\n \r\n"), too_large},
                {"by the end of the stream",
                 {handshake, read_request, respond(json_head + "\r\n"), flood(text)},
                 too_large},
                {"of an error", answered("HTTP/1.1 500 Oh\r\nContent-Length: 2000\r\n\r\n" + text),
                 too_large},
                {"just within", json(good_body + std::string(990, ' ')), success}},
               [](loop::options& how) { how.max_response_size = 1000; });
}

TEST_CASE("what the body holds must be JSON, and not too much of it") {
    auto const invalid = errc::invalid_json;
    check_rows({
        {"no JSON", json("{\"id\":x}"), invalid},
        {"half of it", json("{\"id\":\"x\""), invalid},
        {"something behind it", json("{\"id\":\"x\"}}"), invalid},
        {"two values", json("{\"id\":\"x\"}{\"id\":\"y\"}"), invalid},
        {"no UTF-8", json("{\"id\":\"\xff\xfe\"}"), invalid},
        {"a byte order mark", json("\xef\xbb\xbf{\"id\":\"x\"}"), success},
        {"UTF-16", json(std::string("{\0\"\0i\0d\0\"\0:\0\"\0x\0\"\0}\0", 20)), invalid},
        {"a control character", json("{\"id\":\"\n\"}"), invalid},
        {"another shape", json("[1]"), errc::unexpected_json},
        {"depth", json("{\"id\":\"x\",\"deep\":" + std::string(100'000, '[')), invalid},
        {"depth in objects", json(times(100'000, "{\"a\":")), invalid},
        {"a long number", json("{\"id\":\"x\",\"n\":" + std::string(100'000, '9') + "}"), success},
        {"many keys", json("{\"id\":\"x\"" + times(100'000, ",\"a\":0") + "}"), success},
    });
}

TEST_CASE("what the body holds must be JSON in UTF-8, whatever it is said to be") {
    auto const unexpected = errc::unexpected_content;
    std::string const gzip("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
    check_rows({
        {"a web page", of_type("text/html", "<html></html>"), unexpected},
        {"JSON that is said to be text", of_type("text/plain"), success},
        {"JSON that is said to be bytes", of_type("application/octet-stream"), success},
        {"JSON that is said to be a web page", of_type("text/html"), success},
        {"JSON that is said to be nothing", of_type(""), success},
        {"text", of_type("text/plain", "no healthy upstream"), unexpected},
        {"Latin-1", of_type("application/json; charset=iso-8859-1", "{\"id\":\"\xe9\"}"),
         unexpected},
        {"Latin-1 by default", of_type("application/json;charset=ISO-8859-1"), success},
        {"UTF-16",
         of_type("application/json; charset=utf-16",
                 std::string("{\0\"\0i\0d\0\"\0:\0\"\0x\0\"\0}\0", 20)),
         unexpected},
        {"UTF-8", of_type("application/json; charset=utf-8"), success},
        {"quoted UTF-8", of_type("Application/JSON;Charset=\"UTF-8\""), success},
        {"gzip", of_type("application/json\r\nContent-Encoding: gzip", gzip), unexpected},
        {"gzip in name only", of_type("application/json\r\nContent-Encoding: gzip"), unexpected},
        {"gzip that is not told", json(gzip), errc::invalid_json},
        {"gzip of an error",
         answered("HTTP/1.1 500 Oh\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n" + gzip),
         errc::server_error},
    });
}

TEST_CASE("a length beyond the limit is refused before a byte of the body comes") {
    std::vector<row> const rows{
        {"no byte of it", answered(json_head + "Content-Length: 99999999999\r\n\r\n"),
         errc::response_too_large},
    };
    check_rows(rows);
}

} // TEST_SUITE("net/faults/bodies")
