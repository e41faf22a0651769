// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_HOSTS_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_HOSTS_HPP

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// Reads a host as a person gives it on a command line: a name, or an address with or without
// brackets. Returns it in lower case and without a trailing dot; nothing for other texts, such as
// one with a port.
std::optional<std::string> read_host(std::string_view text);

// The hosts to which requests may be addressed: this machine by any of its loopback names, the
// address at which a connection reached the server, the address at which the server listens, and
// given names. The page of another site whose name was made to lead here (DNS rebinding) says that
// name, and is told apart by it.
class allowed_hosts {
public:
    allowed_hosts(boost::asio::ip::address const& listens_at, std::vector<std::string> const& names)
        : listens_at_(listens_at), names_(names.begin(), names.end()) {}

    enum class verdict { malformed, foreign, allowed };

    // Judges a Host field, with or without a port.
    verdict judge(std::string_view host, boost::asio::ip::address const& reached_at) const;
    // Judges an Origin field, as a browser sends it with the request of a page.
    bool allows_origin(std::string_view origin, boost::asio::ip::address const& reached_at) const;

private:
    boost::asio::ip::address const listens_at_;
    std::set<std::string> const names_;
};

} // namespace tools

#endif
