// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_THROWN_CODE_HPP
#define INTHELOOP_BASE_DETAIL_THROWN_CODE_HPP

#include <intheloop/base/error.hpp>

#include <new>
#include <string>
#include <utility>

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

// Returns the error for the exception that is being handled: the one of an intheloop::exception;
// for any other, the code as above, and for `other` these words.
inline error thrown_error(errc other, char const* words) {
    try {
        throw;
    } catch (exception const& e) {
        return e.error();
    } catch (...) {
        errc const code = thrown_code(other);
        return error(code, code == other ? words : "");
    }
}

// Returns an error that a function of the user's has given. With a code that is none of errc it
// would tell of no failure.
inline error with_code(error given) {
    if (is_known(static_cast<errc>(given.code().value())))
        return given;
    std::string text = "an error without a code was given";
    if (!given.detail.empty())
        text += ": " + given.detail;
    return error(errc::invalid_option, std::move(text));
}

} // namespace intheloop::detail

#endif
