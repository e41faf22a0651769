// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CODEC_BY_HAND_HPP
#define INTHELOOP_BENCHMARKS_CODEC_BY_HAND_HPP

// Measures the codec against this: code for these very types, as one would write it by hand. It
// takes every JSON document that the library takes, in any order, with escapes, white space and
// unknown keys; refuses what is not JSON or not UTF-8, and tells in what member, but not where.

#include <intheloop/api/report.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace by_hand {

class refused : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class reader {
public:
    explicit reader(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    // Calls on_member(key) for each; it reads the value.
    template <class OnMember>
    void object(OnMember on_member) {
        expect('{');
        std::string unescaped;
        for (bool first = true; first || next_is(','); first = false) {
            if (first && next_is('}'))
                return;
            std::string_view const key = string(unescaped);
            expect(':');
            on_member(key);
        }
        expect('}');
    }
    void end() {
        skip_space();
        if (at_ != end_)
            throw refused("something follows");
    }

    bool is_next(char c) {
        skip_space();
        return at_ != end_ && *at_ == c;
    }
    bool null() { return is_next('n') && word("null"); }

    // A view of the document, or of `unescaped` where the string has escapes.
    std::string_view string(std::string& unescaped) {
        expect('"');
        char const* const begin = at_;
        unsigned char all = 0;
        for (; at_ != end_ && *at_ != '"' && *at_ != '\\'; ++at_) {
            auto const c = static_cast<unsigned char>(*at_);
            if (c < 0x20)
                throw refused("a control character");
            all |= c;
        }
        std::string_view found(begin, static_cast<std::size_t>(at_ - begin));
        if (at_ != end_ && *at_ == '\\') {
            unescaped.assign(found);
            unescape(unescaped);
            found = unescaped;
            all = 0x80;
        }
        if (at_ == end_ || *at_++ != '"')
            throw refused("it ends in a string");
        if (all >= 0x80 && !intheloop::codec::is_utf8(found))
            throw refused("not UTF-8");
        return found;
    }

    void skip_value(unsigned levels = 64) {
        std::string unescaped;
        skip_space();
        char const c = at_ == end_ ? '\0' : *at_;
        if (levels == 0)
            throw refused("too deep");
        if (c == '"') {
            string(unescaped);
        } else if (c == '{') {
            object([&](std::string_view) { skip_value(levels - 1); });
        } else if (c == '[') {
            expect('[');
            if (next_is(']'))
                return;
            do
                skip_value(levels - 1);
            while (next_is(','));
            expect(']');
        } else if (!word("null") && !word("true") && !word("false")) {
            number();
        }
    }
    // Its text.
    std::string_view number() {
        skip_space();
        char const* const begin = at_;
        take('-');
        if (!take('0'))
            digits();
        if (take('.'))
            digits();
        if (take('e') || take('E')) {
            if (!take('-'))
                take('+');
            digits();
        }
        return {begin, static_cast<std::size_t>(at_ - begin)};
    }

private:
    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
            ++at_;
    }
    bool take(char c) {
        bool const is_it = at_ != end_ && *at_ == c;
        at_ += is_it;
        return is_it;
    }
    bool next_is(char c) {
        skip_space();
        return take(c);
    }
    void expect(char c) {
        if (!next_is(c))
            throw refused("another character was expected");
    }
    bool word(std::string_view text) {
        bool const is_it =
            std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(text);
        at_ += is_it ? text.size() : 0;
        return is_it;
    }
    void digits() {
        char const* const begin = at_;
        while (at_ != end_ && *at_ >= '0' && *at_ <= '9')
            ++at_;
        if (at_ == begin)
            throw refused("a digit was expected");
    }

    // The rest of a string, from its first backslash on, up to the quotation mark.
    void unescape(std::string& out) {
        while (at_ != end_ && *at_ != '"') {
            char const c = *at_++;
            if (static_cast<unsigned char>(c) < 0x20)
                throw refused("a control character");
            if (c != '\\') {
                out += c;
                continue;
            }
            constexpr std::string_view names = "\"\\/bfnrt";
            std::size_t const which = at_ == end_ ? names.npos : names.find(*at_);
            if (which != names.npos) {
                out += "\"\\/\b\f\n\r\t"[which];
                ++at_;
            } else if (take('u')) {
                append_code_point(out);
            } else {
                throw refused("no such escape");
            }
        }
    }
    unsigned code_unit() {
        unsigned value = 0;
        if (end_ - at_ < 4 || std::from_chars(at_, at_ + 4, value, 16).ptr != at_ + 4)
            throw refused("four digits were expected");
        at_ += 4;
        return value;
    }
    void append_code_point(std::string& out) {
        unsigned point = code_unit();
        if (point >= 0xd800 && point < 0xdc00) {
            unsigned const low = take('\\') && take('u') ? code_unit() : 0;
            if (low < 0xdc00 || low > 0xdfff)
                throw refused("half a surrogate pair");
            point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        auto const append = [&](unsigned octet) { out += static_cast<char>(octet); };
        auto const append_rest = [&](int shift) { append(0x80 | (point >> shift & 0x3f)); };
        if (point < 0x80) {
            append(point);
        } else if (point < 0x800) {
            append(0xc0 | point >> 6);
            append_rest(0);
        } else if (point < 0x10000) { // the low half of a pair is found to be no UTF-8
            append(0xe0 | point >> 12);
            append_rest(6);
            append_rest(0);
        } else {
            append(0xf0 | point >> 18);
            append_rest(12);
            append_rest(6);
            append_rest(0);
        }
    }

    char const* at_;
    char const* end_;
};

inline void decode(std::string_view text, intheloop::report::export_result& out) {
    reader in(text);
    std::string unescaped;
    bool has_id = false;
    in.object([&](std::string_view key) {
        if (key == "id") {
            out.id = in.string(unescaped);
            has_id = true;
        } else if (key == "status") {
            out.status = intheloop::report::export_status::from_text(in.string(unescaped));
        } else if (key == "url") {
            if (in.null())
                out.url = nullptr;
            else
                out.url = std::string(in.string(unescaped));
        } else {
            in.skip_value();
        }
    });
    in.end();
    if (!has_id)
        throw refused("id is missing");
}

// The service's message and code of an error, each under the names that it may have.
inline void decode_problem(std::string_view text, std::string& message, std::string& code) {
    reader in(text);
    std::string unescaped;
    std::string messages[3], codes[3];
    auto const take = [&](std::string& into) {
        if (in.is_next('"')) {
            into = in.string(unescaped);
        } else if (in.is_next('{') || in.is_next('[') || in.is_next('n') || in.is_next('t') ||
                   in.is_next('f')) {
            into.clear();
            in.skip_value();
        } else {
            into = in.number();
            if (into.find_first_of(".eE") != into.npos)
                into.clear();
        }
    };
    in.object([&](std::string_view key) {
        if (key == "message")
            take(messages[0]);
        else if (key == "detail")
            take(messages[1]);
        else if (key == "title")
            take(messages[2]);
        else if (key == "errorCode")
            take(codes[0]);
        else if (key == "error_code")
            take(codes[1]);
        else if (key == "code")
            take(codes[2]);
        else
            in.skip_value();
    });
    in.end();
    auto const first_of = [](std::string(&texts)[3]) {
        for (std::string& one : texts)
            if (!one.empty())
                return std::move(one);
        return std::string();
    };
    message = first_of(messages);
    code = first_of(codes);
}

class writer {
public:
    explicit writer(std::string& out) : out_(out) {}

    void key(std::string_view text) { // with the comma or brace before it and the colon
        out_ += text;
    }
    void integer(std::int64_t value) {
        char digits[20];
        out_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
    }
    void string(std::string_view text) {
        out_ += '"';
        std::size_t written = 0;
        unsigned char all = 0;
        for (std::size_t i = 0; i != text.size(); ++i) {
            auto const c = static_cast<unsigned char>(text[i]);
            all |= c;
            if (c >= 0x20 && c != '"' && c != '\\')
                continue;
            out_.append(text, written, i - written);
            written = i + 1;
            constexpr char digits[] = "0123456789abcdef";
            if (c == '"' || c == '\\')
                out_ += {'\\', static_cast<char>(c)};
            else
                out_ += {'\\', 'u', '0', '0', digits[c >> 4], digits[c & 15]};
        }
        out_.append(text, written);
        out_ += '"';
        if (all >= 0x80 && !intheloop::codec::is_utf8(text))
            throw refused("not UTF-8");
    }
    void list(std::string_view name, intheloop::nullable<std::vector<std::string>> const& texts) {
        if (texts.is_absent())
            return;
        key(name);
        if (texts.is_null()) {
            out_ += "null";
            return;
        }
        out_ += '[';
        for (std::size_t i = 0; i != texts->size(); ++i) {
            if (i != 0)
                out_ += ',';
            string((*texts)[i]);
        }
        out_ += ']';
    }

private:
    std::string& out_;
};

inline void encode(std::string& out, intheloop::report::export_request const& request) {
    out.reserve(256); // of a usual request
    writer to(out);
    if (request.timezone.is_absent()) {
        to.key(R"({"start":)");
    } else {
        to.key(R"({"timezone":)");
        if (request.timezone.is_null())
            out += "null";
        else
            to.string(*request.timezone);
        to.key(R"(,"start":)");
    }
    to.integer(request.start.time_since_epoch().count());
    to.key(R"(,"end":)");
    to.integer(request.end.time_since_epoch().count());
    if (request.result_format) {
        to.key(R"(,"resultFormat":)");
        to.string(request.result_format->text());
    }
    to.list(R"(,"tagIds":)", request.tag_ids);
    to.list(R"(,"teamIds":)", request.team_ids);
    to.list(R"(,"teammateIds":)", request.teammate_ids);
    to.list(R"(,"customerIds":)", request.customer_ids);
    out += '}';
}

} // namespace by_hand

#endif
