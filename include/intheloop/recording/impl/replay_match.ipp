// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_REPLAY_MATCH_IPP
#define INTHELOOP_RECORDING_IMPL_REPLAY_MATCH_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/recording/detail/replay_match.hpp>
#include <intheloop/testing/detail/url_signer.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace intheloop::testing::detail {

inline constexpr std::string_view replayed_file_prefix = "/file-";

INTHELOOP_DECL std::string file_path_of(std::size_t number) {
    return std::string(replayed_file_prefix) + std::to_string(number);
}

INTHELOOP_DECL std::string_view origin_of_target(std::string_view target) {
    if (!target.starts_with("https://") && !target.starts_with("http://"))
        return {};
    return target.substr(0, target.find('/', target.find("//") + 2));
}

INTHELOOP_DECL std::string replayed_target(received_request const& request) {
    if (request.origin == origin::other)
        return request.other_origin + request.target;
    std::string_view const path = intheloop::detail::path_of(request.target);
    if (request.origin != origin::files || !path.starts_with(replayed_file_prefix))
        return request.target;
    return "{{file:" + std::string(path.substr(replayed_file_prefix.size())) + "}}";
}

// Describes a request for messages. Of its query only the expected values are shown: others may be
// secret.
INTHELOOP_DECL std::string shown_request(received_request const& got, std::string_view expected,
                                         placeholder_values const& values) {
    std::string const target = replayed_target(got);
    std::string shown = got.method + ' ' + values.hide(intheloop::detail::path_of(target));
    char separator = '?';
    for (intheloop::detail::query_reader query(target); query.next(); separator = '&') {
        bool const was_expected = expected.find(query.parameter()) != expected.npos;
        shown += separator;
        shown += was_expected ? std::string(query.parameter()) : std::string(query.name()) + "=...";
    }
    return shown;
}

INTHELOOP_DECL std::optional<std::string> route_difference(recorded_exchange const& expected,
                                                           received_request const& got,
                                                           bool with_query,
                                                           placeholder_values& values) {
    std::string const target = replayed_target(got);
    placeholder_values learned = values;
    auto const part = [&](std::string_view text) {
        return with_query ? text : intheloop::detail::path_of(text);
    };
    bool const is_file = file_number(expected.target) || file_number(target);
    bool const fits = got.method == expected.method &&
                      (is_file ? target == expected.target
                               : learned.match(part(expected.target), part(target),
                                               placeholder_values::spelling::percent_encoded));
    if (!fits)
        return "expected " + expected.method + ' ' + expected.target + ", got " +
               shown_request(got, expected.target, values);
    values = std::move(learned);
    return std::nullopt;
}

INTHELOOP_DECL std::optional<std::string> field_difference(recorded_exchange const& expected,
                                                           received_request const& got,
                                                           placeholder_values& values) {
    header_list fields;
    for (auto const& [name, value] : got.headers)
        if (keeps_request_field(name))
            add_sorted(fields, name, value);
    placeholder_values learned = values;
    for (auto const& [name, value] : expected.request_headers) {
        std::string const* const found = find_field(fields, name);
        if (found != nullptr && learned.match(value, *found))
            continue;
        std::string problem = "expected the field ";
        problem += name;
        problem += ": ";
        problem += value;
        if (found == nullptr)
            problem += ", got none";
        else if (may_vary(value) || holds_credentials(name))
            problem += ", got another value";
        else
            problem += ", got " + values.hide(*found);
        return problem;
    }
    for (auto const& [name, value] : fields)
        if (find_field(expected.request_headers, name) == nullptr)
            return "expected no field " + name + ", got one";
    values = std::move(learned);
    return std::nullopt;
}

INTHELOOP_DECL std::string shown_value(boost::json::value const& value,
                                       placeholder_values const& values) {
    constexpr std::size_t longest = 80;
    return intheloop::detail::shortened(values.hide(boost::json::serialize(value)), longest);
}

// Compares numbers. One that does not fit into a double is rounded when it is recorded, and again
// when the recording is read; 15 digits are never lost.
INTHELOOP_DECL bool is_same_number(boost::json::value const& a, boost::json::value const& b) {
    constexpr double most = 4 * std::numeric_limits<double>::epsilon();
    if (!a.is_double() || !b.is_double())
        return a == b;
    double const x = finite(a.get_double());
    double const y = finite(b.get_double());
    return x == y || std::abs(x - y) <= most * std::max(std::abs(x), std::abs(y));
}

using sent_members = std::set<boost::json::key_value_pair const*>;

// Finds the member with a recorded name. If that may vary, and no member has it with its known
// values, it is the first member that fits and is not taken. Returns null if there is none.
INTHELOOP_DECL boost::json::key_value_pair const* find_member(boost::json::object const& sent,
                                                              std::string_view name,
                                                              sent_members const& taken,
                                                              placeholder_values& values) {
    bool const is_literal = !may_vary(name);
    std::string const known =
        is_literal ? std::string(name) : placeholder_values(values).fill(name);
    if (auto const found = sent.find(known); found != sent.end())
        return found;
    if (is_literal)
        return nullptr;
    for (auto const& each : sent) {
        if (taken.contains(&each))
            continue;
        placeholder_values learned = values; // a copy costs much: none for a member that is taken
        if (!learned.match(name, {each.key().data(), each.key().size()}))
            continue;
        values = std::move(learned);
        return &each;
    }
    return nullptr;
}

// Describes the first difference between two values. Learns the values of placeholders.
INTHELOOP_DECL std::optional<std::string> json_difference(boost::json::value const& expected,
                                                          boost::json::value const& got,
                                                          std::string const& pointer,
                                                          placeholder_values& values) {
    auto const differs = [&](std::string const& difference) {
        return "the body differs at " + (pointer.empty() ? "its root" : pointer) + ": " +
               difference;
    };
    auto const below = [&](std::string_view name) {
        std::string text = pointer;
        codec::detail::append_pointer(text, name);
        return text;
    };
    auto const* const text = expected.if_string();
    if (text != nullptr && std::string_view(text->data(), text->size()) == "{{any}}")
        return std::nullopt;
    if (expected.is_object() && got.is_object()) {
        auto const& want = expected.get_object();
        auto const& have = got.get_object();
        sent_members taken;
        for (bool const is_unknown : {false, true}) // literal names belong to one member alone
            for (auto const& member : want) {
                std::string_view const name(member.key().data(), member.key().size());
                if (may_vary(name) != is_unknown)
                    continue;
                auto const* const found = find_member(have, name, taken, values);
                if (found == nullptr)
                    return differs("expected a member \"" + std::string(name) + "\", got none");
                taken.insert(found);
                if (auto problem =
                        json_difference(member.value(), found->value(), below(name), values))
                    return problem;
            }
        for (auto const& member : have)
            if (!taken.contains(&member))
                return differs("expected no member \"" +
                               values.hide({member.key().data(), member.key().size()}) +
                               "\", got one");
        return std::nullopt;
    }
    if (expected.is_array() && got.is_array()) {
        auto const& want = expected.get_array();
        auto const& have = got.get_array();
        if (want.size() != have.size())
            return differs("expected " + std::to_string(want.size()) + " elements, got " +
                           std::to_string(have.size()));
        for (std::size_t i = 0; i != want.size(); ++i)
            if (auto problem = json_difference(want[i], have[i], below(std::to_string(i)), values))
                return problem;
        return std::nullopt;
    }
    auto const* const found = got.if_string();
    bool const same =
        text != nullptr && found != nullptr
            ? values.match({text->data(), text->size()}, {found->data(), found->size()})
            : is_same_number(expected, got);
    if (same)
        return std::nullopt;
    bool const may_tell = text == nullptr || !may_vary({text->data(), text->size()});
    return differs("expected " + boost::json::serialize(expected) + ", got " +
                   (may_tell ? shown_value(got, values) : "another value"));
}

// Returns how the values of placeholders are spelled in a body that is no JSON.
INTHELOOP_DECL placeholder_values::spelling spelling_of_body(received_request const& got) {
    std::string const* const type = find_field(got.headers, "Content-Type");
    std::string_view const media =
        intheloop::detail::media_type_of(type ? std::string_view(*type) : std::string_view());
    return intheloop::detail::equal_ignoring_case(media, "application/x-www-form-urlencoded")
               ? placeholder_values::spelling::form_encoded
               : placeholder_values::spelling::plain;
}

INTHELOOP_DECL std::optional<std::string> body_difference(recorded_exchange const& expected,
                                                          received_request const& got,
                                                          placeholder_values& values) {
    recorded_body const& body = expected.request_body;
    placeholder_values learned = values;
    std::optional<std::string> problem;
    if (body.form == recorded_body::form::json) {
        if (auto const json = read_json(got.body))
            problem = json_difference(body.json, json->value, {}, learned);
        else
            problem = got.body.empty() ? "expected a JSON body, got none"
                                       : "expected a JSON body, got another";
    } else if (body.form == recorded_body::form::none) {
        if (!got.body.empty())
            problem = "expected no body, got one";
    } else if (body.form == recorded_body::form::text
                   ? !learned.match(body.bytes, got.body, spelling_of_body(got))
                   : body.bytes != got.body) {
        problem = "the body, which is not JSON, differs";
    }
    if (!problem)
        values = std::move(learned);
    return problem;
}

INTHELOOP_DECL void fill_values(boost::json::value& value, placeholder_values& values) {
    if (auto* const text = value.if_string()) {
        *text = values.fill({text->data(), text->size()});
    } else if (auto* const array = value.if_array()) {
        for (auto& element : *array)
            fill_values(element, values);
    } else if (auto* const object = value.if_object()) {
        boost::json::object filled;
        for (auto& member : *object) {
            fill_values(member.value(), values);
            filled.insert_or_assign(values.fill({member.key().data(), member.key().size()}),
                                    std::move(member.value()));
        }
        *object = std::move(filled);
    }
}

INTHELOOP_DECL std::string replayed_body(recorded_exchange const& one, placeholder_values& values) {
    if (one.body.form == recorded_body::form::json) {
        boost::json::value filled = one.body.json;
        fill_values(filled, values);
        return boost::json::serialize(filled);
    }
    bool const verbatim = one.body.form != recorded_body::form::text || one.carries_file();
    return verbatim ? one.body.bytes : values.fill(one.body.bytes);
}

} // namespace intheloop::testing::detail

#endif
