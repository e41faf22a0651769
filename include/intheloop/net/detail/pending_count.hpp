// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_PENDING_COUNT_HPP
#define INTHELOOP_NET_DETAIL_PENDING_COUNT_HPP

#include <intheloop/net/detail/memory_reserve.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace intheloop::net {

// Counts operations outside of the strand, on any thread, which may outlive the runtime; and
// reports when none is left, if that is awaited.
class pending_count : public std::enable_shared_from_this<pending_count> {
public:
    // Marks one operation as pending during its lifetime.
    class mark {
    public:
        mark() = default;
        explicit mark(std::shared_ptr<pending_count> in) : in_(std::move(in)) { ++in_->pending_; }
        mark(mark&&) noexcept = default;
        mark& operator=(mark&& other) noexcept {
            in_.swap(other.in_);
            return *this;
        }
        ~mark() {
            if (in_)
                in_->release();
        }

    private:
        std::shared_ptr<pending_count> in_;
    };

    // Sets the function to call when none is left. Call it once, before the first mark.
    void when_none(std::function<void()> callback) { callback_ = std::move(callback); }
    mark add() { return mark(shared_from_this()); }
    // Query it after await().
    bool are_any() const { return pending_ != 0; }
    void await(bool awaited) { awaited_ = awaited; }

private:
    void release() noexcept {
        if (--pending_ == 0 && awaited_)
            try {
                intheloop::detail::with_reserve([this] { callback_(); });
            } catch (...) { // the next turn of the strand, at a time limit, does the same
            }
    }

    std::function<void()> callback_;
    std::atomic<std::size_t> pending_ = 0;
    std::atomic<bool> awaited_ = false;
};

} // namespace intheloop::net

#endif
