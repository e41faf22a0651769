// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_UNFINISHED_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_UNFINISHED_HPP

#include <intheloop/api/report.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/jobs/export_journal.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace tools {

// The journal of the file: "FILE.export".
inline std::filesystem::path journal_of(std::filesystem::path const& file) {
    return intheloop::detail::beside(file.string(), ".export");
}

// The traces of a run that did not end well stand in the journal "FILE.export", next to the file
// that was to be written. Everything throws intheloop::exception where the journal fails.
class unfinished {
public:
    // The user is the impersonated one.
    unfinished(std::filesystem::path const& file, std::optional<std::string> user);

    // Opens the journal; `may_make` says whether one that is not there is made.
    void open(bool may_make);

    // Opens the journal that is there, whatever it says. One that can't be read is renamed to
    // "FILE.export.damaged"; returns its problem then, empty if there is none.
    std::string open_or_set_aside();

    std::optional<intheloop::journal_entry> left() const;
    // Null while it is not open.
    std::shared_ptr<intheloop::export_journal> const& journal() const { return journal_; }

    // Tells whether it was begun in the name of the same user.
    bool is_of_same_user(intheloop::journal_entry const& entry) const;

    // From now on the file is about that export, of which the service knows: nothing else is left,
    // and a run after this one can go on with it.
    void take_up(std::string const& origin, std::string const& id);
    // Nothing is left: removes the journal at once, so that there is none without an entry that
    // tells of an export that is done. The parts of the file are of no use then.
    void forget();
    // Nothing of an earlier run is.
    void forget_entries();
    // Removes a journal that says nothing worth to be known.
    void tidy();

private:
    std::filesystem::path const file_;
    std::filesystem::path const path_;
    std::optional<std::string> const user_;
    std::shared_ptr<intheloop::export_journal> journal_;
};

// The request of an entry; nothing if it can't be read.
std::optional<intheloop::report::export_request> request_of(intheloop::journal_entry const& entry);

} // namespace tools

#endif
