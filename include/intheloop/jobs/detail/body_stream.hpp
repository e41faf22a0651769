// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_BODY_STREAM_HPP
#define INTHELOOP_JOBS_DETAIL_BODY_STREAM_HPP

#include <intheloop/client/detail/call.hpp>
#include <intheloop/jobs/detail/download_target.hpp>
#include <intheloop/net/byte_source.hpp>
#include <intheloop/net/detail/strand.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace intheloop::detail {

// Between the strand of the client, which writes, and the reader of a stream: a buffer of bounded
// size.
class body_pipe final : public download_target {
public:
    // Bytes at which the writer is held up. There are at most twice as many in all: these, and
    // those that the reader has taken.
    static constexpr std::size_t capacity = 256 * 1024;

    // Of the writer.
    std::optional<error> write(std::string_view bytes) override;
    std::optional<error> rewind() override;
    void start(std::function<void()> resume) override;
    bool is_full() override;

    // Of the reader: takes what is there, in exchange for the string's memory; if nothing is,
    // `wake` is called once when something comes, by the writer.
    bool take(std::string& into, std::function<void()> wake);
    // It reads no more: ends the writer.
    void close();

private:
    std::mutex mutex_;
    std::string bytes_;
    std::function<void()> resume_;
    std::function<void()> wake_;
    bool closed_ = false;
};

// The body of an answer that is read piece by piece: of a download, or of a call. All of it runs on
// a strand of its own.
class body_stream final : public std::enable_shared_from_this<body_stream> {
public:
    using ended_handler = boost::asio::any_completion_handler<void(std::optional<error>)>;
    // Begins what writes into the pipe, and ends it when the handler's slot says so.
    using starter = std::function<void(std::shared_ptr<client_core> const& core,
                                       std::shared_ptr<body_pipe> pipe, ended_handler handler)>;

    body_stream(std::shared_ptr<client_core> const& core, starter start);

    boost::asio::any_io_executor get_executor() const { return executor_; }
    void async_read(std::string& into, byte_source::read_handler handler);
    void close();

private:
    class reader {
    public:
        reader(std::string& to, byte_source::read_handler then)
            : into(&to), handler(std::move(then)) {}
        std::string* into;
        byte_source::read_handler handler;
    };

    void begin();
    void read(reader asking);
    bool answer(reader& asking);
    void serve();
    void on_ended(std::optional<error> failure);
    void cancel();

    boost::asio::any_io_executor const executor_;
    net::strand const runs_on_;
    std::weak_ptr<client_core> const core_;
    std::shared_ptr<body_pipe> const pipe_ = std::make_shared<body_pipe>();
    starter start_;
    boost::asio::cancellation_signal stop_;
    // Who waits. Its handler may own the source and so this stream; it is kept by what writes.
    std::weak_ptr<std::optional<reader>> waiting_;
    std::optional<error> failure_;
    bool begun_ = false;
    bool ended_ = false;
    bool cancelled_ = false;
};

class body_source final : public byte_source {
public:
    body_source(std::shared_ptr<client_core> const& core, body_stream::starter start)
        : stream_(std::make_shared<body_stream>(core, std::move(start))) {}
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
