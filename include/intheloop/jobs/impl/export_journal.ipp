// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_EXPORT_JOURNAL_IPP
#define INTHELOOP_JOBS_IMPL_EXPORT_JOURNAL_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/jobs/detail/journal_file.hpp>
#include <intheloop/jobs/export_journal.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <chrono>
#include <cstddef>
#include <utility>

namespace intheloop {

namespace detail {

// Makes the SHA-256 digest of the user, in hex digits; `into` stays empty if there is no user.
INTHELOOP_DECL std::optional<error> digest_user(std::optional<std::string_view> user,
                                                std::optional<std::string>& into) {
    if (!user)
        return std::nullopt;
    unsigned char digest[EVP_MAX_MD_SIZE];
    std::size_t size = 0;
    if (EVP_Q_digest(nullptr, "SHA256", nullptr, user->data(), user->size(), digest, &size) != 1)
        return error(errc::invalid_request, "OpenSSL can't make a SHA-256 digest of the user");
    into = to_hexadecimal({reinterpret_cast<char const*>(digest), size});
    return std::nullopt;
}

INTHELOOP_DECL error no_entry(std::string_view key) {
    return error(errc::invalid_request,
                 "the export journal has no entry with the key " + std::string(key));
}

} // namespace detail

INTHELOOP_DECL result<std::shared_ptr<export_journal>> export_journal::open(file_path const& path) {
    std::string const absolute = detail::absolute_path(path.native());
    if (!detail::names_a_file(path.native()))
        return error(errc::file_failed, "the path of the export journal names no file");
    if (absolute.empty())
        return error(errc::file_failed,
                     "the directory in which the program runs has no path, so the "
                     "export journal can't be found there");
    auto file = std::make_unique<detail::journal_file>(absolute);
    std::string content;
    if (auto failed = file->open(content))
        return std::move(*failed);
    policy::start_record record;
    if (auto const problem = record.read(content))
        return error(errc::file_failed, absolute + ": " + *problem);
    if (auto failed = file->keep(record.bytes_read()))
        return std::move(*failed);
    std::shared_ptr<export_journal> journal(new export_journal(std::move(file), std::move(record)));
    return response<std::shared_ptr<export_journal>>(std::move(journal));
}

INTHELOOP_DECL export_journal::export_journal(std::unique_ptr<detail::journal_file> file,
                                              policy::start_record record)
    : file_(std::move(file)), record_(std::move(record)) {}

INTHELOOP_DECL export_journal::~export_journal() = default;

INTHELOOP_DECL result<std::string> export_journal::new_key() {
    unsigned char random[8];
    if (RAND_bytes(random, sizeof random) != 1)
        return error(errc::invalid_request, "OpenSSL has no random bytes for a key");
    return response<std::string>(
        detail::to_hexadecimal({reinterpret_cast<char const*>(random), sizeof random}));
}

INTHELOOP_DECL std::vector<journal_entry> export_journal::entries() const {
    std::lock_guard const lock(mutex_);
    return record_.entries();
}

INTHELOOP_DECL std::optional<journal_entry>
export_journal::find(std::string_view origin, std::string_view request,
                     std::optional<std::string_view> user) const {
    std::optional<std::string> user_digest;
    if (detail::digest_user(user, user_digest))
        return std::nullopt;
    std::lock_guard const lock(mutex_);
    journal_entry const* const found = record_.find(origin, request, user_digest);
    return found ? std::optional(*found) : std::nullopt;
}

INTHELOOP_DECL std::optional<error>
export_journal::intend(std::string_view key, std::string_view origin, std::string_view request,
                       std::optional<std::string_view> user,
                       std::optional<std::string_view> idempotency_key) {
    if (key.empty() || origin.empty() || request.empty())
        return error(errc::invalid_request,
                     "the export journal needs a key, an origin and a request");
    auto line = policy::start_line(key, policy::start_event::intended);
    line.origin = origin;
    line.request = request;
    line.idempotency_key = idempotency_key;
    if (auto failed = detail::digest_user(user, line.user_digest))
        return failed;
    std::lock_guard const lock(mutex_);
    return write_first(std::move(line));
}

INTHELOOP_DECL result<std::string> export_journal::note_made(policy::start_line made,
                                                             std::optional<std::string_view> user,
                                                             bool once) {
    auto key = new_key();
    if (!key)
        return key;
    made.key = *key;
    if (auto failed = detail::digest_user(user, made.user_digest))
        return *std::move(failed);
    std::lock_guard const lock(mutex_);
    if (journal_entry const* const known = once ? record_.find_export(made) : nullptr)
        return response<std::string>(known->key);
    if (auto failed = write_first(std::move(made)))
        return *std::move(failed);
    return key;
}

INTHELOOP_DECL std::optional<error> export_journal::sending(std::string_view key) {
    return note(key, policy::start_event::sending);
}

INTHELOOP_DECL void export_journal::use_time(std::shared_ptr<time_source> time) {
    std::lock_guard const lock(mutex_);
    time_ = std::move(time);
}

INTHELOOP_DECL std::optional<error> export_journal::not_sent(std::string_view key) {
    return note(key, policy::start_event::not_sent);
}

INTHELOOP_DECL std::optional<error> export_journal::unclear(std::string_view key) {
    return note(key, policy::start_event::unclear);
}

INTHELOOP_DECL std::optional<error> export_journal::started(std::string_view key,
                                                            std::string_view id) {
    if (id.empty())
        return error(errc::invalid_request, "the id of the export is empty");
    std::lock_guard const lock(mutex_);
    if (!record_.find(key))
        return detail::no_entry(key);
    auto line = policy::start_line(key, policy::start_event::started);
    line.id = id;
    return write(std::move(line));
}

INTHELOOP_DECL std::optional<error> export_journal::forget(std::string_view key) {
    std::lock_guard const lock(mutex_);
    if (!record_.find(key))
        return detail::no_entry(key);
    if (auto failed = file_->replace(record_.text_without(key)))
        return failed;
    record_.remove(key);
    return file_->sync_name();
}

// Writes no line that changes nothing, as before a second attempt.
INTHELOOP_DECL std::optional<error> export_journal::note(std::string_view key,
                                                         policy::start_event::value_type event) {
    std::lock_guard const lock(mutex_);
    journal_entry const* const entry = record_.find(key);
    if (!entry)
        return detail::no_entry(key);
    if (policy::advice_after(*entry, event) == entry->advice)
        return std::nullopt;
    return write(policy::start_line(key, event));
}

INTHELOOP_DECL std::optional<error> export_journal::write_first(policy::start_line line) {
    if (record_.find(line.key))
        return error(errc::invalid_request,
                     "the export journal has an entry with the key " + line.key);
    return write(std::move(line));
}

INTHELOOP_DECL std::optional<error> export_journal::write(policy::start_line line) {
    line.at = std::chrono::floor<std::chrono::seconds>(detail::system_now(time_));
    std::string text;
    if (auto const problem = policy::encode_line(text, line))
        return error(errc::invalid_request, "the export journal: " + problem->text());
    if (auto failed = file_->append(text))
        return failed;
    record_.add(line, std::move(text));
    return std::nullopt;
}

} // namespace intheloop

#endif
