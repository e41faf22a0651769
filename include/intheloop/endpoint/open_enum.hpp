// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_OPEN_ENUM_HPP
#define INTHELOOP_ENDPOINT_OPEN_ENUM_HPP

#include <intheloop/base/config.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <type_traits>

namespace intheloop {

// Base of an enumeration with an open set of values: an unknown text is kept, printed, compared,
// and written back unchanged.
//
//     class color : public intheloop::open_enum<color> {
//     public:
//         enum value_type : unsigned char { unknown, red, green };   // unknown comes first
//         static constexpr std::string_view texts[] = {"Red", "Green"};
//         color() = default;
//         color(value_type value) : open_enum(value) {}
//     };
//
// switch (c.value()) covers the known values and `unknown`; c == color::red compares.
template <class Derived>
class open_enum {
public:
    // Returns the known value for a text, or an unknown one that keeps the text.
    static Derived from_text(std::string_view text) {
        using number = std::underlying_type_t<typename Derived::value_type>;
        static_assert(std::size(Derived::texts) <=
                          static_cast<std::size_t>(std::numeric_limits<number>::max()),
                      "intheloop: this open_enum has more texts than its value_type has numbers: "
                      "give value_type a larger underlying type");
        Derived made;
        std::size_t i = 0;
        while (i != std::size(Derived::texts) && Derived::texts[i] != text)
            ++i;
        if (i != std::size(Derived::texts))
            made.index_ = static_cast<std::uint32_t>(i + 1);
        else
            made.unknown_text_ = text;
        return made;
    }

    // Returns the enumerator for `switch`; `unknown` for a text that is not listed.
    auto value() const noexcept { return static_cast<typename Derived::value_type>(index_); }
    // Returns whether the text is listed.
    bool is_known() const noexcept { return index_ != 0; }
    // Returns the text as on the wire. Lives as long as this object.
    std::string_view text() const noexcept {
        return index_ != 0 ? Derived::texts[index_ - 1] : std::string_view(unknown_text_);
    }

    friend bool operator==(Derived const& a, Derived const& b) noexcept {
        return a.index_ == b.index_ && a.unknown_text_ == b.unknown_text_;
    }

    friend std::ostream& operator<<(std::ostream& out, Derived const& a) { return out << a.text(); }
    friend std::ostream& operator<<(std::ostream& out, std::optional<Derived> const& a) {
        return out << (a ? a->text() : std::string_view("absent"));
    }

protected:
    open_enum() = default;
    // Makes the known value of this number, or an unknown one without a text if none is listed.
    template <class Value>
    explicit open_enum(Value value) noexcept
        : index_(static_cast<std::size_t>(value) <= std::size(Derived::texts)
                     ? static_cast<std::uint32_t>(value)
                     : 0) {}

private:
    std::uint32_t index_ = 0; // no larger object than with a smaller one: the string is aligned
    std::string unknown_text_;
};

namespace detail {
template <class T>
concept open_enumeration = std::derived_from<T, open_enum<T>>;
}

} // namespace intheloop

#endif
