// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_FIELD_MEMBERS_HPP
#define INTHELOOP_BASE_DETAIL_FIELD_MEMBERS_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/headers.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop::detail {

// Calls the function with each member of a list, trimmed; an empty list has none, and empty members
// are skipped. A separator within quotes does not count.
template <class Function>
void for_each_member(std::string_view list, char separator, Function function) {
    bool quoted = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= list.size(); ++i) {
        if (i != list.size() && list[i] == '"')
            quoted = !quoted;
        if (i != list.size() && (quoted || list[i] != separator))
            continue;
        if (auto const member = trimmed(list.substr(begin, i - begin)); !member.empty())
            function(member);
        begin = i + 1;
    }
}

// Does the same with all fields of a name, which make up one list (RFC 9110, 5.3).
template <class Function>
void for_each_member(headers const& fields, std::string_view name, Function function) {
    if (!fields.find(name)) // which is fast
        return;
    for (std::size_t i = 0; i != fields.size(); ++i)
        if (auto const [of, value] = fields[i]; equal_ignoring_case(of, name))
            for_each_member(value, ',', function);
}

// Returns the media type of a Content-Type, without its parameters.
constexpr std::string_view media_type_of(std::string_view content_type) noexcept {
    return trimmed(content_type.substr(0, content_type.find(';')));
}

} // namespace intheloop::detail

#endif
