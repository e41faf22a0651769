// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_EXPORT_ACCESS_HPP
#define INTHELOOP_JOBS_DETAIL_EXPORT_ACCESS_HPP

// The functions of a poller for its job. A file that uses a job need not compile the poller itself,
// with its timers and its strand.

#include <intheloop/api/report.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/jobs/export_state.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::detail {

class export_owner;
class export_poller;
class watch_position;

using poll_handler = boost::asio::any_completion_handler<void(result<report::export_result>)>;
using state_handler = boost::asio::any_completion_handler<void(std::optional<export_state>)>;

INTHELOOP_DECL boost::asio::any_io_executor executor_of(export_poller const& poller) noexcept;

// Names the export in errors and logs; see export_poller::name().
INTHELOOP_DECL std::string name_of(export_poller const& poller);

// Tells whether a response about an export has the address of its file. An empty one is none.
INTHELOOP_DECL bool has_address(report::export_result const& reported) noexcept;

// Call the members of the poller. Any thread.
INTHELOOP_DECL void async_poll(export_poller& poller, poll_handler handler);
INTHELOOP_DECL void async_wait(export_poller& poller, std::chrono::milliseconds deadline,
                               poll_handler handler);
INTHELOOP_DECL void async_next(export_poller& poller, std::shared_ptr<watch_position> position,
                               state_handler handler);

} // namespace intheloop::detail

#endif
