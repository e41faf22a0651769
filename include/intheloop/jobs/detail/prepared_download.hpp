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

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::detail {

// Where the signed address of a file comes from.
class address_source {
public:
    using handler = boost::asio::any_completion_handler<void(result<std::string>)>;

    virtual ~address_source() = default;
    // The address, not the one that it gave before if that has expired: `fresh`. Waits no longer
    // than that; a look that is under way then may take as long as a call of the client may.
    virtual void async_get(bool fresh, policy::clock::time_point deadline, handler then) = 0;
    virtual bool can_be_fresh() const = 0;
};

class prepared_download {
public:
    prepared_download() {}

    std::shared_ptr<address_source> address;
    std::shared_ptr<byte_sink> target;
    // Opens what is there from an earlier download, before anything is sent; nothing: none can be.
    std::function<std::optional<error>(policy::file_part&)> open_part;
    download_options options;
    std::optional<error> refused; // what is wrong with it
};

using download_handler = boost::asio::any_completion_handler<void(result<download_summary>)>;
INTHELOOP_DECL void start_download(std::shared_ptr<client_core> const& core,
                                   prepared_download download, download_handler handler);

} // namespace intheloop::detail

#endif
