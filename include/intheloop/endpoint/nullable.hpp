// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_NULLABLE_HPP
#define INTHELOOP_ENDPOINT_NULLABLE_HPP

#include <intheloop/base/config.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <ostream>
#include <type_traits>
#include <utility>

namespace intheloop {

template <class T>
class nullable;

namespace detail {
template <class Nullable, class T, class U>
concept nullable_from =
    std::convertible_to<U, T> && !std::same_as<std::remove_cvref_t<U>, Nullable> &&
    !std::same_as<std::remove_cvref_t<U>, std::nullptr_t> &&
    !std::same_as<std::remove_cvref_t<U>, std::nullopt_t>;

template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<nullable<T>> = true;

template <class T, class U>
concept compares_with_value =
    !is_nullable<U> && !std::same_as<U, std::nullptr_t> && requires(T const& a, U const& b) {
    { a == b } -> std::convertible_to<bool>;
};
} // namespace detail

// A member that is absent, null, or a value, since JSON tells the three apart.
//
//     request.timezone = "Europe/Ljubljana";   // a value
//     request.timezone = nullptr;              // "timezone": null
//     request.timezone.reset();                // no such key (the initial state)
//
// (Use std::optional<T> for a member that may be absent but never null.)
template <class T>
class nullable {
public:
    using value_type = T;

    constexpr nullable() noexcept = default;
    constexpr nullable(std::nullptr_t) noexcept : null_(true) {}
    constexpr nullable(std::nullopt_t) noexcept {}

    // U = T lets a braced list initialize a container: week.tag_ids = {"tag_1", "tag_2"}.
    template <class U = T>
        requires detail::nullable_from<nullable, T, U>
    constexpr nullable(U&& value) : value_(std::forward<U>(value)) {}
    // Assigns a value.
    template <class U = T>
        requires detail::nullable_from<nullable, T, U>
    constexpr nullable& operator=(U&& value) {
        value_ = std::forward<U>(value);
        null_ = false;
        return *this;
    }

    // Returns whether the key is absent.
    constexpr bool is_absent() const noexcept { return !value_ && !null_; }
    // Returns whether the key is present with the value null.
    constexpr bool is_null() const noexcept { return null_; }
    constexpr bool has_value() const noexcept { return value_.has_value(); }
    constexpr explicit operator bool() const noexcept { return has_value(); }

    // Returns the value; undefined if there is none, and so is operator->.
    constexpr T& operator*() & noexcept { return *value_; }
    constexpr T const& operator*() const& noexcept { return *value_; }
    constexpr T&& operator*() && noexcept { return *std::move(value_); }
    constexpr T* operator->() noexcept { return &*value_; }
    constexpr T const* operator->() const noexcept { return &*value_; }
    // Returns the value; throws std::bad_optional_access if there is none.
    constexpr T& value() & { return value_.value(); }
    constexpr T const& value() const& { return value_.value(); }
    constexpr T&& value() && { return std::move(value_).value(); }
    template <class U>
    constexpr T value_or(U&& other) const {
        return value_.value_or(std::forward<U>(other));
    }

    // Makes the key absent.
    constexpr void reset() noexcept {
        value_.reset();
        null_ = false;
    }
    template <class... Args>
    constexpr T& emplace(Args&&... args) {
        null_ = false;
        return value_.emplace(std::forward<Args>(args)...);
    }

    friend constexpr bool operator==(nullable const&, nullable const&) = default;
    friend constexpr bool operator==(nullable const& a, std::nullptr_t) { return a.null_; }

    // Prints the value, "null" or "absent".
    friend std::ostream& operator<<(std::ostream& out, nullable const& a) requires
        requires(T const& value) {
        out << value;
    }
    { return a.value_ ? out << *a.value_ : out << (a.null_ ? "null" : "absent"); }

private:
    std::optional<T> value_;
    bool null_ = false;
};

// Compares a nullable with a value: equal if it holds an equal value. (Not a member: types that
// merely convert to a nullable must not match the left side.)
template <class T, class U>
    requires detail::compares_with_value<T, U>
constexpr bool operator==(nullable<T> const& a, U const& b) {
    return a.has_value() && *a == b;
}

} // namespace intheloop

#endif
