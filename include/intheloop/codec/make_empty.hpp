// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_MAKE_EMPTY_HPP
#define INTHELOOP_CODEC_MAKE_EMPTY_HPP

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>

#include <concepts>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace intheloop::codec::detail {

using intheloop::detail::described;
using intheloop::detail::field_list;
using intheloop::detail::fields_of;

// A member that need not be there.
template <class T>
inline constexpr bool may_be_absent = false;
template <class T>
inline constexpr bool may_be_absent<std::optional<T>> = true;
template <class T>
inline constexpr bool may_be_absent<nullable<T>> = true;

template <class T>
T make_empty();

template <class Field>
auto required_argument() {
    if constexpr (may_be_absent<typename Field::value_type>)
        return std::tuple<>();
    else
        return std::tuple<typename Field::value_type>(make_empty<typename Field::value_type>());
}

template <class T, class... Fields>
T make_from_required(field_list<Fields...>) {
    return std::make_from_tuple<T>(std::tuple_cat(required_argument<Fields>()...));
}

// An object to decode into. A type without a default constructor takes its required members, in
// the order of their declaration, in its constructor.
template <class T>
T make_empty() {
    if constexpr (std::default_initializable<T>)
        return T();
    else
        return make_from_required<T>(fields_of<T>{});
}

} // namespace intheloop::codec::detail

#endif
