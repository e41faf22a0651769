// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_REDIS_REPLY_HPP
#define INTHELOOP_TESTS_FUZZ_REDIS_REPLY_HPP

#include <intheloop/fleet/detail/redis_reply.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

// The limit of a reply's size, where the bytes are cut, and the bytes of a connection to Redis.
struct redis_reply_target {
    static constexpr std::string_view name = "redis_reply";
    static constexpr std::string_view words[] = {"\r\n$-1\r\n", "*", "\r\n:"};

    static void run(auto const&, bytes input) {
        reader in(input);
        std::size_t const limit = 64 * (in.byte() % 32 + 1);
        std::size_t const cut = in.byte();
        std::string_view const text = in.rest();

        answers const whole = read({text}, limit);
        std::size_t const at = std::min(cut, text.size());
        same(whole, read({text.substr(0, at), text.substr(at)}, limit), text);
        std::vector<std::string_view> octets;
        for (std::size_t i = 0; i != text.size(); ++i)
            octets.push_back(text.substr(i, 1));
        same(whole, read(octets, limit), text);

        std::string written;
        for (reply const& each : whole.replies) {
            check(size_of(each) <= limit, "no reply is larger than allowed", text);
            write(each, written);
            check(!each.error_code().empty(), "an error has a code", text);
        }
        answers const again = read({written}, limit);
        check(!again.is_broken && equal(again.replies, whole.replies),
              "a reply that is written is read again", text);
        check_written(in);
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        std::string const head{'\x1f', '\x05'};
        keep("plain", head + "+OK\r\n-ERR no\r\n:-42\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*0\r\n");
        keep("claim", head + "*7\r\n$2\r\n80\r\n$2\r\n10\r\n$4\r\n1500\r\n$1\r\n3\r\n$1\r\n0\r\n"
                             "$4\r\n2500\r\n$16\r\n1764400000000000\r\n");
        keep("message", head + "*3\r\n$7\r\nmessage\r\n$11\r\nintheloop:a\r\n$6\r\n1500 0\r\n");
        keep("nested", head + "*2\r\n*2\r\n*1\r\n:1\r\n$0\r\n\r\n*-1\r\n+x\r\n");
        keep("huge", head + "*2147483647\r\n:1\r\n");
        keep("too_long", std::string("\0\x03", 2) + "$1025\r\nxxxxxxxxxxxxxxxxxxxxxxxxx");
        keep("not_redis", head + "HTTP/1.1 400 Bad Request\r\n\r\n");
        keep("later", head + "%1\r\n+a\r\n,1.5\r\n#t\r\n_\r\n");
    }

private:
    using reply = intheloop::redis::reply;
    using reply_reader = intheloop::redis::reply_reader;

    struct answers {
        std::vector<reply> replies;
        bool is_broken = false;
    };

    static answers read(std::vector<std::string_view> const& pieces, std::size_t limit) {
        reply_reader reader(limit);
        answers all;
        for (std::string_view const piece : pieces) {
            reader.feed(piece);
            for (reply got;; got = reply()) {
                auto const how = reader.next(got);
                if (how == reply_reader::progress::got_reply) {
                    all.replies.push_back(std::move(got));
                    continue;
                }
                all.is_broken = how == reply_reader::progress::is_broken;
                break;
            }
            if (all.is_broken)
                break;
        }
        return all;
    }

    static bool equal(std::vector<reply> const& left, std::vector<reply> const& right) {
        auto const same_reply = [](reply const& a, reply const& b) {
            return a.type == b.type && a.number == b.number && a.text == b.text &&
                   equal(a.items, b.items);
        };
        return std::equal(left.begin(), left.end(), right.begin(), right.end(), same_reply);
    }

    static void same(answers const& left, answers const& right, std::string_view text) {
        check(left.is_broken == right.is_broken, "broken however it is cut", text);
        check(equal(left.replies, right.replies), "the same replies however they are cut", text);
    }

    // A reply of each kind is read as it was written, and a command as an array of its words: a
    // line of each.
    static void check_written(reader in) {
        reply all(reply::kind::array), texts(reply::kind::array);
        do {
            std::string_view const line = in.line();
            for (auto const kind : {reply::kind::status, reply::kind::error, reply::kind::text})
                all.items.emplace_back(kind).text = line;
            all.items.emplace_back(reply::kind::integer).number =
                static_cast<std::int64_t>(line.size()) - 3;
            all.items.emplace_back(reply::kind::nil);
            texts.items.emplace_back(reply::kind::text).text = line;
        } while (!in.rest().empty());
        std::string written;
        write(all, written);
        check_read(written, all, "a reply is read as it was written");
        std::vector<std::string_view> command;
        for (reply const& each : texts.items)
            command.push_back(each.text);
        std::string sent;
        intheloop::redis::append_command(sent, command);
        check_read(sent, texts, "a command is read as it was written");
    }
    static void check_read(std::string_view written, reply const& expected,
                           std::string_view property) {
        answers const got = read({written}, size_of(expected));
        check(!got.is_broken && equal(got.replies, {expected}), property, written);
    }

    static std::size_t size_of(reply const& of) {
        std::size_t size = sizeof(reply) + of.text.size();
        for (reply const& each : of.items)
            size += size_of(each);
        return size;
    }

    static void write(reply const& of, std::string& out) {
        auto const line = [&](char kind, std::string_view text) {
            ((out += kind) += text) += "\r\n";
        };
        switch (of.type) {
        case reply::kind::nil: return line('$', "-1");
        case reply::kind::status: return line('+', of.text);
        case reply::kind::error: return line('-', of.text);
        case reply::kind::integer: return line(':', std::to_string(of.number));
        case reply::kind::text:
            line('$', std::to_string(of.text.size()));
            (out += of.text) += "\r\n";
            return;
        case reply::kind::array: break;
        }
        line('*', std::to_string(of.items.size()));
        for (reply const& each : of.items)
            write(each, out);
    }
};

} // namespace fuzz

#endif
