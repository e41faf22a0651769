// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_EXPORT_SERVER_SERVICE_HPP
#define INTHELOOP_EXAMPLES_EXPORT_SERVER_SERVICE_HPP

#include "kept_jobs.hpp"
#include "page.hpp"
#include "responder.hpp"

#include <intheloop/client.hpp>
#include <intheloop/export_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>

namespace example {

// Answers requests, each with calls of one client. Any thread.
class export_service {
public:
    // `for_this_machine`: refuses requests that name another host.
    export_service(intheloop::client& client, intheloop::poll_options const& poll,
                   std::size_t most_jobs, bool for_this_machine);

    asio::awaitable<void> answer(request const& asked, responder& to);

    void forget_jobs() { jobs_.forget_all(); }

private:
    asio::awaitable<void> start_export(request const& asked, responder& to);
    asio::awaitable<void> show_page(responder& to) const;

    intheloop::client& client_;
    bool const for_this_machine_;
    intheloop::start_options start_;
    html_page const page_;
    kept_jobs jobs_;
};

} // namespace example

#endif
