// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_DETAIL_FILE_DESCRIPTOR_HPP
#define INTHELOOP_BASE_DETAIL_FILE_DESCRIPTOR_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// "can't open report.json.part: No such file or directory", from errno.
INTHELOOP_DECL error file_failure(char const* doing, std::string const& path);

// An open file, closed with this object, or none. Why a function failed stands in errno.
class file_descriptor {
public:
    file_descriptor() = default;
    explicit file_descriptor(int number) noexcept : number_(number) {}
    file_descriptor(file_descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    INTHELOOP_DECL ~file_descriptor();

    explicit operator bool() const noexcept { return number_ >= 0; }
    int get() const noexcept { return number_; }

    // How many bytes came, 0 at the end; nothing if that failed.
    INTHELOOP_DECL std::optional<std::size_t> read(char* into, std::size_t most) const;
    // All that follows.
    INTHELOOP_DECL bool read_all(std::string& content) const;
    // All of the bytes. At a limit on the size of files (RLIMIT_FSIZE) that fails with EFBIG, and
    // the program gets no SIGXFSZ.
    INTHELOOP_DECL bool write(std::string_view bytes) const;
    // The same, from this byte of the file on.
    INTHELOOP_DECL bool write_at(std::uint64_t offset, std::string_view bytes) const;
    // For this one alone; errno is EWOULDBLOCK where another has it.
    INTHELOOP_DECL bool try_lock() const;
    // Tells whether it is this file, not a link to it or another one, that stands under a name.
    INTHELOOP_DECL bool has_name(std::string const& path) const;
    // Tells whether it is a regular file that belongs to this user (see is_own()), under this name
    // only: nobody else has put it there.
    INTHELOOP_DECL bool is_of_user_alone(std::string const& path) const;
    // Lets its owner alone read and write it (mode 0600), whatever the umask left of that. Leaves
    // that to the file system where it knows no modes at all, or gives files an owner of its own.
    // Fails where it refuses this mode to their owner, as FAT does.
    INTHELOOP_DECL bool make_private() const;
    INTHELOOP_DECL bool close();

private:
    int number_ = -1;
};

// Opens a file to read it. Does not wait for somebody who writes into a pipe, as reading does: the
// pipe is at its end while nobody has it open for writing.
INTHELOOP_DECL file_descriptor open_without_waiting(std::string const& path);

// Tells whether a file that stands under a path belongs to this user. A file system may give all
// files another owner (a share of SMB, or of NFS that squashes root): then it is that one.
INTHELOOP_DECL bool is_own(unsigned owner, std::string const& path);

// Tells whether a path ends with a name, not with a slash, and holds no NUL, where the system would
// cut it off.
INTHELOOP_DECL bool names_a_file(std::string const& path);
// Returns the path from the root on; empty if the program's directory has none.
INTHELOOP_DECL std::string absolute_path(std::string const& path);
// Returns the directory in which a path stands: "." for a bare name.
INTHELOOP_DECL std::string directory_of(std::string const& path);
// A name is on the disk once the directory is in which it stands. A file system that knows no such
// thing is no failure.
INTHELOOP_DECL std::optional<error> flush_directory_of(std::string const& path);

// The path of a file that accompanies another one: its name with a suffix of 24 bytes at most. A
// name that would be too long for its directory is cut; a digest of the whole name tells it from
// others.
INTHELOOP_DECL std::string beside(std::string const& path, std::string_view suffix);

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/base/impl/file_descriptor.ipp>
#endif

#endif
