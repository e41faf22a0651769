// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// An endpoint brings more by being declared: its seeds, and its place in the targets.
#include <client/own_route/own_route.hpp>

#include <fuzz/dictionary.hpp>
#include <fuzz/every_kind.hpp>
#include <fuzz/json.hpp>
#include <fuzz/request.hpp>
#include <fuzz/seeds.hpp>
#include <fuzz/targets.hpp>
#include <support/process.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("fuzz/seeds") {

namespace {

// A type without a sample.
struct picky {
    std::string id;
    using members = intheloop::members<&picky::id>;
};
inline constexpr intheloop::endpoint<intheloop::verb::get, "/picky", intheloop::no_parameters,
                                     picky, intheloop::operation<"picky.get">>
    get_picky{};
inline constexpr intheloop::catalog<get_picky> picky_endpoints{};

using tests::scratch_directory;

std::vector<std::string> inputs_in(std::filesystem::path const& directory) {
    std::vector<std::string> all;
    for (auto const& entry : std::filesystem::directory_iterator(directory))
        all.push_back(fuzz::read_input(entry.path()));
    return all;
}

bool contains(std::vector<std::string> const& all, std::string const& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

} // namespace

TEST_CASE("the types of a route of one's own are among the seeds, and the targets take them") {
    scratch_directory const scratch;
    fuzz::for_each_target([&]<class Target>(Target const& target) {
        std::filesystem::path const own = scratch.path / Target::name;
        fuzz::write_seeds(target, mine::endpoints, own);
        auto const seeds = inputs_in(own);
        CHECK(seeds.size() == fuzz::seeds_of(target, mine::endpoints).size()); // no name twice
        for (std::string const& seed : seeds)
            CHECK_NOTHROW(Target::run(mine::endpoints, fuzz::bytes_of(seed)));
    });
    auto const documents = inputs_in(scratch.path / "json");
    CHECK(contains(documents, fuzz::chosen(0) + std::string(mine::list_request::sample)));
    CHECK(contains(documents, fuzz::chosen(1) + std::string(mine::contact::sample)));
    auto const requests = inputs_in(scratch.path / "request");
    CHECK(contains(requests, fuzz::chosen(0) +
                                 "/api/v1/user/u1/contacts?size=2&contactIds=a&contactIds=b\n\n"));
    CHECK(contains(inputs_in(scratch.path / "url"),
                   "https://api.intheloop.io/api/v1/user/%7Buser%7D/contacts\n"
                   "/api/v1/user/%7Buser%7D/contacts?a=b"));
}

TEST_CASE("a type without a sample gets seeds, too") {
    auto const seeds = fuzz::seeds_of(fuzz::json_target{}, picky_endpoints);
    CHECK(std::count_if(seeds.begin(), seeds.end(), [](fuzz::seed const& one) {
              return one.data.starts_with(fuzz::chosen(1) + "{\"id\":\"");
          }) == 3);
}

TEST_CASE("endpoints that come to a catalog get seeds of their own") {
    constexpr auto all = mine::endpoints + picky_endpoints;
    fuzz::for_each_target([&]<class Target>(Target const& target) {
        CHECK(fuzz::seeds_of(target, all).size() >= fuzz::seeds_of(target, mine::endpoints).size());
    });
    CHECK(fuzz::seeds_of(fuzz::json_target{}, all).size() ==
          fuzz::seeds_of(fuzz::json_target{}, mine::endpoints).size() +
              fuzz::seeds_of(fuzz::json_target{}, picky_endpoints).size());
}

TEST_CASE("the names and texts of the types are words for a fuzzer") {
    auto const words = fuzz::dictionary_of(mine::endpoints + every_kind::endpoints);
    for (std::string const word : {"\"contactIds\":", "\"$type\":", "\"High\"",
                                   "\"counts\":", "/api/v1/user/{user}/contacts"})
        CHECK_MESSAGE(words.contains(word), word);
    CHECK(fuzz::dictionary_for(fuzz::redact_target{}, mine::endpoints).contains("&sig="));
    CHECK(fuzz::dictionary_for(fuzz::url_target{}, mine::endpoints) ==
          fuzz::dictionary_of(mine::endpoints));
    CHECK(fuzz::written_dictionary({"a", "\"\\"}) == "\"\\x22\\x5c\"\n\"\\x61\"\n");
}

TEST_CASE("a property that does not hold is said") {
    CHECK_THROWS_WITH(fuzz::check(false, "a property", "x"), "a property: x");
    CHECK_THROWS_WITH(fuzz::check_equal("a", "b", "the same"), "the same: \"a\" instead of \"b\"");
    CHECK_NOTHROW(fuzz::check(true, "a property"));
    CHECK_NOTHROW(fuzz::check_equal("a", "a", "the same"));
}

} // TEST_SUITE("fuzz/seeds")
