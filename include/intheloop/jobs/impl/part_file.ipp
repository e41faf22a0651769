// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_PART_FILE_IPP
#define INTHELOOP_JOBS_IMPL_PART_FILE_IPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/jobs/detail/part_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <utility>

namespace intheloop::detail {

// A 32-bit program would stop at 2 GiB of a file.
static_assert(sizeof(::off_t) >= 8,
              "intheloop: this program takes files up to 2 GiB only: compile it with "
              "-D_FILE_OFFSET_BITS=64");

INTHELOOP_DECL file_descriptor open_to_read(char const* path) {
    return file_descriptor(::open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

// Reads a small file as a whole; returns nothing if it can't be read.
INTHELOOP_DECL std::string read_small_file(file_descriptor const& file) {
    std::array<char, 4096> bytes;
    return {bytes.data(), file ? file.read(bytes.data(), bytes.size()).value_or(0) : 0};
}

INTHELOOP_DECL std::optional<error> part_file::write(std::string_view bytes) {
    return part_.write(bytes) ? std::nullopt : std::optional(failed("write"));
}

INTHELOOP_DECL std::optional<error> part_file::rewind() {
    bool const emptied = ::ftruncate(part_.get(), 0) == 0 && ::lseek(part_.get(), 0, SEEK_SET) == 0;
    return emptied ? std::nullopt : std::optional(failed("empty"));
}

// Flushes the part, and renames it to its final name. It stays open, and locked if it was.
INTHELOOP_DECL std::optional<error> part_file::commit() {
    if (::fsync(part_.get()) != 0)
        return failed("flush");
    if (::rename(part_path_.c_str(), path_.c_str()) != 0)
        return failed("rename");
    flush_directory_of(path_); // the file has its name even if this fails
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> temporary_part_file::open() {
    if (part_)
        return std::nullopt;
    constexpr int suffix = 5; // ".part"
    part_ = file_descriptor(::mkostemps(part_path_.data(), suffix, O_CLOEXEC));
    return part_ ? std::nullopt : std::optional(failed("open"));
}

INTHELOOP_DECL std::optional<error> temporary_part_file::commit() {
    auto failure = part_file::commit();
    if (failure)
        abandon();
    else if (!part_.close())
        return failed("close");
    return failure;
}

INTHELOOP_DECL void temporary_part_file::abandon() noexcept {
    if (!part_)
        return;
    part_.close();
    ::unlink(part_path_.c_str());
}

// The content of the info file. After a crash of the machine, a part may be longer than the bytes
// that reached the disk: so it is valid only until the machine boots again.
class part_info {
public:
    part_info() {}

    int version = 1;
    std::string boot;
    std::string etag;
    std::string resource;
    std::optional<std::uint64_t> total;

    using members = intheloop::members<&part_info::version, &part_info::boot, &part_info::etag,
                                       &part_info::resource, &part_info::total>;
};

INTHELOOP_DECL std::string id_of_boot() {
    return read_small_file(open_to_read("/proc/sys/kernel/random/boot_id")).substr(0, 36);
}

INTHELOOP_DECL policy::file_part kept_part_file::read_info() const {
    policy::file_part part;
    part_info info;
    file_descriptor const file = open_to_read(info_path_.c_str());
    if (!file || !file.is_of_user_alone() || codec::decode_json(read_small_file(file), info) ||
        info.version != 1 || info.boot.empty() || info.boot != id_of_boot())
        return part;
    part.etag = info.etag;
    part.resource = info.resource;
    part.total = info.total;
    return part;
}

INTHELOOP_DECL std::optional<error> kept_part_file::write_info(policy::file_part const& part) {
    part_info info;
    info.boot = id_of_boot();
    info.etag = part.etag;
    info.resource = part.resource;
    info.total = part.total;
    std::string text;
    if (auto const problem = codec::encode_json(text, info))
        return error(errc::file_failed, info_path_ + ": " + problem->text());
    std::string const written_path = info_path_ + ".new";
    ::unlink(written_path.c_str()); // left by a program that was killed
    file_descriptor file(
        ::open(written_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file || !file.write(text) || !file.close() ||
        ::rename(written_path.c_str(), info_path_.c_str()) != 0) {
        auto failure = file_failure("write", info_path_);
        ::unlink(written_path.c_str());
        return failure;
    }
    known_ = part;
    return std::nullopt;
}

// Tries again if an earlier download renamed the part to its final name between opening and
// locking: then it is no part any more.
INTHELOOP_DECL std::optional<error> kept_part_file::open_locked() {
    for (;;) {
        file_descriptor file(::open(part_path_.c_str(),
                                    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
        if (!file)
            return failed("open");
        if (!file.try_lock())
            return errno == EWOULDBLOCK
                       ? error(errc::file_failed, "another download writes " + part_path_)
                       : failed("lock");
        if (!file.is_of_user_alone())
            return error(errc::file_failed, part_path_ + " is no file of this user alone");
        if (file.has_name(part_path_)) {
            part_ = std::move(file);
            return ::fchmod(part_.get(), 0600) == 0 ? std::nullopt
                                                    : std::optional(failed("protect"));
        }
    }
}

INTHELOOP_DECL std::optional<error> kept_part_file::open(policy::file_part& there) {
    if (auto failure = open_locked())
        return failure;
    there = read_info();
    if (there.etag.empty())
        return rewind();
    off_t const size = ::lseek(part_.get(), 0, SEEK_END);
    if (size < 0)
        return failed("look at");
    there.size = static_cast<std::uint64_t>(size);
    known_ = there;
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> kept_part_file::begin(head const& of) {
    policy::file_part part;
    std::string_view const etag = of.fields.find("ETag").value_or("");
    if (policy::is_strong_etag(etag))
        part.etag = etag;
    part.resource = of.resource;
    part.total = of.total;
    bool const is_known = known_ && known_->etag == part.etag && known_->resource == part.resource;
    return is_known ? std::nullopt : write_info(part);
}

INTHELOOP_DECL std::optional<error> kept_part_file::commit() {
    if (auto failure = part_file::commit())
        return failure;
    ::unlink(info_path_.c_str());
    part_.close();
    return std::nullopt;
}

// Removes a part with which no download could go on.
INTHELOOP_DECL void kept_part_file::abandon() noexcept {
    if (!part_)
        return;
    struct ::stat written {};
    if (!known_ || known_->etag.empty() || ::fstat(part_.get(), &written) != 0 ||
        written.st_size == 0) {
        ::unlink(part_path_.c_str());
        ::unlink(info_path_.c_str());
    }
    part_.close();
}

} // namespace intheloop::detail

#endif
