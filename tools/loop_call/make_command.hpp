// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_CALL_MAKE_COMMAND_HPP
#define INTHELOOP_TOOLS_LOOP_CALL_MAKE_COMMAND_HPP

// Makes commands of endpoints.
#include "../shared/json_text.hpp"
#include "command.hpp"

#include <intheloop.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/codec/detail/answer_rules.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tools {

// The names of options that the members of the request can't have.
inline std::set<std::string> own_options(command const& of) {
    std::set<std::string> names{"--h", "--help", dry_run_option};
    if (of.has_raw_body)
        names.insert(body_file_option);
    else if (of.has_body && !of.has_form)
        names.insert(body_option);
    if (of.has_key)
        names.insert(key_option);
    return names;
}

namespace detail {

// Names the type within std::optional, nullable and std::vector.
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

// --tag-ids of tag_ids, or of the name on the wire of a member without a name in C++: tagIds.
// Leaves out what a shell takes for its own: --type of $type; and what no option begins with: --id
// of _id.
inline std::string option_name(std::string_view member) {
    std::string name;
    bool after_word = false; // no capital begins a word after a capital: X-User-ID
    for (char const c : member) {
        bool const is_capital = c >= 'A' && c <= 'Z';
        bool const is_dash = c == '_' || c == '-';
        if ((is_capital && after_word) || (is_dash && !name.empty()))
            name += '-';
        if (is_capital)
            name += static_cast<char>(c - 'A' + 'a');
        else if (intheloop::detail::is_word_char(c) && !is_dash)
            name += c;
        after_word = intheloop::detail::is_word_char(c) && c != '_' && !is_capital;
    }
    return "--" + (name.empty() ? "member" : name);
}

// Gives each option a name of its own, which is not among those that are taken: of two members
// called type, the second one is --type-2, and its help tells of which member it is.
inline void tell_apart(std::vector<command_option>& options, std::set<std::string> taken) {
    for (command_option& option : options) {
        std::string const plain = option.name;
        for (int number = 2; !taken.insert(option.name).second; ++number)
            option.name = plain + '-' + std::to_string(number);
        if (option.name != plain)
            option.help += (option.help.empty() ? "(the member \"" : " (the member \"") +
                           option.wire_name + "\")";
    }
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
    if constexpr (std::same_as<type, intheloop::raw_body>)
        option.type = "FILE";
    option.is_list = within::is_list;
    option.is_required = !intheloop::detail::may_be_absent<value_type>;
    return option;
}

// The member that is the whole body, by its name on the wire; empty if there is none.
template <class Endpoint>
std::string_view body_member() {
    std::string_view name;
    intheloop::detail::fields_of<typename Endpoint::request_type>::for_each([&]<class Field>(
                                                                                Field) {
        if constexpr (Endpoint::template place_of<Field> == intheloop::detail::place::whole_body)
            name = Field::wire_name;
    });
    return name;
}

template <class T>
void set_file(T&, intheloop::raw_body&&) {}
inline void set_file(intheloop::raw_body& member, intheloop::raw_body&& file) {
    member = std::move(file);
}
inline void set_file(std::optional<intheloop::raw_body>& member, intheloop::raw_body&& file) {
    member = std::move(file);
}
inline void set_file(std::vector<intheloop::raw_body>& member, intheloop::raw_body&& file) {
    member.push_back(std::move(file));
}

template <class Endpoint>
void set_raw(typename Endpoint::request_type& request, raw_contents&& raw) {
    using intheloop::detail::place;
    intheloop::detail::fields_of<typename Endpoint::request_type>::for_each(
        [&]<class Field>(Field) {
            constexpr place where = Endpoint::template place_of<Field>;
            if constexpr (where == place::whole_body &&
                          std::same_as<typename Field::value_type, intheloop::raw_body>)
                (request.*Field::pointer).bytes = std::move(raw.body);
            if constexpr (where == place::part)
                for (form_file& file : raw.files)
                    if (file.wire_name == Field::wire_name)
                        set_file(request.*Field::pointer, std::move(file.content));
        });
}

// Tells whether a type takes any JSON, with numbers that no type of C++ holds exactly.
template <class T>
constexpr bool is_open =
    std::same_as<T, boost::json::object> || std::same_as<T, boost::json::value> ||
    std::same_as<T, std::optional<boost::json::value>>;

// Tells whether the whole body is an object with any members, of which nothing else has to be
// known.
template <class Endpoint>
constexpr bool has_open_body() {
    using request_type = typename Endpoint::request_type;
    bool found = false;
    intheloop::detail::fields_of<request_type>::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template place_of<Field> == intheloop::detail::place::whole_body)
            found = is_open<typename Field::value_type>;
    });
    return found && !requires(request_type const& request) {
        request.validate();
    };
}

// The body of a request that is JSON, as it is written there: the member that is the whole body, or
// the object without the members that have another place.
template <class Endpoint>
std::string body_of(std::string_view request) {
    using intheloop::detail::place;
    std::string whole;
    std::string body = edit_members(
        request,
        [&](std::string const& key, std::string_view value) -> std::optional<std::string_view> {
            bool is_elsewhere = false;
            intheloop::detail::fields_of<typename Endpoint::request_type>::for_each(
                [&]<class Field>(Field) {
                    constexpr place where = Endpoint::template place_of<Field>;
                    if (Field::wire_name != key)
                        return;
                    is_elsewhere = where != place::body;
                    if (where == place::whole_body)
                        whole = value;
                });
            return is_elsewhere ? std::nullopt : std::optional(value);
        });
    return body_member<Endpoint>().empty() ? body : whole;
}

// The answer as bytes, where it may be any JSON.
template <class Endpoint>
using answer_type = std::conditional_t<is_open<typename Endpoint::response_type>,
                                       intheloop::raw_body, typename Endpoint::response_type>;

// The request that this JSON says. Its body is written as it is there.
template <class Endpoint>
intheloop::net::request encode(intheloop::client const& client, std::string text, raw_contents raw,
                               intheloop::call_options const& options) {
    using request_type = typename Endpoint::request_type;
    request_type request = intheloop::detail::make_empty<request_type>();
    std::string body;
    if (!Endpoint::sends_raw_body && !Endpoint::sends_form && Endpoint::has_request_body)
        body = body_of<Endpoint>(text);
    if (has_open_body<Endpoint>() && body.starts_with('{')) // may have numbers that no type has
        set_member(text, std::string(body_member<Endpoint>()), "{}");
    if (auto const problem = intheloop::codec::decode_json(with_small_exponents(text), request))
        throw intheloop::exception(
            intheloop::error(intheloop::errc::invalid_request, problem->text()));
    set_raw<Endpoint>(request, std::move(raw));

    static constexpr Endpoint endpoint{};
    static constexpr intheloop::endpoint_info info = Endpoint::info();
    auto const& settings = *intheloop::detail::access::core(client)->settings;
    auto encoded = intheloop::detail::begin_request(settings, info);
    auto const problem = intheloop::codec::encode_request(endpoint, request, encoded);
    if (!body.empty())
        encoded.body = std::move(body);
    auto prepared = intheloop::detail::prepare_request(settings, info, std::move(encoded),
                                                       problem ? &*problem : nullptr, &options);
    prepared.context.answers = intheloop::codec::answer_rules_of<Endpoint>();
    return prepared;
}

template <class Endpoint>
intheloop::prepared_request prepare(intheloop::client const& client, std::string text,
                                    raw_contents raw, intheloop::call_options const& options) {
    return intheloop::detail::describe_request(
               *intheloop::detail::access::core(client)->settings,
               encode<Endpoint>(client, std::move(text), std::move(raw), options))
        .value();
}

// Returns the error of a success whose body is no JSON, as the client tells of one: with the
// status, and how the body begins.
template <class Endpoint>
intheloop::error unreadable_answer(intheloop::client const& client,
                                   intheloop::result<intheloop::raw_body> const& answer) {
    using response_type = typename Endpoint::response_type;
    intheloop::codec::encoded_response response;
    response.status = answer.status();
    response.headers = answer.headers();
    response.body = answer->bytes;
    auto ignored = intheloop::detail::make_empty<response_type>();
    intheloop::codec::json_statistics statistics;
    auto const* rules = intheloop::codec::answer_rules_of<Endpoint>();
    auto failure = intheloop::codec::decode_response(response, ignored, {}, statistics, rules);
    intheloop::error e =
        failure ? *std::move(failure) : intheloop::error(intheloop::errc::invalid_json, {});
    e.status = response.status;
    e.endpoint = Endpoint::info().description;
    e.request_id = answer.request_id();
    e.attempts = answer.attempts();
    e.elapsed = answer.elapsed();
    e.progress = intheloop::request_progress::response_begun;
    auto const& options = intheloop::detail::access::core(client)->settings->options;
    std::vector<intheloop::policy::sought_secret> secrets{{options.token.reveal()}};
    if (options.impersonate_user)
        secrets.push_back(intheloop::policy::sought_user(*options.impersonate_user));
    intheloop::policy::redact(e, secrets);
    return e;
}

// Returns the text of an answer that may be any JSON; empty if it has no body.
template <class Endpoint>
std::string checked_answer(intheloop::client const& client,
                           intheloop::result<intheloop::raw_body> const& answer) {
    auto const bytes = intheloop::codec::without_byte_order_mark(answer.value().bytes);
    std::size_t const begin = std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size());
    std::string text(bytes.substr(begin, bytes.find_last_not_of(" \t\r\n") + 1 - begin));
    if (text.empty() &&
        std::same_as<typename Endpoint::response_type, std::optional<boost::json::value>>)
        return text;
    try {
        check_json(text);
        return text;
    } catch (std::invalid_argument const&) {
        throw intheloop::exception(unreadable_answer<Endpoint>(client, answer));
    }
}

template <class Endpoint>
boost::asio::awaitable<std::string> call(intheloop::client& client, std::string text,
                                         raw_contents raw, intheloop::call_options options) {
    using signature = void(intheloop::result<answer_type<Endpoint>>);
    auto request = encode<Endpoint>(client, std::move(text), std::move(raw), options);
    auto operation = boost::asio::async_initiate<boost::asio::deferred_t const, signature>(
        intheloop::detail::initiate_call<answer_type<Endpoint>>(
            intheloop::detail::access::core(client)),
        boost::asio::deferred, std::move(request));
    auto const answer = co_await std::move(operation);
    using response_type = typename Endpoint::response_type;
    if constexpr (is_open<response_type>) {
        co_return checked_answer<Endpoint>(client, answer);
    } else if constexpr (std::same_as<response_type, intheloop::raw_body>) {
        co_return answer.value().bytes;
    } else {
        std::string written;
        if (auto const problem = intheloop::codec::encode_json(written, answer.value()))
            throw intheloop::exception(
                intheloop::error(intheloop::errc::unexpected_json, problem->text()));
        if (written == "null") // std::optional: no body
            written.clear();
        co_return written;
    }
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
    made.has_body = Endpoint::has_request_body;
    intheloop::detail::fields_of<request_type>::for_each([&]<class Field>(Field) {
        if constexpr (Endpoint::template place_of<Field> != intheloop::detail::place::whole_body)
            made.options.push_back(detail::option_of<request_type, Field>());
    });
    made.body_member = detail::body_member<Endpoint>();
    made.has_raw_body = Endpoint::sends_raw_body;
    made.has_optional_body = Endpoint::has_optional_body;
    made.has_form = Endpoint::sends_form;
    made.has_raw_answer = std::same_as<typename Endpoint::response_type, intheloop::raw_body>;
    made.has_key = !Endpoint::key_header.empty();
    detail::tell_apart(made.options, own_options(made));
    made.call = &detail::call<Endpoint>;
    made.prepare = &detail::prepare<Endpoint>;
    return made;
}

// A command for each endpoint of a catalog.
template <auto... Endpoints>
std::vector<command> commands_of(intheloop::catalog<Endpoints...>) {
    return {command_of(Endpoints)...};
}

} // namespace tools

#endif
