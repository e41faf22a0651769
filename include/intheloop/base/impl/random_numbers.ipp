// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_IMPL_RANDOM_NUMBERS_IPP
#define INTHELOOP_BASE_IMPL_RANDOM_NUMBERS_IPP

#include <intheloop/base/detail/random_numbers.hpp>

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace intheloop::detail {

INTHELOOP_DECL std::uint64_t next_seed(std::shared_ptr<time_source> const& clock) {
    if (clock)
        if (auto const seed = clock->next_seed())
            return *seed;
    std::uint64_t seed = 0;
    if (::getentropy(&seed, sizeof seed) != 0)
        throw std::system_error(errno, std::generic_category(), "getentropy");
    return seed;
}

} // namespace intheloop::detail

#endif
