// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// decode(encode(x)) == x, for values made at random from fixed seeds.
#include <intheloop/api/documented.hpp>
#include <intheloop/codec/json_decode.hpp>
#include <intheloop/codec/json_encode.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;
namespace report = intheloop::report;
namespace json = boost::json;

class generator {
public:
    explicit generator(std::uint64_t seed) : random_(seed) {}

    // 0 up to, not including, `end`. (The distributions of <random> differ between libraries.)
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool coin() { return below(2) == 0; }

    std::int64_t integer() {
        constexpr std::int64_t corners[] = {0,
                                            1,
                                            -1,
                                            9007199254740993,
                                            -9007199254740993,
                                            std::numeric_limits<std::int64_t>::max(),
                                            std::numeric_limits<std::int64_t>::min()};
        return coin() ? corners[below(std::size(corners))]
                      : static_cast<std::int64_t>(random_()) >> below(64);
    }
    // Any finite number that is not whole: the kind of a whole one is an integer's once written.
    double fraction() {
        for (;;) {
            double const made = std::bit_cast<double>(random_());
            if (std::isfinite(made) && made != std::trunc(made))
                return made;
        }
    }
    std::string text() {
        constexpr std::string_view pieces[] = {
            "a",       "tag_",     "\"",           "\\",
            "/",       "\n",       "\x01",         "\x1f",
            "\x7f",    "\xc4\x8d", "\xe2\x80\xa8", "\xf0\x9f\x92\xac",
            "\\u0041", " ",        "{}[]:,",       "null"};
        std::string made;
        for (std::uint64_t count = below(12); count != 0; --count)
            made += pieces[below(std::size(pieces))];
        if (below(8) == 0)
            made += '\0';
        if (below(16) == 0)
            made.append(below(3000), 'x');
        return made;
    }
    loop::nullable<std::string> nullable_text() {
        switch (below(3)) {
        case 0: return {};
        case 1: return nullptr;
        default: return text();
        }
    }
    loop::nullable<std::vector<std::string>> filter() {
        switch (below(3)) {
        case 0: return {};
        case 1: return nullptr;
        default: break;
        }
        std::vector<std::string> made(below(4));
        for (std::string& id : made)
            id = text();
        return made;
    }
    template <class Enum>
    std::optional<Enum> open_enum() {
        switch (below(3)) {
        case 0: return std::nullopt;
        case 1: return Enum::from_text(Enum::texts[below(std::size(Enum::texts))]);
        default: return Enum::from_text(text());
        }
    }
    json::value value(unsigned levels) {
        switch (below(levels == 0 ? 6 : 8)) {
        case 0: return nullptr;
        case 1: return coin();
        case 2: return integer();
        case 3: return std::numeric_limits<std::uint64_t>::max() - below(1000);
        case 4: return fraction();
        case 5: return json::string(text());
        case 6: {
            json::array made;
            for (std::uint64_t count = below(4); count != 0; --count)
                made.push_back(value(levels - 1));
            return made;
        }
        default: return object(levels - 1);
        }
    }
    json::object object(unsigned levels) {
        json::object made;
        for (std::uint64_t count = below(4); count != 0; --count)
            made[text()] = value(levels);
        return made;
    }

private:
    std::mt19937_64 random_;
};

constexpr std::uint64_t seeds = 2000;

template <class T>
std::string encoded(T const& value) {
    std::string text;
    auto const problem = codec::encode_json(text, value);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    return text;
}

// Through JSON and back. Checks that nothing was unknown, and that it is written the same again.
template <class T>
T through_json(T const& value) {
    std::string const text = encoded(value);
    CAPTURE(text);
    T again = codec::detail::make_empty<T>();
    codec::json_statistics statistics;
    auto const problem = codec::decode_json(text, again, {}, &statistics);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    CHECK(statistics.unknown_keys == 0);
    CHECK(encoded(again) == text);
    return again;
}

} // namespace

TEST_CASE("export requests") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        using std::chrono::seconds;
        report::export_request request{std::chrono::sys_seconds(seconds(make.integer())),
                                       std::chrono::sys_seconds(seconds(make.integer()))};
        request.timezone = make.nullable_text();
        request.result_format = make.open_enum<report::result_format>();
        request.tag_ids = make.filter();
        request.team_ids = make.filter();
        request.teammate_ids = make.filter();
        request.customer_ids = make.filter();
        auto const again = through_json(request);
        CHECK(again.timezone == request.timezone);
        CHECK(again.start == request.start);
        CHECK(again.end == request.end);
        CHECK(again.result_format == request.result_format);
        CHECK(again.tag_ids == request.tag_ids);
        CHECK(again.team_ids == request.team_ids);
        CHECK(again.teammate_ids == request.teammate_ids);
        CHECK(again.customer_ids == request.customer_ids);
    }
}

TEST_CASE("export results") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        report::export_result result;
        result.id = make.text();
        result.status = make.open_enum<report::export_status>();
        result.url = make.nullable_text();
        auto const again = through_json(result);
        CHECK(again.id == result.id);
        CHECK(again.status == result.status);
        CHECK(again.url == result.url);
    }
}

TEST_CASE("get requests") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        report::get_request const request(make.text());
        CHECK(through_json(request).id == request.id);
    }
}

TEST_CASE("drafts, which are open objects, and their answers") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        loop::drafts::create_request const request(make.object(4));
        CHECK(through_json(request).content == request.content);
        CHECK(through_json(request.content) == request.content);
        std::optional<json::value> const answer = make.value(4);
        CHECK(through_json(answer) == answer);
    }
}

TEST_CASE("numbers and times") {
    generator make(1);
    for (std::uint64_t i = 0; i != seeds; ++i) {
        std::int64_t const integer = make.integer();
        CAPTURE(integer);
        CHECK(through_json(integer) == integer);
        auto const whole = static_cast<std::uint64_t>(integer);
        CHECK(through_json(whole) == whole);
        double const number = make.fraction();
        CAPTURE(number);
        CHECK(through_json(number) == number);
        CHECK(through_json(std::vector<double>{number, -number}) ==
              std::vector<double>{number, -number});
    }
}

TEST_CASE("containers") {
    for (std::uint64_t seed = 0; seed != seeds; ++seed) {
        CAPTURE(seed);
        generator make(seed);
        std::map<std::string, std::vector<std::optional<std::int64_t>>> value;
        for (std::uint64_t count = make.below(4); count != 0; --count)
            for (auto& numbers = value[make.text()]; numbers.size() < 4;)
                numbers.push_back(make.coin() ? std::optional(make.integer()) : std::nullopt);
        CHECK(through_json(value) == value);
    }
}
