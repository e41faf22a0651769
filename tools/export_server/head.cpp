// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "head.hpp"

#include "replies.hpp"

#include <intheloop/base/detail/ascii.hpp>

#include <boost/beast/core/string.hpp>

#include <algorithm>

namespace tools {

namespace {

using intheloop::detail::is_digit;
using intheloop::detail::trimmed;

bool is_number(std::string_view text) noexcept {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Takes what stands before a separator, outside of quotes, from the front of a text.
std::string_view take_until(char separator, std::string_view& text) noexcept {
    bool is_quoted = false;
    std::size_t end = 0;
    for (; end < text.size() && (is_quoted || text[end] != separator); ++end) {
        if (text[end] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && text[end] == '\\')
            ++end;
    }
    std::string_view const taken = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return trimmed(taken);
}

} // namespace

head_scanner::found head_scanner::look_at(std::string_view bytes) noexcept {
    for (; seen_ != bytes.size(); ++seen_) {
        auto const c = static_cast<unsigned char>(bytes[seen_]);
        bool const follows_cr = seen_ != 0 && bytes[seen_ - 1] == '\r';
        if ((c == '\n') != follows_cr)
            return found::fault;
        if (c == '\n') {
            bool const is_empty = seen_ - line_ == 1;
            if (is_empty && line_ != 0)
                return found::end;
            if (is_empty)
                return found::fault;
            line_ = seen_ + 1;
        } else if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\r')) {
            return found::fault;
        } else if (seen_ == line_ && (c == ' ' || c == '\t')) {
            return found::fault;
        }
    }
    return found::nothing;
}

std::optional<reply> refuse_framing(http::request_header<> const& head) {
    using enum http::field;
    auto const encodings = head.count(transfer_encoding), lengths = head.count(content_length);
    if (encodings != 0 && lengths != 0)
        return invalid_http_reply("Transfer-Encoding and Content-Length contradict each other");
    if (encodings > 1 || lengths > 1)
        return invalid_http_reply("the length of the body is said more than once");
    if (lengths == 1 && !is_number(head[content_length]))
        return invalid_http_reply("Content-Length is no number");
    if (encodings == 1 && head.version() < 11)
        return invalid_http_reply("HTTP/1.0 has no Transfer-Encoding");
    if (encodings == 1 && head[transfer_encoding].empty())
        return invalid_http_reply("Transfer-Encoding is empty");
    if (encodings == 1 && !beast::iequals(head[transfer_encoding], "chunked"))
        return invalid_http_reply("the only Transfer-Encoding that is understood is chunked");
    auto const hosts = head.count(host);
    if (hosts > 1)
        return invalid_http_reply("there is more than one Host");
    if (hosts == 0 && head.version() == 11)
        return invalid_http_reply("there is no Host");
    return std::nullopt;
}

std::vector<std::string_view> members_of(http::fields const& head, http::field name) {
    std::vector<std::string_view> members;
    auto const [first, last] = head.equal_range(name);
    for (auto field = first; field != last; ++field)
        for (std::string_view rest = field->value(); !rest.empty();) {
            std::string_view member = take_until(',', rest);
            member = take_until(';', member);
            if (!member.empty())
                members.push_back(member);
        }
    return members;
}

bool has_member(http::fields const& head, http::field name, std::string_view member) {
    auto const members = members_of(head, name);
    return std::any_of(members.begin(), members.end(),
                       [&](std::string_view each) { return beast::iequals(each, member); });
}

bool has_other_version(std::string_view head) noexcept {
    constexpr std::string_view shape = " HTTP/1.1";
    std::string_view const line = head.substr(0, head.find('\r'));
    if (line.size() < shape.size())
        return false;
    std::string_view const version = line.substr(line.size() - shape.size());
    return version.starts_with(" HTTP/") && is_digit(version[6]) && version[7] == '.' &&
           is_digit(version[8]) && version != " HTTP/1.1" && version != " HTTP/1.0";
}

} // namespace tools
