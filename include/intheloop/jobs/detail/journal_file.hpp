// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_JOURNAL_FILE_HPP
#define INTHELOOP_JOBS_DETAIL_JOURNAL_FILE_HPP

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/base/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// A file that grows by whole lines, each on the disk before append() returns. Only one program can
// have it open at a time. After an error its content is unchanged, except perhaps for the beginning
// of a line at its end, which the next append() or the next program cuts off. Not thread-safe.
class journal_file {
public:
    // Use an absolute path: it stays valid when the program changes its directory.
    explicit journal_file(std::string path) : path_(std::move(path)) {}

    // Opens the file, or creates it for its owner only (mode 0600), and reads its content.
    std::optional<error> open(std::string& content) {
        if (auto failure = open_locked())
            return failure;
        if (!file_.read_all(content))
            return file_failure("read", path_);
        size_ = content.size();
        // A program may have been killed between its write and its flush.
        if (::fdatasync(file_.get()) != 0)
            return file_failure("flush", path_);
        return sync_name();
    }

    // Keeps this many of the bytes that open() read.
    std::optional<error> keep(std::size_t bytes) {
        is_torn_ = bytes != size_;
        size_ = bytes;
        return cut_off();
    }

    // Appends a line, which must end in a newline.
    std::optional<error> append(std::string_view line) {
        if (auto failure = make_ready())
            return failure;
        is_torn_ = true;
        std::optional<error> failure;
        if (!file_.write(line))
            failure = file_failure("write", path_);
        else if (::fdatasync(file_.get()) != 0)
            failure = file_failure("flush", path_);
        if (failure) {
            cut_off(); // if it fails, the next append() repeats it
            return failure;
        }
        size_ += line.size();
        is_torn_ = false;
        return std::nullopt;
    }

    // Replaces the whole content in one step. A crash can bring the old content back until
    // sync_name() has returned; append() calls it too.
    std::optional<error> replace(std::string_view content) {
        if (auto failure = make_ready())
            return failure;
        std::string const part = beside(path_, ".compacting");
        ::unlink(part.c_str()); // left by a program that was killed here
        file_descriptor written(::open(part.c_str(), open_flags | O_EXCL, owner_only));
        if (!written)
            return file_failure("create", part);
        if (auto failure = make_durable(written, part, content)) {
            ::unlink(part.c_str());
            return failure;
        }
        file_ = std::move(written);
        size_ = content.size();
        name_is_durable_ = false;
        return std::nullopt;
    }

    // Flushes the directory, and with it the name of the file.
    std::optional<error> sync_name() {
        if (name_is_durable_)
            return std::nullopt;
        if (auto failure = flush_directory_of(path_))
            return failure;
        name_is_durable_ = true;
        return std::nullopt;
    }

private:
    static constexpr int open_flags =
        O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    static constexpr mode_t owner_only = 0600;

    std::optional<error> open_locked() {
        do {
            file_ = file_descriptor(::open(path_.c_str(), open_flags, owner_only));
            if (!file_ && errno == ELOOP)
                return error(errc::file_failed, path_ + " is a symbolic link");
            if (!file_)
                return file_failure("open", path_);
            struct stat is {};
            if (::fstat(file_.get(), &is) != 0)
                return file_failure("look at", path_);
            if (!S_ISREG(is.st_mode))
                return error(errc::file_failed, path_ + " is not a regular file");
            if (!file_.is_of_user_alone(path_))
                return error(errc::file_failed, path_ + " is no file of this user alone");
            if (auto failure = lock(file_))
                return failure;
            // Another program may have replaced the file between opening and locking.
        } while (!file_.has_name(path_));
        return file_.make_private() ? std::nullopt : std::optional(file_failure("protect", path_));
    }

    std::optional<error> lock(file_descriptor const& file) const {
        if (file.try_lock())
            return std::nullopt;
        if (errno == EWOULDBLOCK)
            return error(errc::file_failed, path_ + " is in use by another program");
        return file_failure("lock", path_);
    }

    // Called before each write: lines in a removed file would be lost.
    std::optional<error> make_ready() {
        if (!file_.has_name(path_))
            return error(errc::file_failed, path_ + " was removed or replaced while it was in use");
        if (auto failure = cut_off())
            return failure;
        return sync_name();
    }

    std::optional<error> cut_off() {
        if (!is_torn_)
            return std::nullopt;
        if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
            return file_failure("cut", path_);
        is_torn_ = false;
        return std::nullopt;
    }

    // Locks the new file before it gets the old name, where another program can find it.
    std::optional<error> make_durable(file_descriptor const& file, std::string const& part,
                                      std::string_view content) const {
        if (auto failure = lock(file))
            return failure;
        if (!file.make_private())
            return file_failure("protect", part);
        if (!file.write(content))
            return file_failure("write", part);
        if (::fsync(file.get()) != 0)
            return file_failure("flush", part);
        if (::rename(part.c_str(), path_.c_str()) != 0)
            return file_failure("rename", part);
        return std::nullopt;
    }

    std::string path_;
    file_descriptor file_;
    std::size_t size_ = 0;         // of the complete lines
    bool is_torn_ = false;         // other bytes may follow them
    bool name_is_durable_ = false; // the directory is flushed
};

} // namespace intheloop::detail

#endif
