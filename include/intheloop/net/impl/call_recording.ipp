// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_RECORDING_IPP
#define INTHELOOP_NET_IMPL_CALL_RECORDING_IPP

// Passes the exchanges of a call to the recorder.

#include <intheloop/net/detail/call.hpp>
#include <intheloop/policy/detail/redact.hpp>

#include <memory>
#include <optional>
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
        texts_.push_back({token->reveal()});
    }
    std::span<std::shared_ptr<secret const> const> tokens() const { return tokens_; }
    // `storage` holds the text if it has changed. With `ends_within`, the text was cut, possibly
    // within a token.
    std::string_view operator()(std::string_view text, std::string& storage,
                                bool ends_within = false) {
        if (!finder_)
            finder_.emplace(texts_);
        policy::text_edges edges;
        edges.ends_within = ends_within;
        auto const hits = finder_->find(text, edges);
        if (hits.empty())
            return text;
        storage = policy::replace_hits(text, hits);
        return storage;
    }

private:
    std::vector<std::shared_ptr<secret const>> tokens_;
    std::vector<policy::sought_secret> texts_;
    std::optional<policy::secret_finder> finder_; // made when all tokens are there
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

        std::string const origin = request_.context.origin->text();
        std::string texts[4];
        exchange_record told;
        told.began = attempt_began_;
        told.number = request_number_;
        told.origin = origin;
        told.to_api = request_.has_credentials;
        told.other_origin = request_.context.endpoint->origin;
        told.http_request_method = request_.context.method();
        told.url_template = request_.context.endpoint->route;
        told.target = without(request_.target(), texts[0]);
        told.request_headers = without(request_.header_lines(), texts[1]);
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
        bool const has_failed = outcome_.failure != nullptr;
        told.response_body = without(outcome_.response.body, texts[3], has_failed);
        told.response_body_size = told.response_body.size();
        if (attempt_.gave_to_sink()) {
            std::string_view const kept = outcome_.response.body;
            std::uint64_t const left_out = attempt_.body_size() - kept.size();
            bool const was_cut = has_failed || left_out != 0;
            bool const is_file = !told.to_api && told.other_origin.empty();
            told.response_body = is_file ? kept : without(kept, texts[3], was_cut);
            told.response_body_size = told.response_body.size() + left_out;
        }
        if (outcome_.failure)
            told.failure = to_string(static_cast<errc>(outcome_.failure->code().value()));
        told.tokens = without.tokens();
        std::vector<std::string_view> member_fields;
        if (request_.context.answers)
            for (auto const& member : request_.context.answers->headers)
                member_fields.push_back(member.name);
        told.member_fields = member_fields;
        owner_.options.recorder->on_exchange(told);
    } catch (...) { // a failing recorder must not end a call
    }
    if (attempt_.gave_to_sink())
        outcome_.response.body.clear(); // no one else sees what was kept
}

} // namespace intheloop::net

#endif
