// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_SECRET_SCAN_IPP
#define INTHELOOP_POLICY_IMPL_SECRET_SCAN_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/secret_automaton.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>
#include <intheloop/policy/detail/spelling.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::policy::detail {

// A text, and the places in it where an escape ends.
struct scanned_text {
    std::string_view text;
    text_edges edges;
    bool long_only = false;          // secrets of which a part of a word counts
    std::vector<bool> behind_escape; // by place; empty if all secrets are long

    // An escape of a character that belongs to no word ends a word: %2F, \n, \u002F.
    void note_escapes(std::size_t at, spelled_readings const& readings) {
        if (behind_escape.empty())
            return;
        for (spelled_reading const& one : readings)
            if (one.length != 1 &&
                (one.count == 0 || !intheloop::detail::is_word_char(one.text().back())))
                behind_escape[at + one.length] = true;
    }
    bool ends_in_word(std::size_t at) const {
        bool const is_behind_backslash = at > 1 && text[at - 2] == '\\'; // of any escape
        return at != 0 && intheloop::detail::is_word_char(text[at - 1]) && !is_behind_backslash &&
               !behind_escape[at];
    }
};

// Counts the characters of the padding of base64 at the beginning of a text.
INTHELOOP_DECL std::size_t padding_length(std::string_view text) {
    std::size_t length = 0;
    for (int i = 0; i != 2; ++i) // possibly spelled otherwise
        length += spelled_length(text.substr(length), '=');
    return length;
}

// Goes through a text once. Where a text has several readings, it follows them side by side, each
// as a thread; threads in the same state at the same place are one.
//
// Use one scan for several texts, one after the other: it keeps its memory, so that each text costs
// time in proportion to its length alone.
class secret_scan {
public:
    secret_scan(secret_automaton const& automaton, std::size_t& steps)
        : sought_(automaton), steps_(steps), came_(longest_step) {}

    // Begins a text, behind the end() of the one before. It and `hits` have to stay until then.
    void begin(scanned_text const& of, std::vector<text_hit>& hits) {
        of_ = &of;
        text_ = of.text;
        edges_ = of.edges;
        hits_ = &hits;
        begun_.clear();
        jumps_.clear();
        dropped_ = 0;
        prune_at_ = least_pruned;
        if (edges_.begins_within && !sought_.is_in_digits())
            begin_within();
    }

    // Goes to the next character. `readings` holds each reading of the text from there on; null
    // stands for the character alone. With `is_cut`, something was left out there.
    void step(std::size_t at, spelled_readings const* readings, bool is_cut) {
        ++steps_;
        char const c = text_[at];
        if (!begun_.empty() && (is_cut || !may_be_in_escape(c)))
            end_escapes(at, is_cut);
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
        if (is_cut)
            report_parts(at);
        else if (may_begin_escape(c))
            begin_escapes(at);
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
        here_.clear();
        here_.swap(came_[text_.size() % longest_step]);
        if (edges_.ends_within) {
            report_parts(text_.size());
            end_escapes(text_.size(), true);
        }
    }

private:
    using state = secret_automaton::state;
    static constexpr std::size_t longest_step = 256;
    static constexpr std::size_t rest_of_code = 5; // of \u002f, where the text begins within it
    static constexpr std::size_t longest_escape = 96;
    static constexpr std::size_t least_pruned = 4096; // jumps

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
    // A thread before the place where an escape begins.
    struct begun_escape {
        thread before;
        std::size_t at;
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

    // A short secret counts only as a whole word.
    bool counts(secret_automaton::node const& node, std::size_t begin, std::size_t end) const {
        return node.may_be_in_word ||
               (!of_->long_only && !of_->ends_in_word(begin) &&
                (end == text_.size() || !intheloop::detail::is_word_char(text_[end])));
    }
    std::size_t telling_size() const {
        return sought_.is_in_digits() ? 2 * telling_part : telling_part;
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
            if (!counts(node, from.begin, end))
                continue;
            add({from.begin, node.has_loose_end ? end_of_base64(end) : end, node.secret,
                 sought_.is_in_digits()});
            return;
        }
    }
    // A text was cut at a place: the beginning of a secret ends there, or before an escape that
    // was cut too.
    void report_part(thread const& one, std::size_t at, std::size_t end) {
        if (sought_[one.in].size < telling_size())
            return;
        secret_automaton::node const& node = sought_[one.in];
        place const from = begin_of(one, at, node.size);
        if (node.size - from.missing < telling_part || !counts(node, from.begin, end))
            return;
        add({from.begin, end, node.secret, sought_.is_in_digits()});
    }
    void report_parts(std::size_t at) {
        for (thread const& one : here_)
            report_part(one, at, at);
    }

    // Remembers the beginnings of secrets before an escape, of which the end may be cut off.
    void begin_escapes(std::size_t at) {
        while (!begun_.empty() && begun_.front().at + longest_escape < at)
            begun_.pop_front();
        for (thread const& one : here_)
            if (sought_[one.in].size >= telling_size() && sought_[one.in].child != 0)
                begun_.push_back({one, at});
    }
    // The characters that may belong to these escapes end here.
    void end_escapes(std::size_t at, bool is_cut) {
        for (begun_escape const& one : begun_)
            if (is_cut && at - one.at <= longest_escape)
                report_part(one.before, one.at, at);
        begun_.clear();
    }
    static bool may_begin_escape(char c) {
        return std::string_view("%\\&=<~").find(c) != std::string_view::npos;
    }
    static bool may_be_in_escape(char c) {
        constexpr std::string_view marks = "%\\&=#;{}\r\n";
        return intheloop::detail::is_letter(c) || intheloop::detail::is_digit(c) ||
               marks.find(c) != marks.npos;
    }

    void add(text_hit const& hit) {
        if (!hits_->empty() && hit.begin > hits_->back().begin && hit.begin < hits_->back().end)
            hits_->back().end = std::max(hits_->back().end, hit.end);
        else
            hits_->push_back(hit);
    }

    // The last digit may depend on the next octet too.
    std::size_t end_of_base64(std::size_t end) const {
        constexpr std::string_view marks = "+/-_";
        if (end != text_.size() &&
            (intheloop::detail::is_word_char(text_[end]) || marks.find(text_[end]) != marks.npos))
            ++end;
        return end + padding_length(text_.substr(end));
    }

    // Leaves one thread of those in the same state (where the text may begin within a secret, the
    // one that has most of it), and none in a state that is the end of another one's: all that it
    // would find, the other one finds too. But a short secret counts only where it begins a word,
    // and the other one may begin within an escape.
    void unite(std::size_t at) {
        constexpr std::size_t enough = 64; // characters of a secret that begins before the text
        if (here_.size() < 2)
            return;
        met_.resize(sought_.size());
        kept_as_.resize(sought_.size());
        ++meeting_;
        bool const may_miss = edges_.begins_within && at < enough;
        auto const missing = [&](thread const& one) {
            return begin_of(one, at, sought_[one.in].size).missing;
        };
        std::size_t kept = 0;
        for (thread const& one : here_)
            if (std::exchange(met_[one.in], meeting_) != meeting_) {
                kept_as_[one.in] = kept;
                here_[kept++] = one;
            } else if (thread& other = here_[kept_as_[one.in]];
                       may_miss && missing(one) < missing(other)) {
                other = one;
            }
        here_.resize(kept);
        if (kept < 2 || may_miss)
            return;
        std::sort(here_.begin(), here_.end(), [&](thread const& a, thread const& b) {
            return sought_[a.in].rank < sought_[b.in].rank;
        });
        std::size_t longer = 0;
        for (std::size_t i = 0; i != kept; ++i)
            if (i + 1 == kept || sought_[here_[i].in].size < shortest_part ||
                sought_[here_[i + 1].in].rank > sought_[here_[i].in].last_rank)
                here_[longer++] = here_[i];
        here_.resize(longer);
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
        for (begun_escape const& one : begun_)
            if (one.before.first != 0)
                oldest = std::min(oldest, one.before.first);
        jumps_.erase(jumps_.begin(),
                     jumps_.begin() + static_cast<std::ptrdiff_t>(oldest - 1 - dropped_));
        dropped_ = oldest - 1;
        prune_at_ = std::max(prune_at_, 2 * jumps_.size());
    }

    secret_automaton const& sought_;
    std::size_t& steps_;
    scanned_text const* of_ = nullptr;
    std::string_view text_;
    text_edges edges_;
    std::vector<text_hit>* hits_ = nullptr;
    std::vector<std::vector<thread>> came_; // by place, modulo its size; empty behind each text
    std::vector<std::size_t> met_;     // by state: the last meeting at which a thread was in it
    std::vector<std::size_t> kept_as_; // by state: the place of that thread in here_
    std::size_t meeting_ = 0;          // of threads, in all texts
    std::vector<thread> here_;
    std::deque<begun_escape> begun_; // those that may go on here
    std::vector<jump> jumps_;
    std::size_t dropped_ = 0;
    std::size_t prune_at_ = least_pruned;
};

} // namespace intheloop::policy::detail

#endif
