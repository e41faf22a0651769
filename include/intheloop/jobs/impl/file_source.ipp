// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_FILE_SOURCE_IPP
#define INTHELOOP_JOBS_IMPL_FILE_SOURCE_IPP

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/jobs/file_source.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>

#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace intheloop {

namespace detail {

class file_source final : public byte_source {
public:
    file_source(boost::asio::any_io_executor executor, std::string path, file_descriptor file)
        : executor_(std::move(executor)), path_(std::move(path)), file_(std::move(file)) {
        struct ::stat is {};
        is_silent_pipe_ = ::fstat(file_.get(), &is) == 0 && S_ISFIFO(is.st_mode);
    }

    boost::asio::any_io_executor get_executor() const override { return executor_; }

    void async_read(std::string& into, read_handler handler) override {
        // The handler may be cancelled on another thread than the one that reads.
        auto const cancelled = std::make_shared<std::atomic<bool>>(false);
        on_cancel(boost::asio::get_associated_cancellation_slot(handler),
                  [cancelled] { *cancelled = true; });
        boost::asio::post(executor_,
                          [this, &into, cancelled, handler = std::move(handler)]() mutable {
                              auto failed = *cancelled ? refuse_cancelled(into) : read(into);
                              complete(std::move(handler), std::move(failed));
                          });
    }

private:
    static constexpr std::size_t block_size = std::size_t(64) * 1024;

    std::optional<error> read(std::string& into) {
        try {
            into.resize(block_size);
        } catch (std::bad_alloc const&) {
            return error(errc::out_of_memory, {});
        }
        auto const size = file_.read(into.data(), into.size());
        auto failed = size ? std::nullopt : std::optional(file_failure("read", path_));
        into.resize(size.value_or(0));
        if (size == 0u && is_silent_pipe_)
            return error(errc::file_failed, "nobody writes into the pipe " + path_);
        is_silent_pipe_ = false;
        return failed;
    }

    static std::optional<error> refuse_cancelled(std::string& into) {
        into.clear();
        return error(errc::cancelled, "a read from a file was cancelled");
    }

    void complete(read_handler handler, std::optional<error> failed) {
        auto const own = associated_executor_of(handler, executor_);
        boost::asio::dispatch(own,
                              [handler = std::move(handler), failed = std::move(failed)]() mutable {
                                  std::move(handler)(std::move(failed));
                              });
    }

    boost::asio::any_io_executor executor_;
    std::string path_;
    file_descriptor file_;
    bool is_silent_pipe_ = false; // no byte has come through it
};

} // namespace detail

INTHELOOP_DECL result<std::unique_ptr<byte_source>> open_file(boost::asio::any_io_executor executor,
                                                              file_path const& path) {
    detail::file_descriptor file = detail::open_without_waiting(path.native());
    if (!file)
        return detail::file_failure("open", path.native());
    return response<std::unique_ptr<byte_source>>(
        std::make_unique<detail::file_source>(std::move(executor), path.native(), std::move(file)));
}

} // namespace intheloop

#endif
