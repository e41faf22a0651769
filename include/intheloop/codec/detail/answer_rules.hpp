// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_ANSWER_RULES_HPP
#define INTHELOOP_CODEC_DETAIL_ANSWER_RULES_HPP

// Constant tables that tell how to read the answers of an endpoint, where its traits say more than
// its response type.

#include <intheloop/base/error.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_decoder.hpp>
#include <intheloop/codec/detail/read_scalar.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/detail/type_name.hpp>
#include <intheloop/endpoint/endpoint.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace intheloop::codec {

namespace detail {

enum class header_reading : unsigned char { taken, unknown_value, unreadable };

// A member of a response that comes from a header field.
struct header_member {
    std::string_view name;
    char const* expected; // "a 64-bit integer"
    bool required;
    header_reading (*read)(std::string_view text, void* described_response);
};

// The type of the body of error responses with one status.
struct error_type {
    std::uint16_t status;
    std::string_view name;
    // Returns the problem, or gives the error the decoded body.
    std::optional<json_error> (*read)(error& into, std::string_view body, json_limits limits,
                                      json_statistics& statistics);
};

} // namespace detail

struct answer_rules {
    std::span<std::uint16_t const> further_success{}; // besides 200 and 201
    std::span<detail::error_type const> errors{};
    // Null unless members come from headers: the type without them.
    detail::json_type const* json = nullptr;
    bool needs_no_body = false;
    std::span<detail::header_member const> headers{};
    // Returns the object with these members; null in an empty std::optional.
    void* (*described)(void* response) = nullptr;
};

namespace detail {

template <class T>
T& place_for_scalar(T& member) {
    return member;
}
template <class T>
T& place_for_scalar(std::optional<T>& member) {
    return member.emplace(intheloop::detail::make_empty<T>());
}
template <class T>
using scalar_within = std::remove_reference_t<decltype(place_for_scalar(std::declval<T&>()))>;

template <class Described, class Field>
header_reading read_header_member(std::string_view text, void* described) {
    auto& value = place_for_scalar(static_cast<Described*>(described)->*Field::pointer);
    if (!read_scalar(text, value))
        return header_reading::unreadable;
    if constexpr (requires { value.is_known(); })
        if (!value.is_known())
            return header_reading::unknown_value;
    return header_reading::taken;
}

template <class Body>
std::optional<json_error> read_error_as(error& into, std::string_view body, json_limits limits,
                                        json_statistics& statistics) {
    auto decoded = std::make_shared<Body>(intheloop::detail::make_empty<Body>());
    auto problem = codec::decode_json(body, *decoded, limits, &statistics);
    if (!problem)
        intheloop::detail::body_of_error::set(into, std::move(decoded),
                                              &intheloop::detail::type_mark<Body>::here);
    return problem;
}

// The tables of a response with members that come from headers.
template <class Endpoint>
struct headed_response {
    using response = typename Endpoint::response_type;
    using whole = typename intheloop::detail::described_response<response>::type;
    using fields = intheloop::detail::fields_of<whole>;

    template <class Field>
    static constexpr bool is_headed = !Endpoint::template response_header_of<Field>.empty();
    template <class... Fields>
    static constexpr std::size_t count(intheloop::detail::field_list<Fields...>) {
        return (std::size_t{0} + ... + (is_headed<Fields> ? 1 : 0));
    }

    static constexpr auto make_headers() {
        std::array<header_member, count(fields{})> found{};
        std::size_t next = 0;
        fields::for_each([&]<class Field>(Field) {
            using value_type = typename Field::value_type;
            if constexpr (is_headed<Field>)
                found[next++] = {Endpoint::template response_header_of<Field>,
                                 json_decoder<scalar_within<value_type>>::table.expected,
                                 !intheloop::detail::may_be_absent<value_type>,
                                 &read_header_member<whole, Field>};
        });
        return found;
    }
    static constexpr auto headers = make_headers();

    static constexpr auto make_members() {
        std::array<json_member, fields::size - count(fields{})> found{};
        [[maybe_unused]] std::size_t next = 0;
        fields::for_each([&]<class Field>(Field) {
            if constexpr (!is_headed<Field>)
                found[next++] = json_decoder<whole>::template member<Field>();
        });
        return found;
    }
    static constexpr auto members = make_members();
    static constexpr json_type object = {.kind = json_type::object,
                                         .expected = "an object",
                                         .reset = &reset_object<whole>,
                                         .members = members};
    static json_type const& object_type() { return object; }
};
// The table of a response, or of a std::optional of it.
template <class Endpoint, class Response>
struct headed_type {
    static constexpr json_type table = headed_response<Endpoint>::object;
    static void* described(void* response) { return response; }
};
template <class Endpoint, class Described>
struct headed_type<Endpoint, std::optional<Described>> {
    static constexpr json_type table = [] {
        json_type made = json_decoder<std::optional<Described>>::table;
        made.inner = &headed_response<Endpoint>::object_type;
        return made;
    }();
    static void* described(void* response) {
        auto& given = *static_cast<std::optional<Described>*>(response);
        return given ? &*given : nullptr;
    }
};

template <class Endpoint>
struct answer_tables {
    static constexpr auto make_errors() {
        std::array<error_type, Endpoint::error_bodies::size> found{};
        [[maybe_unused]] std::size_t next = 0;
        Endpoint::error_bodies::for_each([&]<class Info>(Info) {
            using body = typename Info::error_type;
            found[next++] = {static_cast<std::uint16_t>(Info::error_status),
                             intheloop::detail::type_name<body>(), &read_error_as<body>};
        });
        return found;
    }
    static constexpr auto errors = make_errors();

    static constexpr answer_rules make_rules() {
        answer_rules made;
        made.further_success = Endpoint::further_success;
        made.errors = errors;
        if constexpr (Endpoint::has_response_headers) {
            using type = headed_type<Endpoint, typename Endpoint::response_type>;
            made.json = &type::table;
            made.needs_no_body = Endpoint::answers_with_headers;
            made.headers = headed_response<Endpoint>::headers;
            made.described = &type::described;
        }
        return made;
    }
    static constexpr answer_rules rules = make_rules();
};

} // namespace detail

// Returns the rules of an endpoint; null if its response type says all.
template <class Endpoint>
constexpr answer_rules const* answer_rules_of() {
    if constexpr (Endpoint::further_success.empty() && Endpoint::error_bodies::size == 0 &&
                  !Endpoint::has_response_headers)
        return nullptr;
    else
        return &detail::answer_tables<Endpoint>::rules;
}

} // namespace intheloop::codec

#endif
