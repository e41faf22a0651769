// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_CATALOG_HPP
#define INTHELOOP_ENDPOINT_CATALOG_HPP

#include <intheloop/endpoint/endpoint.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace intheloop {

// A list of endpoints, from which programs and documents can be made. Each of them has a name,
// operation<"group.name">, that no other has:
//
//     inline constexpr intheloop::catalog<get_card, list_contacts> my_endpoints{};
//     inline constexpr auto all = intheloop::documented_endpoints + my_endpoints;
//     all.for_each([](auto endpoint) { std::cout << endpoint.description() << '\n'; });
template <auto... Endpoints>
class catalog {
    static_assert((detail::endpoint_type<decltype(Endpoints)> && ... && true),
                  "intheloop: a catalog lists endpoints");

    static consteval bool routes_unique() {
        std::array<endpoint_info, sizeof...(Endpoints)> const all{Endpoints.info()...};
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::size_t j = i + 1; j < all.size(); ++j)
                if (all[i].verb == all[j].verb && all[i].route == all[j].route)
                    return false;
        return true;
    }
    static_assert(routes_unique(), "intheloop: a catalog lists the same verb and route twice");

    static_assert((!Endpoints.operation.empty() && ... && true),
                  "intheloop: an endpoint of a catalog has a name: give it "
                  "operation<\"group.name\">");

    static consteval bool operations_unique() {
        std::array<std::string_view, sizeof...(Endpoints)> const names{Endpoints.operation...};
        for (std::size_t i = 0; i < names.size(); ++i)
            for (std::size_t j = i + 1; j < names.size(); ++j)
                if (!names[i].empty() && names[i] == names[j])
                    return false;
        return true;
    }
    static_assert(operations_unique(),
                  "intheloop: a catalog lists two endpoints with the same operation<>");

public:
    static constexpr std::size_t size() { return sizeof...(Endpoints); }
    static constexpr std::array<endpoint_info, sizeof...(Endpoints)> infos() {
        return {Endpoints.info()...};
    }

    // Calls f(endpoint) for each, in order.
    template <class F>
    static constexpr void for_each(F&& f) {
        (f(Endpoints), ...);
    }

    // This catalog's endpoints, then the other's.
    template <auto... Others>
    constexpr catalog<Endpoints..., Others...> operator+(catalog<Others...>) const {
        return {};
    }
};

} // namespace intheloop

#endif
