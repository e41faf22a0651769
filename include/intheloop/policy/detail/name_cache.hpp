// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_NAME_CACHE_HPP
#define INTHELOOP_POLICY_DETAIL_NAME_CACHE_HPP

#include <intheloop/policy/detail/deadline.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <utility>

namespace intheloop::policy {

// How long the outcome of a look-up is kept: short enough for a changed record, long enough for the
// connections that clients open together.
inline constexpr std::chrono::seconds found_name_lifetime{5};
inline constexpr std::chrono::seconds missing_name_lifetime{1};

// The last outcomes of look-ups by host name. Ages are of a clock that counts suspend.
template <class Outcome>
class name_cache {
public:
    explicit name_cache(std::size_t most = 64) : most_(most) {}

    // Returns null if there is none, or it is too old. The pointer is valid until the next change.
    Outcome const* find(std::string const& host, clock::time_point now) const {
        auto const found = kept_.find(host);
        return found != kept_.end() && now < found->second.until ? &found->second.outcome : nullptr;
    }
    // Replaces what is known of the host. If there are too many, the one that is due first leaves.
    void keep(std::string const& host, Outcome outcome, clock::time_point until) {
        if (kept_.size() >= most_ && !kept_.contains(host))
            kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](auto& a, auto& b) {
                return a.second.until < b.second.until;
            }));
        kept_.insert_or_assign(host, entry{std::move(outcome), until});
    }
    void forget(std::string const& host) { kept_.erase(host); }
    std::size_t size() const noexcept { return kept_.size(); }

private:
    struct entry {
        Outcome outcome;
        clock::time_point until;
    };

    std::size_t most_;
    std::map<std::string, entry> kept_;
};

} // namespace intheloop::policy

#endif
