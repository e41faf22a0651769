// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_DETAIL_OPERATION_HPP
#define INTHELOOP_OPENAPI_DETAIL_OPERATION_HPP

// One endpoint as an OpenAPI operation.

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/openapi/detail/responses.hpp>
#include <intheloop/openapi/detail/schema.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace intheloop::detail {

// Returns the sample of a type; null if it has none.
template <class T>
boost::json::value sample_of() {
    if constexpr (requires { T::sample; })
        return boost::json::parse(T::sample);
    else
        return nullptr;
}

inline boost::json::value const* sample_of_member(boost::json::value const& sample,
                                                  std::string_view wire_name) {
    return sample.is_object() ? sample.get_object().if_contains(wire_name) : nullptr;
}

template <class Endpoint, place Where>
struct members_in {
    template <class Field>
    static constexpr bool chooses = Endpoint::template place_of<Field> == Where;

    template <class... Fields>
    static constexpr bool all(field_list<Fields...>) {
        return (chooses<Fields> && ... && true);
    }
};

template <class Choice, class... Fields>
constexpr bool requires_any(field_list<Fields...>) {
    return ((Choice::template chooses<Fields> &&
             !intheloop::detail::may_be_absent<typename Fields::value_type>) ||
            ... || false);
}

// Describes a member in the path, the query or a header.
template <class Endpoint, class Field>
boost::json::object parameter(schema_registry& schemas, boost::json::value const& sample) {
    using request = typename Endpoint::request_type;
    using value_type = typename Field::value_type;
    constexpr place where = Endpoint::template place_of<Field>;
    constexpr bool is_list = intheloop::detail::is_list<value_type>;

    boost::json::object made{{"name", Field::wire_name}, {"in", "path"}};
    if constexpr (where == place::query)
        made["in"] = "query";
    if constexpr (where == place::header)
        made = {{"name", Endpoint::template header_of<Field>}, {"in", "header"}};
    add_note(made, note_of<request>(Field::wire_name));
    made["required"] = !intheloop::detail::may_be_absent<value_type> && !is_list;
    constexpr char between = Endpoint::template separator_of<Field>;
    if constexpr (is_list) // without a separator each element is a parameter: ids=1&ids=2
        made.insert({{"style", between == ' '   ? "spaceDelimited"
                               : between == '|' ? "pipeDelimited"
                                                : "form"},
                     {"explode", between == '\0'}});
    made["schema"] = schema_of<value_type>(schemas);
    if (auto const* example = sample_of_member(sample, Field::wire_name))
        made["example"] = *example;
    return made;
}

// Describes the header of an idempotency key.
inline boost::json::object key_parameter(std::string_view header) {
    return {{"name", header},
            {"in", "header"},
            {"description", "A random key of the call, the same in all its attempts: the service "
                            "acts once on the requests that have it."},
            {"required", true},
            {"schema", {{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}};
}

template <class Endpoint>
boost::json::array parameters(schema_registry& schemas) {
    using request = typename Endpoint::request_type;
    boost::json::array made;
    boost::json::value const sample = sample_of<request>();
    fields_of<request>::for_each([&]<class Field>(Field) {
        constexpr place where = Endpoint::template place_of<Field>;
        if constexpr (where != place::body && where != place::whole_body && where != place::part)
            made.push_back(parameter<Endpoint, Field>(schemas, sample));
    });
    if constexpr (!Endpoint::key_header.empty())
        made.push_back(key_parameter(Endpoint::key_header));
    if (Endpoint::origin.empty())
        made.push_back(impersonation_reference());
    return made;
}

// Returns {"application/json": {"schema": ..., "example": ...}}. A raw_body has any type.
template <class T>
boost::json::object content_of(boost::json::object schema, boost::json::value example) {
    boost::json::object media{{"schema", std::move(schema)}};
    if (!example.is_null())
        media["example"] = std::move(example);
    constexpr bool is_raw = std::is_same_v<T, raw_body>;
    return {{is_raw ? "*/*" : "application/json", std::move(media)}};
}

// Describes a body that is one member.
template <class Endpoint, class Field>
boost::json::object whole_body(schema_registry& schemas, boost::json::value const& sample) {
    using request = typename Endpoint::request_type;
    auto const* example = sample_of_member(sample, Field::wire_name);
    boost::json::object made;
    add_note(made, note_of<request>(Field::wire_name));
    made["required"] = !Endpoint::has_optional_body;
    made["content"] = content_of<typename Field::value_type>(
        schema_of<typename Field::value_type>(schemas), example ? *example : nullptr);
    return made;
}

// Describes a body that consists of members. If it has all of them, its type is the request's own.
template <class Endpoint>
boost::json::object body_of_members(schema_registry& schemas, boost::json::value const& sample) {
    using request = typename Endpoint::request_type;
    using in_body = members_in<Endpoint, place::body>;
    using fields = fields_of<request>;
    boost::json::object schema;
    if constexpr (fields::size != 0 && in_body::all(fields{}))
        schema = schema_of<request>(schemas);
    else
        schema = object_schema<request, in_body>(schemas);

    boost::json::value example;
    if (sample.is_object()) {
        boost::json::object& chosen = example.emplace_object();
        fields::for_each([&]<class Field>(Field) {
            if constexpr (in_body::template chooses<Field>)
                if (auto const* one = sample_of_member(sample, Field::wire_name))
                    chosen[Field::wire_name] = *one;
        });
    }
    return {{"required", requires_any<in_body>(fields{})},
            {"content", content_of<request>(std::move(schema), std::move(example))}};
}

// Names the type of a part of a form: the one within std::optional or std::vector.
template <class T>
struct part_type : std::type_identity<T> {};
template <class T>
struct part_type<std::optional<T>> : std::type_identity<T> {};
template <class T, class Allocator>
struct part_type<std::vector<T, Allocator>> : std::type_identity<T> {};

// Describes a form. A file may have any content type. A list may be no part at all.
template <class Endpoint>
boost::json::object form(schema_registry& schemas) {
    using request = typename Endpoint::request_type;
    using in_form = members_in<Endpoint, place::part>;
    boost::json::object schema = object_schema<request, in_form>(schemas);
    boost::json::array required;
    boost::json::object encoding;
    fields_of<request>::for_each([&]<class Field>(Field) {
        using value_type = typename Field::value_type;
        using type = typename part_type<value_type>::type;
        if constexpr (in_form::template chooses<Field> && std::is_same_v<type, value_type>)
            required.emplace_back(Field::wire_name);
        if constexpr (in_form::template chooses<Field> && std::is_same_v<type, raw_body>)
            encoding[Field::wire_name] = {{"contentType", "*/*"}};
    });
    schema.erase("required");
    if (!required.empty())
        schema["required"] = std::move(required);
    boost::json::object media{{"schema", std::move(schema)}};
    if (!encoding.empty())
        media["encoding"] = std::move(encoding);
    return {{"required", true}, {"content", {{"multipart/form-data", std::move(media)}}}};
}

template <class Endpoint>
boost::json::object request_body(schema_registry& schemas) {
    using request = typename Endpoint::request_type;
    if constexpr (Endpoint::sends_form)
        return form<Endpoint>(schemas);
    boost::json::value const sample = sample_of<request>();
    boost::json::object made;
    bool is_whole = false;
    fields_of<request>::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template place_of<Field> == place::whole_body) {
            made = whole_body<Endpoint, Field>(schemas, sample);
            is_whole = true;
        }
    });
    return is_whole ? made : body_of_members<Endpoint>(schemas, sample);
}

template <class Endpoint>
struct in_json {
    template <class Field>
    static constexpr bool chooses = Endpoint::template response_header_of<Field>.empty();
};

// Describes the headers from which members of the response come, and takes these out of a sample.
template <class Endpoint>
boost::json::object response_headers(schema_registry& schemas, boost::json::value& sample) {
    using described = typename described_response<typename Endpoint::response_type>::type;
    boost::json::object made;
    if constexpr (Endpoint::has_response_headers)
        fields_of<described>::for_each([&]<class Field>(Field) {
            using value_type = typename Field::value_type;
            if constexpr (!in_json<Endpoint>::template chooses<Field>) {
                boost::json::object header;
                add_note(header, note_of<described>(Field::wire_name));
                header["required"] = !intheloop::detail::may_be_absent<value_type>;
                header["schema"] = schema_of<value_type>(schemas);
                if (auto const* example = sample_of_member(sample, Field::wire_name)) {
                    header["example"] = *example;
                    sample.get_object().erase(Field::wire_name);
                }
                made[Endpoint::template response_header_of<Field>] = std::move(header);
            }
        });
    return made;
}

inline char const* description_of_success(unsigned status, bool may_be_empty) {
    switch (status) {
    case 201: return may_be_empty ? "Created; the body may be missing." : "Created.";
    case 202: return may_be_empty ? "Accepted; the body may be missing." : "Accepted.";
    case 204:
    case 205: return "Done; there is no body.";
    case 206: return "A part of it.";
    default: return may_be_empty ? "Done; the body may be missing." : "Done.";
    }
}

// Describes the success responses: 200, for a POST 201 too, and those that success<> names. The
// ones to a HEAD have no body, so no type of it is among the schemas either.
template <class Endpoint>
void add_successes(schema_registry& schemas, responses_by_status& made) {
    using response = typename Endpoint::response_type;
    using body = typename described_response<response>::type;
    constexpr bool is_head = Endpoint::method == verb::head;
    constexpr bool has_body = !is_head && !Endpoint::answers_with_headers;
    constexpr bool may_be_empty = !is_head && !std::is_same_v<response, body>;

    boost::json::value sample = sample_of<body>();
    boost::json::object const headers = response_headers<Endpoint>(schemas, sample);
    boost::json::object content;
    if constexpr (has_body && Endpoint::has_response_headers)
        content = content_of<body>(object_schema<body, in_json<Endpoint>>(schemas), sample);
    else if constexpr (has_body)
        content = content_of<body>(schema_of<body>(schemas), sample);

    auto const add = [&](unsigned status) {
        boost::json::object one{{"description", description_of_success(status, may_be_empty)}};
        bool const is_empty = never_has_body(status);
        if (!headers.empty() && (!is_empty || Endpoint::answers_with_headers))
            one["headers"] = headers;
        if (!content.empty() && !is_empty)
            one["content"] = content;
        made[status] = std::move(one);
    };
    add(200);
    if (Endpoint::method == verb::post)
        add(201);
    Endpoint::for_each_named_success(add);
}

template <class Endpoint>
boost::json::object responses(schema_registry& schemas) {
    responses_by_status by_status;
    add_successes<Endpoint>(schemas, by_status);
    if (Endpoint::origin.empty())
        add_failures(by_status);
    Endpoint::error_bodies::for_each([&]<class Info>(Info) {
        using body = typename Info::error_type;
        boost::json::object one = failure_response(Info::error_status);
        one["content"] = content_of<body>(schema_of<body>(schemas), sample_of<body>());
        one["x-certainty"] = to_string(Endpoint::certainty);
        by_status[Info::error_status] = std::move(one);
    });
    boost::json::object made;
    for (auto& [status, response] : by_status)
        made[std::to_string(status)] = std::move(response);
    if (!Endpoint::origin.empty()) // nothing more is known of its errors
        made["default"] = {{"description", "Not done."}};
    return made;
}

// Returns "report" for "report.get_report"; empty if the name has no dot.
constexpr std::string_view group_of(std::string_view operation) {
    std::size_t end = operation.size();
    while (end != 0 && operation[end - 1] != '.')
        --end;
    return operation.substr(0, end == 0 ? 0 : end - 1);
}

template <class Endpoint>
boost::json::object operation_object(schema_registry& schemas) {
    boost::json::object made{{"operationId", Endpoint::operation}};
    if (!Endpoint::summary.empty())
        made["summary"] = Endpoint::summary;
    if (auto const group = group_of(Endpoint::operation); !group.empty())
        made["tags"] = boost::json::array{group};
    made["parameters"] = parameters<Endpoint>(schemas);
    if constexpr (Endpoint::has_request_body)
        made["requestBody"] = request_body<Endpoint>(schemas);
    made["responses"] = responses<Endpoint>(schemas);
    if (!Endpoint::origin.empty()) { // no credentials go there
        made["servers"] = {{{"url", Endpoint::origin}}};
        made["security"] = boost::json::array();
    }
    made["x-certainty"] = to_string(Endpoint::certainty);
    made["x-idempotent"] = Endpoint::is_idempotent;
    return made;
}

} // namespace intheloop::detail

#endif
