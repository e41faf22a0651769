// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_JSON_DECODER_IPP
#define INTHELOOP_CODEC_IMPL_JSON_DECODER_IPP

#include <intheloop/codec/detail/json_decoder.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <utility>

namespace intheloop::codec::detail {

INTHELOOP_DECL bool take_json_value(void* out, boost::json::value&& value) {
    *static_cast<boost::json::value*>(out) = std::move(value);
    return true;
}
INTHELOOP_DECL bool take_json_object(void* out, boost::json::value&& value) {
    if (!value.is_object())
        return false;
    *static_cast<boost::json::object*>(out) = std::move(value.get_object());
    return true;
}
INTHELOOP_DECL bool take_json_array(void* out, boost::json::value&& value) {
    if (!value.is_array())
        return false;
    *static_cast<boost::json::array*>(out) = std::move(value.get_array());
    return true;
}

} // namespace intheloop::codec::detail

#endif
