// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_ONE_OF_HPP
#define INTHELOOP_ENDPOINT_ONE_OF_HPP

#include <intheloop/endpoint/detail/type_name.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/fixed_string.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace intheloop {

// An object of a type that is not among the alternatives of a one_of. Keeps the whole object, and
// is written back with the same value (a number may be spelled differently).
class unknown_alternative {
public:
    unknown_alternative() {}

    std::string type; // the value of the discriminator
    std::string json; // the whole object, including the discriminator

    friend bool operator==(unknown_alternative const&, unknown_alternative const&) = default;
};

// An alternative of one_of with another name than its type's.
template <fixed_string Text, class T>
struct alternative {};

namespace detail {

// Returns "CommentMail" for comment_mail.
template <class T>
consteval auto pascal_case() {
    text_buffer<type_name<T>().size()> pascal;
    bool raise = true;
    for (char c : type_name<T>()) {
        if (!is_word_char(c))
            break; // the arguments of a template
        if (c == '_') {
            raise = true;
            continue;
        }
        char const written = raise && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        pascal.append(std::string_view(&written, 1));
        raise = false;
    }
    return pascal;
}

template <class Alternative>
struct alternative_info {
    using type = Alternative;
    static constexpr auto pascal = pascal_case<Alternative>();
    static constexpr std::string_view text = pascal.view();
};
template <fixed_string Text, class T>
struct alternative_info<alternative<Text, T>> {
    using type = T;
    static constexpr std::string_view text = Text.view();
};

template <class... Types>
inline constexpr bool types_differ = true;
template <class First, class... Others>
inline constexpr bool types_differ<First, Others...> =
    (!std::is_same_v<First, Others> && ... && true) && types_differ<Others...>;

template <class... Fields>
consteval bool none_is_named(std::string_view name, field_list<Fields...>) {
    return ((Fields::wire_name != name) && ... && true);
}

} // namespace detail

// An object of one of several described types, selected by one of its members, the discriminator: a
// std::variant of the types and of unknown_alternative, which comes first.
//
//     using comment = intheloop::one_of<"$type", comment_mail, comment_chat>;
//
//     {"$type": "CommentMail", "subject": "Hello"}      on the wire
//     if (auto const* mail = std::get_if<comment_mail>(&made))
//
// The discriminator of an alternative is its type's name in PascalCase, or an explicit one:
// alternative<"Mail", comment_mail>. An alternative's description does not list the discriminator.
// The set is open: an object of another type is kept whole, but an object without a discriminator
// is an error.
template <fixed_string Discriminator, class... Alternatives>
class one_of : public std::variant<unknown_alternative,
                                   typename detail::alternative_info<Alternatives>::type...> {
public:
    using variant =
        std::variant<unknown_alternative, typename detail::alternative_info<Alternatives>::type...>;
    using variant::variant;
    using variant::operator=;

    static constexpr std::string_view discriminator = Discriminator.view();
    // Discriminator values by variant index; the first belongs to unknown_alternative.
    static constexpr std::array<std::string_view, sizeof...(Alternatives) + 1> texts{
        "", detail::alternative_info<Alternatives>::text...};

    // Returns the discriminator as on the wire: "CommentMail". Lives as long as this object.
    std::string_view type() const noexcept {
        auto const* unknown = std::get_if<unknown_alternative>(this);
        return unknown ? std::string_view(unknown->type) : texts[this->index()];
    }
    // Returns whether the object has one of the described types.
    bool is_known() const noexcept { return this->index() != 0; }

private:
    static_assert(sizeof...(Alternatives) != 0, "intheloop: a one_of has alternatives");
    static_assert((detail::given_name<Alternatives>.empty() && ...),
                  "intheloop: fields<> among the alternatives of one_of has no name: give it one, "
                  "alternative<\"Mail\", fields<...>>");
    static_assert(detail::types_differ<typename detail::alternative_info<Alternatives>::type...>,
                  "intheloop: two alternatives of this one_of are the same type");
    static_assert((detail::described<typename detail::alternative_info<Alternatives>::type> && ...),
                  "intheloop: an alternative of one_of is a described type");
    static_assert(detail::all_differ(texts),
                  "intheloop: two alternatives of this one_of go by the same text");
    static_assert(
        (detail::none_is_named(
             Discriminator.view(),
             detail::fields_of<typename detail::alternative_info<Alternatives>::type>{}) &&
         ...),
        "intheloop: an alternative of this one_of has the discriminator as a member: it "
        "is written and read by itself");
};

namespace detail {
template <fixed_string Discriminator, class First, class... Others>
struct display_name<one_of<Discriminator, First, Others...>> {
    template <class Out>
    static constexpr void append(Out& out) {
        out.append("one_of<");
        display_name<typename alternative_info<First>::type>::append(out);
        (
            [&] {
                out.append(", ");
                display_name<typename alternative_info<Others>::type>::append(out);
            }(),
            ...);
        out.append(">");
    }
};
} // namespace detail
} // namespace intheloop

#endif
