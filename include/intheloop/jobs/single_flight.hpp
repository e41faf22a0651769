// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_SINGLE_FLIGHT_HPP
#define INTHELOOP_JOBS_SINGLE_FLIGHT_HPP

#include <intheloop/policy/journal_entry.hpp>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

namespace intheloop {

namespace detail {
class client_core;
class export_owner;
class export_start;
} // namespace detail

// Joins equal starts of exports: set it in the start_options of each start that may share its job.
// A start with the same client, endpoint, request, impersonated user, call_options::headers,
// call_options::idempotency_key, start_options::audience and start_options::needs_fleet as another
// that is under way, or whose job has not ended, sends nothing: it gets the same job, with the poll
// options of the first start. A job whose export the service does not know takes no start. With a
// fleet, if_unclear has to be the same too while the other is under way. The first start sets the
// deadline of all. If the start fails, all joined starts get the error; cancelling one of them does
// not affect the others. Any thread.
class single_flight {
public:
    single_flight() = default;
    single_flight(single_flight const&) = delete;
    single_flight& operator=(single_flight const&) = delete;

private:
    friend class detail::export_start;

    struct key {
        std::weak_ptr<detail::client_core> client;
        std::string user;
        std::string request;
        std::string headers; // a header may choose whose data are exported
        std::string audience;
        bool needs_fleet;
        journal_advice if_unclear; // `ask` without a fleet

        auto all_else() const {
            return std::tie(user, request, headers, audience, needs_fleet, if_unclear);
        }
        friend bool operator<(key const& a, key const& b) {
            if (a.client.owner_before(b.client) || b.client.owner_before(a.client))
                return a.client.owner_before(b.client);
            return a.all_else() < b.all_else();
        }
    };
    struct entry {
        std::weak_ptr<detail::export_start> start;
        std::weak_ptr<detail::export_owner> job;
    };

    std::mutex mutex_;
    std::map<key, entry> entries_;
    std::size_t next_sweep_ = 64; // the number of entries at which ended ones are dropped
};

} // namespace intheloop

#endif
