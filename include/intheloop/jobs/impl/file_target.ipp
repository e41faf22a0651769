// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_FILE_TARGET_IPP
#define INTHELOOP_JOBS_IMPL_FILE_TARGET_IPP

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/jobs/detail/file_target.hpp>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace intheloop::detail {

// Follows links that lead to no file (yet), so that the file appears where they lead.
INTHELOOP_DECL std::optional<error> follow_dangling(std::string& path) {
    constexpr int most = 40; // as the system
    struct ::stat is {};
    for (int i = 0; ::lstat(path.c_str(), &is) == 0 && S_ISLNK(is.st_mode); ++i) {
        std::array<char, PATH_MAX> text;
        auto const size = ::readlink(path.c_str(), text.data(), text.size());
        if (size < 0 || i == most) {
            errno = size < 0 ? errno : ELOOP;
            return file_failure("follow", path);
        }
        std::string const to(text.data(), static_cast<std::size_t>(size));
        path.resize(to.starts_with('/') ? 0 : path.rfind('/') + 1);
        path += to;
        if (path.ends_with('/'))
            return error(errc::file_failed, path + " is no directory");
    }
    return std::nullopt;
}

// Attributes of a file besides its mode; none where the file system can't tell them.
class file_attributes {
public:
    explicit file_attributes([[maybe_unused]] std::string const& path) {
#ifdef STATX_ATTR_MOUNT_ROOT
        struct ::statx is {};
        if (::statx(AT_FDCWD, path.c_str(), 0, STATX_BASIC_STATS, &is) != 0)
            return;
        auto const all = is.stx_attributes & is.stx_attributes_mask;
        is_mount_point = all & STATX_ATTR_MOUNT_ROOT;
        is_immutable = all & STATX_ATTR_IMMUTABLE;
        is_append_only = all & STATX_ATTR_APPEND;
#endif
    }

    bool is_mount_point = false;
    bool is_immutable = false;
    bool is_append_only = false; // of a directory: it takes names, and gives none back
};

// Returns why a file can't be renamed onto, or null.
INTHELOOP_DECL char const* obstacle(std::string const& path, struct ::stat const& older,
                                    struct ::stat const& directory) {
    file_attributes const attributes(path);
    if (attributes.is_mount_point)
        return " is a mount point, so it can't be replaced as a whole: write to a file beside it, "
               "mount its directory, or write to the standard output";
    if (attributes.is_immutable || attributes.is_append_only)
        return " can't be replaced: it is immutable, or can only be appended to";
    auto const user = ::geteuid();
    bool const is_anothers = older.st_uid != user && directory.st_uid != user && user != 0;
    if ((directory.st_mode & S_ISVTX) && is_anothers)
        return " can't be replaced: it is another user's, in a directory with the sticky bit";
    return nullptr;
}

INTHELOOP_DECL std::string lost_by_replacing(std::string const& path, struct ::stat const& older,
                                             struct ::stat const& directory) {
    std::string lost;
    auto const add = [&](std::string const& text) { lost += (lost.empty() ? "" : "; ") + text; };
    if (older.st_nlink > 1)
        add("its other hard links (" + std::to_string(older.st_nlink - 1) +
            ") keep the older content");
    constexpr mode_t permissions = 07777, own = 0600;
    if ((older.st_mode & permissions) != own) {
        char text[16];
        std::snprintf(text, sizeof text, "%04o", older.st_mode & permissions);
        add("its mode " + std::string(text) + " becomes 0600");
    }
    auto const owner = [](::uid_t user, ::gid_t group) {
        return std::to_string(user) + ':' + std::to_string(group);
    };
    // A directory with the set-group-ID bit gives its files its own group.
    ::gid_t const group = directory.st_mode & S_ISGID ? directory.st_gid : ::getegid();
    bool const keeps_owner =
        older.st_uid == ::geteuid() ? older.st_gid == group : is_own(older.st_uid, path);
    if (!keeps_owner)
        add("its owner " + owner(older.st_uid, older.st_gid) + " becomes " +
            owner(::geteuid(), group));
    return lost;
}

// Returns the path without links; empty if it leads nowhere.
INTHELOOP_DECL std::string real_path(std::string const& path) {
    char* const name = ::realpath(path.c_str(), nullptr);
    std::string real = name ? name : "";
    ::free(name);
    return real;
}

// Finds the name of a file that links lead to.
INTHELOOP_DECL std::optional<error> follow_links(std::string& path, struct ::stat const& found) {
    struct ::stat is {};
    if (::lstat(path.c_str(), &is) != 0)
        return file_failure("look at", path);
    if (!S_ISLNK(is.st_mode))
        return std::nullopt;
    std::string const real = real_path(path);
    if (::lstat(real.c_str(), &is) != 0 || is.st_dev != found.st_dev || is.st_ino != found.st_ino)
        return error(errc::file_failed, path + " leads to a file without a name");
    path = real;
    return std::nullopt;
}

// Finds out why no file could get its final name in a directory.
INTHELOOP_DECL std::optional<error> look_at_directory(std::string const& path, struct ::stat& is) {
    auto const refused = [&](std::string const& why) {
        return error(errc::file_failed, path + why);
    };
    if (::stat(path.c_str(), &is) != 0)
        return refused(" is no directory: " + std::generic_category().message(errno));
    if (!S_ISDIR(is.st_mode))
        return refused(" is no directory");
    if (is.st_nlink == 0 && real_path(path).empty()) // some file systems count no links
        return error(errc::file_failed, "the directory " + path + " was removed");
    if (::faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
        return file_failure("write into", path);
    if (file_attributes(path).is_append_only)
        return refused(" is append-only, so no file in it can be renamed");
    return std::nullopt;
}

// Leaves room for the names of parts.
INTHELOOP_DECL bool is_too_long(std::string const& path) {
    return beside(path, "").size() + 32 > PATH_MAX;
}

INTHELOOP_DECL std::optional<error> look_at_target(std::string const& path, file_target& target) {
    target = file_target();
    target.path = path;
    auto const refused = [&](std::string_view why) {
        return error(errc::file_failed, path + std::string(why));
    };
    struct ::stat is {};
    bool const is_there = ::stat(path.c_str(), &is) == 0;
    if (!is_there && errno != ENOENT)
        return file_failure("look at", path);
    if (is_there && S_ISDIR(is.st_mode))
        return refused(" is a directory");
    if (is_there && S_ISBLK(is.st_mode))
        return refused(" is a block device");
    if (is_there && S_ISSOCK(is.st_mode))
        return refused(" is a socket");
    target.is_stream = is_there && (S_ISFIFO(is.st_mode) || S_ISCHR(is.st_mode));
    if (target.is_stream)
        return ::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) == 0
                   ? std::nullopt
                   : std::optional(file_failure("write", path));
    if (is_there && !S_ISREG(is.st_mode))
        return refused(" is no file");
    if (auto failure = is_there ? follow_links(target.path, is) : follow_dangling(target.path))
        return failure;

    if (is_too_long(target.path)) {
        errno = ENAMETOOLONG;
        return file_failure("write", path);
    }
    struct ::stat around {};
    if (auto failure = look_at_directory(directory_of(target.path), around))
        return failure;
    if (!is_there)
        return std::nullopt;
    if (char const* const why = obstacle(target.path, is, around))
        return refused(why);
    target.lost = lost_by_replacing(target.path, is, around);
    return std::nullopt;
}

INTHELOOP_DECL std::string lasting_path(std::string const& path) {
    std::string const absolute = absolute_path(path);
    struct ::stat here {
    }, from_root{};
    bool const is_same = !absolute.empty() && !is_too_long(absolute) &&
                         ::stat(directory_of(path).c_str(), &here) == 0 &&
                         ::stat(directory_of(absolute).c_str(), &from_root) == 0 &&
                         here.st_dev == from_root.st_dev && here.st_ino == from_root.st_ino;
    return is_same ? absolute : path;
}

} // namespace intheloop::detail

#endif
