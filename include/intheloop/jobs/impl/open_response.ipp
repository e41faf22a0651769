// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_OPEN_RESPONSE_IPP
#define INTHELOOP_JOBS_IMPL_OPEN_RESPONSE_IPP

#include <intheloop/jobs/detail/body_stream.hpp>
#include <intheloop/jobs/open_response.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace intheloop::detail {

// Returns the error of the call, if any.
INTHELOOP_DECL std::optional<error> failure_of(call_settings const& settings, net::outcome& ended) {
    auto const type = codec::detail::response_type_of<raw_body>();
    try {
        raw_body none; // the reader got the body
        response_info info;
        auto const failure = read_response(settings, ended, type, &none, info);
        return failure ? std::optional(std::move(*failure)) : std::nullopt;
    } catch (...) {
        return unreadable_error(settings, ended);
    }
}

// Streams the response of a call.
class response_stream final : public body_stream {
public:
    response_stream(std::shared_ptr<client_core> const& core, net::request request)
        : body_stream(core), endpoint_(request.context.endpoint), request_(std::move(request)) {}

    std::optional<error> begin(head const& of) override {
        if (auto const failure = codec::failure_of_status(of.status, endpoint_->further_success))
            return error(*failure, {});
        return codec::refuse_content_coding(of.fields);
    }

private:
    void fetch(std::shared_ptr<client_core> const& core, ended_handler handler) override {
        auto sent = std::move(request_); // a request that is not taken must not keep its sink
        sent.sink = shared_from_this();
        core->send(std::move(sent), wrapped_handler(std::move(handler), [settings = core->settings](
                                                                            ended_handler&& inner,
                                                                            net::outcome&& ended) {
                       std::move(inner)(failure_of(*settings, ended));
                   }));
    }

    endpoint_info const* endpoint_; // static
    net::request request_;
};

INTHELOOP_DECL std::unique_ptr<byte_source> stream_of(std::shared_ptr<client_core> const& core,
                                                      net::request request) {
    return std::make_unique<body_source>(
        std::make_shared<response_stream>(core, std::move(request)));
}

} // namespace intheloop::detail

#endif
