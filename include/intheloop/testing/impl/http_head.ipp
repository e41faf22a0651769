// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_HTTP_HEAD_IPP
#define INTHELOOP_TESTING_IMPL_HTTP_HEAD_IPP

#include <intheloop/testing/detail/http_head.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

namespace intheloop::testing::detail {

INTHELOOP_DECL std::string http_date(std::chrono::sys_seconds time) {
    constexpr std::array<char const*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<char const*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const clock{time - day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
                  days[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(date.day()),
                  months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                  static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

INTHELOOP_DECL std::string head_of(reply const& response, std::string const& request_id,
                                   bool keep_alive, std::chrono::sys_seconds now) {
    std::string head = "HTTP/1.1 " + std::to_string(response.status) + ' ';
    if (response.reason.empty())
        head += std::string_view{boost::beast::http::obsolete_reason(
            boost::beast::http::int_to_status(response.status))};
    else
        head += response.reason;
    head += "\r\n";

    auto const add = [&](std::string_view name, std::string_view value) {
        head += name;
        head += ": ";
        head += value;
        head += "\r\n";
    };
    auto const add_default = [&](std::string_view name, std::string_view value) {
        bool const given =
            std::any_of(response.headers.begin(), response.headers.end(), [&](auto const& field) {
                return boost::beast::iequals(field.first, {name.data(), name.size()});
            });
        if (!given)
            add(name, value);
    };
    add_default("Date", http_date(now));
    add_default("X-Request-Id", request_id);
    for (auto const& [name, value] : response.headers)
        add(name, value);
    auto const* const file = std::get_if<file_body>(&response.body);
    if (file != nullptr && file->chunked)
        add_default("Transfer-Encoding", "chunked");
    else if (file != nullptr)
        add_default("Content-Length", std::to_string(file->range.size));
    else if (!ends_with_its_head(response.status))
        add_default("Content-Length", std::to_string(std::get<std::string>(response.body).size()));
    if (!keep_alive)
        add_default("Connection", "close");
    head += "\r\n";
    return head;
}

} // namespace intheloop::testing::detail

#endif
