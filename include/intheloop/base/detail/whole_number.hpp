// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_WHOLE_NUMBER_HPP
#define INTHELOOP_BASE_DETAIL_WHOLE_NUMBER_HPP

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace intheloop::detail {

// Returns the number that is the whole text, as std::from_chars reads it: "", "+1" and "1 " are
// none.
template <class T>
std::optional<T> whole_number(std::string_view text) {
    T value{};
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

} // namespace intheloop::detail

#endif
