// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_NEAREST_HPP
#define INTHELOOP_TOOLS_SHARED_NEAREST_HPP

#include <intheloop/base/detail/cut_text.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools {

// Of a wrong name so many bytes are told, and compared with the names that there are: none of these
// is longer.
inline constexpr std::size_t longest_name = 64;

inline std::string told_name(std::string_view name) {
    return intheloop::detail::shortened(name, longest_name);
}

// How many letters are to be added, removed or changed to make one text of the other.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1); // from the seen part of a to each beginning of b
    std::iota(row.begin(), row.end(), std::size_t(0));
    for (std::size_t i = 0; i != a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j != b.size(); ++j) {
            std::size_t const changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

// The name most like a word; a word that begins a name is like it. Empty if there is no name.
inline std::string nearest(std::string_view word, std::vector<std::string> const& names) {
    word = word.substr(0, longest_name);
    auto const away = [word](std::string const& name) {
        return name.starts_with(word) ? std::size_t(1) : edit_distance(word, name);
    };
    auto const best =
        std::min_element(names.begin(), names.end(), [&](auto const& one, auto const& other) {
            return away(one) < away(other);
        });
    return best == names.end() ? std::string() : *best;
}

// The name of an option in a word: "--token" of "--token=abc", "-t" of "-tabc", but "-last" where
// there is --last. What follows it may be a secret, and has to be shown nowhere. Empty if the word
// is no option.
inline std::string option_name_in(std::string_view word, std::vector<std::string> const& options) {
    if (word.size() < 2 || word.front() != '-' || word == "--")
        return {};
    std::string const name(word.substr(0, word.find_first_of("=:")));
    bool const is_long =
        word[1] == '-' || std::find(options.begin(), options.end(), '-' + name) != options.end();
    return is_long ? name : name.substr(0, 2);
}

} // namespace tools

#endif
