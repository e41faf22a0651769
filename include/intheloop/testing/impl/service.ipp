// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_SERVICE_IPP
#define INTHELOOP_TESTING_IMPL_SERVICE_IPP

#include <intheloop/testing/detail/random.hpp>
#include <intheloop/testing/detail/service.hpp>

#include <intheloop/codec/json_decode.hpp>

#include <boost/beast/core/string.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
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

INTHELOOP_DECL reply denied_reply(std::string_view message) {
    reply result(403);
    result.headers.emplace_back("Content-Type", "text/xml");
    std::string xml =
        R"(<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>)";
    xml += message;
    xml += "</Message></Error>";
    result.body = std::move(xml);
    return result;
}

INTHELOOP_DECL reply method_not_allowed_reply(std::string const& allowed) {
    reply result = error_reply(405, "MethodNotAllowed", "this path takes " + allowed);
    result.headers.emplace_back("Allow", allowed);
    return result;
}

INTHELOOP_DECL std::optional<std::string> percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        unsigned value = 0;
        char const* const end = text.data() + std::min(i + 3, text.size());
        auto const [stop, error] = std::from_chars(text.data() + i + 1, end, value, 16);
        if (error != std::errc{} || stop != text.data() + i + 3)
            return std::nullopt;
        decoded += static_cast<char>(value);
        i += 2;
    }
    return decoded;
}

INTHELOOP_DECL std::optional<std::vector<std::string>> match_route(std::string_view route,
                                                                   std::string_view path) {
    std::vector<std::string> values;
    while (!route.empty() && !path.empty()) {
        if (route.front() != '{') {
            if (route.front() != path.front())
                return std::nullopt;
            route.remove_prefix(1);
            path.remove_prefix(1);
            continue;
        }
        std::string_view const segment = path.substr(0, path.find('/'));
        std::optional<std::string> value = percent_decode(segment);
        if (segment.empty() || !value)
            return std::nullopt;
        values.push_back(*std::move(value));
        route.remove_prefix(route.find('}') + 1);
        path.remove_prefix(segment.size());
    }
    if (!route.empty() || !path.empty())
        return std::nullopt;
    return values;
}

INTHELOOP_DECL std::string_view path_of(std::string_view target) {
    return target.substr(0, target.find('?'));
}

INTHELOOP_DECL std::string_view query_value(std::string_view target, std::string_view name) {
    std::size_t at = target.find('?');
    while (at != std::string_view::npos) {
        std::string_view const rest = target.substr(at + 1);
        std::string_view const pair = rest.substr(0, rest.find('&'));
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return pair.substr(name.size() + 1);
        at = target.find('&', at + 1);
    }
    return {};
}

INTHELOOP_DECL bool says_json(recorded_request const& request) {
    std::string const type = request.header("Content-Type").value_or("");
    std::string_view media = std::string_view{type}.substr(0, type.find(';'));
    while (media.ends_with(' '))
        media.remove_suffix(1);
    return boost::beast::iequals("application/json", {media.data(), media.size()});
}

INTHELOOP_DECL bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// The reason why the body is not a request for an export; empty if it is one.
INTHELOOP_DECL std::string refuse_export_request(std::string const& body) {
    report::export_request decoded({}, {});
    if (auto const error = codec::decode_json(body, decoded))
        return error->text();
    if (decoded.end < decoded.start)
        return "/end: is before /start";
    if (decoded.result_format && !decoded.result_format->is_known())
        return "/resultFormat: must be Json or Xlsx";
    return {};
}

INTHELOOP_DECL reply to_reply(response_override answer) {
    reply result(answer.status);
    result.reason = std::move(answer.reason);
    if (!answer.body.empty() && !answer.content_type.empty())
        result.headers.emplace_back("Content-Type", std::move(answer.content_type));
    for (auto& field : answer.headers) {
        std::erase_if(result.headers, [&](auto const& set) {
            return boost::beast::iequals(set.first, field.first);
        });
        result.headers.push_back(std::move(field));
    }
    result.body = std::move(answer.body);
    result.end = answer.end;
    result.raw = std::move(answer.raw);
    result.pause_after = answer.pause_after;
    return result;
}

INTHELOOP_DECL service::export_state::export_state(std::string initial_status,
                                                   std::vector<std::string> script,
                                                   export_content file)
    : status(std::move(initial_status)), statuses(std::move(script)), content(std::move(file)) {}

INTHELOOP_DECL service::service(server_options const& options, std::string files_url)
    : options_(options), files_url_(std::move(files_url)), signing_key_(random_hex(32)),
      key_pair_id_("K" + random_hex(6)) {}

INTHELOOP_DECL reply service::answer(recorded_request const& request) {
    return request.origin == origin::api ? answer_api(request) : answer_files(request);
}

INTHELOOP_DECL bool service::authorized(recorded_request const& request) const {
    constexpr std::string_view scheme = "bearer ";
    std::string const credentials = request.header("Authorization").value_or("");
    if (credentials.size() <= scheme.size())
        return false;
    std::string_view const given = std::string_view{credentials}.substr(0, scheme.size());
    return boost::beast::iequals({scheme.data(), scheme.size()}, {given.data(), given.size()}) &&
           same_bytes(std::string_view{credentials}.substr(scheme.size()), options_.token);
}

INTHELOOP_DECL reply service::answer_api(recorded_request const& request) {
    if (!authorized(request)) {
        reply result = error_reply(401, "Unauthorized", "the token is missing or wrong");
        result.headers.emplace_back("WWW-Authenticate", "Bearer");
        return result;
    }

    std::optional<reply> result;
    std::string allowed;
    documented_endpoints.for_each([&](auto const& endpoint) {
        auto const values = match_route(endpoint.route, path_of(request.target));
        if (!values)
            return;
        if (to_string(endpoint.method) == request.method)
            result = serve(endpoint, request, *values);
        else
            allowed += (allowed.empty() ? "" : ", ") + std::string{to_string(endpoint.method)};
    });
    if (result)
        return *std::move(result);
    if (!allowed.empty())
        return method_not_allowed_reply(allowed);
    return error_reply(404, "NotFound", "there is no such path");
}

INTHELOOP_DECL reply service::serve(decltype(report::export_report),
                                    recorded_request const& request, arguments const&) {
    if (!says_json(request))
        return error_reply(400, "BadRequest", "Content-Type must be application/json");
    if (std::string const reason = refuse_export_request(request.body); !reason.empty())
        return error_reply(400, "BadRequest", reason);

    std::string const id = add_export(options_.initial_status, options_.statuses, options_.content);
    std::lock_guard const lock(mutex_);
    return export_result(id, exports_.find(id)->second);
}

INTHELOOP_DECL reply service::serve(decltype(report::get_report), recorded_request const&,
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

INTHELOOP_DECL reply service::serve(decltype(drafts::create_draft), recorded_request const& request,
                                    arguments const&) {
    if (!says_json(request))
        return error_reply(400, "BadRequest", "Content-Type must be application/json");
    boost::json::error_code error;
    boost::json::value const body = boost::json::parse(request.body, error);
    if (error || !body.is_object())
        return error_reply(400, "BadRequest", "the body must be a JSON object");

    reply result(201);
    if (options_.draft_answer) {
        result.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
        result.body = *options_.draft_answer;
    }
    return result;
}

INTHELOOP_DECL reply service::export_result(std::string const& id,
                                            export_state const& state) const {
    boost::json::object body;
    body["id"] = id;
    body["status"] = state.status;
    body["url"] = nullptr;
    if (state.status == "Completed")
        body["url"] = signed_url(id);
    return json_reply(200, body);
}

INTHELOOP_DECL reply service::answer_files(recorded_request const& request) const {
    if (request.method != "GET" && request.method != "HEAD")
        return method_not_allowed_reply("GET, HEAD");

    constexpr std::string_view prefix = "/RF_";
    std::string_view const path = path_of(request.target);
    std::string_view const expires = query_value(request.target, "Expires");
    std::lock_guard const lock(mutex_);
    // Unknown files are refused as well, so that their names can't be guessed.
    if (!path.starts_with(prefix) ||
        !same_bytes(query_value(request.target, "Key-Pair-Id"), key_pair_id_) ||
        !same_bytes(query_value(request.target, "Signature"), sign(path, expires)))
        return denied_reply("Access denied");
    std::int64_t until = 0;
    std::from_chars(expires.data(), expires.data() + expires.size(), until);
    if (until <= now())
        return denied_reply("Access denied: the address has expired");

    reply result(200);
    result.headers.emplace_back("Content-Type", options_.content_type);
    result.body = exports_.find(path.substr(prefix.size()))->second.content;
    result.chunked = options_.chunked_files;
    return result;
}

INTHELOOP_DECL std::string service::add_export(std::string initial_status,
                                               std::vector<std::string> statuses,
                                               export_content content) {
    std::string id = random_uuid();
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
    return signed_url(found->first);
}

INTHELOOP_DECL void service::advance_clock(std::chrono::seconds by) {
    std::lock_guard const lock(mutex_);
    clock_offset_ += by;
}

INTHELOOP_DECL std::int64_t service::now() const {
    auto const real = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return (real + clock_offset_).time_since_epoch().count();
}

INTHELOOP_DECL std::string service::sign(std::string_view path, std::string_view expires) const {
    std::string text{path};
    text += '?';
    text += expires;
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), signing_key_.data(), static_cast<int>(signing_key_.size()),
             reinterpret_cast<unsigned char const*>(text.data()), text.size(), mac.data(),
             &size) == nullptr)
        throw std::runtime_error("test server: signing an address failed");
    std::array<unsigned char, 4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1> encoded{};
    int const length = EVP_EncodeBlock(encoded.data(), mac.data(), static_cast<int>(size));
    std::string signature(encoded.begin(), encoded.begin() + length);
    // The variant of base64 in which the documented sample is written: nothing in it needs an
    // escape in a query.
    for (char& c : signature)
        c = c == '+' ? '-' : c == '=' ? '_' : c == '/' ? '~' : c;
    return signature;
}

INTHELOOP_DECL std::string service::signed_url(std::string const& id) const {
    std::string const path = "/RF_" + id;
    std::string const expires = std::to_string(now() + options_.file_url_lifetime.count());
    return files_url_ + path + "?Expires=" + expires + "&Signature=" + sign(path, expires) +
           "&Key-Pair-Id=" + key_pair_id_;
}

} // namespace intheloop::testing::detail

#endif
