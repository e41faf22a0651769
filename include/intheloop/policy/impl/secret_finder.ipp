// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_SECRET_FINDER_IPP
#define INTHELOOP_POLICY_IMPL_SECRET_FINDER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/base64.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>
#include <intheloop/policy/detail/spelling.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

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

// Returns whether a text ends in a word: false if its last letters are an escape (%2F, \n, \u002F).
INTHELOOP_DECL bool ends_in_word(std::string_view text) {
    using intheloop::detail::is_word_char;
    if (text.empty() || !is_word_char(text.back()))
        return false;
    auto const from_end = [&](std::size_t n) {
        return n <= text.size() ? text[text.size() - n] : ' ';
    };
    bool const is_twice = from_end(5) == '%' && from_end(4) == '2' && from_end(3) == '5';
    bool const is_octet = intheloop::detail::hexadecimal_octet(text.substr(
                              text.size() - std::min<std::size_t>(text.size(), 2))) >= 0;
    bool const is_escape = from_end(3) == '%' || (from_end(3) == '=' && is_octet) ||
                           (from_end(4) == '\\' && from_end(3) == 'x');
    return !is_twice && !is_escape && from_end(2) != '\\' &&
           !(from_end(6) == '\\' && from_end(5) == 'u');
}

// Returns whether a text begins with a mark that something was left out here.
INTHELOOP_DECL bool begins_with_ellipsis(std::string_view text) {
    constexpr std::string_view marks[] = {"...",     "\xe2\x80\xa6", "\\u2026",   "&hellip;",
                                          "&#8230;", "&#x2026;",     "%E2%80%A6", "=E2=80=A6",
                                          "[...",    "[\xe2\x80\xa6"};
    constexpr std::string_view begins = ".\xe2\\&%=[";
    if (text.empty() || begins.find(text.front()) == begins.npos)
        return false;
    return std::any_of(std::begin(marks), std::end(marks), [&](std::string_view mark) {
        return intheloop::detail::equal_ignoring_case(text.substr(0, mark.size()), mark);
    });
}

// Returns whether a text is an escape whose end was cut off.
INTHELOOP_DECL bool is_begun_escape(std::string_view text) {
    auto const are_digits = [&](std::string_view part, std::size_t below) {
        return part.size() < below && std::all_of(part.begin(), part.end(), [](char c) {
                   return intheloop::detail::hexadecimal_value(c) >= 0;
               });
    };
    char const first = text.front();
    text.remove_prefix(1);
    if (first == '%' || first == '=')
        return are_digits(text, 2) || (text.starts_with("25") && are_digits(text.substr(2), 2)) ||
               (text.starts_with("3D") && are_digits(text.substr(2), 2));
    if (first == '\\') {
        while (text.starts_with('\\'))
            text.remove_prefix(1);
        return text.empty() || (text.starts_with('u') && are_digits(text.substr(1), 4)) ||
               (text.starts_with('x') && are_digits(text.substr(1), 2));
    }
    return first == '&' && std::all_of(text.begin(), text.end(), [](char c) {
               return c == '#' || intheloop::detail::is_letter(c) || intheloop::detail::is_digit(c);
           });
}

// Goes through a text once. Where a text has several readings, it follows them side by side, each
// as a thread; threads in the same state at the same place are one.
class secret_scan {
public:
    secret_scan(secret_automaton const& automaton, std::string_view text, text_edges edges,
                std::vector<text_hit>& hits, std::size_t& steps)
        : sought_(automaton), text_(text), edges_(edges), hits_(hits), steps_(steps),
          came_(longest_step) {
        if (edges_.begins_within && !sought_.is_in_digits())
            begin_within();
    }

    // Goes to the next character. `readings` holds each reading of the text from there on; null
    // stands for the character alone.
    void step(std::size_t at, spelled_readings const* readings) {
        ++steps_;
        char const c = text_[at];
        std::vector<thread>& came = came_[at % longest_step];
        spelled_reading const plain{{c}, 1, 1};
        if (came.empty() && !readings) {
            if (sought_.begins(c))
                advance({}, at, plain);
            return;
        }
        here_.clear();
        here_.swap(came);
        unite(at);
        cut(at);
        if (here_.empty())
            here_.emplace_back(); // at the beginning
        for (thread const& one : here_) {
            if (!readings)
                advance(one, at, plain);
            else
                for (spelled_reading const& reading : *readings)
                    advance(one, at, reading);
        }
        if (jumps_.size() > prune_at_)
            prune();
    }
    // Call it behind the last character.
    void end() {
        here_.swap(came_[text_.size() % longest_step]);
        if (edges_.ends_within)
            for (thread const& one : here_)
                report_part(one, text_.size(), text_.size());
    }

private:
    using state = secret_automaton::state;
    static constexpr std::size_t longest_step = 256;
    static constexpr std::size_t rest_of_code = 5; // of \u002f, where the text begins within it

    // A reading of more or less than one character of the text. Jumps have numbers from 1 on.
    struct jump {
        std::size_t before; // number of the jump before it, or 0
        std::size_t begin;
        std::size_t end;
        std::size_t count; // of octets
    };
    struct thread {
        state in = 0;
        std::size_t last = 0;  // jump
        std::size_t first = 0; // oldest jump that may be needed
    };
    // Where so many octets begin, and how many of them stand before the text.
    struct place {
        std::size_t begin;
        std::size_t missing;
    };

    jump const& jump_of(std::size_t number) const { return jumps_[number - 1 - dropped_]; }

    place begin_of(thread const& one, std::size_t at, std::size_t octets) const {
        for (std::size_t last = one.last;;) {
            std::size_t const plain = at - (last == 0 ? 0 : jump_of(last).end);
            if (octets <= plain)
                return {at - octets, 0};
            octets -= plain;
            if (last == 0)
                return {0, octets};
            jump const& before = jump_of(last);
            if (octets <= before.count)
                return {before.begin, 0};
            octets -= before.count;
            at = before.begin;
            last = before.before;
        }
    }

    bool is_inside_word(std::size_t begin, std::size_t end) const {
        return ends_in_word(text_.substr(0, begin)) ||
               (end != text_.size() && intheloop::detail::is_word_char(text_[end]));
    }

    void advance(thread one, std::size_t at, spelled_reading const& reading) {
        if (reading.count == 0 && one.in == 0)
            return;
        std::size_t const end = at + reading.length;
        for (std::size_t i = 0; i != reading.count; ++i)
            one.in = sought_.next(one.in, reading.octets[i], steps_);
        if (one.in == 0)
            return;
        std::size_t const size = sought_[one.in].size;
        if (reading.count != 1 || reading.length != 1) {
            bool const is_whole = reading.count != 0 && size <= reading.count;
            jumps_.push_back({is_whole ? 0 : one.last, at, end, reading.count});
            std::size_t const number = dropped_ + jumps_.size();
            one.first = is_whole || one.last == 0 ? number : one.first;
            one.last = number;
        } else if (one.last != 0 && size <= end - jump_of(one.last).end) {
            one.last = one.first = 0;
        }
        if (reading.count != 0)
            report(one, end);
        came_[end % longest_step].push_back(one);
    }

    void report(thread const& one, std::size_t end) {
        for (state found = sought_[one.in].found; found != 0;
             found = sought_[sought_[found].shorter].found) {
            ++steps_;
            secret_automaton::node const& node = sought_[found];
            place const from = begin_of(one, end, node.size);
            if (from.missing != 0 && node.size - from.missing < telling_part)
                continue;
            if (!node.may_be_in_word && is_inside_word(from.begin, end))
                continue;
            add({from.begin, node.has_loose_end ? end_of_base64(end) : end, node.secret,
                 sought_.is_in_digits()});
            return;
        }
    }
    // A text was cut at a place: the beginning of a secret ends there, or before an escape that
    // was cut too.
    void report_part(thread const& one, std::size_t at, std::size_t end) {
        std::size_t const telling = sought_.is_in_digits() ? 2 * telling_part : telling_part;
        if (one.in == 0 || sought_[one.in].size < telling)
            return;
        secret_automaton::node const& node = sought_[one.in];
        place const from = begin_of(one, at, node.size);
        if (node.size - from.missing < telling_part ||
            (!node.may_be_in_word && is_inside_word(from.begin, end)))
            return;
        state any = one.in; // a sought text that begins so
        while (!sought_[any].is_end)
            any = sought_[any].child;
        add({from.begin, end, sought_[any].secret, sought_.is_in_digits()});
    }
    void add(text_hit const& hit) {
        if (!hits_.empty() && hit.begin > hits_.back().begin && hit.begin < hits_.back().end)
            hits_.back().end = std::max(hits_.back().end, hit.end);
        else
            hits_.push_back(hit);
    }

    // The last digit may depend on the next octet too. The padding may be spelled otherwise.
    std::size_t end_of_base64(std::size_t end) const {
        constexpr std::string_view marks = "+/-_";
        if (end != text_.size() &&
            (intheloop::detail::is_word_char(text_[end]) || marks.find(text_[end]) != marks.npos))
            ++end;
        for (int i = 0; i != 2; ++i)
            end += spelled_length(text_.substr(end), '=');
        return end;
    }

    // Leaves one thread of those in the same state, and none in a state that is the end of
    // another one's: all that it would find, the other one finds too.
    void unite(std::size_t at) {
        constexpr std::size_t enough = 64; // characters of a secret that begins before the text
        if (here_.size() < 2)
            return;
        if (met_.empty())
            met_.resize(sought_.size());
        if (edges_.begins_within && at <= rest_of_code) // prefer threads that skipped less
            std::reverse(here_.begin(), here_.end());
        std::size_t kept = 0;
        for (thread const& one : here_)
            if (std::exchange(met_[one.in], at + 1) != at + 1)
                here_[kept++] = one;
        here_.resize(kept);
        if (kept < 2 || (edges_.begins_within && at < enough))
            return;
        std::sort(here_.begin(), here_.end(), [&](thread const& a, thread const& b) {
            return sought_[a.in].rank < sought_[b.in].rank;
        });
        std::size_t longer = 0;
        for (std::size_t i = 0; i != kept; ++i)
            if (i + 1 == kept || sought_[here_[i + 1].in].rank > sought_[here_[i].in].last_rank)
                here_[longer++] = here_[i];
        here_.resize(longer);
    }

    void cut(std::size_t at) {
        constexpr std::size_t longest_escape = 11;
        char const c = text_[at];
        if (here_.empty())
            return;
        std::string_view const rest = text_.substr(at);
        constexpr std::string_view marks = ".\xe2\\&%=[";
        if (marks.find(c) == marks.npos)
            return;
        std::size_t end = text_.size() + 1;
        if (begins_with_ellipsis(rest))
            end = at;
        else if (c != '.' && c != '[' && c != '\xe2')
            for (std::size_t i = at + 1; i < std::min(text_.size(), at + longest_escape) + 1; ++i) {
                bool const is_cut =
                    i == text_.size() ? edges_.ends_within : begins_with_ellipsis(text_.substr(i));
                if (!is_cut)
                    continue;
                if (is_begun_escape(rest.substr(0, i - at)))
                    end = i;
                break;
            }
        if (end <= text_.size())
            for (thread const& one : here_)
                report_part(one, at, end);
    }

    // The text may begin anywhere in a secret, or in an escape.
    void begin_within() {
        constexpr std::string_view in_code = "0123456789abcdefABCDEFu";
        for (std::size_t skipped = 0; skipped <= std::min(rest_of_code, text_.size()); ++skipped) {
            if (skipped != 0 && in_code.find(text_[skipped - 1]) == in_code.npos)
                break;
            thread one;
            if (skipped != 0) {
                jumps_.push_back({0, 0, skipped, 0});
                one.last = one.first = jumps_.size();
            }
            for (std::size_t in = 1; in != sought_.size(); ++in) {
                one.in = static_cast<state>(in);
                came_[skipped].push_back(one);
            }
        }
    }

    // Forgets the jumps that no thread needs.
    void prune() {
        std::size_t oldest = dropped_ + jumps_.size() + 1;
        for (auto const& threads : came_)
            for (thread const& one : threads)
                if (one.first != 0)
                    oldest = std::min(oldest, one.first);
        jumps_.erase(jumps_.begin(),
                     jumps_.begin() + static_cast<std::ptrdiff_t>(oldest - 1 - dropped_));
        dropped_ = oldest - 1;
        prune_at_ = std::max(prune_at_, 2 * jumps_.size());
    }

    secret_automaton const& sought_;
    std::string_view text_;
    text_edges edges_;
    std::vector<text_hit>& hits_;
    std::size_t& steps_;
    std::vector<std::vector<thread>> came_; // by place, modulo its size
    std::vector<std::size_t> met_;          // by state: the place where a thread met it, plus 1
    std::vector<thread> here_;
    std::vector<jump> jumps_;
    std::size_t dropped_ = 0;
    std::size_t prune_at_ = 4096;
};

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
        detail::secret_automaton::node like;
        like.may_be_in_word = one.text.size() >= shortest_part;
        (one.any_case ? any_case_ : as_spelled_).add(one.text, i, like);
        if (one.text.size() < shortest_part)
            continue;
        detail::add_base64(in_digits_, one.text, i);
        detail::add_hexadecimal(in_digits_, one.text, i);
    }
    as_spelled_.connect();
    any_case_.connect();
    in_digits_.connect();
}

INTHELOOP_DECL std::vector<text_hit> secret_finder::find(std::string_view text, text_edges edges,
                                                         std::size_t* steps) const {
    std::vector<text_hit> hits;
    std::size_t taken = 0;
    std::vector<detail::secret_scan> scans;
    scans.reserve(3);
    for (auto const* automaton : {&as_spelled_, &any_case_, &in_digits_})
        if (!automaton->is_empty())
            scans.emplace_back(*automaton, text, edges, hits, taken);
    if (scans.empty())
        return hits;
    for (std::size_t at = 0; at != text.size(); ++at) {
        bool const may_spell = may_begin_spelling(text[at]);
        spelled_readings readings;
        if (may_spell)
            read_spelled(text.substr(at), readings);
        for (detail::secret_scan& scan : scans)
            scan.step(at, may_spell ? &readings : nullptr);
    }
    for (detail::secret_scan& scan : scans)
        scan.end();
    detail::unite_hits(hits);
    if (steps)
        *steps += taken;
    return hits;
}

} // namespace intheloop::policy

#endif
