// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_INTERCEPTOR_IPP
#define INTHELOOP_NET_IMPL_INTERCEPTOR_IPP

// Shows interceptors an attempt without its secrets.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/net/detail/interception.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/interceptor.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace intheloop {

namespace net {

namespace detail {

// Hashes texts with a random key of this process.
class keyed_hash {
public:
    keyed_hash() : bytes_(key().begin(), key().end()) {}

    // Texts that are split differently give different numbers.
    void add(std::string_view text) {
        bytes_ += std::to_string(text.size());
        bytes_ += ':';
        bytes_ += text;
    }
    std::uint64_t value() const {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        std::size_t size = 0;
        if (EVP_Q_digest(nullptr, "SHA256", nullptr, bytes_.data(), bytes_.size(), digest.data(),
                         &size) != 1)
            throw exception(error(errc::invalid_option, "OpenSSL has no SHA-256"));
        std::uint64_t made = 0;
        for (std::size_t i = 0; i != sizeof made; ++i)
            made = made << 8 | digest[i];
        return made;
    }

private:
    using random_key = std::array<unsigned char, 32>;

    // An array has no destructor: calls may be under way while the process exits.
    static random_key const& key() {
        static random_key const random = [] {
            random_key drawn{};
            if (RAND_bytes(drawn.data(), drawn.size()) != 1)
                throw exception(error(errc::invalid_option, "OpenSSL has no random bytes"));
            return drawn;
        }();
        return random;
    }

    std::string bytes_;
};

INTHELOOP_DECL headers shown_fields(headers const& fields, policy::redactor& without) {
    headers shown;
    std::string text;
    for (std::size_t i = 0; i != fields.size(); ++i) {
        auto const field = fields[i];
        text = field.second;
        without.redact_field(field.first, text);
        shown.append(field.first, text);
    }
    return shown;
}

INTHELOOP_DECL bool is_credential(std::string_view field) {
    return intheloop::detail::equal_ignoring_case(field, "Authorization") ||
           intheloop::detail::equal_ignoring_case(field, "X-Impersonate-User");
}

INTHELOOP_DECL std::vector<policy::sought_secret> secrets_in(intercepted_answer const& answer) {
    return answer.secrets ? answer.secrets->texts() : std::vector<policy::sought_secret>();
}

} // namespace detail

INTHELOOP_DECL std::vector<policy::sought_secret> kept_secrets::texts() const {
    std::vector<policy::sought_secret> all;
    for (auto const& token : tokens)
        all.push_back({token->reveal()});
    if (user)
        all.push_back(policy::sought_user(*user));
    for (std::string_view const one : further)
        all.push_back({one});
    return all;
}

INTHELOOP_DECL std::shared_ptr<intercepted_parts> show_request(request const& of,
                                                               kept_secrets const& secrets) {
    auto made = std::make_shared<intercepted_parts>();
    auto const texts = secrets.texts();
    policy::redactor without(texts);
    detail::keyed_hash audience;
    audience.add(of.context.origin->text());
    audience.add(secrets.tokens.empty() ? std::string_view() : secrets.tokens.front()->reveal());
    audience.add(secrets.user ? "as " + secrets.user->reveal() : std::string());
    // Texts that differ only where they are redacted look alike: the number tells them apart.
    auto const shown = [&](std::string_view text) {
        std::string clean(text);
        without.redact(clean);
        if (clean != text)
            audience.add(text);
        return clean;
    };
    made->target = shown(of.target());
    auto const add_field = [&](std::string_view name, std::string_view value) {
        if (!detail::is_credential(name))
            made->fields.append(name, shown(value));
    };
    intheloop::detail::for_each_header_line(of.header_lines(), add_field);
    if (!of.body_writer)
        made->body = shown(of.body);
    made->audience = audience.value();
    return made;
}

} // namespace net

INTHELOOP_DECL call_attributes intercepted_request::attributes() const {
    return parts_->attributes;
}
INTHELOOP_DECL unsigned intercepted_request::resend_count() const noexcept {
    return parts_->resend_count;
}
INTHELOOP_DECL std::string_view intercepted_request::target() const noexcept {
    return parts_->target;
}
INTHELOOP_DECL headers const& intercepted_request::fields() const noexcept {
    return parts_->fields;
}
INTHELOOP_DECL std::optional<std::string_view> intercepted_request::body() const noexcept {
    return parts_->body;
}
INTHELOOP_DECL bool intercepted_request::streams_response() const noexcept {
    return parts_->streams_response;
}
INTHELOOP_DECL std::uint64_t intercepted_request::audience() const noexcept {
    return parts_->audience;
}

INTHELOOP_DECL intercepted_response::intercepted_response(unsigned status, headers fields,
                                                          std::string body) {
    auto made = std::make_shared<net::intercepted_answer>();
    made->response.status = status;
    made->response.headers = std::move(fields);
    made->response.body = std::move(body);
    answer_ = std::move(made);
}

INTHELOOP_DECL unsigned intercepted_response::status() const noexcept {
    return answer_->response.status;
}

INTHELOOP_DECL headers intercepted_response::fields() const {
    auto const texts = net::detail::secrets_in(*answer_);
    policy::redactor without(texts);
    return net::detail::shown_fields(answer_->response.headers, without);
}

INTHELOOP_DECL std::optional<std::string> intercepted_response::field(std::string_view name) const {
    auto const found = answer_->response.headers.find(name);
    if (!found)
        return std::nullopt;
    std::string text(*found);
    auto const texts = net::detail::secrets_in(*answer_);
    policy::redactor(texts).redact_field(name, text);
    return text;
}

INTHELOOP_DECL bool intercepted_response::has_body() const noexcept {
    return answer_->has_body;
}
INTHELOOP_DECL std::size_t intercepted_response::body_size() const noexcept {
    return answer_->response.body.size();
}

INTHELOOP_DECL std::string intercepted_response::body() const {
    std::string text = answer_->response.body;
    policy::redact(text, net::detail::secrets_in(*answer_));
    return text;
}

INTHELOOP_DECL interception_handler::executor_type
interception_handler::get_executor() const noexcept {
    return pending_->executor.get();
}
INTHELOOP_DECL interception_handler::cancellation_slot_type
interception_handler::get_cancellation_slot() const noexcept {
    return pending_->signal.slot();
}
INTHELOOP_DECL void interception_handler::operator()(std::exception_ptr failure,
                                                     interception decided) {
    pending_->complete(std::move(failure), std::move(decided));
}

} // namespace intheloop

#endif
