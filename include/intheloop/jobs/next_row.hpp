// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_NEXT_ROW_HPP
#define INTHELOOP_JOBS_NEXT_ROW_HPP

#include <intheloop/base/error.hpp>

#include <utility>
#include <variant>

namespace intheloop {

// The result of async_next of a row_reader or an item_reader: a row, an error, or the end. It is
// false at the end only, so that no loop takes an error for the end. (The result of try_next is
// also false if more has to be read.)
template <class Row>
class [[nodiscard]] next_row {
public:
    next_row() noexcept {} // the end
    explicit next_row(Row row) : outcome_(std::in_place_index<1>, std::move(row)) {}
    explicit next_row(intheloop::error e) : outcome_(std::in_place_index<2>, std::move(e)) {}

    explicit operator bool() const noexcept { return outcome_.index() != 0; }

    // False at the end too.
    bool has_error() const noexcept { return outcome_.index() == 2; }
    // The error; undefined if there is none.
    intheloop::error const& error() const noexcept { return *std::get_if<2>(&outcome_); }

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
    void throw_if_error() const {
        if (has_error())
            throw exception(error());
    }

    std::variant<std::monostate, Row, intheloop::error> outcome_;
};

} // namespace intheloop

#endif
