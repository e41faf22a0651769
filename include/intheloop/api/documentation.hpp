// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_API_DOCUMENTATION_HPP
#define INTHELOOP_API_DOCUMENTATION_HPP

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace intheloop::documentation {

// A question to the vendor's documentation (documented).
class ask_request {
public:
    explicit ask_request(std::string question) : ask(std::move(question)) {}

    std::string ask; // specific, self-contained, in natural language

    static constexpr member_note notes[] = {
        {"ask", "The question: specific, self-contained, in natural language."}};
    static constexpr std::string_view sample =
        R"({"ask":"How long is the address of an export valid?"})";

    using members = intheloop::members<&ask_request::ask>;
};

// Asks the vendor's documentation a question. The answer is a text for people: a direct answer with
// excerpts and sources (documented). Its content type is text or markdown (inferred).
//
// It lies on another host than the API, and no credentials go there. The question is part of the
// address, which servers and proxies may log: put no secret into it.
inline constexpr endpoint<verb::get, "/api-reference.md", ask_request, raw_body,
                          query<&ask_request::ask>, origin<"https://docs.intheloop.io">,
                          operation<"documentation.ask">, idempotent, documented,
                          summary<"Ask the documentation a question">>
    ask{};

} // namespace intheloop::documentation

#endif
