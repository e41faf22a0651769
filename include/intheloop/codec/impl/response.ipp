// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_RESPONSE_IPP
#define INTHELOOP_CODEC_IMPL_RESPONSE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/codec/detail/json_decoder.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
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

// Returns the beginning of a text, enough to recognize it.
INTHELOOP_DECL std::string beginning_of(std::string_view text) {
    return intheloop::detail::shortened(text, 100);
}

INTHELOOP_DECL std::string content_type_of(encoded_response const& response) {
    std::string_view const type = response.headers.find("Content-Type").value_or("");
    return std::string(type.empty() ? "no Content-Type" : type);
}

INTHELOOP_DECL std::string describe_foreign_body(encoded_response const& response) {
    std::string const type = content_type_of(response);
    if (response.body.empty())
        return {};
    bool const html =
        response.body.find('<') < 4 || intheloop::detail::ends_with_ignoring_case(type, "html");
    return std::string("the answer is ") + (html ? "a web page" : "not JSON") +
           ", maybe of a proxy (" + type + "), and begins with: " + beginning_of(response.body);
}

// Returns the charset parameter of a Content-Type; empty if there is none. Of several types, which
// proxies make of several fields, the first counts.
INTHELOOP_DECL std::string_view charset_of(std::string_view types) {
    std::optional<std::string_view> first, charset;
    intheloop::detail::for_each_member(types, ',', [&](std::string_view type) {
        if (!first)
            first = type;
    });
    std::string_view const type = first.value_or("");
    std::string_view const parameters = type.substr(std::min(type.size(), type.find(';')));
    intheloop::detail::for_each_member(parameters, ';', [&](std::string_view parameter) {
        std::size_t const equals = parameter.find('=');
        if (!charset && equals != parameter.npos &&
            intheloop::detail::equal_ignoring_case(
                intheloop::detail::trimmed(parameter.substr(0, equals)), "charset"))
            charset = intheloop::detail::trimmed(parameter.substr(equals + 1));
    });
    for (char const quote : {'"', '\''}) // single ones by mistake
        if (charset && charset->size() >= 2 && charset->front() == quote &&
            charset->back() == quote)
            return charset->substr(1, charset->size() - 2);
    return charset.value_or("");
}

INTHELOOP_DECL bool is_utf8_charset(std::string_view charset) {
    for (std::string_view const name : {"", "utf-8", "utf8", "us-ascii"})
        if (intheloop::detail::equal_ignoring_case(charset, name))
            return true;
    return false;
}

INTHELOOP_DECL bool names_json(std::string_view content_type) {
    std::string_view const type = intheloop::detail::media_type_of(content_type);
    return intheloop::detail::equal_ignoring_case(type, "application/json") ||
           intheloop::detail::equal_ignoring_case(type, "text/json") ||
           intheloop::detail::ends_with_ignoring_case(type, "+json");
}

// Returns whether octets are the same text in UTF-8 and in this charset. Those of ASCII are: of the
// charsets that write other characters with them, UTF-16, UTF-32 and ISO-2022 need control
// characters, which JSON can't hold.
INTHELOOP_DECL bool is_ascii_text(std::string_view octets, std::string_view charset) {
    for (std::string_view const name : {"utf-7", "hz-gb-2312"})
        if (intheloop::detail::equal_ignoring_case(charset, name))
            return false;
    return std::all_of(octets.begin(), octets.end(), [](char c) {
        auto const octet = static_cast<unsigned char>(c);
        return octet < 0x80 && (octet >= 0x20 || c == '\t' || c == '\n' || c == '\r');
    });
}

// Returns why a body can't be read in its charset. Servers give text a charset by default, and JSON
// too, which makes no difference to ASCII.
INTHELOOP_DECL std::optional<std::string> refuse_charset(encoded_response const& response) {
    auto const type = response.headers.find("Content-Type");
    bool const is_marked = without_byte_order_mark(response.body).size() != response.body.size();
    if (!type || is_marked || is_utf8_charset(charset_of(*type)) ||
        is_ascii_text(response.body, charset_of(*type)))
        return std::nullopt;
    return "the answer is not in UTF-8 (" + std::string(*type) +
           "), and begins with: " + beginning_of(response.body);
}

// Returns whether a body that can't be decoded is something else than JSON.
INTHELOOP_DECL bool is_foreign_body(encoded_response const& response, json_limits limits) {
    if (names_json(response.headers.find("Content-Type").value_or("")))
        return false; // broken JSON then
    std::string_view const body = without_byte_order_mark(response.body);
    std::size_t const first = body.find_first_not_of(" \t\r\n");
    if (first != body.npos && (body[first] == '{' || body[first] == '['))
        return false;
    return check_json(body, limits).has_value();
}

// Returns the type that the rules name for the body of this status; null if they name none.
INTHELOOP_DECL error_type const* find_error_type(answer_rules const& rules, unsigned status) {
    auto const named =
        std::find_if(rules.errors.begin(), rules.errors.end(),
                     [status](error_type const& each) { return each.status == status; });
    return named == rules.errors.end() ? nullptr : &*named;
}

// Describes a body without words that are known, by its beginning.
INTHELOOP_DECL std::string describe_silent_body(encoded_response const& response,
                                                char const* kind) {
    return std::string("the answer holds JSON ") + kind + " (" + content_type_of(response) +
           "), and begins with: " + beginning_of(response.body);
}

// Reads the service's message and code. A body that has a type of its own is told of by that type.
INTHELOOP_DECL void read_error_body(encoded_response const& response, bool has_type,
                                    json_limits limits, error& e) {
    error_body body;
    json_statistics statistics;
    if (auto const problem = decode_json(response.body, body, limits, &statistics)) {
        std::string text;
        if (problem->malformed)
            e.detail = describe_foreign_body(response);
        else if (!decode_json(response.body, text, limits))
            e.service_message = std::move(text);
        else if (!has_type)
            e.detail = describe_silent_body(response, "of another shape");
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
    bool const has_members = response.body.find('"') != response.body.npos;
    bool const has_more = e.service_code.empty() || statistics.unknown_keys != 0;
    if (e.service_message.empty() && has_members && has_more && !has_type)
        e.detail = describe_silent_body(response, "without a message");
}

// Returns the value of a field; of several fields the list that they make.
INTHELOOP_DECL std::optional<std::string_view>
value_of_field(headers const& fields, std::string_view name, std::string& storage) {
    auto const first = fields.find(name);
    if (!first || fields.count(name) == 1)
        return first;
    for (std::size_t i = 0; i != fields.size(); ++i)
        if (auto const [of, value] = fields[i]; intheloop::detail::equal_ignoring_case(of, name))
            storage.append(storage.empty() ? "" : ", ").append(value);
    return storage;
}

// Reads the members that come from headers. Returns the problem with the first that can't be read.
INTHELOOP_DECL std::optional<std::string> read_headers(answer_rules const& rules,
                                                       headers const& fields, void* response,
                                                       json_statistics& statistics) {
    void* const object = rules.described ? rules.described(response) : nullptr;
    if (!object)
        return std::nullopt;
    for (header_member const& member : rules.headers) {
        std::string const place = "header " + std::string(member.name);
        auto const found = [&](drift_kind kind, std::string_view text) {
            if (statistics.drift)
                statistics.drift->found(kind, place, text);
        };
        std::string storage;
        auto const value = value_of_field(fields, member.name, storage);
        if (!value && member.required) {
            found(drift_kind::missing_member, {});
            return place + ": required, but missing";
        }
        auto const read = value ? member.read(*value, object) : header_reading::taken;
        if (read == header_reading::unknown_value)
            found(drift_kind::unknown_value, *value);
        if (read == header_reading::unreadable) {
            found(drift_kind::wrong_type, "another text");
            return place + ": expected " + member.expected + ", got another text";
        }
    }
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> decode_response(encoded_response const& response,
                                                    response_type const& type, void* object,
                                                    json_limits limits,
                                                    json_statistics& statistics) {
    auto const failed = [&](errc code, std::string detail) {
        error e(code, std::move(detail));
        e.status = response.status;
        e.body = response.body;
        return e;
    };
    static constexpr answer_rules none{};
    answer_rules const& rules = type.rules ? *type.rules : none;
    if (auto const failure = failure_of_status(response.status, rules.further_success)) {
        error e = failed(*failure, {});
        read_error_body(response, find_error_type(rules, response.status) != nullptr, limits, e);
        return e;
    }
    // A HEAD tells of the coding without a body.
    if (auto const refused = refuse_content_coding(response.headers);
        refused && !response.body.empty())
        return failed(errc::unexpected_content, refused->detail);
    auto const with_headers = [&]() -> std::optional<error> {
        if (auto const problem = read_headers(rules, response.headers, object, statistics))
            return failed(errc::unexpected_json, *problem);
        return std::nullopt;
    };
    auto const content = response.headers.find("Content-Type");
    if (type.json.take_raw) {
        type.json.take_raw(object, response.body, content.value_or(""));
        return std::nullopt;
    }
    std::string_view const body = without_byte_order_mark(response.body);
    if (body.find_first_not_of(" \t\r\n") == body.npos) {
        if (type.body_optional || rules.needs_no_body)
            return with_headers();
        return failed(errc::missing_body, "the answer should hold " + std::string(type.name));
    }
    if (auto const refused = refuse_charset(response))
        return failed(errc::unexpected_content, *refused);
    limits.null_is_absent = true;
    auto const problem = decode_json(response.body, rules.json ? *rules.json : type.json, object,
                                     limits, statistics);
    if (!problem)
        return with_headers();
    if (is_foreign_body(response, limits))
        return failed(errc::unexpected_content, describe_foreign_body(response));
    if (!problem->malformed)
        return failed(errc::unexpected_json, problem->text());
    bool const is_said = content && names_json(*content);
    return failed(errc::invalid_json,
                  problem->text() + (is_said ? "" : " (" + content_type_of(response) + ')'));
}

} // namespace detail

INTHELOOP_DECL bool is_json_content_type(std::string_view value) {
    return detail::names_json(value) && detail::is_utf8_charset(detail::charset_of(value));
}

INTHELOOP_DECL std::optional<std::string> decode_error_body(answer_rules const& rules, error& of,
                                                            json_limits limits,
                                                            json_statistics& statistics) {
    detail::error_type const* const named = detail::find_error_type(rules, of.status);
    std::string_view const body = without_byte_order_mark(of.body);
    if (!named || body.find_first_not_of(" \t\r\n") == body.npos)
        return std::nullopt;
    limits.null_is_absent = true;
    if (auto const problem = named->read(of, of.body, limits, statistics))
        return "the body is not of type " + std::string(named->name) + ": " + problem->text();
    return std::nullopt;
}

INTHELOOP_DECL std::optional<errc>
failure_of_status(unsigned status, std::span<std::uint16_t const> further_success) {
    if (std::find(further_success.begin(), further_success.end(), status) != further_success.end())
        return std::nullopt;
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

INTHELOOP_DECL bool goes_to_sink(unsigned status, std::span<std::uint16_t const> further_success) {
    return status == 206 || !failure_of_status(status, further_success);
}

INTHELOOP_DECL std::optional<error> refuse_content_coding(headers const& fields) {
    std::string codings;
    intheloop::detail::for_each_member(fields, "Content-Encoding", [&](std::string_view coding) {
        for (std::string_view const plain : {"identity", "none", "utf-8", "utf8", "binary"})
            if (intheloop::detail::equal_ignoring_case(coding, plain))
                return;
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
