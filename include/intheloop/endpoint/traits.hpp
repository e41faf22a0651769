// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_TRAITS_HPP
#define INTHELOOP_ENDPOINT_TRAITS_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/route.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace intheloop {

// The method of a request.
enum class verb : unsigned char { get, head, post, put, patch, delete_ };

// Returns the method as in a request: "GET".
constexpr std::string_view to_string(verb v) {
    constexpr std::string_view names[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    return names[static_cast<std::size_t>(v)];
}

// The source of a fact about the API: stated in the vendor's reference, inferred from it, or only
// observed in use.
enum class certainty : unsigned char { documented, inferred, observed };

// Returns "documented", "inferred" or "observed".
constexpr std::string_view to_string(certainty c) {
    constexpr std::string_view names[] = {"documented", "inferred", "observed"};
    return names[static_cast<std::size_t>(c)];
}

// A note on a member for documents. A type may have notes for its own members, in any order,
//
//     static constexpr intheloop::member_note notes[] = {{"id", "A UUID in the samples."}};
//
// and a sample of itself as JSON, with the names on the wire (for a request: all its members,
// wherever they are sent):
//
//     static constexpr std::string_view sample = R"({"id":"1"})";
struct member_note {
    std::string_view wire_name;
    std::string_view text;                                             // a sentence
    intheloop::certainty certainty = intheloop::certainty::documented; // of the text
};

// --- Traits of an endpoint ---

// Puts members into the query; a list repeats the name.
template <auto... Members>
struct query {};
// Puts lists into the query, each joined with a separator: a comma, a space or a bar.
template <char Separator, auto... Members>
struct joined_query {};
// Puts a member into the header of this name.
template <fixed_string Name, auto Member>
struct header {};
// Makes a member the whole body. An empty std::optional, or an absent nullable, is no body.
template <auto Member>
struct body {};
// Names the endpoint in programs and documents: "group.name".
template <fixed_string Name>
struct operation {};
// Describes the endpoint in a few words.
template <fixed_string Text>
struct summary {};
// Allows repeating a request that may have been acted on, whatever the verb.
struct idempotent {};
// Forbids repeating it, whatever the verb.
struct not_idempotent {};
// The route is in the vendor's reference: the default.
struct documented {};
// The route is inferred from the vendor's reference.
struct inferred {};
// The route was only observed in use.
struct observed {};

// The request of an endpoint without parameters.
struct no_parameters {
    no_parameters() {}
    using members = intheloop::members<>;
};

namespace detail {

enum class place : unsigned char { path, query, header, body, whole_body, part };

constexpr bool may_separate(char c) {
    return c == ',' || c == ' ' || c == '|';
}

// A member whose own type says its place: see parameters.hpp.
template <class Field>
concept placed_by_itself = requires {
    Field::where;
};

// The effect of a trait: the members that it places, and the rest.
template <class Trait>
struct trait_info {
    static constexpr bool known = false;
};
struct plain_trait {
    static constexpr bool known = true;
    template <auto Member>
    static constexpr bool places = false;
    using listed = members<>;
};
template <auto... Members>
struct trait_info<query<Members...>> : plain_trait {
    template <auto Member>
    static constexpr bool places = (same_member<Member, Members> || ...);
    static constexpr place where = place::query;
    using listed = members<Members...>;
};
template <char Separator, auto... Members>
struct trait_info<joined_query<Separator, Members...>> : trait_info<query<Members...>> {
    static_assert(may_separate(Separator),
                  "intheloop: a list in a query is joined with a comma, a space or a bar");
    static constexpr char separator = Separator;
};
template <fixed_string Name, auto Placed>
struct trait_info<header<Name, Placed>> : plain_trait {
    template <auto Member>
    static constexpr bool places = same_member<Member, Placed>;
    static constexpr place where = place::header;
    static constexpr std::string_view header_name = Name.view();
    using listed = members<Placed>;
};
template <auto Placed>
struct trait_info<body<Placed>> : plain_trait {
    template <auto Member>
    static constexpr bool places = same_member<Member, Placed>;
    static constexpr place where = place::whole_body;
    using listed = members<Placed>;
};
template <fixed_string Name>
struct trait_info<operation<Name>> : plain_trait {
    static constexpr std::string_view operation_name = Name.view();
};
template <fixed_string Text>
struct trait_info<summary<Text>> : plain_trait {
    static constexpr std::string_view text = Text.view();
};
template <>
struct trait_info<idempotent> : plain_trait {};
template <>
struct trait_info<not_idempotent> : plain_trait {};
template <>
struct trait_info<documented> : plain_trait {};
template <>
struct trait_info<inferred> : plain_trait {};
template <>
struct trait_info<observed> : plain_trait {};

template <class Trait, class... Traits>
inline constexpr std::size_t count_of = (std::size_t{0} + ... +
                                         (std::is_same_v<Trait, Traits> ? 1 : 0));

template <fixed_string Route, class Field>
consteval bool is_placeholder() {
    for (route_piece const& piece : route_pieces<Route>)
        if (piece.is_placeholder && piece.text == Field::wire_name)
            return true;
    return false;
}

// Counts the places that the descriptor gives a member (0: it goes into the JSON body).
template <fixed_string Route, class Field, class... Traits>
consteval std::size_t explicit_places() {
    return (std::size_t{placed_by_itself<Field> || is_placeholder<Route, Field>()} + ... +
            std::size_t{trait_info<Traits>::template places<Field::pointer>});
}

template <fixed_string Route, class Field, class... Traits>
consteval place place_of() {
    if constexpr (placed_by_itself<Field>) {
        return Field::where;
    } else {
        if (is_placeholder<Route, Field>())
            return place::path;
        place found = place::body;
        [[maybe_unused]] bool is_placed = false;
        [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
            if constexpr (trait_info<Trait>::template places<Field::pointer>) {
                found = trait_info<Trait>::where;
                is_placed = true;
            } else if constexpr (requires { trait_info<Trait>::where_rest; }) {
                found = is_placed ? found : trait_info<Trait>::where_rest;
            }
        };
        (visit(trait_info<Traits>{}), ...);
        return found;
    }
}

template <class Field, class... Traits>
consteval std::string_view header_name() {
    std::string_view found;
    if constexpr (requires { Field::header_name; })
        found = Field::header_name;
    [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
        if constexpr (requires { trait_info<Trait>::header_name; })
            if constexpr (trait_info<Trait>::template places<Field::pointer>)
                found = trait_info<Trait>::header_name;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

// Returns the separator of a list in the query; NUL if each element is a parameter of its own.
template <class Field, class... Traits>
consteval char separator_of() {
    char found = '\0';
    if constexpr (requires { Field::separator; })
        found = Field::separator;
    [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
        if constexpr (requires { trait_info<Trait>::separator; })
            if constexpr (trait_info<Trait>::template places<Field::pointer>)
                found = trait_info<Trait>::separator;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

template <class... Traits>
consteval std::size_t operations_in() {
    return (std::size_t{0} + ... + (requires { trait_info<Traits>::operation_name; } ? 1 : 0));
}

template <class... Traits>
consteval std::string_view operation_of() {
    std::string_view found;
    [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
        if constexpr (requires { trait_info<Trait>::operation_name; })
            found = trait_info<Trait>::operation_name;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

// Accepts identifiers with dots between them, each beginning with a letter: "report.get_report".
constexpr bool is_operation_name(std::string_view name) {
    bool at_begin = true;
    for (char c : name) {
        if (at_begin ? !is_letter(c) : c != '.' && !is_word_char(c))
            return false;
        at_begin = c == '.';
    }
    return !at_begin;
}

template <class... Traits>
consteval std::string_view summary_of() {
    std::string_view found;
    [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
        if constexpr (requires { trait_info<Trait>::text; })
            found = trait_info<Trait>::text;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

template <class... Traits>
consteval std::size_t summaries_in() {
    return (std::size_t{0} + ... + (requires { trait_info<Traits>::text; } ? 1 : 0));
}

template <verb Verb, class... Traits>
consteval bool idempotency() {
    if (count_of<idempotent, Traits...> != 0)
        return true;
    if (count_of<not_idempotent, Traits...> != 0)
        return false;
    return Verb != verb::post && Verb != verb::patch;
}

// Tells whether at most one of documented, inferred and observed is among the traits.
template <class... Traits>
inline constexpr bool is_certain_once =
    count_of<documented, Traits...> + count_of<inferred, Traits...> +
        count_of<observed, Traits...> <=
    1;

template <class... Traits>
consteval certainty certainty_of() {
    if (count_of<observed, Traits...> != 0)
        return certainty::observed;
    return count_of<inferred, Traits...> != 0 ? certainty::inferred : certainty::documented;
}

} // namespace detail
} // namespace intheloop

#endif
