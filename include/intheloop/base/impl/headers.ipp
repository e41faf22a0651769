// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_IMPL_HEADERS_IPP
#define INTHELOOP_BASE_IMPL_HEADERS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/headers.hpp>

namespace intheloop {

INTHELOOP_DECL std::optional<std::string_view>
headers::find_among_fields(std::string_view name) const {
    char const* const text = text_.data();
    std::uint32_t begin = 0;
    for (field_end const& end : ends_) {
        std::string_view const one(text + begin, end.name - begin);
        if (one == name || detail::equal_ignoring_case(one, name)) // usually of equal case
            return std::string_view(text + end.name, end.value - end.name);
        begin = end.value;
    }
    return std::nullopt;
}

INTHELOOP_DECL std::size_t headers::count(std::string_view name) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i != size(); ++i)
        found += detail::equal_ignoring_case((*this)[i].first, name) ? 1 : 0;
    return found;
}

INTHELOOP_DECL void headers::append(std::string_view name, std::string_view value) {
    if (ends_.empty()) { // reserves enough for a usual response at once
        text_.reserve(usual_text);
        ends_.reserve(usual_fields);
    }
    bits_ |= bit_of(name);
    text_ += name;
    std::size_t const name_end = text_.size();
    text_ += value;
    ends_.push_back(
        {static_cast<std::uint32_t>(name_end), static_cast<std::uint32_t>(text_.size())});
}

INTHELOOP_DECL void headers::clear() noexcept {
    text_.clear();
    ends_.clear();
    bits_ = 0;
}

} // namespace intheloop

#endif
