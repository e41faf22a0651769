// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_FAIR_QUEUE_HPP
#define INTHELOOP_POLICY_DETAIL_FAIR_QUEUE_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace intheloop::policy {

// A queue of ids in which tenants take turns: first in, first out among the ids of one tenant, and
// one id of each tenant in turn. A tenant with its first id goes behind the others; one without ids
// is forgotten. Every operation but for_each takes constant time on average.
class fair_queue {
public:
    using id = std::uint64_t;

    fair_queue() = default;
    // Not copyable: its parts point at each other.
    fair_queue(fair_queue const&) = delete;
    fair_queue& operator=(fair_queue const&) = delete;

    // Precondition: the id does not wait yet.
    void push(std::string_view tenant, id which) {
        line_position const line = line_of(tenant);
        line->waiting.push_back(which);
        places_.emplace(which, place{line, std::prev(line->waiting.end())});
    }

    // Removes an id before its turn; returns whether it waited.
    bool remove(id which) {
        auto const found = places_.find(which);
        if (found == places_.end())
            return false;
        line_position const line = found->second.line;
        take(found);
        if (line->waiting.empty())
            forget(line);
        return true;
    }

    // Removes the id whose turn it is. Precondition: not empty().
    id pop() {
        line_position const line = lines_.begin();
        id const which = line->waiting.front();
        take(places_.find(which));
        if (line->waiting.empty())
            forget(line);
        else
            lines_.splice(lines_.end(), lines_, line);
        return which;
    }

    // Removes all ids, also after an operation that failed in between.
    void clear() noexcept {
        places_.clear();
        tenants_.clear();
        lines_.clear();
    }

    std::size_t size() const noexcept { return places_.size(); }
    bool empty() const noexcept { return places_.empty(); }
    std::size_t tenants() const noexcept { return lines_.size(); }

    // Calls a function with each id, in no particular order. The function must not change the
    // queue.
    template <class Function>
    void for_each(Function visit) const {
        for (line_of_tenant const& line : lines_)
            for (id const which : line.waiting)
                visit(which);
    }

private:
    struct line_of_tenant {
        std::string tenant;
        std::list<id> waiting; // never empty between calls
    };
    using line_position = std::list<line_of_tenant>::iterator;
    struct place {
        line_position line;
        std::list<id>::iterator in_line;
    };
    using places = std::unordered_map<id, place>;

    line_position line_of(std::string_view tenant) {
        if (auto const found = tenants_.find(tenant); found != tenants_.end())
            return found->second;
        lines_.push_back({std::string(tenant), {}});
        line_position const line = std::prev(lines_.end());
        tenants_.emplace(line->tenant, line);
        return line;
    }

    void take(places::iterator found) {
        place const from = found->second;
        from.line->waiting.erase(from.in_line);
        places_.erase(found);
    }

    void forget(line_position line) {
        tenants_.erase(line->tenant);
        lines_.erase(line);
    }

    std::list<line_of_tenant> lines_; // the tenant whose turn it is comes first
    std::unordered_map<std::string_view, line_position> tenants_; // views of the names in lines_
    places places_;
};

} // namespace intheloop::policy

#endif
