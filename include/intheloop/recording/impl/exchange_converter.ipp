// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_EXCHANGE_CONVERTER_IPP
#define INTHELOOP_RECORDING_IMPL_EXCHANGE_CONVERTER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/found_credential.hpp>
#include <intheloop/recording/detail/masked_files.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/detail/raw_exchange.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/recording/detail/secret_marks.hpp>
#include <intheloop/recording/recorder.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing {
namespace detail {

INTHELOOP_DECL bool is_readable(std::string_view text) {
    return codec::is_utf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
               return (static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t' &&
                       c != '\r') ||
                      c == '\x7f';
           });
}

// Makes a text that the reader of a recording accepts: UTF-8 without control characters.
INTHELOOP_DECL std::string clean_line(std::string_view text) {
    std::string made(text);
    std::replace_if(
        made.begin(), made.end(),
        [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f'; },
        '?');
    if (!codec::is_utf8(made))
        std::replace_if(
            made.begin(), made.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
            '?');
    return made;
}

// Removes the path that a gateway requires before each route.
INTHELOOP_DECL std::string without_prefix(raw_exchange const& raw) {
    std::string_view const target = raw.target;
    std::string_view const path = intheloop::detail::path_of(target);
    for (std::size_t at = path.find('/'); at != path.npos; at = path.find('/', at + 1))
        if (detail::match_route(raw.url_template, path.substr(at)))
            return std::string(target.substr(at));
    return raw.target;
}

// Makes recorded exchanges of raw ones.
class exchange_converter {
public:
    exchange_converter(recorder_options const& options, secret_marks& marks)
        : options_(options), marks_(marks) {}

    void learn(raw_exchange const& raw) {
        if (raw.to_api)
            marks_.learn_api(raw.origin);
        for (auto const& [name, value] : raw.request_headers)
            if (same_name(name, "X-Impersonate-User"))
                marks_.learn_user(value);
            else
                learn_field(name, value, holds_credentials(name));
        for (std::size_t i = 0; i != raw.headers.size(); ++i) {
            auto const [name, value] = raw.headers[i];
            learn_field(name, value, is_credential_field(name, value));
        }
        if (!raw.is_download())
            marks_.learn_credentials(find_query_credentials(raw.target));
        learn_body(raw.request_type(), raw.request_body);
        if (!raw.carries_file())
            learn_body(raw.response_type(), raw.body);
        else
            files_.add(&raw,
                       {address_key(raw.origin + raw.target).text,
                        std::string(raw.headers.find("ETag").value_or(""))},
                       offset(raw), raw.body);
    }

    // Call it when all secrets are known.
    void mask_files() { files_.mask(marks_); }

    recorded_exchange convert(raw_exchange const& raw) {
        recorded_exchange made;
        made.method = raw.method;
        made.target = target(raw);
        for (auto const& [name, value] : raw.request_headers)
            if (keeps_request_field(name))
                add_sorted(made.request_headers, clean_line(name), request_field(name, value));
        made.request_body = request_body(raw);
        made.failure = raw.failure;
        made.status = raw.status;
        if (raw.status == 0)
            return made;
        for (std::size_t i = 0; i != raw.headers.size(); ++i)
            if (auto const [name, value] = raw.headers[i];
                keeps_response_field(name, options_.response_headers) ||
                keeps_response_field(name, raw.member_fields))
                add_sorted(made.headers, clean_line(name), response_field(raw, name, value));
        made.body = response_body(raw);
        made.left_out = raw.body_size - raw.body.size();
        made.missing = raw.failure.empty() ? 0 : missing(raw);
        return made;
    }

private:
    void learn_field(std::string_view name, std::string_view value, bool is_credential) {
        if (!is_credential)
            return marks_.learn_credentials(find_credentials(value));
        for (std::string const& secret : policy::secrets_in_field(name, value))
            if (!policy::is_credential_word(secret))
                marks_.learn_secret(secret);
    }
    void learn_body(std::string_view type, std::string const& body) {
        marks_.learn_credentials(find_form_credentials(type, body));
        if (auto const json = exact_json(body))
            marks_.learn_credentials(*json);
        else
            marks_.learn_credentials(find_credentials(body));
    }

    // Returns the offset of a part in its file.
    static std::optional<std::uint64_t> offset(raw_exchange const& raw) {
        if (raw.status == 200)
            return 0;
        auto const range =
            policy::parse_content_range(raw.headers.find("Content-Range").value_or(""));
        return range ? range->first : std::nullopt;
    }

    std::string request_field(std::string_view name, std::string const& value) {
        if (same_name(name, "X-Impersonate-User"))
            return marks_.mark_user(value);
        if (same_name(name, "If-Range"))
            return marks_.mark_entity_tag(clean_line(value));
        return holds_credentials(name) ? marks_.mark_credentials(value)
                                       : marks_.mark(clean_line(value));
    }

    recorded_body request_body(raw_exchange const& raw) {
        if (!raw.request_is_whole) // a stream above the limit
            return recorded_body::of_text("{{any}}");
        auto read = read_json(raw.request_body);
        // A text can hide a secret that is a number; a value can't.
        if (!read || (!replace_varying(read->value) && !read->is_exact) || respells_secret(*read) ||
            (!read->is_exact && has_secret(read->numbers)))
            return any_body(raw.request_type(), raw.request_body, true);
        marks_.mark(read->value);
        return recorded_body::of_json(std::move(read->value));
    }

    // Replaces the members that vary; returns whether there are any.
    bool replace_varying(boost::json::value& body) const {
        bool has_some = false;
        for (std::string const& pointer : options_.varying) {
            boost::system::error_code absent;
            if (!pointer.starts_with('/'))
                continue;
            if (auto* const found = body.find_pointer(pointer, absent)) {
                *found = secret_marks::placeholder("any");
                has_some = true;
            }
        }
        return has_some;
    }

    recorded_body response_body(raw_exchange const& raw) {
        if (raw.carries_file()) {
            std::string masked(files_.masked(&raw));
            return is_readable(masked) ? recorded_body::of_text(std::move(masked))
                                       : recorded_body::of_bytes(std::move(masked));
        }
        auto read = read_json(raw.body);
        bool is_recorded = read && read->is_exact;
        if (options_.edit_answer && read) {
            boost::json::value const original = read->value;
            options_.edit_answer(raw.target, read->value);
            // As a text, a body keeps its digits, and also a repeated member that was not edited.
            is_recorded = is_recorded || !read->has_all_members || read->value != original;
        }
        bool const has_respelled = is_recorded && respells_secret(*read);
        // May have the private values that edit_answer can't take out there.
        bool const is_private = read ? has_respelled : !raw.is_download();
        if (options_.edit_answer && is_private && !raw.body.empty())
            return recorded_body::of_text(
                marks_.mark("not recorded: edit_answer can't be applied to this body"));
        if (!is_recorded || has_respelled)
            return any_body(raw.response_type(), raw.body, raw.is_whole());
        marks_.mark(read->value);
        return recorded_body::of_json(std::move(read->value));
    }

    bool has_secret(std::vector<std::string_view> const& numbers) const {
        return std::any_of(numbers.begin(), numbers.end(),
                           [&](std::string_view number) { return marks_.finds_secret(number); });
    }
    // Returns whether a value has lost digits of a secret, or writes them in another way, so that
    // it can't be found in the value any more.
    bool respells_secret(json_reading const& read) const {
        auto respelled = read.numbers;
        std::erase_if(respelled,
                      [](auto number) { return number.find_first_of(".eE") == number.npos; });
        return has_secret(read.rounded) || has_secret(respelled);
    }

    recorded_body any_body(std::string_view type, std::string const& bytes, bool is_whole) {
        found_credentials const in_form = find_form_credentials(type, bytes);
        if (is_readable(bytes))
            return recorded_body::of_text(
                marks_.mark(marks_.hide_unlearned(bytes, in_form), !is_whole));
        std::string const masked = marks_.mask_unlearned(bytes, in_form);
        return recorded_body::of_bytes(
            marks_.mask(marks_.mask_unlearned(masked, find_credentials(masked))));
    }

    std::string response_field(raw_exchange const& raw, std::string_view name,
                               std::string_view value) {
        if (same_name(name, "ETag"))
            return marks_.mark_entity_tag(clean_line(value));
        if (same_name(name, "Retry-After") && raw.retry_after)
            return std::to_string(raw.retry_after->count());
        if (same_name(name, "Location") && raw.is_download()) {
            std::string problem;
            std::string encoded;
            net::url from;
            net::url to;
            if (net::parse_url(raw.origin + raw.target, from, problem) &&
                codec::encode_url(value, encoded, problem) &&
                net::parse_reference(from, encoded, to, problem))
                return marks_.mark_file(to.origin.text() + to.target);
        }
        return is_credential_field(name, value) ? marks_.mark_credentials(value)
                                                : marks_.mark(clean_line(value));
    }

    // Returns how many bytes the body of an incomplete response lacks.
    static std::uint64_t missing(raw_exchange const& raw) {
        std::string_view const text = raw.headers.find("Content-Length").value_or("");
        std::uint64_t length = 0;
        std::from_chars(text.data(), text.data() + text.size(), length);
        return length > raw.body_size ? length - raw.body_size : 0;
    }

    std::string target(raw_exchange const& raw) {
        if (raw.is_download())
            return marks_.mark_file(raw.origin + raw.target);
        std::string const sent = without_varying(clean_line(without_prefix(raw)));
        return raw.other_origin +
               marks_.mark(marks_.hide_unlearned(sent, find_query_credentials(sent)));
    }

    // Replaces the values of parameters that vary.
    std::string without_varying(std::string_view target) const {
        std::string made(intheloop::detail::path_of(target));
        char separator = '?';
        for (intheloop::detail::query_reader query(target); query.next(); separator = '&') {
            auto const& varying = options_.varying;
            bool const varies = query.has_value() && std::find(varying.begin(), varying.end(),
                                                               query.name()) != varying.end();
            made += separator;
            if (varies)
                made += std::string(query.name()) + '=' + secret_marks::placeholder("any");
            else
                made += query.parameter();
        }
        return made;
    }

    recorder_options const& options_;
    secret_marks& marks_;
    masked_files files_;
};

// Removes placeholders from a text. Keeps the texts on both sides apart.
INTHELOOP_DECL std::string without_placeholders(std::string_view text) {
    std::string rest;
    for (std::size_t at = 0; at != text.size();) {
        std::string_view const name = leading_placeholder(text.substr(at));
        if (name.empty()) {
            rest += text[at++];
        } else {
            rest += secret_marks::open;
            at += name.size() + 4;
        }
    }
    return rest;
}

INTHELOOP_DECL bool tells_secret(recorded_exchange const& one, secret_marks const& marks) {
    auto const tells = [&](std::string_view text, bool is_whole = true) {
        return marks.finds_secret(without_placeholders(text), !is_whole);
    };
    // The bytes of a file were masked as a whole. A part of it may seem to contain a short secret,
    // although the rest of the file shows that it is a part of a word.
    auto const body_tells = [&](recorded_body const& body, bool is_whole) {
        return body.form == recorded_body::form::json
                   ? tells(boost::json::serialize(body.json), is_whole)
               : body.form == recorded_body::form::text ? tells(body.bytes, is_whole)
                                                        : marks.mask(body.bytes) != body.bytes;
    };
    bool const is_whole = one.failure.empty() && one.left_out == 0;
    auto const field_tells = [&](auto const& field) {
        return tells(field.first) || tells(field.second);
    };
    return tells(one.target) || body_tells(one.request_body, true) ||
           (!one.carries_file() && body_tells(one.body, is_whole)) ||
           std::any_of(one.request_headers.begin(), one.request_headers.end(), field_tells) ||
           std::any_of(one.headers.begin(), one.headers.end(), field_tells);
}

} // namespace detail

} // namespace intheloop::testing

#endif
