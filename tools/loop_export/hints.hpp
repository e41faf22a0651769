// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_HINTS_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_HINTS_HPP

#include "arguments.hpp"
#include "column_names.hpp"
#include "unfinished.hpp"

#include <intheloop/jobs/export_journal.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/policy/detail/resume_token.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

// Holds advice for a person.
namespace tools {

// "2026-11-01T09:30:00Z"
inline std::string utc_text(std::chrono::sys_seconds time) {
    using namespace std::chrono;
    auto const day = floor<days>(time);
    year_month_day const date(day);
    hh_mm_ss const clock(time - day);
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ldZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                  static_cast<long>(clock.seconds().count()));
    return text;
}

// The token of an export that stands in a journal.
inline std::string resume_token_of(intheloop::journal_entry const& entry, std::string_view id) {
    namespace net = intheloop::net;
    intheloop::policy::resume_token token;
    net::url address;
    if (std::string problem; net::parse_url(entry.origin, address, problem)) {
        net::origin const& at = address.origin;
        token.origin = (at.secure ? "https/" : "http/") + net::bracketed(at.host) + ':' + at.port;
    }
    token.started = entry.began;
    token.export_id = id;
    return intheloop::policy::make_resume_token(token);
}

// As one word of a shell.
inline std::string shell_word(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_-+=:,./@%";
    if (!text.empty() && text.find_first_not_of(plain) == text.npos)
        return std::string(text);
    std::string quoted = "'";
    for (char c : text)
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + '\'';
}

// "resume with: loop-export --resume TOKEN -o FILE", and what else makes the same file.
inline std::string resume_line(arguments const& args, std::string_view token) {
    std::string line = "resume with: loop-export --resume " + shell_word(token);
    if (args.format == row_format::json_lines)
        line += " --ndjson";
    if (args.format == row_format::csv)
        line += " --csv";
    if (!args.columns.empty())
        line += " --columns " + shell_word(column_list(args.columns));
    if (args.csv.escape_formulas)
        line += " --escape-formulas";
    if (args.csv.byte_order_mark)
        line += " --bom";
    if (args.csv.strict)
        line += " --strict";
    if (args.impersonate_user)
        line += " --impersonate USER"; // the id is no text to be printed
    return line + " -o " + shell_word(args.out.native());
}

// Of an export that can be gone on with.
inline std::string unfinished_text(intheloop::journal_entry const& left,
                                   std::filesystem::path const& file) {
    return journal_of(file).string() + " knows of an unfinished export, " + left.id.value_or("") +
           ", begun " + utc_text(left.began) +
           ": go on with it by --resume, or start another by --start-again";
}

// Of none.
inline std::string nothing_left_text(std::filesystem::path const& file) {
    std::error_code ignored;
    return "there is nothing to go on with: " + journal_of(file).string() +
           " is not there, or no export was started; " +
           (std::filesystem::exists(file, ignored) ? file.string() + " is there, though: it may be "
                                                                     "what was to be written"
                                                   : "start one with --from or --last");
}

// Of one of which nobody knows.
inline std::string unclear_text(intheloop::journal_entry const& left) {
    return "it is not known whether an export was started: " + utc_text(left.began) + " " +
           left.request + " was on its way to " + left.origin +
           ". If the service has it, go on by --resume " + resume_token_of(left, "ID") +
           ", with its ID; else start another by --start-again";
}

} // namespace tools

#endif
