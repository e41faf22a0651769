// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_FORM_SOURCE_IPP
#define INTHELOOP_NET_IMPL_FORM_SOURCE_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/net/detail/form_source.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <utility>

namespace intheloop::net {

INTHELOOP_DECL boost::asio::any_io_executor form_source::get_executor() const {
    return form_.streamed.front().source->get_executor();
}

INTHELOOP_DECL void form_source::async_read(std::string& into, read_handler handler) {
    if (!is_within_) {
        if (is_over_)
            into.clear();
        else
            give_memory(into);
        return intheloop::detail::post_completion(get_executor(), std::move(handler),
                                                  std::optional<error>());
    }
    auto checked = [this, &into](read_handler&& inner, std::optional<error> failure) {
        try {
            if (!failure)
                failure = check(into);
        } catch (...) {
            failure.emplace(intheloop::detail::thrown_code(), std::string());
        }
        std::move(inner)(std::move(failure));
    };
    form_.streamed[part_].source->async_read(
        into, intheloop::detail::wrapped_handler(std::move(handler), std::move(checked)));
}

INTHELOOP_DECL void form_source::give_memory(std::string& into) {
    is_over_ = part_ == form_.streamed.size();
    is_within_ = !is_over_;
    given_ = 0;
    into = std::move(is_over_ ? form_.last : form_.streamed[part_].before);
}

// Counts a piece of a source. Behind the last one come the bytes that follow in memory.
INTHELOOP_DECL std::optional<error> form_source::check(std::string& piece) {
    auto& streamed = form_.streamed[part_];
    bool const ends = piece.empty();
    given_ += piece.size();
    if (streamed.size && (given_ > *streamed.size || (ends && given_ != *streamed.size)))
        return error(errc::invalid_request,
                     "/" + std::string(streamed.name) + ": the source gives " +
                         (ends ? std::to_string(given_) : std::string("more")) + " bytes, and " +
                         std::to_string(*streamed.size) + " were said");
    if (!ends)
        return std::nullopt;
    ++part_;
    give_memory(piece);
    return std::nullopt;
}

} // namespace intheloop::net

#endif
