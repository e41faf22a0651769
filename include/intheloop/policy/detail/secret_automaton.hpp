// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_SECRET_AUTOMATON_HPP
#define INTHELOOP_POLICY_DETAIL_SECRET_AUTOMATON_HPP

#include <intheloop/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace intheloop::policy {

namespace detail {

// The texts that are sought, as an automaton of Aho and Corasick: a state is the longest end of
// what was read that begins a sought text.
class secret_automaton {
public:
    using state = std::uint32_t; // 0 is the beginning
    struct node {
        state child = 0;
        state sibling = 0;
        state shorter = 0;           // the longest other end that begins a sought text
        state otherwise = 0;         // the longest of these that has another child
        state found = 0;             // the longest sought text that ends here; 0 if none
        std::uint32_t size = 0;      // of the text that leads here
        std::uint32_t secret = 0;    // index, of a sought text that ends here, or begins so
        std::uint32_t rank = 0;      // in the order in which ends follow the states they end
        std::uint32_t last_rank = 0; // of the states that end with this one
        char c = '\0';
        bool is_end = false;         // of a sought text
        bool may_be_in_word = false; // of a long secret
        bool has_loose_end = false;  // in base64: another digit and padding may follow
    };

    enum class kind { as_spelled, any_case, in_digits }; // the latter in base64 or hexadecimal

    explicit secret_automaton(kind of) : kind_(of), nodes_(1) {}

    INTHELOOP_DECL void add(std::string_view text, std::size_t secret, node const& like);
    // Call it once, when all texts are added.
    INTHELOOP_DECL void connect();

    bool is_in_digits() const noexcept { return kind_ == kind::in_digits; }
    bool is_empty() const noexcept { return nodes_.size() == 1; }
    std::size_t size() const noexcept { return nodes_.size(); }
    node const& operator[](state of) const noexcept { return nodes_[of]; }
    // Returns whether a text may begin with this character.
    bool begins(char c) const noexcept { return root_[static_cast<unsigned char>(folded(c))] != 0; }
    INTHELOOP_DECL state next(state from, char c, std::size_t& steps) const noexcept;

private:
    INTHELOOP_DECL char folded(char c) const noexcept;
    INTHELOOP_DECL bool has_children_of(state one, state other) const noexcept;
    INTHELOOP_DECL state child(state of, char c) const noexcept;

    kind kind_;
    std::vector<node> nodes_;
    std::array<state, 256> root_{};
};

} // namespace detail

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/secret_automaton.ipp>
#endif

#endif
