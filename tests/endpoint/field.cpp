// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/report.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

namespace named {

namespace loop = intheloop;

struct spellings {
    int id;
    int tag_ids;
    int is_open_now;
    int alreadyCamel;
    int Upper_first;
    int line_2;
    int v2_id;
    int delete_;
    int _leading;
    int two__bars;
    int type;
    int html;
    using members =
        loop::members<&spellings::id, &spellings::tag_ids, &spellings::is_open_now,
                      &spellings::alreadyCamel, &spellings::Upper_first, &spellings::line_2,
                      &spellings::v2_id, &spellings::delete_, &spellings::_leading,
                      &spellings::two__bars, loop::renamed<&spellings::type, "$type">,
                      loop::renamed<&spellings::html, "x/y~z">>;
};

template <class T>
struct page {
    std::vector<T> resources;
    std::int64_t total_size;
    using members = loop::members<&page::resources, &page::total_size>;
};

// Described from without.
struct foreign {
    std::string first_name;
};

} // namespace named

template <>
struct intheloop::describe<named::foreign> {
    using members = intheloop::members<&named::foreign::first_name>;
};

TEST_SUITE("endpoint/field") {

namespace {

namespace loop = intheloop;

template <class T>
std::string wire_names() {
    std::string names;
    loop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
        names += names.empty() ? "" : " ";
        names += Field::wire_name;
    });
    return names;
}

template <class T>
std::string cpp_names() {
    std::string names;
    loop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
        names += names.empty() ? "" : " ";
        names += Field::cpp_name;
    });
    return names;
}

} // namespace

TEST_CASE(
    "a member's name on the wire is the camelCase form of its own, or what it is renamed to") {
    CHECK(cpp_names<named::spellings>() == "id tag_ids is_open_now alreadyCamel Upper_first line_2 "
                                           "v2_id delete_ _leading two__bars type html");
    CHECK(wire_names<named::spellings>() == "id tagIds isOpenNow alreadyCamel UpperFirst line2 "
                                            "v2Id delete leading twoBars $type x/y~z");
}

TEST_CASE("members of a class template and of a type described from without have names too") {
    CHECK(wire_names<named::page<std::string>>() == "resources totalSize");
    CHECK(wire_names<named::foreign>() == "firstName");
    CHECK(loop::detail::described<named::foreign>);
    CHECK_FALSE(loop::detail::described<std::string>);
}

TEST_CASE("the documented names are those of the API reference") {
    CHECK(wire_names<loop::report::export_request>() ==
          "timezone start end resultFormat tagIds teamIds teammateIds customerIds");
    CHECK(wire_names<loop::report::get_request>() == "id");
    CHECK(wire_names<loop::report::export_result>() == "id status url");
}

TEST_CASE("a field knows its pointer and types") {
    using field = loop::detail::field<&named::spellings::tag_ids>;
    static_assert(std::is_same_v<field::class_type, named::spellings>);
    static_assert(std::is_same_v<field::value_type, int>);
    named::spellings object{};
    object.*field::pointer = 7;
    CHECK(object.tag_ids == 7);
}

TEST_CASE("a member is the same only as itself") {
    using named::foreign;
    using named::spellings;
    CHECK(loop::detail::same_member<&spellings::id, &spellings::id>);
    CHECK_FALSE(loop::detail::same_member<&spellings::id, &spellings::type>);
    CHECK_FALSE(loop::detail::same_member<&spellings::id, &foreign::first_name>);
}

namespace covered {

namespace loop = intheloop;

struct whole {
    std::string a;
    bool b;
    std::int64_t c;
    using members = loop::members<&whole::a, &whole::b, &whole::c>;
};
struct forgotten {
    std::string a;
    std::string b;
    using members = loop::members<&forgotten::a>;
};
struct forgotten_first {
    std::int64_t a;
    std::string b;
    using members = loop::members<&forgotten_first::b>;
};
struct base {
    std::string a;
};
struct derived : base {
    std::string b;
    using members = loop::members<&base::a, &derived::b>;
};
struct nothing {
    using members = loop::members<>;
};
struct nothing_of_something {
    int a;
    using members = loop::members<>;
};

template <class T>
bool covers() {
    return loop::detail::covers_type<T>(loop::detail::fields_of<T>{});
}

} // namespace covered

TEST_CASE("a description that leaves a member out is found") {
    CHECK(covered::covers<covered::whole>());
    CHECK(covered::covers<covered::nothing>());
    CHECK(covered::covers<covered::derived>()); // bases are not looked at
    CHECK(covered::covers<loop::report::export_request>());
    CHECK(covered::covers<loop::report::export_result>());
    CHECK_FALSE(covered::covers<covered::forgotten>());
    CHECK_FALSE(covered::covers<covered::forgotten_first>());
    CHECK_FALSE(covered::covers<covered::nothing_of_something>());
}

} // TEST_SUITE("endpoint/field")
