// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_REQUEST_BODY_WRITER_HPP
#define INTHELOOP_NET_DETAIL_REQUEST_BODY_WRITER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/net/byte_source.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/strand.hpp>

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

// Gives the body of a request piece by piece, once, as it comes from a source: as it is where its
// size was said before, else in chunks (RFC 9112). Reads nothing before the first piece is asked
// for.
class request_body_writer : public std::enable_shared_from_this<request_body_writer> {
public:
    INTHELOOP_DECL request_body_writer(std::shared_ptr<byte_source> from,
                                       std::optional<std::uint64_t> size);

    // Whether this is the first call that wants it.
    bool claim() noexcept { return !is_claimed_.exchange(true); }
    // Before all else: called when a piece is there that was not before, on any thread.
    void start(std::function<void()> ready) { ready_ = std::move(ready); }

    // So many bytes are kept for a recorder, from the beginning.
    void keep(std::size_t limit) { keep_ = limit; }
    std::string_view kept() const noexcept { return kept_; }
    std::uint64_t taken() const noexcept { return taken_; }

    // Of the strand of the client.
    //
    // What goes out next, with its framing; false if it is not there yet.
    INTHELOOP_DECL bool take(std::string& into);
    // The last piece was taken.
    bool is_over() const noexcept { return is_over_; }
    // Something was taken, or asked for: it can't be given again.
    bool has_begun() const noexcept { return has_begun_; }
    // Why nothing more comes.
    INTHELOOP_DECL std::optional<error> take_failure();
    // Nobody takes any more. Ends a read that is under way.
    INTHELOOP_DECL void stop();

private:
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

    // Between the strand of the client and that of the source.
    std::mutex mutex_;
    std::string piece_; // the source's while it reads
    bool reads_ = false;
    bool has_piece_ = false;
    bool stopped_ = false;
    std::optional<error> failure_;
    std::function<void()> ready_;
    boost::asio::strand<boost::asio::any_io_executor> const source_runs_on_;
    boost::asio::cancellation_signal end_read_; // of that strand
};

} // namespace intheloop::net

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/request_body_writer.ipp>
#endif

#endif
