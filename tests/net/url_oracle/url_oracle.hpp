// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NET_URL_ORACLE_URL_ORACLE_HPP
#define INTHELOOP_TESTS_NET_URL_ORACLE_URL_ORACLE_HPP

#include <intheloop/net/detail/url.hpp>
#include <support/upper.hpp>

#include <boost/url/ipv4_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tests {

// What Boost.URL reads where the library reads a URL: the same, but for the differences that are
// listed here. Some of them hold for some versions of Boost only.
class url_oracle {
public:
    // Nothing: it is refused.
    std::optional<intheloop::net::url> read(std::string_view text) {
        bool is_marked = false;
        std::string const marked = mark_name(text, is_marked);
        auto const parsed = boost::urls::parse_uri(marked);
        if (parsed.has_error())
            return std::nullopt;
        boost::urls::url_view const url = *parsed;
        intheloop::net::url made;
        made.origin.secure = url.scheme_id() == boost::urls::scheme::https;
        made.origin.host = lower(url.host_address());
        std::string& host = made.origin.host;
        if (is_marked && host.starts_with(mark))
            host.erase(0, 1);
        std::string const path(url.encoded_path());
        std::string const port(url.port());
        if (!made.origin.secure && url.scheme_id() != boost::urls::scheme::http)
            return refused("schemes other than https and http are refused");
        if (url.has_userinfo())
            return refused("user information is refused");
        if (url.has_authority() && !path.empty() && path.front() != '/')
            return refused("a path begins with a slash (1.81: not after a port)");
        if (url.host_type() == boost::urls::host_type::ipvfuture)
            return refused("\"[v1.a]\" is refused");
        if (url.host_type() == boost::urls::host_type::ipv6) {
            if (host.find('%') != host.npos)
                return refused("zones are refused (newer ones: \"[fe80::1%25eth0]\" is read)");
        } else if (!check_name(host)) {
            return std::nullopt;
        }
        if (std::string(url.encoded_query()).find_first_of("[]") != std::string::npos ||
            std::string(url.encoded_fragment()).find_first_of("[]#") != std::string::npos)
            return refused("brackets in a query or a fragment are refused (newer ones: not)");
        std::size_t const digits = port.find_first_not_of('0');
        if (!port.empty()) {
            if (digits == port.npos || port.size() - digits > 5 ||
                std::stoul(port.substr(digits)) > 65535)
                return refused("a port is between 1 and 65535");
            made.origin.port = port.substr(digits);
        } else {
            made.origin.port = made.origin.secure ? "443" : "80";
        }
        made.target = path.empty() ? "/" : path;
        made.has_query = url.has_query();
        if (made.has_query)
            made.target += '?' + std::string(url.encoded_query());
        return made;
    }

    // The same for a reference from a base; its target is one of several that mean the same, see
    // normalized().
    std::optional<intheloop::net::url> read_reference(std::string_view base,
                                                      std::string_view text) {
        bool marked_base = false;
        bool marked_text = false;
        std::string const first = mark_name(base, marked_base);
        std::string const second = mark_name(text, marked_text);
        auto const from = boost::urls::parse_uri(first);
        auto const to = boost::urls::parse_uri_reference(second);
        boost::urls::url resolved;
        if (from.has_error() || to.has_error())
            return std::nullopt;
        std::string const path(to->encoded_path());
        if (to->has_authority() && !path.empty() && path.front() != '/')
            return refused("a path begins with a slash (1.81: not after a port)");
        if (to->has_scheme() && !to->has_authority())
            return refused("a path does not become a host (1.81: of \"http:/a/..//b\" it does)");
        if (boost::urls::resolve(*from, *to, resolved).has_error())
            return std::nullopt;
        std::string whole(resolved.buffer().data(), resolved.buffer().size());
        if (to->has_scheme() || to->has_authority() ? marked_text : marked_base)
            whole.erase(whole.find("//") + 2, 1);
        auto made = read(whole);
        if (!made)
            return std::nullopt;
        // Ours leaves it as it is, as RFC 3986 (5.2.2) says.
        bool const keeps_path = !to->has_scheme() && !to->has_authority() && path.empty();
        if (keeps_path && std::string(from->encoded_path()) != std::string(resolved.encoded_path()))
            difference("a base's own path is not normalized");
        if (keeps_path)
            made->target =
                std::string(from->encoded_path()) +
                made->target.substr(std::min(made->target.find('?'), made->target.size()));
        // By an erratum (4547) that was not accepted; RFC 3986 (5.2.4) removes them.
        while (!keeps_path && (made->target == "/.." || made->target.starts_with("/../") ||
                               made->target.starts_with("/..?"))) {
            difference("\"..\" above the root is removed");
            made->target.erase(0, 3);
            if (!made->target.starts_with('/'))
                made->target.insert(0, 1, '/');
        }
        return made;
    }

    // How often each difference was met.
    std::map<std::string_view, std::size_t> const& differences() const { return met_; }

    // Boost.URL decodes characters of a path that it resolves if they may stand there (which ones
    // hangs on its version), and writes the digits of the others as capitals; ours leaves all
    // octets as they are. This does the same to a target.
    static std::string normalized(std::string_view target) {
        std::string made;
        std::size_t const query = std::min(target.find('?'), target.size());
        for (std::size_t i = 0; i < query; ++i) {
            if (target[i] != '%') {
                made += target[i];
                continue;
            }
            std::string const triplet = upper(target.substr(i, 3));
            char const c = static_cast<char>(std::stoul(triplet.substr(1), nullptr, 16));
            made += in_segments.find(c) != in_segments.npos ? std::string(1, c) : triplet;
            i += 2;
        }
        return made.append(target.substr(query));
    }

private:
    static constexpr std::string_view in_segments =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@";

    // Some versions refuse a name that begins as an IPv4 address does ("127.0.0.1."). So a letter
    // is put before a name that begins with a digit.
    static constexpr char mark = 'x';
    static std::string mark_name(std::string_view text, bool& is_marked) {
        std::string marked(text);
        std::size_t const path = text.find_first_of("/?#");
        if (path == text.npos || text.substr(path, 2) != "//" ||
            (path != 0 && text[path - 1] != ':'))
            return marked;
        std::string_view const host =
            text.substr(path + 2, text.find_first_of(":/?#", path + 2) - (path + 2));
        is_marked = !host.empty() && host.front() >= '0' && host.front() <= '9' &&
                    boost::urls::parse_ipv4_address({host.data(), host.size()}).has_error();
        return is_marked ? marked.insert(path + 2, 1, mark) : marked;
    }

    static std::string lower(std::string text) {
        for (char& c : text)
            c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        return text;
    }

    // Tells whether a name is one of the DNS; its last dot is dropped.
    bool check_name(std::string& host) {
        if (host.ends_with('.')) {
            host.pop_back();
            difference("the last dot of a name is dropped");
        }
        if (host.empty()) {
            difference("a host may not be empty");
            return false;
        }
        if (host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") != host.npos) {
            difference("a name has letters, digits, '-', '_' and '.' alone");
            return false;
        }
        if (host.front() == '.' || host.back() == '.' || host.find("..") != host.npos) {
            difference("no label of a name is empty");
            return false;
        }
        std::string const last = host.substr(host.rfind('.') + 1);
        bool const is_number =
            last.find_first_not_of("0123456789") == last.npos ||
            (last.starts_with("0x") && last.find_first_not_of("0123456789abcdef", 2) == last.npos);
        if (is_number && boost::urls::parse_ipv4_address(host).has_error()) {
            difference("a name does not end in a number");
            return false;
        }
        return true;
    }

    void difference(std::string_view name) { ++met_[name]; }
    std::nullopt_t refused(std::string_view name) {
        difference(name);
        return std::nullopt;
    }

    std::map<std::string_view, std::size_t> met_;
};

} // namespace tests

#endif
