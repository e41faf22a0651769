// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "output.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace example {

namespace {

[[noreturn]] void fail(char const* doing, std::string const& name) {
    throw std::system_error(errno, std::generic_category(), std::string("can't ") + doing + name);
}

} // namespace

bool is_stream(std::filesystem::path const& path) {
    std::error_code failure;
    auto const kind = std::filesystem::status(path, failure).type();
    using std::filesystem::file_type;
    return path == "-" || kind == file_type::character || kind == file_type::fifo ||
           kind == file_type::socket;
}

output::output(std::filesystem::path path) : path_(std::move(path)) {
    if (path_ == "-")
        return;
    int flags = O_WRONLY | O_CLOEXEC;
    if (!is_stream(path_)) {
        part_ = path_.string() + ".rows.part";
        flags |= O_CREAT | O_TRUNC | O_NOFOLLOW;
    }
    std::string const& name = part_.empty() ? path_.native() : part_;
    descriptor_ = ::open(name.c_str(), flags, 0600);
    if (descriptor_ < 0)
        fail("open ", name);
}

output::~output() {
    if (!part_.empty())
        ::unlink(part_.c_str());
    if (descriptor_ != STDOUT_FILENO)
        ::close(descriptor_);
}

boost::asio::awaitable<void> output::write(std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t const written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR)
            fail("write ", part_.empty() ? path_.string() : part_);
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
        if (!bytes.empty()) { // a signal interrupted it: the event loop is to see that
            boost::asio::steady_timer moment(co_await boost::asio::this_coro::executor,
                                             std::chrono::milliseconds(1));
            co_await moment.async_wait(boost::asio::use_awaitable);
        }
    }
}

void output::commit() {
    if (part_.empty())
        return;
    if (::fsync(descriptor_) != 0)
        fail("flush ", part_);
    if (::rename(part_.c_str(), path_.c_str()) != 0)
        fail("rename ", part_);
    part_.clear();
}

} // namespace example
