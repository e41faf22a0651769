// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DETAIL_MAKE_EMPTY_HPP
#define INTHELOOP_ENDPOINT_DETAIL_MAKE_EMPTY_HPP

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>

#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

namespace intheloop::detail {

// The most members of a type that is read from JSON.
inline constexpr std::size_t most_members_read = 64;

// A member that may be absent.
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

template <class T, bool TakesLists, bool TakesMaps>
inline constexpr bool takes_required =
    takes<T, decltype(required_arguments<TakesLists, TakesMaps>(fields_of<T>{}))>;

// Checks that an object to decode into can be created. A type without a default constructor takes
// its required members in its constructor, in the order of their declaration; like a request's, the
// constructor may leave out lists, or lists and maps.
template <class T>
consteval bool can_be_empty() {
    if constexpr (std::default_initializable<T> || !described<T>)
        return std::default_initializable<T>;
    else
        return takes_required<T, true, true> || takes_required<T, false, true> ||
               takes_required<T, false, false>;
}

template <class T>
struct check_empty {
    static_assert(can_be_empty<T>(),
                  "intheloop: to be read, this type needs a default constructor, or one that "
                  "takes its required members in the order of their declaration");
    static constexpr bool ok = true;
};

// Creates an object to decode into.
template <class T>
T make_empty() {
    if constexpr (std::default_initializable<T>) {
        return T();
    } else {
        static_assert(check_empty<T>::ok);
        constexpr bool takes_all = takes_required<T, true, true>;
        constexpr bool takes_maps = takes_all || takes_required<T, false, true>;
        return std::make_from_tuple<T>(required_arguments<takes_all, takes_maps>(fields_of<T>{}));
    }
}

} // namespace intheloop::detail

#endif
