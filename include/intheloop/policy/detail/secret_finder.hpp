// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_SECRET_FINDER_HPP
#define INTHELOOP_POLICY_DETAIL_SECRET_FINDER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/encoded_text.hpp>
#include <intheloop/policy/detail/secret_automaton.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace intheloop::policy {

namespace detail {

class secret_scan;

} // namespace detail

// A secret to find; optionally with its ASCII letters in either case. Where digits of base64 or
// hexadecimal are not read as a text, it is found there as it is, and in lower case.
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

// Finds secrets in texts: in each spelling that read_spelled() reads, broken by line breaks, and in
// base64 and hexadecimal. These may stand for octets, or for an ASCII text that has the secret in
// any of the spellings, and in base64 or hexadecimal once more. Hexadecimal digits may stand in
// pairs ("41 62") if they stand for an ASCII text, but not within base64 or hexadecimal. Finds a
// secret of less than 8 characters only as a whole word, and not in base64 and hexadecimal. Finds 4
// characters or more at the beginning of a secret before an ellipsis ("..." or U+2026, also spelled
// otherwise), since a text was cut there, possibly within an escape. "[truncated]", three asterisks
// and a bullet count as one. The end of a secret behind an ellipsis stays.
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
    using secret_scans = std::vector<detail::secret_scan>; // one for each automaton

    INTHELOOP_DECL void find_spelled(std::string_view text, text_edges edges, bool long_only,
                                     secret_scans& scans, std::vector<text_hit>& hits) const;
    // Does the same in the texts that digits of base64 or hexadecimal stand for.
    INTHELOOP_DECL void find_encoded(std::string_view text, text_edges edges, secret_scans& scans,
                                     std::vector<text_hit>& hits) const;
    INTHELOOP_DECL void find_within(detail::digit_run const& run, text_edges edges,
                                    secret_scans& scans, std::vector<text_hit>& hits) const;

    detail::secret_automaton as_spelled_{kind::as_spelled};
    detail::secret_automaton any_case_{kind::any_case};
    detail::secret_automaton in_digits_{kind::in_digits};
    bool finds_short_ = false;
    bool finds_long_ = false;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/secret_finder.ipp>
#endif

#endif
