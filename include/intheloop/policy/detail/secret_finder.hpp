// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_SECRET_FINDER_HPP
#define INTHELOOP_POLICY_DETAIL_SECRET_FINDER_HPP

#include <intheloop/base/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// A secret to find; optionally with its ASCII letters in either case.
struct sought_secret {
    std::string_view text;
    bool any_case = false;
};

// The edges at which a text was cut out of a longer one: 4 characters or more of a secret match
// there too.
struct text_edges {
    bool begins_within = false;
    bool ends_within = false;
};

// The place of a secret in a text, and its index.
struct text_hit {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t secret = 0;
    bool in_digits = false; // in base64 or hexadecimal
};

inline constexpr std::size_t telling_part = 4;  // a shorter part of a secret reveals nothing
inline constexpr std::size_t shortest_part = 8; // shortest secret that matches within a word

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
        std::uint32_t secret = 0;    // index, where a sought text ends
        std::uint32_t rank = 0;      // in the order in which ends follow the states they end
        std::uint32_t last_rank = 0; // of the states that end with this one
        char c = '\0';
        bool is_end = false;         // of a sought text
        bool may_be_in_word = false; // of a long secret
        bool has_loose_end = false;  // in base64: another digit and padding may follow
    };

    enum class kind { as_spelled, any_case, in_digits }; // the latter in base64 or hexadecimal

    explicit secret_automaton(kind of) : kind_(of), nodes_(1) {}

    void add(std::string_view text, std::size_t secret, node const& like);
    // Call it once, when all texts are added.
    void connect();

    bool is_in_digits() const noexcept { return kind_ == kind::in_digits; }
    bool is_empty() const noexcept { return nodes_.size() == 1; }
    std::size_t size() const noexcept { return nodes_.size(); }
    node const& operator[](state of) const noexcept { return nodes_[of]; }
    // Returns whether a text may begin with this character.
    bool begins(char c) const noexcept { return root_[static_cast<unsigned char>(folded(c))] != 0; }
    state next(state from, char c, std::size_t& steps) const noexcept;

private:
    char folded(char c) const noexcept;
    bool has_children_of(state one, state other) const noexcept;
    state child(state of, char c) const noexcept;

    kind kind_;
    std::vector<node> nodes_;
    std::array<state, 256> root_{};
};

} // namespace detail

// Finds secrets in texts: in each spelling that read_spelled() reads, broken by line breaks, and in
// base64 and hexadecimal. Finds a secret of less than 8 characters only as a whole word, and not in
// base64 and hexadecimal. Finds 4 characters or more at the beginning of a secret before an
// ellipsis ("..." or U+2026), since a text was cut there.
//
// Takes time in proportion to the text, whatever it holds. Keeps no reference to the secrets.
class secret_finder {
public:
    INTHELOOP_DECL explicit secret_finder(std::span<sought_secret const> secrets);

    // Returns the hits in their order. Overlapping hits become one, for the first of their secrets.
    // Adds the number of its steps to `steps`.
    INTHELOOP_DECL std::vector<text_hit> find(std::string_view text, text_edges edges = {},
                                              std::size_t* steps = nullptr) const;

private:
    using kind = detail::secret_automaton::kind;

    detail::secret_automaton as_spelled_{kind::as_spelled};
    detail::secret_automaton any_case_{kind::any_case};
    detail::secret_automaton in_digits_{kind::in_digits};
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/secret_finder.ipp>
#endif

#endif
