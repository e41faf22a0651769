// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_BODY_STREAM_HPP
#define INTHELOOP_JOBS_DETAIL_BODY_STREAM_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/net/byte_source.hpp>

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

// The body of an answer that is read piece by piece, of a download or of a call: a buffer of
// bounded size between the strand of the client, which writes, and the reader. Any thread.
class body_stream : public byte_sink, public std::enable_shared_from_this<body_stream> {
public:
    // Bytes at which the writer is held up. There are at most twice as many in all: these, and
    // those that the reader has taken.
    static constexpr std::size_t capacity = 256 * 1024;

    // Of the writer.
    void start(std::function<void()> resume) noexcept override;
    std::optional<error> write(std::string_view bytes) override;
    bool is_full() noexcept override;

    // Of the reader, as byte_source says.
    boost::asio::any_io_executor get_executor() const { return executor_; }
    void async_read(std::string& into, byte_source::read_handler handler);
    // It reads no more: ends what writes.
    void close();

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

    // Begins what writes, and ends it when the handler's slot says so. Once, on the strand.
    virtual void fetch(std::shared_ptr<client_core> const& core, ended_handler handler) = 0;
    void begin_fetch(waiting_reader waiting);
    void on_ended(std::optional<error> failure);
    void serve();

    boost::asio::any_io_executor const executor_;
    boost::asio::any_io_executor const strand_; // of the client
    std::weak_ptr<client_core> const core_;
    boost::asio::cancellation_signal stop_; // of the strand

    std::mutex mutex_; // of what follows
    state state_ = state::idle;
    std::optional<error> failure_; // with which it ended
    std::string bytes_;
    std::function<void()> resume_;
    // Its handler may own the source and so this stream; it is kept by what writes. Handed over
    // under the mutex, but destroyed without: a handler that goes may close the stream.
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
