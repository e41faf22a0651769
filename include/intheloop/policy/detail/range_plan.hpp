// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_RANGE_PLAN_HPP
#define INTHELOOP_POLICY_DETAIL_RANGE_PLAN_HPP

// Fetches a file in several streams, each of which asks for one range after another: a state
// machine without I/O.

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/download_plan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// How a download goes on after a response, or its head.
enum class range_step : unsigned char {
    go_on,         // of a head: use its bytes; of a response: the stream asks for its next range
    fresh_address, // the address may have expired
    start_over,    // the file has changed: discard all bytes, and drop all other responses
    one_stream,    // the server does not serve ranges: discard all, and fetch the file as a whole
    failed,
};

// Splits a file among streams. The first stream asks for the beginning of the file: the answer says
// how long the file is and identifies it by a strong ETag, and the others begin. All ranges after
// that carry If-Range, so that two files are never mixed. A stream that has nothing left to ask for
// takes half of the longest rest of another.
class range_plan {
public:
    static constexpr std::uint64_t usual_piece = 1024 * 1024;
    static constexpr std::uint64_t first_pieces = 4; // in the first range
    static constexpr unsigned most_streams = 16;

    // No stream asks for less than `piece` bytes, unless no more are missing; the first asks for
    // first_pieces of them. A part is used only if its ETag is strong and it knows the size of the
    // file.
    INTHELOOP_DECL explicit range_plan(unsigned streams, file_part known = file_part(),
                                       std::uint64_t piece = usual_piece);

    // Sets the resource that is requested from now on. Returns whether that makes bytes void: then
    // the plan has started over.
    INTHELOOP_DECL bool set_resource(std::string resource);
    // Requests go to a fresh address from now on.
    void use_fresh_address() {
        ++address_;
        has_worked_ = false;
    }

    // Gives a stream without a range its next one; returns false if there is none for now. What a
    // stream of the others holds already may be shortened. Until the file is identified, only the
    // first stream that is left gets one.
    INTHELOOP_DECL bool take(std::size_t stream);
    // Returns the "Range: ..." and "If-Range: ..." lines for the range of a stream.
    INTHELOOP_DECL std::string range_lines(std::size_t stream) const;
    // Takes the range of a stream back, whatever came of it stays.
    INTHELOOP_DECL void give_back(std::size_t stream);
    // The stream takes no further range.
    void retire(std::size_t stream) { streams_[stream].is_retired = true; }
    INTHELOOP_DECL std::size_t streams_left() const;

    // Called with the head of a response with status 200 or 206.
    INTHELOOP_DECL range_step on_head(std::size_t stream, file_response const& head);
    // Returns the bytes that belong to the range of the stream, and where they belong in the file.
    std::string_view fit(std::size_t stream, std::string_view bytes) const {
        return bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(
                                   bytes.size(), streams_[stream].rest.size())));
    }
    std::uint64_t position(std::size_t stream) const { return streams_[stream].rest.begin; }
    // So many bytes of those are in the file.
    INTHELOOP_DECL void on_written(std::size_t stream, std::uint64_t bytes);
    // Returns whether the stream has its range, but its response goes on.
    bool must_cut(std::size_t stream) const {
        auto const& of = streams_[stream];
        return of.rest.size() == 0 && of.response_end > of.rest.end;
    }

    // Called when a request has ended with a complete response. The range is given back.
    INTHELOOP_DECL range_step on_response(std::size_t stream, file_response const& response);

    bool is_identified() const noexcept { return !etag_.empty(); }
    INTHELOOP_DECL bool is_done() const;
    std::uint64_t size() const noexcept { return present_; }
    std::optional<std::uint64_t> total() const noexcept { return total_; }
    // The bytes that are present; at most `most` ranges of them.
    INTHELOOP_DECL file_part part(std::size_t most = 64) const;

private:
    struct stream_state {
        byte_range rest; // of its range
        std::uint64_t response_end = 0;
        std::size_t address = 0; // the number of the address that it asks
        bool gained = false;     // since the last head
        bool is_retired = false;
    };

    INTHELOOP_DECL range_step start_over();
    bool holds(stream_state const& one) const { return one.rest.size() != 0; }

    std::vector<stream_state> streams_;
    std::vector<byte_range> missing_; // and not asked for, in order
    std::uint64_t piece_;
    std::string etag_; // empty: the file is not identified yet
    std::string resource_;
    std::optional<std::uint64_t> total_;
    std::uint64_t present_ = 0;
    std::uint64_t most_ = 0;  // largest size when it started over
    unsigned changes_ = 0;    // of the file in a row, without more bytes than before
    std::size_t address_ = 0; // the number of the address
    bool has_worked_ = false; // the address
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/range_plan.ipp>
#endif

#endif
