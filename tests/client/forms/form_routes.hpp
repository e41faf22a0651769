// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_FORMS_FORM_ROUTES_HPP
#define INTHELOOP_TESTS_CLIENT_FORMS_FORM_ROUTES_HPP

// Routes whose requests are forms, or a DELETE with a body.
#include <intheloop/endpoint/endpoint.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace forms {

namespace loop = intheloop;

class attach_request {
public:
    attach_request() {}
    explicit attach_request(std::string of_card) : card(std::move(of_card)) {}
    std::string card;
    std::string comment;
    std::optional<std::int64_t> position;
    std::chrono::sys_seconds created{};
    std::vector<std::string> tag_ids;
    std::optional<loop::raw_body> preview;
    std::vector<loop::raw_body> files;
    bool is_draft = false;
    using members =
        loop::members<&attach_request::card, &attach_request::comment, &attach_request::position,
                      &attach_request::created, &attach_request::tag_ids, &attach_request::preview,
                      loop::renamed<&attach_request::files, "file \"s\" \xc3\xa4">,
                      &attach_request::is_draft>;
};

// Holds a form as Werkzeug read it.
class read_part {
public:
    std::string name;
    std::optional<std::string> text;
    std::optional<std::string> file_name;
    std::optional<std::string> content_type;
    std::optional<std::int64_t> size;
    std::optional<std::string> sha256;
    using members = loop::members<&read_part::name, &read_part::text, &read_part::file_name,
                                  &read_part::content_type, &read_part::size, &read_part::sha256>;
};
class read_form {
public:
    std::string method;
    std::vector<read_part> parts;
    loop::nullable<std::int64_t> content_length;
    loop::nullable<std::string> transfer_encoding;
    using members = loop::members<&read_form::method, &read_form::parts, &read_form::content_length,
                                  &read_form::transfer_encoding>;
};

// The query takes is_draft; all others are parts.
inline constexpr loop::endpoint<loop::verb::put, "/card/{card}/files", attach_request, read_form,
                                loop::query<&attach_request::is_draft>, loop::multipart<>,
                                loop::operation<"forms.attach">>
    attach{};

class prune_request {
public:
    explicit prune_request(std::string of_card) : card(std::move(of_card)) {}
    std::string card;
    std::vector<std::string> file_ids;
    using members = loop::members<&prune_request::card, &prune_request::file_ids>;
};
inline constexpr loop::endpoint<loop::verb::delete_, "/card/{card}/files", prune_request,
                                std::optional<std::string>, loop::sends_body,
                                loop::operation<"forms.prune">>
    prune{};

class drop_request {
public:
    explicit drop_request(std::string with_reason) : reason(std::move(with_reason)) {}
    std::string reason;
    using members = loop::members<&drop_request::reason>;
};
inline constexpr loop::endpoint<loop::verb::delete_, "/files", drop_request, read_form,
                                loop::sends_body, loop::multipart<&drop_request::reason>,
                                loop::operation<"forms.drop">>
    drop{};

static_assert(attach.has_request_body && attach.sends_form && attach.is_idempotent);
static_assert(prune.has_request_body && !prune.sends_form && prune.is_idempotent);
static_assert(drop.has_request_body && drop.sends_form);

} // namespace forms

#endif
