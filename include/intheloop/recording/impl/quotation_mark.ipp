// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_QUOTATION_MARK_IPP
#define INTHELOOP_RECORDING_IMPL_QUOTATION_MARK_IPP

// Quotation marks and blanks, which may be spelled in other words.

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/percent.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace intheloop::testing::detail {

inline constexpr std::size_t most_marked_layers = 6; // of JSON
inline constexpr std::string_view blanks = " \t\r\n";

// A string that is a credential.
struct credential_string {
    bool is_member = false; // its name is in quotation marks
    bool in_list = false;
};
// A quotation mark, with the backslashes that belong to it. The first one of a string stands for
// the string while that is open.
struct quotation_mark {
    std::size_t begin;
    std::size_t end;
    std::size_t layer; // of JSON
    bool is_single;
    std::optional<credential_string> credential;
};

// Reads a quotation mark at a place, or behind backslashes there: '"' and \", or \u0022.
INTHELOOP_DECL std::optional<quotation_mark> mark_at(std::string_view text, std::size_t at) {
    constexpr std::array<std::pair<std::string_view, char>, 12> marks{{{"\"", '"'},
                                                                       {"'", '\''},
                                                                       {"u0022", '"'},
                                                                       {"u0027", '\''},
                                                                       {"&quot;", '"'},
                                                                       {"&apos;", '\''},
                                                                       {"&#34;", '"'},
                                                                       {"&#39;", '\''},
                                                                       {"&#x22;", '"'},
                                                                       {"&#x27;", '\''},
                                                                       {"%22", '"'},
                                                                       {"%27", '\''}}};
    std::size_t const behind = std::min(text.find_first_not_of('\\', at), text.size());
    std::size_t const backslashes = behind - at;
    std::string_view const rest = text.substr(behind);
    auto const found = std::find_if(marks.begin(), marks.end(), [&](auto const& each) {
        return rest.starts_with(each.first) && (backslashes != 0 || !each.first.starts_with('u'));
    });
    if (found == marks.end())
        return std::nullopt;
    auto const& [spelled, character] = *found;
    bool const is_numbered = spelled.starts_with('u');
    // Each layer doubles the backslashes of the one below. Of more, the first ones are text.
    auto const layer = static_cast<std::size_t>(is_numbered ? 1 + std::countr_zero(backslashes)
                                                            : std::countr_one(backslashes));
    if (layer >= most_marked_layers)
        return std::nullopt;
    std::size_t const own =
        is_numbered ? std::size_t(1) << (layer - 1) : (std::size_t(1) << layer) - 1;
    return quotation_mark{behind - own, behind + spelled.size(), layer, character == '\'',
                          std::nullopt};
}

INTHELOOP_DECL bool is_of_word(char c) {
    return intheloop::detail::is_word_char(c) || static_cast<unsigned char>(c) >= 0x80;
}
// The last character of an escape (\n, %7B) belongs to no word.
INTHELOOP_DECL bool is_behind_word(std::string_view text, std::size_t at) {
    bool const is_escape = (at > 1 && text[at - 2] == '\\') ||
                           (at > 2 && codec::begins_with_triplet(text.substr(at - 3, 3)));
    return at != 0 && is_of_word(text[at - 1]) && !is_escape;
}

// Returns the place behind blanks, which may be escaped, and other characters.
INTHELOOP_DECL std::size_t skip_blanks(std::string_view text, std::size_t at,
                                       std::string_view others = {}) {
    for (;;) {
        while (at != text.size() &&
               (blanks.find(text[at]) != blanks.npos || others.find(text[at]) != others.npos))
            ++at;
        std::size_t const behind = std::min(text.find_first_not_of('\\', at), text.size());
        if (text.substr(at).starts_with("%20"))
            at += 3;
        else if (behind != at && behind != text.size() &&
                 std::string_view("nrt").find(text[behind]) != text.npos)
            at = behind + 1;
        else
            return at;
    }
}

// Returns the place before blanks, which may be escaped, at the end of a text.
INTHELOOP_DECL std::size_t before_blanks(std::string_view whole, std::size_t begin,
                                         std::size_t end) {
    for (;;) {
        std::string_view const text = whole.substr(begin, end - begin);
        std::size_t const last = text.find_last_not_of(blanks);
        if (last == text.npos)
            return begin;
        bool const is_escaped = last != 0 && text[last - 1] == '\\' &&
                                std::string_view("nrt").find(text[last]) != text.npos;
        if (!is_escaped)
            return begin + last + 1;
        std::size_t const before = text.find_last_not_of('\\', last - 1);
        end = before == text.npos ? begin : begin + before + 1;
    }
}

} // namespace intheloop::testing::detail

#endif
