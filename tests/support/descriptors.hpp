// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_DESCRIPTORS_HPP
#define INTHELOOP_TESTS_SUPPORT_DESCRIPTORS_HPP

#include <doctest/doctest.h>

#include <cstddef>
#include <filesystem>
#include <iterator>

namespace fixture {

// Sees at its end whether something that was opened since its beginning was left open.
class no_descriptor_leaks {
public:
    no_descriptor_leaks() = default;
    ~no_descriptor_leaks() { CHECK(open_descriptors() == before_); }
    no_descriptor_leaks(no_descriptor_leaks const&) = delete;
    no_descriptor_leaks& operator=(no_descriptor_leaks const&) = delete;

private:
    static std::ptrdiff_t open_descriptors() {
        std::filesystem::directory_iterator const all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    }

    std::ptrdiff_t const before_ = open_descriptors();
};

} // namespace fixture

#endif
