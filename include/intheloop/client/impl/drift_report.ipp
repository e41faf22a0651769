// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_DRIFT_REPORT_IPP
#define INTHELOOP_CLIENT_IMPL_DRIFT_REPORT_IPP

#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/client/drift_report.hpp>
#include <intheloop/codec/detail/json_encode.hpp>

#include <algorithm>
#include <sstream>
#include <tuple>
#include <utility>

namespace intheloop {
namespace detail {

// Returns the kept part of a service's text.
INTHELOOP_DECL std::string beginning_of_drift(std::string_view text) {
    return shortened(text, 197); // with its dots 200
}

INTHELOOP_DECL void found_drift::found(drift_kind kind, std::string pointer,
                                       std::string_view text) {
    key which(kind, beginning_of_drift(pointer), beginning_of_drift(text));
    auto const known = counts_.find(which);
    if (known != counts_.end())
        ++known->second;
    else if (counts_.size() == most_drift_findings)
        ++overflow_;
    else
        counts_.emplace(std::move(which), 1);
}

INTHELOOP_DECL void found_drift::read_object(std::string pointer,
                                             std::span<std::string_view const> absent) {
    auto known = objects_.find(pointer);
    if (known == objects_.end() && objects_.size() == most_drift_objects) {
        ++overflow_;
        return;
    }
    if (known == objects_.end())
        known = objects_.emplace(std::move(pointer), objects_read{}).first;
    ++known->second.count;
    for (std::string_view const name : absent)
        ++known->second.absent[name];
}

INTHELOOP_DECL std::vector<drift_finding> found_drift::all() const {
    std::vector<drift_finding> made;
    made.reserve(counts_.size());
    for (auto const& [which, count] : counts_) {
        drift_finding& one = made.emplace_back();
        std::tie(one.kind, one.pointer, one.text) = which;
        one.count = count;
    }
    return made;
}

INTHELOOP_DECL std::string counted(std::uint64_t count, std::string_view noun) {
    return std::to_string(count) + ' ' + std::string(noun) + (count == 1 ? "" : "s");
}

// Prints `/status: unknown value "Queued"`.
INTHELOOP_DECL void print_drift(std::ostream& out, drift_finding const& finding) {
    print_escaped(out, finding.pointer.empty() ? "the whole" : finding.pointer);
    out << ": " << to_string(finding.kind);
    if (finding.kind == drift_kind::wrong_type) {
        out << ", got " << finding.text;
    } else if (finding.kind == drift_kind::unknown_value) {
        out << " \"";
        print_escaped(out, finding.text, true);
        out << '"';
    }
}

} // namespace detail

INTHELOOP_DECL drift_report::drift_report() = default;
INTHELOOP_DECL drift_report::drift_report(listener on_new) : on_new_(std::move(on_new)) {}
INTHELOOP_DECL drift_report::~drift_report() = default;

INTHELOOP_DECL void drift_report::add(std::string route, std::vector<drift_finding> const& found,
                                      detail::found_drift const& of) {
    std::vector<drift_finding> news;
    {
        std::lock_guard const lock(mutex_);
        ++responses_[route];
        overflow_ += of.overflow();
        for (auto const& [pointer, read] : of.objects()) {
            object_key const where(route, pointer);
            if (objects_.size() == most_objects && !objects_.contains(where)) {
                overflow_ += read.count;
                continue;
            }
            objects_read& at = objects_[where];
            at.count += read.count;
            for (auto const& [name, count] : read.absent)
                at.absent[std::string(name)] += count;
        }
        for (drift_finding one : found) {
            one.route = route;
            one.pointer = detail::beginning_of_drift(one.pointer);
            one.text = detail::beginning_of_drift(one.text);
            key const which(route, one.pointer, one.kind, one.text);
            auto const known = counts_.find(which);
            if (known != counts_.end()) {
                known->second += one.count;
            } else if (counts_.size() == most_findings) {
                overflow_ += one.count;
            } else {
                counts_.emplace(which, std::exchange(one.count, 1));
                if (on_new_)
                    news.push_back(std::move(one));
            }
        }
    }
    for (drift_finding const& one : news)
        try {
            on_new_(one);
        } catch (...) { // a listener must not end a call
        }
}

INTHELOOP_DECL std::vector<drift_finding> drift_report::findings() const {
    std::vector<drift_finding> all;
    std::lock_guard const lock(mutex_);
    for (auto const& [which, count] : counts_) {
        drift_finding one;
        std::tie(one.route, one.pointer, one.kind, one.text) = which;
        one.count = count;
        all.push_back(std::move(one));
    }
    for (auto const& [where, read] : objects_)
        for (auto const& [name, count] : read.absent) {
            drift_finding one;
            std::tie(one.route, one.pointer) = where;
            one.kind = drift_kind::absent_member;
            codec::detail::append_pointer(one.pointer, name);
            one.count = count;
            one.of = read.count;
            all.push_back(std::move(one));
        }
    std::sort(all.begin(), all.end(), [](drift_finding const& a, drift_finding const& b) {
        return std::tie(a.route, a.pointer, a.kind, a.text) <
               std::tie(b.route, b.pointer, b.kind, b.text);
    });
    return all;
}

INTHELOOP_DECL std::uint64_t drift_report::responses() const {
    std::lock_guard const lock(mutex_);
    std::uint64_t sum = 0;
    for (auto const& [route, count] : responses_)
        sum += count;
    return sum;
}

INTHELOOP_DECL std::uint64_t drift_report::overflow() const {
    std::lock_guard const lock(mutex_);
    return overflow_;
}

INTHELOOP_DECL bool drift_report::found_any() const {
    std::lock_guard const lock(mutex_);
    return !counts_.empty();
}

INTHELOOP_DECL void drift_report::clear() {
    std::lock_guard const lock(mutex_);
    counts_.clear();
    objects_.clear();
    responses_.clear();
    overflow_ = 0;
}

INTHELOOP_DECL std::string drift_report::summary() const {
    auto const all = findings();
    std::ostringstream out;
    std::lock_guard const lock(mutex_);
    if (responses_.empty())
        return "no answers\n";
    for (auto const& [route, count] : responses_) {
        out << route << ": " << detail::counted(count, "answer");
        bool is_as_expected = true;
        for (drift_finding const& one : all) {
            if (one.route != route)
                continue;
            if (one.kind == drift_kind::absent_member) {
                if (one.count != one.of)
                    continue;
                out << "\n  ";
                detail::print_escaped(out, one.pointer);
                out << ": never came in " << detail::counted(one.of, "object");
            } else {
                out << "\n  ";
                detail::print_drift(out, one);
                out << " (" << detail::counted(one.count, "time") << ')';
            }
            is_as_expected = false;
        }
        out << (is_as_expected ? ", as expected\n" : "\n");
    }
    if (overflow_ != 0)
        out << "further findings, too many to be kept: " << detail::counted(overflow_, "time")
            << '\n';
    return std::move(out).str();
}

INTHELOOP_DECL std::string to_string(drift_finding const& finding) {
    std::ostringstream out;
    out << finding.route << ' ';
    detail::print_drift(out, finding);
    out << " (" << detail::counted(finding.count, "time") << ')';
    return std::move(out).str();
}

} // namespace intheloop

#endif
