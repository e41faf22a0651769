// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_IMPL_DATE_TIME_IPP
#define INTHELOOP_ENDPOINT_IMPL_DATE_TIME_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/endpoint/date_time.hpp>

#include <cstddef>

namespace intheloop {
namespace detail {

// Parses a text from the front. After the first mismatch, every further step fails too.
class date_reader {
public:
    explicit date_reader(std::string_view text) : rest_(text) {}

    int number(std::size_t digits) {
        int value = 0;
        for (std::size_t i = 0; i != digits; ++i)
            value = 10 * value + digit();
        return value;
    }
    // Reads the fraction of a second in ticks of 100 ns; drops finer digits.
    std::int64_t fraction() {
        std::int64_t ticks = 0;
        std::size_t count = 0;
        for (; is_good_ && !rest_.empty() && is_digit(rest_.front()); ++count) {
            int const value = digit();
            if (count < 7)
                ticks = 10 * ticks + value;
        }
        is_good_ = is_good_ && count != 0;
        for (; count < 7; ++count)
            ticks *= 10;
        return ticks;
    }
    bool take(char mark) {
        bool const is_there = is_good_ && !rest_.empty() && rest_.front() == mark;
        if (is_there)
            rest_.remove_prefix(1);
        return is_there;
    }
    void expect(bool condition) { is_good_ = is_good_ && condition; }
    std::chrono::year_month_day date() {
        int const year = number(4);
        expect(take('-'));
        int const month = number(2);
        expect(take('-'));
        int const day = number(2);
        std::chrono::year_month_day const read{std::chrono::year(year),
                                               std::chrono::month(static_cast<unsigned>(month)),
                                               std::chrono::day(static_cast<unsigned>(day))};
        expect(year != 0 && read.ok());
        return read;
    }
    bool is_good() const { return is_good_; }
    bool is_over() const { return is_good_ && rest_.empty(); }

private:
    int digit() {
        if (!is_good_ || rest_.empty() || !is_digit(rest_.front())) {
            is_good_ = false;
            return 0;
        }
        int const value = rest_.front() - '0';
        rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
    bool is_good_ = true;
};

INTHELOOP_DECL void append_digits(std::string& text, std::int64_t value, std::size_t digits) {
    std::size_t const end = text.size() + digits;
    text.resize(end);
    for (std::size_t i = 1; i <= digits; ++i, value /= 10)
        text[end - i] = static_cast<char>('0' + value % 10);
}

INTHELOOP_DECL bool has_text(date_time const& of) {
    namespace chrono = std::chrono;
    return of.time() >= chrono::sys_days(chrono::year(1) / 1 / 1) &&
           of.time() < chrono::sys_days(chrono::year(10000) / 1 / 1);
}

INTHELOOP_DECL std::optional<std::chrono::year_month_day> date_from_text(std::string_view text) {
    date_reader reader(text);
    auto const date = reader.date();
    return reader.is_over() ? std::optional(date) : std::nullopt;
}

INTHELOOP_DECL std::string text_of_date(std::chrono::year_month_day date) {
    std::string text;
    int const year{date.year()};
    if (!date.ok() || year < 1 || year > 9999)
        return text;
    append_digits(text, year, 4);
    text += '-';
    append_digits(text, unsigned{date.month()}, 2);
    text += '-';
    append_digits(text, unsigned{date.day()}, 2);
    return text;
}

} // namespace detail

INTHELOOP_DECL std::optional<date_time> date_time::from_text(std::string_view text) {
    namespace chrono = std::chrono;
    detail::date_reader reader(text);
    auto const date = reader.date();
    reader.expect(reader.take('T') || reader.take('t') || reader.take(' '));
    int const hour = reader.number(2);
    reader.expect(reader.take(':'));
    int const minute = reader.number(2);
    int second = 0;
    std::int64_t fraction = 0;
    if (reader.take(':')) {
        second = reader.number(2);
        if (reader.take('.') || reader.take(','))
            fraction = reader.fraction();
    }
    reader.expect(hour <= 23 && minute <= 59 && second <= 60);
    int offset = 0; // minutes
    if (!reader.take('Z') && !reader.take('z')) {
        int const sign = reader.take('+') ? 1 : reader.take('-') ? -1 : 0;
        if (sign != 0) {
            int const hours = reader.number(2);
            int minutes = 0;
            if (reader.take(':') || !reader.is_over())
                minutes = reader.number(2);
            reader.expect(hours <= 23 && minutes <= 59);
            offset = sign * (60 * hours + minutes);
        }
    }
    if (!reader.is_over())
        return std::nullopt;
    date_time const read(chrono::sys_time<duration>(chrono::sys_days(date)) + chrono::hours(hour) +
                         chrono::minutes(minute - offset) + chrono::seconds(second) +
                         duration(fraction));
    // The offset may lead outside the years that can be written.
    return detail::has_text(read) ? std::optional(read) : std::nullopt;
}

INTHELOOP_DECL std::string date_time::text() const {
    namespace chrono = std::chrono;
    if (!detail::has_text(*this))
        return {};
    auto const day = chrono::floor<chrono::days>(time_);
    chrono::hh_mm_ss const time(time_ - day);
    std::string text = detail::text_of_date(chrono::year_month_day(day));
    text += 'T';
    detail::append_digits(text, time.hours().count(), 2);
    text += ':';
    detail::append_digits(text, time.minutes().count(), 2);
    text += ':';
    detail::append_digits(text, time.seconds().count(), 2);
    if (time.subseconds().count() != 0) {
        text += '.';
        detail::append_digits(text, time.subseconds().count(), 7);
        text.resize(text.find_last_not_of('0') + 1);
    }
    text += 'Z';
    return text;
}

} // namespace intheloop

#endif
