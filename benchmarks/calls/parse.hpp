// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_PARSE_HPP
#define INTHELOOP_BENCHMARKS_CALLS_PARSE_HPP

// For the programs without this library: reads the answer's JSON into values, and checks them.

#include "calls.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace calls {

inline void parse_and_check(unsigned status, std::string_view body) {
    if (status != 200)
        throw std::runtime_error("status " + std::to_string(status));
    unsigned char memory[2048];
    boost::json::monotonic_resource resource(memory, sizeof memory);
    auto const answer = boost::json::parse({body.data(), body.size()}, &resource);
    std::string_view const state = answer.at("status").as_string();
    check(std::string_view(answer.at("id").as_string()), state);
}

} // namespace calls

#endif
