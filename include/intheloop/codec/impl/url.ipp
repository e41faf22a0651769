// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_URL_IPP
#define INTHELOOP_CODEC_IMPL_URL_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/url.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

namespace intheloop::codec {

namespace detail {

using intheloop::detail::hexadecimal_value;
using intheloop::detail::is_digit;
using intheloop::detail::is_letter;
using intheloop::detail::to_lower;

INTHELOOP_DECL bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
           });
}

// Returns whether a character may stand in a path as it is, besides '%'.
INTHELOOP_DECL bool is_path_character(char c) noexcept {
    constexpr std::string_view more = "!$&'()*+,;=:@/"; // "sub-delims", ':', '@' and '/'
    return is_unreserved(c) || more.find(c) != more.npos;
}

// Checks that a component consists of the characters allowed in a path, of `more` and of
// percent-encoded ones.
INTHELOOP_DECL bool check_characters(std::string_view component, std::string_view more,
                                     char const* name, std::string& problem) {
    for (std::size_t i = 0; i != component.size(); ++i) {
        char const c = component[i];
        if (is_path_character(c) || more.find(c) != more.npos)
            continue;
        if (c != '%') {
            problem = std::string("its ") + name + " holds a character that is not allowed";
            return false;
        }
        if (!begins_with_triplet(component.substr(i))) {
            problem =
                std::string("its ") + name + " holds a '%' without two hexadecimal digits behind";
            return false;
        }
        i += 2;
    }
    return true;
}

// Cuts a text off at a character, and returns the text behind it.
INTHELOOP_DECL std::optional<std::string_view> cut_behind(std::string_view& text, char c) {
    std::size_t const at = text.find(c);
    if (at == text.npos)
        return std::nullopt;
    std::string_view const behind = text.substr(at + 1);
    text = text.substr(0, at);
    return behind;
}

// Appends a path, or a query (`more` is "?"), with the octets percent-encoded that may not stand in
// it.
INTHELOOP_DECL void append_encoded(std::string& out, std::string_view component,
                                   std::string_view more) {
    for (std::size_t i = 0; i != component.size(); ++i) {
        char const c = component[i];
        bool const may_stand = c == '%' ? begins_with_triplet(component.substr(i))
                                        : is_path_character(c) || more.find(c) != more.npos;
        if (may_stand)
            out += c;
        else
            append_percent_encoded(out, component.substr(i, 1));
    }
}

// Returns whether a resolver may take a name for an address: its last label is a decimal number, or
// begins with "0x".
INTHELOOP_DECL bool ends_in_number(std::string_view name) noexcept {
    std::string_view last = name.substr(name.rfind('.') + 1); // npos + 1 is 0
    if (!last.starts_with("0x"))
        return std::all_of(last.begin(), last.end(), &is_digit);
    last.remove_prefix(2);
    return std::all_of(last.begin(), last.end(), [](char c) { return hexadecimal_value(c) >= 0; });
}

// Return the problem, or null.
INTHELOOP_DECL char const* read_name(std::string_view text, std::string& host) {
    for (std::size_t at = 0; (at = text.find('%', at)) != text.npos; ++at)
        if (!begins_with_triplet(text.substr(at)))
            return "its host holds a '%' without two hexadecimal digits behind";
    host = percent_decoded(text);
    for (char& c : host) {
        c = to_lower(c);
        if (!is_unreserved(c) || c == '~')
            return "its host holds a character that is not allowed";
    }
    if (host.ends_with('.'))
        host.pop_back(); // the root of the DNS, which no certificate names
    if (host.empty())
        return "it has no host";
    if (host.front() == '.' || host.back() == '.' || host.find("..") != host.npos)
        return "its host holds a dot too many";
    if (ends_in_number(host) && !parse_ip_address(host))
        return "its host ends in a number, but is not an IPv4 address";
    return nullptr;
}

INTHELOOP_DECL char const* read_port(std::string_view text, std::uint16_t& port) {
    if (text.empty())
        return nullptr;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (end != text.data() + text.size())
        return "something that is no path follows its port";
    return ec != std::errc() || port == 0 ? "its port is not between 1 and 65535" : nullptr;
}

INTHELOOP_DECL char const* read_authority(std::string_view text, url_authority& read) {
    if (text.find('@') != text.npos)
        return "it holds user information, which is refused";
    if (!text.starts_with('[')) {
        auto const port = cut_behind(text, ':');
        if (char const* const why = read_name(text, read.host))
            return why;
        return read_port(port.value_or(""), read.port);
    }
    std::size_t const close = text.find(']');
    if (close == text.npos)
        return "its brackets don't fit";
    read.host = text.substr(1, close - 1);
    read.host = to_lower(read.host);
    auto const address = parse_ip_address(read.host);
    if (!address || address->size != 16)
        return "what stands in brackets is not an IPv6 address";
    text.remove_prefix(close + 1);
    if (text.empty())
        return nullptr;
    return text.starts_with(':') ? read_port(text.substr(1), read.port) : "its brackets don't fit";
}

// Appends a path without its segments "." and ".." (RFC 3986, 5.2.4).
INTHELOOP_DECL void append_without_dots(std::string& out, std::string_view path) {
    std::size_t const begin = out.size();
    bool is_relative = !path.starts_with('/'); // affects only its first segment
    while (!path.empty()) {
        std::size_t const from = is_relative ? 0 : 1;
        std::size_t const end = std::min(path.find('/', from), path.size());
        std::string_view const segment = path.substr(from, end - from);
        path.remove_prefix(end);
        bool const has_dots = segment == "." || segment == "..";
        if (segment == "..") {
            std::size_t const last = std::string_view(out).substr(begin).rfind('/');
            out.resize(last == out.npos ? begin : begin + last);
        }
        if (is_relative) {
            if (has_dots && !path.empty())
                path.remove_prefix(1); // together with its slash
            is_relative = has_dots;
        } else if (!has_dots || path.empty()) {
            out += '/'; // trailing dots stand for a directory
        }
        if (!has_dots)
            out += segment;
    }
}

} // namespace detail

INTHELOOP_DECL bool split_url(std::string_view text, url_components& out, std::string& problem) {
    url_components parts;
    parts.fragment = detail::cut_behind(text, '#');
    parts.query = detail::cut_behind(text, '?');
    if (std::size_t const colon = text.find(':'); colon < text.find('/')) {
        parts.scheme = text.substr(0, colon);
        if (!detail::is_scheme(*parts.scheme)) {
            problem = "what stands before its first colon is no scheme";
            return false;
        }
        text.remove_prefix(colon + 1);
    }
    if (text.starts_with("//")) {
        std::size_t const end = std::min(text.find('/', 2), text.size());
        parts.authority = text.substr(2, end - 2);
        text.remove_prefix(end);
    }
    parts.path = text;
    if (!detail::check_characters(parts.path, "", "path", problem) ||
        !detail::check_characters(parts.query.value_or(""), "?", "query", problem) ||
        !detail::check_characters(parts.fragment.value_or(""), "?", "fragment", problem))
        return false;
    out = parts;
    return true;
}

INTHELOOP_DECL bool encode_url(std::string_view text, std::string& out, std::string& problem) {
    text = intheloop::detail::trimmed(text, " ");
    if (std::any_of(text.begin(), text.end(), intheloop::detail::is_control)) {
        problem = "it holds a control character";
        return false;
    }
    detail::cut_behind(text, '#');
    auto const query = detail::cut_behind(text, '?');
    std::string_view path = text;
    bool is_scheme = false;
    if (std::size_t const colon = text.find(':'); colon < text.find('/')) {
        is_scheme = detail::is_scheme(text.substr(0, colon));
        if (is_scheme)
            path.remove_prefix(colon + 1);
    }
    if (path.starts_with("//"))
        path.remove_prefix(std::min(path.find('/', 2), path.size()));
    if (path.find('\\') != path.npos) {
        problem = "its path holds a backslash";
        return false;
    }
    std::string encoded(text.substr(0, text.size() - path.size()));
    if (encoded.find(' ') != encoded.npos) {
        problem = "its host holds a character that is not allowed";
        return false;
    }
    if (std::size_t const colon = path.find(':');
        !is_scheme && colon != 0 && colon < path.find('/'))
        encoded += "./"; // in front of a first segment like "09:30.json", which is no scheme
    detail::append_encoded(encoded, path, "");
    if (query)
        detail::append_encoded(encoded += '?', *query, "?");
    out = std::move(encoded);
    return true;
}

INTHELOOP_DECL bool parse_authority(std::string_view text, url_authority& out,
                                    std::string& problem) {
    url_authority read;
    if (char const* const why = detail::read_authority(text, read)) {
        problem = why;
        return false;
    }
    out = std::move(read);
    return true;
}

INTHELOOP_DECL std::string resolve_url(url_components const& base,
                                       url_components const& reference) {
    bool const own_scheme = reference.scheme.has_value();
    bool const own_authority = own_scheme || reference.authority.has_value();
    bool const own_path = own_authority || !reference.path.empty();
    url_components const& authority_of = own_authority ? reference : base;

    std::string resolved(own_scheme ? *reference.scheme : base.scheme.value_or(""));
    resolved += ':';
    if (authority_of.authority)
        resolved.append("//").append(*authority_of.authority);
    std::size_t const before_path = resolved.size();
    if (!own_path) {
        resolved += base.path;
    } else if (own_authority || reference.path.starts_with('/')) {
        detail::append_without_dots(resolved, reference.path);
    } else {
        std::string merged(base.path.substr(0, base.path.rfind('/') + 1)); // npos + 1 is 0
        if (merged.empty())
            merged = '/';
        detail::append_without_dots(resolved, merged.append(reference.path));
    }
    if (!authority_of.authority && resolved.find("//", before_path) == before_path)
        resolved.insert(before_path, "/."); // prevents reading the path as an authority
    if (auto const query = own_path || reference.query ? reference.query : base.query)
        resolved.append("?").append(*query);
    if (reference.fragment)
        resolved.append("#").append(*reference.fragment);
    return resolved;
}

} // namespace intheloop::codec

#endif
