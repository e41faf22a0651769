// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_FOUND_ADDRESS_IPP
#define INTHELOOP_RECORDING_IMPL_FOUND_ADDRESS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/policy/detail/text_address.hpp>
#include <intheloop/recording/detail/found_address.hpp>

#include <algorithm>

namespace intheloop::testing::detail {

inline constexpr std::string_view ending_chars = "\"'<>` "; // and control characters

INTHELOOP_DECL bool ends_address(std::string_view rest) {
    char const c = rest.front();
    return static_cast<unsigned char>(c) <= ' ' || ending_chars.find(c) != ending_chars.npos;
}

// Does the same for a text in which characters may be escaped or percent-encoded.
INTHELOOP_DECL bool ends_spelled_address(std::string_view rest, bool is_encoded) {
    if (ends_address(rest))
        return true;
    auto const spells_end = [&] {
        return std::any_of(ending_chars.begin(), ending_chars.end(),
                           [&](char c) { return policy::spelled_length(rest, c) > 1; });
    };
    if (is_encoded)
        return rest.front() == '&' || rest.front() == '\\' || (rest.front() == '%' && spells_end());
    if (rest.front() != '\\' || rest.starts_with("\\/"))
        return false;
    return !rest.starts_with("\\u00") || spells_end();
}

INTHELOOP_DECL policy::text_address find_address(std::string_view text, std::size_t from) {
    return policy::find_address(text, from, ends_spelled_address);
}

INTHELOOP_DECL std::string without_users(std::string_view text, policy::text_address const& at,
                                         std::size_t begin, std::size_t end) {
    std::string rest;
    for (policy::address_parts const& each : at.parts) {
        if (each.host == each.user)
            continue;
        rest += text.substr(begin, each.user - begin);
        rest += "[redacted]@";
        begin = each.host;
    }
    return rest += text.substr(begin, end - begin);
}

// Removes the escapes of JSON.
INTHELOOP_DECL std::string unescaped(std::string_view text) {
    constexpr std::string_view marks = "/?&=#:@%";
    std::string plain;
    while (!text.empty()) {
        std::size_t length = 1;
        char c = text.front();
        if (c == '\\')
            for (char const mark : marks)
                if (std::size_t const spelled = policy::spelled_length(text, mark)) {
                    length = spelled;
                    c = mark;
                }
        plain += c;
        text.remove_prefix(length);
    }
    return plain;
}

INTHELOOP_DECL address_key::address_key(std::string_view address, bool is_encoded) {
    std::string plain = unescaped(address);
    if (is_encoded)
        plain = codec::percent_decoded(plain);
    if (is_encoded && plain.find("://") == plain.npos)
        plain = codec::percent_decoded(plain);
    plain.resize(std::min(plain.find('#'), plain.size()));
    std::size_t const host = plain.find("://") + 3;
    std::size_t path = std::min(plain.find_first_of("/?", host), plain.size());
    if (std::size_t const at = plain.rfind('@', path); at != plain.npos && at >= host) {
        plain.erase(host, at + 1 - host);
        path -= at + 1 - host;
    }
    origin = intheloop::detail::to_lower(std::string_view(plain).substr(0, path));
    std::string_view const own_port = origin.starts_with("https:") ? ":443" : ":80";
    if (origin.ends_with(own_port))
        origin.resize(origin.size() - own_port.size());
    std::string_view const target = std::string_view(plain).substr(path);
    std::string_view const path_alone = intheloop::detail::path_of(target);
    text = origin + std::string(path_alone);
    has_query = path_alone.size() != target.size();
    for (intheloop::detail::query_reader query(target); query.next();)
        add(query);
}

INTHELOOP_DECL void address_key::add(intheloop::detail::query_reader const& query) {
    std::string name = intheloop::detail::to_lower(query.name());
    if (name.starts_with("amp;"))
        name.erase(0, 4);
    bool const signs = policy::signs_address(name);
    is_signed = is_signed || signs;
    if (signs && query.has_value())
        signatures.emplace_back(query.value());
    if (!signs)
        text += (text.find('?') == text.npos ? '?' : '&') + std::string(query.parameter());
}

} // namespace intheloop::testing::detail

#endif
