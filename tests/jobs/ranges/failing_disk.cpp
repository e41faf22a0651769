// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Disks that lose bytes which were written, and say so only when they are flushed, or that keep
// their last blocks for root.
#include <jobs/ranges/fixture.hpp>

#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<bool> disk_loses_bytes = false;
std::atomic<bool> rest_is_kept_for_root = false;
std::atomic<int> flushed_directories = 0;

} // namespace

extern "C" int fsync(int file) {
    struct stat seen {};
    if (::fstat(file, &seen) == 0 && S_ISDIR(seen.st_mode))
        ++flushed_directories;
    if (!disk_loses_bytes)
        return static_cast<int>(::syscall(SYS_fsync, file));
    errno = EIO;
    return -1;
}

extern "C" int fstatvfs(int file, struct statvfs* into) noexcept {
    struct statfs disk {};
    if (::fstatfs(file, &disk) != 0)
        return -1;
    *into = {};
    into->f_frsize = static_cast<unsigned long>(disk.f_frsize ? disk.f_frsize : disk.f_bsize);
    into->f_blocks = disk.f_blocks;
    into->f_bfree = disk.f_bfree;
    into->f_bavail = rest_is_kept_for_root ? 0 : disk.f_bavail;
    return 0;
}

TEST_SUITE("jobs/ranges/failing_disk") {

using namespace fixture;

TEST_CASE("a part that could not be flushed is not gone on with") {
    for (unsigned const streams : {1u, 4u}) {
        CAPTURE(streams);
        split t;
        t.how.keep_part = true;
        t.how.streams = streams;
        disk_loses_bytes = true;
        auto const r = t.fetch();
        disk_loses_bytes = false;
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::errc::file_failed);
        CHECK(contains(r.error().detail, "can't flush"));
        CHECK(t.d.names().empty());
        t.s.clear_requests();
        t.check_whole();
        CHECK(t.ranges()[0] == (streams == 1 ? "whole" : "bytes=0-4194303"));
    }
}

TEST_CASE("the name of a file that was kept is flushed, too") {
    for (unsigned const streams : {1u, 4u}) {
        CAPTURE(streams);
        split t;
        t.how.streams = streams;
        flushed_directories = 0;
        t.check_whole();
        CHECK(flushed_directories >= 1);
    }
}

TEST_CASE("blocks that are kept for root are room for root alone") {
    split t;
    rest_is_kept_for_root = true;
    auto const r = t.fetch();
    rest_is_kept_for_root = false;
    CHECK(r.has_value() == (::geteuid() == 0));
    if (!r)
        CHECK(contains(r.error().detail, "No space left on device"));
}

} // TEST_SUITE("jobs/ranges/failing_disk")
