// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_MAKE_EMPTY_HPP
#define INTHELOOP_CODEC_DETAIL_MAKE_EMPTY_HPP

#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>

namespace intheloop::codec::detail {

using intheloop::detail::described;
using intheloop::detail::field_list;
using intheloop::detail::fields_of;
using intheloop::detail::is_list;
using intheloop::detail::is_map;
using intheloop::detail::make_empty;
using intheloop::detail::may_be_absent;

} // namespace intheloop::codec::detail

#endif
