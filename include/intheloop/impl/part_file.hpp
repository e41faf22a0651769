// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_IMPL_PART_FILE_HPP
#define INTHELOOP_IMPL_PART_FILE_HPP

#include <intheloop/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace intheloop::detail {

// A file that appears whole, under its final name, or not at all: written under a name of its own,
// "<path>.XXXXXX.part", and renamed once it is on the disk. Destroyed before that, it is removed.
// The name is new, so that no one else writes into it and no link leads elsewhere.
class part_file {
public:
    explicit part_file(std::filesystem::path path)
        : path_(std::move(path)), part_path_(path_.string() + ".XXXXXX.part") {}
    ~part_file() { discard(); }
    part_file(part_file const&) = delete;
    part_file& operator=(part_file const&) = delete;

    std::optional<error> open() {
        constexpr int suffix = 5;                                        // ".part"
        descriptor_ = ::mkostemps(part_path_.data(), suffix, O_CLOEXEC); // mode 0600
        return descriptor_ < 0 ? failed("open", part_path_) : std::nullopt;
    }
    std::optional<error> write(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR)
                return failed("write", part_path_);
            if (written > 0)
                bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        return std::nullopt;
    }
    // Makes it durable, and gives it its final name.
    std::optional<error> commit() {
        if (::fsync(descriptor_) != 0)
            return failed("flush", part_path_);
        if (::close(std::exchange(descriptor_, -1)) != 0)
            return failed_and_removed("close");
        if (::rename(part_path_.c_str(), path_.c_str()) != 0)
            return failed_and_removed("rename");
        // The new name is durable once its directory is. Some file systems can't, and say so.
        std::filesystem::path const directory =
            path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
        if (int const d = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); d >= 0) {
            ::fsync(d);
            ::close(d);
        }
        return std::nullopt;
    }
    void discard() {
        if (descriptor_ < 0)
            return;
        ::close(std::exchange(descriptor_, -1));
        ::unlink(part_path_.c_str());
    }

private:
    static std::optional<error> failed(char const* doing, std::filesystem::path const& path) {
        int const why = errno;
        return error(errc::file_failed, std::string("can't ") + doing + ' ' + path.string() + ": " +
                                            std::generic_category().message(why));
    }
    std::optional<error> failed_and_removed(char const* doing) {
        auto e = failed(doing, part_path_);
        ::unlink(part_path_.c_str());
        return e;
    }

    std::filesystem::path path_;
    std::string part_path_;
    int descriptor_ = -1;
};

} // namespace intheloop::detail

#endif
