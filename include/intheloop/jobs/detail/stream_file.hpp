// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_STREAM_FILE_HPP
#define INTHELOOP_JOBS_DETAIL_STREAM_FILE_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/client/detail/client_core.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::detail {

// A pipe or a character device into which a download is written. It can't take a byte back, so a
// file that changes ends the download, and there is no part to go on with. A slow reader makes the
// server wait, and blocks no thread. Any thread.
class stream_file final : public byte_sink,
                          public close_listener,
                          public std::enable_shared_from_this<stream_file> {
public:
    using handler = boost::asio::any_completion_handler<void(std::optional<error>)>;

    stream_file(boost::asio::any_io_executor executor, std::string path)
        : executor_(std::move(executor)), path_(std::move(path)) {}

    // Called before anything is sent: a pipe that nobody reads is an error then.
    std::optional<error> open();

    INTHELOOP_DECL void start(std::function<void()> resume) noexcept override;
    INTHELOOP_DECL std::optional<error> write(std::string_view bytes) override;
    INTHELOOP_DECL bool is_full() noexcept override;
    INTHELOOP_DECL std::optional<error> commit() override;
    INTHELOOP_DECL void abandon() noexcept override;

    // Waits until all bytes are in the pipe, so that commit() can close it; limited in time, on the
    // client's clock, and cancelled by any type.
    void async_drain(std::shared_ptr<time_source> const& time, std::chrono::milliseconds limit,
                     handler then);
    // Ends that wait, also one that has yet to begin.
    INTHELOOP_DECL void on_client_closed() override;

private:
    using waiting = std::shared_ptr<std::optional<handler>>;

    // These need the mutex locked.
    bool write_now();
    void wait_for_reader();
    void fail_to_wait(boost::system::error_code why);

    void on_writable(boost::system::error_code failure);
    void end_drain(std::optional<error> outcome);

    boost::asio::any_io_executor const executor_;
    std::string const path_;

    std::mutex mutex_; // guards the following members
    file_descriptor file_;
    std::string pending_; // the pipe was full
    std::optional<error> failure_;
    std::function<void()> resume_;
    std::optional<boost::asio::posix::stream_descriptor> writable_;
    std::optional<boost::asio::steady_timer> limit_;
    pending_wait elsewhere_; // the limit on another clock
    bool is_client_closed_ = false;
    // The wait of the timer keeps the handler, which may own this object.
    std::weak_ptr<std::optional<handler>> draining_;
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/stream_file.ipp>
#endif

#endif
