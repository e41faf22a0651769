// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_PREPARED_DOWNLOAD_HPP
#define INTHELOOP_JOBS_DETAIL_PREPARED_DOWNLOAD_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/jobs/download_options.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/download_plan.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::detail {

class part_file;
class stream_file;

// Provides the signed address of a file.
class address_source {
public:
    using handler = boost::asio::any_completion_handler<void(result<std::string>)>;

    virtual ~address_source() = default;
    // Gets the address; with `fresh` a new one, since the last one has expired. Waits until the
    // deadline at most, but a poll that is under way then may take until the deadline of the
    // client's calls.
    virtual void async_get(bool fresh, policy::clock::time_point deadline, handler then) = 0;
    virtual bool can_be_fresh() const = 0;
};

class prepared_download {
public:
    prepared_download() {}

    std::shared_ptr<address_source> address;
    // Makes the members below for one run, or returns why that can't be done. An operation may be
    // begun more than once.
    std::function<std::optional<error>(prepared_download&, boost::asio::any_io_executor const&)>
        make_target;
    std::shared_ptr<byte_sink> target;
    std::shared_ptr<stream_file> stream; // the target, if it is one
    std::shared_ptr<part_file> part;     // the target of several streams, instead
    std::string lost;                    // see file_target
    // Opens the stream, or the part of an earlier download, before anything is sent; empty if there
    // is nothing to open.
    std::function<std::optional<error>(policy::file_part&)> open_part;
    download_options options;
    // Of a download that goes on as this one: when it began, and its requests so far.
    std::optional<policy::clock::time_point> started;
    unsigned earlier_attempts = 0;
    std::optional<error> refused; // the problem with the arguments
};

using download_handler = boost::asio::any_completion_handler<void(result<download_summary>)>;
INTHELOOP_DECL void start_download(std::shared_ptr<client_core> const& core,
                                   prepared_download download, download_handler handler);

} // namespace intheloop::detail

#endif
