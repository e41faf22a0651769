// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_PROXY_HPP
#define INTHELOOP_TESTS_FUZZ_PROXY_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/proxy.hpp>

#include <fuzz/check.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fuzz {

// The address of a proxy, a host, its port, a list of exceptions, a user and a password: a line of
// each.
struct proxy_target {
    static constexpr std::string_view name = "proxy";
    static constexpr std::string_view words[] = {"/8", "::/0"};

    static void run(auto const&, bytes input) {
        reader in(input);
        std::string_view const address = in.line();
        std::string_view const host = in.line();
        std::string_view const port = in.line();
        std::string_view const exceptions = in.line();
        std::string_view const user = in.line();
        std::string_view const password = in.line();
        check_address(address);
        check_credentials(user, password);
        check_exceptions(host, port, exceptions);
        check_environment({address, host, port, exceptions, user, password});
    }

    template <class Catalog, class Keep>
    static void seeds(Catalog, Keep const& keep) {
        keep("usual", "http://user:pa%20ss@proxy.example:3128/\napi.intheloop.io\n443\n"
                      "localhost,.intheloop.io, 10.0.0.0/8");
        keep("bare", "proxy\n10.1.2.3\n80\n10.1.0.0/15\t192.168.0.1:80");
        keep("ipv6", "[::1]:8080\n[2001:db8::1]\n443\n2001:db8::/32,[::1]:443,::/0");
        keep("mask", "p\n10.3.0.1\n80\n10.1.0.0/15 10.1.0.0/14 10.3.0.1/33\nus er%\np@ss:w/rd");
        keep("ipv6_mask", "p\n2001:db8:8000::1\n80\n2001:db8::/33,2001:db8::/32,0.0.0.0/0\n\n:");
        keep("all", "HTTP://a:b@h:65535/x\nh.\n1\n*\nx\ny");
        keep("letters", "proxy\nh\nx\n*:x,h:x");
        keep("bad", "socks5://h:0\n\n\n*,.,..,/,:,[],a:b:c\n\n");
    }

private:
    static void check_address(std::string_view text) {
        using intheloop::policy::proxy_address;
        proxy_address read;
        read.host = "as it was";
        std::string problem;
        if (!parse_proxy(text, read, problem)) {
            check(!problem.empty(), "a problem is said", text);
            check(read.host == "as it was", "after a failure all is as it was", text);
            return;
        }
        check(!read.host.empty(), "a proxy has a host", text);
        unsigned long const port = std::stoul(read.port);
        check(port >= 1 && port <= 65535 && std::to_string(port) == read.port, "a port is a number",
              read.port);
        std::string const credentials(read.credentials.reveal());
        for (char const c : read.host + credentials)
            check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f,
                  "nothing has control characters", text);
        // Written out in full, it is the same address.
        std::string full = "http://";
        if (!credentials.empty()) {
            std::size_t const colon = credentials.find(':');
            check(colon != credentials.npos, "user and password have a colon between them", text);
            intheloop::codec::append_percent_encoded(full, credentials.substr(0, colon));
            full += ':';
            intheloop::codec::append_percent_encoded(full, credentials.substr(colon + 1));
            full += '@';
        }
        full += (read.host.find(':') == read.host.npos ? read.host : '[' + read.host + ']') + ':' +
                read.port + '/';
        proxy_address again;
        check(parse_proxy(full, again, problem), "a proxy written in full is read", full);
        check(again.host == read.host && again.port == read.port &&
                  again.credentials.reveal() == credentials,
              "a proxy written in full is the same", full);
    }

    // User and password are those that were written.
    static void check_credentials(std::string_view user, std::string_view password) {
        std::string const both = std::string(user) + ':' + std::string(password);
        bool const can_be_sent = std::none_of(both.begin(), both.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
        });
        if (!can_be_sent || user.find(':') != user.npos || both == ":")
            return;
        std::string address = "http://", with_colons;
        intheloop::codec::append_percent_encoded(address, user);
        intheloop::codec::append_percent_encoded(address += ':', password);
        address += "@p:3128";
        for (std::size_t i = 0; i != address.size(); ++i) { // only the first one divides them
            bool const is_colon = address.compare(i, 3, "%3A") == 0;
            with_colons += is_colon ? ':' : address[i];
            i += is_colon ? 2 : 0;
        }
        for (std::string const& form : {address, with_colons}) {
            intheloop::policy::proxy_address read;
            std::string problem;
            check(parse_proxy(form, read, problem), "a user and a password are read", form);
            check_equal(read.credentials.reveal(), both, "they are those that were written");
        }
    }

    static std::string upper(std::string_view text) {
        std::string made(text);
        for (char& c : made)
            if (c >= 'a' && c <= 'z')
                c = static_cast<char>(c - 'a' + 'A');
        return made;
    }

    static void check_exceptions(std::string_view host, std::string_view port,
                                 std::string_view list) {
        using intheloop::policy::bypasses_proxy;
        bool const all = bypasses_proxy(host, port, list);
        check(bypasses_proxy(upper(host), port, upper(list)) == all, "in any case", list);
        check(!bypasses_proxy(host, port, ""), "an empty list names nothing", host);
        bool const no_host = host.empty() || host == "[]";
        check(bypasses_proxy(host, port, "*") != no_host, "a star names all", host);
        if (list != "*" && host.find('*') == host.npos) {
            bool any = false;
            std::string_view rest = list;
            while (!rest.empty()) {
                std::string_view const entry = rest.substr(0, rest.find_first_of(", \t"));
                any = any || (entry != "*" && bypasses_proxy(host, port, entry));
                check_network(host, port, entry);
                rest.remove_prefix(std::min(rest.size(), entry.size() + 1));
            }
            check(any == all, "a list names what its entries name", list);
        }
        if (plain_name(host)) {
            check(bypasses_proxy(host, port, host), "a name names itself", host);
            check(bypasses_proxy("x." + std::string(host), port, host),
                  "a name names what is below it", host);
            check(!bypasses_proxy("x" + std::string(host), port, host), "but no other", host);
            if (is_port(port))
                check(bypasses_proxy(host, port, std::string(host) + ':' + std::string(port)),
                      "a name names itself at its port", host);
        }
        if (plain_name(host) && plain_name('x' + std::string(port))) {
            std::string const no_port = 'x' + std::string(port);
            check(!bypasses_proxy(host, no_port, std::string(host) + ':' + no_port),
                  "a port of letters names nothing", host);
        }
        if (host.find(':') != host.npos && !host.starts_with('['))
            check(bypasses_proxy('[' + std::string(host) + ']', port, list) == all,
                  "with or without brackets", host);
    }
    // An entry with a number of bits names the addresses that begin with so many of its own.
    static void check_network(std::string_view host, std::string_view port,
                              std::string_view entry) {
        using intheloop::codec::parse_ip_address;
        std::size_t const slash = std::min(entry.find('/'), entry.size());
        std::string_view const digits = entry.substr(std::min(slash + 1, entry.size()));
        if (host.starts_with('[') && host.ends_with(']'))
            host = host.substr(1, host.size() - 2);
        auto const address = parse_ip_address(host);
        auto const network = parse_ip_address(entry.substr(0, slash));
        bool const is_number = !digits.empty() && digits.size() <= 3 &&
                               digits.find_first_not_of("0123456789") == digits.npos;
        if (!is_number || !address || !network)
            return;
        auto const bit = [](intheloop::codec::ip_address const& of, unsigned place) {
            return of.octets[place / 8] >> (7 - place % 8) & 1;
        };
        unsigned common = 0;
        while (common != 8 * address->size && bit(*address, common) == bit(*network, common))
            ++common;
        bool const is_named =
            address->size == network->size && std::stoul(std::string(digits)) <= common;
        check(intheloop::policy::bypasses_proxy(host, port, entry) == is_named,
              "a network names the addresses with its bits", entry);
    }
    static bool is_port(std::string_view text) {
        return !text.empty() && text.size() <= 5 &&
               text.find_first_not_of("0123456789") == text.npos &&
               std::stoul(std::string(text)) >= 1 && std::stoul(std::string(text)) <= 65535;
    }
    // Labels of letters and digits.
    static bool plain_name(std::string_view host) {
        return !host.empty() && host.front() != '.' && host.back() != '.' &&
               host.find("..") == host.npos && std::all_of(host.begin(), host.end(), [](char c) {
                   return intheloop::codec::is_unreserved(c) && c != '~';
               });
    }

    // Six variables: the first that is set and not empty counts.
    static void check_environment(std::array<std::string_view, 6> const& values) {
        constexpr std::array<std::string_view, 6> names = {
            "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
        auto const found = intheloop::policy::read_proxy_environment(
            [&](char const* name) -> std::optional<std::string> {
                auto const at = std::find(names.begin(), names.end(), std::string_view(name));
                check(at != names.end(), "no other variable is asked for", name);
                return std::string(values[static_cast<std::size_t>(at - names.begin())]);
            });
        auto const filled = [](std::string_view value) { return !value.empty(); };
        auto const first = std::find_if(values.begin(), values.begin() + 4, filled);
        check(found.proxy.has_value() == (first != values.begin() + 4), "whether a proxy is set");
        if (found.proxy)
            check_equal(*found.proxy, *first, "the first variable counts");
        check_equal(found.no_proxy, values[4].empty() ? values[5] : values[4],
                    "the first list counts");
    }
};

} // namespace fuzz

#endif
