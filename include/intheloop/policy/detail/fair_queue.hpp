// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_FAIR_QUEUE_HPP
#define INTHELOOP_POLICY_DETAIL_FAIR_QUEUE_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace intheloop::policy {

// A queue in which tenants take turns: first in, first out among the items of one tenant, and one
// item of each tenant in turn. A tenant with its first item goes behind the others; one without
// items is forgotten. Every operation but for_each takes constant time on average.
template <class Item>
class fair_queue {
public:
    // Identifies a waiting item; a queue never uses a ticket twice.
    using ticket = std::uint64_t;

    fair_queue() = default;
    // Not copyable: its parts point at each other.
    fair_queue(fair_queue const&) = delete;
    fair_queue& operator=(fair_queue const&) = delete;

    ticket push(std::string_view tenant, Item item) {
        line_position const line = line_of(tenant);
        ticket const name = next_ticket_++;
        line->waiting.push_back({name, std::move(item)});
        places_.emplace(name, place{line, std::prev(line->waiting.end())});
        return name;
    }

    // Removes an item before its turn; returns nothing if the ticket is unknown, or its item is
    // gone.
    std::optional<Item> remove(ticket name) {
        auto const found = places_.find(name);
        if (found == places_.end())
            return std::nullopt;
        line_position const line = found->second.line;
        std::optional<Item> item = take(found);
        if (line->waiting.empty())
            forget(line);
        return item;
    }

    // Removes the item whose turn it is. Precondition: not empty().
    Item pop() {
        line_position const line = lines_.begin();
        Item item = take(places_.find(line->waiting.front().name));
        if (line->waiting.empty())
            forget(line);
        else
            lines_.splice(lines_.end(), lines_, line);
        return item;
    }

    // Removes all items, also after an operation that failed in between.
    void clear() noexcept {
        places_.clear();
        tenants_.clear();
        lines_.clear();
    }

    std::size_t size() const noexcept { return places_.size(); }
    bool empty() const noexcept { return places_.empty(); }
    std::size_t tenants() const noexcept { return lines_.size(); }

    // Calls a function with each item, in no particular order. The function must not change the
    // queue.
    template <class Function>
    void for_each(Function visit) const {
        for (line_of_tenant const& line : lines_)
            for (entry const& waiting : line.waiting)
                visit(waiting.item);
    }

private:
    struct entry {
        ticket name;
        Item item;
    };
    struct line_of_tenant {
        std::string tenant;
        std::list<entry> waiting; // never empty between calls
    };
    using line_position = typename std::list<line_of_tenant>::iterator;
    struct place {
        line_position line;
        typename std::list<entry>::iterator in_line;
    };
    using places = std::unordered_map<ticket, place>;

    line_position line_of(std::string_view tenant) {
        if (auto const found = tenants_.find(tenant); found != tenants_.end())
            return found->second;
        lines_.push_back({std::string(tenant), {}});
        line_position const line = std::prev(lines_.end());
        tenants_.emplace(line->tenant, line);
        return line;
    }

    Item take(typename places::iterator found) {
        place const from = found->second;
        Item item = std::move(from.in_line->item);
        from.line->waiting.erase(from.in_line);
        places_.erase(found);
        return item;
    }

    void forget(line_position line) {
        tenants_.erase(line->tenant);
        lines_.erase(line);
    }

    std::list<line_of_tenant> lines_; // the tenant whose turn it is comes first
    std::unordered_map<std::string_view, line_position> tenants_; // views of the names in lines_
    places places_;
    ticket next_ticket_ = 1;
};

} // namespace intheloop::policy

#endif
