// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_DOWNLOAD_PLAN_HPP
#define INTHELOOP_POLICY_DETAIL_DOWNLOAD_PLAN_HPP

// Fetches a file with as many requests as necessary (RFC 9110, ranges): a state machine without
// I/O.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// Bytes of a file, from `begin` up to `end`, which is none of them.
struct byte_range {
    std::uint64_t begin = 0, end = 0;

    std::uint64_t size() const noexcept { return end - begin; }
    friend bool operator==(byte_range const&, byte_range const&) = default;
};

// The part of a file that is present, and the identity of the file.
class file_part {
public:
    file_part() {}

    std::uint64_t size = 0;
    std::optional<std::uint64_t> total; // size of the whole file, if the server gave it
    std::string etag;                   // strong ETag; empty if none
    std::string resource; // URL without its query: an ETag is valid for one resource only
    // The bytes that are present, in order, if they came in several streams. `size` counts them.
    std::vector<byte_range> ranges;
};

// The fields of a response head that matter here. Views of the caller's data.
struct file_response {
    unsigned status = 0;
    std::optional<std::uint64_t> length = std::nullopt; // of the body
    std::string_view etag = {};
    std::string_view content_range = {};
    std::string_view content_type = {};
    std::string_view body = {}; // of a refusal
};

// How to use the bytes that follow a response head.
enum class body_use : unsigned char {
    append,   // append the bytes that on_bytes() returns
    rewind,   // the file has changed: discard all bytes, then append
    unusable, // the bytes don't fit: disconnect, and request the whole file
};

// How to go on after a request has ended.
enum class download_step : unsigned char {
    done,
    again,         // request the rest at once
    fresh_address, // the address may have expired
    failed,
};

// Requests a file, and after each interruption its missing part: with If-Range, so that parts of
// two files are never joined. The strong ETag identifies the file; without one a download starts
// over. A 416 without an ETag does not say whose end it is: then the last byte is asked for again.
class download_plan {
public:
    download_plan() {}
    INTHELOOP_DECL explicit download_plan(file_part known);

    file_part const& part() const noexcept { return part_; }

    // Sets the resource that is requested from now on.
    INTHELOOP_DECL void set_resource(std::string resource);
    // Returns "Range: ..." and "If-Range: ..." lines, or nothing.
    INTHELOOP_DECL std::string range_lines() const;

    // Called with the head of a response with status 200 or 206 to a request with range_lines().
    INTHELOOP_DECL body_use on_head(file_response const& head);
    // Returns the new bytes among those that follow the head.
    INTHELOOP_DECL std::string_view on_bytes(std::string_view bytes);
    // Returns whether the part has become larger than ever since the last head.
    bool gained() const noexcept { return gained_; }

    // Called when a request has ended with a complete response.
    INTHELOOP_DECL download_step on_response(file_response const& response);
    // The refused address could not be replaced yet: it may be refused once more.
    void keep_address() { refusals_ = 0; }
    // Makes the next request ask for the whole file.
    void forget_entity() { part_.etag.clear(); }
    // Returns whether more bytes came than the file has, or than the response said.
    bool has_too_much() const {
        return part_.size > part_.total.value_or(part_.size) ||
               part_.size > range_end_.value_or(part_.size);
    }

private:
    file_part part_;
    std::uint64_t to_skip_ = 0; // bytes of the response that are present already
    bool confirms_ = false;     // the next request asks for the last byte again
    bool gained_ = false;
    std::uint64_t most_ = 0;                 // largest size so far
    std::optional<std::uint64_t> range_end_; // of the bytes of the last head, if it was a 206
    unsigned refusals_ = 0;                  // of addresses, in a row: two in a row are final
};

// Only a strong ETag means that two responses are equal byte by byte.
INTHELOOP_DECL bool is_strong_etag(std::string_view etag);

// Returns whether a refusal may mean that a signed address has expired, so that a fresh one is
// worth a try: 401, 403, 404 and 410, and a 400 that says so. The services differ (documented by
// S3, Google, Azure, CloudFront and Backblaze): 400 ExpiredToken, 403 AccessDenied "Request has
// expired", 403 AuthenticationFailed "Signature not valid in the specified time frame", 401
// expired_auth_token; a CDN that hides what it refuses says 404 or 410.
INTHELOOP_DECL bool may_have_expired(unsigned status, std::string_view body);

// "bytes 5-9/10" or "bytes 5-9/*" of a 206, "bytes */10" of a 416; nothing for other texts.
struct content_range {
    std::optional<std::uint64_t> first, last, total;
};
INTHELOOP_DECL std::optional<content_range> parse_content_range(std::string_view text);

// Returns when a signed address expires, from its parameter `Expires`, if present.
INTHELOOP_DECL std::optional<std::chrono::sys_seconds> expiry_of_address(std::string_view url);

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/download_plan.ipp>
#endif

#endif
