// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_JSON_TEXT_HPP
#define INTHELOOP_TOOLS_SHARED_JSON_TEXT_HPP

#include <intheloop/codec/detail/utf8.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace tools {

// Reads a JSON text in place, and gives the pieces of it as they are written: a number keeps all
// its digits, a repeated key stays. Each function throws std::invalid_argument where the text is
// not of the expected form.
class json_text {
public:
    explicit json_text(std::string_view text) : text_(text) {}

    // Returns the first character behind white space; '\0' at the end.
    char peek() {
        at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
        return at_ == text_.size() ? '\0' : text_[at_];
    }
    bool take(char mark) {
        bool const is_there = peek() == mark;
        at_ += is_there ? 1 : 0;
        return is_there;
    }

    // Returns the text of a value. Checks no more of it than its strings and levels.
    std::string_view take_value() {
        peek();
        std::size_t const begin = at_;
        std::size_t depth = 0;
        do {
            char const c = at_ == text_.size() ? '\0' : text_[at_];
            if (c == '"') {
                skip_string();
            } else if (c == '{' || c == '[') {
                ++depth;
                ++at_;
            } else if (depth == 0) {
                std::size_t const end = text_.find_first_of(" \t\r\n\"{}[],:", at_);
                if (at_ == std::min(end, text_.size()))
                    refuse("a value");
                at_ = std::min(end, text_.size());
            } else if (at_ == text_.size()) {
                refuse("the end of an object or an array");
            } else {
                depth -= c == '}' || c == ']' ? 1 : 0;
                ++at_;
            }
        } while (depth != 0);
        return text_.substr(begin, at_ - begin);
    }

    // Calls take_one(key) for each member of an object, with the key as it is written, in its
    // quotation marks. take_one has to take the value.
    template <class TakeOne>
    void take_members(TakeOne take_one) {
        expect('{');
        if (take('}'))
            return;
        do {
            if (peek() != '"')
                refuse("a key");
            std::string_view const key = take_value();
            expect(':');
            take_one(key);
        } while (take(','));
        expect('}');
    }

    // Tells whether an object with a member is next.
    bool has_members() { return peek() == '{' && json_text(text_.substr(at_ + 1)).peek() != '}'; }

    void expect_end() {
        if (peek() != '\0' || at_ != text_.size())
            refuse("the end");
    }

    // Takes a value that is JSON through and through, but for the encoding of its strings.
    void check_value(std::size_t levels) {
        char const first = peek();
        if ((first == '{' || first == '[') && levels == 0)
            refuse("fewer levels");
        if (first == '{') {
            take_members([&](std::string_view key) {
                check_string(key);
                check_value(levels - 1);
            });
        } else if (take('[')) {
            if (take(']'))
                return;
            do
                check_value(levels - 1);
            while (take(','));
            expect(']');
        } else if (first == '"') {
            check_string(take_value());
        } else {
            check_word(take_value());
        }
    }

private:
    [[noreturn]] void refuse(std::string const& expected) const {
        throw std::invalid_argument("expected " + expected + " at byte " + std::to_string(at_));
    }
    void expect(char mark) {
        if (!take(mark))
            refuse(std::string("'") + mark + "'");
    }

    void skip_string() {
        for (++at_;;) {
            at_ = text_.find_first_of("\"\\", at_);
            if (at_ == text_.npos || (text_[at_] == '\\' && at_ + 1 == text_.size())) {
                at_ = text_.size();
                refuse("the end of a string");
            }
            if (text_[at_] == '"') {
                ++at_;
                return;
            }
            at_ += 2;
        }
    }

    void check_string(std::string_view string) const {
        constexpr std::string_view hexadecimal = "0123456789abcdefABCDEF";
        for (std::size_t i = 0; i != string.size(); ++i) {
            if (static_cast<unsigned char>(string[i]) < 0x20)
                refuse("no control character in the string");
            if (string[i] != '\\')
                continue;
            char const escaped = string[++i];
            bool const is_code = escaped == 'u';
            std::string_view const digits = string.substr(i + 1, is_code ? 4 : 0);
            if (std::string_view("\"\\/bfnrtu").find(escaped) == string.npos ||
                digits.size() != (is_code ? 4u : 0u) ||
                digits.find_first_not_of(hexadecimal) != digits.npos)
                refuse("no such escape in the string");
        }
    }

    // A number, true, false or null.
    void check_word(std::string_view word) const {
        if (word == "true" || word == "false" || word == "null")
            return;
        std::size_t i = word.starts_with('-') ? 1 : 0;
        auto const digits = [&] {
            std::size_t const begin = i;
            while (i != word.size() && word[i] >= '0' && word[i] <= '9')
                ++i;
            return i - begin;
        };
        std::size_t const whole = i;
        std::size_t const size = digits();
        bool is_number = size == 1 || (size > 1 && word[whole] != '0');
        if (i != word.size() && word[i] == '.') {
            ++i;
            is_number = is_number && digits() != 0;
        }
        if (i != word.size() && (word[i] == 'e' || word[i] == 'E')) {
            ++i;
            i += i != word.size() && (word[i] == '+' || word[i] == '-') ? 1 : 0;
            is_number = is_number && digits() != 0;
        }
        if (!is_number || i != word.size())
            refuse("a value");
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// Throws std::invalid_argument, with the reason, for a text that is no JSON of so many levels at
// most. It may be no UTF-8, and may have halves of surrogate pairs as escapes.
inline void check_json(std::string_view text, std::size_t levels = 64) {
    json_text whole(text);
    whole.check_value(levels);
    whole.expect_end();
}

// Returns a JSON text with exponents of nine digits at most, behind zeros, as Boost.JSON refuses
// one that is no int. All stays where it is; such a number is infinite or zero before and after.
inline std::string with_small_exponents(std::string_view text) {
    constexpr std::size_t most = 9;
    std::string made(text);
    bool in_string = false;
    for (std::size_t i = 0; i < made.size(); ++i) {
        if (made[i] == '"')
            in_string = !in_string;
        if (in_string) {
            i += made[i] == '\\' ? 1 : 0;
            continue;
        }
        if (made[i] != 'e' && made[i] != 'E')
            continue;
        std::size_t begin = i + 1;
        begin += begin != made.size() && (made[begin] == '+' || made[begin] == '-') ? 1 : 0;
        std::size_t const end = std::min(made.find_first_not_of("0123456789", begin), made.size());
        begin = std::min(made.find_first_not_of('0', begin), end);
        if (std::size_t const size = end - begin; size > most)
            made.replace(begin, size, std::string(size - most, '0') + std::string(most, '9'));
    }
    return made;
}

// Returns the text without white space between its values.
inline std::string compact_json(std::string_view text) {
    std::string made;
    bool in_string = false;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (in_string || std::string_view(" \t\r\n").find(text[i]) == text.npos)
            made += text[i];
        if (in_string && text[i] == '\\' && i + 1 != text.size())
            made += text[++i];
        else if (text[i] == '"')
            in_string = !in_string;
    }
    return made;
}

inline constexpr std::string_view replacement_character = "\xef\xbf\xbd";

// Puts U+FFFD for each byte that is no UTF-8; returns whether there was one.
inline bool replace_bad_utf8(std::string& text) {
    if (intheloop::codec::is_utf8(text))
        return false;
    std::string made;
    for (std::size_t i = 0, size = 1; i != text.size(); i += size) {
        auto const is_character = [&] {
            return i + size <= text.size() &&
                   intheloop::codec::is_utf8(std::string_view(text).substr(i, size));
        };
        for (size = 1; size <= 4 && !is_character();)
            ++size;
        if (size <= 4) {
            made.append(text, i, size);
        } else {
            made += replacement_character;
            size = 1;
        }
    }
    text = std::move(made);
    return true;
}

// Appends the characters of a string that is given as it is written, in its quotation marks.
// Half of a surrogate pair, bytes that are no UTF-8, and NUL, which ends a text for many programs,
// become U+FFFD. Returns whether there was one of them. Of a string that is no JSON, escapes become
// any characters.
inline bool append_unescaped(std::string& out, std::string_view string) {
    std::string text;
    bool is_changed = false;
    auto const code_at = [&](std::size_t at) { // of the digits behind \u
        std::uint32_t code = 0;
        for (char const c : string.substr(at, 4))
            code =
                code * 16 + static_cast<std::uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        return code;
    };
    auto const append = [&](std::uint32_t code) {
        auto const byte = [&](std::uint32_t bits) { text += static_cast<char>(bits); };
        if (code < 0x80) {
            byte(code);
        } else if (code < 0x800) {
            byte(0xc0 | code >> 6);
        } else if (code < 0x10000) {
            byte(0xe0 | code >> 12);
            byte(0x80 | (code >> 6 & 0x3f));
        } else {
            byte(0xf0 | code >> 18);
            byte(0x80 | (code >> 12 & 0x3f));
            byte(0x80 | (code >> 6 & 0x3f));
        }
        if (code >= 0x80)
            byte(0x80 | (code & 0x3f));
    };
    string = string.substr(1, string.size() - 2);
    for (std::size_t i = 0; i < string.size(); ++i) {
        if (string[i] != '\\' || i + 1 == string.size()) {
            text += string[i];
            continue;
        }
        constexpr std::string_view letters = "bfnrt", controls = "\b\f\n\r\t";
        char const escaped = string[++i];
        if (escaped != 'u') {
            std::size_t const which = letters.find(escaped);
            text += which == letters.npos ? escaped : controls[which];
            continue;
        }
        std::uint32_t code = code_at(i + 1);
        i += 4;
        bool const is_first_half = code >= 0xd800 && code < 0xdc00;
        if (is_first_half && string.substr(std::min(i + 1, string.size())).starts_with("\\u")) {
            std::uint32_t const second = code_at(i + 3);
            if (second >= 0xdc00 && second < 0xe000) {
                code = 0x10000 + ((code - 0xd800) << 10 | (second - 0xdc00));
                i += 6;
            }
        }
        if (code == 0 || (code >= 0xd800 && code < 0xe000)) {
            is_changed = true;
            text += replacement_character;
        } else {
            append(code);
        }
    }
    is_changed = replace_bad_utf8(text) || is_changed;
    out += text;
    return is_changed;
}

// Returns the text of an object with edited members, and all else as it is written. edit(key,
// value) gives for each member the JSON to stand for its value, or nothing to leave the member out.
template <class Edit>
std::string edit_members(std::string_view object, Edit edit) {
    std::string made;
    std::size_t behind = 0; // the last member
    bool is_first = true;   // of those that stay
    auto const offset = [object](std::string_view part) {
        return static_cast<std::size_t>(part.data() - object.data());
    };
    json_text text(object);
    text.take_members([&](std::string_view written) {
        std::string_view const value = text.take_value();
        std::string key;
        append_unescaped(key, written);
        std::optional<std::string_view> const changed = edit(std::as_const(key), value);
        if (behind == 0)
            made += object.substr(0, offset(written));
        std::size_t const begin = is_first ? offset(written) : behind;
        if (changed)
            made.append(object.substr(begin, offset(value) - begin)).append(*changed);
        is_first = is_first && !changed;
        behind = offset(value) + value.size();
    });
    return made += object.substr(behind);
}

// Puts a value, which is JSON, in the place of all that an object has under a key, or at its end.
inline void set_member(std::string& object, std::string const& key, std::string_view value) {
    bool is_there = false;
    object = edit_members(
        object,
        [&](std::string const& each, std::string_view old) -> std::optional<std::string_view> {
            if (each != key)
                return old;
            return std::exchange(is_there, true) ? std::nullopt : std::optional(value);
        });
    if (is_there)
        return;
    std::string member = json_text(object).has_members() ? "," : "";
    member += boost::json::serialize(boost::json::string_view(key));
    object.insert(object.rfind('}'), member.append(":").append(value));
}

} // namespace tools

#endif
