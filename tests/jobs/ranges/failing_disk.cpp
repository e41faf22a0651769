// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A disk that loses bytes which were written, and says so only when it is flushed.
#include <jobs/ranges/fixture.hpp>

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace {

std::atomic<bool> disk_loses_bytes = false;

} // namespace

extern "C" int fsync(int file) {
    if (!disk_loses_bytes)
        return static_cast<int>(::syscall(SYS_fsync, file));
    errno = EIO;
    return -1;
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

} // TEST_SUITE("jobs/ranges/failing_disk")
