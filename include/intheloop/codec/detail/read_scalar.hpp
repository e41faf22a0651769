// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_READ_SCALAR_HPP
#define INTHELOOP_CODEC_DETAIL_READ_SCALAR_HPP

#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/open_enum.hpp>

#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace intheloop::codec::detail {

// Read a value from its text in a path, a query or a header, which scalar_text() writes. Return
// false if the text is none.
inline bool read_scalar(std::string_view text, std::string& out) {
    out = text;
    return true;
}
template <intheloop::detail::open_enumeration T>
bool read_scalar(std::string_view text, T& out) {
    out = T::from_text(text);
    return true;
}
template <std::integral T>
bool read_scalar(std::string_view text, T& out) {
    if constexpr (std::same_as<T, bool>) {
        out = text == "true";
        return out || text == "false";
    } else {
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
        return ec == std::errc() && end == text.data() + text.size();
    }
}
template <intheloop::detail::epoch_time T>
bool read_scalar(std::string_view text, T& out) {
    std::int64_t count = 0;
    bool const ok = read_scalar(text, count);
    out = T(typename T::duration(count));
    return ok;
}
inline bool read_scalar(std::string_view text, date_time& out) {
    auto const read = date_time::from_text(text);
    out = read.value_or(date_time());
    return read.has_value();
}
inline bool read_scalar(std::string_view text, std::chrono::year_month_day& out) {
    auto const read = intheloop::detail::date_from_text(text);
    out = read.value_or(std::chrono::year_month_day());
    return read.has_value();
}

} // namespace intheloop::codec::detail

#endif
