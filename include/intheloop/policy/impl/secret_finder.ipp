// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_SECRET_FINDER_IPP
#define INTHELOOP_POLICY_IMPL_SECRET_FINDER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/policy/detail/encoded_text.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/policy/impl/secret_scan.ipp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace intheloop::policy {

namespace detail {

// Adds the digits in base64 of a text that stands between others: those that depend on it alone.
// There are three forms, for its place in a group of three octets.
INTHELOOP_DECL void add_base64(secret_automaton& to, std::string_view text, std::size_t secret) {
    for (std::size_t before = 0; before != 3; ++before) {
        std::size_t const bits = 8 * (before + text.size());
        std::size_t const skipped = before == 0 ? 0 : before + 1;
        std::string digits =
            intheloop::detail::to_base64(std::string(before, '\0') + std::string(text));
        digits = digits.substr(skipped, bits / 6 - skipped);
        secret_automaton::node like;
        like.may_be_in_word = true;
        like.has_loose_end = bits % 6 != 0;
        to.add(digits, secret, like);
        std::replace(digits.begin(), digits.end(), '+', '-');
        std::replace(digits.begin(), digits.end(), '/', '_');
        to.add(digits, secret, like);
    }
}

INTHELOOP_DECL void add_hexadecimal(secret_automaton& to, std::string_view text,
                                    std::size_t secret) {
    secret_automaton::node like;
    like.may_be_in_word = true;
    std::string digits = intheloop::detail::to_hexadecimal(text);
    to.add(digits, secret, like);
    for (char& c : digits)
        c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    to.add(digits, secret, like);
}

constexpr bool may_begin_ellipsis(char c) noexcept {
    return std::string_view(". [(*\xe2").find(c) != std::string_view::npos;
}
INTHELOOP_DECL bool may_begin_ellipsis(spelled_readings const& readings) noexcept {
    bool may = false;
    for (spelled_reading const& one : readings) {
        if (one.count == 0)
            return false; // the text behind the line break tells
        may = may || one.count == 3 || (one.count == 1 && may_begin_ellipsis(one.octets[0]));
    }
    return may;
}

// Returns whether a text begins with one of these, in any spelling.
INTHELOOP_DECL bool begins_with_any(std::string_view text,
                                    std::initializer_list<std::string_view> all) {
    return std::any_of(all.begin(), all.end(),
                       [&](std::string_view each) { return spelled_length(text, each) != 0; });
}

// Returns whether a text begins with a mark that something was left out here: "..." or U+2026,
// possibly behind a blank and a bracket; "truncated" behind a bracket; or the asterisks or bullets
// with which a service hides the rest of a secret.
INTHELOOP_DECL bool begins_with_ellipsis(std::string_view text) {
    if (begins_with_any(text, {"***", "\xe2\x80\xa2"}))
        return true;
    text.remove_prefix(spelled_length(text, ' '));
    for (char const bracket : {'[', '('})
        if (std::size_t const length = spelled_length(text, bracket); length != 0) {
            text.remove_prefix(length);
            if (begins_with_any(text, {"truncated", "Truncated"}))
                return true;
            break;
        }
    std::size_t const dot = spelled_length(text, '.');
    if (dot > 1 && text[dot - 1] == '.') // behind a backslash, which begins an escape
        return false;
    return begins_with_any(text, {"...", "\xe2\x80\xa6"});
}

// Sorts hits, and makes one of those that overlap.
INTHELOOP_DECL void unite_hits(std::vector<text_hit>& hits) {
    std::sort(hits.begin(), hits.end(), [](text_hit const& a, text_hit const& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::size_t kept = 0;
    for (text_hit const& hit : hits)
        if (kept != 0 && hit.begin < hits[kept - 1].end)
            hits[kept - 1].end = std::max(hits[kept - 1].end, hit.end);
        else
            hits[kept++] = hit;
    hits.resize(kept);
}

} // namespace detail

INTHELOOP_DECL secret_finder::secret_finder(std::span<sought_secret const> secrets) {
    for (std::size_t i = 0; i != secrets.size(); ++i) {
        sought_secret const& one = secrets[i];
        if (one.text.empty())
            continue;
        bool const is_short = one.text.size() < shortest_part;
        detail::secret_automaton::node like;
        like.may_be_in_word = !is_short;
        (one.any_case ? any_case_ : as_spelled_).add(one.text, i, like);
        (is_short ? finds_short_ : finds_long_) = true;
        if (is_short)
            continue;
        std::string const lower =
            one.any_case ? intheloop::detail::to_lower(one.text) : std::string();
        for (std::string_view const text : {one.text, std::string_view(lower)})
            if (!text.empty()) {
                detail::add_base64(in_digits_, text, i);
                detail::add_hexadecimal(in_digits_, text, i);
            }
    }
    as_spelled_.connect();
    any_case_.connect();
    in_digits_.connect();
}

INTHELOOP_DECL void secret_finder::find_spelled(std::string_view text, text_edges edges,
                                                bool long_only, secret_scans& scans,
                                                std::vector<text_hit>& hits) const {
    detail::scanned_text of{text, edges, long_only, {}};
    if (finds_short_ && !long_only)
        of.behind_escape.resize(text.size() + 1);
    for (detail::secret_scan& scan : scans)
        scan.begin(of, hits);
    auto const step = [&](std::size_t at, spelled_readings const* readings, bool may_be_cut) {
        bool const is_cut = may_be_cut && detail::begins_with_ellipsis(text.substr(at));
        for (detail::secret_scan& scan : scans)
            scan.step(at, readings, is_cut);
    };
    for (std::size_t at = 0; at != text.size(); ++at) {
        if (!may_begin_spelling(text[at])) {
            step(at, nullptr, detail::may_begin_ellipsis(text[at]));
            continue;
        }
        spelled_readings readings;
        read_spelled(text.substr(at), readings);
        of.note_escapes(at, readings);
        step(at, &readings, detail::may_begin_ellipsis(readings));
    }
    for (detail::secret_scan& scan : scans)
        scan.end();
}

INTHELOOP_DECL void secret_finder::find_encoded(std::string_view text, text_edges edges,
                                                secret_scans& scans,
                                                std::vector<text_hit>& hits) const {
    for (unsigned const bits : {detail::bits_of_base64, detail::bits_of_hexadecimal})
        for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
            detail::digit_line const line = detail::line_of_digits(text, at, bits);
            end = line.end;
            if (line.count * bits < 8 * shortest_part)
                continue;
            detail::digit_run const run(text, at, bits);
            end = run.end();
            std::string_view const behind = run.behind(text);
            bool const is_cut =
                behind.empty() ? edges.ends_within : detail::begins_with_ellipsis(behind);
            std::size_t const first = hits.size();
            find_within(run, {edges.begins_within && run.may_begin_before(text), is_cut}, scans,
                        hits);
            if (bits == detail::bits_of_base64)
                for (std::size_t i = first; i != hits.size(); ++i)
                    if (hits[i].end == end)
                        hits[i].end += detail::padding_length(text.substr(end));
        }
}

INTHELOOP_DECL void secret_finder::find_within(detail::digit_run const& run, text_edges edges,
                                               secret_scans& scans,
                                               std::vector<text_hit>& hits) const {
    detail::octet_digits const digits = run.digits();
    std::vector<text_hit> found;
    for (std::size_t begin = 0; begin != 8; begin += digits.step())
        for (auto at = digits.next_text(begin, shortest_part); at.end != 0;
             at = digits.next_text(at.end, shortest_part)) {
            bool const is_last = at.end + 8 > digits.digits.size() * digits.bits;
            found.clear();
            find_spelled(digits.octets(at),
                         {edges.begins_within && at.begin < 8, edges.ends_within && is_last}, true,
                         scans, found);
            for (text_hit const& hit : found) {
                // As in add_base64(): the first digit may depend on the octet before too.
                std::size_t const first =
                    (at.begin + 8 * hit.begin + digits.bits - 1) / digits.bits;
                std::size_t const last = (at.begin + 8 * hit.end - 1) / digits.bits;
                hits.push_back({run.place_of(first), run.place_of(last) + 1, hit.secret, true});
            }
        }
}

INTHELOOP_DECL std::vector<text_hit> secret_finder::find(std::string_view text, text_edges edges,
                                                         std::size_t* steps) const {
    std::vector<text_hit> hits;
    if (text.empty()) // where it was cut out does not matter
        return hits;
    std::size_t taken = 0;
    secret_scans scans;
    scans.reserve(3);
    for (auto const* automaton : {&as_spelled_, &any_case_, &in_digits_})
        if (!automaton->is_empty())
            scans.emplace_back(*automaton, taken);
    if (finds_short_ || finds_long_)
        find_spelled(text, edges, false, scans, hits);
    if (finds_long_)
        find_encoded(text, edges, scans, hits);
    detail::unite_hits(hits);
    if (steps)
        *steps += taken;
    return hits;
}

} // namespace intheloop::policy

#endif
