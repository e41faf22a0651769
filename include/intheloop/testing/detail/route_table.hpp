// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_ROUTE_TABLE_HPP
#define INTHELOOP_TESTING_DETAIL_ROUTE_TABLE_HPP

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/fault.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/response_override.hpp>

#include <cstddef>
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

// The handlers and faults that a test has set for routes. Its functions may be called from several
// threads.
class route_table {
public:
    void on(endpoint_info const& endpoint, route_handler::function answers);
    void script(endpoint_info const& endpoint, std::vector<fault> faults);
    void script(endpoint_info const& endpoint, random_faults faults);

    // Returns the fault of this request, and takes it from the queue of the route.
    [[nodiscard]] fault next_fault(received_request const& request);
    // Returns the handler of this request; null if the test has set none for its route.
    [[nodiscard]] std::shared_ptr<route_handler> find(received_request const& request) const;
    // Returns what the handler of an endpoint has thrown; empty if there is none, or if it has not.
    [[nodiscard]] std::string failure_of(endpoint_info const& endpoint) const;
    // Returns whether a request belongs to an endpoint: no other known route that it matches has
    // more literal text. All documented routes are known, and all for which a test has set a
    // handler or faults.
    [[nodiscard]] bool belongs_to(endpoint_info const& endpoint,
                                  received_request const& request) const;
    // Returns the methods for which the path of a request has a handler: "GET, POST".
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
        explicit entry(endpoint_info const& endpoint)
            : method(to_string(endpoint.verb)), route(endpoint.route), origin(endpoint.origin) {}

        // Static, from the endpoint.
        std::string_view method;
        std::string_view route;
        std::string_view origin;
        std::shared_ptr<route_handler> answers;
        std::deque<fault> scripted;
        std::optional<chance> by_chance;
    };

    entry& of(endpoint_info const& endpoint);
    // Returns the most literal text of the documented routes, and of those entries for which
    // `counts` is true, that match a request.
    template <class Counts>
    [[nodiscard]] std::size_t literal_text_for(received_request const& request,
                                               Counts counts) const;
    // Returns an entry that matches a request with that much literal text, and for which `has` is
    // true.
    template <class Has>
    [[nodiscard]] entry const* match(received_request const& request, std::size_t literal_text,
                                     Has has) const;

    mutable std::mutex mutex_;
    std::deque<entry> entries_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/route_table.ipp>
#endif

#endif
