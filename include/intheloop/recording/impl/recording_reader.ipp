// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDING_READER_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDING_READER_IPP

// Reads a recording from the text of its file.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/recording/detail/replay_match.hpp>
#include <intheloop/recording/recording.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/stream_parser.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace intheloop::testing {
namespace detail {

// A value in the file, and its place.
class read_value {
public:
    read_value(boost::json::value const& value, std::string pointer)
        : value_(&value), pointer_(std::move(pointer)) {}

    [[noreturn]] void refuse(std::string const& problem) const {
        throw std::runtime_error((pointer_.empty() ? "the whole" : pointer_) + ": " + problem);
    }

    boost::json::value const& value() const { return *value_; }

    // Requires an object without other members.
    void allow(std::initializer_list<std::string_view> names) const {
        if (!value_->is_object())
            refuse("must be an object");
        for (auto const& member : value_->get_object())
            if (std::find(names.begin(), names.end(),
                          std::string_view(member.key().data(), member.key().size())) ==
                names.end())
                at(member.value(), member.key()).refuse("is not known here");
    }
    bool has(std::string_view name) const { return find(name) != nullptr; }
    read_value member(std::string_view name) const {
        auto const* const found = find(name);
        if (found == nullptr)
            refuse("\"" + std::string(name) + "\" is missing");
        return at(*found, {name.data(), name.size()});
    }
    // Requires an array, and calls read(element) for each element.
    template <class Read>
    void for_each(Read const& read) const {
        if (!value_->is_array())
            refuse("must be an array");
        std::size_t index = 0;
        for (auto const& element : value_->get_array())
            read(at(element, std::to_string(index++)));
    }

    std::string text() const {
        auto const* const found = value_->if_string();
        if (found == nullptr)
            refuse("must be a string");
        return {found->data(), found->size()};
    }
    // Returns one string, or several joined.
    std::string joined_text() const {
        if (!value_->is_array())
            return text();
        std::string all;
        for_each([&](read_value const& line) { all += line.text(); });
        return all;
    }
    std::uint64_t number(std::uint64_t least, std::uint64_t most) const {
        std::uint64_t found = 0;
        boost::system::error_code problem;
        if (value_->is_number())
            found = value_->to_number<std::uint64_t>(problem);
        if (!value_->is_number() || problem || found < least || found > most)
            refuse(most == std::numeric_limits<std::uint64_t>::max()
                       ? "must be an integer above zero"
                       : "must be an integer from " + std::to_string(least) + " to " +
                             std::to_string(most));
        return found;
    }

private:
    boost::json::value const* find(std::string_view name) const {
        auto const* const object = value_->if_object();
        return object != nullptr ? object->if_contains({name.data(), name.size()}) : nullptr;
    }
    read_value at(boost::json::value const& value, boost::json::string_view name) const {
        std::string pointer = pointer_;
        codec::detail::append_pointer(pointer, name);
        return read_value(value, std::move(pointer));
    }

    boost::json::value const* value_;
    std::string pointer_;
};

INTHELOOP_DECL bool is_field_text(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7f';
    });
}

INTHELOOP_DECL bool is_field_name(std::string_view name) {
    return !name.empty() &&
           std::all_of(name.begin(), name.end(), &intheloop::detail::is_token_char);
}

// Refuses a text in which a placeholder lacks its closing braces: it would be played as it is.
INTHELOOP_DECL void require_closed_placeholders(read_value const& from, std::string_view text) {
    std::size_t const at = find_unclosed_placeholder(text);
    if (at != text.size())
        from.refuse("has a placeholder without its closing braces: \"" +
                    std::string(intheloop::detail::cut_text(text.substr(at), 20)) +
                    "\"; a literal \"{{\" is spelled {{braces}}");
}

// Does the same in all names and strings of a value.
INTHELOOP_DECL void require_closed_placeholders(read_value const& from) {
    boost::json::value const& value = from.value();
    if (auto const* const text = value.if_string()) {
        require_closed_placeholders(from, {text->data(), text->size()});
    } else if (value.is_array()) {
        from.for_each([](read_value const& element) { require_closed_placeholders(element); });
    } else if (auto const* const object = value.if_object()) {
        for (auto const& member : *object) {
            std::string_view const name(member.key().data(), member.key().size());
            require_closed_placeholders(from, name);
            require_closed_placeholders(from.member(name));
        }
    }
}

INTHELOOP_DECL header_list read_fields(read_value const& from) {
    header_list fields;
    if (!from.has("headers"))
        return fields;
    read_value const members = from.member("headers");
    if (!members.value().is_object())
        members.refuse("must be an object");
    for (auto const& each : members.value().get_object()) {
        std::string const name(each.key().data(), each.key().size());
        read_value const field = members.member(name);
        std::string value = field.text();
        if (!is_field_name(name) || !is_field_text(value))
            field.refuse("can't stand in a header");
        require_closed_placeholders(field, value);
        fields.emplace_back(name, std::move(value));
    }
    return fields;
}

// The bytes of a file have no placeholders.
INTHELOOP_DECL recorded_body read_body(read_value const& from, bool is_file = false) {
    if (from.has("json") + from.has("text") + from.has("base64") > 1)
        from.refuse("has more than one of \"json\", \"text\" and \"base64\"");
    if (from.has("json")) {
        if (!is_file)
            require_closed_placeholders(from.member("json"));
        return recorded_body::of_json(from.member("json").value());
    }
    if (from.has("text")) {
        std::string text = from.member("text").joined_text();
        if (!is_file)
            require_closed_placeholders(from.member("text"), text);
        return recorded_body::of_text(std::move(text));
    }
    std::string bytes;
    if (from.has("base64"))
        from.member("base64").for_each([&](read_value const& line) {
            auto const part = from_base64(line.text());
            if (!part)
                line.refuse("is not base64");
            bytes += *part;
        });
    return recorded_body::of_bytes(std::move(bytes));
}

INTHELOOP_DECL recorded_exchange read_exchange(read_value const& from) {
    from.allow({"request", "answer", "failure"});
    recorded_exchange one;

    read_value const request = from.member("request");
    request.allow({"method", "target", "headers", "json", "text", "base64"});
    one.method = request.member("method").text();
    if (!is_field_name(one.method))
        request.member("method").refuse("is no method");
    one.target = request.member("target").text();
    std::string_view const origin = origin_of_target(one.target);
    net::url address;
    std::string problem;
    bool const names_origin = origin.size() < one.target.size() &&
                              net::parse_url(origin, address, problem) &&
                              address.origin.text() == origin;
    if (!one.target.starts_with('/') && one.target != "*" && !file_number(one.target) &&
        !names_origin)
        request.member("target").refuse(
            "must begin with a slash or with an origin and a slash, or be {{file:n}}");
    require_closed_placeholders(request.member("target"), one.target);
    one.request_headers = read_fields(request);
    one.request_body = read_body(request);

    if (from.has("failure")) {
        one.failure = from.member("failure").text();
        if (one.failure.empty())
            from.member("failure").refuse("must not be empty");
    }
    if (!from.has("answer")) {
        if (one.failure.empty())
            from.refuse("must have an \"answer\" or a \"failure\"");
        return one;
    }
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    read_value const response = from.member("answer");
    response.allow({"status", "headers", "json", "text", "base64", "missing", "left_out"});
    one.status = static_cast<unsigned>(response.member("status").number(100, 999));
    one.headers = read_fields(response);
    for (auto const& [name, value] : one.headers)
        if (frames_body(name))
            response.member("headers").member(name).refuse(
                "must not be there: the player says where the body ends");
    one.body = read_body(response, one.carries_file());
    if (response.has("missing"))
        one.missing = response.member("missing").number(1, most);
    if (response.has("left_out"))
        one.left_out = response.member("left_out").number(1, most);
    return one;
}

INTHELOOP_DECL std::vector<recorded_exchange> read_recording(std::string_view text) {
    constexpr std::size_t deepest = 600;
    boost::json::stream_parser parser({}, [] {
        boost::json::parse_options options;
        options.max_depth = deepest;
        return options;
    }());
    boost::system::error_code problem;
    std::size_t const read = parser.write_some(text.data(), text.size(), problem);
    if (!problem)
        parser.finish(problem);
    if (problem || text.find_first_not_of(" \t\r\n", read) != text.npos) {
        auto const line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n');
        throw std::runtime_error("is not JSON: in line " + std::to_string(line) + ": " +
                                 (problem ? problem.message() : "something follows it"));
    }
    boost::json::value const document = parser.release();
    read_value const root(document, {});
    if (!document.is_object() || !root.has("format") ||
        !root.member("format").value().is_string() ||
        root.member("format").text() != "intheloop recording")
        root.refuse("is no recording: its \"format\" must be \"intheloop recording\"");
    root.allow({"format", "version", "exchanges"});
    if (std::uint64_t const version =
            root.member("version").number(1, std::numeric_limits<std::uint32_t>::max());
        version != 1)
        root.member("version").refuse(
            "is " + std::to_string(version) +
            ", and this library reads version 1 alone: record the session anew");
    std::vector<recorded_exchange> exchanges;
    root.member("exchanges").for_each([&](read_value const& one) {
        exchanges.push_back(read_exchange(one));
    });
    return exchanges;
}

} // namespace detail

INTHELOOP_DECL recording recording::parse(std::string_view text, std::string_view name) {
    try {
        return recording(detail::read_recording(text));
    } catch (std::runtime_error const& problem) {
        throw std::runtime_error(std::string(name) + ": " + problem.what());
    }
}

INTHELOOP_DECL recording recording::load(file_path const& path) {
    auto const file = intheloop::detail::open_without_waiting(path.native());
    std::string text;
    if (!file || !file.read_all(text))
        throw std::runtime_error(path.native() + ": the recording can't be read: " +
                                 std::generic_category().message(errno));
    return parse(text, path.native());
}

} // namespace intheloop::testing

#endif
