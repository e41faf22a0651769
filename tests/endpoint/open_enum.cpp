// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/report.hpp>
#include <intheloop/endpoint/open_enum.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

TEST_SUITE("endpoint/open_enum") {

namespace many {

inline constexpr std::size_t count = 300;

// "000" to "299", one behind the other.
inline constexpr auto digits = [] {
    std::array<char, 3 * count> made{};
    for (std::size_t i = 0; i != count; ++i)
        for (std::size_t j = 0, rest = i; j != 3; ++j, rest /= 10)
            made[3 * i + 2 - j] = static_cast<char>('0' + rest % 10);
    return made;
}();

class number : public intheloop::open_enum<number> {
public:
    enum value_type : std::uint16_t { unknown, first, v254 = 255, v255, v256, last = count };
    static constexpr auto texts = [] {
        std::array<std::string_view, count> made;
        for (std::size_t i = 0; i != count; ++i)
            made[i] = std::string_view(digits.data() + 3 * i, 3);
        return made;
    }();
    number() = default;
    number(value_type value) : open_enum(value) {}
};

} // namespace many

namespace {

using intheloop::report::export_status;
using intheloop::report::result_format;

template <class T>
std::string printed(T const& value) {
    std::ostringstream out;
    out << value;
    return out.str();
}

} // namespace

TEST_CASE("an open enumeration knows its values by their texts") {
    struct {
        std::string_view text;
        export_status::value_type value;
    } const table[] = {
        {"Expired", export_status::expired},
        {"Failed", export_status::failed},
        {"Processing", export_status::processing},
        {"Completed", export_status::completed},
        {"PendingOrExpired", export_status::pending_or_expired},
    };
    for (auto const& row : table) {
        CAPTURE(row.text);
        auto const status = export_status::from_text(row.text);
        CHECK(status.is_known());
        CHECK(status.value() == row.value);
        CHECK(status == row.value);
        CHECK(status == export_status(row.value));
        CHECK(status.text() == row.text);
        CHECK(export_status(row.value).text() == row.text);
        CHECK(printed(status) == row.text);
    }
    CHECK(result_format::from_text("Json") == result_format::json);
    CHECK(result_format::from_text("Xlsx") == result_format::xlsx);
}

TEST_CASE("an open enumeration has as many values as its numbers allow") {
    using many::number;
    for (std::size_t i = 0; i != many::count; ++i) {
        CAPTURE(i);
        auto const read = number::from_text(number::texts[i]);
        CHECK(read.is_known());
        CHECK(static_cast<std::size_t>(read.value()) == i + 1);
        CHECK(read.text() == number::texts[i]);
    }
    CHECK(number::from_text("254") == number::v254);
    CHECK(number::from_text("255") == number::v255);
    CHECK(number::from_text("256") == number::v256);
    CHECK(number::from_text("256") != number::from_text("000"));
    CHECK(number(number::last).text() == "299");
    CHECK_FALSE(number::from_text("300").is_known());
    number const not_listed(static_cast<number::value_type>(many::count + 1));
    CHECK_FALSE(not_listed.is_known());
    CHECK(not_listed.text().empty());
    CHECK(sizeof(number) <= sizeof(void*) + sizeof(std::string));
}

TEST_CASE("a text that nobody has seen yet is kept, prints and compares") {
    for (std::string_view text : {"Paused", "completed", "Completed ", "", "\xc4\x8d", "a\nb"}) {
        CAPTURE(text);
        auto const status = export_status::from_text(text);
        CHECK_FALSE(status.is_known());
        CHECK(status.value() == export_status::unknown);
        CHECK(status.text() == text);
        CHECK(printed(status) == text);
        CHECK(status == export_status::from_text(std::string(text)));
        CHECK(status != export_status::completed);
    }
    CHECK(export_status::from_text("Paused") != export_status::from_text("Resting"));
    // Not known is not one value: a text differs from no text at all.
    CHECK(export_status::from_text("Paused") != export_status::unknown);
}

TEST_CASE("an open enumeration begins unknown, without a text") {
    export_status const status;
    CHECK_FALSE(status.is_known());
    CHECK(status == export_status::unknown);
    CHECK(status.text().empty());
}

TEST_CASE("a known value takes the place of an unknown text, and the other way round") {
    auto status = export_status::from_text("Paused");
    status = export_status::completed;
    CHECK(status == export_status::from_text("Completed"));
    status = export_status::from_text("Resting");
    CHECK(status.text() == "Resting");
}

TEST_CASE("an open enumeration in std::optional prints and compares") {
    std::optional<export_status> status;
    CHECK(printed(status) == "absent");
    CHECK_FALSE(status == export_status::completed);
    status = export_status::completed;
    CHECK(printed(status) == "Completed");
    CHECK(status == export_status::completed);
    status = export_status::from_text("Paused");
    CHECK(printed(status) == "Paused");
}

TEST_CASE("a switch covers the known values and unknown") {
    auto const name = [](export_status const& status) -> std::string_view {
        switch (status.value()) {
        case export_status::unknown: return "unknown";
        case export_status::expired: return "expired";
        case export_status::failed: return "failed";
        case export_status::processing: return "processing";
        case export_status::completed: return "completed";
        case export_status::pending_or_expired: return "pending_or_expired";
        }
        return "";
    };
    CHECK(name(export_status::processing) == "processing");
    CHECK(name(export_status::from_text("Paused")) == "unknown");
}

TEST_CASE("only types derived from it are open enumerations") {
    CHECK(intheloop::detail::open_enumeration<export_status>);
    CHECK_FALSE(intheloop::detail::open_enumeration<std::string>);
    CHECK_FALSE(intheloop::detail::open_enumeration<export_status::value_type>);
}

} // TEST_SUITE("endpoint/open_enum")
