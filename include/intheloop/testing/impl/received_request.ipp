// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_RECEIVED_REQUEST_IPP
#define INTHELOOP_TESTING_IMPL_RECEIVED_REQUEST_IPP

#include <intheloop/testing/received_request.hpp>

#include <boost/beast/core/string.hpp>

namespace intheloop::testing {

INTHELOOP_DECL received_request::received_request() = default;

INTHELOOP_DECL std::optional<std::string> received_request::header(std::string_view name) const {
    for (auto const& [key, value] : headers)
        if (boost::beast::iequals(key, {name.data(), name.size()}))
            return value;
    return std::nullopt;
}

} // namespace intheloop::testing

#endif
