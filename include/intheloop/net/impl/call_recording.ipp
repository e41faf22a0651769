// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_RECORDING_IPP
#define INTHELOOP_NET_IMPL_CALL_RECORDING_IPP

// Passes the exchanges of a call to the recorder.

#include <intheloop/net/detail/call.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::net {

namespace detail {

// Removes tokens from the texts of an exchange.
class without_tokens {
public:
    void add(std::shared_ptr<secret const> const& token) {
        if (!token || token->empty())
            return;
        tokens_.push_back(token);
        texts_.push_back(token->reveal());
    }
    std::span<std::shared_ptr<secret const> const> tokens() const { return tokens_; }
    // `storage` holds the text if it has changed.
    std::string_view operator()(std::string_view text, std::string& storage) const {
        storage = policy::replace_secrets(text, texts_);
        return storage;
    }
    // For a text that was cut, possibly within a token.
    std::string_view of_cut(std::string_view text, std::string& storage) const {
        std::vector<policy::sought_secret> sought;
        for (std::string_view const token : texts_)
            sought.push_back({token});
        policy::text_edges edges;
        edges.ends_within = true;
        auto const hits = policy::find_secrets(text, sought, edges);
        storage = policy::replace_secrets(text, texts_);
        if (hits.empty() || hits.back().end != text.size())
            return storage;
        storage = policy::replace_secrets(text.substr(0, hits.back().begin), texts_);
        storage += "[redacted]";
        return storage;
    }

private:
    std::vector<std::shared_ptr<secret const>> tokens_;
    std::vector<std::string_view> texts_;
};

} // namespace detail

// The recorder sees the beginning of a body that comes from a source, or goes to a sink.
INTHELOOP_DECL void call::prepare_attempt_recording() {
    if (!owner_.options.recorder || (!request_.body_writer && !request_.sink))
        return;
    try {
        std::size_t const size = owner_.options.recorder->file_limit();
        if (request_.body_writer)
            request_.body_writer->keep(size);
        request_.limits.recorded_size = size;
    } catch (...) { // not ours to handle: nothing is kept
    }
}

INTHELOOP_DECL void call::record_attempt() {
    if (!owner_.options.recorder)
        return;
    try {
        detail::without_tokens without;
        without.add(outcome_.token);
        for (auto const& earlier : outcome_.earlier_tokens)
            without.add(earlier);
        without.add(owner_.tokens.current());

        std::string_view head =
            std::string_view(request_.bytes)
                .substr(0, request_.authorization_at.value_or(std::string::npos));
        if (!request_.authorization_at)
            head.remove_suffix(2); // the empty line
        std::size_t const line = head.find("\r\n");
        std::string_view const target = head.substr(request_.context.method().size() + 1,
                                                    line - request_.context.method().size() - 1 -
                                                        std::string_view(" HTTP/1.1").size());

        std::string const origin = request_.context.origin->text();
        std::string texts[4];
        exchange_record told;
        told.began = attempt_began_;
        told.number = request_number_;
        told.origin = origin;
        told.to_api = request_.authorization_at.has_value();
        told.http_request_method = request_.context.method();
        told.url_template = request_.context.endpoint->route;
        told.target = without(target, texts[0]);
        told.request_headers = without(head.substr(line + 2), texts[1]);
        std::string_view const body =
            request_.body_writer ? request_.body_writer->kept() : request_.body;
        told.request_body = without(body, texts[2]);
        told.request_body_size = told.request_body.size();
        if (request_.body_writer && request_.body_writer->taken() != body.size())
            told.request_body_size = request_.body_writer->taken();
        told.http_response_status_code = outcome_.response.status;
        headers fields;
        std::string value;
        for (std::size_t i = 0; i != outcome_.response.headers.size(); ++i) {
            auto const field = outcome_.response.headers[i];
            fields.append(field.first, without(field.second, value));
        }
        told.response_headers = &fields;
        told.response_body = outcome_.failure ? without.of_cut(outcome_.response.body, texts[3])
                                              : without(outcome_.response.body, texts[3]);
        told.response_body_size = told.response_body.size();
        if (attempt_.gave_to_sink()) {
            std::string_view const kept = outcome_.response.body;
            std::uint64_t const left_out = attempt_.body_size() - kept.size();
            bool const was_cut = outcome_.failure || left_out != 0;
            told.response_body = !told.to_api ? kept
                                 : was_cut    ? without.of_cut(kept, texts[3])
                                              : without(kept, texts[3]);
            told.response_body_size = told.response_body.size() + left_out;
        }
        if (outcome_.failure)
            told.failure = to_string(static_cast<errc>(outcome_.failure->code().value()));
        told.tokens = without.tokens();
        owner_.options.recorder->on_exchange(told);
    } catch (...) { // a failing recorder must not end a call
    }
    if (attempt_.gave_to_sink())
        outcome_.response.body.clear(); // no one else sees what was kept
}

} // namespace intheloop::net

#endif
