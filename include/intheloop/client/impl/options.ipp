// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_OPTIONS_IPP
#define INTHELOOP_CLIENT_IMPL_OPTIONS_IPP

#include <intheloop/client/options.hpp>
#include <intheloop/net/detail/directory_list.hpp>
#include <intheloop/policy/detail/proxy.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop {

namespace detail {
// Treats an empty variable as unset.
INTHELOOP_DECL std::optional<std::string> environment(char const* name) {
    char const* const value = std::getenv(name);
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

// Reads "origin=address" pairs with spaces between them. The client refuses one without an address.
INTHELOOP_DECL std::map<std::string, std::string> split_origins(std::string_view text) {
    std::map<std::string, std::string> origins;
    while (!text.empty()) {
        std::string_view const pair = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        std::size_t const between = std::min(pair.find('='), pair.size());
        if (!pair.empty())
            origins.emplace(pair.substr(0, between),
                            pair.substr(std::min(pair.size(), between + 1)));
    }
    return origins;
}
} // namespace detail

INTHELOOP_DECL options::options() = default;
INTHELOOP_DECL options::~options() = default;
INTHELOOP_DECL options::options(options const&) = default;
INTHELOOP_DECL options::options(options&&) noexcept = default;
INTHELOOP_DECL options& options::operator=(options const&) = default;
INTHELOOP_DECL options& options::operator=(options&&) noexcept = default;

INTHELOOP_DECL options options::from_env() {
    options made;
    if (auto value = detail::environment("INTHELOOP_TOKEN"))
        made.token = std::move(*value);
    if (auto value = detail::environment("INTHELOOP_BASE_URL"))
        made.base_url = std::move(*value);
    if (auto const value = detail::environment("INTHELOOP_ORIGINS"))
        made.origins = detail::split_origins(*value);
    if (auto value = detail::environment("INTHELOOP_IMPERSONATE_USER"))
        made.impersonate_user = std::move(*value);
    if (auto value = detail::environment("SSL_CERT_FILE"))
        made.tls.ca_file = std::move(*value);
    if (auto value = detail::environment("SSL_CERT_DIR");
        value && (made.tls.ca_file.empty() || net::problem_of_directories(*value) == 0))
        made.tls.ca_directory = std::move(*value);
    auto through = policy::read_proxy_environment(detail::environment);
    if (through.proxy)
        made.proxy = std::move(*through.proxy);
    made.no_proxy = std::move(through.no_proxy);
    return made;
}

} // namespace intheloop

#endif
