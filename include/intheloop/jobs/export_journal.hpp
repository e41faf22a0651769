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
class journal_file;
}

// A file that knows which exports a program was about to start, so that after a crash, at
// whatever moment, the next run can tell an export to go on with from one to start, and both from
// one of which nobody can know (journal_advice). It holds one JSON object per line.
//
//     auto journal = loop::export_journal::open("/var/lib/reports/exports.journal").value();
//     for (loop::journal_entry const& left : journal->entries())
//         std::cout << left.request << ": " << to_string(left.advice) << '\n';
//
// Each change is on the disk before its function returns, and blocks for as long as that takes.
// After an error the journal stands as before, so what the change was to precede must not be done.
// One program has a journal open at a time, on a local file system; a child of fork() holds it too
// for as long as it lives, and must not use it.
//
// No secret stands in the file: neither token nor signed address, and the impersonated user only
// as a digest. All functions can be called from any thread.
class export_journal {
public:
    // Opens a journal, or creates it, readable by its owner only. errc::file_failed: the file
    // can't be used, another program has it open, it is something else than a journal, or a newer
    // version of this library wrote into it; in each case it stays as it is.
    INTHELOOP_DECL static result<std::shared_ptr<export_journal>> open(file_path const& path);
    INTHELOOP_DECL ~export_journal();
    export_journal(export_journal const&) = delete;
    export_journal& operator=(export_journal const&) = delete;

    // A key that no other entry has: 16 random hex digits.
    INTHELOOP_DECL static result<std::string> new_key();

    // From now on lines are dated by this clock, that of the clients (see options::time). Null: the
    // system's.
    INTHELOOP_DECL void use_time(std::shared_ptr<time_source> time);

    // What is not finished with, from the oldest to the newest.
    INTHELOOP_DECL std::vector<journal_entry> entries() const;
    // The newest one for that request (canonical JSON) to that origin by that impersonated user.
    INTHELOOP_DECL std::optional<journal_entry> find(std::string_view origin,
                                                     std::string_view request,
                                                     std::optional<std::string_view> user) const;

    // What async_start_export says on its way; each gives an error if the line is not on the disk.
    // errc::invalid_request: the key is in use already, or unknown, or a text can't be written.

    // An export is going to be started: before anything else.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> intend(std::string_view key,
                                                             std::string_view origin,
                                                             std::string_view request,
                                                             std::optional<std::string_view> user);
    // The first byte of an attempt is about to leave. A crash before this is `start_again`, after
    // it `ask`.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> sending(std::string_view key);
    // It ended without a byte sent, or the service refused it: `start_again`.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> not_sent(std::string_view key);
    // It failed after bytes were sent: `ask`.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> unclear(std::string_view key);
    // The service gave the export this id: `resume`, from now on.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> started(std::string_view key,
                                                              std::string_view id);
    // The export is finished with, or given up: writes the file anew without it. After an error the
    // entry is still there, or a crash may bring it back.
    [[nodiscard]] INTHELOOP_DECL std::optional<error> forget(std::string_view key);

private:
    INTHELOOP_DECL export_journal(std::unique_ptr<detail::journal_file> file,
                                  policy::start_record record);

    INTHELOOP_DECL std::optional<error> note(std::string_view key,
                                             policy::start_event::value_type event);
    INTHELOOP_DECL std::optional<error> write(policy::start_line line); // with the mutex held

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
