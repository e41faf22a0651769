// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RESUME_TOKEN_HPP
#define INTHELOOP_POLICY_DETAIL_RESUME_TOKEN_HPP

// The text with which a program finds its export again:
//
//     loop-export/1/https/api.intheloop.io:443/1700000000/6e1cf0db-52d7-4522-97c9-97aa40b14058
//
// name, version, origin, start in seconds since the Unix epoch, percent-encoded id. Holds no
// secret.

#include <intheloop/base/config.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace intheloop::policy {

class resume_token {
public:
    resume_token() {}

    std::string origin; // "https/api.intheloop.io:443": an export belongs to one origin
    std::chrono::sys_seconds started{};
    std::string export_id;
};

INTHELOOP_DECL std::string make_resume_token(resume_token const& token);

// Parses a token for an origin, ignoring white space around it. On failure `problem` has the
// reason. (A token that was cut off within the id can't be told from the token of another export.)
INTHELOOP_DECL bool parse_resume_token(std::string_view text, std::string_view origin,
                                       resume_token& out, std::string& problem);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/resume_token.ipp>
#endif

#endif
