// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_STATUSES_HPP
#define INTHELOOP_ENDPOINT_STATUSES_HPP

#include <intheloop/endpoint/traits.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace intheloop {

// Trait of an endpoint: names statuses that mean success, besides 200 and 201, which always do.
//
//     loop::endpoint<loop::verb::delete_, "/api/v1/card/{id}", card_request, std::optional<card>,
//                    loop::success<204, 202>>
//
// A response without a body, as a 204 always is, leaves a std::optional empty.
template <unsigned... Statuses>
struct success {};

// Trait of an endpoint: names the type of the body of error responses with this status, from 400 to
// 599. error::body_as<Body>() returns it. One trait for each status.
//
//     loop::error_body<404, missing_card>, loop::error_body<422, card_problem>
template <unsigned Status, class Body>
struct error_body {};

namespace detail {

template <unsigned... Statuses>
struct trait_info<success<Statuses...>> : plain_trait {
    static constexpr std::array<unsigned, sizeof...(Statuses)> successes{Statuses...};
};
template <unsigned Status, class Body>
struct trait_info<error_body<Status, Body>> : plain_trait {
    using error_type = Body;
    static constexpr unsigned error_status = Status;
};

template <class Info>
concept says_success = requires {
    Info::successes;
};
template <class Info>
concept says_error_body = requires {
    typename Info::error_type;
};

// Tells whether a status is a success of every endpoint (documented).
constexpr bool is_usual_success(unsigned status) {
    return status == 200 || status == 201;
}
// Tells whether a response of this status never has a body (RFC 9110).
constexpr bool never_has_body(unsigned status) {
    return status == 204 || status == 205;
}

// Calls f(status) for each status that success<> names.
template <class... Traits, class F>
constexpr void for_each_success(F f) {
    [[maybe_unused]] auto const visit = [&]<class Info>(Info) {
        if constexpr (says_success<Info>)
            for (unsigned const status : Info::successes)
                f(status);
    };
    (visit(trait_info<Traits>{}), ...);
}

template <class... Traits>
consteval auto further_success_of() {
    constexpr std::size_t count = [] {
        std::size_t found = 0;
        for_each_success<Traits...>([&](unsigned status) { found += !is_usual_success(status); });
        return found;
    }();
    std::array<std::uint16_t, count> statuses{};
    [[maybe_unused]] std::size_t next = 0;
    for_each_success<Traits...>([&](unsigned status) {
        if (!is_usual_success(status))
            statuses[next++] = static_cast<std::uint16_t>(status);
    });
    return statuses;
}

// The error_body traits among the traits of an endpoint.
template <class... ErrorBodies>
struct error_body_list {
    static constexpr std::size_t size = sizeof...(ErrorBodies);

    // Calls f(trait_info) for each: with its error_type and its error_status.
    template <class F>
    static constexpr void for_each(F&& f) {
        (f(trait_info<ErrorBodies>{}), ...);
    }
};
template <class List, class... Traits>
struct error_bodies_in {
    using type = List;
};
template <class... Found, class First, class... Others>
struct error_bodies_in<error_body_list<Found...>, First, Others...>
    : std::conditional_t<says_error_body<trait_info<First>>,
                         error_bodies_in<error_body_list<Found..., First>, Others...>,
                         error_bodies_in<error_body_list<Found...>, Others...>> {};
template <class... Traits>
using error_bodies_of = typename error_bodies_in<error_body_list<>, Traits...>::type;

} // namespace detail
} // namespace intheloop

#endif
