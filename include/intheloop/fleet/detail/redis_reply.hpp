// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_REPLY_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_REPLY_HPP

// The protocol of Redis (RESP2), read and written by hiredis. Its objects are ours, so that a peer
// can't make it take more memory than allowed.

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace intheloop::redis {

class reply {
public:
    enum class kind : unsigned char { nil, status, error, integer, text, array };

    reply() {}
    explicit reply(kind of) : type(of) {}

    kind type = kind::nil;
    std::int64_t number = 0;  // of an integer
    std::string text;         // of a text, a status or an error
    std::vector<reply> items; // of an array

    bool is(kind wanted) const noexcept { return type == wanted; }
    // Returns the first word of an error: "NOSCRIPT", "WRONGPASS"; "ERR" where it is no such word.
    INTHELOOP_DECL std::string error_code() const;
};

// Cuts the bytes of one connection into replies.
class reply_reader {
public:
    // `max_size` limits the bytes of a reply, and what its objects take.
    INTHELOOP_DECL explicit reply_reader(std::size_t max_size);
    INTHELOOP_DECL ~reply_reader();
    reply_reader(reply_reader const&) = delete;
    reply_reader& operator=(reply_reader const&) = delete;

    enum class progress : unsigned char {
        got_reply,
        needs_more,
        is_broken, // for ever: this is not the protocol, or a reply is too large
    };

    INTHELOOP_DECL void feed(std::string_view bytes);
    INTHELOOP_DECL progress next(reply& out);

    // Memory that the objects of the reply under way may still take. For the functions that make
    // them.
    std::size_t left() const noexcept { return left_; }
    bool take(std::size_t size) noexcept {
        if (size > left_)
            return false;
        left_ -= size;
        return true;
    }

private:
    std::size_t const max_size_;
    std::size_t left_;
    bool is_broken_ = false;
    redisReader* reader_;
};

// Appends a command with its arguments, which may hold any bytes. They are wiped from the memory
// that this function takes besides `out`.
INTHELOOP_DECL void append_command(std::string& out, std::vector<std::string_view> const& words);

} // namespace intheloop::redis

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis_reply.ipp>
#endif

#endif
