// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_OPEN_RESPONSE_IPP
#define INTHELOOP_JOBS_IMPL_OPEN_RESPONSE_IPP

#include <intheloop/jobs/detail/body_stream.hpp>
#include <intheloop/jobs/open_response.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// From the exchange to who reads the stream.
class piped_body final : public net::body_sink {
public:
    explicit piped_body(std::shared_ptr<body_pipe> into) : pipe_(std::move(into)) {}

    void start(std::function<void()> resume) override { pipe_->start(std::move(resume)); }
    std::optional<error> begin(codec::encoded_response const& head,
                               std::optional<std::uint64_t>) override {
        if (auto const failure = codec::failure_of_status(head.status))
            return error(*failure, {});
        return codec::refuse_content_coding(head.headers);
    }
    std::optional<error> write(std::string_view bytes) override { return pipe_->write(bytes); }
    bool is_full() override { return pipe_->is_full(); }

private:
    std::shared_ptr<body_pipe> pipe_;
};

// Why the call failed, if it did.
INTHELOOP_DECL std::optional<error> failure_of(call_settings const& settings, net::outcome& ended) {
    response_description const type{codec::detail::json_type_of<raw_body>(), false,
                                    type_name<raw_body>()};
    raw_body none; // it went into the pipe
    response_info info;
    auto const failure = read_response(settings, ended, type, &none, info);
    return failure ? std::optional(std::move(*failure)) : std::nullopt;
}

INTHELOOP_DECL std::unique_ptr<byte_source> stream_of(std::shared_ptr<client_core> const& core,
                                                      net::request request) {
    auto start = [request = std::move(request)](std::shared_ptr<client_core> const& with,
                                                std::shared_ptr<body_pipe> pipe,
                                                body_stream::ended_handler handler) {
        net::request begun = request;
        begun.sink = std::make_shared<piped_body>(pipe);
        with->send(std::move(begun),
                   wrapped_handler(std::move(handler),
                                   [settings = with->settings](body_stream::ended_handler&& inner,
                                                               net::outcome&& ended) {
                                       std::move(inner)(failure_of(*settings, ended));
                                   }));
    };
    return std::make_unique<body_source>(core, std::move(start));
}

} // namespace intheloop::detail

#endif
