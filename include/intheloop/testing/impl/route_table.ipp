// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_ROUTE_TABLE_IPP
#define INTHELOOP_TESTING_IMPL_ROUTE_TABLE_IPP

#include <intheloop/api/documented.hpp>
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
        return each.method == to_string(endpoint.verb) && each.route == endpoint.route &&
               each.origin == endpoint.origin;
    });
    return found != entries_.end() ? *found : entries_.emplace_back(endpoint);
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

// Of the routes that match a request, the one with the most literal text is the request's own:
// /card/own before /card/{id}. Placeholders of other names make no other route.

INTHELOOP_DECL bool matches(std::string_view method, std::string_view route,
                            std::string_view origin, received_request const& request) {
    return method == request.method && origin == request.other_origin &&
           match_route(route, intheloop::detail::path_of(request.target)).has_value();
}

INTHELOOP_DECL std::size_t literal_text_of(std::string_view route) {
    std::size_t size = 0;
    intheloop::detail::scan_route(
        route, [&](route_piece piece) { size += piece.is_placeholder ? 0 : piece.text.size(); });
    return size;
}

template <class Counts>
std::size_t route_table::literal_text_for(received_request const& request, Counts counts) const {
    std::size_t most = 0;
    auto const consider = [&](std::string_view method, std::string_view route,
                              std::string_view origin) {
        if (matches(method, route, origin, request))
            most = std::max(most, literal_text_of(route));
    };
    documented_endpoints.for_each([&](auto const& endpoint) {
        consider(to_string(endpoint.method), endpoint.route, endpoint.origin);
    });
    for (entry const& each : entries_)
        if (counts(each))
            consider(each.method, each.route, each.origin);
    return most;
}

template <class Has>
route_table::entry const* route_table::match(received_request const& request,
                                             std::size_t literal_text, Has has) const {
    for (entry const& each : entries_)
        if (has(each) && literal_text_of(each.route) == literal_text &&
            matches(each.method, each.route, each.origin, request))
            return &each;
    return nullptr;
}

INTHELOOP_DECL fault route_table::next_fault(received_request const& request) {
    std::lock_guard const lock(mutex_);
    auto const all = [](entry const&) { return true; };
    auto* const found =
        const_cast<entry*>(match(request, literal_text_for(request, all), [](entry const& each) {
            return !each.scripted.empty() || each.by_chance;
        }));
    if (found == nullptr)
        return fault::none();
    if (found->scripted.empty())
        return found->by_chance->next();
    fault next = std::move(found->scripted.front());
    found->scripted.pop_front();
    return next;
}

INTHELOOP_DECL std::shared_ptr<route_handler>
route_table::find(received_request const& request) const {
    std::lock_guard const lock(mutex_);
    auto const has_handler = [](entry const& each) { return each.answers != nullptr; };
    entry const* const found = match(request, literal_text_for(request, has_handler), has_handler);
    return found != nullptr ? found->answers : nullptr;
}

INTHELOOP_DECL std::string route_table::failure_of(endpoint_info const& endpoint) const {
    std::lock_guard const lock(mutex_);
    for (entry const& each : entries_)
        if (each.answers && each.method == to_string(endpoint.verb) &&
            each.route == endpoint.route && each.origin == endpoint.origin)
            return each.answers->failure();
    return {};
}

INTHELOOP_DECL bool route_table::belongs_to(endpoint_info const& endpoint,
                                            received_request const& request) const {
    std::lock_guard const lock(mutex_);
    return matches(to_string(endpoint.verb), endpoint.route, endpoint.origin, request) &&
           literal_text_of(endpoint.route) >=
               literal_text_for(request, [](entry const&) { return true; });
}

INTHELOOP_DECL std::string route_table::methods_of(received_request const& request) const {
    std::lock_guard const lock(mutex_);
    std::string methods;
    for (entry const& each : entries_)
        if (each.answers && each.origin == request.other_origin &&
            detail::match_route(each.route, intheloop::detail::path_of(request.target)))
            methods += (methods.empty() ? "" : ", ") + std::string(each.method);
    return methods;
}

} // namespace intheloop::testing::detail

#endif
