// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_IMPL_ERROR_IPP
#define INTHELOOP_BASE_IMPL_ERROR_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/utf8.hpp>
#include <intheloop/base/error.hpp>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <sstream>

namespace intheloop {

namespace detail {

struct errc_entry {
    errc code;
    condition kind;
    char const* name;
    char const* message;
};

inline constexpr errc_entry errc_table[] = {
    {errc::resolve_failed, condition::network, "resolve_failed",
     "the host name could not be resolved"},
    {errc::connect_failed, condition::network, "connect_failed", "could not connect"},
    {errc::connection_lost, condition::network, "connection_lost", "the connection broke"},
    {errc::proxy_unauthorized, condition::proxy, "proxy_unauthorized",
     "the proxy wants other credentials"},
    {errc::proxy_refused, condition::proxy, "proxy_refused", "the proxy refused to connect"},
    {errc::proxy_failed, condition::proxy, "proxy_failed", "the proxy failed"},
    {errc::handshake_failed, condition::tls, "handshake_failed", "the TLS handshake failed"},
    {errc::certificate_refused, condition::tls, "certificate_refused",
     "the server's certificate was refused"},
    {errc::tls_failed, condition::tls, "tls_failed", "TLS failed"},
    {errc::connect_timed_out, condition::timeout, "connect_timed_out", "connecting took too long"},
    {errc::handshake_timed_out, condition::timeout, "handshake_timed_out",
     "the TLS handshake took too long"},
    {errc::deadline_exceeded, condition::timeout, "deadline_exceeded", "the call took too long"},
    {errc::stalled, condition::timeout, "stalled", "too little data came for too long"},
    {errc::cancelled, condition::cancelled, "cancelled", "the call was cancelled"},
    {errc::client_closed, condition::cancelled, "client_closed", "the client was closed"},
    {errc::bad_request, condition::bad_request, "bad_request", "the service refused the request"},
    {errc::unauthorized, condition::unauthorized, "unauthorized",
     "the service did not accept the token"},
    {errc::token_unavailable, condition::unauthorized, "token_unavailable", "there is no token"},
    {errc::forbidden, condition::forbidden, "forbidden", "the service forbids this"},
    {errc::not_found, condition::bad_request, "not_found", "the service does not know this"},
    {errc::rate_limited, condition::rate_limited, "rate_limited", "too many requests"},
    {errc::account_not_verified, condition::account_not_verified, "account_not_verified",
     "the account is not verified"},
    {errc::server_error, condition::server, "server_error", "the service failed"},
    {errc::unexpected_status, condition::protocol, "unexpected_status", "unexpected HTTP status"},
    {errc::invalid_http, condition::protocol, "invalid_http", "the answer is not proper HTTP"},
    {errc::response_too_large, condition::protocol, "response_too_large",
     "the answer is too large"},
    {errc::unexpected_content, condition::protocol, "unexpected_content", "the answer is not JSON"},
    {errc::missing_body, condition::protocol, "missing_body", "the answer has no body"},
    {errc::invalid_json, condition::decode, "invalid_json", "the answer is not valid JSON"},
    {errc::unexpected_json, condition::decode, "unexpected_json", "the answer has another shape"},
    {errc::invalid_option, condition::configuration, "invalid_option", "an option can't be used"},
    {errc::invalid_request, condition::configuration, "invalid_request",
     "the request can't be sent"},
    {errc::file_failed, condition::configuration, "file_failed", "a local file failed"},
    {errc::queue_full, condition::overloaded, "queue_full", "too many calls wait already"},
    {errc::out_of_memory, condition::overloaded, "out_of_memory", "there is no memory"},
    {errc::export_failed, condition::export_ended, "export_failed",
     "the service could not make the export"},
    {errc::export_expired, condition::export_ended, "export_expired", "the export has expired"},
    {errc::file_changed, condition::protocol, "file_changed",
     "the file is another one than at first"},
    {errc::export_unclear, condition::export_ended, "export_unclear",
     "an equal export may have been started"},
};

// The message of an error of a download: no token and no JSON plays a part in it.
INTHELOOP_DECL std::string message_of_download(boost::system::error_code const& code) {
    switch (static_cast<errc>(code.value())) {
    case errc::bad_request: return "the file server refused the request";
    case errc::unauthorized: return "the file server did not accept the address";
    case errc::forbidden: return "the file server forbids this";
    case errc::not_found: return "the file server has no such file";
    case errc::account_not_verified: return "the file server may not give the file";
    case errc::server_error: return "the file server failed";
    case errc::unexpected_content: return "the file is not as it was asked for";
    case errc::response_too_large: return "the file is too large";
    case errc::deadline_exceeded: return "the download took too long";
    case errc::cancelled: return "the download was cancelled";
    default: return code.message();
    }
}

INTHELOOP_DECL errc_entry const* find_errc(int code) noexcept {
    for (errc_entry const& entry : errc_table)
        if (static_cast<int>(entry.code) == code)
            return &entry;
    return nullptr;
}

INTHELOOP_DECL bool is_known(errc code) noexcept {
    return find_errc(static_cast<int>(code)) != nullptr;
}

class errc_category_type final : public boost::system::error_category {
public:
    constexpr errc_category_type() noexcept : error_category(0x6c6f6f7065727263u) {}
    char const* name() const noexcept override { return "intheloop"; }
    std::string message(int code) const override {
        errc_entry const* entry = find_errc(code);
        return entry ? entry->message : "unknown error";
    }
    boost::system::error_condition default_error_condition(int code) const noexcept override {
        errc_entry const* entry = find_errc(code);
        return entry ? make_error_condition(entry->kind)
                     : boost::system::error_condition(code, *this);
    }
};

class condition_category_type final : public boost::system::error_category {
public:
    constexpr condition_category_type() noexcept : error_category(0x6c6f6f70636f6e64u) {}
    char const* name() const noexcept override { return "intheloop.condition"; }
    std::string message(int code) const override {
        return std::string(to_string(static_cast<condition>(code)));
    }
};

inline constexpr errc_category_type errc_category_object;
inline constexpr condition_category_type condition_category_object;

// Finds C1 controls, line and paragraph separators and bidirectional controls in UTF-8: some
// terminals obey them.
INTHELOOP_DECL bool begins_with_hidden_control(std::string_view text) {
    auto const byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    if (byte(0) == 0xc2)
        return byte(1) >= 0x80 && byte(1) <= 0x9f;
    if (byte(0) != 0xe2)
        return false;
    return (byte(1) == 0x80 && byte(2) >= 0xa8 && byte(2) <= 0xae) ||
           (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9);
}

INTHELOOP_DECL void print_escaped(std::ostream& out, std::string_view text, bool in_quotes) {
    constexpr std::size_t longest = 200;
    bool const cut = text.size() > longest;
    text = cut_text(text, longest);
    while (!text.empty()) {
        std::size_t const length = std::max<std::size_t>(utf8_length(text), 1);
        std::string_view const character = text.substr(0, length);
        text.remove_prefix(length);
        char const first = character.front();
        bool const is_byte = length == 1 && static_cast<unsigned char>(first) >= 0x80;
        if (first == '\n')
            out << "\\n";
        else if (first == '\r')
            out << "\\r";
        else if (first == '\t')
            out << "\\t";
        else if (in_quotes && first == '"')
            out << "\\\"";
        else if (is_byte || is_control(first) || begins_with_hidden_control(character))
            for (std::size_t i = 0; i != length; ++i)
                out << "\\x" << to_hexadecimal(character.substr(i, 1));
        else
            out << character;
    }
    if (cut)
        out << "...";
}

} // namespace detail

INTHELOOP_DECL boost::system::error_category const& error_category() noexcept {
    return detail::errc_category_object;
}
INTHELOOP_DECL boost::system::error_category const& condition_category() noexcept {
    return detail::condition_category_object;
}
INTHELOOP_DECL boost::system::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}
INTHELOOP_DECL boost::system::error_condition make_error_condition(condition kind) noexcept {
    return {static_cast<int>(kind), condition_category()};
}

INTHELOOP_DECL std::string_view to_string(condition kind) noexcept {
    switch (kind) {
    case condition::network: return "network";
    case condition::proxy: return "proxy";
    case condition::tls: return "tls";
    case condition::timeout: return "timeout";
    case condition::cancelled: return "cancelled";
    case condition::unauthorized: return "unauthorized";
    case condition::forbidden: return "forbidden";
    case condition::rate_limited: return "rate_limited";
    case condition::account_not_verified: return "account_not_verified";
    case condition::bad_request: return "bad_request";
    case condition::server: return "server";
    case condition::protocol: return "protocol";
    case condition::decode: return "decode";
    case condition::configuration: return "configuration";
    case condition::overloaded: return "overloaded";
    case condition::export_ended: return "export_ended";
    }
    return "unknown";
}

INTHELOOP_DECL condition condition_of(errc code) noexcept {
    detail::errc_entry const* entry = detail::find_errc(static_cast<int>(code));
    return entry ? entry->kind : condition::protocol;
}

INTHELOOP_DECL std::string_view to_string(errc code) noexcept {
    detail::errc_entry const* entry = detail::find_errc(static_cast<int>(code));
    return entry ? entry->name : "unknown";
}

INTHELOOP_DECL std::string type_of_error(std::optional<errc> code, unsigned status) {
    if (!code)
        return {};
    bool const of_status =
        status != 0 && *code >= errc::bad_request && *code <= errc::unexpected_status;
    return of_status ? std::to_string(status) : std::string(to_string(*code));
}

INTHELOOP_DECL std::string_view to_string(request_progress progress) noexcept {
    switch (progress) {
    case request_progress::not_sent: return "not_sent";
    case request_progress::partly_sent: return "partly_sent";
    case request_progress::sent: return "sent";
    case request_progress::response_begun: return "response_begun";
    }
    return "unknown";
}

INTHELOOP_DECL std::string_view to_string(retry_verdict verdict) noexcept {
    switch (verdict) {
    case retry_verdict::done: return "done";
    case retry_verdict::retry: return "retry";
    case retry_verdict::not_retryable: return "not_retryable";
    case retry_verdict::may_have_acted: return "may_have_acted";
    case retry_verdict::attempts_used_up: return "attempts_used_up";
    case retry_verdict::budget_used_up: return "budget_used_up";
    case retry_verdict::too_late: return "too_late";
    }
    return "unknown";
}

INTHELOOP_DECL error::error() = default;
INTHELOOP_DECL error::error(errc code, std::string text)
    : code_(make_error_code(code)), detail(std::move(text)) {}
INTHELOOP_DECL error::~error() = default;
INTHELOOP_DECL error::error(error const&) = default;
INTHELOOP_DECL error::error(error&&) noexcept = default;
INTHELOOP_DECL error& error::operator=(error const&) = default;
INTHELOOP_DECL error& error::operator=(error&&) noexcept = default;

INTHELOOP_DECL std::ostream& operator<<(std::ostream& out, error const& e) {
    if (!e.code())
        return out << "no error";
    out << to_string(condition_of(static_cast<errc>(e.code().value()))) << ": "
        << (e.of_download ? detail::message_of_download(e.code()) : e.code().message());
    if (!e.detail.empty()) {
        out << ": ";
        detail::print_escaped(out, e.detail);
    }
    if (e.status != 0)
        out << "; HTTP status " << std::to_string(e.status);
    if (!e.service_code.empty()) {
        out << ", code ";
        detail::print_escaped(out, e.service_code);
    }
    if (!e.service_message.empty()) {
        out << (e.of_download ? ", the file server says \"" : ", the service says \"");
        detail::print_escaped(out, e.service_message, true);
        out << '"';
    }
    if (e.retry_after)
        out << ", retry after " << std::to_string(e.retry_after->count()) << " s";
    if (!e.request_id.empty()) {
        out << ", request id ";
        detail::print_escaped(out, e.request_id);
    }
    for (attempt_record const& earlier : e.earlier_attempts) {
        out << ", before: ";
        if (earlier.status != 0)
            out << "HTTP status " << std::to_string(earlier.status);
        else
            out << make_error_code(earlier.code).message();
    }
    if (e.verdict != retry_verdict::done && e.verdict != retry_verdict::not_retryable)
        out << ", not tried again: " << to_string(e.verdict);
    if (!e.endpoint.empty())
        out << " [" << e.endpoint << "; " << to_string(e.progress) << "; attempts "
            << std::to_string(e.attempts) << "; " << std::to_string(e.elapsed.count()) << " ms]";
    return out;
}

INTHELOOP_DECL std::string to_string(error const& e) {
    std::ostringstream out;
    out << e;
    return std::move(out).str();
}

INTHELOOP_DECL exception::exception(intheloop::error e)
    : error_(std::move(e)), what_(to_string(error_)) {}

} // namespace intheloop

#endif
