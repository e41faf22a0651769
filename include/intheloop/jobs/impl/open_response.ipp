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

// Why the call failed, if it did.
INTHELOOP_DECL std::optional<error> failure_of(ended_call& ended) {
    answer_type const type{codec::detail::json_type_of<raw_body>(), false, type_name<raw_body>()};
    raw_body none; // it went to the reader
    response_info info;
    auto const failure = read_answer(ended, type, &none, info);
    return failure ? std::optional(std::move(*failure)) : std::nullopt;
}

// The answer of a call as a stream.
class response_stream final : public body_stream {
public:
    response_stream(std::shared_ptr<call_core> const& core, prepared_call call)
        : body_stream(core), call_(std::move(call)) {}

    std::optional<error> begin(head const& of) override {
        if (auto const failure = codec::failure_of_status(of.status))
            return error(*failure, {});
        return codec::refuse_content_coding(of.fields);
    }

private:
    void fetch(std::shared_ptr<call_core> const& core, ended_handler handler) override {
        prepared_call call = std::move(call_);
        call.request.sink = shared_from_this();
        start_call(
            core, std::move(call),
            wrapped_handler(std::move(handler), [](ended_handler&& inner, ended_call&& ended) {
                std::move(inner)(failure_of(ended));
            }));
    }

    prepared_call call_;
};

INTHELOOP_DECL std::unique_ptr<byte_source> stream_of(std::shared_ptr<call_core> const& core,
                                                      prepared_call call) {
    return std::make_unique<body_source>(std::make_shared<response_stream>(core, std::move(call)));
}

} // namespace intheloop::detail

#endif
