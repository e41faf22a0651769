// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RETRY_AFTER_IPP
#define INTHELOOP_POLICY_IMPL_RETRY_AFTER_IPP

#include <intheloop/policy/detail/retry_after.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace intheloop::policy {

namespace detail {

// Parses a text from the left; after the first mismatch, `ok` stays false.
class date_reader {
public:
    explicit date_reader(std::string_view text) : text_(text) {}
    bool ok = true;

    void literal(std::string_view expected) {
        if (ok && text_.starts_with(expected))
            text_.remove_prefix(expected.size());
        else
            ok = false;
    }
    int number(std::size_t digits) {
        int value = 0;
        if (!ok || text_.size() < digits)
            return fail();
        for (char c : text_.substr(0, digits)) {
            if (c < '0' || c > '9')
                return fail();
            value = value * 10 + (c - '0');
        }
        text_.remove_prefix(digits);
        return value;
    }
    // Parses a day of the month, padded with a space in asctime's form.
    int padded_day() {
        if (ok && text_.starts_with(' ')) {
            text_.remove_prefix(1);
            return number(1);
        }
        return number(2);
    }
    int month() {
        constexpr std::string_view names = "JanFebMarAprMayJunJulAugSepOctNovDec";
        for (std::size_t i = 0; ok && i != 12; ++i)
            if (text_.starts_with(names.substr(i * 3, 3))) {
                text_.remove_prefix(3);
                return static_cast<int>(i) + 1;
            }
        return fail();
    }
    void skip_word() {
        std::size_t letters = 0;
        while (letters != text_.size() && ((text_[letters] >= 'a' && text_[letters] <= 'z') ||
                                           (text_[letters] >= 'A' && text_[letters] <= 'Z')))
            ++letters;
        ok = ok && letters >= 3;
        text_.remove_prefix(letters);
    }
    std::chrono::seconds time() {
        int const hours = number(2);
        literal(":");
        int const minutes = number(2);
        literal(":");
        int const seconds = number(2);
        ok = ok && hours < 24 && minutes < 60 && seconds <= 60;
        return std::chrono::hours(hours) + std::chrono::minutes(minutes) +
               std::chrono::seconds(seconds);
    }
    bool at_end() const { return ok && text_.empty(); }

private:
    int fail() {
        ok = false;
        return 0;
    }
    std::string_view text_;
};

} // namespace detail

INTHELOOP_DECL std::optional<std::chrono::sys_seconds>
parse_http_date(std::string_view text, std::chrono::sys_seconds now) {
    namespace chrono = std::chrono;
    int day = 0, month = 0, year = 0;
    chrono::seconds time{0};
    auto const finish = [&](detail::date_reader const& in) -> std::optional<chrono::sys_seconds> {
        chrono::year_month_day const date{chrono::year(year),
                                          chrono::month(static_cast<unsigned>(month)),
                                          chrono::day(static_cast<unsigned>(day))};
        if (!in.at_end() || !date.ok())
            return std::nullopt;
        return chrono::sys_days(date) + time;
    };

    std::size_t const comma = text.find(',');
    detail::date_reader in(text);
    in.skip_word();
    if (comma == 3) { // Sun, 06 Nov 1994 08:49:37 GMT
        in.literal(", ");
        day = in.number(2);
        in.literal(" ");
        month = in.month();
        in.literal(" ");
        year = in.number(4);
        in.literal(" ");
        time = in.time();
        in.literal(" GMT");
    } else if (comma != text.npos) { // Sunday, 06-Nov-94 08:49:37 GMT
        in.literal(", ");
        day = in.number(2);
        in.literal("-");
        month = in.month();
        in.literal("-");
        year = in.number(2);
        in.literal(" ");
        time = in.time();
        in.literal(" GMT");
        int const this_year =
            static_cast<int>(chrono::year_month_day(chrono::floor<chrono::days>(now)).year());
        year += this_year / 100 * 100;
        if (year > this_year + 50)
            year -= 100;
    } else { // Sun Nov  6 08:49:37 1994
        in.literal(" ");
        month = in.month();
        in.literal(" ");
        day = in.padded_day();
        in.literal(" ");
        time = in.time();
        in.literal(" ");
        year = in.number(4);
    }
    return finish(in);
}

INTHELOOP_DECL std::optional<std::chrono::seconds>
parse_retry_after(std::string_view text, std::optional<std::string_view> date_header,
                  std::chrono::sys_seconds now) {
    using std::chrono::seconds;
    constexpr seconds longest = std::chrono::hours(24 * 365);
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    if (!text.empty() && text.find_first_not_of("0123456789") == text.npos) {
        long long count = 0;
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
        if (ec != std::errc() || count > longest.count())
            return longest;
        return seconds(count);
    }
    auto const until = parse_http_date(text, now);
    if (!until)
        return std::nullopt;
    if (date_header)
        now = parse_http_date(*date_header, now).value_or(now);
    return std::clamp<seconds>(*until - now, seconds(0), longest);
}

} // namespace intheloop::policy

#endif
