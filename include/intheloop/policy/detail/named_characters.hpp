// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_NAMED_CHARACTERS_HPP
#define INTHELOOP_POLICY_DETAIL_NAMED_CHARACTERS_HPP

#include <intheloop/base/detail/ascii.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop::policy::detail {

// The name of a character in HTML, in lower case.
struct named_character {
    std::string_view name;
    char16_t c;
};

// Of ASCII, the ones that are not seen, the ellipsis and the bullet.
inline constexpr named_character named_characters[] = {
    {"amp", '&'},     {"quot", '"'},     {"apos", '\''},      {"lt", '<'},
    {"gt", '>'},      {"plus", '+'},     {"sol", '/'},        {"equals", '='},
    {"num", '#'},     {"percnt", '%'},   {"commat", '@'},     {"period", '.'},
    {"colon", ':'},   {"semi", ';'},     {"quest", '?'},      {"lowbar", '_'},
    {"bsol", '\\'},   {"excl", '!'},     {"dollar", '$'},     {"lpar", '('},
    {"rpar", ')'},    {"ast", '*'},      {"midast", '*'},     {"comma", ','},
    {"lsqb", '['},    {"lbrack", '['},   {"rsqb", ']'},       {"rbrack", ']'},
    {"hat", '^'},     {"underbar", '_'}, {"grave", '`'},      {"lcub", '{'},
    {"lbrace", '{'},  {"verbar", '|'},   {"vert", '|'},       {"rcub", '}'},
    {"rbrace", '}'},  {"newline", '\n'}, {"tab", '\t'},       {"nbsp", ' '},
    {"dash", '-'},    {"hyphen", '-'},   {"shy", 0xad},       {"zerowidthspace", 0x200b},
    {"zwnj", 0x200c}, {"zwj", 0x200d},   {"nobreak", 0x2060}, {"hellip", 0x2026},
    {"mldr", 0x2026}, {"bull", 0x2022},  {"bullet", 0x2022},  {"verticalline", '|'}};
inline constexpr std::size_t longest_character_name = 14;

// Returns the longest name, in either case, at the beginning of some letters; null if there is
// none.
constexpr named_character const* find_named_character(std::string_view letters) noexcept {
    named_character const* found = nullptr;
    for (named_character const& each : named_characters)
        if (!letters.empty() && intheloop::detail::to_lower(letters.front()) == each.name[0] &&
            (!found || found->name.size() < each.name.size()) &&
            intheloop::detail::begins_with_ignoring_case(letters, each.name))
            found = &each;
    return found;
}

} // namespace intheloop::policy::detail

#endif
