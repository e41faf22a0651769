// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A documented route is declared in api/ and its catalog. These say which other place was
// forgotten.
#include <intheloop/api/documented.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/detail/type_name.hpp>

#include <support/project_file.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

TEST_SUITE("api/documented") {

namespace {

using intheloop::documented_endpoints;

// "report" and "get_report" of "report.get_report".
struct operation_name {
    explicit operation_name(std::string_view operation)
        : group(operation.substr(0, operation.find('.'))),
          name(operation.substr(operation.find('.') + 1)) {}
    std::string group, name;
};

// The text of each `namespace name { ... }` that holds no other.
std::string namespaces(std::string_view text, std::string const& name) {
    std::string found;
    std::string const opening = "namespace " + name + " {";
    for (std::size_t at = text.find(opening); at != text.npos; at = text.find(opening, at + 1))
        found += text.substr(at, text.find('}', at) - at);
    return found;
}

// "report::export_request" of a type of the group; empty of another type.
template <class T>
std::string name_in(std::string const& group) {
    if constexpr (intheloop::detail::described<T>) {
        std::string const name = group + "::" + std::string(intheloop::detail::type_name<T>());
        if (intheloop::detail::spelled_type<T>().find("::" + name) != std::string_view::npos)
            return name;
    }
    return {};
}

void check_declared(std::string const& text, std::string const& group, std::string const& name) {
    std::string const declaration = "class " + name.substr(name.find("::") + 2) + ";";
    CHECK_MESSAGE(namespaces(text, group).find(declaration) != std::string::npos,
                  "include/intheloop/fwd.hpp does not declare " << name);
}

} // namespace

TEST_CASE(
    "each documented route has a name of the form group.name, and an api/ header of its group") {
    std::size_t routes = 0;
    documented_endpoints.for_each([&](auto const& endpoint) {
        ++routes;
        std::string_view const operation = endpoint.operation;
        REQUIRE_MESSAGE(operation.find('.') != operation.npos, endpoint.description());
        operation_name const of(operation);
        std::string const header =
            support::project_file("include/intheloop/api/" + of.group + ".hpp");
        CHECK(header.find(' ' + of.name + '{') != std::string::npos);
    });
    CHECK(routes != 0);
}

TEST_CASE("fwd.hpp declares the types of each documented route") {
    std::string const text = support::project_file("include/intheloop/fwd.hpp");
    documented_endpoints.for_each([&]<class Endpoint>(Endpoint const& endpoint) {
        operation_name const of(endpoint.operation);
        for (auto const& name : {name_in<typename Endpoint::request_type>(of.group),
                                 name_in<typename Endpoint::response_type>(of.group)})
            if (!name.empty())
                check_declared(text, of.group, name);
    });
}

TEST_CASE("the calls of each documented route are compiled once") {
    for (std::string const file : {"include/intheloop/client/detail/documented_calls.hpp",
                                   "include/intheloop/client/impl/documented_calls.ipp"}) {
        std::string const text = support::project_file(file);
        documented_endpoints.for_each([&]<class Endpoint>(Endpoint const& endpoint) {
            operation_name const of(endpoint.operation);
            std::string const response = name_in<typename Endpoint::response_type>(of.group);
            CHECK_MESSAGE(text.find("to_result<" + response) != std::string::npos,
                          file << " does not instantiate to_result for " << response);
            std::string const alias = of.name + "_endpoint const&";
            CHECK_MESSAGE(text.find("encode_call(call_settings const&, " + alias) !=
                              std::string::npos,
                          file << " does not instantiate encode_call for " << endpoint.operation);
        });
    }
}

} // TEST_SUITE("api/documented")
