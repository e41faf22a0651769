// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_QUERY_HPP
#define INTHELOOP_BASE_DETAIL_QUERY_HPP

#include <algorithm>
#include <string_view>

namespace intheloop::detail {

// Returns the part of a target, or of a URL, before its query.
constexpr std::string_view path_of(std::string_view target) noexcept {
    return target.substr(0, target.find('?'));
}

// Walks through the parameters of the query of a target, as they are spelled there: empty ones and
// ones without '=' too.
//
//     for (query_reader query(target); query.next();)
//         use(query.name(), query.value());
class query_reader {
public:
    explicit constexpr query_reader(std::string_view target) noexcept
        : rest_(target.substr(path_of(target).size())) {}

    constexpr bool next() noexcept {
        if (rest_.empty())
            return false;
        rest_.remove_prefix(1); // the separator
        parameter_ = rest_.substr(0, rest_.find('&'));
        rest_.remove_prefix(parameter_.size());
        return true;
    }

    // The whole parameter.
    constexpr std::string_view parameter() const noexcept { return parameter_; }
    constexpr std::string_view name() const noexcept {
        return parameter_.substr(0, parameter_.find('='));
    }
    constexpr bool has_value() const noexcept { return name().size() != parameter_.size(); }
    // Empty without a value.
    constexpr std::string_view value() const noexcept {
        return parameter_.substr(std::min(parameter_.size(), name().size() + 1));
    }

private:
    std::string_view rest_; // begins with the separator
    std::string_view parameter_;
};

} // namespace intheloop::detail

#endif
