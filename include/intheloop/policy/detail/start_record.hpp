// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_DETAIL_START_RECORD_HPP
#define INTHELOOP_POLICY_DETAIL_START_RECORD_HPP

// The lines of a start journal and what they mean: no file, no clock.

#include <intheloop/base/config.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/policy/journal_entry.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::policy {

// What a line says of an entry.
class start_event : public open_enum<start_event> {
public:
    enum value_type : unsigned char {
        unknown,
        intended, // the export is going to be started
        sending,  // from now on the service may get the request
        not_sent, // no byte of it left, or the service refused it
        unclear,  // it failed when the service may have acted on it
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
    start_line(std::string_view key_of_entry, start_event what)
        : key(key_of_entry), event(std::move(what)) {}

    // Comes first, so that even a piece of a line shows what file this is.
    std::uint64_t version = current_version;
    std::chrono::sys_seconds at{};
    std::string key;
    start_event event;
    // With `intended`.
    std::optional<std::string> origin;
    std::optional<std::string> request;
    std::optional<std::string> user_digest;
    // With `started`.
    std::optional<std::string> id;

    using members =
        intheloop::members<renamed<&start_line::version, "journal">, &start_line::at,
                           &start_line::key, &start_line::event, &start_line::origin,
                           &start_line::request, &start_line::user_digest, &start_line::id>;
};

// Appends the line with its newline. Gives what is wrong if a text is not UTF-8.
[[nodiscard]] INTHELOOP_DECL std::optional<codec::json_error> encode_line(std::string& out,
                                                                          start_line const& line);
// Reads a line, without its newline. Gives what is wrong; a line of a newer version is not read.
[[nodiscard]] INTHELOOP_DECL std::optional<codec::json_error> decode_line(std::string_view text,
                                                                          start_line& line);

// What to advise once this is said of an entry too.
INTHELOOP_DECL journal_advice advice_after(journal_entry const& entry, start_event const& event);

// What stands in a journal: its entries, each with the lines that speak of it. Not thread-safe.
class start_record {
public:
    // Reads the text of a journal. A last line that a crash cut off does not count. Gives what is
    // wrong, and in which line, if the text is not, or not only, that of a journal.
    [[nodiscard]] INTHELOOP_DECL std::optional<std::string> read(std::string_view text);
    // How many bytes of the text that was read count: all, but for a line that was cut off.
    std::size_t bytes_read() const noexcept { return bytes_read_; }

    // A line, and the text of it that was written. One that says of an entry what is not known
    // here is kept, and the advice is to ask.
    INTHELOOP_DECL void add(start_line const& line, std::string text);

    // From the oldest to the newest.
    INTHELOOP_DECL std::vector<journal_entry> entries() const;
    // The one with that key, or null; until the next change.
    INTHELOOP_DECL journal_entry const* find(std::string_view key) const;
    // The newest one for that request, or null; until the next change.
    INTHELOOP_DECL journal_entry const* find(std::string_view origin, std::string_view request,
                                             std::optional<std::string> const& user_digest) const;

    // The text of a journal that holds the same without that entry.
    INTHELOOP_DECL std::string text_without(std::string_view key) const;
    INTHELOOP_DECL void remove(std::string_view key);

private:
    struct kept {
        journal_entry entry;
        std::string lines; // as they were written
    };

    std::vector<kept> kept_;
    std::size_t bytes_read_ = 0;
};

} // namespace intheloop::policy

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/policy/impl/start_record.ipp>
#endif

#endif
