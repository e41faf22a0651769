// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_PARAMETERS_HPP
#define INTHELOOP_ENDPOINT_PARAMETERS_HPP

#include <intheloop/endpoint/detail/slot.hpp>
#include <intheloop/endpoint/detail/type_name.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop {

// The parts of parameters<> and fields<>: each has a name, which is the one on the wire, and a
// type.

// Stands in the path, in the place of the placeholder {Name} of the route.
template <fixed_string Name, class T>
struct path_parameter : detail::slot_field<Name, T> {
    static constexpr detail::place where = detail::place::path;
};
// Stands in the query. A std::vector repeats the name, or with a separator (a comma, a space or a
// bar) joins its elements.
template <fixed_string Name, class T, char Separator = '\0'>
struct query_parameter : detail::slot_field<Name, T> {
    static_assert(!Name.view().empty(), "intheloop: a parameter in the query has a name");
    static_assert(Separator == '\0' || detail::may_separate(Separator),
                  "intheloop: a list in a query is joined with a comma, a space or a bar");
    static constexpr detail::place where = detail::place::query;
    static constexpr char separator = Separator;
};
// Stands in the header Name.
template <fixed_string Name, class T>
struct header_parameter : detail::slot_field<Name, T> {
    static constexpr detail::place where = detail::place::header;
    static constexpr std::string_view header_name = Name.view();
};
// Is the whole body. The name is for programs and errors; it is not sent. An empty std::optional,
// or an absent nullable, is no body.
template <fixed_string Name, class T>
struct body_parameter : detail::slot_field<Name, T> {
    static constexpr detail::place where = detail::place::whole_body;
};
// Is a member of a JSON object: of the one that fields<> describes, or among parameters<> of the
// body.
template <fixed_string Name, class T>
struct json_field : detail::slot_field<Name, T> {};

namespace detail {

template <class T>
inline constexpr bool is_json_field = false;
template <fixed_string Name, class T>
inline constexpr bool is_json_field<json_field<Name, T>> = true;
template <class T>
inline constexpr bool is_parameter = is_json_field<T> || requires {
    typename T::slot_type;
    T::where;
};

// The base of a type with wrong parts, which says so itself and has no other error.
template <bool NamesDiffer>
struct no_slots {
    using members = field_list<>;
    using names = detail::names<>;
    static constexpr bool names_differ = NamesDiffer;
    template <fixed_string>
    using type_of = no_value;
};

template <bool ArePartsRight, class... Parts>
struct make_slots {
    using type = no_slots<true>;
};
template <class... Parts>
struct make_slots<true, Parts...> {
    using required = typename required_fields<field_list<>, Parts...>::type;
    using type = std::conditional_t<wire_names_unique(field_list<Parts...>{}),
                                    slots<field_list<Parts...>, required>, no_slots<false>>;
};

template <class... Parts>
inline constexpr bool are_parameters = (is_parameter<Parts> && ... && true);
template <class... Parts>
inline constexpr bool are_json_fields = (is_json_field<Parts> && ... && true);

} // namespace detail

// The request of an endpoint, without a class that is written for it: the constructor takes those
// parameters that are no std::optional, nullable, list or map, in order.
//
//     inline constexpr intheloop::endpoint<
//         intheloop::verb::get, "/api/v1/card/{id}",
//         intheloop::parameters<intheloop::path_parameter<"id", std::string>,
//                               intheloop::query_parameter<"sizeComments", std::optional<int>>>,
//         intheloop::fields<intheloop::json_field<"id", std::string>,
//                           intheloop::json_field<"$type", std::string>>>
//         get_card{};
//
//     intheloop::request_of<get_card> request("card_1");
//     request.set<"sizeComments">(5);
//
// A wrong name does not compile, and the message lists those that there are.
template <class... Parameters>
class parameters
    : public detail::make_slots<detail::are_parameters<Parameters...>, Parameters...>::type {
    using base =
        typename detail::make_slots<detail::are_parameters<Parameters...>, Parameters...>::type;
    static_assert(detail::are_parameters<Parameters...>,
                  "intheloop: parameters<> lists path_parameter, query_parameter, "
                  "header_parameter, body_parameter and, for the members of the body, json_field");
    static_assert(base::names_differ, "intheloop: two of these parameters have the same name");

public:
    using base::base;

    // Sets a parameter; returns *this, or a temporary's value. get<"name">() returns a parameter,
    // and member<"name"> is a pointer to it, for offset_pages<> and the like.
    template <fixed_string Name>
    parameters& set(typename base::template type_of<Name> given) & {
        detail::value_in<Name>(*this) = std::move(given);
        return *this;
    }
    template <fixed_string Name>
    parameters set(typename base::template type_of<Name> given) && {
        return std::move(this->set<Name>(std::move(given)));
    }
};

// A JSON object, without a class that is written for it: a response, or a part of one or of a
// request. The constructor is as for parameters<>.
//
//     auto answer = co_await client.async_call(get_card, request);
//     std::cout << answer->get<"$type">() << '\n';
template <class... Fields>
class fields : public detail::make_slots<detail::are_json_fields<Fields...>, Fields...>::type {
    using base = typename detail::make_slots<detail::are_json_fields<Fields...>, Fields...>::type;
    static_assert(detail::are_json_fields<Fields...>, "intheloop: fields<> lists json_field");
    static_assert(base::names_differ, "intheloop: two of these fields have the same name");

public:
    using base::base;

    // Sets a field; returns *this, or a temporary's value. get<"name">() returns a field, and
    // member<"name"> is a pointer to it.
    template <fixed_string Name>
    fields& set(typename base::template type_of<Name> given) & {
        detail::value_in<Name>(*this) = std::move(given);
        return *this;
    }
    template <fixed_string Name>
    fields set(typename base::template type_of<Name> given) && {
        return std::move(this->set<Name>(std::move(given)));
    }
};

namespace detail {

template <class... Parameters>
inline constexpr bool is_parameters<parameters<Parameters...>> = true;

// Texts name these types in short, and descriptions by their parts: "id, sizeComments" and
// "{id, $type}".
template <class... Parameters>
inline constexpr std::string_view given_name<parameters<Parameters...>> = "parameters";
template <class... Fields>
inline constexpr std::string_view given_name<fields<Fields...>> = "fields";

template <class Out, class... Parts>
constexpr void append_names(Out& out, field_list<Parts...>) {
    [[maybe_unused]] std::string_view separator;
    ((out.append(separator), out.append(Parts::wire_name), separator = ", "), ...);
}
template <class... Parameters>
struct display_name<parameters<Parameters...>> {
    template <class Out>
    static constexpr void append(Out& out) {
        append_names(out, typename parameters<Parameters...>::members{});
    }
};
template <class... Fields>
struct display_name<fields<Fields...>> {
    template <class Out>
    static constexpr void append(Out& out) {
        out.append("{");
        append_names(out, typename fields<Fields...>::members{});
        out.append("}");
    }
};

} // namespace detail
} // namespace intheloop

#endif
