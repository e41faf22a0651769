// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_WATCH_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_WATCH_IPP

#include <intheloop/jobs/detail/export_poller.hpp>
#include <intheloop/jobs/export_watch.hpp>

#include <utility>

namespace intheloop {

INTHELOOP_DECL export_watch::export_watch(std::shared_ptr<detail::export_poller> of)
    : poller_(std::move(of)), position_(std::make_shared<detail::watch_position>()) {}

} // namespace intheloop

#endif
