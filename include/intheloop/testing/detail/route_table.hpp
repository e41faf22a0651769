// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_ROUTE_TABLE_HPP
#define INTHELOOP_TESTING_DETAIL_ROUTE_TABLE_HPP

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/fault.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

// The handler that a test has set for a route.
class route_handler {
public:
    using function = std::function<response_override(received_request const&)>;

    route_handler(std::string_view of_endpoint, function calls)
        : endpoint(of_endpoint), call(std::move(calls)) {}

    std::string_view const endpoint; // its description
    function const call;
    // Returns the text of the first exception of a call; empty if none has thrown. Any thread.
    [[nodiscard]] std::string failure() const {
        std::lock_guard const lock(mutex_);
        return failure_;
    }
    void fail(std::string text) {
        std::lock_guard const lock(mutex_);
        failure_ = std::move(text);
    }

private:
    mutable std::mutex mutex_;
    std::string failure_;
};

// The known routes: the documented ones, and those for which a test has set a handler or faults. Of
// the routes that match a request one is the request's own: the one with the most literal text
// (/card/own before /card/{id}), and of several with as much the one whose literal text comes first
// (/card/own/{id} before /card/{id}/own). Names of placeholders make no other route. The functions
// may be called from several threads.
class route_table {
public:
    route_table();

    void on(endpoint_info const& endpoint, route_handler::function answers);
    void script(endpoint_info const& endpoint, std::vector<fault> faults);
    void script(endpoint_info const& endpoint, random_faults faults);

    // Returns the fault of this request, and takes it from the queue of the route.
    [[nodiscard]] fault next_fault(received_request const& request);
    // Returns the handler of this request; null if the test has set none for its route.
    [[nodiscard]] std::shared_ptr<route_handler> find(received_request const& request) const;
    // Returns what the handler of an endpoint has thrown; empty if there is none, or if it has not.
    [[nodiscard]] std::string failure_of(endpoint_info const& endpoint) const;
    // Returns whether a request belongs to an endpoint: no known route that it matches comes before
    // the endpoint's, which need not be known.
    [[nodiscard]] bool belongs_to(endpoint_info const& endpoint,
                                  received_request const& request) const;
    // Returns the methods with which the path of a request is answered: "GET, POST".
    [[nodiscard]] std::string methods_of(received_request const& request) const;

private:
    class chance {
    public:
        explicit chance(random_faults given);
        [[nodiscard]] fault next();

    private:
        random_faults faults_;
        std::mt19937_64 random_;
    };
    class entry {
    public:
        explicit entry(endpoint_info const& endpoint);

        [[nodiscard]] bool has_path_of(received_request const& request) const;
        [[nodiscard]] bool matches(received_request const& request) const;
        [[nodiscard]] bool is_same_route_as(entry const& other) const;
        // Returns whether a request that matches both is rather this one's.
        [[nodiscard]] bool comes_before(entry const& other) const;

        // Static, from the endpoint.
        std::string_view method;
        std::string_view route;
        std::string_view origin;
        std::string shape; // the route without the names of its placeholders
        bool is_documented = false;
        std::shared_ptr<route_handler> answers;
        std::deque<fault> scripted;
        std::optional<chance> by_chance;

        [[nodiscard]] bool is_answered() const { return answers || is_documented; }
    };

    entry& of(endpoint_info const& endpoint);
    // Returns the route of a request among those for which `counts` is true; null without one.
    template <class Counts>
    [[nodiscard]] entry const* owner(received_request const& request, Counts counts) const;

    mutable std::mutex mutex_;
    std::deque<entry> entries_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/route_table.ipp>
#endif

#endif
