// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_GIVEN_ERROR_HPP
#define INTHELOOP_JOBS_DETAIL_GIVEN_ERROR_HPP

#include <intheloop/base/error.hpp>

#include <atomic>
#include <memory>
#include <utility>

namespace intheloop::detail {

// An error in a next_row, and whether anybody has looked at it. The row and its reader share it,
// and either may outlive the other. Any thread.
class given_error {
public:
    explicit given_error(error e) : error_(std::move(e)) {}

    // Returns the error, which is seen from then on.
    error const& look() const noexcept {
        is_seen_.store(true, std::memory_order_relaxed);
        return error_;
    }
    bool is_seen() const noexcept { return is_seen_.load(std::memory_order_relaxed); }
    bool has_code(errc code) const noexcept { return error_.code() == code; }

    // Makes throw_if_overdue() throw: the error was not seen, and is given once more.
    void make_overdue() noexcept { is_overdue_.store(true, std::memory_order_relaxed); }
    void throw_if_overdue() const {
        if (is_overdue_.load(std::memory_order_relaxed) && !is_seen())
            throw exception(look());
    }

private:
    error const error_;
    mutable std::atomic<bool> is_seen_{false};
    std::atomic<bool> is_overdue_{false};
};

// The error that a reader has given last, until it is seen or thrown.
class last_error {
public:
    // Called with each row that a reader gives.
    template <class Next>
    void watch(Next const& next) noexcept {
        if (auto given = next.given())
            last_ = std::move(given);
    }
    // The same, but an error with this code may stay unseen.
    template <class Next>
    void watch(Next const& next, errc harmless) noexcept {
        watch(next);
        if (last_ && last_->has_code(harmless))
            last_ = nullptr;
    }

    // Called when the reader is to go on.
    void throw_if_unseen() {
        if (auto const unseen = take())
            throw exception(unseen->look());
    }
    // Returns the error if nobody has seen it, to be given once more: to an operation that was made
    // before the error came, and can't throw it.
    std::shared_ptr<given_error> take_overdue() noexcept {
        auto unseen = take();
        if (unseen)
            unseen->make_overdue();
        return unseen;
    }

private:
    std::shared_ptr<given_error> take() noexcept {
        if (!last_)
            return nullptr;
        auto last = std::exchange(last_, nullptr);
        return last->is_seen() ? nullptr : std::move(last);
    }

    std::shared_ptr<given_error> last_;
};

} // namespace intheloop::detail

#endif
