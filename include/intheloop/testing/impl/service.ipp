// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_SERVICE_IPP
#define INTHELOOP_TESTING_IMPL_SERVICE_IPP

#include <intheloop/base/detail/query.hpp>
#include <intheloop/testing/detail/random.hpp>
#include <intheloop/testing/detail/service.hpp>

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/testing/detail/request_decode.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/core/demangle.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <typeinfo>
#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL reply json_reply(unsigned status, boost::json::value const& body) {
    reply result(status);
    result.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    result.body = boost::json::serialize(body);
    return result;
}

INTHELOOP_DECL reply error_reply(unsigned status, std::string_view code, std::string_view message) {
    boost::json::object body;
    body["message"] = boost::json::string_view(message.data(), message.size());
    body["errorCode"] = boost::json::string_view(code.data(), code.size());
    return json_reply(status, body);
}

// Makes an error in the format of the files' origin.
INTHELOOP_DECL reply xml_error_reply(unsigned status, std::string_view code,
                                     std::string_view message) {
    reply result(status);
    result.headers.emplace_back("Content-Type", "text/xml");
    std::string xml = R"(<?xml version="1.0" encoding="UTF-8"?><Error><Code>)";
    xml += code;
    xml += "</Code><Message>";
    xml += message;
    xml += "</Message></Error>";
    result.body = std::move(xml);
    return result;
}

INTHELOOP_DECL bool has_misplaced_credentials(received_request const& request) {
    return request.origin != origin::api &&
           (request.header("Authorization") || request.header("X-Impersonate-User"));
}

inline constexpr std::string_view misplaced_credentials =
    "credentials belong to the origin of the API";

INTHELOOP_DECL reply method_not_allowed_reply(std::string const& allowed) {
    reply result = error_reply(405, "MethodNotAllowed", "this path takes " + allowed);
    result.headers.emplace_back("Allow", allowed);
    return result;
}

// Returns the text of the exception that is being handled; the name of its type if it has none. It
// is not empty.
INTHELOOP_DECL std::string text_of_exception() {
    std::string text;
    try {
        throw;
    } catch (std::exception const& thrown) {
        text = thrown.what();
    } catch (std::string const& thrown) {
        text = thrown;
    } catch (char const* thrown) {
        text = thrown ? thrown : "";
    } catch (...) {
    }
    std::type_info const* const type = __cxxabiv1::__cxa_current_exception_type();
    if (text.empty())
        text = type ? boost::core::demangle(type->name()) : "a foreign exception";
    return text;
}

inline constexpr std::string_view file_path_prefix = "/RF_";

INTHELOOP_DECL std::string file_path(std::string const& export_id) {
    return std::string{file_path_prefix} + export_id;
}

INTHELOOP_DECL bool says_json(received_request const& request) {
    std::string const type = request.header("Content-Type").value_or("");
    std::string_view media = std::string_view{type}.substr(0, type.find(';'));
    while (media.ends_with(' '))
        media.remove_suffix(1);
    return boost::beast::iequals("application/json", {media.data(), media.size()});
}

// Returns the reason why the body is not a request for an export; empty if it is one.
INTHELOOP_DECL std::string refuse_export_request(std::string const& body) {
    report::export_request decoded({}, {});
    if (auto const error = codec::decode_json(body, decoded, request_limits))
        return error->text();
    if (decoded.end < decoded.start)
        return "/end: is before /start";
    if (decoded.result_format && !decoded.result_format->is_known())
        return "/resultFormat: must be Json or Xlsx";
    return {};
}

INTHELOOP_DECL bool ends_with_its_head(unsigned status) {
    return status < 200 || status == 204 || status == 304;
}

INTHELOOP_DECL reply to_reply(response_override response) {
    reply result(response.status);
    result.reason = std::move(response.reason);
    if (ends_with_its_head(response.status) || response.status == 205)
        response.body.clear();
    bool const has_type =
        std::any_of(response.headers.begin(), response.headers.end(), [](auto const& field) {
            return boost::beast::iequals(field.first, "Content-Type");
        });
    if (!response.body.empty() && !response.content_type.empty() && !has_type)
        result.headers.emplace_back("Content-Type", std::move(response.content_type));
    std::move(response.headers.begin(), response.headers.end(), std::back_inserter(result.headers));
    result.body = std::move(response.body);
    result.end = response.end;
    result.raw = std::move(response.raw);
    result.pause_after = response.pause_after;
    return result;
}

INTHELOOP_DECL service::export_state::export_state(std::string initial_status,
                                                   std::vector<std::string> script,
                                                   export_content file)
    : status(std::move(initial_status)), statuses(std::move(script)), content(std::move(file)) {}

INTHELOOP_DECL service::service(server_options const& options, std::string files_url)
    : options_(options), export_ids_(options.clock), request_ids_(options.clock),
      signer_(std::move(files_url), options.file_url_lifetime, options.clock) {}

INTHELOOP_DECL reply service::answer(received_request const& request) {
    if (request.origin == origin::files)
        return answer_files(request);
    fault wrong = routes_.next_fault(request);
    reply result = wrong.instead ? to_reply(*std::move(wrong.instead)) : answer_api(request);
    result.wait = std::max(result.wait, wrong.wait);
    result.drip_bytes = wrong.drip_bytes;
    result.drip_pause = wrong.drip_pause;
    result.body_bytes = wrong.body_bytes;
    return result;
}

INTHELOOP_DECL void service::answer_with(std::function<reply(received_request const&)> other) {
    std::lock_guard const lock(mutex_);
    other_ = std::move(other);
}

INTHELOOP_DECL std::function<reply(received_request const&)> service::other() const {
    std::lock_guard const lock(mutex_);
    return other_;
}

INTHELOOP_DECL std::string service::signed_url(std::string_view path) const {
    std::lock_guard const lock(mutex_);
    return signer_.signed_url(path);
}

INTHELOOP_DECL bool service::authorized(received_request const& request) const {
    constexpr std::string_view scheme = "bearer ";
    std::string const credentials = request.header("Authorization").value_or("");
    if (credentials.size() <= scheme.size())
        return false;
    std::string_view const given = std::string_view{credentials}.substr(0, scheme.size());
    return boost::beast::iequals({scheme.data(), scheme.size()}, {given.data(), given.size()}) &&
           same_bytes(std::string_view{credentials}.substr(scheme.size()), options_.token);
}

INTHELOOP_DECL reply service::answer_api(received_request const& request) {
    if (auto const other_answers = other())
        return other_answers(request);
    if (has_misplaced_credentials(request))
        return error_reply(400, "CredentialsElsewhere", misplaced_credentials);
    if (request.origin == origin::api && !authorized(request)) {
        reply result = error_reply(401, "Unauthorized", "the token is missing or wrong");
        result.headers.emplace_back("WWW-Authenticate", "Bearer");
        return result;
    }

    auto const handler = routes_.find(request);
    if (!handler)
        return answer_documented(request);
    std::string failure = handler->failure();
    if (failure.empty()) {
        try {
            return to_reply(handler->call(request));
        } catch (...) {
            failure = text_of_exception();
        }
        handler->fail(failure);
        note_failure("test server: the handler of " + std::string(handler->endpoint) +
                     " threw: " + failure);
    }
    return error_reply(500, "HandlerThrew", failure);
}

INTHELOOP_DECL void service::note_failure(std::string text) {
    if (!options_.on_handler_failure)
        std::cerr << text + '\n';
    std::lock_guard const lock(mutex_);
    failures_.push_back(std::move(text));
}

INTHELOOP_DECL std::vector<std::string> service::failures() const {
    std::lock_guard const lock(mutex_);
    return failures_;
}

INTHELOOP_DECL reply service::answer_documented(received_request const& request) {
    std::optional<reply> result;
    documented_endpoints.for_each([&](auto const& endpoint) {
        if (endpoint.origin != request.other_origin || to_string(endpoint.method) != request.method)
            return;
        if (auto const values =
                detail::match_route(endpoint.route, intheloop::detail::path_of(request.target)))
            result = serve(endpoint, request, *values);
    });
    if (result)
        return *std::move(result);
    std::string const allowed = routes_.methods_of(request);
    if (!allowed.empty())
        return method_not_allowed_reply(allowed);
    return error_reply(404, "NotFound", "there is no such path");
}

INTHELOOP_DECL reply service::serve(decltype(report::export_report),
                                    received_request const& request, arguments const&) {
    if (!says_json(request))
        return error_reply(400, "BadRequest", "Content-Type must be application/json");
    if (std::string const reason = refuse_export_request(request.body); !reason.empty())
        return error_reply(400, "BadRequest", reason);

    std::string const id = add_export(options_.initial_status, options_.statuses, options_.content);
    std::lock_guard const lock(mutex_);
    return export_result(id, exports_.find(id)->second);
}

INTHELOOP_DECL reply service::serve(decltype(report::get_report), received_request const&,
                                    arguments const& values) {
    std::lock_guard const lock(mutex_);
    auto const found = exports_.find(values.front());
    if (found == exports_.end())
        return error_reply(404, "NotFound", "there is no such export");
    export_state& state = found->second;
    if (state.next < state.statuses.size())
        state.status = state.statuses[state.next++];
    return export_result(found->first, state);
}

INTHELOOP_DECL reply service::serve(decltype(drafts::create_draft), received_request const& request,
                                    arguments const&) {
    if (!says_json(request))
        return error_reply(400, "BadRequest", "Content-Type must be application/json");
    boost::json::object body;
    if (auto const error = codec::decode_json(request.body, body, request_limits))
        return error_reply(400, "BadRequest", "the body must be a JSON object: " + error->text());

    reply result(201);
    if (options_.draft_answer) {
        result.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
        result.body = *options_.draft_answer;
    }
    return result;
}

INTHELOOP_DECL reply service::serve(decltype(documentation::ask), received_request const& request,
                                    arguments const&) {
    reply result;
    result.headers.emplace_back("Content-Type", "text/markdown; charset=utf-8");
    std::string page = "# API reference\n";
    for (auto const& [name, value] : split_query(request.target))
        if (name == "ask")
            page = "# Answer\n\nThe test server knows no answer to: " + value + '\n';
    result.body = std::move(page);
    return result;
}

INTHELOOP_DECL reply service::export_result(std::string const& id,
                                            export_state const& state) const {
    boost::json::object body;
    body["id"] = id;
    body["status"] = state.status;
    body["url"] = nullptr;
    if (state.status == "Completed")
        body["url"] = signer_.signed_url(file_path(id));
    return json_reply(200, body);
}

INTHELOOP_DECL reply service::answer_files(received_request const& request) {
    if (has_misplaced_credentials(request)) {
        auto const other_answers = other();
        return other_answers ? other_answers(request)
                             : xml_error_reply(400, "CredentialsElsewhere", misplaced_credentials);
    }
    if (request.method != "GET" && request.method != "HEAD")
        return method_not_allowed_reply("GET, HEAD");

    std::unique_lock lock(mutex_);
    // Refuses unknown files in the same way, so that their names can't be guessed.
    if (std::string_view const reason = signer_.refuse(request.target); !reason.empty())
        return xml_error_reply(403, "AccessDenied", reason);
    if (auto const other_answers = other_) {
        lock.unlock(); // the function signs addresses, which locks the mutex
        return other_answers(request);
    }
    std::string_view const id =
        intheloop::detail::path_of(request.target).substr(file_path_prefix.size());
    return serve_file(request, exports_.find(id)->second.content);
}

// Must be called with the mutex locked.
INTHELOOP_DECL reply service::serve_file(received_request const& request,
                                         export_content const& content) {
    bool const get = request.method == "GET"; // a HEAD has no ranges
    range_request asked;
    if (get && !options_.ignore_ranges)
        asked = {request.header("Range"), request.header("If-Range")};
    range_choice const choice = choose_range(
        asked, options_.send_etag ? content.entity_tag() : std::string{}, content.size());

    reply result = choice.status == 416
                       ? xml_error_reply(416, "InvalidRange", "the file ends before the range")
                       : reply(choice.status);
    if (!options_.ignore_ranges)
        result.headers.emplace_back("Accept-Ranges", "bytes");
    if (choice.status != 200)
        result.headers.emplace_back("Content-Range", content_range(choice, content.size()));
    if (choice.status == 416)
        return result;

    result.headers.emplace_back("Content-Type", options_.content_type);
    if (options_.send_etag)
        result.headers.emplace_back("ETag", content.entity_tag());
    result.body = file_body{content, choice.range, options_.chunked_files,
                            options_.file_bytes_per_second, get ? next_cut() : std::nullopt};
    return result;
}

// Must be called with the mutex locked.
INTHELOOP_DECL std::optional<file_cut> service::next_cut() {
    if (cuts_.empty())
        return std::nullopt;
    file_cut const cut = cuts_.front();
    cuts_.pop_front();
    return cut;
}

INTHELOOP_DECL std::string service::add_export(std::string initial_status,
                                               std::vector<std::string> statuses,
                                               export_content content) {
    std::string id = export_ids_.uuid();
    export_state state(std::move(initial_status), std::move(statuses), std::move(content));
    std::lock_guard const lock(mutex_);
    exports_.emplace(id, std::move(state));
    return id;
}

INTHELOOP_DECL std::string service::file_url(std::string_view export_id) const {
    std::lock_guard const lock(mutex_);
    auto const found = exports_.find(export_id);
    if (found == exports_.end())
        throw std::out_of_range("test server: there is no such export");
    return signer_.signed_url(file_path(found->first));
}

INTHELOOP_DECL void service::replace_content(std::string_view export_id, export_content content) {
    std::lock_guard const lock(mutex_);
    auto const found = exports_.find(export_id);
    if (found == exports_.end())
        throw std::out_of_range("test server: there is no such export");
    found->second.content = std::move(content);
}

INTHELOOP_DECL void service::cut_file_after(file_cut cut) {
    std::lock_guard const lock(mutex_);
    cuts_.push_back(cut);
}

INTHELOOP_DECL void service::advance_clock(std::chrono::seconds by) {
    std::lock_guard const lock(mutex_);
    signer_.advance_clock(by);
}

INTHELOOP_DECL void service::expire_file_urls() {
    std::lock_guard const lock(mutex_);
    signer_.expire_all();
}

} // namespace intheloop::testing::detail

#endif
