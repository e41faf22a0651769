// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_DETAIL_SLOT_HPP
#define INTHELOOP_ENDPOINT_DETAIL_SLOT_HPP

// The members of types that are made of names: parameters<> and fields<>.

#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop::detail {

// Holds one member, as a base class of its type: so a pointer to it is `&slot<...>::value`, the
// same for all types with such a member.
template <fixed_string Name, class T>
struct slot {
    slot() {}
    explicit slot(T given) : value(std::move(given)) {}

    T value{};
};

// A described member that has its name from its type; see `field`.
template <fixed_string Name, class T>
struct slot_field {
    using slot_type = slot<Name, T>;
    using class_type = slot_type;
    using value_type = T;
    static constexpr auto pointer = &slot_type::value;
    static constexpr fixed_string name = Name;
    static constexpr std::string_view wire_name = Name.view();
    static constexpr std::string_view cpp_name = wire_name;
};

template <class... Fields>
struct make_field_list<field_list<Fields...>> {
    using type = field_list<Fields...>;
    using nameless = type;
};

// A member that stands in the constructor: as for a written class, all but those that may be absent
// and those that may be empty.
template <class T>
inline constexpr bool is_required = !may_be_absent<T> && !is_list<T> && !is_map<T>;

template <class Required, class... Others>
struct required_fields {
    using type = Required;
};
template <class... Required, class First, class... Others>
struct required_fields<field_list<Required...>, First, Others...>
    : required_fields<std::conditional_t<is_required<typename First::value_type>,
                                         field_list<Required..., First>, field_list<Required...>>,
                      Others...> {};

// The names of a type, for the compiler's message.
template <fixed_string... Names>
struct names;
template <fixed_string Name, class Names, bool IsThere = false>
struct check_name {
    static constexpr bool ok = IsThere;
    static_assert(IsThere,
                  "intheloop: this type has no such name: the name stands in check_name<name, "
                  "names<...>> here, and in names<...> those that there are");
};

// Takes the place of the member that a wrong name does not have, so that no other error follows.
struct no_value {
    template <class... T>
    no_value(T const&...);
    template <class T>
    operator T() const;
};
struct no_slot {
    static no_value value;
};

// Finds the slot with a name.
template <fixed_string Name, class T>
slot<Name, T> slot_with(slot<Name, T> const*);
template <fixed_string Name, class Slots>
struct find_slot {
    static_assert(!check_name<Name, typename Slots::names>::ok);
    using type = no_slot;
};
template <fixed_string Name, class Slots>
    requires requires(Slots const* all) {
        slot_with<Name>(all);
    }
struct find_slot<Name, Slots> {
    using type = decltype(slot_with<Name>(static_cast<Slots const*>(nullptr)));
};

template <fixed_string Name, class Slots>
auto& value_in(Slots& slots) {
    using found = typename find_slot<Name, std::remove_const_t<Slots>>::type;
    if constexpr (std::is_same_v<found, no_slot>)
        return found::value;
    else
        return slots.*(&found::value);
}

template <class Fields, class Required>
class slots;

// The members as base classes, in order, with a constructor that takes the required ones.
template <class... Fields, class... Required>
class slots<field_list<Fields...>, field_list<Required...>> : public Fields::slot_type... {
public:
    using members = field_list<Fields...>;
    using names = detail::names<Fields::name...>;
    static constexpr bool names_differ = true;

    explicit(sizeof...(Required) == 1) slots(typename Required::value_type... values)
        : Required::slot_type(std::move(values))... {}

    // The type of a member.
    template <fixed_string Name>
    using type_of = std::remove_reference_t<decltype(value_in<Name>(std::declval<slots&>()))>;

    // The pointer to a member, for traits that name members.
    template <fixed_string Name>
    static constexpr auto member = &find_slot<Name, slots>::type::value;

    // Returns a member; of a temporary its value.
    template <fixed_string Name>
    auto& get() & {
        return value_in<Name>(*this);
    }
    template <fixed_string Name>
    auto const& get() const& {
        return value_in<Name>(*this);
    }
    template <fixed_string Name>
    auto get() && {
        return std::move(value_in<Name>(*this));
    }
};

} // namespace intheloop::detail

#endif
