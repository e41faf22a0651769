// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_RESPONSE_IPP
#define INTHELOOP_CODEC_IMPL_RESPONSE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/codec/detail/response.hpp>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::codec {

namespace detail {

// A text or a whole number in an error body, as text; empty for anything else.
struct loose_text {
    std::string text;
};

} // namespace detail
} // namespace intheloop::codec

template <>
inline constexpr bool intheloop::detail::may_be_absent<intheloop::codec::detail::loose_text> = true;

namespace intheloop::codec {

namespace detail {

template <>
struct json_decoder<loose_text> {
    static constexpr json_type table = {.kind = json_type::scalar,
                                        .reset = &reset_object<loose_text>,
                                        .take =
                                            [](void* out, json_scalar const& scalar) {
                                                std::string& text =
                                                    static_cast<loose_text*>(out)->text;
                                                if (scalar.kind == json_scalar::string)
                                                    text.assign(scalar.string_value);
                                                else if (scalar.kind == json_scalar::int64)
                                                    text = std::to_string(scalar.int64_value);
                                                else if (scalar.kind == json_scalar::uint64)
                                                    text = std::to_string(scalar.uint64_value);
                                                else
                                                    text.clear();
                                                return true;
                                            },
                                        .is_loose = true};
};

// The known keys of an error's message and code.
struct error_body {
    loose_text message, detail, title;
    loose_text error_code, snake_error_code, code;

    using members =
        intheloop::members<&error_body::message, &error_body::detail, &error_body::title,
                           &error_body::error_code,
                           renamed<&error_body::snake_error_code, "error_code">, &error_body::code>;
};

INTHELOOP_DECL bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
    return text.size() >= end.size() &&
           intheloop::detail::equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

// Returns the beginning of a text, enough to recognize it.
INTHELOOP_DECL std::string beginning_of(std::string_view text) {
    return intheloop::detail::shortened(text, 100);
}

INTHELOOP_DECL std::string describe_foreign_body(encoded_response const& response) {
    std::string const type(response.headers.find("Content-Type").value_or("no Content-Type"));
    if (response.body.empty())
        return {};
    bool const html = response.body.find('<') < 4 || ends_with_ignoring_case(type, "html");
    return std::string("the answer is ") + (html ? "a web page" : "not JSON") +
           ", maybe of a proxy (" + type + "), and begins with: " + beginning_of(response.body);
}

INTHELOOP_DECL void read_error_body(encoded_response const& response, json_limits limits,
                                    error& e) {
    error_body body;
    if (decode_json(response.body, body, limits)) {
        e.detail = describe_foreign_body(response);
        return;
    }
    auto const first_of = [](std::initializer_list<loose_text*> found) -> std::string {
        for (loose_text* one : found)
            if (!one->text.empty())
                return std::move(one->text);
        return {};
    };
    e.service_message = first_of({&body.message, &body.detail, &body.title});
    e.service_code = first_of({&body.error_code, &body.snake_error_code, &body.code});
}

INTHELOOP_DECL std::optional<error> decode_response(encoded_response const& response,
                                                    json_type const& type, void* object,
                                                    bool body_optional, std::string_view type_name,
                                                    json_limits limits,
                                                    json_statistics& statistics) {
    auto const failed = [&](errc code, std::string detail) {
        error e(code, std::move(detail));
        e.status = response.status;
        e.body = response.body;
        return e;
    };
    if (auto const failure = failure_of_status(response.status)) {
        error e = failed(*failure, {});
        read_error_body(response, limits, e);
        return e;
    }
    if (auto const refused = refuse_content_coding(response.headers))
        return failed(errc::unexpected_content, refused->detail);
    auto const content = response.headers.find("Content-Type");
    if (type.take_raw) {
        type.take_raw(object, response.body, content.value_or(""));
        return std::nullopt;
    }
    if (response.body.find_first_not_of(" \t\r\n") == response.body.npos) {
        if (body_optional)
            return std::nullopt;
        return failed(errc::missing_body, "the answer should hold " + std::string(type_name));
    }
    if (content && !is_json_content_type(*content))
        return failed(errc::unexpected_content, describe_foreign_body(response));
    if (auto const problem = decode_json(response.body, type, object, limits, statistics))
        return failed(problem->malformed ? errc::invalid_json : errc::unexpected_json,
                      problem->text());
    return std::nullopt;
}

} // namespace detail

INTHELOOP_DECL bool is_json_content_type(std::string_view value) {
    using intheloop::detail::equal_ignoring_case;
    std::string_view const type = intheloop::detail::trimmed(value.substr(0, value.find(';')));
    if (!equal_ignoring_case(type, "application/json") && !equal_ignoring_case(type, "text/json") &&
        !detail::ends_with_ignoring_case(type, "+json"))
        return false;
    value.remove_prefix(std::min(value.size(), value.find(';')));
    while (!value.empty()) {
        value.remove_prefix(1); // the semicolon
        std::string_view const parameter = value.substr(0, value.find(';'));
        value.remove_prefix(parameter.size());
        std::size_t const equals = parameter.find('=');
        if (equals == parameter.npos ||
            !equal_ignoring_case(intheloop::detail::trimmed(parameter.substr(0, equals)),
                                 "charset"))
            continue;
        std::string_view charset = intheloop::detail::trimmed(parameter.substr(equals + 1));
        if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"')
            charset = charset.substr(1, charset.size() - 2);
        if (!equal_ignoring_case(charset, "utf-8") && !equal_ignoring_case(charset, "utf8") &&
            !equal_ignoring_case(charset, "us-ascii"))
            return false;
    }
    return true;
}

INTHELOOP_DECL std::optional<errc> failure_of_status(unsigned status) {
    switch (status) {
    case 200:
    case 201: return std::nullopt;
    case 401: return errc::unauthorized;
    case 403: return errc::forbidden;
    case 404: return errc::not_found;
    case 429: return errc::rate_limited;
    case 451: return errc::account_not_verified;
    default: break;
    }
    if (status >= 400 && status <= 499)
        return errc::bad_request;
    return status >= 500 && status <= 599 ? errc::server_error : errc::unexpected_status;
}

INTHELOOP_DECL std::optional<error> refuse_content_coding(headers const& fields) {
    std::string codings;
    intheloop::detail::for_each_member(fields, "Content-Encoding", [&](std::string_view coding) {
        if (!intheloop::detail::equal_ignoring_case(coding, "identity"))
            codings.append(codings.empty() ? "" : ", ").append(coding);
    });
    if (codings.empty())
        return std::nullopt;
    return error(errc::unexpected_content, "the answer is encoded with " +
                                               detail::beginning_of(codings) +
                                               ", which was not asked for");
}

} // namespace intheloop::codec

#endif
