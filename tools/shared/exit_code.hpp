// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_SHARED_EXIT_CODE_HPP
#define INTHELOOP_TOOLS_SHARED_EXIT_CODE_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <stdexcept>
#include <string>

namespace tools {

// How the programs end; the help of each lists its codes. A signal ends them with 128 and its
// number, as in a shell.
enum exit_code : int {
    done = 0,
    other_failure = 1,
    bad_usage = 2,
    refused = 3,       // 401, 403, 451
    export_ended = 4,  // without a file, or the service knows no such export
    unreachable = 5,   // network, proxy, TLS, time limits
    unclear_start = 6, // an export may have been started, under an id that is not known
    incomplete = 7     // --strict: the table would lack values
};

// Ends the program with a certain code.
class stopped : public std::runtime_error {
public:
    stopped(exit_code options, std::string const& why) : std::runtime_error(why), code(options) {}

    exit_code code;
};

// A file's server is not the service: where it refuses a file or misses it, the export is there.
inline exit_code exit_code_of(intheloop::error const& e) {
    if (e.code() == intheloop::errc::file_failed)
        return other_failure;
    if (e.code() == intheloop::errc::not_found)
        return e.of_download ? other_failure : export_ended;
    using intheloop::condition;
    switch (intheloop::condition_of(static_cast<intheloop::errc>(e.code().value()))) {
    case condition::unauthorized:
    case condition::forbidden:
    case condition::account_not_verified: return e.of_download ? other_failure : refused;
    case condition::export_ended: return export_ended;
    case condition::network:
    case condition::proxy:
    case condition::tls:
    case condition::timeout: return unreachable;
    case condition::configuration: return bad_usage;
    default: return other_failure;
    }
}

// Tells whether the service may have begun an export, though its start failed.
inline bool may_have_started(intheloop::error const& e) {
    return intheloop::policy::may_have_acted(e);
}

} // namespace tools

#endif
