// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "output.hpp"

#include "../shared/standard_streams.hpp"

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/base/detail/whole_number.hpp>

#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstddef>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace tools {

namespace {

[[noreturn]] void fail(char const* doing, std::string const& name) {
    throw std::system_error(errno, std::generic_category(),
                            std::string("can't ") + doing +
                                (name == "-" ? "the standard output" : name));
}

} // namespace

std::optional<int> descriptor_named(std::filesystem::path path) {
    namespace fs = std::filesystem;
    std::error_code failure;
    fs::path const all = fs::canonical("/proc/self/fd", failure);
    for (int links = 0; !failure && links != 40; ++links) {
        if (fs::canonical(path.parent_path() / ".", failure) == all && !failure) {
            auto const number = intheloop::detail::whole_number<int>(path.filename().native());
            return number && *number >= 0 ? number : std::nullopt;
        }
        if (!failure)
            path = path.parent_path() / fs::read_symlink(path, failure);
    }
    return std::nullopt;
}

bool is_stream(std::filesystem::path const& path) {
    std::error_code failure;
    auto const kind = std::filesystem::status(path, failure).type();
    using std::filesystem::file_type;
    return path == "-" || descriptor_named(path) || kind == file_type::character ||
           kind == file_type::fifo || kind == file_type::socket;
}

output::output(std::filesystem::path path)
    : path_(std::move(path)),
      descriptor_(path_ == "-" ? STDOUT_FILENO : descriptor_named(path_).value_or(-1)) {
    // A terminal is writable with room for one byte. It is opened anew, as a non-blocking one.
    if (::isatty(descriptor_) == 1) {
        std::string const same = "/proc/self/fd/" + std::to_string(descriptor_);
        int const own = ::open(same.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        descriptor_ = own < 0 ? descriptor_ : own;
    }
}

// A pipe is opened without waiting for its reader, which nothing could end.
bool output::open() {
    if (descriptor_ >= 0)
        return true;
    int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY;
    if (is_stream(path_)) {
        descriptor_ = ::open(path_.c_str(), flags | O_NONBLOCK);
        if (descriptor_ < 0 && (errno != ENXIO || !std::filesystem::is_fifo(path_)))
            fail("open ", path_);
        return descriptor_ >= 0;
    }
    part_ = intheloop::detail::beside(path_.string(), ".rows.part");
    ::unlink(part_.c_str()); // of a run that was killed
    descriptor_ = ::open(part_.c_str(), flags | O_CREAT | O_EXCL, 0600);
    if (descriptor_ < 0)
        fail("open ", std::exchange(part_, {}));
    return true;
}

output::~output() {
    if (!part_.empty())
        ::unlink(part_.c_str());
    if (descriptor_ >= 0 && descriptor_ != STDOUT_FILENO)
        ::close(descriptor_);
}

// A write into a full pipe would block the program, and a signal with it. One of PIPE_BUF bytes
// does not where the pipe is said to be writable, though it is a blocking one: to change that would
// change it for all who have it open.
boost::asio::awaitable<void> output::write(std::string_view bytes) {
    if (part_.empty() && std::exchange(is_new_, false))
        look_for_room(co_await boost::asio::this_coro::executor);
    while (!bytes.empty()) {
        if (room_)
            co_await room_->async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                       boost::asio::use_awaitable);
        std::size_t const most = room_ ? PIPE_BUF : bytes.size();
        ssize_t const written = ::write(descriptor_, bytes.data(), std::min(bytes.size(), most));
        if (written < 0 && errno != EINTR && errno != EAGAIN)
            fail("write ", part_.empty() ? path_.string() : part_);
        bytes.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

// Asio makes a descriptor non-blocking before it waits for it. It gets one of an epoll that holds
// the stream, which stays as it is. An epoll refuses a regular file and /dev/null, which always
// take bytes.
void output::look_for_room(boost::asio::any_io_executor const& executor) {
    int const room = ::epoll_create1(EPOLL_CLOEXEC);
    if (room < 0)
        fail("wait for ", path_);
    room_.emplace(executor, room);
    epoll_event writable{};
    writable.events = EPOLLOUT;
    if (::epoll_ctl(room, EPOLL_CTL_ADD, descriptor_, &writable) == 0)
        return;
    if (errno != EPERM)
        fail("wait for ", path_);
    room_.reset();
}

bool output::is_terminal() const {
    return ::isatty(descriptor_) == 1;
}

void output::commit() {
    if (part_.empty() && !is_flushed(descriptor_))
        fail("write ", path_.string());
    if (part_.empty())
        return;
    if (::fsync(descriptor_) != 0)
        fail("flush ", part_);
    if (::rename(part_.c_str(), path_.c_str()) != 0)
        fail("rename ", part_);
    part_.clear();
    intheloop::detail::flush_directory_of(path_.string()); // it has its name even if this fails
}

} // namespace tools
