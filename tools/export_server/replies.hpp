// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_EXPORT_SERVER_REPLIES_HPP
#define INTHELOOP_TOOLS_EXPORT_SERVER_REPLIES_HPP

#include "http.hpp"

#include <intheloop/base/error.hpp>
#include <intheloop/jobs/export_job.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace tools {

// The path of an export, and below it: "/exports/6e1c.../rows".
std::string path_of(std::string_view export_id, std::string_view below = {});

boost::json::object state_json(intheloop::export_job const& job,
                               intheloop::export_state const& state);

reply json_reply(http::status status, boost::json::object const& body);

// {"code": "...", "message": "..."}
boost::json::object problem_json(intheloop::error const& failure);

// {"error": {"code": "...", "message": "...", "where": "/from"}}
reply problem_reply(http::status status, std::string_view code, std::string_view message,
                    std::string_view where = {});

// 400 for a message that is no HTTP.
reply invalid_http_reply(std::string_view message);

// 503 for too many at once, with the time after which it makes sense to come again.
reply too_many_reply(std::string_view message);

// Of a call that failed. The library keeps secrets out of its errors; of what the service wrote
// only its message is passed on.
reply problem_reply(intheloop::error const& failure);

} // namespace tools

#endif
