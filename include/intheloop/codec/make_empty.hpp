// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_MAKE_EMPTY_HPP
#define INTHELOOP_CODEC_MAKE_EMPTY_HPP

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

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

template <class T>
inline constexpr bool is_list = false;
template <class T, class Allocator>
inline constexpr bool is_list<std::vector<T, Allocator>> = true;

template <class T>
inline constexpr bool is_map = false;
template <class T, class Compare, class Allocator>
inline constexpr bool is_map<std::map<std::string, T, Compare, Allocator>> = true;

template <class Field, bool TakesLists, bool TakesMaps>
auto required_argument() {
    using value_type = typename Field::value_type;
    if constexpr (may_be_absent<value_type> || (is_list<value_type> && !TakesLists) ||
                  (is_map<value_type> && !TakesMaps))
        return std::tuple<>();
    else
        return std::tuple<value_type>(make_empty<value_type>());
}

template <bool TakesLists, bool TakesMaps, class... Fields>
auto required_arguments(field_list<Fields...>) {
    return std::tuple_cat(required_argument<Fields, TakesLists, TakesMaps>()...);
}

template <class T, class Arguments>
inline constexpr bool takes = false;
template <class T, class... Arguments>
inline constexpr bool takes<T, std::tuple<Arguments...>> = std::is_constructible_v<T, Arguments...>;

// An object to decode into. A type without a default constructor takes its required members, in
// the order of their declaration, in its constructor; as a request may, without its lists, or its
// lists and maps.
template <class T>
T make_empty() {
    if constexpr (std::default_initializable<T>) {
        return T();
    } else {
        constexpr bool takes_all =
            takes<T, decltype(required_arguments<true, true>(fields_of<T>{}))>;
        constexpr bool takes_maps =
            takes_all || takes<T, decltype(required_arguments<false, true>(fields_of<T>{}))>;
        static_assert(takes_maps ||
                          takes<T, decltype(required_arguments<false, false>(fields_of<T>{}))>,
                      "intheloop: to be read, this type needs a default constructor, or one that "
                      "takes its required members in the order of their declaration");
        return std::make_from_tuple<T>(required_arguments<takes_all, takes_maps>(fields_of<T>{}));
    }
}

} // namespace intheloop::codec::detail

#endif
