// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_PART_FILE_HPP
#define INTHELOOP_JOBS_DETAIL_PART_FILE_HPP

#include <intheloop/base/byte_sink.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/policy/detail/download_plan.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::detail {

// A file that appears under its final name as a whole or not at all: it is written under the name
// of a part, and renamed when it is on the disk. Only its owner can read it (mode 0600).
class part_file : public byte_sink {
public:
    INTHELOOP_DECL std::optional<error> write(std::string_view bytes) override;
    INTHELOOP_DECL std::optional<error> rewind() override;
    INTHELOOP_DECL std::optional<error> commit() override;

    // The same for bytes that come in several streams. Called before anything is sent: returns the
    // part of an earlier download in `there`.
    virtual std::optional<error> open_ranges(policy::file_part&) { return std::nullopt; }
    // Called before the first bytes of a file are written, which it identifies. Fails if the disk
    // has no room for all of it.
    virtual std::optional<error> begin_ranges(policy::file_part const& of) = 0;
    std::optional<error> write_at(std::uint64_t offset, std::string_view bytes);
    // Notes which bytes are in the file, so that another download can go on with them; nothing
    // after the disk has lost some.
    virtual std::optional<error> note_ranges(policy::file_part const&) { return std::nullopt; }

protected:
    part_file(std::string path, std::string part_path)
        : path_(std::move(path)), part_path_(std::move(part_path)) {}

    error failed(char const* doing) const { return file_failure(doing, part_path_); }
    std::optional<error> check_room(std::uint64_t size);
    // Fails if the part has lost its name: another file may have it, of another download.
    std::optional<error> check_name() const;
    INTHELOOP_DECL virtual std::optional<error> flush();

    std::string const path_;
    std::string part_path_;
    file_descriptor part_;
};

// A part with a unique name, "<path>.XXXXXX.part": no other download writes into it, and no link
// can redirect it. Opened when the response begins, so that a refusal leaves no trace in the
// directory. Removed if it does not get its final name.
class temporary_part_file final : public part_file {
public:
    explicit temporary_part_file(std::string const& path)
        : part_file(path, beside(path, ".XXXXXX.part")) {}
    ~temporary_part_file() override { temporary_part_file::abandon(); }

    std::optional<error> open();
    std::optional<error> begin(head const&) override { return open(); }
    INTHELOOP_DECL std::optional<error> begin_ranges(policy::file_part const& of) override;
    INTHELOOP_DECL std::optional<error> commit() override;
    INTHELOOP_DECL void abandon() noexcept override; // removes the part
};

// A part that stays, as "<path>.part", if it does not get its final name: the next download to the
// same path goes on with it. "<path>.part.info" identifies the file, and lists the bytes that are
// in the part if they came in several streams: it is written before the first of them, so that a
// part with holes is never taken for the beginning of a file. The part is locked while a download
// writes into it.
class kept_part_file final : public part_file {
public:
    explicit kept_part_file(std::string const& path)
        : part_file(path, beside(path, ".part")), info_path_(beside(path, ".part.info")) {}
    ~kept_part_file() override { kept_part_file::abandon(); }

    // Called before anything is sent. Returns the part of an earlier download in `there`.
    std::optional<error> open(policy::file_part& there);
    INTHELOOP_DECL std::optional<error> begin(head const& of) override;
    INTHELOOP_DECL std::optional<error> open_ranges(policy::file_part& there) override;
    INTHELOOP_DECL std::optional<error> begin_ranges(policy::file_part const& of) override;
    INTHELOOP_DECL std::optional<error> note_ranges(policy::file_part const& now) override;
    INTHELOOP_DECL std::optional<error> commit() override;
    INTHELOOP_DECL void abandon() noexcept override; // keeps the part

private:
    INTHELOOP_DECL std::optional<error> flush() override;
    std::string written_path() const { return info_path_ + ".new"; }
    std::optional<error> look_at_info() const;
    std::optional<error> open_locked();
    std::optional<error> open_with_info(policy::file_part& there, bool& has_ranges);
    std::optional<error> write_info(policy::file_part const& part, bool has_ranges);
    policy::file_part read_info(bool& has_ranges) const;

    std::string const info_path_;
    std::optional<policy::file_part> known_; // the content of the info file
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/part_file.ipp>
#endif

#endif
