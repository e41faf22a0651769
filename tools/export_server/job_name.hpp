// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_JOB_NAME_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_JOB_NAME_HPP

#include <intheloop/client/detail/access.hpp>
#include <intheloop/jobs/detail/export_access.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <string>

namespace tools {

// Names an export in the log: "export 6e1c...". An id may hold the impersonated user, which is left
// out.
inline std::string name_of(intheloop::export_job const& job) {
    return intheloop::detail::name_of(*intheloop::detail::access::poller(job));
}

} // namespace tools

#endif
