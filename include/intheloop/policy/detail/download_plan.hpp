// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_DOWNLOAD_PLAN_HPP
#define INTHELOOP_POLICY_DETAIL_DOWNLOAD_PLAN_HPP

// How a file is fetched with as many requests as it takes (RFC 9110, ranges): a pure machine.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::policy {

// What is there of a file, and of which file it is a part.
class file_part {
public:
    file_part() {}

    std::uint64_t size = 0;
    std::optional<std::uint64_t> total; // of the whole file, if the server said it
    std::string etag;                   // a strong one, else empty
    std::string resource;               // of which URL it is, without its query: an ETag is its own
};

// The head of an answer, as far as it matters here. Views of what the caller keeps.
struct file_answer {
    unsigned status = 0;
    std::optional<std::uint64_t> length = std::nullopt; // of the body
    std::string_view etag = {};
    std::string_view content_range = {};
};

// What to do with the bytes that follow the head of an answer.
enum class body_use : unsigned char {
    append,   // take what on_bytes() lets through
    rewind,   // the same, after all that was there is forgotten: the file is another one
    unusable, // they belong nowhere: hang up, and ask again for the whole
};

// What to do when a request has ended.
enum class download_step : unsigned char {
    done,
    again,         // ask for the rest, at once
    fresh_address, // the address has expired
    failed,
};

// Asks for a file, and after each break for what is missing of it: with If-Range, so that parts of
// two files are never put together. The strong ETag says whether it is the same one; without it
// a download begins anew.
class download_plan {
public:
    download_plan() {}
    INTHELOOP_DECL explicit download_plan(file_part known);

    file_part const& part() const noexcept { return part_; }

    // Which file is asked for from now on.
    INTHELOOP_DECL void set_resource(std::string resource);
    // "Range: ..." and "If-Range: ..." lines, or nothing.
    INTHELOOP_DECL std::string range_lines() const;

    // The head of an answer with status 200 or 206 to a request with those lines.
    INTHELOOP_DECL body_use on_head(file_answer const& head);
    // Of bytes that follow it those that were not there yet.
    INTHELOOP_DECL std::string_view on_bytes(std::string_view bytes);
    // Whether there is more of the file since the last head than there ever was.
    bool gained() const noexcept { return gained_; }

    // A request that ended with a whole answer.
    INTHELOOP_DECL download_step on_answer(file_answer const& answer);
    // Asks for the whole next time.
    void forget_entity() { part_.etag.clear(); }
    // Whether more came than there can be.
    bool has_too_much() const { return part_.total && part_.size > *part_.total; }

private:
    file_part part_;
    std::uint64_t to_skip_ = 0; // of the answer's bytes, since they are there
    bool gained_ = false;
    std::uint64_t most_ = 0;                 // that ever was there
    std::optional<std::uint64_t> range_end_; // of a 206
    unsigned refusals_ = 0;                  // of addresses, in a row: of a fresh one it is meant
};

// Only a strong ETag says that two answers are equal byte by byte.
INTHELOOP_DECL bool is_strong_etag(std::string_view etag);

// "bytes 5-9/10" or "bytes 5-9/*" of a 206, "bytes */10" of a 416; nothing if it is neither.
struct content_range {
    std::optional<std::uint64_t> first, last, total;
};
INTHELOOP_DECL std::optional<content_range> parse_content_range(std::string_view text);

// When a signed address expires, by its parameter `Expires`, if it says so.
INTHELOOP_DECL std::optional<std::chrono::sys_seconds> expiry_of_address(std::string_view url);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/download_plan.ipp>
#endif

#endif
