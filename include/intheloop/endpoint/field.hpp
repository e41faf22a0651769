// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_FIELD_HPP
#define INTHELOOP_ENDPOINT_FIELD_HPP

#include <intheloop/endpoint/detail/type_name.hpp>
#include <intheloop/endpoint/fixed_string.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace intheloop {

// Lists the data members of a type, all of them and in the order of their declaration, so that the
// library can read and write it. Describe a type from within,
//
//     struct contact {
//         std::string id;
//         std::vector<std::string> tag_ids;                              // "tagIds" on the wire
//         std::string type;
//         using members = intheloop::members<&contact::id, &contact::tag_ids,
//                                            intheloop::renamed<&contact::type, "$type">>;
//     };
//
// or from outside, by specializing intheloop::describe<contact>.
template <auto... Members>
struct members {
    static constexpr std::size_t size = sizeof...(Members);
};

// The type of `renamed`.
template <auto Member, fixed_string WireName>
struct renamed_member {};

// Gives a member another name on the wire than the camelCase form of its own name.
template <auto Member, fixed_string WireName>
inline constexpr renamed_member<Member, WireName> renamed{};

// The description of a type: its own `members`. For a type that is not yours, specialize it with
// `using members = intheloop::members<&type::member, ...>;`.
template <class T>
struct describe {};

// The description of a type with its own `members`.
template <class T>
    requires requires {
        typename T::members;
    }
struct describe<T> {
    using members = typename T::members;
};

// A problem that Request::validate() found: the member (by its name on the wire) and a message.
// validate() returns nothing for a valid request.
struct invalid_member {
    std::string_view wire_name;
    std::string_view problem; // "lies before the start"
};

namespace detail {

template <class T>
concept described = requires {
    typename describe<T>::members;
};

template <class T>
inline constexpr bool is_parameters = false; // parameters<>, a request and nothing else

// Returns "tagIds" for tag_ids; drops a trailing underscore (delete_).
template <auto Member>
consteval auto camel_case() {
    text_buffer<member_name<Member>().size()> camel;
    bool raise = false;
    for (char c : member_name<Member>()) {
        if (c == '_') {
            raise = camel.size != 0;
            continue;
        }
        char const written = raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        camel.append(std::string_view(&written, 1));
        raise = false;
    }
    return camel;
}

template <class Pointer>
struct member_pointer_traits;
template <class Class, class Value>
struct member_pointer_traits<Value Class::*> {
    using class_type = Class;
    using value_type = Value;
};

// One described member: its pointer and its type. (Names cost the compiler much more.)
template <auto Member>
struct nameless_field {
    static constexpr auto pointer = Member;
    using class_type = typename member_pointer_traits<decltype(Member)>::class_type;
    using value_type = typename member_pointer_traits<decltype(Member)>::value_type;
};

// One described member with its names.
template <auto Member>
struct field : nameless_field<Member> {
    static constexpr std::string_view cpp_name = member_name<Member>();
    static constexpr auto camel = camel_case<Member>();
    static constexpr std::string_view wire_name = camel.view();
};

template <auto Member, fixed_string WireName>
struct renamed_field : field<Member> {
    static constexpr std::string_view wire_name = WireName.view();
};

template <auto Entry, class Type = std::remove_const_t<decltype(Entry)>>
struct field_of {
    using type = field<Entry>;
    using nameless = nameless_field<Entry>;
};
template <auto Entry, auto Member, fixed_string WireName>
struct field_of<Entry, renamed_member<Member, WireName>> {
    using type = renamed_field<Member, WireName>;
    using nameless = nameless_field<Member>;
};

template <class... Fields>
struct field_list {
    static constexpr std::size_t size = sizeof...(Fields);

    // Calls f(Field{}) for each field, in order.
    template <class F>
    static constexpr void for_each(F&& f) {
        (f(Fields{}), ...);
    }
};

template <class Members>
struct make_field_list;
template <auto... Members>
struct make_field_list<members<Members...>> {
    using type = field_list<typename field_of<Members>::type...>;
    using nameless = field_list<typename field_of<Members>::nameless...>;
};

template <class T>
using fields_of = typename make_field_list<typename describe<T>::members>::type;

template <class T>
using nameless_fields_of = typename make_field_list<typename describe<T>::members>::nameless;

// Compares member pointers, which differ if their types do.
template <auto A, auto B>
inline constexpr bool same_member = false;
template <auto A>
inline constexpr bool same_member<A, A> = true;

// Checks that the listed members, laid out in order, are as large as the type, which reveals a
// forgotten or misplaced member. (Padding can hide a small one; types with base classes are not
// checked.)
template <class T, class... Fields>
consteval bool covers_type(field_list<Fields...>) {
    if constexpr (sizeof...(Fields) == 0) {
        return std::is_empty_v<T>;
    } else if constexpr (!(std::is_same_v<typename Fields::class_type, T> && ...)) {
        return true;
    } else {
        std::size_t end = 0;
        auto const place = [&](std::size_t size, std::size_t alignment) {
            end = (end + alignment - 1) / alignment * alignment + size;
        };
        (place(sizeof(typename Fields::value_type), alignof(typename Fields::value_type)), ...);
        return (end + alignof(T) - 1) / alignof(T) * alignof(T) == sizeof(T);
    }
}

template <class T, std::size_t Size>
consteval bool all_differ(std::array<T, Size> const& values) {
    for (std::size_t i = 0; i != Size; ++i)
        for (std::size_t j = i + 1; j != Size; ++j)
            if (values[i] == values[j])
                return false;
    return true;
}

template <class... Fields>
consteval bool wire_names_unique(field_list<Fields...>) {
    return all_differ(std::array<std::string_view, sizeof...(Fields)>{Fields::wire_name...});
}

// Instantiated for each type in an endpoint.
template <class T>
struct check_coverage {
    static_assert(described<T>, "intheloop: this type is not described: list its data members, "
                                "using members = intheloop::members<&type::member, ...>");
    static_assert(covers_type<T>(nameless_fields_of<T>{}),
                  "intheloop: the description does not cover this type: list every data member, in "
                  "the order of declaration");
    static constexpr bool ok = true;
};

// Instantiated for each type that is read or written.
template <class T>
struct check_description {
    static_assert(check_coverage<T>::ok);
    static_assert(wire_names_unique(fields_of<T>{}),
                  "intheloop: two members of this type have the same name on the wire");
    static constexpr bool ok = true;
};

} // namespace detail
} // namespace intheloop

#endif
