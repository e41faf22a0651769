// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_VALUES_HPP
#define INTHELOOP_TESTS_FUZZ_VALUES_HPP

// Values of the types of an endpoint, from which seeds are made.
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/endpoint/response_header.hpp>

#include <fuzz/check.hpp>
#include <support/random_value.hpp>

#include <cstdint>
#include <string>

namespace fuzz {

// Adding its types' own samples to a type is enough for seeds; without one, random values do.
constexpr std::uint64_t random_values_of_type = 3;

template <class T>
std::string json_of(T const& value) {
    std::string text;
    auto const problem = intheloop::codec::encode_json(text, value);
    check(!problem, "a value that was read or made can be written", problem ? problem->text() : "");
    return text;
}

// Calls f(name, value) for a type's sample, or that of what an optional holds, and for random
// values.
template <class T, class F>
void for_each_value(F const& f) {
    using described = typename intheloop::detail::described_response<T>::type;
    if constexpr (requires { described::sample; }) {
        T value = intheloop::detail::make_empty<T>();
        auto const problem = intheloop::codec::decode_json(described::sample, value);
        check(!problem, "a type's sample is a value of it", problem ? problem->text() : "");
        f(std::string("sample"), value);
    }
    for (std::uint64_t seed = 0; seed != random_values_of_type; ++seed) {
        support::generator from(seed);
        f("random" + std::to_string(seed), support::make_random<T>(from));
    }
}

} // namespace fuzz

#endif
