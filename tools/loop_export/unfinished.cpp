// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "unfinished.hpp"

#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/jobs/detail/journal_file.hpp>
#include <intheloop/policy/detail/start_record.hpp>

#include <algorithm>
#include <system_error>
#include <utility>

namespace tools {

namespace fs = std::filesystem;
using intheloop::journal_advice;
using intheloop::journal_entry;

namespace {

void throw_if(std::optional<intheloop::error> failure) {
    if (failure)
        throw intheloop::exception(std::move(*failure));
}

} // namespace

unfinished::unfinished(fs::path const& file, std::optional<std::string> user)
    : file_(file), path_(journal_of(file)), user_(std::move(user)) {}

void unfinished::open(bool may_make) {
    std::error_code unknown; // opening it tells more
    if (!journal_ && (may_make || fs::exists(path_, unknown) || unknown))
        journal_ = intheloop::export_journal::open(path_).value();
}

std::string unfinished::open_or_set_aside() {
    std::error_code unknown;
    if (journal_ || (!fs::exists(fs::symlink_status(path_, unknown)) && !unknown))
        return {};
    auto opened = intheloop::export_journal::open(path_);
    if (opened) {
        journal_ = *std::move(opened);
        return {};
    }
    // Another's file, or one that another program uses, stays.
    intheloop::detail::journal_file damaged(path_.string());
    std::string ignored;
    if (damaged.open(ignored))
        throw intheloop::exception(opened.error());
    fs::path const aside = intheloop::detail::beside(file_.string(), ".export.damaged");
    std::error_code failure;
    fs::rename(path_, aside, failure);
    if (failure)
        throw intheloop::exception(intheloop::error(intheloop::errc::file_failed,
                                                    "can't rename " + path_.string() + " to " +
                                                        aside.string() + ": " + failure.message()));
    return opened.error().detail + ": it is " + aside.string() + " from here on";
}

std::optional<journal_entry> unfinished::left() const {
    if (!journal_)
        return std::nullopt;
    auto entries = journal_->entries();
    if (entries.empty())
        return std::nullopt;
    // A start that came to nothing says nothing about those before it.
    auto const telling = std::find_if(entries.rbegin(), entries.rend(), [](auto const& each) {
        return each.advice != journal_advice::start_again;
    });
    return telling != entries.rend() ? *telling : entries.back();
}

bool unfinished::is_of_same_user(journal_entry const& entry) const {
    auto const found = journal_->find(entry.origin, entry.request, user_);
    return found && found->key == entry.key;
}

void unfinished::take_up(std::string const& origin, std::string const& id) {
    auto const before = left();
    if (before && before->id == id)
        return;
    auto const others = journal_->entries();
    intheloop::policy::start_line made({}, intheloop::policy::start_event::started);
    made.origin = origin;
    made.request = before ? before->request : "{}";
    made.id = id;
    intheloop::detail::access::note_made(*journal_, std::move(made), user_, false).value();
    for (journal_entry const& each : others)
        throw_if(journal_->forget(each.key));
}

void unfinished::forget_entries() {
    if (!journal_)
        return;
    for (journal_entry const& each : journal_->entries())
        throw_if(journal_->forget(each.key));
}

void unfinished::forget() {
    std::error_code ignored; // what stays is of no harm
    if (journal_)
        fs::remove(path_, ignored);
    journal_.reset();
    for (char const* part : {".part", ".part.info", ".rows.part"})
        fs::remove(intheloop::detail::beside(file_.string(), part), ignored);
}

void unfinished::tidy() {
    if (!journal_)
        return;
    for (journal_entry const& each : journal_->entries())
        if (each.advice == journal_advice::start_again)
            throw_if(journal_->forget(each.key));
    std::error_code ignored;
    if (journal_->entries().empty())
        fs::remove(path_, ignored);
}

std::optional<intheloop::report::export_request> request_of(journal_entry const& entry) {
    using intheloop::report::export_request;
    export_request request({}, {});
    if (intheloop::codec::decode_json(entry.request, request))
        return std::nullopt;
    return request;
}

} // namespace tools
