// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_FILE_TARGET_HPP
#define INTHELOOP_JOBS_DETAIL_FILE_TARGET_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>

#include <optional>
#include <string>

namespace intheloop::detail {

// A path to which a file is written.
class file_target {
public:
    file_target() {}

    // The file itself: a link is followed, also one to a file that is not there yet. Not followed
    // for a stream, since /dev/stdout is more than the name that it links to.
    std::string path;
    // A pipe or a character device: there is nothing to rename, bytes go right into it.
    bool is_stream = false;
    // Names the losses of an older file that is replaced: further hard links, its mode, its owner.
    // Empty if it loses nothing.
    std::string lost;
};

// Looks at a path before anything is done for it. Returns errc::file_failed for a path to which no
// file can be written as a whole: a directory, a block device, a socket, a mount point (such as one
// file that is mounted into a container), an immutable file, a loop of links, a directory that is
// missing, removed or append-only or can't be written into, a name that is too long. A full disk
// shows only later.
INTHELOOP_DECL std::optional<error> look_at_target(std::string const& path, file_target& target);

// Returns a path that means the same file when the program changes its directory; the path itself
// if the file can't be reached from the root on.
INTHELOOP_DECL std::string lasting_path(std::string const& path);

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/file_target.ipp>
#endif

#endif
