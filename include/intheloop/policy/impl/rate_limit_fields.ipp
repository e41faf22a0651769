// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RATE_LIMIT_FIELDS_IPP
#define INTHELOOP_POLICY_IMPL_RATE_LIMIT_FIELDS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/policy/detail/rate_limit_fields.hpp>
#include <intheloop/policy/detail/retry_after.hpp>

#include <algorithm>
#include <string_view>

namespace intheloop::policy {

namespace detail {

// The numbers of one limit, as they come.
struct said_limit {
    std::optional<std::uint64_t> total, remaining, reset;
};

// Reads a whole number; a fraction is dropped. Nothing for another text; a number that is too large
// means a very large one.
INTHELOOP_DECL std::optional<std::uint64_t> read_count(std::string_view text) {
    constexpr std::uint64_t most = 1'000'000'000'000'000'000;
    std::size_t const whole = std::min(text.find('.'), text.size());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (i == whole)
            continue;
        if (!intheloop::detail::is_digit(text[i]))
            return std::nullopt;
        if (i < whole)
            value = value >= most / 10 ? most : 10 * value + static_cast<unsigned>(text[i] - '0');
    }
    return whole == 0 ? std::nullopt : std::optional(value);
}

// Calls take(key, number) with a parameter such as r=50.
template <class Take>
void take_parameter_of_limit(std::string_view parameter, Take take) {
    auto const equals = parameter.find('=');
    if (equals != parameter.npos)
        take(intheloop::detail::trimmed(parameter.substr(0, equals)),
             read_count(intheloop::detail::trimmed(parameter.substr(equals + 1))));
}

// Keeps the tightest of several limits.
class tightest_limit {
public:
    tightest_limit(headers const& fields, std::chrono::sys_seconds now)
        : fields_(fields), now_(now) {}

    void add(said_limit const& said) {
        if (!said.remaining || !said.reset || said.total == std::uint64_t{0})
            return;
        service_limit const found{*said.remaining, until(*said.reset)};
        bool const is_tighter =
            !found_ || found.remaining < found_->remaining ||
            (found.remaining == found_->remaining && found.reset > found_->reset);
        if (found.reset.count() > 0 && is_tighter)
            found_ = found;
    }
    std::optional<service_limit> const& found() const { return found_; }

private:
    // Returns how long it is until the reset.
    std::chrono::seconds until(std::uint64_t reset) const {
        constexpr std::uint64_t longest = 3600;
        constexpr std::uint64_t first_time = 1'000'000'000; // seconds since the epoch
        constexpr std::uint64_t first_time_in_milliseconds = 1000 * first_time;
        if (reset >= first_time) {
            if (reset >= first_time_in_milliseconds)
                reset /= 1000;
            auto const date = fields_.find("Date");
            auto const from = date ? parse_http_date(*date, now_).value_or(now_) : now_;
            auto const begin = from.time_since_epoch().count();
            auto const end = static_cast<std::int64_t>(reset);
            reset = end > begin ? static_cast<std::uint64_t>(end - begin) : 0;
        }
        return std::chrono::seconds(std::min(reset, longest));
    }

    headers const& fields_;
    std::chrono::sys_seconds now_;
    std::optional<service_limit> found_;
};

INTHELOOP_DECL void read_rate_limit_field(headers const& fields, tightest_limit& into) {
    said_limit of_version_7;
    intheloop::detail::for_each_member(fields, "RateLimit", [&](std::string_view member) {
        said_limit said;
        bool is_first = true;
        intheloop::detail::for_each_member(member, ';', [&](std::string_view parameter) {
            take_parameter_of_limit(parameter, [&](std::string_view key, auto const& number) {
                if (is_first && key == "limit")
                    of_version_7.total = number;
                else if (is_first && key == "remaining")
                    of_version_7.remaining = number;
                else if (is_first && key == "reset")
                    of_version_7.reset = number;
                else if (!is_first && key == "r")
                    said.remaining = number;
                else if (!is_first && key == "t")
                    said.reset = number;
            });
            is_first = false;
        });
        into.add(said);
    });
    into.add(of_version_7);
}

// Reads a field that stands alone and holds one number. Lists, as "100, 100;w=60", are left out.
INTHELOOP_DECL std::optional<std::uint64_t> read_only_field(headers const& fields,
                                                            std::string_view name) {
    auto const value = fields.find(name);
    return value && fields.count(name) == 1 ? read_count(intheloop::detail::trimmed(*value))
                                            : std::nullopt;
}

} // namespace detail

INTHELOOP_DECL bool tells_service_limit(headers const& fields) {
    return fields.find("RateLimit") || fields.find("RateLimit-Remaining") ||
           fields.find("X-RateLimit-Remaining");
}

INTHELOOP_DECL std::optional<service_limit> parse_service_limit(headers const& fields,
                                                                std::chrono::sys_seconds now) {
    detail::tightest_limit tightest(fields, now);
    detail::read_rate_limit_field(fields, tightest);
    tightest.add({detail::read_only_field(fields, "RateLimit-Limit"),
                  detail::read_only_field(fields, "RateLimit-Remaining"),
                  detail::read_only_field(fields, "RateLimit-Reset")});
    tightest.add({detail::read_only_field(fields, "X-RateLimit-Limit"),
                  detail::read_only_field(fields, "X-RateLimit-Remaining"),
                  detail::read_only_field(fields, "X-RateLimit-Reset")});
    return tightest.found();
}

} // namespace intheloop::policy

#endif
