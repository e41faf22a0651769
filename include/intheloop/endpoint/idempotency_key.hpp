// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_IDEMPOTENCY_KEY_HPP
#define INTHELOOP_ENDPOINT_IDEMPOTENCY_KEY_HPP

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <cstddef>
#include <string_view>

namespace intheloop {

// A trait of an endpoint: sends a random key in the header of this name, the same in all attempts
// of a call. The service that knows the key acts once, however often the request comes, so the
// client repeats it like an idempotent one, whatever the verb:
//
//     inline constexpr intheloop::endpoint<intheloop::verb::post, "/api/v1/orders", order, receipt,
//                                          intheloop::idempotency_key<"Idempotency-Key">> buy{};
//
// Declare it only for a service that promises this; no documented route of the API does. The key is
// the text of a UUID, without quotation marks. call_options::idempotency_key replaces it, and
// error::idempotency_key tells it. An operation that is launched twice (asio::deferred) is one call
// with one key.
template <fixed_string Name>
struct idempotency_key {};

namespace detail {

template <fixed_string Name>
struct trait_info<idempotency_key<Name>> : plain_trait {
    static constexpr std::string_view key_header = Name.view();
};

template <class... Traits>
consteval std::size_t keys_in() {
    return (std::size_t{0} + ... + (requires { trait_info<Traits>::key_header; } ? 1 : 0));
}

// Returns the name of the header of the key; empty without one.
template <class... Traits>
consteval std::string_view key_header_of() {
    std::string_view found;
    [[maybe_unused]] auto const visit = [&]<class Trait>(trait_info<Trait>) {
        if constexpr (requires { trait_info<Trait>::key_header; })
            found = trait_info<Trait>::key_header;
    };
    (visit(trait_info<Traits>{}), ...);
    return found;
}

} // namespace detail
} // namespace intheloop

#endif
