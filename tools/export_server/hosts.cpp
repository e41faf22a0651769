// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "hosts.hpp"

#include <intheloop/codec/detail/ip_address.hpp>
#include <intheloop/codec/detail/url.hpp>

#include <boost/beast/core/string.hpp>

namespace tools {

namespace asio = boost::asio;
namespace codec = intheloop::codec;

namespace {

// An IPv4 address that came as an IPv6 one is the same address, and so is a link-local one with the
// number of its link, which a Host field does not have.
asio::ip::address plain(asio::ip::address const& address) {
    if (!address.is_v6())
        return address;
    auto v6 = address.to_v6();
    if (v6.is_v4_mapped())
        return asio::ip::make_address_v4(asio::ip::v4_mapped, v6);
    v6.scope_id(0);
    return v6;
}

} // namespace

std::optional<std::string> read_host(std::string_view text) {
    if (codec::parse_ip_address(text))
        return plain(asio::ip::make_address(text)).to_string();
    codec::url_authority read;
    std::string problem;
    bool const has_port = !text.ends_with(']') && text.find(':') != text.npos;
    if (has_port || !codec::parse_authority(text, read, problem))
        return std::nullopt;
    if (codec::parse_ip_address(read.host))
        return plain(asio::ip::make_address(read.host)).to_string();
    return read.host;
}

allowed_hosts::verdict allowed_hosts::judge(std::string_view host,
                                            asio::ip::address const& reached_at) const {
    codec::url_authority read;
    std::string problem;
    if (host.empty())
        return verdict::foreign; // which a client may send whose URL has no host
    if (!codec::parse_authority(host, read, problem))
        return verdict::malformed;
    if (!codec::parse_ip_address(read.host))
        return read.host == "localhost" || names_.contains(read.host) ? verdict::allowed
                                                                      : verdict::foreign;
    auto const address = plain(asio::ip::make_address(read.host));
    bool const is_known = address.is_loopback() || address == plain(reached_at) ||
                          address == plain(listens_at_) || names_.contains(address.to_string());
    return is_known ? verdict::allowed : verdict::foreign;
}

bool allowed_hosts::allows_origin(std::string_view origin,
                                  asio::ip::address const& reached_at) const {
    codec::url_components url;
    std::string problem;
    return codec::split_url(origin, url, problem) && url.scheme && url.authority &&
           (boost::beast::iequals(*url.scheme, "http") ||
            boost::beast::iequals(*url.scheme, "https")) &&
           url.path.empty() && !url.query && !url.fragment &&
           judge(*url.authority, reached_at) == verdict::allowed;
}

} // namespace tools
