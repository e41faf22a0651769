// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_ROUTE_TABLE_IPP
#define INTHELOOP_TESTING_IMPL_ROUTE_TABLE_IPP

#include <intheloop/base/detail/query.hpp>
#include <intheloop/testing/detail/request_decode.hpp>
#include <intheloop/testing/detail/route_table.hpp>
#include <intheloop/testing/detail/url_signer.hpp>

#include <algorithm>
#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL route_table::chance::chance(random_faults given)
    : faults_(std::move(given)), random_(faults_.seed) {}

INTHELOOP_DECL fault route_table::chance::next() {
    // The standard's distributions differ between libraries; the engine does not.
    constexpr double range = 18446744073709551616.0; // 2^64
    double const drawn = static_cast<double>(random_()) / range;
    if (drawn >= faults_.probability || faults_.faults.empty())
        return fault::none();
    return faults_.faults[static_cast<std::size_t>(random_() % faults_.faults.size())];
}

INTHELOOP_DECL route_table::entry& route_table::of(endpoint_info const& endpoint) {
    auto const found = std::find_if(entries_.begin(), entries_.end(), [&](entry const& each) {
        return each.method == to_string(endpoint.verb) && each.route == endpoint.route;
    });
    return found != entries_.end() ? *found : entries_.emplace_back(endpoint);
}

INTHELOOP_DECL void route_table::on(endpoint_info const& endpoint, handler answers) {
    std::lock_guard const lock(mutex_);
    of(endpoint).answers = std::move(answers);
}

INTHELOOP_DECL void route_table::script(endpoint_info const& endpoint, std::vector<fault> faults) {
    std::lock_guard const lock(mutex_);
    auto& scripted = of(endpoint).scripted;
    scripted.insert(scripted.end(), faults.begin(), faults.end());
}

INTHELOOP_DECL void route_table::script(endpoint_info const& endpoint, random_faults faults) {
    std::lock_guard const lock(mutex_);
    of(endpoint).by_chance.emplace(std::move(faults));
}

// Chooses the matching route with the most literal text: /card/own before /card/{id}.
template <class Has>
route_table::entry const* route_table::best_match(received_request const& request, Has has) const {
    auto const literal_size = [](std::string_view route) {
        std::size_t size = 0;
        intheloop::detail::scan_route(route, [&](route_piece piece) {
            size += piece.is_placeholder ? 0 : piece.text.size();
        });
        return size;
    };
    entry const* best = nullptr;
    for (entry const& each : entries_)
        if (each.method == request.method && has(each) &&
            detail::match_route(each.route, intheloop::detail::path_of(request.target)) &&
            (best == nullptr || literal_size(each.route) > literal_size(best->route)))
            best = &each;
    return best;
}

INTHELOOP_DECL fault route_table::next_fault(received_request const& request) {
    std::lock_guard const lock(mutex_);
    auto* const found = const_cast<entry*>(best_match(
        request, [](entry const& each) { return !each.scripted.empty() || each.by_chance; }));
    if (found == nullptr)
        return fault::none();
    if (found->scripted.empty())
        return found->by_chance->next();
    fault next = std::move(found->scripted.front());
    found->scripted.pop_front();
    return next;
}

INTHELOOP_DECL route_table::handler route_table::find(received_request const& request) const {
    std::lock_guard const lock(mutex_);
    entry const* const found =
        best_match(request, [](entry const& each) { return static_cast<bool>(each.answers); });
    return found != nullptr ? found->answers : handler();
}

INTHELOOP_DECL std::string route_table::methods_of(std::string_view path) const {
    std::lock_guard const lock(mutex_);
    std::string methods;
    for (entry const& each : entries_)
        if (each.answers && detail::match_route(each.route, path))
            methods += (methods.empty() ? "" : ", ") + std::string(each.method);
    return methods;
}

} // namespace intheloop::testing::detail

#endif
