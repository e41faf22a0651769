// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_JOURNAL_FILE_HPP
#define INTHELOOP_JOBS_DETAIL_JOURNAL_FILE_HPP

#include <intheloop/base/error.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace intheloop::detail {

// An open file, closed with this object.
class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int number) noexcept : number_(number) {}
    file_descriptor(file_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~file_descriptor() {
        if (is_open())
            ::close(number_);
    }

    int number() const noexcept { return number_; }
    bool is_open() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

// A file that grows by whole lines, each of them on the disk before append() returns, and that one
// program has open at a time. After an error there stands in it what stood there before, or that
// and the beginning of a line, which the next append() or the next program cuts off.
// Not thread-safe.
class journal_file {
public:
    // An absolute path keeps its meaning when the program changes its directory.
    explicit journal_file(std::filesystem::path path) : path_(std::move(path)) {}

    // Opens it, or creates it for its owner alone (mode 0600), and gives what stands in it.
    std::optional<error> open(std::string& content) {
        if (auto failure = open_locked())
            return failure;
        if (auto failure = read_all(content))
            return failure;
        size_ = content.size();
        // What a program wrote that was killed before it could wait for the disk.
        if (::fdatasync(file_.number()) != 0)
            return failed("flush", path_);
        return sync_name();
    }

    // Keeps so many of the bytes that open() gave.
    std::optional<error> keep(std::size_t bytes) {
        is_torn_ = bytes != size_;
        size_ = bytes;
        return cut_off();
    }

    // Adds a line, which brings its newline along.
    std::optional<error> append(std::string_view line) {
        if (auto failure = make_ready())
            return failure;
        is_torn_ = true;
        auto failure = write_all(file_, path_, line);
        if (!failure && ::fdatasync(file_.number()) != 0)
            failure = failed("flush", path_);
        if (failure) {
            cut_off(); // or before the next line
            return failure;
        }
        size_ += line.size();
        is_torn_ = false;
        return std::nullopt;
    }

    // Puts another content in the place of the whole, in one step. A crash can bring the old one
    // back until sync_name() has returned; append() waits for that too.
    std::optional<error> replace(std::string_view content) {
        if (auto failure = make_ready())
            return failure;
        std::filesystem::path const part = path_.string() + ".compacting";
        ::unlink(part.c_str()); // of a program that was killed here
        file_descriptor written(::open(part.c_str(), how_to_open | O_EXCL, owner_only));
        if (!written.is_open())
            return failed("create", part);
        if (auto failure = make_durable(written, part, content)) {
            ::unlink(part.c_str());
            return failure;
        }
        file_ = std::move(written);
        size_ = content.size();
        name_is_durable_ = false;
        return std::nullopt;
    }

    // A name is on the disk once its directory is.
    std::optional<error> sync_name() {
        if (name_is_durable_)
            return std::nullopt;
        std::filesystem::path const parent = path_.parent_path();
        file_descriptor const directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!directory.is_open())
            return failed("open", parent);
        bool const done = ::fsync(directory.number()) == 0;
        if (!done && errno != EINVAL) // which says that this file system has no such thing
            return failed("flush", parent);
        name_is_durable_ = true;
        return std::nullopt;
    }

private:
    static constexpr int how_to_open =
        O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    static constexpr mode_t owner_only = 0600;

    std::optional<error> open_locked() {
        do {
            file_ = file_descriptor(::open(path_.c_str(), how_to_open, owner_only));
            if (!file_.is_open() && errno == ELOOP)
                return error(errc::file_failed, path_.string() + " is a symbolic link");
            if (!file_.is_open())
                return failed("open", path_);
            struct stat is {};
            if (::fstat(file_.number(), &is) != 0)
                return failed("look at", path_);
            if (!S_ISREG(is.st_mode))
                return error(errc::file_failed, path_.string() + " is not a regular file");
            if (auto failure = lock(file_))
                return failure;
            // If not, another program replaced it between the two.
        } while (!has_its_name());
        return std::nullopt;
    }

    std::optional<error> lock(file_descriptor const& file) const {
        if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
            return std::nullopt;
        if (errno == EWOULDBLOCK)
            return error(errc::file_failed, path_.string() + " is in use by another program");
        return failed("lock", path_);
    }

    // Whether the file that is open is still the one that stands under the path.
    bool has_its_name() const {
        struct stat opened {};
        struct stat named {};
        return ::fstat(file_.number(), &opened) == 0 && ::lstat(path_.c_str(), &named) == 0 &&
               opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
    }

    std::optional<error> read_all(std::string& content) const {
        content.clear();
        for (;;) {
            char block[16 * 1024];
            auto const size = ::read(file_.number(), block, sizeof block);
            if (size == 0)
                return std::nullopt;
            if (size > 0)
                content.append(block, static_cast<std::size_t>(size));
            else if (errno != EINTR)
                return failed("read", path_);
        }
    }

    static std::optional<error> write_all(file_descriptor const& file,
                                          std::filesystem::path const& path,
                                          std::string_view bytes) {
        while (!bytes.empty()) {
            auto const written = ::write(file.number(), bytes.data(), bytes.size());
            if (written > 0)
                bytes.remove_prefix(static_cast<std::size_t>(written));
            else if (written < 0 && errno != EINTR)
                return failed("write", path);
        }
        return std::nullopt;
    }

    // Before anything is written: a file that was removed would take the lines along.
    std::optional<error> make_ready() {
        if (!has_its_name())
            return error(errc::file_failed,
                         path_.string() + " was removed or replaced while it was in use");
        if (auto failure = cut_off())
            return failure;
        return sync_name();
    }

    std::optional<error> cut_off() {
        if (!is_torn_)
            return std::nullopt;
        if (::ftruncate(file_.number(), static_cast<off_t>(size_)) != 0)
            return failed("cut", path_);
        is_torn_ = false;
        return std::nullopt;
    }

    // The new file under the old name, locked before anyone can find it there.
    std::optional<error> make_durable(file_descriptor const& file,
                                      std::filesystem::path const& part,
                                      std::string_view content) const {
        if (auto failure = lock(file))
            return failure;
        if (auto failure = write_all(file, part, content))
            return failure;
        if (::fsync(file.number()) != 0)
            return failed("flush", part);
        if (::rename(part.c_str(), path_.c_str()) != 0)
            return failed("rename", part);
        return std::nullopt;
    }

    static std::optional<error> failed(char const* doing, std::filesystem::path const& path) {
        int const why = errno;
        return error(errc::file_failed, std::string("can't ") + doing + ' ' + path.string() + ": " +
                                            std::generic_category().message(why));
    }

    std::filesystem::path path_;
    file_descriptor file_;
    std::size_t size_ = 0;         // of the lines that count
    bool is_torn_ = false;         // something else may stand behind them
    bool name_is_durable_ = false; // on the disk
};

} // namespace intheloop::detail

#endif
