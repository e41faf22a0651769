// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_REQUEST_BODY_WRITER_HPP
#define INTHELOOP_NET_DETAIL_REQUEST_BODY_WRITER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/net/byte_source.hpp>
#include <intheloop/net/detail/strand_executor.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::net {

// Provides the body of a request piece by piece, once, from a source: unchanged if its size was
// given, in chunks (RFC 9112) if not. Reads nothing before the first piece is requested.
class request_body_writer : public std::enable_shared_from_this<request_body_writer> {
public:
    static constexpr char const* thrown_by_source = "the source of the body threw an exception";

    // Throws what get_executor() of the source throws.
    INTHELOOP_DECL request_body_writer(std::shared_ptr<byte_source> from,
                                       std::optional<std::uint64_t> size);

    // Claims the source; returns false if another call has claimed it.
    bool claim() noexcept { return !is_claimed_.exchange(true); }
    // Sets the function to call, on any thread, when a missing piece has become available. Call it
    // before all else.
    void start(std::function<void()> ready) { ready_ = std::move(ready); }

    // Keeps this many bytes from the beginning for a recorder.
    void keep(std::size_t limit) { keep_ = limit; }
    std::string_view kept() const noexcept { return kept_; }
    std::uint64_t taken() const noexcept { return taken_; }

    // Called on the client's strand.
    //
    // Takes the next bytes to send, with their framing; returns false if there are none yet. Throws
    // if the source can't be asked for lack of memory.
    INTHELOOP_DECL bool take(std::string& into);
    // Returns whether the last piece was taken.
    bool is_over() const noexcept { return is_over_; }
    // Returns whether a piece was taken or requested: the body can't be sent again.
    bool has_begun() const noexcept { return has_begun_; }
    // Takes the error that ended the body, if any.
    INTHELOOP_DECL std::optional<error> take_failure();
    // Ends a read under way; no piece will be taken any more.
    INTHELOOP_DECL void stop() noexcept;

private:
    void begin_read();
    void read();
    void on_read(std::optional<error> failure);
    void end_read();
    std::optional<error> frame(std::string& into);

    std::shared_ptr<byte_source> const source_;
    std::optional<std::uint64_t> const size_;
    std::atomic<bool> is_claimed_{false};
    bool has_begun_ = false;
    bool is_over_ = false;
    std::uint64_t taken_ = 0;
    std::size_t keep_ = 0;
    std::string kept_;
    std::optional<error> refused_;

    // Shared by the client's strand and the source's strand.
    std::mutex mutex_;
    std::string piece_; // owned by the source while it reads
    bool reads_ = false;
    bool has_piece_ = false;
    bool stopped_ = false;
    std::optional<error> failure_;
    std::function<void()> ready_;
    strand const source_runs_on_;
    boost::asio::cancellation_signal end_read_; // used on the source's strand only
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/request_body_writer.ipp>
#endif

#endif
