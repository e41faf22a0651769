// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_IMPL_RESULT_IPP
#define INTHELOOP_BASE_IMPL_RESULT_IPP

#include <intheloop/base/result.hpp>

namespace intheloop {

INTHELOOP_DECL response_info::response_info() = default;
INTHELOOP_DECL response_info::~response_info() = default;
INTHELOOP_DECL response_info::response_info(response_info const&) = default;
INTHELOOP_DECL response_info::response_info(response_info&&) noexcept = default;
INTHELOOP_DECL response_info& response_info::operator=(response_info const&) = default;
INTHELOOP_DECL response_info& response_info::operator=(response_info&&) noexcept = default;

} // namespace intheloop

#endif
