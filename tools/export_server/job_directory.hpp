// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_JOB_DIRECTORY_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_JOB_DIRECTORY_HPP

#include "http.hpp"
#include "kept_jobs.hpp"

#include <intheloop/base/result.hpp>
#include <intheloop/client/options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace tools {

// An export that one of several servers has started. Empty: there is none.
class listed_job {
public:
    listed_job() {}

    std::string resume_token;
    bool has_other_form = false; // the browser's key was used for another one
    bool is_key_new = false;     // it was unknown, and belongs to this request now

    bool is_empty() const { return resume_token.empty() && !has_other_form; }
};

// Where servers that act as one find each other's exports. Any thread.
class job_directory {
public:
    virtual ~job_directory() = default;

    // Lists the export, and the key of the browser that has asked for it.
    virtual asio::awaitable<std::optional<intheloop::error>> async_list(intheloop::export_job job,
                                                                        start_key key) = 0;
    virtual asio::awaitable<intheloop::result<listed_job>> async_find(std::string id) = 0;
    // Finds the export of a key. If the key is unknown, it belongs to this form from now on.
    virtual asio::awaitable<intheloop::result<listed_job>> async_claim_key(start_key key) = 0;
    // Gives back a key that has no export, after a start that failed. For whoever made it known.
    virtual asio::awaitable<std::optional<intheloop::error>> async_free_key(start_key key) = 0;
    // Ends all that is under way.
    virtual void close() = 0;
};

// Joins the servers that have the same token, and meet in this Redis: shares the client's limits
// and starts with them. Their common key is in the environment: INTHELOOP_FLEET_KEY. Throws
// intheloop::exception for what can't be used.
std::unique_ptr<job_directory> join_through_redis(asio::any_io_executor const& executor,
                                                  std::string const& url,
                                                  intheloop::options& client);

} // namespace tools

#endif
