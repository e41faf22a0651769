// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_CALL_COMMAND_HPP
#define INTHELOOP_TOOLS_LOOP_CALL_COMMAND_HPP

#include <intheloop.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/make_empty.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tools {

// A member of a request, as an option.
struct command_option {
    std::string name; // "--tag-ids"
    std::string wire_name;
    std::string help;
    std::string type;     // "TEXT"; all others are written as JSON
    bool is_list = false; // given once for each element
    bool is_required = false;
};

// An endpoint, as a command.
struct command {
    std::string name; // "report.get_report"
    std::string help; // "State of an export"
    std::vector<command_option> options;
    bool has_body = false;
    std::string body_member;   // by its name on the wire, if one member is the whole body
    bool has_raw_body = false; // which is no JSON

    // Sends the request that this JSON says, and a raw body; gives the answer as JSON, or as it is
    // if it is none; no text if it has no body. Throws loop::exception.
    std::function<boost::asio::awaitable<std::string>(intheloop::client&, std::string request,
                                                      std::string raw_body)>
        call;
};

namespace detail {

// What is within std::optional, nullable and std::vector.
template <class T>
struct element {
    using type = T;
    static constexpr bool is_list = false;
};
template <class T>
struct element<std::optional<T>> : element<T> {};
template <class T>
struct element<intheloop::nullable<T>> : element<T> {};
template <class T>
struct element<std::vector<T>> {
    using type = T;
    static constexpr bool is_list = true;
};

template <class T>
constexpr char const* type_name() {
    if constexpr (std::same_as<T, std::string> || intheloop::detail::open_enumeration<T> ||
                  std::same_as<T, intheloop::date_time> ||
                  std::same_as<T, std::chrono::year_month_day>)
        return "TEXT";
    else if constexpr (std::same_as<T, bool>)
        return "true|false";
    else if constexpr (std::integral<T> || intheloop::detail::epoch_time<T>)
        return "INTEGER";
    else
        return "JSON";
}

// --tag-ids of tag_ids
inline std::string option_name(std::string_view cpp_name) {
    std::string name = "--";
    for (char c : cpp_name)
        name += c == '_' ? '-' : c;
    return name;
}

template <class Request>
std::string note_of(std::string_view wire_name) {
    if constexpr (requires { Request::notes; })
        for (auto const& note : Request::notes)
            if (note.wire_name == wire_name)
                return std::string(note.text);
    return {};
}

template <class Request, class Field>
command_option option_of() {
    using value_type = typename Field::value_type;
    using within = element<value_type>;
    using type = typename within::type;
    command_option option;
    option.name = option_name(Field::cpp_name);
    option.wire_name = Field::wire_name;
    option.help = note_of<Request>(Field::wire_name);
    option.type = type_name<type>();
    option.is_list = within::is_list;
    option.is_required = !intheloop::codec::detail::may_be_absent<value_type>;
    return option;
}

template <class Endpoint>
void set_raw_body(typename Endpoint::request_type& request, std::string bytes) {
    intheloop::detail::fields_of<typename Endpoint::request_type>::for_each(
        [&]<class Field>(Field) {
            if constexpr (std::same_as<typename Field::value_type, intheloop::raw_body>)
                (request.*Field::pointer).bytes = std::move(bytes);
        });
}

template <class Endpoint>
boost::asio::awaitable<std::string> call(intheloop::client& client, std::string text,
                                         std::string raw_body) {
    using request_type = typename Endpoint::request_type;
    request_type request = intheloop::codec::detail::make_empty<request_type>();
    if (auto const problem = intheloop::codec::decode_json(text, request))
        throw intheloop::exception(
            intheloop::error(intheloop::errc::invalid_request, problem->text()));
    set_raw_body<Endpoint>(request, std::move(raw_body));
    static constexpr Endpoint endpoint{};
    auto const answer = co_await client.async_call(endpoint, request);
    std::string written;
    if constexpr (std::same_as<typename Endpoint::response_type, intheloop::raw_body>)
        co_return answer.value().bytes;
    if (auto const problem = intheloop::codec::encode_json(written, answer.value()))
        throw intheloop::exception(
            intheloop::error(intheloop::errc::unexpected_json, problem->text()));
    if (written == "null") // std::optional: no body
        written.clear();
    co_return written;
}

} // namespace detail

template <class Endpoint>
command command_of(Endpoint const&) {
    using request_type = typename Endpoint::request_type;
    command made;
    made.name = Endpoint::operation;
    made.help = Endpoint::summary;
    if (Endpoint::certainty != intheloop::certainty::documented)
        made.help += " (" + std::string(to_string(Endpoint::certainty)) + ")";
    made.has_body = intheloop::detail::has_body(Endpoint::method);
    intheloop::detail::fields_of<request_type>::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template place_of<Field> == intheloop::detail::place::whole_body)
            made.body_member = Field::wire_name;
        else
            made.options.push_back(detail::option_of<request_type, Field>());
    });
    made.has_raw_body = Endpoint::sends_raw_body;
    made.call = &detail::call<Endpoint>;
    return made;
}

// A command for each endpoint of a catalog.
template <auto... Endpoints>
std::vector<command> commands_of(intheloop::catalog<Endpoints...>) {
    return {command_of(Endpoints)...};
}

} // namespace tools

#endif
