// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_CALL_COMMAND_HPP
#define INTHELOOP_TOOLS_LOOP_CALL_COMMAND_HPP

#include <intheloop.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tools {

// The options of a command besides the members of its request.
inline constexpr char body_option[] = "--body", body_file_option[] = "--body-file",
                      key_option[] = "--idempotency-key", dry_run_option[] = "--dry-run";

// A member of a request, as an option.
struct command_option {
    std::string name; // "--tag-ids"
    std::string wire_name;
    std::string help;
    std::string type;     // "TEXT", "FILE"; all others are written as JSON
    bool is_list = false; // given once for each element
    bool is_required = false;
};

// A file for a part of a form.
class form_file {
public:
    form_file(std::string member, intheloop::raw_body file)
        : wire_name(std::move(member)), content(std::move(file)) {}
    std::string wire_name;
    intheloop::raw_body content;
};

// Holds the parts of a request besides its JSON.
class raw_contents {
public:
    raw_contents() {}
    explicit raw_contents(std::string whole_body) : body(std::move(whole_body)) {}
    std::string body;             // of an endpoint whose body is no JSON
    std::vector<form_file> files; // in the order of the parts
};

// An endpoint, as a command.
struct command {
    std::string name; // "report.get_report"
    std::string help; // "State of an export"
    std::vector<command_option> options;
    bool has_body = false;
    std::string body_member;        // by its name on the wire, if one member is the whole body
    bool has_raw_body = false;      // which is no JSON
    bool has_optional_body = false; // which is that member
    bool has_form = false;          // whose parts are options
    bool has_raw_answer = false;
    bool has_key = false; // the trait idempotency_key

    // Sends the request that this JSON says, with its numbers and keys as they are written in the
    // body, or with a raw body or files; gives the answer as JSON, or as it is
    // if it is none; no text if it has no body. Throws loop::exception.
    std::function<boost::asio::awaitable<std::string>(intheloop::client&, std::string request,
                                                      raw_contents raw,
                                                      intheloop::call_options)>
        call; // and std::invalid_argument for a request that is no JSON object
    // Gives the request that would be sent; throws the same.
    std::function<intheloop::prepared_request(intheloop::client const&, std::string request,
                                              raw_contents raw, intheloop::call_options const&)>
        prepare;
};

} // namespace tools

#endif
