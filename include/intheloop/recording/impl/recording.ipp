// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDING_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDING_IPP

#include <intheloop/base/detail/base64.hpp>
#include <intheloop/jobs/detail/file_target.hpp>
#include <intheloop/jobs/detail/part_file.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/recording.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace intheloop::testing {

namespace detail {

// Rounds the numbers that no double can hold (1e309) to those that it can: JSON has no infinity.
INTHELOOP_DECL void make_finite(boost::json::value& value) {
    if (auto* const number = value.if_double()) {
        *number = finite(*number);
    } else if (auto* const array = value.if_array()) {
        for (auto& element : *array)
            make_finite(element);
    } else if (auto* const object = value.if_object()) {
        for (auto& member : *object)
            make_finite(member.value());
    }
}

} // namespace detail

INTHELOOP_DECL recorded_body recorded_body::of_json(boost::json::value value) {
    recorded_body made;
    made.form = form::json;
    made.json = std::move(value);
    detail::make_finite(made.json);
    return made;
}

INTHELOOP_DECL recorded_body recorded_body::of_text(std::string text) {
    recorded_body made;
    made.form = text.empty() ? form::none : form::text;
    made.bytes = std::move(text);
    return made;
}

INTHELOOP_DECL recorded_body recorded_body::of_bytes(std::string bytes) {
    recorded_body made;
    made.form = bytes.empty() ? form::none : form::binary;
    made.bytes = std::move(bytes);
    return made;
}

INTHELOOP_DECL bool recorded_exchange::carries_file() const {
    return (status == 200 || status == 206) && detail::file_number(target);
}

namespace detail {

inline constexpr std::string_view recording_format = "intheloop recording";
inline constexpr int recording_version = 1;

INTHELOOP_DECL boost::json::string_view json_view(std::string_view text) {
    return {text.data(), text.size()};
}

// Splits a text into its lines, each with its line feed. A single line becomes a string.
INTHELOOP_DECL boost::json::value lines_of(std::string_view text) {
    boost::json::array lines;
    while (!text.empty()) {
        std::size_t const end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.emplace_back(json_view(text.substr(0, end)));
        text.remove_prefix(end);
    }
    return lines.size() == 1 ? std::move(lines.front()) : boost::json::value(std::move(lines));
}

INTHELOOP_DECL boost::json::value base64_lines_of(std::string_view bytes) {
    constexpr std::size_t bytes_of_line = 72; // 96 characters
    boost::json::array lines;
    for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes_of_line, bytes.size())))
        lines.emplace_back(intheloop::detail::to_base64(bytes.substr(0, bytes_of_line)));
    return lines;
}

INTHELOOP_DECL void add_message(boost::json::object& to, header_list const& fields,
                                recorded_body const& body) {
    if (!fields.empty()) {
        boost::json::object members;
        for (auto const& [name, value] : fields)
            members[name] = json_view(value);
        to["headers"] = std::move(members);
    }
    if (body.form == recorded_body::form::json)
        to["json"] = body.json;
    else if (body.form == recorded_body::form::text)
        to["text"] = lines_of(body.bytes);
    else if (body.form == recorded_body::form::binary)
        to["base64"] = base64_lines_of(body.bytes);
}

INTHELOOP_DECL boost::json::object json_of(recorded_exchange const& one) {
    boost::json::object request;
    request["method"] = one.method;
    request["target"] = one.target;
    add_message(request, one.request_headers, one.request_body);

    boost::json::object made;
    made["request"] = std::move(request);
    if (one.status != 0) {
        boost::json::object response;
        response["status"] = one.status;
        add_message(response, one.headers, one.body);
        if (one.missing != 0)
            response["missing"] = one.missing;
        if (one.left_out != 0)
            response["left_out"] = one.left_out;
        made["answer"] = std::move(response);
    }
    if (!one.failure.empty())
        made["failure"] = one.failure;
    return made;
}

INTHELOOP_DECL void throw_failure(std::string_view name, std::string const& problem) {
    throw std::runtime_error(std::string(name) + ": " + problem);
}

} // namespace detail

INTHELOOP_DECL std::string recording::to_json() const {
    boost::json::array exchanges;
    for (recorded_exchange const& one : exchanges_)
        exchanges.emplace_back(detail::json_of(one));
    boost::json::object document;
    document["format"] = detail::json_view(detail::recording_format);
    document["version"] = detail::recording_version;
    document["exchanges"] = std::move(exchanges);
    return detail::pretty_json(document);
}

INTHELOOP_DECL void recording::save(file_path const& path) const {
    std::string const text = to_json();
    intheloop::detail::file_target target;
    std::optional<error> failure = intheloop::detail::look_at_target(path.native(), target);
    if (!failure && target.is_stream)
        failure.emplace(errc::file_failed, "it is no regular file");
    intheloop::detail::temporary_part_file file(target.path);
    if (!failure)
        failure = file.open();
    if (!failure)
        failure = file.write(text);
    if (!failure)
        failure = file.commit();
    if (failure)
        detail::throw_failure(path.native(), "the recording can't be saved: " + failure->detail);
}

} // namespace intheloop::testing

#include <intheloop/recording/impl/recording_reader.ipp>

#endif
