// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/endpoint/nullable.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

TEST_SUITE("endpoint/nullable") {

namespace {

using intheloop::nullable;
using strings = std::vector<std::string>;

template <class T>
std::string state(nullable<T> const& value) {
    std::string text;
    text += value.is_absent() ? "absent" : "";
    text += value.is_null() ? "null" : "";
    text += value.has_value() ? "value" : "";
    CHECK(static_cast<bool>(value) == value.has_value());
    return text;
}

template <class T>
std::string printed(T const& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

} // namespace

TEST_CASE("a nullable is exactly one of absent, null and a value") {
    CHECK(state(nullable<std::string>()) == "absent");
    CHECK(state(nullable<std::string>(std::nullopt)) == "absent");
    CHECK(state(nullable<std::string>(nullptr)) == "null");
    CHECK(state(nullable<std::string>("")) == "value");
    CHECK(state(nullable<std::string>("x")) == "value");
    CHECK(state(nullable<bool>(false)) == "value");
    CHECK(state(nullable<int>(0)) == "value");
}

TEST_CASE("every state can be assigned over every other") {
    nullable<std::string> const states[] = {{}, nullptr, "", "text"};
    for (auto const& from : states)
        for (auto const& to : states) {
            CAPTURE(printed(from));
            CAPTURE(printed(to));
            nullable<std::string> copied = from;
            copied = to;
            CHECK(copied == to);
            nullable<std::string> moved = from;
            moved = nullable<std::string>(to);
            CHECK(moved == to);
            CHECK(state(moved) == state(to));
        }

    nullable<std::string> value = nullptr;
    value = "text";
    CHECK(state(value) == "value");
    value = nullptr;
    CHECK(state(value) == "null");
    value = std::nullopt;
    CHECK(state(value) == "absent");
    value = nullptr;
    value.reset();
    CHECK(state(value) == "absent");
    value = nullptr;
    CHECK(value.emplace(3u, 'x') == "xxx");
    CHECK(state(value) == "value");
    value = {};
    CHECK(state(value) == "absent");
}

TEST_CASE("a list in braces makes a container") {
    nullable<strings> ids;
    ids = {"tag_1", "tag_2"};
    CHECK(ids == strings{"tag_1", "tag_2"});
    ids = {"tag_1"};
    CHECK(ids == strings{"tag_1"});
    ids = {"1", "2", "3"};
    CHECK(ids->size() == 3);
    ids = strings{};
    CHECK(state(ids) == "value");
    CHECK(ids->empty());
    ids = {};
    CHECK(state(ids) == "absent");
    ids = nullptr;
    ids = {"tag_1", "tag_2"};
    CHECK_FALSE(ids.is_null());

    nullable<std::string> text;
    text = {"one"};
    CHECK(text == "one");
}

TEST_CASE("the value of a nullable is reached as that of std::optional") {
    nullable<std::string> value = "text";
    CHECK(*value == "text");
    CHECK(value->size() == 4);
    CHECK(value.value() == "text");
    CHECK(value.value_or("other") == "text");
    *value += '!';
    CHECK(value == "text!");
    CHECK(*std::move(value) == "text!");

    for (nullable<std::string> const& none :
         {nullable<std::string>(), nullable<std::string>(nullptr)}) {
        CHECK_THROWS_AS((void)none.value(), std::bad_optional_access);
        CHECK(none.value_or("other") == "other");
    }
}

TEST_CASE("a nullable can hold what only moves") {
    struct only_moves {
        explicit only_moves(int number) : i(number) {}
        only_moves(only_moves&&) = default;
        only_moves& operator=(only_moves&&) = default;
        int i;
    };
    nullable<only_moves> value = only_moves(1);
    value = only_moves(2);
    nullable<only_moves> const other = std::move(value);
    CHECK(other->i == 2);
}

TEST_CASE("nullables compare by state, then by value") {
    nullable<std::string> const absent, null = nullptr, empty = "", text = "text";
    CHECK(absent == absent);
    CHECK(null == null);
    CHECK(absent != null);
    CHECK(absent != empty);
    CHECK(null != empty);
    CHECK(text != empty);
    CHECK(text == nullable<std::string>("text"));

    CHECK(null == nullptr);
    CHECK(absent != nullptr);
    CHECK(text != nullptr);

    CHECK(text == "text");
    CHECK(text == std::string_view("text"));
    CHECK(absent != "text");
    CHECK(null != "");
    CHECK(nullable<int>(3) == 3);
    CHECK(nullable<int>() != 0);
}

TEST_CASE("a nullable prints its value, or what it is without") {
    CHECK(printed(nullable<std::string>("text")) == "text");
    CHECK(printed(nullable<std::string>("")) == "");
    CHECK(printed(nullable<std::string>(nullptr)) == "null");
    CHECK(printed(nullable<std::string>()) == "absent");
    CHECK(printed(nullable<int>(-7)) == "-7");
}

TEST_CASE("a nullable takes what converts to its value, and nothing else") {
    static_assert(std::is_convertible_v<char const*, nullable<std::string>>);
    static_assert(std::is_convertible_v<std::nullptr_t, nullable<std::string>>);
    static_assert(std::is_assignable_v<nullable<std::string>&, char const*>);
    static_assert(!std::is_convertible_v<std::vector<int>, nullable<std::string>>);
    static_assert(!std::is_assignable_v<nullable<std::string>&, std::vector<int>>);
    static_assert(!std::is_convertible_v<nullable<int>, bool>);
    static_assert(std::is_nothrow_default_constructible_v<nullable<std::string>>);
    constexpr nullable<int> constant = 4;
    static_assert(*constant == 4 && constant == 4 && !constant.is_absent());
    CHECK(constant.value() == 4);
}

} // TEST_SUITE("endpoint/nullable")
