// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_CUT_TEXT_HPP
#define INTHELOOP_BASE_DETAIL_CUT_TEXT_HPP

#include <cstddef>
#include <string>
#include <string_view>

namespace intheloop::detail {

// Cuts a text to at most `longest` bytes, never inside a UTF-8 sequence.
constexpr std::string_view cut_text(std::string_view text, std::size_t longest) noexcept {
    if (text.size() <= longest)
        return text;
    std::size_t end = longest;
    while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u)
        --end;
    return text.substr(0, end);
}

// Cuts a text in the same way, and appends "..." if something is left out.
inline std::string shortened(std::string_view text, std::size_t longest) {
    std::string beginning(cut_text(text, longest));
    if (beginning.size() != text.size())
        beginning += "...";
    return beginning;
}

} // namespace intheloop::detail

#endif
