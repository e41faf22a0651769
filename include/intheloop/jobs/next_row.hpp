// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_NEXT_ROW_HPP
#define INTHELOOP_JOBS_NEXT_ROW_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/jobs/detail/given_error.hpp>

#include <memory>
#include <utility>
#include <variant>

namespace intheloop {

// The result of async_next of a row_reader or an item_reader: a row, an error, or the end. It is
// false at the end only, so that no loop takes an error for the end. (The result of try_next is
// also false if more has to be read.)
//
// An error counts as seen once has_error(), error(), * or -> was called on it, or on a copy. If it
// is not, the next async_next, async_next_page or try_next of the reader throws it, as
// intheloop::exception: a loop that only counts does not end in peace.
template <class Row>
class [[nodiscard]] next_row {
public:
    next_row() noexcept {} // the end
    explicit next_row(Row row) : outcome_(std::in_place_index<1>, std::move(row)) {}
    explicit next_row(intheloop::error e)
        : next_row(std::make_shared<detail::given_error>(std::move(e))) {}
    // Is called by a reader.
    explicit next_row(std::shared_ptr<detail::given_error> given) noexcept
        : outcome_(std::in_place_index<2>, std::move(given)) {}

    // Throws intheloop::exception only if an operation gives an error that nobody has seen for the
    // second time: one that was made before the error came, as a deferred one can be.
    explicit operator bool() const {
        if (auto const* held = std::get_if<2>(&outcome_))
            held->of->throw_if_overdue();
        return outcome_.index() != 0;
    }

    // False at the end too.
    bool has_error() const noexcept {
        auto const* held = std::get_if<2>(&outcome_);
        if (held)
            held->of->look();
        return held != nullptr;
    }
    // The error; undefined if there is none. Lives as long as this, or a copy.
    intheloop::error const& error() const noexcept { return std::get_if<2>(&outcome_)->of->look(); }

    // The row; throws intheloop::exception if there is an error. Undefined at the end.
    Row& operator*() & {
        throw_if_error();
        return *std::get_if<1>(&outcome_);
    }
    Row const& operator*() const& {
        throw_if_error();
        return *std::get_if<1>(&outcome_);
    }
    Row&& operator*() && { return std::move(**this); }
    Row* operator->() { return &**this; }
    Row const* operator->() const { return &**this; }

private:
    friend class detail::last_error;

    // Is copied where it is moved, so that an error stays one.
    struct held_error {
        explicit held_error(std::shared_ptr<detail::given_error> given) noexcept
            : of(std::move(given)) {}
        held_error(held_error const&) noexcept = default;
        held_error& operator=(held_error const&) noexcept = default;

        std::shared_ptr<detail::given_error> of;
    };

    std::shared_ptr<detail::given_error> given() const noexcept {
        auto const* held = std::get_if<2>(&outcome_);
        return held ? held->of : nullptr;
    }
    void throw_if_error() const {
        if (has_error())
            throw exception(error());
    }

    std::variant<std::monostate, Row, held_error> outcome_;
};

} // namespace intheloop

#endif
