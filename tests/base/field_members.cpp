// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/base/headers.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("base/field_members") {

namespace {

using namespace intheloop::detail;
using texts = std::vector<std::string>;

texts members_of(std::string_view list, char separator = ',') {
    texts found;
    for_each_member(list, separator, [&](std::string_view one) { found.emplace_back(one); });
    return found;
}

} // namespace

TEST_CASE("members are what stands between separators, without the space around it") {
    CHECK(members_of("gzip, br") == texts{"gzip", "br"});
    CHECK(members_of(" \tgzip\t,br ") == texts{"gzip", "br"});
    CHECK(members_of("a;b", ';') == texts{"a", "b"});
    CHECK(members_of("a;b") == texts{"a;b"});
    CHECK(members_of("").empty());
    CHECK(members_of(" , ,").empty());
    CHECK(members_of(",a,,b,") == texts{"a", "b"});
    CHECK(members_of(R"("a, b", c)") == texts{R"("a, b")", "c"});
}

TEST_CASE("fields of one name make up one list") {
    intheloop::headers fields;
    fields.append("Content-Encoding", "gzip");
    fields.append("Content-Type", "text/plain, none");
    fields.append("content-encoding", "br, identity");
    texts found;
    for_each_member(fields, "Content-Encoding",
                    [&](std::string_view one) { found.emplace_back(one); });
    CHECK(found == texts{"gzip", "br", "identity"});
}

TEST_CASE("a media type is a Content-Type without its parameters") {
    CHECK(media_type_of("application/json") == "application/json");
    CHECK(media_type_of("application/json; charset=utf-8") == "application/json");
    CHECK(media_type_of(" text/xml\t;a=b;c=d") == "text/xml");
    CHECK(media_type_of("; a=b").empty());
    CHECK(media_type_of("").empty());
}

} // TEST_SUITE("base/field_members")
