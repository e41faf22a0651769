// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_ESCAPE_READER_IPP
#define INTHELOOP_POLICY_IMPL_ESCAPE_READER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/named_characters.hpp>
#include <intheloop/policy/detail/spelling.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace intheloop::policy::detail {

inline constexpr std::size_t longest_spelling = 255;
inline constexpr std::size_t most_backslashes = 32; // of five layers of JSON

INTHELOOP_DECL void read_layers(std::string_view text, spelled_readings& out, unsigned layers,
                                unsigned& budget);

// Returns whether a character breaks a line, or is not seen: a word goes on behind it. In UTF-16,
// NUL stands beside each character of ASCII.
constexpr bool is_unseen(unsigned code_point) noexcept {
    return code_point == 0 || code_point == 0x85 || code_point == 0xad ||
           (code_point >= 0x200b && code_point <= 0x200f) ||
           (code_point >= 0x2028 && code_point <= 0x202e) ||
           (code_point >= 0x2060 && code_point <= 0x206f) || code_point == 0xfeff;
}

// Returns whether a tag or the UTF-8 of such a character may begin so.
constexpr bool may_begin_unseen(char c) noexcept {
    return c == '<' || c == '\0' || c == '\xc2' || c == '\xe2' || c == '\xef';
}

// Reads the escapes at the beginning of a text, of one layer and of those below it.
class escape_reader {
public:
    escape_reader(std::string_view text, unsigned inner_layers, spelled_readings& out,
                  unsigned& budget)
        : text_(text), inner_(inner_layers), out_(out), budget_(budget) {}

    // Reads the escape that begins with c, which was spelled by so many characters.
    void read(char c, std::size_t length) {
        is_plain_ = length == 1;
        if (c == '%')
            percent(length);
        else if (c == '=')
            quoted_printable(length);
        else if (c == '\\')
            backslash(length);
        else if (c == '&')
            html(length);
        else if (c == '<')
            tag(length);
        else if (may_begin_unseen(c))
            unseen(c, length);
    }

    void add(std::string_view octets, std::size_t length) {
        spelled_reading made;
        if (length > longest_spelling)
            return;
        for (char const c : octets)
            made.octets[made.count++] = c;
        made.length = static_cast<unsigned char>(length);
        out_.add(made);
    }
    // The break of a line, also with the blanks behind it, or in place of a blank.
    void add_break(std::size_t length) {
        add({}, length);
        add(" ", length);
        bool const is_escaped = text_.front() == '\\' || length > 2;
        bool const was_plain = std::exchange(is_plain_, is_plain_ && !is_escaped);
        std::size_t const bare = length;
        while (auto const blank = next(length)) {
            if (blank->c != ' ' && blank->c != '\t')
                break;
            length += blank->length;
        }
        is_plain_ = was_plain;
        if (length != bare)
            add({}, length);
    }

private:
    struct character {
        char c;
        std::size_t length;
    };

    // Returns a character within an escape. It is spelled as the escape's first one is: in a lower
    // layer, or as itself.
    std::optional<character> next(std::size_t at) {
        if (at >= text_.size() || at > longest_spelling)
            return std::nullopt;
        char const c = text_[at];
        if (is_plain_ && c == '=')
            return soft_break(at);
        constexpr std::string_view as_they_are = "+~\n\r";
        if ((is_plain_ && !may_begin_unseen(c)) || inner_ == 0 || !may_begin_spelling(c) ||
            as_they_are.find(c) != as_they_are.npos || budget_ == 0)
            return character{c, 1};
        --budget_;
        spelled_readings all;
        read_layers(text_.substr(at), all, is_plain_ ? 1 : inner_, budget_);
        auto const line_break = std::find_if(
            all.begin(), all.end(), [](spelled_reading const& one) { return one.count == 0; });
        if (line_break != all.end())
            return character{'\n', line_break->length};
        if (is_plain_)
            return character{c, 1};
        for (std::size_t i = all.size(); i-- > 1;)
            if (all[i].count == 1 &&
                (all[i].octets[0] == '\\' || !may_begin_spelling(all[i].octets[0])))
                return character{all[i].octets[0], all[i].length};
        return character{c, 1};
    }
    // Returns the soft line break of quoted-printable, or the '='.
    character soft_break(std::size_t at) const {
        std::size_t end = at + 1;
        while (end < text_.size() && (text_[end] == ' ' || text_[end] == '\t') &&
               end - at < longest_spelling)
            ++end;
        if (text_.substr(end).starts_with("\r\n"))
            return {'\n', end + 2 - at};
        return text_.substr(end).starts_with('\n') ? character{'\n', end + 1 - at}
                                                   : character{'=', 1};
    }
    // Does the same behind a line break, since an escape may be broken too.
    std::optional<character> next_unbroken(std::size_t at) {
        constexpr std::size_t most = 8; // characters of breaks, and blanks behind them
        std::size_t skipped = 0;
        bool is_behind_break = false;
        for (std::size_t i = 0; i <= most; ++i) {
            auto const c = next(at + skipped);
            bool const breaks = c && (c->c == '\n' || c->c == '\r');
            bool const is_blank = c && is_behind_break && (c->c == ' ' || c->c == '\t');
            if (!breaks && !is_blank)
                return c ? std::optional(character{c->c, skipped + c->length}) : std::nullopt;
            is_behind_break = true;
            skipped += c->length;
        }
        return std::nullopt;
    }
    // Reads so many hexadecimal digits.
    std::optional<unsigned> digits(std::size_t& at, unsigned count) {
        unsigned value = 0;
        for (unsigned i = 0; i != count; ++i) {
            auto const digit = next_unbroken(at);
            int const read = digit ? intheloop::detail::hexadecimal_value(digit->c) : -1;
            if (read < 0)
                return std::nullopt;
            value = 16 * value + static_cast<unsigned>(read);
            at += digit->length;
        }
        return value;
    }

    void add_octet(unsigned value, std::size_t length) {
        char const c = static_cast<char>(static_cast<unsigned char>(value));
        if (c == '\n' || c == '\r' || c == '\0')
            add_break(length);
        else
            add({&c, 1}, length);
    }
    void add_code_point(unsigned value, std::size_t length) {
        auto const low = [&](unsigned shift) {
            return static_cast<char>(
                static_cast<unsigned char>(0x80u | ((value >> shift) & 0x3fu)));
        };
        auto const lead = [&](unsigned mark, unsigned shift) {
            return static_cast<char>(static_cast<unsigned char>(mark | (value >> shift)));
        };
        if (value < 0x100)
            add_octet(value, length);
        if (is_unseen(value))
            add_break(length);
        if (value < 0x80 || value > 0x10ffff)
            return;
        std::array<char, 4> octets{};
        std::size_t count = 0;
        if (value < 0x800) {
            octets[count++] = lead(0xc0, 6);
        } else if (value < 0x10000) {
            octets[count++] = lead(0xe0, 12);
            octets[count++] = low(6);
        } else {
            octets[count++] = lead(0xf0, 18);
            octets[count++] = low(12);
            octets[count++] = low(6);
        }
        octets[count++] = low(0);
        add({octets.data(), count}, length);
    }

    void percent(std::size_t at) {
        if (auto const u = next_unbroken(at); u && (u->c == 'u' || u->c == 'U')) {
            at += u->length;
            if (auto const value = digits(at, 4))
                add_code_point(*value, at);
        } else if (auto const value = digits(at, 2)) {
            add_octet(*value, at);
        }
    }

    void quoted_printable(std::size_t at) {
        std::size_t end = at;
        if (auto const value = digits(end, 2))
            add_octet(*value, end);
        auto c = next(at);
        for (; c && (c->c == ' ' || c->c == '\t'); c = next(at)) // padding of the transport
            at += c->length;
        if (c && c->c == '\r') {
            at += c->length;
            c = next(at);
            if (!c || c->c != '\n')
                return add_break(at);
        }
        if (c && c->c == '\n')
            add_break(at + c->length);
    }

    void backslash(std::size_t at) {
        if (at > 1) // spelled itself
            if (auto const c = next(at); c && c->c != '\\')
                escaped(c->c, at + c->length);
        std::size_t backslashes = 1;
        auto const next_of_run = [&] {
            bool const is_plain = at < text_.size() && text_[at] == '\\';
            return is_plain ? std::optional(character{'\\', 1}) : next(at);
        };
        auto c = next_of_run();
        for (; c && c->c == '\\' && backslashes != most_backslashes; c = next_of_run()) {
            at += c->length;
            ++backslashes;
            if ((backslashes & (backslashes - 1)) == 0) // each layer doubles them
                add("\\", at);
        }
        if (!c)
            return;
        escaped(c->c, at + c->length);
        if (c->c == '\n' || c->c == '\r')
            if (auto const behind = next_unbroken(at))
                escaped(behind->c, at + behind->length);
    }
    // Reads the character behind a backslash.
    void escaped(char c, std::size_t at) {
        if (c == 'n' || c == 'r' || c == '\n' || c == '\r')
            add_break(at);
        else if (c == 't')
            add("\t", at);
        else if (c == 'x')
            hexadecimal(at, 2);
        else if (c == 'u')
            unicode(at);
        else if (!intheloop::detail::is_letter(c) && !intheloop::detail::is_digit(c))
            add({&c, 1}, at);
    }
    void hexadecimal(std::size_t at, unsigned count) {
        if (auto const value = digits(at, count))
            add_code_point(*value, at);
    }
    void unicode(std::size_t at) {
        if (auto const brace = next_unbroken(at); brace && brace->c == '{') {
            at += brace->length;
            unsigned value = 0;
            for (auto c = next_unbroken(at); c && value <= 0x10ffff; c = next_unbroken(at)) {
                at += c->length;
                int const digit = intheloop::detail::hexadecimal_value(c->c);
                if (digit < 0)
                    return c->c == '}' ? add_code_point(value, at) : void();
                value = 16 * value + static_cast<unsigned>(digit);
            }
            return;
        }
        auto const value = digits(at, 4);
        if (!value)
            return;
        if (*value < 0xd800 || *value > 0xdbff)
            return add_code_point(*value, at);
        auto c = next_unbroken(at); // the second half of a pair
        if (!c || c->c != '\\')
            return;
        for (; c && c->c == '\\'; c = next_unbroken(at))
            at += c->length;
        if (!c || c->c != 'u')
            return;
        at += c->length;
        auto const second = digits(at, 4);
        if (second && *second >= 0xdc00 && *second <= 0xdfff)
            add_code_point(0x10000 + ((*value - 0xd800) << 10) + (*second - 0xdc00), at);
    }

    void html(std::size_t at) {
        if (auto const mark = next_unbroken(at); mark && mark->c == '#')
            numbered(at + mark->length);
        else
            named(at);
    }
    void numbered(std::size_t at) {
        unsigned base = 10;
        auto c = next_unbroken(at);
        if (c && (c->c == 'x' || c->c == 'X')) {
            base = 16;
            at += c->length;
        }
        unsigned value = 0;
        std::size_t count = 0;
        std::array<std::size_t, 3> ends{}; // of shorter readings, without a semicolon
        std::array<unsigned, 3> values{};
        std::size_t shorter = 0;
        for (c = next_unbroken(at); c && value <= 0x10ffff; c = next_unbroken(at)) {
            int const digit = intheloop::detail::hexadecimal_value(c->c);
            if (digit < 0 || static_cast<unsigned>(digit) >= base)
                break;
            if (count != 0 && value > 0x20 && value < 0x7f && shorter != ends.size()) {
                ends[shorter] = at;
                values[shorter++] = value;
            }
            value = base * value + static_cast<unsigned>(digit);
            at += c->length;
            ++count;
        }
        if (count == 0)
            return;
        bool const is_ended = c && c->c == ';';
        add_code_point(value, is_ended ? at + c->length : at);
        for (std::size_t i = 0; i != shorter; ++i)
            add_octet(values[i], ends[i]);
    }
    void named(std::size_t at) {
        std::array<char, longest_character_name> letters{};
        std::array<std::size_t, longest_character_name + 1> ends{at};
        std::size_t count = 0;
        auto c = next_unbroken(at);
        for (; c && intheloop::detail::is_letter(c->c) && count != letters.size();
             c = next_unbroken(at)) {
            at += c->length;
            letters[count++] = c->c;
            ends[count] = at;
        }
        auto const* const found = find_named_character({letters.data(), count});
        if (!found)
            return;
        std::size_t end = ends[found->name.size()];
        if (auto const semicolon = next_unbroken(end); semicolon && semicolon->c == ';')
            end += semicolon->length;
        add_code_point(found->c, end);
    }

    // Reads <br>, <br/>, <br />, <br \/> and <wbr> as the break of a line.
    void tag(std::size_t at) {
        auto c = next_unbroken(at);
        for (char const letter : {'w', 'b', 'r', ' ', '\\', '/', '>'}) {
            if (c && intheloop::detail::to_lower(c->c) == letter) {
                at += c->length;
                c = letter == '>' ? std::nullopt : next_unbroken(at);
            } else if (letter == 'b' || letter == 'r' || letter == '>') {
                return;
            }
        }
        add_break(at);
    }

    // Reads the UTF-8 of a character that is_unseen().
    void unseen(char lead, std::size_t at) {
        if (lead == '\0')
            return add_break(at);
        unsigned value = lead == '\xef' ? 0xf : 2;
        for (unsigned more = lead == '\xc2' ? 1 : 2; more != 0; --more) {
            auto const c = next_unbroken(at);
            auto const octet = c ? static_cast<unsigned char>(c->c) : 0u;
            if ((octet & 0xc0u) != 0x80u)
                return;
            value = value << 6 | (octet & 0x3fu);
            at += c->length;
        }
        if (is_unseen(value))
            add_break(at);
    }

    std::string_view text_;
    unsigned inner_;
    spelled_readings& out_;
    unsigned& budget_; // characters of lower layers that may still be read
    bool is_plain_ = true;
};

} // namespace intheloop::policy::detail

#endif
