// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_PROXY_HPP
#define INTHELOOP_POLICY_DETAIL_PROXY_HPP

// Which proxy is meant, as curl reads its options and the environment.

#include <intheloop/base/config.hpp>
#include <intheloop/base/secret.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::policy {

// A proxy that tunnels with CONNECT, itself reached without TLS.
class proxy_address {
public:
    std::string host; // a name or an address; an IPv6 one without brackets
    std::string port = "1080";
    secret credentials; // "user:password", decoded; empty: none
};

// Reads "http://user:password@host:port/", where only the host is needed: without a scheme it is
// http, without a port 1080, and a path is ignored. User and password are percent-decoded; an
// IPv6 address stands in brackets. On failure `out` stays as it is, and `problem` says why,
// without the text itself, since it may hold a password.
INTHELOOP_DECL bool parse_proxy(std::string_view text, proxy_address& out, std::string& problem);

// Whether a list of exceptions names this host (an IPv6 address with or without brackets).
//
// Entries are separated by commas or blanks. A name stands for itself and everything below it, in
// any case, with or without a dot before or behind. An address stands for itself however it is
// written, "10.0.0.0/8" for the addresses that share so many leading bits. "*" stands for every
// host, but only as the whole list.
//
// Three things mean more than to curl, for which they name no host: brackets around an IPv6
// address; a port ("host:443"), which makes an entry one for that port only; and "/0", for all
// addresses of a family.
INTHELOOP_DECL bool bypasses_proxy(std::string_view host, std::string_view port,
                                   std::string_view no_proxy);

// What the environment says; not looked into yet. The proxy may hold a password.
struct proxy_environment {
    std::optional<std::string> proxy;
    std::string no_proxy;
};

// For https: the first that is set of https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY, and of
// no_proxy and NO_PROXY. As for curl, a variable that is set but empty is not set: it does not
// hide the next one. `lookup` gives a variable's value, as std::getenv() does.
INTHELOOP_DECL proxy_environment
read_proxy_environment(std::function<std::optional<std::string>(char const*)> const& lookup);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/proxy.ipp>
#endif

#endif
