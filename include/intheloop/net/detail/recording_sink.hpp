// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_RECORDING_SINK_HPP
#define INTHELOOP_NET_DETAIL_RECORDING_SINK_HPP

#include <intheloop/base/exchange_recorder.hpp>
#include <intheloop/net/detail/request.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::net {

// Keeps the beginning of a body that passes through it, for a recorder.
class recording_sink final : public body_sink {
public:
    recording_sink(std::shared_ptr<body_sink> to, std::shared_ptr<exchange_recorder> recorder)
        : to_(std::move(to)), recorder_(std::move(recorder)) {}

    std::string_view kept() const noexcept { return kept_; }
    std::uint64_t size() const noexcept { return size_; }
    // Starts over for another response.
    void clear() noexcept {
        kept_ = std::string();
        size_ = 0;
        limit_ = 0;
    }

    void start(std::function<void()> resume) override { to_->start(std::move(resume)); }
    std::optional<error> begin(codec::encoded_response const& head,
                               std::optional<std::uint64_t> length) override {
        clear();
        try {
            limit_ = recorder_->file_limit();
        } catch (...) { // a failing recorder keeps nothing
        }
        return to_->begin(head, length);
    }
    std::optional<error> write(std::string_view bytes) override {
        size_ += bytes.size();
        try {
            kept_ += bytes.substr(0, std::min(limit_ - kept_.size(), bytes.size()));
        } catch (std::bad_alloc const&) { // keep the beginning so far
            limit_ = kept_.size();
        }
        return to_->write(bytes);
    }
    bool is_full() override { return to_->is_full(); }

private:
    std::shared_ptr<body_sink> to_;
    std::shared_ptr<exchange_recorder> recorder_;
    std::string kept_;
    std::uint64_t size_ = 0;
    std::size_t limit_ = 0;
};

} // namespace intheloop::net

#endif
