// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_ROUTE_TABLE_IPP
#define INTHELOOP_TESTING_IMPL_ROUTE_TABLE_IPP

#include <intheloop/api/documented.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/testing/detail/request_decode.hpp>
#include <intheloop/testing/detail/route_table.hpp>

#include <algorithm>
#include <cstddef>
#include <set>
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

using intheloop::detail::placeholder_mark;

INTHELOOP_DECL std::string shape_of(std::string_view route) {
    std::string shape;
    intheloop::detail::scan_route(route, [&](route_piece piece) {
        if (piece.is_placeholder)
            shape += placeholder_mark;
        else
            shape += piece.text;
    });
    return shape;
}

INTHELOOP_DECL std::ptrdiff_t literal_text_of(std::string_view shape) {
    return std::count_if(shape.begin(), shape.end(), [](char c) { return c != placeholder_mark; });
}

INTHELOOP_DECL route_table::entry::entry(endpoint_info const& endpoint)
    : method(to_string(endpoint.verb)), route(endpoint.route), origin(endpoint.origin),
      shape(shape_of(endpoint.route)) {}

INTHELOOP_DECL bool route_table::entry::has_path_of(received_request const& request) const {
    return origin == request.other_origin &&
           match_route(route, intheloop::detail::path_of(request.target)).has_value();
}

INTHELOOP_DECL bool route_table::entry::matches(received_request const& request) const {
    return method == request.method && has_path_of(request);
}

INTHELOOP_DECL bool route_table::entry::is_same_route_as(entry const& other) const {
    return method == other.method && origin == other.origin && shape == other.shape;
}

INTHELOOP_DECL bool route_table::entry::comes_before(entry const& other) const {
    auto const size = literal_text_of(shape), other_size = literal_text_of(other.shape);
    return size != other_size ? size > other_size : shape < other.shape;
}

INTHELOOP_DECL route_table::route_table() {
    documented_endpoints.for_each(
        [&](auto const& endpoint) { of(endpoint.info()).is_documented = true; });
}

INTHELOOP_DECL route_table::entry& route_table::of(endpoint_info const& endpoint) {
    entry made(endpoint);
    auto const found = std::find_if(entries_.begin(), entries_.end(),
                                    [&](entry const& each) { return each.is_same_route_as(made); });
    return found != entries_.end() ? *found : entries_.emplace_back(std::move(made));
}

template <class Counts>
route_table::entry const* route_table::owner(received_request const& request, Counts counts) const {
    entry const* found = nullptr;
    for (entry const& each : entries_)
        if (counts(each) && each.matches(request) && (!found || each.comes_before(*found)))
            found = &each;
    return found;
}

INTHELOOP_DECL void route_table::on(endpoint_info const& endpoint,
                                    route_handler::function answers) {
    auto handler = std::make_shared<route_handler>(endpoint.description, std::move(answers));
    std::lock_guard const lock(mutex_);
    of(endpoint).answers = std::move(handler);
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

INTHELOOP_DECL fault route_table::next_fault(received_request const& request) {
    std::lock_guard const lock(mutex_);
    auto* const found = const_cast<entry*>(owner(request, [](entry const&) { return true; }));
    if (!found)
        return fault::none();
    if (found->scripted.empty())
        return found->by_chance ? found->by_chance->next() : fault::none();
    fault next = std::move(found->scripted.front());
    found->scripted.pop_front();
    return next;
}

INTHELOOP_DECL std::shared_ptr<route_handler>
route_table::find(received_request const& request) const {
    std::lock_guard const lock(mutex_);
    auto const* const found = owner(request, [](entry const& each) { return each.is_answered(); });
    return found ? found->answers : nullptr;
}

INTHELOOP_DECL std::string route_table::failure_of(endpoint_info const& endpoint) const {
    entry const asked(endpoint);
    std::lock_guard const lock(mutex_);
    for (entry const& each : entries_)
        if (each.answers && each.is_same_route_as(asked))
            return each.answers->failure();
    return {};
}

INTHELOOP_DECL bool route_table::belongs_to(endpoint_info const& endpoint,
                                            received_request const& request) const {
    entry const asked(endpoint);
    if (!asked.matches(request))
        return false;
    std::lock_guard const lock(mutex_);
    auto const* const found = owner(request, [](entry const&) { return true; });
    return !found || !found->comes_before(asked);
}

INTHELOOP_DECL std::string route_table::methods_of(received_request const& request) const {
    std::lock_guard const lock(mutex_);
    std::set<std::string_view> methods;
    for (entry const& each : entries_)
        if (each.is_answered() && each.has_path_of(request))
            methods.insert(each.method);
    std::string list;
    for (std::string_view const each : methods)
        list.append(list.empty() ? "" : ", ").append(each);
    return list;
}

} // namespace intheloop::testing::detail

#endif
