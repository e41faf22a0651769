// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_START_RECORD_IPP
#define INTHELOOP_POLICY_IMPL_START_RECORD_IPP

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/policy/detail/start_record.hpp>

#include <algorithm>
#include <utility>

namespace intheloop::policy {

namespace detail {

// Parsed first: a line of another version may have another shape.
class line_version {
public:
    std::uint64_t version = 0;
    using members = intheloop::members<renamed<&line_version::version, "journal">>;
};

// Returns whether a text can be a fragment of a first line: only a journal begins like this.
INTHELOOP_DECL bool begins_a_journal(std::string_view text) {
    constexpr std::string_view beginning = R"({"journal":)";
    return text.substr(0, beginning.size()) == beginning.substr(0, text.size());
}

} // namespace detail

INTHELOOP_DECL std::optional<codec::json_error> encode_line(std::string& out,
                                                            start_line const& line) {
    auto problem = codec::encode_json(out, line);
    out += '\n';
    return problem;
}

INTHELOOP_DECL std::optional<codec::json_error> decode_line(std::string_view text,
                                                            start_line& line) {
    detail::line_version is;
    if (auto problem = codec::decode_json(text, is))
        return problem;
    if (is.version > start_line::current_version)
        return codec::json_error{"/journal",
                                 "version " + std::to_string(is.version) +
                                     " is newer than what this program reads, which is version " +
                                     std::to_string(start_line::current_version)};
    if (is.version != start_line::current_version)
        return codec::json_error{"/journal", "there is no version " + std::to_string(is.version)};
    return codec::decode_json(text, line);
}

INTHELOOP_DECL journal_advice advice_after(journal_entry const& entry, start_event const& event) {
    if (entry.origin.empty() || entry.request.empty())
        return journal_advice::ask; // the intention is unknown
    if (event.value() != start_event::unknown && entry.id)
        return journal_advice::resume;
    switch (event.value()) {
    case start_event::intended:
    case start_event::not_sent: return journal_advice::start_again;
    case start_event::sending:
    case start_event::unclear:
        return entry.idempotency_key ? journal_advice::repeat : journal_advice::ask;
    case start_event::started: // without an id
    case start_event::unknown: break;
    }
    return journal_advice::ask;
}

INTHELOOP_DECL std::optional<std::string> start_record::read(std::string_view text) {
    *this = start_record();
    for (std::size_t number = 1; bytes_read_ != text.size(); ++number) {
        std::string_view const rest = text.substr(bytes_read_);
        std::size_t const newline = rest.find('\n');
        if (newline == rest.npos) {
            if (bytes_read_ == 0 && !detail::begins_a_journal(rest))
                return "it is not a start journal";
            return std::nullopt;
        }
        start_line line;
        if (auto const problem = decode_line(rest.substr(0, newline), line)) {
            // The newline can reach the disk before the text in front of it.
            bool const is_last = newline + 1 == rest.size();
            if (problem->malformed && is_last && bytes_read_ != 0)
                return std::nullopt;
            return "line " + std::to_string(number) +
                   " can't be read as one of a start journal: " + problem->text();
        }
        add(line, std::string(rest.substr(0, newline + 1)));
        bytes_read_ += newline + 1;
    }
    return std::nullopt;
}

// Changes nothing if it throws for lack of memory.
INTHELOOP_DECL void start_record::add(start_line const& line, std::string text) {
    if (auto const found = places_.find(line.key); found != places_.end()) {
        kept& of = kept_[found->second];
        auto id = line.id;
        of.lines += text;
        if (id)
            of.entry.id = std::move(id);
        of.entry.advice = line.event == start_event::intended ? journal_advice::ask
                                                              : advice_after(of.entry, line.event);
        return;
    }
    kept made;
    made.lines = std::move(text);
    made.entry.key = line.key;
    made.entry.origin = line.origin.value_or("");
    made.entry.request = line.request.value_or("");
    made.entry.user_digest = line.user_digest;
    made.entry.idempotency_key = line.idempotency_key;
    made.entry.began = line.at;
    made.entry.id = line.id;
    made.entry.advice = advice_after(made.entry, line.event);
    kept_.push_back(std::move(made));
    try {
        places_.emplace(line.key, kept_.size() - 1);
    } catch (...) {
        kept_.pop_back();
        throw;
    }
}

INTHELOOP_DECL std::vector<journal_entry> start_record::entries() const {
    std::vector<journal_entry> found;
    for (kept const& each : kept_)
        found.push_back(each.entry);
    return found;
}

INTHELOOP_DECL journal_entry const* start_record::find(std::string_view key) const {
    auto const found = places_.find(key);
    return found == places_.end() ? nullptr : &kept_[found->second].entry;
}

INTHELOOP_DECL journal_entry const*
start_record::find(std::string_view origin, std::string_view request,
                   std::optional<std::string> const& user_digest) const {
    auto const found = std::find_if(kept_.rbegin(), kept_.rend(), [&](kept const& each) {
        journal_entry const& entry = each.entry;
        return entry.origin == origin && entry.request == request &&
               entry.user_digest == user_digest;
    });
    return found == kept_.rend() ? nullptr : &found->entry;
}

INTHELOOP_DECL journal_entry const* start_record::find_export(start_line const& of) const {
    auto const found = std::find_if(kept_.rbegin(), kept_.rend(), [&](kept const& each) {
        journal_entry const& entry = each.entry;
        return entry.advice == journal_advice::resume && entry.id == of.id &&
               entry.origin == of.origin && entry.request == of.request &&
               entry.user_digest == of.user_digest;
    });
    return found == kept_.rend() ? nullptr : &found->entry;
}

INTHELOOP_DECL std::string start_record::text_without(std::string_view key) const {
    std::string text;
    for (kept const& each : kept_)
        if (each.entry.key != key)
            text += each.lines;
    return text;
}

INTHELOOP_DECL void start_record::remove(std::string_view key) {
    auto const found = places_.find(key);
    if (found == places_.end())
        return;
    std::size_t const removed = found->second;
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(removed));
    places_.erase(found);
    for (auto& [each, place] : places_)
        place -= place > removed ? 1 : 0;
}

} // namespace intheloop::policy

#endif
