// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
// A route whose traits tell of its answers: their statuses, bodies and headers.
#pragma once
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/open_enum.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace own {

class card_request {
public:
    explicit card_request(std::string of_id) : id(std::move(of_id)) {}
    std::string id;
    static constexpr std::string_view sample = R"({"id":"c1"})";
    using members = intheloop::members<&card_request::id>;
};

class region : public intheloop::open_enum<region> {
public:
    enum value_type : unsigned char { unknown, eu };
    static constexpr std::string_view texts[] = {"Eu"};
    region() = default;
    region(value_type value) : open_enum(value) {}
};

struct card {
    std::string id;
    std::int64_t total;
    std::optional<std::string> tag;
    std::optional<own::region> region;
    static constexpr intheloop::member_note notes[] = {{"total", "How many there were."}};
    static constexpr std::string_view sample = R"({"id":"c1","total":3,"tag":"v1"})";
    using members = intheloop::members<&card::id, &card::total, &card::tag, &card::region>;
};

struct missing_card {
    std::string id;
    static constexpr std::string_view sample = R"({"id":"c1"})";
    using members = intheloop::members<&missing_card::id>;
};
struct problem {
    std::string message;
    std::vector<std::string> fields;
    using members = intheloop::members<&problem::message, &problem::fields>;
};

inline constexpr intheloop::endpoint<
    intheloop::verb::delete_, "/api/v1/card/{id}", card_request, std::optional<card>,
    intheloop::success<204, 202>, intheloop::error_body<404, missing_card>,
    intheloop::error_body<422, problem>, intheloop::response_header<"X-Total-Count", &card::total>,
    intheloop::response_header<"ETag", &card::tag>,
    intheloop::response_header<"X-Region", &card::region>, intheloop::observed,
    intheloop::operation<"cards.delete_card">, intheloop::summary<"Delete a card">>
    delete_card{};

// All of it comes from headers.
struct card_facts {
    std::uint32_t total;
    std::optional<std::string> tag;
    using members = intheloop::members<&card_facts::total, &card_facts::tag>;
};
inline constexpr intheloop::endpoint<
    intheloop::verb::head, "/api/v1/card/{id}", card_request, card_facts,
    intheloop::response_header<"X-Total-Count", &card_facts::total>,
    intheloop::response_header<"ETag", &card_facts::tag>,
    intheloop::operation<"cards.look_at_card">>
    look_at_card{};

inline constexpr intheloop::endpoint<intheloop::verb::get, "/api/v1/card/{id}/file", card_request,
                                     intheloop::raw_body, intheloop::success<202, 204>,
                                     intheloop::error_body<404, missing_card>,
                                     intheloop::operation<"cards.get_file">>
    get_file{};

// Pages whose total comes in a header.
class list_request {
public:
    list_request() {}
    std::optional<int> offset;
    using members = intheloop::members<&list_request::offset>;
};
struct card_page {
    std::vector<std::string> resources;
    int total;
    using members = intheloop::members<&card_page::resources, &card_page::total>;
};
inline constexpr intheloop::endpoint<
    intheloop::verb::get, "/api/v1/card/list", list_request, card_page,
    intheloop::query<&list_request::offset>,
    intheloop::offset_pages<&list_request::offset, &card_page::resources, &card_page::total>,
    intheloop::response_header<"X-Total-Count", &card_page::total>,
    intheloop::operation<"cards.list_cards">>
    list_cards{};

inline constexpr intheloop::catalog<delete_card, look_at_card, get_file, list_cards> endpoints{};

} // namespace own
