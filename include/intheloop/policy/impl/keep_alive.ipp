// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_KEEP_ALIVE_IPP
#define INTHELOOP_POLICY_IMPL_KEEP_ALIVE_IPP

#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/keep_alive.hpp>

#include <algorithm>
#include <string_view>

namespace intheloop::policy {

namespace detail {

// Reads a decimal number in thousandths, with or without a fraction. Nothing if it is none.
INTHELOOP_DECL std::optional<std::uint64_t> take_thousandths(std::string_view text) {
    constexpr std::uint64_t most = 1'000'000'000'000'000;
    std::uint64_t value = 0;
    std::size_t at = 0;
    for (; at != text.size() && intheloop::detail::is_digit(text[at]); ++at)
        value = std::min(10 * value + static_cast<unsigned>(text[at] - '0'), most);
    if (at == 0)
        return std::nullopt;
    value *= 1000;
    if (at != text.size() && text[at] == '.') {
        unsigned weight = 100;
        for (++at; at != text.size() && intheloop::detail::is_digit(text[at]); ++at, weight /= 10)
            value += weight * static_cast<unsigned>(text[at] - '0');
    }
    return at == text.size() ? std::optional(value) : std::nullopt;
}

template <class T>
void lower_to(std::optional<T>& least, T value) {
    least = least ? std::min(*least, value) : value;
}

INTHELOOP_DECL void take_parameter(keep_alive& into, std::string_view parameter) {
    using intheloop::detail::equal_ignoring_case;
    using intheloop::detail::trimmed;
    auto const equals = parameter.find('=');
    if (equals == parameter.npos)
        return;
    auto const name = trimmed(parameter.substr(0, equals));
    auto const value = take_thousandths(trimmed(parameter.substr(equals + 1), " \t\""));
    if (!value)
        return;
    if (equal_ignoring_case(name, "timeout")) {
        auto const longest = static_cast<std::uint64_t>(longest_timeout.count());
        std::chrono::milliseconds const idle(std::min(*value, longest));
        lower_to(into.idle_limit,
                 idle - std::min<std::chrono::milliseconds>(idle / 2, std::chrono::seconds(1)));
    } else if (equal_ignoring_case(name, "max")) {
        std::uint64_t const requests = *value / 1000;
        lower_to(into.requests_left, requests == 0 ? requests : requests - 1);
    }
}

} // namespace detail

INTHELOOP_DECL keep_alive parse_keep_alive(headers const& fields) {
    keep_alive said;
    intheloop::detail::for_each_member(fields, "Keep-Alive", [&](std::string_view member) {
        intheloop::detail::for_each_member(member, ';', [&](std::string_view parameter) {
            detail::take_parameter(said, parameter);
        });
    });
    return said;
}

INTHELOOP_DECL bool promises_more(keep_alive& promised, keep_alive const& said) {
    if (said.idle_limit)
        promised.idle_limit = said.idle_limit;
    if (promised.requests_left && *promised.requests_left != 0)
        --*promised.requests_left;
    if (said.requests_left)
        detail::lower_to(promised.requests_left, *said.requests_left);
    return promised.requests_left != 0 && promised.idle_limit != std::chrono::milliseconds(0);
}

} // namespace intheloop::policy

#endif
