// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A route that is not documented, told to the compiler in one declaration: without a class that is
// written for it, and with all that the service may answer.
#pragma once
#include <intheloop/endpoint/endpoint.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace mine {
using namespace intheloop;

using tagged = fields<json_field<"id", std::string>, json_field<"tags", std::int64_t>>;
using problem = fields<json_field<"field", std::string>, json_field<"problem", std::string>>;

inline constexpr endpoint<
    verb::post, "/api/v1/card/{id}/tag",
    parameters<path_parameter<"id", std::string>, json_field<"tagId", std::string>>,
    std::optional<tagged>, success<204>, error_body<422, problem>,
    response_header<"X-Total-Count", tagged::member<"tags">>, idempotency_key<"Idempotency-Key">,
    intheloop::observed, operation<"cards.tag_card">, summary<"Tag a card">>
    tag_card{};

} // namespace mine
