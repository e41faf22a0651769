// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_FILE_ADDRESS_IPP
#define INTHELOOP_JOBS_IMPL_FILE_ADDRESS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/codec/detail/file_response.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/jobs/detail/file_address.hpp>

#include <string_view>
#include <utility>

namespace intheloop::detail {

// Adds the secrets of a signed address: its query, and each value in it that is long enough to
// identify it, percent-encoded and decoded.
INTHELOOP_DECL void add_secrets(std::vector<std::string>& found, std::string_view target) {
    constexpr std::size_t telling = 8;
    std::size_t const path = path_of(target).size();
    if (target.size() - path > telling)
        found.emplace_back(target.substr(path + 1));
    for (query_reader query(target); query.next();) {
        std::string_view const value = query.has_value() ? query.value() : query.parameter();
        if (value.size() < telling)
            continue;
        found.emplace_back(value);
        if (std::string decoded = codec::percent_decoded(value); decoded != value)
            found.push_back(std::move(decoded));
    }
}

INTHELOOP_DECL std::optional<error> file_address::take(std::string const& address) {
    std::string encoded;
    std::string problem;
    net::url found;
    if (!codec::encode_url(address, encoded, problem) || !net::parse_url(encoded, found, problem))
        return error(errc::invalid_request, "/url: " + problem);
    if (!found.origin.secure &&
        !(settings_->options.allow_insecure_loopback && found.origin.is_loopback()))
        return error(errc::invalid_request, "/url: it is not https");
    redirects_ = 0;
    if (encoded != address)
        add_secrets(secrets_, address); // as the server may repeat it
    use(std::move(found));
    return std::nullopt;
}

INTHELOOP_DECL void file_address::use(net::url url) {
    ++changes_;
    url_ = std::move(url);
    origin_ = std::make_shared<net::origin const>(url_.origin);
    add_secrets(secrets_, url_.target);
}

INTHELOOP_DECL std::string file_address::resource() const {
    return url_.origin.text() + std::string(path_of(url_.target));
}

INTHELOOP_DECL bool file_address::follow_redirect(codec::encoded_response const& response,
                                                  std::string& problem) {
    constexpr unsigned most = 5;
    bool const is_redirect = response.status == 301 || response.status == 302 ||
                             response.status == 303 || response.status == 307 ||
                             response.status == 308;
    if (!is_redirect)
        return false;
    auto const location = response.headers.find("Location");
    std::string encoded;
    net::url to;
    if (!location || response.headers.count("Location") != 1)
        problem = location ? "it has two fields Location" : "it has no Location";
    else if (codec::encode_url(*location, encoded, problem) &&
             net::parse_reference(url_, encoded, to, problem)) {
        if (to.origin != url_.origin)
            problem = "it leads to another server, " + to.origin.text();
        else if (redirects_ == most)
            problem = "it is the sixth in a row";
    } else
        problem = "its Location: " + problem;
    if (!problem.empty()) {
        problem = "the redirect is not followed: " + problem;
        return false;
    }
    use(std::move(to));
    ++redirects_;
    return true;
}

INTHELOOP_DECL std::chrono::milliseconds file_address::time_left() const {
    return saturating_between<std::chrono::milliseconds>(settings_->now(), deadline_);
}

INTHELOOP_DECL net::call_context file_address::make_context() const {
    net::call_context context;
    context.endpoint = &download_endpoint;
    context.origin = origin_;
    context.started = started_;
    context.user = settings_->options.impersonate_user;
    context.further_secrets = secrets_;
    return context;
}

// The request is made of the address and the User-Agent only. A server may encode its answer to a
// request without Accept-Encoding (RFC 9110, 12.5.3).
INTHELOOP_DECL net::request file_address::make_request(std::string const& range_lines,
                                                       std::shared_ptr<byte_sink> sink,
                                                       retry_options const& retry,
                                                       std::chrono::milliseconds pause) const {
    net::request request;
    request.context = make_context();
    request.bytes = "GET " + url_.target + " HTTP/1.1\r\nHost: " + url_.origin.authority() +
                    "\r\nUser-Agent: " + settings_->user_agent +
                    "\r\nAccept: */*\r\nAccept-Encoding: identity\r\n" + range_lines;
    request.shared_size = request.bytes.size();
    request.rules.idempotent = true;
    request.rules.limits = {
        .call = time_left(), .stall = stall_timeout_, .slow_transfer = slow_transfer_};
    request.rules.retry = retry;
    request.rules.pause = pause;
    request.limits = {.max_header_size = settings_->options.max_header_size,
                      .max_body_size = settings_->options.max_response_size};
    request.sink = std::move(sink);
    return request;
}

INTHELOOP_DECL error file_address::complete(net::outcome& of, error why) const {
    why.of_download = true;
    return complete_error(*settings_, of, std::move(why));
}

INTHELOOP_DECL error file_address::complete(error why) const {
    net::outcome nothing_sent;
    nothing_sent.context = make_context();
    return complete(nothing_sent, std::move(why));
}

INTHELOOP_DECL error file_address::refusal(net::outcome& ended, std::string detail) const {
    auto& response = ended.response;
    error refused(codec::failure_of_status(response.status).value_or(errc::unexpected_status),
                  std::move(detail));
    if (response.status == 200 || response.status == 206)
        refused.detail = "the answer ended before the file";
    else
        codec::read_file_refusal(response.headers, response.body, refused);
    for (std::size_t i = 0; i != response.headers.size(); ++i)
        if (auto const [name, value] = response.headers[i]; equal_ignoring_case(name, "Location"))
            add_secrets(ended.context.further_secrets, value);
    refused.body = std::move(response.body);
    return complete(ended, std::move(refused));
}

} // namespace intheloop::detail

#endif
