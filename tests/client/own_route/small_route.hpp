// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
// All that routes take whose types are made by their descriptors.
#pragma once
#include <intheloop/endpoint/catalog.hpp>

#include <optional>
#include <string>
#include <vector>

namespace small {
using namespace intheloop;

inline constexpr endpoint<
    verb::get, "/api/v1/card/{id}",
    parameters<path_parameter<"id", std::string>,
               query_parameter<"sizeComments", std::optional<int>>,
               query_parameter<"tagIds", std::vector<std::string>, ','>,
               header_parameter<"X-Trace", std::optional<std::string>>>,
    fields<json_field<"id", std::string>, json_field<"$type", std::string>,
           json_field<"owner", nullable<fields<json_field<"name", std::string>>>>>,
    observed, operation<"cards.get_card">, summary<"One card">>
    get_card{};

inline constexpr endpoint<
    verb::post, "/api/v1/card/{id}/comment",
    parameters<path_parameter<"id", std::string>, json_field<"text", std::string>,
               json_field<"notify", std::optional<bool>>>,
    std::optional<fields<json_field<"id", std::string>>>, observed, operation<"cards.add_comment">>
    add_comment{};

using page = parameters<query_parameter<"offset", std::optional<int>>>;
using cards = fields<json_field<"resources", std::vector<fields<json_field<"id", std::string>>>>,
                     json_field<"totalSize", std::optional<int>>>;
inline constexpr endpoint<
    verb::get, "/api/v1/card/list", page, cards, observed, operation<"cards.list_cards">,
    offset_pages<page::member<"offset">, cards::member<"resources">, cards::member<"totalSize">>>
    list_cards{};

inline constexpr catalog<get_card, add_comment, list_cards> endpoints{};

} // namespace small
