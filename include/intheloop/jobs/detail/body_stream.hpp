// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_BODY_STREAM_HPP
#define INTHELOOP_JOBS_DETAIL_BODY_STREAM_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/net/byte_source.hpp>
#include <intheloop/net/detail/strand_gate.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// The body of a response that is read piece by piece, from a download or a call: a bounded buffer
// between the client's strand, which writes, and the reader. Any thread.
class body_stream : public byte_sink, public std::enable_shared_from_this<body_stream> {
public:
    // The writer waits from this many bytes on. At most twice as many are in memory: these, and the
    // bytes that the reader has taken.
    static constexpr std::size_t capacity = 256 * 1024;

    // Called by the writer.
    INTHELOOP_DECL void start(std::function<void()> resume) noexcept override;
    INTHELOOP_DECL std::optional<error> write(std::string_view bytes) override;
    INTHELOOP_DECL bool is_full() noexcept override;

    // Called by the reader; see byte_source.
    boost::asio::any_io_executor get_executor() const { return executor_.get(); }
    void async_read(std::string& into, byte_source::read_handler handler);
    // Ends the transfer: the reader reads no more.
    void close() noexcept;

protected:
    using ended_handler = boost::asio::any_completion_handler<void(std::optional<error>)>;

    explicit body_stream(std::shared_ptr<client_core> const& core);

private:
    class reader {
    public:
        reader(std::string& to, byte_source::read_handler then)
            : into(&to), handler(std::move(then)) {}
        std::string* into;
        byte_source::read_handler handler;
    };
    using waiting_reader = std::shared_ptr<std::optional<reader>>;
    enum class state : unsigned char { idle, under_way, ended, closed };

    // Begins the transfer that writes; the handler's cancellation slot ends it. Called once, on the
    // strand.
    virtual void fetch(std::shared_ptr<client_core> const& core, ended_handler handler) = 0;
    void begin_fetch(waiting_reader const& waiting);
    void on_ended(std::optional<error> failure);
    void stop();
    void serve();
    void serve_or_note();

    // The reader may keep the stream for longer than their context lives.
    net::kept_executor const executor_;
    net::kept_executor const strand_; // of the client
    std::weak_ptr<client_core> const core_;
    std::shared_ptr<net::pending_count> const deliveries_;
    boost::asio::cancellation_signal stop_; // used on the strand only

    std::mutex mutex_; // guards the following members
    state state_ = state::idle;
    std::optional<error> failure_; // of the transfer
    bool is_reader_lost_ = false;  // for lack of memory: the end of the transfer tells so
    std::string bytes_;
    std::function<void()> resume_;
    // Its handler may own the source, and with it this stream; the transfer keeps it alive. Moved
    // with the mutex locked, but destroyed without: destroying a handler may close the stream.
    std::weak_ptr<std::optional<reader>> waiting_;
};

class body_source final : public byte_source {
public:
    explicit body_source(std::shared_ptr<body_stream> from) : stream_(std::move(from)) {}
    ~body_source() override { stream_->close(); }

    boost::asio::any_io_executor get_executor() const override { return stream_->get_executor(); }
    void async_read(std::string& into, read_handler handler) override {
        stream_->async_read(into, std::move(handler));
    }

private:
    std::shared_ptr<body_stream> stream_;
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/body_stream.ipp>
#endif

#endif
