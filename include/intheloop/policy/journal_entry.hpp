// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_JOURNAL_ENTRY_HPP
#define INTHELOOP_POLICY_JOURNAL_ENTRY_HPP

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop {

// The advice for an export whose start is in a journal.
enum class journal_advice : unsigned char {
    resume,      // the id is known: resume it
    start_again, // the service certainly did not start it
    ask,         // it may have been started, under an unknown id: let a person decide
    repeat,      // it may have been started: start it with the key of the entry, and the service,
                 // which knows the key, answers with the same export
};
// Returns the enumerator's name: "resume", "start_again", "ask" or "repeat".
[[nodiscard]] constexpr std::string_view to_string(journal_advice value) noexcept {
    constexpr std::string_view names[] = {"resume", "start_again", "ask", "repeat"};
    return names[static_cast<std::size_t>(value)];
}

// An export that was about to be started, and is not finished.
class journal_entry {
public:
    journal_entry() {}

    std::string key;                        // for export_journal::forget(); see new_key()
    std::string origin;                     // "https://api.intheloop.io": see client::origin()
    std::string request;                    // canonical JSON
    std::optional<std::string> user_digest; // SHA-256 of the impersonated user, in hex digits
    std::chrono::sys_seconds began{};
    std::optional<std::string> id; // present once the service gave one
    journal_advice advice = journal_advice::ask;
    // Of a start whose endpoint has the trait idempotency_key; see call_options::idempotency_key.
    // Services forget keys after a time of their own, often a day: compare it with `began`.
    std::optional<std::string> idempotency_key;

    bool operator==(journal_entry const&) const = default;
};

} // namespace intheloop

#endif
