// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_DATE_READER_HPP
#define INTHELOOP_BASE_DETAIL_DATE_READER_HPP

#include <intheloop/base/detail/ascii.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

namespace intheloop::detail {

// Takes the text of a date apart from its front. After something was missing, all of it is.
class date_reader {
public:
    explicit constexpr date_reader(std::string_view text) noexcept : rest_(text) {}

    bool is_good() const noexcept { return is_good_; }
    bool is_over() const noexcept { return is_good_ && rest_.empty(); }
    void expect(bool condition) noexcept { is_good_ = is_good_ && condition; }

    // Tells whether it goes on with that, which is then behind.
    bool take(std::string_view expected) noexcept {
        bool const is_there = is_good_ && rest_.starts_with(expected);
        if (is_there)
            rest_.remove_prefix(expected.size());
        return is_there;
    }
    void literal(std::string_view expected) noexcept { expect(take(expected)); }

    // The next digit, if there is one.
    std::optional<int> digit() noexcept {
        if (!is_good_ || rest_.empty() || !is_digit(rest_.front()))
            return std::nullopt;
        int const value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }
    // A number of so many digits.
    int number(std::size_t digits) noexcept {
        int value = 0;
        for (; digits != 0; --digits) {
            auto const next = digit();
            expect(next.has_value());
            value = 10 * value + next.value_or(0);
        }
        return value;
    }
    // How many letters it goes on with, which are then behind.
    std::size_t letters() noexcept {
        std::size_t count = 0;
        while (is_good_ && count != rest_.size() && is_letter(rest_[count]))
            ++count;
        rest_.remove_prefix(count);
        return count;
    }
    // "Jan" to "Dec", from 1 on.
    int month_name() noexcept {
        constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
        for (int month = 1; month <= 12; ++month)
            if (take(names.substr(static_cast<std::size_t>(3 * (month - 1)), 3)))
                return month;
        expect(false);
        return 0;
    }
    // A day that there is.
    std::chrono::year_month_day date(int year, int month, int day) noexcept {
        std::chrono::year_month_day const made{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
        expect(made.ok());
        return made;
    }

private:
    std::string_view rest_;
    bool is_good_ = true;
};

} // namespace intheloop::detail

#endif
