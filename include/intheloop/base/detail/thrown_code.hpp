// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_THROWN_CODE_HPP
#define INTHELOOP_BASE_DETAIL_THROWN_CODE_HPP

#include <intheloop/base/error.hpp>

#include <new>

namespace intheloop::detail {

// Returns the code for the exception that is being handled: errc::out_of_memory for std::bad_alloc,
// `other` for anything that a function of the user's has thrown. Its text may hold a secret, and is
// dropped.
inline errc thrown_code(errc other = errc::invalid_option) noexcept {
    try {
        throw;
    } catch (std::bad_alloc const&) {
        return errc::out_of_memory;
    } catch (...) {
        return other;
    }
}

} // namespace intheloop::detail

#endif
