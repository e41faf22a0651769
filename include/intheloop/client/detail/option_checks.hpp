// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DETAIL_OPTION_CHECKS_HPP
#define INTHELOOP_CLIENT_DETAIL_OPTION_CHECKS_HPP

// Checks of the options, before anything is sent. The functions that throw do so like the client's
// constructor: intheloop::exception, with the name of the option.

#include <intheloop/base/config.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/net/detail/runtime_options.hpp>
#include <intheloop/net/detail/url.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace intheloop::detail {

// Return the problem, or null.
INTHELOOP_DECL char const* validate_token(std::string_view token);
INTHELOOP_DECL char const* validate_user(std::string_view user);
INTHELOOP_DECL char const* validate_key(std::string_view key);
INTHELOOP_DECL char const* validate_retry(retry_options const& retry);

INTHELOOP_DECL options check_options(options options);
INTHELOOP_DECL net::url check_base_url(options const& options);
INTHELOOP_DECL std::map<std::string, net::url, std::less<>> check_origins(options const& options);
INTHELOOP_DECL std::string make_user_agent(options const& options);
INTHELOOP_DECL net::runtime_options
make_runtime_options(options const& options, net::origin const& base, std::uint64_t seed);

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/option_checks.ipp>
#endif

#endif
