// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_NEXT_STATE_HPP
#define INTHELOOP_JOBS_NEXT_STATE_HPP

#include <intheloop/jobs/detail/given_error.hpp>
#include <intheloop/jobs/export_state.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace intheloop {

// The result of async_next of an export_watch: a state of the export, or the end. Used like a
// std::optional<export_state>, to which it converts.
//
// The last state of an export that ended without a file, or is polled no more, holds an error. It
// counts as seen once the state was looked at: by *, ->, value() or the conversion. If it is not,
// the next async_next of the watch throws it, as intheloop::exception.
class [[nodiscard]] next_state {
public:
    next_state() noexcept {} // the end
    // Is called by export_watch: a state with the error that it holds, if any; or the end, for an
    // operation that can't throw an unseen error, as it was made before that came.
    next_state(std::optional<export_state> state, std::shared_ptr<detail::given_error> given)
        : state_(std::move(state)), given_(std::move(given)) {}

    // Throw intheloop::exception only if an operation that was made before an error came, as a
    // deferred one can be, should tell of the end after an error that nobody has seen.
    bool has_value() const {
        if (given_)
            given_->throw_if_overdue();
        return state_.has_value();
    }
    explicit operator bool() const { return has_value(); }

    // The state; undefined at the end.
    export_state& operator*() & noexcept { return look(), *state_; }
    export_state const& operator*() const& noexcept { return look(), *state_; }
    export_state&& operator*() && noexcept { return look(), *std::move(state_); }
    export_state* operator->() noexcept { return &**this; }
    export_state const* operator->() const noexcept { return &**this; }
    // Returns the state; throws std::bad_optional_access at the end.
    export_state& value() & { return look(), state_.value(); }
    export_state const& value() const& { return look(), state_.value(); }
    export_state&& value() && { return look(), std::move(state_).value(); }

    // Returns whether it is the end; that is no look at the state.
    friend bool operator==(next_state const& next, std::nullopt_t) { return !next.has_value(); }

    using optional_state = std::optional<export_state>;
    // Converts to the state, or to nothing at the end; that is a look at it.
    operator optional_state() const { return has_value() ? look(), state_ : std::nullopt; }

private:
    friend class detail::last_error;

    void look() const noexcept {
        if (given_)
            given_->look();
    }
    std::shared_ptr<detail::given_error> given() const noexcept { return given_; }

    std::optional<export_state> state_;
    std::shared_ptr<detail::given_error> given_; // none without an error
};

} // namespace intheloop

#endif
