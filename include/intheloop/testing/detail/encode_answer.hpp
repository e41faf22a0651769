// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_ENCODE_ANSWER_HPP
#define INTHELOOP_TESTING_DETAIL_ENCODE_ANSWER_HPP

// The server side of codec/detail/answer_rules.hpp: writes a response whose members partly stand in
// headers.

#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/field.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace intheloop::testing::detail {

// The object with the members of a response; null in an empty std::optional.
template <class T>
T const* described_part(T const& response) {
    return &response;
}
template <class T>
T const* described_part(std::optional<T> const& response) {
    return response ? &*response : nullptr;
}

// Writes the JSON of an object without the members that stand in headers; nothing if these are all.
template <class Endpoint, class Described>
[[nodiscard]] std::optional<codec::json_error> encode_json_part(std::string& out,
                                                                Described const& object) {
    if constexpr (Endpoint::answers_with_headers)
        return std::nullopt;
    codec::detail::json_writer writer(out);
    codec::detail::json_path const root{};
    bool first = true;
    writer.raw('{');
    intheloop::detail::fields_of<Described>::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template response_header_of<Field>.empty())
            codec::detail::json_encoder<Described>::template write_member<Field>(
                writer, object.*Field::pointer, root, first);
    });
    writer.raw('}');
    return writer.take_error();
}

// Calls add(name, text) for each member that stands in a header and is there. Returns the problem
// with a text that can't stand in a header.
template <class Endpoint, class Described, class Add>
[[nodiscard]] std::optional<codec::json_error> encode_headers(Described const& object, Add add) {
    std::optional<codec::json_error> problem;
    intheloop::detail::fields_of<Described>::for_each([&]<class Field>(Field) {
        constexpr std::string_view name = Endpoint::template response_header_of<Field>;
        if constexpr (!name.empty()) {
            auto const& member = object.*Field::pointer;
            std::string line;
            auto found = codec::detail::append_header_value(line, name, Field::wire_name, member);
            if (found && !problem)
                problem = std::move(found);
            else if (!line.empty()) // "name: text\r\n"
                add(name,
                    std::string_view(line).substr(name.size() + 2, line.size() - name.size() - 4));
        }
    });
    return problem;
}

} // namespace intheloop::testing::detail

#endif
