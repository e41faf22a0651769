// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_SERVICE_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_SERVICE_HPP

#include "admission.hpp"
#include "kept_jobs.hpp"
#include "page.hpp"
#include "responder.hpp"

#include <intheloop/client/client.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>

namespace tools {

struct service_options {
    intheloop::poll_options poll;
    std::size_t most_jobs = 1000;
    std::size_t most_readers = 64; // of rows, at once
    bool for_this_machine = true;  // refuses requests that name another host
};

// Answers requests, each with calls of one client. Any thread.
class export_service {
public:
    export_service(intheloop::client& client, service_options const& options);

    asio::awaitable<void> answer(request const& asked, responder& to);

    void forget_jobs() { jobs_.forget_all(); }

private:
    asio::awaitable<void> start_export(request const& asked, responder& to);
    asio::awaitable<void> show_rows(intheloop::export_job const& job, responder& to);
    asio::awaitable<void> show_page(responder& to) const;

    intheloop::client& client_;
    bool const for_this_machine_;
    intheloop::start_options start_;
    html_page const page_;
    admission readers_;
    kept_jobs jobs_;
};

} // namespace tools

#endif
