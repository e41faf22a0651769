// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_RAW_EXCHANGE_HPP
#define INTHELOOP_RECORDING_DETAIL_RAW_EXCHANGE_HPP

#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/policy/detail/retry_after.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// An exchange as received, with its secrets.
class raw_exchange {
public:
    explicit raw_exchange(exchange_record const& told)
        : began(told.began), number(told.number), origin(told.origin), to_api(told.to_api),
          other_origin(told.other_origin), method(told.http_request_method),
          url_template(told.url_template), target(told.target), request_body(told.request_body),
          request_is_whole(told.request_body_size == told.request_body.size()),
          status(told.http_response_status_code < 100 ? 0 : told.http_response_status_code),
          headers(*told.response_headers), body(told.response_body),
          body_size(told.response_body_size), failure(told.failure),
          member_fields(told.member_fields.begin(), told.member_fields.end()) {
        intheloop::detail::for_each_header_line(
            told.request_headers, [this](std::string_view name, std::string_view value) {
                request_headers.emplace_back(name, value);
            });
        fix_boundary(request_headers, request_body);
        // Converts an HTTP-date to a duration from now on.
        if (auto const wait = headers.find("Retry-After"))
            retry_after = policy::parse_retry_after(
                *wait, headers.find("Date"),
                std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    }

    std::chrono::steady_clock::time_point began;
    std::uint64_t number;
    std::string origin;
    bool to_api;
    std::string other_origin;
    std::string method;
    std::string url_template;
    std::string target;
    header_list request_headers;
    std::string request_body;
    bool request_is_whole;
    unsigned status;
    intheloop::headers headers;
    std::optional<std::chrono::seconds> retry_after;
    std::string body;
    std::uint64_t body_size;
    std::string failure;
    std::vector<std::string> member_fields; // of the response

    std::string_view request_type() const {
        auto const* const type = find_field(request_headers, "Content-Type");
        return type ? *type : std::string_view();
    }
    std::string_view response_type() const { return headers.find("Content-Type").value_or(""); }
    bool is_whole() const { return failure.empty() && body_size == body.size(); }
    bool is_download() const { return !to_api && other_origin.empty(); }
    bool carries_file() const { return is_download() && (status == 200 || status == 206); }
};

} // namespace intheloop::testing::detail

#endif
