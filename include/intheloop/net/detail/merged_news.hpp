// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_MERGED_NEWS_HPP
#define INTHELOOP_NET_DETAIL_MERGED_NEWS_HPP

#include <intheloop/policy/fleet_claim.hpp>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

namespace intheloop::net {

// Keeps the notices of one group that nobody has heard yet as one: the longest pause, and the
// longest refusal. However many come, one handler is on its way to take it. Any thread.
class merged_news {
public:
    // Returns whether somebody has to be sent to take it.
    bool add(fleet_notice const& told) {
        std::lock_guard const lock(mutex_);
        paused_ = std::max(paused_, told.paused);
        refused_ = std::max(refused_, told.refused);
        return !std::exchange(is_on_its_way_, true);
    }
    // Returns the notice, without the name of its group.
    fleet_notice take() {
        fleet_notice all;
        std::lock_guard const lock(mutex_);
        is_on_its_way_ = false;
        all.paused = std::exchange(paused_, {});
        all.refused = std::exchange(refused_, {});
        return all;
    }
    // Notes that nobody could be sent: the next notice tries again.
    void call_back() {
        std::lock_guard const lock(mutex_);
        is_on_its_way_ = false;
    }

private:
    std::mutex mutex_;
    std::chrono::milliseconds paused_{0};
    std::chrono::milliseconds refused_{0};
    bool is_on_its_way_ = false;
};

} // namespace intheloop::net

#endif
