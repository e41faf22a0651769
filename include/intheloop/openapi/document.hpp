// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_OPENAPI_DOCUMENT_HPP
#define INTHELOOP_OPENAPI_DOCUMENT_HPP

// Makes an OpenAPI document from a catalog of endpoints. Not part of <intheloop.hpp>: the program
// that makes the document includes it.

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/route.hpp>
#include <intheloop/openapi/detail/operation.hpp>
#include <intheloop/openapi/detail/responses.hpp>
#include <intheloop/openapi/detail/schema.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace intheloop {

// The document's description of itself.
class openapi_options {
public:
    openapi_options() {}

    std::string title = "Loop API";
    std::string version = INTHELOOP_VERSION_STRING; // of the document
    std::string description =
        "What is known of the API, which is not this project's. x-certainty says how sure an "
        "operation, an answer or the description beside it is: it stands in the vendor's "
        "reference (documented), follows from what stands there (inferred), or was only seen in "
        "use (observed).";
    std::string server = "https://api.intheloop.io";
};

namespace detail {

// Returns {"name": ...} of each group of operations, in order.
template <auto... Endpoints>
boost::json::array tags_of(catalog<Endpoints...>) {
    boost::json::array tags;
    [[maybe_unused]] auto const add = [&](std::string_view group) {
        boost::json::value const tag{{"name", group}};
        if (!group.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end())
            tags.push_back(tag);
    };
    (add(group_of(Endpoints.operation)), ...);
    return tags;
}

// Tells whether no two origins have the same verb and route: a document has a path once.
template <auto... Endpoints>
consteval bool paths_unique(catalog<Endpoints...>) {
    distinct_texts<sizeof...(Endpoints)> seen;
    return (seen.add(shape_of<std::remove_cvref_t<decltype(Endpoints)>>.view(),
                     static_cast<unsigned char>(Endpoints.method)) &&
            ... && true);
}

inline std::vector<std::string_view> placeholders_of(std::string_view route) {
    std::vector<std::string_view> names;
    scan_route(route, [&](route_piece piece) {
        if (piece.is_placeholder)
            names.push_back(piece.text);
    });
    return names;
}

// Gives the parameters in the path of an operation the names that another route of the same shape
// has in their places.
inline void rename_placeholders(boost::json::object& operation, std::string_view route,
                                std::string_view other) {
    auto const names = placeholders_of(route), others = placeholders_of(other);
    for (boost::json::value& each : operation["parameters"].as_array()) {
        boost::json::object& parameter = each.as_object();
        auto const* const where = parameter.if_contains("in");
        if (!where || *where != "path")
            continue;
        std::string_view const name = parameter["name"].as_string();
        auto const found = std::find(names.begin(), names.end(), name);
        parameter["name"] = others[static_cast<std::size_t>(found - names.begin())];
    }
}

} // namespace detail

// Makes a complete OpenAPI 3.1 document of the endpoints: paths, parameters, bodies, responses,
// errors, credentials, examples. All of it comes from the descriptors and their types, so every
// endpoint of the catalog is in it. Described types and enumerations are in components/schemas
// under their C++ names ("report.export_result"); parameters<> and fields<>, which have none, where
// they are used.
//
//     std::cout << intheloop::openapi(intheloop::documented_endpoints + my_endpoints) << '\n';
//
// A member is required unless it is std::optional, nullable or a list in the query; only a nullable
// may be null. An enumeration is a string with its known values as examples and x-known-values, not
// an enum: its set is open, and a new value is no error. Routes that differ only in the names of
// their placeholders are one path, with the names of the first: a document can't tell them apart.
template <auto... Endpoints>
boost::json::object openapi(catalog<Endpoints...> endpoints,
                            openapi_options const& options = openapi_options()) {
    static_assert(detail::paths_unique(catalog<Endpoints...>()),
                  "intheloop: two origins of the catalog have the same verb and route, which one "
                  "OpenAPI document can't say: make two");
    detail::schema_registry schemas({{"error", detail::error_schema()}});
    boost::json::object paths;
    std::map<std::string_view, std::string_view> routes; // the first of each shape
    endpoints.for_each([&]<class Endpoint>(Endpoint const&) {
        std::string_view const route =
            routes.emplace(detail::shape_of<Endpoint>.view(), Endpoint::route).first->second;
        boost::json::object operation = detail::operation_object<Endpoint>(schemas);
        detail::rename_placeholders(operation, Endpoint::route, route);
        boost::json::value& path = paths[route];
        if (!path.is_object())
            path.emplace_object();
        path.get_object()[detail::to_lower(to_string(Endpoint::method))] = std::move(operation);
    });
    return {{"openapi", "3.1.0"},
            {"info",
             {{"title", options.title},
              {"version", options.version},
              {"description", options.description}}},
            {"servers", {{{"url", options.server}}}},
            {"security", {{{"bearer", boost::json::array()}}}},
            {"tags", detail::tags_of(endpoints)},
            {"paths", std::move(paths)},
            {"components",
             {{"schemas", schemas.take()},
              {"responses", detail::failure_components()},
              {"parameters", {{"impersonate_user", detail::impersonation_parameter()}}},
              {"headers", {{"retry_after", detail::retry_after_header()}}},
              {"securitySchemes", {{"bearer", detail::bearer_scheme()}}}}}};
}

} // namespace intheloop

#endif
