// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_ENDPOINT_HPP
#define INTHELOOP_ENDPOINT_ENDPOINT_HPP

#include <intheloop/endpoint/detail/check.hpp>
#include <intheloop/endpoint/detail/check_answers.hpp>
#include <intheloop/endpoint/detail/type_name.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>
#include <intheloop/endpoint/idempotency_key.hpp>
#include <intheloop/endpoint/multipart.hpp>
#include <intheloop/endpoint/origin.hpp>
#include <intheloop/endpoint/pages.hpp>
#include <intheloop/endpoint/parameters.hpp>
#include <intheloop/endpoint/raw_body.hpp>
#include <intheloop/endpoint/response_header.hpp>
#include <intheloop/endpoint/route.hpp>
#include <intheloop/endpoint/statuses.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace intheloop {

// Describes an endpoint without its types. All texts have static storage.
struct endpoint_info {
    intheloop::verb verb;
    std::string_view route; // the template, "/api/v1/report/exports/{id}"
    std::string_view
        description; // "GET /api/v1/report/exports/{id} (get_request) -> export_result"
    std::string_view summary;
    bool idempotent;
    intheloop::certainty certainty;
    std::string_view operation = {};  // "report.get_report"; empty without a name
    bool accepts_any_content = false; // any Content-Type, not only JSON
    std::span<std::uint16_t const> further_success = {}; // statuses besides 200 and 201
    std::string_view key_header = {}; // of idempotency_key<>; empty without this trait
    std::string_view origin = {};     // "https://docs.intheloop.io"; empty for the API's
};

// Describes a route of the API: method, path, request and response. Declare it once, as a constant:
//
//     inline constexpr intheloop::endpoint<intheloop::verb::get, "/api/v1/card/{id}",
//                                          card_request, card> get_card{};
//
// A member of Request whose name on the wire is a placeholder goes into the path. A member named by
// the traits query<>, header<> or body<> goes there. The others form the JSON body. All of it is
// checked when the endpoint is declared. Request and Response can be made here, too, without
// classes: see parameters<> and fields<>.
//
// Traits: query<&R::a, ...>; joined_query<',', &R::a, ...> (joins the elements of a list with a
// comma, a space or a bar; query<> repeats the name); header<"X-Name", &R::a>; body<&R::a> (the
// member is the whole body); multipart<&R::a, ...> (the members are the parts of a form);
// sends_body (a DELETE has a body); offset_pages<>, cursor_pages<> or endless_pages<> (the order of
// pages, see there); success<204, ...>, error_body<404, T> and response_header<"X-Name", &T::a>
// (the answers, see there); origin<"https://host"> (another host than the API's, without
// credentials); idempotent or not_idempotent (the default follows RFC 9110 and the verb);
// idempotency_key<"Idempotency-Key"> (repeatable because the service knows a key, see there);
// operation<"group.name"> (the name in programs and documents); summary<"...">; documented (the
// default), inferred or observed.
template <verb Verb, fixed_string Route, class Request, class Response, class... Traits>
class endpoint {
    static_assert(!std::is_void_v<Response>,
                  "intheloop: an endpoint whose answer has no body, or none of interest, has the "
                  "response std::optional<boost::json::value>");
    static_assert(detail::check_endpoint<Verb, Route, Request, Traits...>::ok);
    static_assert(detail::check_response<Response>());
    static_assert(detail::check_answers<Verb, Response, Traits...>());
    static_assert((std::size_t{0} + ... + detail::says_paging<detail::trait_info<Traits>>) <= 1,
                  "intheloop: an endpoint has one kind of pages");
    static_assert(
        detail::paging_of<Traits...>::type::template fit<Request, Response>,
        "intheloop: offset_pages<> names a number of the request, a list and a number of the "
        "response; cursor_pages<> and endless_pages<> a member of the request, a list of the "
        "response, and a member of it of the same type as the first");

public:
    using request_type = Request;
    using response_type = Response;

    static constexpr intheloop::verb method = Verb;
    static constexpr std::string_view route = Route.view();
    static constexpr auto const& pieces = route_pieces<Route>;
    // How to get from page to page; see item_reader.
    using paging = typename detail::paging_of<Traits...>::type;
    // Tells whether requests have a body: POST, PUT, PATCH, and a DELETE with sends_body.
    static constexpr bool has_request_body = detail::has_request_body<Verb, Traits...>;
    // Tells whether body<> names a member whose body is not JSON.
    static constexpr bool sends_raw_body = detail::sends_raw_body<Request, Route, Traits...>();
    // Tells whether body<> names a member that may be absent. The request then has no body.
    static constexpr bool has_optional_body =
        detail::has_optional_body<Request, Route, Traits...>();
    // Tells whether the body is a form: multipart<>.
    static constexpr bool sends_form = detail::forms_in<Traits...> != 0;
    // The header of idempotency_key<>; empty without this trait.
    static constexpr std::string_view key_header = detail::key_header_of<Traits...>();
    static constexpr bool is_idempotent =
        !key_header.empty() || detail::idempotency<Verb, Traits...>();

    // The place of a request member, and its header name if it is a header.
    template <class Field>
    static constexpr detail::place place_of = detail::place_of<Route, Field, Traits...>();
    template <class Field>
    static constexpr std::string_view header_of = detail::header_name<Field, Traits...>();

    // The separator of a joined list in the query; NUL for other members.
    template <class Field>
    static constexpr char separator_of = detail::separator_of<Field, Traits...>();

    // The statuses of success besides 200 and 201, and the error_body traits.
    static constexpr auto further_success = detail::further_success_of<Traits...>();
    // Calls f(status) for each status that success<> names, in its order.
    template <class F>
    static constexpr void for_each_named_success(F f) {
        detail::for_each_success<Traits...>(f);
    }
    using error_bodies = detail::error_bodies_of<Traits...>;
    // The header of a response member; empty if it comes in the JSON.
    template <class Field>
    static constexpr std::string_view
        response_header_of = detail::response_header_name<Field, Traits...>();
    static constexpr bool has_response_headers = detail::response_headers_in<Traits...> != 0;
    // Tells whether all members of the response come from headers.
    static constexpr bool answers_with_headers = detail::is_made_of_headers<Response, Traits...>();

    static constexpr std::string_view operation = detail::operation_of<Traits...>();
    static constexpr std::string_view summary = detail::summary_of<Traits...>();
    static constexpr intheloop::certainty certainty = detail::certainty_of<Traits...>();
    static constexpr std::string_view origin = detail::origin_of<Traits...>(); // or empty

    // Returns "POST /api/v1/report/export (export_request) -> export_result", with the origin
    // before the route if it is not the API's.
    static constexpr std::string_view description() { return description_.view(); }

    // Returns the description without the types.
    static constexpr endpoint_info info() {
        return {Verb,
                route,
                description(),
                summary,
                is_idempotent,
                certainty,
                operation,
                std::is_same_v<Response, raw_body>,
                further_success,
                key_header,
                origin};
    }

private:
    static consteval auto describe_self() {
        constexpr auto write = [](auto& out) {
            out.append(to_string(Verb));
            out.append(" ");
            out.append(origin);
            out.append(Route.view());
            out.append(" (");
            detail::display_name<Request>::append(out);
            out.append(") -> ");
            detail::display_name<Response>::append(out);
        };
        constexpr std::size_t size = [write] {
            detail::text_measure measure;
            write(measure);
            return measure.size;
        }();
        detail::text_buffer<size> buffer;
        write(buffer);
        return buffer;
    }
    static constexpr auto description_ = describe_self();
};

namespace detail {
template <class T>
inline constexpr bool is_endpoint = false;
template <verb Verb, fixed_string Route, class Request, class Response, class... Traits>
inline constexpr bool is_endpoint<endpoint<Verb, Route, Request, Response, Traits...>> = true;

template <class T>
concept endpoint_type = is_endpoint<std::remove_cvref_t<T>>;
} // namespace detail

// The request type of an endpoint: request_of<report::export_report>.
template <auto Endpoint>
    requires detail::endpoint_type<decltype(Endpoint)>
using request_of = typename std::remove_cvref_t<decltype(Endpoint)>::request_type;
// The response type of an endpoint: response_of<report::export_report>.
template <auto Endpoint>
    requires detail::endpoint_type<decltype(Endpoint)>
using response_of = typename std::remove_cvref_t<decltype(Endpoint)>::response_type;

} // namespace intheloop

#endif
