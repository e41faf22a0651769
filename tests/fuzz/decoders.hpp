// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_DECODERS_HPP
#define INTHELOOP_TESTS_FUZZ_DECODERS_HPP

// Decoders of whole texts, as a program would write them that knows nothing of the library.
#include <intheloop/base/detail/ascii.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace fuzz::decoders {

inline int number_of(std::string_view digits, int base) {
    constexpr std::size_t longest = 100;
    int value = 0;
    if (digits.empty() || digits.size() > longest)
        return -1;
    for (char const c : digits) {
        int const digit = intheloop::detail::hexadecimal_value(c);
        if (digit < 0 || digit >= base)
            return -1;
        value = value * base + digit;
        if (value > 127)
            return -1;
    }
    return value;
}

// Replaces what `read` finds at a place: it returns how long that is, and appends what it stands
// for.
template <class Read>
std::string decoded(std::string_view text, Read read) {
    std::string made;
    made.reserve(text.size());
    while (!text.empty()) {
        std::size_t const length = read(text, made);
        if (length == 0)
            made += text.front();
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return made;
}

inline std::size_t octet(std::string_view text, std::size_t prefix, std::size_t digits,
                         std::string& out) {
    if (text.size() < prefix + digits)
        return 0;
    int const value = number_of(text.substr(prefix, digits), 16);
    if (value < 0)
        return 0;
    out += static_cast<char>(value);
    return prefix + digits;
}

inline std::string from_percent(std::string_view text) {
    return decoded(text, [](std::string_view rest, std::string& out) {
        return rest.starts_with('%') ? octet(rest, 1, 2, out) : 0;
    });
}

inline std::string from_json(std::string_view text) {
    return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
        if (rest.starts_with("\\u"))
            return octet(rest, 2, 4, out);
        bool const is_short = rest.size() > 1 && rest[0] == '\\' &&
                              (rest[1] == '\\' || rest[1] == '/' || rest[1] == '"');
        if (is_short)
            out += rest[1];
        return is_short ? 2 : 0;
    });
}

inline std::string from_html(std::string_view text) {
    return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
        constexpr std::size_t longest = 110; // more than number_of() reads
        std::size_t const end =
            rest.starts_with('&') ? rest.substr(0, longest).find(';') : rest.npos;
        if (end == rest.npos)
            return 0;
        std::string_view const name = rest.substr(1, end - 1);
        int value = -1;
        if (name.starts_with("#x") || name.starts_with("#X"))
            value = number_of(name.substr(2), 16);
        else if (name.starts_with('#'))
            value = number_of(name.substr(1), 10);
        else if (name == "amp" || name == "lt" || name == "quot" || name == "plus")
            value = name == "amp" ? '&' : name == "lt" ? '<' : name == "plus" ? '+' : '"';
        if (value < 0)
            return 0;
        out += static_cast<char>(value);
        return name.size() + 2;
    });
}

inline std::string from_quoted_printable(std::string_view text) {
    return decoded(text, [](std::string_view rest, std::string& out) -> std::size_t {
        if (!rest.starts_with('='))
            return 0;
        if (rest.starts_with("=\r\n") || rest.starts_with("=\n"))
            return rest[1] == '\n' ? 2 : 3;
        return octet(rest, 1, 2, out);
    });
}

inline std::string unfolded(std::string_view text) {
    return decoded(text, [](std::string_view rest, std::string&) -> std::size_t {
        constexpr std::size_t most = 100;
        std::size_t length = rest.starts_with("\r\n") ? 2 : rest.starts_with('\n') ? 1 : 0;
        if (length == 0)
            return 0;
        while (length < std::min(rest.size(), most) &&
               (rest[length] == ' ' || rest[length] == '\t'))
            ++length;
        return length;
    });
}

inline std::string untagged(std::string_view text) {
    return decoded(text, [](std::string_view rest, std::string&) -> std::size_t {
        for (std::string_view const tag : {"<br>", "<br/>", "<br />", "<wbr>", "\xe2\x80\xa8"})
            if (rest.starts_with(tag))
                return tag.size();
        return 0;
    });
}

using decoder = std::string (*)(std::string_view);
inline constexpr decoder all[] = {&from_percent, &from_json, &from_html, &from_quoted_printable,
                                  &unfolded};

} // namespace fuzz::decoders

#endif
