// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_RANDOM_VALUE_HPP
#define INTHELOOP_TESTS_SUPPORT_RANDOM_VALUE_HPP

// Values of any type that the codec can write, made at random from a seed, and their comparison.
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/raw_body.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <bit>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace support {

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
    boost::json::value json(unsigned levels) {
        switch (below(levels == 0 ? 6 : 8)) {
        case 0: return nullptr;
        case 1: return coin();
        case 2: return integer();
        case 3: return std::numeric_limits<std::uint64_t>::max() - below(1000);
        case 4: return fraction();
        case 5: return boost::json::string(text());
        case 6: return json_array(levels - 1);
        default: return json_object(levels - 1);
        }
    }
    boost::json::array json_array(unsigned levels) {
        boost::json::array made;
        for (std::uint64_t count = below(4); count != 0; --count)
            made.push_back(json(levels));
        return made;
    }
    boost::json::object json_object(unsigned levels) {
        boost::json::object made;
        for (std::uint64_t count = below(4); count != 0; --count)
            made[text()] = json(levels);
        return made;
    }

private:
    std::mt19937_64 random_;
};

// How a value of T is made, and when two are the same. A type of another kind gets a
// specialization of its own.
template <class T>
struct random_value {
    static_assert(intheloop::detail::described<T>,
                  "support/random_value.hpp does not know how to make a value of this type: "
                  "specialize support::random_value for it");

    static T make(generator& from) {
        T made = intheloop::detail::make_empty<T>();
        intheloop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
            made.*Field::pointer = random_value<typename Field::value_type>::make(from);
        });
        return made;
    }
    static bool same(T const& a, T const& b) {
        bool all = true;
        intheloop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
            all = all && random_value<typename Field::value_type>::same(a.*Field::pointer,
                                                                        b.*Field::pointer);
        });
        return all;
    }
};

template <class T>
struct compared_by_itself {
    static bool same(T const& a, T const& b) { return a == b; }
};

template <>
struct random_value<bool> : compared_by_itself<bool> {
    static bool make(generator& from) { return from.coin(); }
};
template <std::integral T>
struct random_value<T> : compared_by_itself<T> {
    static T make(generator& from) {
        return static_cast<T>(static_cast<std::uint64_t>(from.integer()));
    }
};
template <std::floating_point T>
struct random_value<T> {
    static T make(generator& from) {
        constexpr T corners[] = {0,
                                 T(-0.0),
                                 1,
                                 -1,
                                 T(9007199254740993.0),
                                 std::numeric_limits<T>::max(),
                                 std::numeric_limits<T>::denorm_min()};
        if (from.below(4) == 0)
            return corners[from.below(std::size(corners))];
        if (from.below(4) == 0)
            return static_cast<T>(from.integer());
        double const made = from.fraction();
        return std::isfinite(static_cast<T>(made)) ? static_cast<T>(made) : T(1);
    }
    // A zero has a sign, too.
    static bool same(T a, T b) { return a == b && std::signbit(a) == std::signbit(b); }
};
template <>
struct random_value<std::string> : compared_by_itself<std::string> {
    static std::string make(generator& from) { return from.text(); }
};
template <intheloop::detail::open_enumeration T>
struct random_value<T> : compared_by_itself<T> {
    static T make(generator& from) {
        return T::from_text(from.coin() ? T::texts[from.below(std::size(T::texts))]
                                        : std::string_view(from.text()));
    }
};
template <intheloop::detail::epoch_time T>
struct random_value<T> : compared_by_itself<T> {
    static T make(generator& from) { return T(typename T::duration(from.integer())); }
};
// Of the years that can be written.
template <>
struct random_value<intheloop::date_time> : compared_by_itself<intheloop::date_time> {
    static intheloop::date_time make(generator& from) {
        using namespace std::chrono;
        using ticks = intheloop::date_time::duration;
        ticks const first = sys_days(year(1) / 1 / 1).time_since_epoch();
        ticks const end = sys_days(year(10000) / 1 / 1).time_since_epoch();
        auto const count = static_cast<std::uint64_t>((end - first).count());
        ticks const made = first + ticks(static_cast<std::int64_t>(from.below(count)));
        return sys_time<ticks>(from.coin() ? made : ticks(floor<seconds>(made)));
    }
};
template <>
struct random_value<std::chrono::year_month_day> : compared_by_itself<std::chrono::year_month_day> {
    static std::chrono::year_month_day make(generator& from) {
        return std::chrono::floor<std::chrono::days>(
            random_value<intheloop::date_time>::make(from).time());
    }
};
template <>
struct random_value<intheloop::raw_body> {
    static intheloop::raw_body make(generator& from) {
        return intheloop::raw_body(from.text(), "text/plain");
    }
    // Of what JSON says of it.
    static bool same(intheloop::raw_body const& a, intheloop::raw_body const& b) {
        return a.bytes == b.bytes;
    }
};
template <intheloop::fixed_string Discriminator, class... Alternatives>
struct random_value<intheloop::one_of<Discriminator, Alternatives...>> {
    using type = intheloop::one_of<Discriminator, Alternatives...>;
    template <class T>
    static type alternative(generator& from) {
        return random_value<T>::make(from);
    }
    static type make(generator& from) {
        using intheloop::detail::alternative_info;
        using maker = type (*)(generator&);
        constexpr maker makers[] = {&unknown,
                                    &alternative<typename alternative_info<Alternatives>::type>...};
        return makers[from.below(std::size(makers))](from);
    }
    static type unknown(generator& from) {
        boost::json::object object = from.json_object(2);
        intheloop::unknown_alternative made;
        made.type = "another " + from.text();
        object[Discriminator.view()] = made.type;
        if (intheloop::codec::encode_json(made.json, object))
            made.json.clear();
        return made;
    }
    static bool same(type const& a, type const& b) {
        return a.index() == b.index() && std::visit(
                                             []<class A, class B>(A const& one, B const& other) {
                                                 if constexpr (std::same_as<A, B>)
                                                     return same_alternative(one, other);
                                                 else
                                                     return false;
                                             },
                                             static_cast<typename type::variant const&>(a),
                                             static_cast<typename type::variant const&>(b));
    }

private:
    static bool same_alternative(intheloop::unknown_alternative const& a,
                                 intheloop::unknown_alternative const& b) {
        return a == b;
    }
    template <class T>
    static bool same_alternative(T const& a, T const& b) {
        return random_value<T>::same(a, b);
    }
};
template <class T>
struct random_value<std::optional<T>> {
    static std::optional<T> make(generator& from) {
        if (from.coin())
            return std::nullopt;
        return random_value<T>::make(from);
    }
    static bool same(std::optional<T> const& a, std::optional<T> const& b) {
        return a.has_value() == b.has_value() && (!a || random_value<T>::same(*a, *b));
    }
};
template <class T>
struct random_value<intheloop::nullable<T>> {
    static intheloop::nullable<T> make(generator& from) {
        switch (from.below(3)) {
        case 0: return {};
        case 1: return nullptr;
        default: return random_value<T>::make(from);
        }
    }
    static bool same(intheloop::nullable<T> const& a, intheloop::nullable<T> const& b) {
        return a.is_null() == b.is_null() && a.is_absent() == b.is_absent() &&
               (!a.has_value() || random_value<T>::same(*a, *b));
    }
};
template <class T, class Allocator>
struct random_value<std::vector<T, Allocator>> {
    using vector = std::vector<T, Allocator>;
    static vector make(generator& from) {
        vector made;
        for (std::uint64_t count = from.below(4); count != 0; --count)
            made.push_back(random_value<T>::make(from));
        return made;
    }
    static bool same(vector const& a, vector const& b) {
        bool all = a.size() == b.size();
        for (std::size_t i = 0; all && i != a.size(); ++i)
            all = random_value<T>::same(a[i], b[i]);
        return all;
    }
};
template <class T, class Compare, class Allocator>
struct random_value<std::map<std::string, T, Compare, Allocator>> {
    using map = std::map<std::string, T, Compare, Allocator>;
    static map make(generator& from) {
        map made;
        for (std::uint64_t count = from.below(4); count != 0; --count)
            made.insert_or_assign(from.text(), random_value<T>::make(from));
        return made;
    }
    static bool same(map const& a, map const& b) {
        bool all = a.size() == b.size();
        for (auto i = a.begin(), j = b.begin(); all && i != a.end(); ++i, ++j)
            all = i->first == j->first && random_value<T>::same(i->second, j->second);
        return all;
    }
};
template <>
struct random_value<boost::json::value> : compared_by_itself<boost::json::value> {
    static boost::json::value make(generator& from) { return from.json(3); }
};
template <>
struct random_value<boost::json::object> : compared_by_itself<boost::json::object> {
    static boost::json::object make(generator& from) { return from.json_object(3); }
};
template <>
struct random_value<boost::json::array> : compared_by_itself<boost::json::array> {
    static boost::json::array make(generator& from) { return from.json_array(3); }
};

template <class T>
T make_random(generator& from) {
    return random_value<T>::make(from);
}
template <class T>
bool same_value(T const& a, T const& b) {
    return random_value<T>::same(a, b);
}

} // namespace support

#endif
