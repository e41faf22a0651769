// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DETAIL_ACCESS_HPP
#define INTHELOOP_CLIENT_DETAIL_ACCESS_HPP

#include <utility>

namespace intheloop::detail {

// Opens the public types to the other parts of the library: their one friend.
class access {
public:
    // Of a client.
    template <class Client>
    static auto const& core(Client const& of) noexcept {
        return of.core_;
    }
    // Of an export_job.
    template <class Job>
    static auto const& poller(Job const& of) noexcept {
        return of.poller();
    }
    // Of call_options.
    template <class Options>
    static auto const& hedge_after(Options const& of) noexcept {
        return of.hedge_after_;
    }
    // Of hedged_call_options.
    template <class Hedged>
    static auto const& usual(Hedged const& of) noexcept {
        return of.options_;
    }
    // To an export_journal; see export_journal::note_made().
    template <class Journal, class Line, class User>
    static auto note_made(Journal& in, Line made, User const& user, bool once) {
        return in.note_made(std::move(made), user, once);
    }
    // To a drift_report.
    template <class Report, class Route, class... Found>
    static void add(Report& to, Route&& route, Found const&... found) {
        to.add(std::forward<Route>(route), found...);
    }
};

} // namespace intheloop::detail

#endif
