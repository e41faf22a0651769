// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_CATALOG_HPP
#define INTHELOOP_ENDPOINT_CATALOG_HPP

#include <intheloop/base/detail/fnv_1a.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/route.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>

namespace intheloop {

namespace detail {

// Finds a repeated text. Hashes, since a compiler evaluates each step: comparing all pairs of texts
// would dominate the compile time of a large catalog.
template <std::size_t Size>
class distinct_texts {
public:
    // Returns false if the text was added before with the same mark and the same second text.
    consteval bool add(std::string_view text, unsigned char mark = 0,
                       std::string_view second = {}) {
        auto at = static_cast<std::size_t>((fnv_1a(text) ^ mark) % slots);
        while (!texts_[at].empty()) {
            if (marks_[at] == mark && texts_[at] == text && seconds_[at] == second)
                return false;
            at = (at + 1) % slots;
        }
        texts_[at] = text;
        marks_[at] = mark;
        seconds_[at] = second;
        return true;
    }

private:
    static constexpr std::size_t slots = 2 * Size + 1;

    std::string_view texts_[slots]{};
    std::string_view seconds_[slots]{};
    unsigned char marks_[slots]{};
};

// A route with a mark in the place of each placeholder. Routes of one shape match the same paths.
template <std::size_t Size>
class route_shape {
public:
    explicit consteval route_shape(auto const& pieces) {
        for (route_piece const& piece : pieces)
            if (piece.is_placeholder)
                text_[size_++] = placeholder_mark;
            else
                for (char const c : piece.text)
                    text_[size_++] = c;
    }
    constexpr std::string_view view() const { return {text_, size_}; }

private:
    char text_[Size + 1]{};
    std::size_t size_ = 0;
};
template <class Endpoint>
inline constexpr route_shape<Endpoint::route.size()> shape_of{Endpoint::pieces};

} // namespace detail

// A list of endpoints, from which programs and documents can be generated. Each endpoint needs a
// unique name, operation<"group.name">:
//
//     inline constexpr intheloop::catalog<get_card, list_contacts> my_endpoints{};
//     inline constexpr auto all = intheloop::documented_endpoints + my_endpoints;
//     all.for_each([](auto endpoint) { std::cout << endpoint.description() << '\n'; });
template <auto... Endpoints>
class catalog {
    static_assert((detail::endpoint_type<decltype(Endpoints)> && ... && true),
                  "intheloop: a catalog lists endpoints");

    static consteval bool routes_unique() {
        detail::distinct_texts<sizeof...(Endpoints)> seen;
        return (seen.add(detail::shape_of<std::remove_cvref_t<decltype(Endpoints)>>.view(),
                         static_cast<unsigned char>(Endpoints.method), Endpoints.origin) &&
                ... && true);
    }
    static_assert(routes_unique(), "intheloop: a catalog lists the same verb and route twice (the "
                                   "names of its placeholders make no other route)");

    static_assert((!Endpoints.operation.empty() && ... && true),
                  "intheloop: an endpoint of a catalog has a name: give it "
                  "operation<\"group.name\">");

    static consteval bool operations_unique() {
        detail::distinct_texts<sizeof...(Endpoints)> seen;
        return ((Endpoints.operation.empty() || seen.add(Endpoints.operation)) && ... && true);
    }
    static_assert(operations_unique(),
                  "intheloop: a catalog lists two endpoints with the same operation<>");

public:
    static constexpr std::size_t size() { return sizeof...(Endpoints); }
    // Returns the type-independent description of each endpoint, in order.
    static constexpr std::array<endpoint_info, sizeof...(Endpoints)> infos() {
        return {Endpoints.info()...};
    }

    // Calls f(endpoint) for each endpoint, in order.
    template <class F>
    static constexpr void for_each(F&& f) {
        (f(Endpoints), ...);
    }

    // Concatenates two catalogs.
    template <auto... Others>
    constexpr catalog<Endpoints..., Others...> operator+(catalog<Others...>) const {
        return {};
    }
};

} // namespace intheloop

#endif
