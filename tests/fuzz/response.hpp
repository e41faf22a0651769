// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_RESPONSE_HPP
#define INTHELOOP_TESTS_FUZZ_RESPONSE_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/net/detail/response_parser.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

// The limit of a body, where the octets are cut, and the octets of a connection until its end.
struct response_target {
    static constexpr std::string_view name = "response";
    static constexpr std::string_view words[] = {"HTTP/1.1 200",
                                                 "Content-Length: ", "Transfer-Encoding: chunked",
                                                 "Connection: ", "\r\n\r\n"};

    static void run(auto const&, bytes input) {
        reader in(input);
        std::size_t const choice = in.byte();
        std::size_t const cut = in.byte();
        std::string_view const text = in.rest();
        intheloop::net::response_limits limits = limits_of(16 * (choice % 64));
        limits.has_no_body = choice >= 192;

        outcome const whole = read({text}, limits);
        std::size_t const at = std::min(cut, text.size());
        check_same(whole, read({text.substr(0, at), text.substr(at)}, limits), text);
        check_same(whole, read(octets_of(text), limits), text);
        check_short_line(whole, text, limits);
        check(whole.body.size() <= (limits.has_no_body ? 0 : limits.max_body_size),
              "no body is longer than allowed", text);
        check(whole.has_failed || whole.body_size == whole.body.size(), "a body is counted", text);
        check_sink(whole, text, limits);
        check_written(text, cut);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        std::string const head{'\x0f', '\x30'};
        keep("length",
             head + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: \"a\"\r\n\r\nhelloHTTP");
        keep("chunks", head + "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "5;a=\"b\"\r\nhello\r\n1\r\n!\r\n0\r\nX-Checksum: 1\r\n\r\n");
        keep("no_reason", head + "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}");
        keep("to_the_end", head + "HTTP/1.1 200 OK\r\nContent-Type: a/b;\r\n c=d\r\n\r\nhello");
        keep("old", head + "HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n"
                           "Content-Length: 1\r\n\r\na");
        keep("no_body", head + "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n");
        keep("no_content", head + "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n");
        keep("of_head", std::string("\xcf\x30") + "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n");
        keep("too_long", std::string("\0\x30", 2) + "HTTP/1.1 500 \r\nContent-Length: 1\r\n\r\na");
        keep("two_lengths", head + "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n"
                                   "\r\nab");
        keep("late_length", head + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                   "0\r\nContent-Length: 1\r\n\r\n");
        keep("compressed", head + "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0");
    }

private:
    using parser = intheloop::net::response_parser;

    // Of an answer that failed nothing counts but that.
    struct outcome {
        bool has_failed = false;
        bool keeps_alive = false;
        std::size_t consumed = 0;
        unsigned status = 0;
        std::uint64_t body_size = 0;
        std::string headers{}, body{};
        bool operator==(outcome const&) const = default;
    };

    class collecting_sink final : public intheloop::byte_sink {
    public:
        std::optional<intheloop::error> begin(head const&) override {
            check(!std::exchange(has_begun, true), "a body begins once");
            return std::nullopt;
        }
        std::optional<intheloop::error> write(std::string_view octets) override {
            check(has_begun, "a body begins before its bytes");
            body += octets;
            return std::nullopt;
        }

        bool has_begun = false;
        std::string body{};
    };

    static intheloop::net::response_limits limits_of(std::size_t max_body_size) {
        intheloop::net::response_limits limits;
        limits.max_header_size = 64 * 1024;
        limits.max_body_size = max_body_size;
        return limits;
    }

    // Reads as an attempt does.
    static outcome read(std::vector<std::string_view> const& pieces,
                        intheloop::net::response_limits const& limits,
                        intheloop::byte_sink* sink = nullptr) {
        using boost::beast::http::error;
        outcome const failed{.has_failed = true};
        intheloop::codec::encoded_response response;
        parser reading(response, limits, sink);
        outcome found;
        std::string buffer;
        boost::beast::error_code ec;
        for (std::size_t i = 0; i != pieces.size() && !reading.is_done(); ++i) {
            buffer += pieces[i];
            while (!buffer.empty() && !reading.is_done()) {
                std::size_t const size = reading.put(boost::asio::buffer(buffer), ec);
                check(size != 0 || ec, "no call is in vain");
                buffer.erase(0, size);
                found.consumed += size;
                if (ec == error::need_more)
                    break;
                if (ec)
                    return failed;
            }
        }
        if (!reading.is_done() && !reading.got_some())
            return failed;
        if (!reading.is_done())
            reading.put_eof(ec);
        if (!reading.is_done())
            return failed;
        found.keeps_alive = reading.keep_alive();
        found.status = response.status;
        for (std::size_t i = 0; i != response.headers.size(); ++i)
            found.headers += std::string(response.headers[i].first) + ": " +
                             std::string(response.headers[i].second) + '\n';
        found.body = response.body;
        found.body_size = reading.body_size();
        return found;
    }

    static std::vector<std::string_view> octets_of(std::string_view text) {
        std::vector<std::string_view> octets;
        for (std::size_t i = 0; i != text.size(); ++i)
            octets.push_back(text.substr(i, 1));
        return octets;
    }
    static void check_same(outcome const& whole, outcome const& other, std::string_view text) {
        check(whole == other, "the same answer however it is cut", text);
    }

    // A status line may end behind the status: it is read as with the blank that belongs there.
    static void check_short_line(outcome const& whole, std::string_view text,
                                 intheloop::net::response_limits const& limits) {
        constexpr std::size_t end = std::string_view("HTTP/1.1 200").size();
        if (!text.starts_with("HTTP/") ||
            !text.substr(std::min(end, text.size())).starts_with("\r\n"))
            return;
        std::string const full =
            std::string(text.substr(0, end)) + ' ' + std::string(text.substr(end));
        outcome other = read({full}, limits);
        other.consumed -= other.has_failed ? 0 : 1;
        check(whole == other, "a blank behind the status makes no difference", text);
    }

    // A sink takes what would be in memory.
    static void check_sink(outcome const& whole, std::string_view text,
                           intheloop::net::response_limits const& limits) {
        collecting_sink sink;
        outcome found = read({text}, limits, &sink);
        if (whole.has_failed) // possibly for want of memory
            return;
        bool const is_taken = intheloop::codec::goes_to_sink(found.status, {});
        check(sink.has_begun == is_taken && (is_taken ? found.body : sink.body).empty(),
              "a body goes to the sink or into memory", text);
        found.body += sink.body;
        check(whole == found, "a sink takes what would be in memory", text);
    }

    // A body is read as it was sent, in each of the forms, and no octet behind it.
    static void check_written(std::string_view body, std::size_t cut) {
        std::string const length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
        std::string chunks;
        for (std::string_view const part :
             {body.substr(0, std::min(cut, body.size())), body.substr(std::min(cut, body.size()))})
            if (!part.empty())
                chunks.append(hexadecimal(part.size())).append(";a=b\r\n").append(part) += "\r\n";
        chunks += "0\r\nX-Trailer: a\r\n\r\n";
        struct {
            std::string head;
            std::string_view body;
            bool keeps_alive;
        } const forms[] = {
            {"HTTP/1.1 200 OK\r\n" + length, body, true},
            {"HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n", chunks, true},
            {"HTTP/1.1 200 OK\r\nConnection: close\r\n" + length, body, false},
            {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n" + length, body, true},
            {"HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n" + length, body, false},
            {"HTTP/1.0 200 OK\r\n" + length, body, false},
        };
        for (auto const& form : forms) {
            std::string const sent = form.head + "\r\n" + std::string(form.body);
            outcome const found = read({sent + "HTTP"}, limits_of(body.size()));
            check(!found.has_failed && found.status == 200, "what was written is read", sent);
            check_equal(found.body, body, "a body is read as it was sent");
            check(found.consumed == sent.size(), "no octet behind an answer is taken", sent);
            check(found.keeps_alive == form.keeps_alive, "whether the connection goes on", sent);
            check(body.empty() || read({sent}, limits_of(body.size() - 1)).has_failed,
                  "a body that is too long is refused", sent);
        }
        std::string const open = "HTTP/1.1 200 OK\r\n\r\n" + std::string(body);
        outcome const found = read({open}, limits_of(body.size()));
        check(!found.has_failed && !found.keeps_alive && found.body == body,
              "a body goes to the end of a connection", open);
    }
    static std::string hexadecimal(std::size_t number) {
        std::string digits;
        for (; number != 0; number /= 16)
            digits.insert(digits.begin(), "0123456789abcdef"[number % 16]);
        return digits;
    }
};

} // namespace fuzz

#endif
