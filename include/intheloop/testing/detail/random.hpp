// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_RANDOM_HPP
#define INTHELOOP_TESTING_DETAIL_RANDOM_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/time_source.hpp>

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace intheloop::testing::detail {

// Returns `bytes` random bytes as lower-case hexadecimal digits. Throws std::runtime_error if
// OpenSSL has none.
[[nodiscard]] std::string random_hex(std::size_t bytes);

// Makes random texts; the same on each run if the clock has a seed. Any thread.
class random_texts {
public:
    explicit random_texts(std::shared_ptr<time_source> const& clock);

    // Like random_hex().
    [[nodiscard]] std::string hex(std::size_t bytes);
    // Returns a UUID (version 4).
    [[nodiscard]] std::string uuid();

private:
    std::mutex mutex_;
    std::optional<intheloop::detail::random_numbers> numbers_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/random.ipp>
#endif

#endif
