// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RANGE_PLAN_IPP
#define INTHELOOP_POLICY_IMPL_RANGE_PLAN_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/range_plan.hpp>

#include <algorithm>
#include <utility>

namespace intheloop::policy {

namespace detail {

// Returns what these ranges, which are in order, leave of the file; nothing if they are no ranges
// of it.
INTHELOOP_DECL std::optional<std::vector<byte_range>>
rest_of_file(std::vector<byte_range> const& ranges, std::uint64_t total) {
    std::vector<byte_range> rest;
    std::uint64_t at = 0;
    for (byte_range const& one : ranges) {
        if (one.begin < at || one.end < one.begin || one.end > total)
            return std::nullopt;
        if (one.begin != at)
            rest.push_back({at, one.begin});
        at = one.end;
    }
    if (at != total)
        rest.push_back({at, total});
    return rest;
}

INTHELOOP_DECL std::uint64_t sum_of(std::vector<byte_range> const& ranges) {
    std::uint64_t sum = 0;
    for (byte_range const& one : ranges)
        sum += one.size();
    return sum;
}

} // namespace detail

INTHELOOP_DECL range_plan::range_plan(unsigned streams, file_part known, std::uint64_t piece)
    : streams_(streams), piece_(piece) {
    if (!is_strong_etag(known.etag) || known.total.value_or(0) == 0)
        return;
    auto ranges = std::move(known.ranges);
    if (ranges.empty() && known.size != 0)
        ranges.push_back({0, known.size});
    auto rest = detail::rest_of_file(ranges, *known.total);
    if (!rest || ranges.empty())
        return;
    if (rest->empty()) // the server has to say that it is still this file
        rest->push_back({*known.total - std::min(*known.total, piece_), *known.total});
    missing_ = std::move(*rest);
    etag_ = std::move(known.etag);
    resource_ = std::move(known.resource);
    total_ = known.total;
    most_ = present_ = *total_ - detail::sum_of(missing_);
}

INTHELOOP_DECL bool range_plan::set_resource(std::string resource) {
    bool const is_void = is_identified() && resource != resource_;
    if (is_void)
        start_over();
    resource_ = std::move(resource);
    return is_void;
}

INTHELOOP_DECL range_step range_plan::start_over() {
    changes_ = present_ > most_ ? 0 : changes_ + 1;
    most_ = std::max(most_, present_);
    for (auto& one : streams_)
        one.rest = {};
    missing_.clear();
    etag_.clear();
    total_.reset();
    present_ = 0;
    constexpr unsigned most_changes = 2;
    return changes_ > most_changes ? range_step::one_stream : range_step::start_over;
}

INTHELOOP_DECL std::size_t range_plan::streams_left() const {
    return static_cast<std::size_t>(std::count_if(
        streams_.begin(), streams_.end(), [](stream_state const& s) { return !s.is_retired; }));
}

INTHELOOP_DECL bool range_plan::take(std::size_t stream) {
    stream_state& taker = streams_[stream];
    if (taker.is_retired || is_done())
        return false;
    taker.address = address_;
    taker.gained = false;
    if (!is_identified()) {
        auto const is_retired = [](stream_state const& one) { return one.is_retired; };
        if (holds(taker) || !std::all_of(&streams_[0], &taker, is_retired))
            return false;
        taker.rest = {0, first_pieces * piece_};
    } else if (!missing_.empty()) {
        // Those that come for a share: all without a range, and the one that reads the beginning.
        std::size_t sharing = 0;
        for (stream_state const& one : streams_)
            sharing += !one.is_retired && (!holds(one) || one.rest.end <= first_pieces * piece_);
        std::uint64_t const sum = detail::sum_of(missing_);
        std::uint64_t const share = std::max(piece_, sum / std::max<std::size_t>(sharing, 1) + 1);
        byte_range& from = missing_.front();
        bool const takes_all = from.size() <= share || from.size() - share < piece_;
        taker.rest = {from.begin, takes_all ? from.end : from.begin + share};
        if (takes_all)
            missing_.erase(missing_.begin());
        else
            from.begin = taker.rest.end;
    } else {
        auto& longest = *std::max_element(streams_.begin(), streams_.end(),
                                          [](stream_state const& a, stream_state const& b) {
                                              return a.rest.size() < b.rest.size();
                                          });
        bool const is_small = *total_ <= first_pieces * piece_; // it comes in one request
        if (is_small || longest.rest.size() < 2 * piece_)
            return false;
        std::uint64_t const middle = longest.rest.begin + longest.rest.size() / 2;
        taker.rest = {middle, longest.rest.end};
        longest.rest.end = middle;
    }
    taker.response_end = taker.rest.end;
    return true;
}

INTHELOOP_DECL std::string range_plan::range_lines(std::size_t stream) const {
    byte_range const& asked = streams_[stream].rest;
    std::string lines = "Range: bytes=" + std::to_string(asked.begin) + '-' +
                        std::to_string(asked.end - 1) + "\r\n";
    if (is_identified())
        lines += "If-Range: " + etag_ + "\r\n";
    return lines;
}

INTHELOOP_DECL void range_plan::give_back(std::size_t stream) {
    byte_range const rest = std::exchange(streams_[stream].rest, {});
    if (rest.size() == 0 || !is_identified())
        return;
    auto const after = std::find_if(missing_.begin(), missing_.end(),
                                    [&](byte_range const& one) { return one.begin >= rest.end; });
    auto at = missing_.insert(after, rest);
    if (auto const next = at + 1; next != missing_.end() && next->begin == at->end) {
        at->end = next->end;
        at = missing_.erase(next) - 1;
    }
    if (at != missing_.begin() && (at - 1)->end == at->begin) {
        (at - 1)->end = at->end;
        missing_.erase(at);
    }
}

INTHELOOP_DECL range_step range_plan::on_head(std::size_t stream, file_response const& head) {
    stream_state& of = streams_[stream];
    bool const is_same = is_strong_etag(head.etag) && (!is_identified() || head.etag == etag_);
    if (head.status != 206) // the server knows no ranges, or the file has changed
        return is_identified() && head.etag != etag_ ? start_over() : range_step::one_stream;
    auto const range = parse_content_range(head.content_range);
    bool const has_parts =
        intheloop::detail::to_lower(head.content_type).starts_with("multipart/byteranges");
    if (has_parts || !range || !range->first || !range->total ||
        (head.length && *head.length != *range->last - *range->first + 1))
        return range_step::one_stream;
    if (is_identified() && is_strong_etag(head.etag) &&
        (!is_same || range->total != total_)) // If-Range is unknown to the server
        return start_over();
    if (!is_same || range->first != of.rest.begin || !holds(of))
        return range_step::one_stream;
    if (of.address == address_)
        has_worked_ = true;
    of.response_end = *range->last + 1;
    std::uint64_t const asked_end = std::min(of.rest.end, *range->total);
    byte_range const kept = {of.rest.begin, std::min(of.response_end, asked_end)};
    if (!is_identified()) {
        etag_ = head.etag;
        total_ = range->total;
        of.rest = {kept.end, *total_}; // to the list of what is missing
    } else {
        of.rest = {kept.end, of.rest.end};
    }
    give_back(stream);
    of.rest = kept;
    return range_step::go_on;
}

INTHELOOP_DECL void range_plan::on_written(std::size_t stream, std::uint64_t bytes) {
    streams_[stream].rest.begin += bytes;
    streams_[stream].gained = streams_[stream].gained || bytes != 0;
    present_ += bytes;
}

INTHELOOP_DECL range_step range_plan::on_response(std::size_t stream,
                                                  file_response const& response) {
    stream_state const before = streams_[stream];
    give_back(stream);
    if (response.status == 206)
        return !holds(before) || before.gained ? range_step::go_on : range_step::failed;
    if (response.status == 416) // the file is shorter, or empty
        return is_identified() ? start_over() : range_step::one_stream;
    if (!may_have_expired(response.status, response.body))
        return range_step::failed;
    if (before.address != address_)
        return range_step::go_on; // there is a fresh one already
    return has_worked_ || address_ == 0 ? range_step::fresh_address : range_step::failed;
}

INTHELOOP_DECL bool range_plan::is_done() const {
    return is_identified() && present_ == total_;
}

INTHELOOP_DECL file_part range_plan::part(std::size_t most) const {
    file_part part;
    part.etag = etag_;
    part.resource = resource_;
    part.total = total_;
    if (!is_identified())
        return part;
    std::vector<byte_range> absent = missing_;
    for (stream_state const& one : streams_)
        if (holds(one))
            absent.push_back(one.rest);
    std::sort(absent.begin(), absent.end(),
              [](byte_range const& a, byte_range const& b) { return a.begin < b.begin; });
    if (auto present = detail::rest_of_file(absent, *total_))
        part.ranges = std::move(*present);
    if (part.ranges.size() > most) // those that are left out are asked for again
        part.ranges.resize(most);
    part.size = detail::sum_of(part.ranges);
    return part;
}

} // namespace intheloop::policy

#endif
