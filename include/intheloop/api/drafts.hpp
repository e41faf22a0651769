// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_API_DRAFTS_HPP
#define INTHELOOP_API_DRAFTS_HPP

#include <intheloop/endpoint/endpoint.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string_view>
#include <utility>

namespace intheloop::drafts {

// The draft to create. The vendor documents no schema, so it is an open JSON object.
class create_request {
public:
    create_request() {}
    explicit create_request(boost::json::object draft) : content(std::move(draft)) {}

    boost::json::object content;

    static constexpr member_note notes[] = {
        {"content", "The draft. Its schema is not documented."}};
    static constexpr std::string_view sample = R"({"content":{}})";

    using members = intheloop::members<&create_request::content>;
};

// Creates a draft. The path has no "/api" (documented). The status is 200 or 201. The response may
// have no body; its value is then empty.
inline constexpr endpoint<verb::post, "/v1/drafts", create_request,
                          std::optional<boost::json::value>, body<&create_request::content>,
                          operation<"drafts.create_draft">, not_idempotent, documented,
                          summary<"Create a draft">>
    create_draft{};

} // namespace intheloop::drafts

#endif
