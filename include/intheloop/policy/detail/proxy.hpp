// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_PROXY_HPP
#define INTHELOOP_POLICY_DETAIL_PROXY_HPP

// Selects the proxy, following curl's options and environment variables.

#include <intheloop/base/config.hpp>
#include <intheloop/base/secret.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::policy {

// A proxy that tunnels with CONNECT; the connection to it has no TLS.
class proxy_address {
public:
    std::string host; // a name or an address; IPv6 without brackets
    std::string port = "1080";
    secret credentials; // "user:password", decoded; empty if absent
};

// Parses "http://user:password@host:port/". Only the host is required: the default scheme is http,
// the default port 1080, and a path is ignored. A query and a fragment are refused. User and
// password are percent-decoded; an IPv6 address needs brackets. On failure `out` is unchanged, and
// `problem` has the reason, without the text, since it may hold a password.
INTHELOOP_DECL bool parse_proxy(std::string_view text, proxy_address& out, std::string& problem);

// Returns whether a list of exceptions contains this host (an IPv6 address with or without
// brackets).
//
// Entries are separated by commas or blanks. A name matches itself and its subdomains, in any case,
// with or without a leading or trailing dot. An address matches in every spelling, "10.0.0.0/8"
// matches the addresses with these leading bits. "*" matches every host, but only as the whole
// list.
//
// Three forms match more than in curl, where they match no host: brackets around an IPv6 address; a
// port ("host:443"), which limits an entry to that port; and "/0", which matches all addresses of a
// family. An entry with a port that is not a number from 1 to 65535 ("host:https") matches nothing.
INTHELOOP_DECL bool bypasses_proxy(std::string_view host, std::string_view port,
                                   std::string_view no_proxy);

// The proxy variables of the environment, not parsed yet. The proxy may hold a password.
struct proxy_environment {
    std::optional<std::string> proxy;
    std::string no_proxy;
};

// Reads the variables for https: the first that is set of https_proxy, HTTPS_PROXY, all_proxy and
// ALL_PROXY, and of no_proxy and NO_PROXY. As in curl, an empty variable counts as unset: it does
// not hide the next one. `lookup` returns the value of a variable, like std::getenv().
INTHELOOP_DECL proxy_environment
read_proxy_environment(std::function<std::optional<std::string>(char const*)> const& lookup);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/proxy.ipp>
#endif

#endif
