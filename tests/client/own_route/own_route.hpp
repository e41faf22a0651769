// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
// All that a route of one's own takes.
#pragma once
#include <intheloop/endpoint/catalog.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mine {

class list_request {
public:
    explicit list_request(std::string of_user) : user(std::move(of_user)) {}
    std::string user;
    std::optional<int> size;
    std::vector<std::string> contact_ids;
    static constexpr intheloop::member_note notes[] = {{"size", "How many at most."}};
    static constexpr std::string_view sample = R"({"user":"u1","size":2,"contactIds":["a","b"]})";
    using members =
        intheloop::members<&list_request::user, &list_request::size, &list_request::contact_ids>;
};

struct contact {
    std::string id;
    static constexpr std::string_view sample = R"({"id":"a"})";
    using members = intheloop::members<&contact::id>;
};

inline constexpr intheloop::endpoint<
    intheloop::verb::get, "/api/v1/user/{user}/contacts", list_request, contact,
    intheloop::query<&list_request::size, &list_request::contact_ids>, intheloop::observed,
    intheloop::operation<"contacts.of_user">, intheloop::summary<"Contacts of a user">>
    list_contacts{};

inline constexpr intheloop::catalog<list_contacts> endpoints{};

} // namespace mine
