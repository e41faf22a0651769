// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_SECRET_AUTOMATON_IPP
#define INTHELOOP_POLICY_IMPL_SECRET_AUTOMATON_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/secret_automaton.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace intheloop::policy::detail {

INTHELOOP_DECL char secret_automaton::folded(char c) const noexcept {
    return kind_ == kind::any_case ? intheloop::detail::to_lower(c) : c;
}

INTHELOOP_DECL secret_automaton::state secret_automaton::child(state of, char c) const noexcept {
    if (of == 0)
        return root_[static_cast<unsigned char>(c)];
    state found = nodes_[of].child;
    while (found != 0 && nodes_[found].c != c)
        found = nodes_[found].sibling;
    return found;
}

INTHELOOP_DECL secret_automaton::state secret_automaton::next(state from, char c,
                                                              std::size_t& steps) const noexcept {
    c = folded(c);
    for (;;) {
        ++steps;
        state const to = child(from, c);
        if (to != 0 || from == 0)
            return to;
        from = nodes_[from].otherwise;
    }
}

INTHELOOP_DECL void secret_automaton::add(std::string_view text, std::size_t secret,
                                          node const& like) {
    state at = 0;
    for (char const each : text) {
        char const c = folded(each);
        state to = child(at, c);
        if (to == 0) {
            to = static_cast<state>(nodes_.size());
            nodes_.emplace_back();
            node& made = nodes_.back();
            made.c = c;
            made.size = nodes_[at].size + 1;
            if (at == 0) {
                root_[static_cast<unsigned char>(c)] = to;
            } else {
                made.sibling = nodes_[at].child;
                nodes_[at].child = to;
            }
        }
        at = to;
        nodes_[at].may_be_in_word |= like.may_be_in_word;
    }
    if (at == 0 || nodes_[at].is_end)
        return;
    nodes_[at].is_end = true;
    nodes_[at].secret = static_cast<std::uint32_t>(secret);
    nodes_[at].has_loose_end = like.has_loose_end;
}

INTHELOOP_DECL bool secret_automaton::has_children_of(state one, state other) const noexcept {
    for (state each = nodes_[other].child; each != 0; each = nodes_[each].sibling)
        if (child(one, nodes_[each].c) == 0)
            return false;
    return true;
}

INTHELOOP_DECL void secret_automaton::connect() {
    std::vector<state> order; // by size
    order.reserve(nodes_.size());
    for (state const first : root_)
        if (first != 0)
            order.push_back(first);
    std::size_t steps = 0;
    for (std::size_t i = 0; i != order.size(); ++i) {
        node& one = nodes_[order[i]];
        one.found = one.is_end ? order[i] : nodes_[one.shorter].found;
        // As Knuth, Morris and Pratt: where the shorter end would fail too, it is skipped.
        one.otherwise = one.shorter != 0 && has_children_of(order[i], one.shorter)
                            ? nodes_[one.shorter].otherwise
                            : one.shorter;
        for (state to = one.child; to != 0; to = nodes_[to].sibling) {
            nodes_[to].shorter = next(one.shorter, nodes_[to].c, steps);
            order.push_back(to);
        }
    }
    // Ranks states so that those that end with one follow it.
    std::vector<std::uint32_t> count(nodes_.size(), 1), rank(nodes_.size());
    for (std::size_t i = order.size(); i-- > 0;) {
        node& one = nodes_[order[i]];
        if (!one.is_end)
            one.secret = nodes_[one.child].secret;
        count[one.shorter] += count[order[i]];
    }
    rank[0] = 1;
    for (state const each : order) {
        node& one = nodes_[each];
        one.rank = rank[one.shorter];
        one.last_rank = one.rank + count[each] - 1;
        rank[one.shorter] += count[each];
        rank[each] = one.rank + 1;
    }
}

} // namespace intheloop::policy::detail

#endif
