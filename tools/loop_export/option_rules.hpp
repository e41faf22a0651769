// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_OPTION_RULES_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_OPTION_RULES_HPP

namespace tools {

// Which options were given, as far as they have to fit each other.
struct chosen_options {
    bool from = false, to = false, last = false;
    bool filters = false, timezone = false, format = false;
    bool resume = false, resume_token = false, start_again = false;
    bool json_lines = false, csv = false, columns = false, xlsx = false;
    bool table = false;     // how one is written
    bool to_stream = false; // to the standard output, a device or a pipe
    bool several_streams = false;
    bool verbose = false, quiet = false;

    bool period() const { return from || last; }
};

// Returns the contradiction between them, or null.
inline char const* validate(chosen_options const& chosen) {
    struct {
        bool wrong;
        char const* problem;
    } const rules[] = {
        {chosen.resume && chosen.start_again, "--resume and --start-again exclude each other"},
        {chosen.resume_token &&
             (chosen.period() || chosen.to || chosen.filters || chosen.timezone || chosen.format),
         "the token of --resume says which export: leave period, filters, --timezone and "
         "--format away"},
        {chosen.resume && !chosen.resume_token && chosen.to_stream,
         "--resume without a token reads FILE.export: name a file with -o, or give the token"},
        {chosen.last && (chosen.from || chosen.to), "--last excludes --from and --to"},
        {!chosen.period() && (!chosen.resume || chosen.to),
         "which period? --from 2026-11-01 --to 2026-11-08, or --last 7d"},
        {chosen.json_lines && chosen.csv, "--ndjson and --csv exclude each other"},
        {chosen.columns && !chosen.csv, "--columns needs --csv"},
        {chosen.table && !chosen.csv, "--escape-formulas, --bom and --strict need --csv"},
        {chosen.xlsx && (chosen.json_lines || chosen.csv),
         "--ndjson and --csv read a json export: leave --format xlsx away"},
        {chosen.several_streams && (chosen.to_stream || chosen.json_lines || chosen.csv),
         "--streams fetches a file as it is: give -o FILE, and leave --ndjson and --csv away"},
        {chosen.verbose && chosen.quiet, "--verbose and --quiet exclude each other"},
    };
    for (auto const& rule : rules)
        if (rule.wrong)
            return rule.problem;
    return nullptr;
}

} // namespace tools

#endif
