// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An endpoint knows its answers. (tests/compile_fail has the refusals.)
#include <intheloop/api/documented.hpp>
#include <intheloop/endpoint/endpoint.hpp>

#include <doctest/doctest.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

TEST_SUITE("endpoint/answers") {

namespace loop = intheloop;

namespace {

struct base {
    std::string id;
};
struct page : base {
    int total;
    using members = loop::members<&page::id, &page::total>;
};
struct problem {
    std::string text;
    using members = loop::members<&problem::text>;
};

template <class... Traits>
using endpoint_with =
    loop::endpoint<loop::verb::get, "/pages", loop::no_parameters, std::optional<page>, Traits...>;

} // namespace

TEST_CASE("statuses come in their order, without the usual ones") {
    using statuses = std::array<std::uint16_t, 3>;
    using some = endpoint_with<loop::success<204, 201, 202, 206>>;
    static_assert(some::further_success == statuses{204, 202, 206});
    std::vector<unsigned> named;
    some::for_each_named_success([&](unsigned status) { named.push_back(status); });
    CHECK(named == std::vector<unsigned>{204, 201, 202, 206});
    CHECK(some::info().further_success.size() == 3);
    CHECK(some::info().further_success[1] == 202);
    static_assert(endpoint_with<loop::success<200>>::further_success.empty());
    static_assert(endpoint_with<>::further_success.empty());
    loop::documented_endpoints.for_each(
        [](auto const& endpoint) { CHECK(endpoint.info().further_success.empty()); });
}

TEST_CASE("bodies of errors") {
    using some =
        endpoint_with<loop::error_body<404, problem>, loop::observed,
                      loop::error_body<422, std::vector<problem>>, loop::error_body<500, problem>>;
    static_assert(some::error_bodies::size == 3);
    static_assert(endpoint_with<>::error_bodies::size == 0);
    std::vector<unsigned> statuses;
    some::error_bodies::for_each([&]<class Info>(Info) { statuses.push_back(Info::error_status); });
    CHECK(statuses == std::vector<unsigned>{404, 422, 500});
}

TEST_CASE("headers of a response, whose members may be those of a base class") {
    using some = endpoint_with<loop::response_header<"X-Total", &page::total>,
                               loop::response_header<"X-Id", &page::id>>;
    using fields = loop::detail::fields_of<page>;
    std::vector<std::string> names;
    fields::for_each([&]<class Field>(Field) {
        names.emplace_back(some::response_header_of<Field>);
        CHECK(endpoint_with<>::response_header_of<Field>.empty());
    });
    CHECK(names == std::vector<std::string>{"X-Id", "X-Total"});
    static_assert(some::has_response_headers && !endpoint_with<>::has_response_headers);
    // An optional one is there if a body is.
    static_assert(!some::answers_with_headers);
    using whole = loop::endpoint<loop::verb::head, "/pages", loop::no_parameters, page,
                                 loop::success<204>, loop::response_header<"X-Total", &page::total>,
                                 loop::response_header<"X-Id", &page::id>>;
    static_assert(whole::answers_with_headers);
}

} // TEST_SUITE("endpoint/answers")
