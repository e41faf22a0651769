// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_MERGED_NEWS_HPP
#define INTHELOOP_FLEET_DETAIL_MERGED_NEWS_HPP

#include <intheloop/policy/fleet_claim.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

namespace intheloop::detail {

// Keeps the notices of one group that a client has not heard yet as one: its longest pause, and its
// longest refusal. However many come, one handler is on its way to the client. Any thread.
class merged_news {
public:
    // Returns whether somebody has to be sent to take it.
    bool add(fleet_notice const& told) {
        std::lock_guard const lock(mutex_);
        paused_ = std::max(paused_, told.paused);
        refused_ = std::max(refused_, told.refused);
        return !std::exchange(is_on_its_way_, true);
    }
    // Notes that nobody could be sent, or that somebody is there.
    void call_back() {
        std::lock_guard const lock(mutex_);
        is_on_its_way_ = false;
    }
    // Returns the notice, without the name of its group. Call call_back() before.
    fleet_notice take() {
        fleet_notice all;
        std::lock_guard const lock(mutex_);
        all.paused = std::exchange(paused_, {});
        all.refused = std::exchange(refused_, {});
        return all;
    }

private:
    std::mutex mutex_;
    std::chrono::milliseconds paused_{0};
    std::chrono::milliseconds refused_{0};
    bool is_on_its_way_ = false;
};

} // namespace intheloop::detail

#endif
