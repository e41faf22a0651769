// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_START_RECORD_HPP
#define INTHELOOP_POLICY_DETAIL_START_RECORD_HPP

// The lines of an export journal and their meaning: no file, no clock.

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/policy/journal_entry.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// The event that a line records about an entry.
class start_event : public open_enum<start_event> {
public:
    enum value_type : unsigned char {
        unknown,
        intended, // the export is about to be started
        sending,  // from now on the service may receive the request
        not_sent, // no byte of it left, or the service refused it
        unclear,  // the start failed after the service may have acted on it
        started,  // the service gave the export an id
    };
    static constexpr std::string_view texts[] = {"intended", "sending", "not_sent", "unclear",
                                                 "started"};

    start_event() = default;
    start_event(value_type value) : open_enum(value) {}
};

// One line of a journal, a JSON object.
class start_line {
public:
    static constexpr std::uint64_t current_version = 1;

    start_line() {}
    start_line(std::string_view key_of_entry, start_event event_of_entry)
        : key(key_of_entry), event(std::move(event_of_entry)) {}

    // Comes first, so that even a fragment of a line identifies the file.
    std::uint64_t version = current_version;
    std::chrono::sys_seconds at{};
    std::string key;
    start_event event;
    // Present in the first line of an entry.
    std::optional<std::string> origin;
    std::optional<std::string> request;
    std::optional<std::string> user_digest;
    std::optional<std::string> idempotency_key; // if the endpoint has one
    // Present with `started`.
    std::optional<std::string> id;

    using members = intheloop::members<renamed<&start_line::version, "journal">, &start_line::at,
                                       &start_line::key, &start_line::event, &start_line::origin,
                                       &start_line::request, &start_line::user_digest,
                                       &start_line::idempotency_key, &start_line::id>;
};

// Appends the line with its newline. Returns the problem if a text is not UTF-8.
[[nodiscard]] INTHELOOP_DECL std::optional<codec::json_error> encode_line(std::string& out,
                                                                          start_line const& line);
// Parses a line without its newline. Returns the problem, if any; refuses a line of a newer
// version.
[[nodiscard]] INTHELOOP_DECL std::optional<codec::json_error> decode_line(std::string_view text,
                                                                          start_line& line);

// Returns the advice for an entry after this event.
INTHELOOP_DECL journal_advice advice_after(journal_entry const& entry, start_event const& event);

// The content of a journal: its entries, each with its lines. Not thread-safe.
class start_record {
public:
    // Parses the text of a journal, ignoring a last line that a crash cut off. Returns the problem
    // and its line, unless the whole text is a journal.
    [[nodiscard]] INTHELOOP_DECL std::optional<std::string> read(std::string_view text);
    // Returns how many bytes of the text are valid: all, except a line that was cut off.
    std::size_t bytes_read() const noexcept { return bytes_read_; }

    // Adds a line and its written text. Keeps a line with an unknown event; the advice is then to
    // ask.
    INTHELOOP_DECL void add(start_line const& line, std::string text);

    // Returns the entries from the oldest to the newest.
    INTHELOOP_DECL std::vector<journal_entry> entries() const;
    // Returns the entry with this key, or null; valid until the next change.
    INTHELOOP_DECL journal_entry const* find(std::string_view key) const;
    // Returns the newest entry for this request, or null; valid until the next change.
    INTHELOOP_DECL journal_entry const* find(std::string_view origin, std::string_view request,
                                             std::optional<std::string> const& user_digest) const;
    // Returns the newest entry that resumes the export of this line, or null; valid until the next
    // change.
    INTHELOOP_DECL journal_entry const* find_export(start_line const& of) const;

    // Returns the journal's text without this entry.
    INTHELOOP_DECL std::string text_without(std::string_view key) const;
    INTHELOOP_DECL void remove(std::string_view key);

private:
    struct kept {
        journal_entry entry;
        std::string lines; // as written
    };

    std::vector<kept> kept_;
    std::map<std::string, std::size_t, std::less<>> places_; // in kept_, by key
    std::size_t bytes_read_ = 0;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/start_record.ipp>
#endif

#endif
