// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_PENDING_COUNT_HPP
#define INTHELOOP_NET_DETAIL_PENDING_COUNT_HPP

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace intheloop::net {

// Counts what goes on outside of the strand, on any thread, maybe for longer than the engine is
// there; and tells when nothing does any more, if that is awaited.
class pending_count : public std::enable_shared_from_this<pending_count> {
public:
    // One thing that goes on, as long as this lives.
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

    // What is called then. To be given once, before the first mark.
    void when_none(std::function<void()> tell) { tell_ = std::move(tell); }
    mark add() { return mark(shared_from_this()); }
    // To be asked for after await().
    bool are_any() const { return pending_ != 0; }
    void await(bool awaited) { awaited_ = awaited; }

private:
    void release() {
        if (--pending_ == 0 && awaited_)
            tell_();
    }

    std::function<void()> tell_;
    std::atomic<std::size_t> pending_ = 0;
    std::atomic<bool> awaited_ = false;
};

} // namespace intheloop::net

#endif
