// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_SECRET_HPP
#define INTHELOOP_BASE_SECRET_HPP

#include <intheloop/base/config.hpp>

#include <concepts>
#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop {

// A text that must not reach a log: an API token, an impersonated user.
//
// Converts from any string, but not back: only reveal() returns the text. Printing it prints
// "[redacted]". The reference from reveal() lives as long as the secret.
class secret {
public:
    secret() = default;

    template <std::convertible_to<std::string_view> Text>
        requires(!std::is_pointer_v<Text>) // char* goes where a null pointer is looked for
    secret(Text const& text) : text_(std::string_view(text)) {}
    secret(std::string&& text) noexcept : text_(std::move(text)) {}
    // A null pointer, as from std::getenv() of an unset variable, makes an empty secret.
    secret(char const* text) : text_(text ? text : "") {}
    secret(std::nullptr_t) = delete;

    // Returns the text. Keep it out of logs.
    std::string const& reveal() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }

    friend bool operator==(secret const&, secret const&) = default;

    template <class Char, class Traits>
    friend std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& out,
                                                        secret const&) {
        return out << "[redacted]";
    }

private:
    std::string text_;
};

} // namespace intheloop

#endif
