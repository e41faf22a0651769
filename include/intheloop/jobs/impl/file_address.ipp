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
#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/policy/detail/transfer_watch.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

// An error hides all of an address, in whatever the server says: that takes memory and time in
// proportion to its length, and to the number of its values. Servers take 8 KiB, seldom more.
inline constexpr std::size_t longest_address = 16 * 1024;
inline constexpr std::size_t most_parameters = 64;

// Returns whether a value is long enough to identify an address.
INTHELOOP_DECL bool is_telling(std::string_view value) {
    constexpr std::size_t telling = 8;
    return value.size() >= telling;
}

// Returns why an address is too large to be hidden; null if it is not.
INTHELOOP_DECL char const* size_problem(std::string_view address) {
    if (address.size() > longest_address)
        return "it is longer than 16 KiB";
    std::size_t parameters = 0;
    for (query_reader query(address); query.next();)
        parameters += is_telling(query.parameter()) ? 1 : 0;
    return parameters > most_parameters ? "it has more than 64 parameters" : nullptr;
}

// Puts an address into the syntax of URLs. Returns false with the problem if that can't be done.
INTHELOOP_DECL bool encode_address(std::string_view written, std::string& encoded,
                                   std::string& problem) {
    char const* too_large = size_problem(written);
    if (!too_large && !codec::encode_url(written, encoded, problem))
        return false;
    if (!too_large)
        too_large = size_problem(encoded);
    if (too_large)
        problem = too_large;
    return !too_large;
}

// Adds the secrets of a signed address: its query, and each telling value in it, percent-encoded
// and decoded.
INTHELOOP_DECL void add_secrets(std::vector<std::string>& found, std::string_view target) {
    std::string_view const query_part = target.substr(path_of(target).size());
    if (!query_part.empty() && is_telling(query_part.substr(1)))
        found.emplace_back(query_part.substr(1));
    for (query_reader query(target); query.next();) {
        std::string_view const value = query.has_value() ? query.value() : query.parameter();
        if (!is_telling(value))
            continue;
        found.emplace_back(value);
        if (std::string decoded = codec::percent_decoded(value); decoded != value)
            found.push_back(std::move(decoded));
    }
}

// Drops the oldest secrets. The rest are as many as one address may have, as written and encoded.
INTHELOOP_DECL void forget_old_secrets(std::vector<std::string>& all) {
    constexpr std::size_t most = 6 * longest_address;
    std::size_t size = 0;
    auto kept = all.end();
    while (kept != all.begin() && (size += std::prev(kept)->size()) <= most)
        --kept;
    all.erase(all.begin(), kept);
}

// Adds the secrets of the addresses to which a response leads. Returns false if they are too large.
INTHELOOP_DECL bool hide_locations(headers const& fields, std::vector<std::string>& secrets) {
    std::size_t size = 0;
    for (std::size_t i = 0; i != fields.size(); ++i)
        if (auto const [name, value] = fields[i]; equal_ignoring_case(name, "Location")) {
            size += value.size();
            if (size > longest_address || size_problem(value))
                return false;
            add_secrets(secrets, value);
        }
    return true;
}

INTHELOOP_DECL std::optional<error> file_address::take(std::string const& address) {
    std::string encoded;
    std::string problem;
    net::url found;
    if (!encode_address(address, encoded, problem) || !net::parse_url(encoded, found, problem))
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
    forget_old_secrets(secrets_);
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
    else if (encode_address(*location, encoded, problem) &&
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

INTHELOOP_DECL attempt_outcome file_address::outcome_of_poll(error const& why) const {
    attempt_outcome ended;
    ended.failure = why.code() == errc::deadline_exceeded && time_left().count() > 0
                        ? errc::stalled
                        : static_cast<errc>(why.code().value());
    ended.status = why.status;
    ended.retry_after = why.retry_after;
    return ended;
}

// Compares seconds: in the unit of the clock, a year behind 2262 overflows.
INTHELOOP_DECL bool file_address::has_expired(std::string_view address) const {
    auto const expires = policy::expiry_of_address(address);
    return expires && *expires <= std::chrono::floor<std::chrono::seconds>(settings_->system_now());
}

INTHELOOP_DECL bool file_address::has_dripped(error const& why, std::uint64_t bytes) const {
    return why.code() == errc::stalled &&
           static_cast<double>(bytes) < policy::least_bytes(slow_transfer_);
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

INTHELOOP_DECL error file_address::ended(error why, std::uint64_t bytes, unsigned attempts) const {
    if (bytes != 0)
        why.detail += (why.detail.empty() ? "after " : "; after ") + std::to_string(bytes) +
                      " bytes of the file";
    why.attempts = std::max(why.attempts, attempts);
    why.elapsed = elapsed_since(*settings_, started_);
    return why;
}

// Nothing is kept of a response with an address that is too large to be hidden.
INTHELOOP_DECL error file_address::refusal(net::outcome& ended, std::string detail) const {
    auto& response = ended.response;
    if (!hide_locations(response.headers, ended.context.further_secrets)) {
        response.headers.clear();
        response.body.clear();
    }
    error refused(codec::failure_of_status(response.status).value_or(errc::unexpected_status),
                  std::move(detail));
    if (response.status == 200 || response.status == 206)
        refused.detail = "the answer ended before the file";
    else
        codec::read_file_refusal(response.headers, response.body, refused);
    refused.body = std::move(response.body);
    return complete(ended, std::move(refused));
}

} // namespace intheloop::detail

#endif
