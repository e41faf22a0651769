// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_CHECK_HPP
#define INTHELOOP_TESTS_FUZZ_CHECK_HPP

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fuzz {

// Is the input of a target.
using bytes = std::span<unsigned char const>;

// A property does not hold. Nobody catches it in a fuzzer, which takes that for a crash.
class property_failure : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

inline void check(bool holds, std::string_view property, std::string_view shown = {}) {
    if (!holds)
        throw property_failure(std::string(property) +
                               (shown.empty() ? "" : ": " + std::string(shown)));
}

inline void check_equal(std::string_view found, std::string_view expected,
                        std::string_view property) {
    if (found != expected)
        throw property_failure(std::string(property) + ": \"" + std::string(found) +
                               "\" instead of \"" + std::string(expected) + '"');
}

inline std::string_view text_of(bytes input) {
    return {reinterpret_cast<char const*>(input.data()), input.size()};
}

// How an input that reader::choice() begins with says which one.
inline std::string chosen(std::size_t index) {
    return {static_cast<char>(static_cast<unsigned char>(index % 256)),
            static_cast<char>(static_cast<unsigned char>(index / 256))};
}

// Takes an input apart, from its beginning.
class reader {
public:
    explicit reader(bytes input) : rest_(text_of(input)) {}

    // 0 where there are no more.
    std::size_t byte() {
        if (rest_.empty())
            return 0;
        auto const value = static_cast<unsigned char>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    // One of so many, by two bytes.
    std::size_t choice(std::size_t of) {
        std::size_t const low = byte();
        return (low + 256 * byte()) % of;
    }
    // Without its end.
    std::string_view line() {
        std::string_view const taken = rest_.substr(0, rest_.find('\n'));
        rest_.remove_prefix(taken.size() == rest_.size() ? taken.size() : taken.size() + 1);
        return taken;
    }
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

} // namespace fuzz

#endif
