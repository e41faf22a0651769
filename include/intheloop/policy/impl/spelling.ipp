// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_SPELLING_IPP
#define INTHELOOP_POLICY_IMPL_SPELLING_IPP

#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/policy/impl/escape_reader.ipp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace intheloop::policy {

namespace detail {

INTHELOOP_DECL void read_layers(std::string_view text, spelled_readings& out, unsigned layers,
                                unsigned& budget) {
    char const c = text.front();
    out.add({{c}, 1, 1});
    if (layers == 0 || !may_begin_spelling(c))
        return;
    escape_reader reader(text, layers - 1, out, budget);
    if (c == '+')
        return reader.add(" ", 1);
    if (c == '\n' || c == '\r')
        return reader.add_break(text.starts_with("\r\n") ? 2 : 1);
    if (c == '~') {
        if (text.starts_with("~0") || text.starts_with("~1"))
            reader.add(text[1] == '0' ? "~" : "/", 2);
        return;
    }
    std::array<unsigned char, 32> layer{}; // of each reading
    std::size_t read = 1;
    for (std::size_t i = 0; i != out.size(); ++i) {
        char const head = out[i].octets[0];
        // The backslashes of a run are read with its first one.
        bool const is_of_run = i != 0 && head == '\\' &&
                               text.substr(0, out[i].length).find_first_not_of('\\') == text.npos;
        bool const is_read = out[i].count != 1 || layer[i] == layers || is_of_run;
        if (!is_read)
            reader.read(head, out[i].length);
        for (; read != out.size(); ++read)
            layer[read] = static_cast<unsigned char>(layer[i] + 1);
    }
}

// Counts the characters at the beginning of a text that one reading takes for these octets.
INTHELOOP_DECL std::size_t escape_length(std::string_view text, std::string_view octets) {
    if (text.empty() || !may_begin_spelling(text.front()))
        return 0;
    spelled_readings all;
    read_spelled(text, all);
    std::size_t shortest = 0;
    for (spelled_reading const& one : all)
        if (one.text() == octets && (shortest == 0 || one.length < shortest))
            shortest = one.length;
    return shortest;
}

} // namespace detail

INTHELOOP_DECL void read_spelled(std::string_view text, spelled_readings& out) {
    unsigned budget = 256; // an escape in two layers takes fifty
    detail::read_layers(text, out, most_layers, budget);
}

INTHELOOP_DECL std::size_t spelled_length(std::string_view text, char c) {
    return text.starts_with(c) ? 1 : detail::escape_length(text, {&c, 1});
}

INTHELOOP_DECL std::size_t spelled_length(std::string_view text, std::string_view octets) {
    if (std::size_t const length = detail::escape_length(text, octets); length != 0)
        return length;
    std::size_t length = 0;
    for (char const c : octets) {
        std::size_t const next = spelled_length(text.substr(length), c);
        if (next == 0)
            return 0;
        length += next;
    }
    return length;
}

INTHELOOP_DECL std::size_t break_length(std::string_view text) {
    if (text.empty() || !may_begin_spelling(text.front()))
        return 0;
    spelled_readings all;
    read_spelled(text, all);
    std::size_t longest = 0;
    for (spelled_reading const& one : all)
        if (one.count == 0)
            longest = std::max<std::size_t>(longest, one.length);
    return longest;
}

} // namespace intheloop::policy

#endif
