// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_DOWNLOAD_TARGET_HPP
#define INTHELOOP_JOBS_DETAIL_DOWNLOAD_TARGET_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/policy/detail/download_plan.hpp>

#include <functional>
#include <optional>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// Where the bytes of a download go. What a function returns, if anything, ends the download.
class download_target {
public:
    virtual ~download_target() = default;

    // Before anything is sent; gives what is there from an earlier download.
    virtual std::optional<error> prepare(policy::file_part&) { return std::nullopt; }
    // Bytes follow that begin with this part, of which as much as its size says is there.
    virtual std::optional<error> begin(policy::file_part const&) { return std::nullopt; }
    // The bytes lie in the buffer of the connection, where TLS put them. A file gets them from
    // there by write(2): this is the only copy in user space, however large the download is.
    virtual std::optional<error> write(std::string_view bytes) = 0;
    // Forgets what was written: the file is another one.
    virtual std::optional<error> rewind() = 0;
    // All of it is there.
    virtual std::optional<error> commit() { return std::nullopt; }
    // It failed, or was given up.
    virtual void abandon() {}

    // As of net::body_sink.
    virtual void start(std::function<void()> /*resume*/) {}
    virtual bool is_full() { return false; }
};

} // namespace intheloop::detail

#endif
