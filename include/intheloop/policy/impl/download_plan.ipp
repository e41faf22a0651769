// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_DOWNLOAD_PLAN_IPP
#define INTHELOOP_POLICY_IMPL_DOWNLOAD_PLAN_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/policy/detail/download_plan.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

namespace intheloop::policy {

namespace detail {

// Parses a number at the front of the text, and removes it.
INTHELOOP_DECL std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    auto const [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

INTHELOOP_DECL bool take(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected))
        return false;
    text.remove_prefix(expected.size());
    return true;
}

} // namespace detail

// It is sent in a header later.
INTHELOOP_DECL bool is_strong_etag(std::string_view etag) {
    if (etag.size() < 3 || etag.front() != '"' || etag.back() != '"')
        return false;
    etag = etag.substr(1, etag.size() - 2);
    return std::all_of(etag.begin(), etag.end(),
                       [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

INTHELOOP_DECL std::optional<content_range> parse_content_range(std::string_view text) {
    content_range range;
    constexpr std::string_view unit = "bytes "; // of any case
    if (!intheloop::detail::begins_with_ignoring_case(text, unit))
        return std::nullopt;
    text.remove_prefix(unit.size());
    if (!detail::take(text, "*")) {
        range.first = detail::take_number(text);
        if (!range.first || !detail::take(text, "-"))
            return std::nullopt;
        range.last = detail::take_number(text);
        if (!range.last || *range.last < *range.first)
            return std::nullopt;
    }
    if (!detail::take(text, "/"))
        return std::nullopt;
    bool const has_total = !detail::take(text, "*");
    if (has_total)
        range.total = detail::take_number(text);
    if (range.total.has_value() != has_total || !text.empty() || (!range.first && !has_total))
        return std::nullopt;
    constexpr auto longest = std::numeric_limits<std::uint64_t>::max(); // of files
    bool const fits = !range.last || *range.last < range.total.value_or(longest);
    return fits ? std::optional(range) : std::nullopt;
}

INTHELOOP_DECL bool may_have_expired(unsigned status, std::string_view body) {
    if (status != 400)
        return status == 401 || status == 403 || status == 404 || status == 410;
    constexpr std::size_t most = 16 * 1024;
    std::string const text = intheloop::detail::to_lower(body.substr(0, most));
    for (std::string_view const words : {"expired", "not valid in the specified time frame",
                                         "authenticationfailed", "tokenrefreshrequired"})
        if (text.find(words) != text.npos)
            return true;
    return false;
}

INTHELOOP_DECL std::optional<std::chrono::sys_seconds> expiry_of_address(std::string_view url) {
    for (intheloop::detail::query_reader query(url.substr(0, url.find('#'))); query.next();) {
        if (query.name() != "Expires" || !query.has_value())
            continue;
        std::string_view value = query.value();
        auto const seconds = detail::take_number(value);
        constexpr std::uint64_t last = std::numeric_limits<std::int32_t>::max() * 100ull;
        if (!seconds || !value.empty() || *seconds > last)
            return std::nullopt;
        return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
    }
    return std::nullopt;
}

INTHELOOP_DECL download_plan::download_plan(file_part known)
    : part_(std::move(known)), most_(part_.size) {
    if (!is_strong_etag(part_.etag))
        part_.etag.clear();
}

INTHELOOP_DECL void download_plan::set_resource(std::string resource) {
    if (part_.resource != resource)
        forget_entity();
    part_.resource = std::move(resource);
}

INTHELOOP_DECL std::string download_plan::range_lines() const {
    if (part_.size == 0 || part_.etag.empty())
        return {};
    std::uint64_t const begin = part_.size - (confirms_ ? 1 : 0);
    return "Range: bytes=" + std::to_string(begin) + "-\r\nIf-Range: " + part_.etag + "\r\n";
}

INTHELOOP_DECL body_use download_plan::on_head(file_response const& head) {
    std::uint64_t const again = std::exchange(confirms_, false) ? 1 : 0;
    gained_ = false;
    to_skip_ = 0;
    range_end_.reset();
    refusals_ = 0;
    bool const is_same = !part_.etag.empty() && head.etag == part_.etag;
    if (head.status == 206) {
        auto const range = parse_content_range(head.content_range);
        bool const has_parts =
            intheloop::detail::to_lower(head.content_type).starts_with("multipart/byteranges");
        bool const fits = range && range->first == part_.size - again && is_same && !has_parts &&
                          (!part_.total || !range->total || *part_.total == *range->total);
        if (!fits || range_lines().empty()) {
            forget_entity();
            return body_use::unusable;
        }
        if (range->total)
            part_.total = range->total;
        range_end_ = *range->last + 1;
        to_skip_ = again;
        return body_use::append;
    }
    bool const was_empty = part_.size == 0;
    if (is_same && !was_empty && (!head.length || !part_.total || *head.length == *part_.total)) {
        to_skip_ = part_.size; // the server ignored the range
        if (head.length)
            part_.total = head.length;
        return body_use::append;
    }
    part_.size = 0;
    part_.total = head.length;
    part_.etag.clear();
    if (is_strong_etag(head.etag))
        part_.etag = head.etag;
    return was_empty ? body_use::append : body_use::rewind;
}

INTHELOOP_DECL std::string_view download_plan::on_bytes(std::string_view bytes) {
    auto const skipped = std::min<std::uint64_t>(to_skip_, bytes.size());
    to_skip_ -= skipped;
    bytes.remove_prefix(static_cast<std::size_t>(skipped));
    part_.size += bytes.size();
    gained_ = gained_ || part_.size > most_;
    most_ = std::max(most_, part_.size);
    return bytes;
}

INTHELOOP_DECL download_step download_plan::on_response(file_response const& response) {
    switch (response.status) {
    case 200:
        return to_skip_ == 0 && (!part_.total || part_.size == *part_.total)
                   ? download_step::done
                   : download_step::failed;
    case 206: // its end is the file's only if the server gave the total: more may follow
        if (part_.size == part_.total)
            return download_step::done;
        return gained_ && !has_too_much() ? download_step::again : download_step::failed;
    case 416: { // the file may be complete; only the end of the response was missing
        if (range_lines().empty())
            return download_step::failed;
        auto const range = parse_content_range(response.content_range);
        bool const was_confirming = std::exchange(confirms_, false);
        bool const ends_here =
            range && range->total == part_.size && (!part_.total || *part_.total == part_.size);
        if (ends_here && response.etag == part_.etag)
            return download_step::done;
        if (ends_here && response.etag.empty() && !was_confirming) {
            part_.total = range->total;
            confirms_ = true;
        } else {
            forget_entity();
        }
        return download_step::again;
    }
    default:
        return may_have_expired(response.status, response.body) && ++refusals_ == 1
                   ? download_step::fresh_address
                   : download_step::failed;
    }
}

} // namespace intheloop::policy

#endif
