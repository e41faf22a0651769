// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RECONNECT_HPP
#define INTHELOOP_POLICY_DETAIL_RECONNECT_HPP

#include <intheloop/policy/detail/deadline.hpp>

#include <algorithm>
#include <chrono>
#include <optional>

namespace intheloop::policy {

// Says how long to wait before a lost connection is opened again. All processes lose a server at
// the same time, so each pause is drawn from the whole span up to its limit ("full jitter"), and
// the limit doubles with each failure.
class reconnect_plan {
public:
    constexpr reconnect_plan(std::chrono::milliseconds first, std::chrono::milliseconds longest)
        : first_(first), longest_(longest) {}

    // The connection can be used from now on.
    constexpr void opened(clock::time_point now) { opened_at_ = now; }

    // Returns the pause after an attempt that failed, or after the loss of a connection. A
    // connection that held for the longest pause starts the row anew; a server that takes
    // connections and loses them at once is treated like one that takes none. `random` is in
    // [0, 1).
    constexpr std::chrono::milliseconds failed(clock::time_point now, double random) {
        if (opened_at_ && now - *opened_at_ >= longest_)
            limit_.reset();
        opened_at_.reset();
        limit_ = limit_ ? std::min(*limit_ * 2, longest_) : std::min(first_, longest_);
        return std::chrono::milliseconds(static_cast<std::chrono::milliseconds::rep>(
            static_cast<double>(limit_->count()) * random));
    }

private:
    std::chrono::milliseconds first_;
    std::chrono::milliseconds longest_;
    std::optional<std::chrono::milliseconds> limit_{};
    std::optional<clock::time_point> opened_at_{};
};

} // namespace intheloop::policy

#endif
