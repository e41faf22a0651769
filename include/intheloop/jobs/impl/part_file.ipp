// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_PART_FILE_IPP
#define INTHELOOP_JOBS_IMPL_PART_FILE_IPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/jobs/detail/part_file.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>
#include <utility>
#include <vector>

namespace intheloop::detail {

// A 32-bit program would stop at 2 GiB of a file.
static_assert(sizeof(::off_t) >= 8,
              "intheloop: this program takes files up to 2 GiB only: compile it with "
              "-D_FILE_OFFSET_BITS=64");

INTHELOOP_DECL file_descriptor open_to_read(char const* path) {
    return file_descriptor(::open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
}

// Returns nothing if the file can't be read.
INTHELOOP_DECL std::string content_of(file_descriptor const& file) {
    std::string content;
    return file && file.read_all(content) ? content : std::string();
}

INTHELOOP_DECL std::optional<error> part_file::write(std::string_view bytes) {
    return part_.write(bytes) ? std::nullopt : std::optional(failed("write"));
}

INTHELOOP_DECL std::optional<error> part_file::rewind() {
    bool const emptied = ::ftruncate(part_.get(), 0) == 0 && ::lseek(part_.get(), 0, SEEK_SET) == 0;
    return emptied ? std::nullopt : std::optional(failed("empty"));
}

INTHELOOP_DECL std::optional<error> part_file::write_at(std::uint64_t offset,
                                                        std::string_view bytes) {
    return part_.write_at(offset, bytes) ? std::nullopt : std::optional(failed("write"));
}

// So a disk that is too small is found before the bytes come. Nothing is reserved: it would stay
// with a part that stays, and take as long as writing where it needs memory. The size of the file
// shows how far bytes were written.
INTHELOOP_DECL std::optional<error> part_file::check_room(std::uint64_t size) {
    struct ::stat is {};
    if (size > static_cast<std::uint64_t>(std::numeric_limits<::off_t>::max()))
        return error(errc::file_failed,
                     part_path_ + " can't become " + std::to_string(size) + " bytes long");
    auto const length = static_cast<::off_t>(size);
    if (::fstat(part_.get(), &is) != 0 ||
        (is.st_size > length && ::ftruncate(part_.get(), length) != 0))
        return failed("look at");
    constexpr std::uint64_t unit = 512; // of st_blocks
    std::uint64_t const taken = static_cast<std::uint64_t>(is.st_blocks) * unit;
    struct ::statvfs disk {};
    bool const is_known =
        ::fstatvfs(part_.get(), &disk) == 0 && disk.f_blocks != 0 && disk.f_frsize != 0;
    auto const room = ::geteuid() == 0 ? disk.f_bfree : disk.f_bavail; // some is kept for root
    if (is_known && size > taken && (size - taken) / disk.f_frsize > room) {
        errno = ENOSPC;
        return failed("find room for all of");
    }
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> part_file::flush() {
    return ::fsync(part_.get()) == 0 ? std::nullopt : std::optional(failed("flush"));
}

INTHELOOP_DECL std::optional<error> part_file::check_name() const {
    if (part_.has_name(part_path_))
        return std::nullopt;
    return error(errc::file_failed,
                 part_path_ + " was removed or replaced while the download wrote into it");
}

// Flushes the part, and renames it to its final name. It stays open, and locked if it was.
INTHELOOP_DECL std::optional<error> part_file::commit() {
    if (auto failure = flush())
        return failure;
    if (auto failure = check_name()) // the system renames any file that has the name
        return failure;
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
    if (!part_)
        return failed("open");
    static_cast<void>(part_.make_private()); // nobody else had it before
    return std::nullopt;
}

INTHELOOP_DECL std::optional<error> temporary_part_file::begin_ranges(policy::file_part const& of) {
    auto failure = open();
    return failure ? failure : check_room(of.total.value_or(0));
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
    if (part_.has_name(part_path_))
        ::unlink(part_path_.c_str());
    part_.close();
}

// The content of the info file. After a crash of the machine, a part may be longer than the bytes
// that reached the disk: so it is valid only until the machine boots again.
class part_info {
public:
    part_info() {}

    static constexpr int one_stream = 1, with_ranges = 2; // versions

    int version = one_stream;
    std::string boot;
    std::string etag;
    std::string resource;
    std::optional<std::uint64_t> total;
    // The first byte of each range, and the one behind it. Without ranges, the part has all bytes
    // up to its own size.
    std::optional<std::vector<std::uint64_t>> ranges;

    using members = intheloop::members<&part_info::version, &part_info::boot, &part_info::etag,
                                       &part_info::resource, &part_info::total, &part_info::ranges>;
};

INTHELOOP_DECL std::string id_of_boot() {
    return content_of(open_to_read("/proc/sys/kernel/random/boot_id")).substr(0, 36);
}

INTHELOOP_DECL policy::file_part kept_part_file::read_info(bool& has_ranges) const {
    policy::file_part part;
    part_info info;
    file_descriptor const file = open_to_read(info_path_.c_str());
    if (!file || !file.is_of_user_alone(info_path_) || codec::decode_json(content_of(file), info) ||
        info.version < part_info::one_stream || info.version > part_info::with_ranges ||
        info.boot.empty() || info.boot != id_of_boot())
        return part;
    has_ranges = info.version == part_info::with_ranges;
    if (has_ranges != info.ranges.has_value())
        return part;
    part.etag = info.etag;
    part.resource = info.resource;
    part.total = info.total;
    for (std::size_t i = 0; has_ranges && i + 1 < info.ranges->size(); i += 2)
        part.ranges.push_back({(*info.ranges)[i], (*info.ranges)[i + 1]});
    return part;
}

INTHELOOP_DECL std::optional<error> kept_part_file::write_info(policy::file_part const& part,
                                                               bool has_ranges) {
    if (auto failure = check_name())
        return failure; // the info belongs to another part now
    part_info info;
    if (has_ranges) {
        info.version = part_info::with_ranges;
        auto& ranges = info.ranges.emplace();
        for (policy::byte_range const& one : part.ranges)
            ranges.insert(ranges.end(), {one.begin, one.end});
    }
    info.boot = id_of_boot();
    info.etag = part.etag;
    info.resource = part.resource;
    info.total = part.total;
    std::string text;
    if (auto const problem = codec::encode_json(text, info))
        return error(errc::file_failed, info_path_ + ": " + problem->text());
    std::string const written = written_path();
    ::unlink(written.c_str()); // left by a program that was killed
    file_descriptor file(::open(written.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file || !file.make_private() || !file.write(text) || !file.close() ||
        ::rename(written.c_str(), info_path_.c_str()) != 0) {
        auto failure = file_failure("write", info_path_);
        ::unlink(written.c_str());
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
        if (!file.is_of_user_alone(part_path_))
            return error(errc::file_failed, part_path_ + " is no file of this user alone");
        if (file.has_name(part_path_)) {
            part_ = std::move(file);
            return part_.make_private() ? std::nullopt : std::optional(failed("protect"));
        }
    }
}

// Finds what write_info() could not replace.
INTHELOOP_DECL std::optional<error> kept_part_file::look_at_info() const {
    for (std::string const& path : {info_path_, written_path()})
        if (struct ::stat is{};
            ::lstat(path.c_str(), &is) == 0 && (!S_ISREG(is.st_mode) || !is_own(is.st_uid, path)))
            return error(errc::file_failed, path + " is no file of this user");
    return std::nullopt;
}

// A range that reaches beyond the end of the part was cut off there.
INTHELOOP_DECL std::optional<error> kept_part_file::open_with_info(policy::file_part& there,
                                                                   bool& has_ranges) {
    if (auto failure = look_at_info())
        return failure;
    if (auto failure = open_locked())
        return failure;
    there = read_info(has_ranges);
    if (there.etag.empty())
        return rewind();
    off_t const end = ::lseek(part_.get(), 0, SEEK_END);
    if (end < 0)
        return failed("look at");
    auto const size = static_cast<std::uint64_t>(end);
    there.size = has_ranges ? 0 : size;
    std::erase_if(there.ranges, [size](policy::byte_range& one) {
        one.end = std::min(one.end, size);
        return one.end <= one.begin;
    });
    known_ = there;
    return std::nullopt;
}

// Of a part with holes, uses the bytes before the first one.
INTHELOOP_DECL std::optional<error> kept_part_file::open(policy::file_part& there) {
    bool has_ranges = false;
    auto failure = open_with_info(there, has_ranges);
    if (failure || !known_ || !has_ranges)
        return failure;
    if (!there.ranges.empty() && there.ranges.front().begin == 0)
        there.size = there.ranges.front().end;
    there.ranges.clear();
    auto const end = static_cast<::off_t>(there.size);
    if (::ftruncate(part_.get(), end) != 0 || ::lseek(part_.get(), end, SEEK_SET) != end)
        return failed("cut");
    return write_info(there, false);
}

INTHELOOP_DECL std::optional<error> kept_part_file::open_ranges(policy::file_part& there) {
    bool has_ranges = false;
    return open_with_info(there, has_ranges);
}

INTHELOOP_DECL std::optional<error> kept_part_file::begin_ranges(policy::file_part const& of) {
    auto failure = write_info(of, true);
    return failure ? failure : check_room(of.total.value_or(0));
}

INTHELOOP_DECL std::optional<error> kept_part_file::note_ranges(policy::file_part const& now) {
    return known_ ? write_info(now, true) : std::nullopt;
}

INTHELOOP_DECL std::optional<error> kept_part_file::begin(head const& of) {
    policy::file_part part;
    std::string_view const etag = of.fields.find("ETag").value_or("");
    if (policy::is_strong_etag(etag))
        part.etag = etag;
    part.resource = of.resource;
    part.total = of.total;
    bool const is_known = known_ && known_->etag == part.etag && known_->resource == part.resource;
    return is_known ? std::nullopt : write_info(part, false);
}

// Where flushing fails, the system may have dropped bytes, and does not say so again: no download
// may go on with this part.
INTHELOOP_DECL std::optional<error> kept_part_file::flush() {
    auto failure = part_file::flush();
    if (failure)
        known_.reset();
    return failure;
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
    bool const is_of_use = known_ && !known_->etag.empty() && ::fstat(part_.get(), &written) == 0 &&
                           written.st_size != 0;
    if (!is_of_use && part_.has_name(part_path_)) {
        ::unlink(part_path_.c_str());
        ::unlink(info_path_.c_str());
    }
    part_.close();
}

} // namespace intheloop::detail

#endif
