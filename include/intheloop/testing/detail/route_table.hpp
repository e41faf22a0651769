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
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// The handlers and faults that a test has set for routes. Its functions may be called from several
// threads.
class route_table {
public:
    using handler = std::function<response_override(received_request const&)>;

    void on(endpoint_info const& endpoint, handler answers);
    void script(endpoint_info const& endpoint, std::vector<fault> faults);
    void script(endpoint_info const& endpoint, random_faults faults);

    // Returns the fault of this request, and takes it from the queue of the route.
    [[nodiscard]] fault next_fault(received_request const& request);
    // Returns the handler of this request; empty if the test has set none.
    [[nodiscard]] handler find(received_request const& request) const;
    // Returns the methods for which the path has a handler: "GET, POST".
    [[nodiscard]] std::string methods_of(std::string_view path) const;

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
            : method(to_string(endpoint.verb)), route(endpoint.route) {}

        std::string_view method;
        std::string_view route; // static, from the endpoint
        handler answers;
        std::deque<fault> scripted;
        std::optional<chance> by_chance;
    };

    entry& of(endpoint_info const& endpoint);
    template <class Has>
    [[nodiscard]] entry const* best_match(received_request const& request, Has has) const;

    mutable std::mutex mutex_;
    std::deque<entry> entries_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/route_table.ipp>
#endif

#endif
