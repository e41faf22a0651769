// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_EXPORT_JOURNAL_HPP
#define INTHELOOP_JOBS_EXPORT_JOURNAL_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/file_path.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/policy/detail/start_record.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop {

namespace detail {
class access;
class journal_file;
} // namespace detail

// A file that lists the exports that a program starts. After a crash at any moment, the next run of
// the program reads in it which exports to resume, which to start again, and which may or may not
// have been started (journal_advice). It holds one JSON object per line.
//
//     auto journal = loop::export_journal::open("/var/lib/reports/exports.journal").value();
//     for (loop::journal_entry const& left : journal->entries())
//         std::cout << left.request << ": " << to_string(left.advice) << '\n';
//
// Each change is on the disk before its function returns, and blocks for as long as the disk takes.
// After an error the journal is unchanged: the step that the change announces must not be taken.
// Only one program can have a journal open at a time, on a local file system. A child of fork()
// keeps it open too, for as long as the child lives, and must not use it.
//
// The file contains no secrets: no token, no signed address, and of the impersonated user only a
// digest. All functions can be called from any thread.
class export_journal {
public:
    // Opens a journal, or creates it, readable by its owner only; takes the others' access to an
    // older one. Returns errc::file_failed, and leaves the content unchanged, if the file can't be
    // used, belongs to another user or has another hard link, another program has it open, it is
    // not a journal, or a newer version of this library wrote into it.
    INTHELOOP_DECL static result<std::shared_ptr<export_journal>> open(file_path const& path);
    INTHELOOP_DECL ~export_journal();
    export_journal(export_journal const&) = delete;
    export_journal& operator=(export_journal const&) = delete;

    // Makes a key that no other entry has: 16 random hex digits.
    INTHELOOP_DECL static result<std::string> new_key();

    // Sets the clock that dates the next lines: the clock of the clients (see options::time). Null
    // means the system's clock.
    INTHELOOP_DECL void use_time(std::shared_ptr<time_source> time);

    // Returns the entries that are not forgotten yet, the oldest first.
    INTHELOOP_DECL std::vector<journal_entry> entries() const;
    // Returns the newest entry for this request (canonical JSON), origin and impersonated user.
    INTHELOOP_DECL std::optional<journal_entry> find(std::string_view origin,
                                                     std::string_view request,
                                                     std::optional<std::string_view> user) const;

    // async_start_export calls the following functions. Each returns an error if the line is not on
    // the disk; errc::invalid_request if the key is in use already, or unknown, or a text can't be
    // written.

    // Notes that an export will be started: before any other step. The idempotency key is the
    // call's, if the endpoint has the trait; it is not the key of the entry.
    [[nodiscard]] INTHELOOP_DECL std::optional<error>
    intend(std::string_view key, std::string_view origin, std::string_view request,
           std::optional<std::string_view> user,
           std::optional<std::string_view> idempotency_key = std::nullopt);
    // Notes that the first byte of an attempt will be sent. After a crash, the advice is
    // `start_again` without this line, and `ask` with it, or `repeat` with an idempotency key.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> sending(std::string_view key);
    // Notes that the start sent no byte, or that the service refused it (a 4xx, but for 408, 499,
    // and 409 to a request with an idempotency key): `start_again`.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> not_sent(std::string_view key);
    // Notes that the start failed after bytes were sent: `ask`, or `repeat` with an idempotency
    // key.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> unclear(std::string_view key);
    // Notes the id that the service gave the export: `resume` from now on.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> started(std::string_view key,
                                                              std::string_view id);
    // Forgets an export that is finished or given up: rewrites the file without its entry. After an
    // error the entry is still present, or a crash may bring it back.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> forget(std::string_view key);

private:
    friend class detail::access;

    INTHELOOP_DECL export_journal(std::unique_ptr<detail::journal_file> file,
                                  policy::start_record record);

    // Notes a start that another one has made, and its end, in one line: a crash leaves all of it
    // or nothing. Returns the key of its entry; with `once`, of one that resumes the same export
    // already, if there is one.
    INTHELOOP_DECL result<std::string> note_made(policy::start_line made,
                                                 std::optional<std::string_view> user, bool once);

    INTHELOOP_DECL std::optional<error> note(std::string_view key,
                                             policy::start_event::value_type event);
    // Need the mutex locked.
    INTHELOOP_DECL std::optional<error> write_first(policy::start_line line);
    INTHELOOP_DECL std::optional<error> write(policy::start_line line);

    mutable std::mutex mutex_;
    std::unique_ptr<detail::journal_file> file_;
    policy::start_record record_;
    std::shared_ptr<time_source> time_;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_journal.ipp>
#endif

#endif
