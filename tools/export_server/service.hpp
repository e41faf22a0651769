// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_SERVICE_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_SERVICE_HPP

#include "admission.hpp"
#include "hosts.hpp"
#include "job_directory.hpp"
#include "kept_jobs.hpp"
#include "page.hpp"
#include "responder.hpp"
#include "starts.hpp"

#include <intheloop/client/client.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/asio/awaitable.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace tools {

struct service_options {
    intheloop::poll_options poll;
    std::size_t most_jobs = 1000;
    std::size_t most_readers = 64;                                  // of rows, at once
    std::chrono::milliseconds heartbeat = std::chrono::seconds(15); // of events
};

// Answers requests, each with calls of one client; with a directory it knows the exports of all
// servers that share it. Any thread.
class export_service {
public:
    export_service(intheloop::client& client, service_options const& options,
                   allowed_hosts const& hosts, job_directory* directory);

    // Returns the answer to a request that is not addressed to this server, or comes from the page
    // of another site, if it is such a request. Its body has not been read.
    std::optional<reply> refuse_head(http::request_header<> const& head,
                                     asio::ip::address const& reached_at) const;
    asio::awaitable<void> answer(request const& asked, responder& to);

    // Waits until all starts have ended, or until that time.
    asio::awaitable<void> async_wait_for_starts(export_starts::time_point at_the_latest) {
        return starts_.async_wait_for_all(at_the_latest);
    }
    void forget_jobs() {
        jobs_.forget_all();
        starts_.stop_listing();
        if (directory_)
            directory_->close();
    }

private:
    asio::awaitable<void> start_export(request const& asked, responder& to);
    asio::awaitable<void> show_rows(intheloop::export_job const& job, request const& asked,
                                    responder& to);
    asio::awaitable<void> show_page(responder& to) const;
    // Gives the export that another server has started, or the answer to the browser.
    asio::awaitable<std::optional<reply>> find_elsewhere(std::string id,
                                                         std::optional<intheloop::export_job>& job);

    intheloop::client& client_;
    job_directory* const directory_; // null: this server is alone
    allowed_hosts const hosts_;
    std::chrono::milliseconds const heartbeat_;
    html_page const page_;
    admission readers_;
    kept_jobs jobs_;
    export_starts starts_;
    std::atomic<bool> are_others_away_ = false; // as the log has told
};

} // namespace tools

#endif
