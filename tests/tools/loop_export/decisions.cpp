// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The decisions of loop-export that need neither a service nor a file.
#include "../../../tools/loop_export/column_names.hpp"
#include "../../../tools/loop_export/first_step.hpp"
#include "../../../tools/loop_export/hints.hpp"
#include "../../../tools/loop_export/option_rules.hpp"
#include "../../../tools/shared/exit_code.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("tools/loop_export/decisions") {

namespace {

using intheloop::errc;
using intheloop::journal_advice;
using intheloop::request_progress;
using tools::beginning;
using tools::chosen_options;
using tools::first_step;

std::string problem_of(std::function<void(chosen_options&)> const& choose) {
    chosen_options chosen;
    choose(chosen);
    char const* const problem = tools::validate(chosen);
    return problem ? problem : "";
}

} // namespace

TEST_CASE("options have to fit each other") {
    struct {
        std::function<void(chosen_options&)> choose;
        std::string problem; // its beginning; empty: none
    } const cases[] = {
        {[](auto& o) { o.last = true; }, ""},
        {[](auto& o) { o.from = o.to = o.timezone = o.filters = o.format = true; }, ""},
        {[](auto& o) { o.resume = true; }, ""},
        {[](auto& o) { o.resume = o.last = true; }, ""},
        {[](auto& o) { o.resume = o.resume_token = o.to_stream = true; }, ""},
        {[](auto& o) { o.last = o.csv = o.columns = o.start_again = o.verbose = true; }, ""},
        {[](auto&) {}, "which period?"},
        {[](auto& o) { o.to = true; }, "which period?"},
        {[](auto& o) { o.resume = o.to = true; }, "which period?"},
        {[](auto& o) { o.start_again = true; }, "which period?"},
        {[](auto& o) { o.last = o.from = true; }, "--last excludes"},
        {[](auto& o) { o.last = o.to = true; }, "--last excludes"},
        {[](auto& o) { o.resume = o.start_again = true; }, "--resume and --start-again"},
        {[](auto& o) { o.resume = o.to_stream = true; }, "--resume without a token"},
        {[](auto& o) { o.resume = o.resume_token = o.last = true; }, "the token of --resume"},
        {[](auto& o) { o.resume = o.resume_token = o.to = true; }, "the token of --resume"},
        {[](auto& o) { o.resume = o.resume_token = o.filters = true; }, "the token of --resume"},
        {[](auto& o) { o.resume = o.resume_token = o.format = true; }, "the token of --resume"},
        {[](auto& o) { o.last = o.csv = o.json_lines = true; }, "--ndjson and --csv exclude"},
        {[](auto& o) { o.last = o.csv = o.table = true; }, ""},
        {[](auto& o) { o.last = o.table = true; }, "--escape-formulas, --bom and --strict need"},
        {[](auto& o) { o.last = o.json_lines = o.table = true; }, "--escape-formulas, --bom and"},
        {[](auto& o) { o.last = o.columns = true; }, "--columns needs"},
        {[](auto& o) { o.last = o.columns = o.json_lines = true; }, "--columns needs"},
        {[](auto& o) { o.last = o.xlsx = o.csv = true; }, "--ndjson and --csv read a json"},
        {[](auto& o) { o.last = o.xlsx = o.json_lines = true; }, "--ndjson and --csv read a json"},
        {[](auto& o) { o.last = o.several_streams = true; }, ""},
        {[](auto& o) { o.last = o.several_streams = o.to_stream = true; }, "--streams fetches"},
        {[](auto& o) { o.last = o.several_streams = o.csv = true; }, "--streams fetches"},
        {[](auto& o) { o.last = o.several_streams = o.json_lines = true; }, "--streams fetches"},
        {[](auto& o) { o.last = o.verbose = o.quiet = true; }, "--verbose and --quiet"},
    };
    for (auto const& each : cases) {
        std::string const problem = problem_of(each.choose);
        CAPTURE(problem);
        CAPTURE(each.problem);
        CHECK(problem.empty() == each.problem.empty());
        CHECK(problem.starts_with(each.problem));
    }
}

TEST_CASE("what was left decides how to begin") {
    struct {
        beginning how;
        bool has_request;
        std::optional<journal_advice> left;
        first_step step;
    } const cases[] = {
        {beginning::start, true, std::nullopt, first_step::start},
        {beginning::start, true, journal_advice::start_again, first_step::start},
        {beginning::start, true, journal_advice::resume, first_step::refuse_to_lose},
        {beginning::start, true, journal_advice::ask, first_step::refuse_unclear},
        {beginning::start_again, true, std::nullopt, first_step::start},
        {beginning::start_again, true, journal_advice::start_again, first_step::start},
        {beginning::start_again, true, journal_advice::resume, first_step::start},
        {beginning::start_again, true, journal_advice::ask, first_step::start},
        {beginning::resume, false, std::nullopt, first_step::refuse_nothing},
        {beginning::resume, true, std::nullopt, first_step::start},
        {beginning::resume, false, journal_advice::start_again, first_step::start},
        {beginning::resume, false, journal_advice::resume, first_step::resume_left},
        {beginning::resume, true, journal_advice::resume, first_step::resume_left},
        {beginning::resume, false, journal_advice::ask, first_step::refuse_unclear},
        {beginning::resume, true, journal_advice::ask, first_step::refuse_unclear},
        {beginning::resume_by_token, false, std::nullopt, first_step::resume_token},
        {beginning::resume_by_token, false, journal_advice::resume, first_step::resume_token},
        {beginning::resume_by_token, false, journal_advice::ask, first_step::resume_token},
    };
    for (auto const& each : cases) {
        CAPTURE(static_cast<int>(each.how));
        CAPTURE(each.has_request);
        CHECK(tools::plan(each.how, each.has_request, each.left) == each.step);
    }
}

TEST_CASE("an error has an exit code") {
    struct {
        errc code;
        int exit_code;
    } const cases[] = {
        {errc::unauthorized, 3},    {errc::forbidden, 3},          {errc::account_not_verified, 3},
        {errc::export_failed, 4},   {errc::export_expired, 4},     {errc::resolve_failed, 5},
        {errc::connection_lost, 5}, {errc::proxy_unauthorized, 5}, {errc::certificate_refused, 5},
        {errc::stalled, 5},         {errc::deadline_exceeded, 5},  {errc::invalid_option, 2},
        {errc::invalid_request, 2}, {errc::file_failed, 1},        {errc::rate_limited, 1},
        {errc::not_found, 4},       {errc::server_error, 1},       {errc::invalid_json, 1},
        {errc::file_changed, 1},    {errc::export_unclear, 4},
    };
    for (auto const& each : cases) {
        CAPTURE(to_string(each.code));
        CHECK(tools::exit_code_of(intheloop::error(each.code, "")) == each.exit_code);
    }
}

TEST_CASE("a file's server that refuses or misses a file says nothing about the export") {
    for (errc const code :
         {errc::unauthorized, errc::forbidden, errc::not_found, errc::account_not_verified}) {
        CAPTURE(to_string(code));
        intheloop::error failure(code, "");
        failure.of_download = true;
        CHECK(tools::exit_code_of(failure) == 1);
    }
    intheloop::error lost(errc::connection_lost, "");
    lost.of_download = true;
    CHECK(tools::exit_code_of(lost) == 5);
}

TEST_CASE("a start that failed may have begun an export") {
    struct {
        request_progress progress;
        unsigned status;
        bool may;
    } const cases[] = {
        {request_progress::not_sent, 0, false},
        {request_progress::partly_sent, 0, true},
        {request_progress::sent, 0, true},
        {request_progress::response_begun, 401, false},
        {request_progress::response_begun, 429, false},
        {request_progress::response_begun, 408, true},
        {request_progress::response_begun, 499, true},
        {request_progress::response_begun, 503, true},
        {request_progress::response_begun, 200, true},
    };
    for (auto const& each : cases) {
        CAPTURE(to_string(each.progress));
        CAPTURE(each.status);
        intheloop::error e(errc::server_error, "");
        e.progress = each.progress;
        e.status = each.status;
        CHECK(tools::may_have_started(e) == each.may);
        intheloop::error later(errc::connect_failed, "");
        later.earlier_attempts.push_back({errc::server_error, each.status, each.progress, {}});
        CHECK(tools::may_have_started(later) == each.may);
    }
}

TEST_CASE("the line that tells how to go on is one for a shell") {
    tools::arguments args;
    args.out = "week.json";
    std::string const begin = "resume with: loop-export --resume TOKEN ";
    CHECK(tools::resume_line(args, "TOKEN") == begin + "-o week.json");
    args.out = "Ana's week.csv";
    args.format = tools::row_format::csv;
    CHECK(tools::resume_line(args, "TOKEN") == begin + "--csv -o 'Ana'\\''s week.csv'");
    args.columns = {"a", "b c"};
    args.impersonate_user = "user_7";
    CHECK(tools::resume_line(args, "TOKEN") ==
          begin + "--csv --columns 'a,b c' --impersonate USER -o 'Ana'\\''s week.csv'");
    args = tools::arguments();
    args.out = "-";
    args.format = tools::row_format::json_lines;
    CHECK(tools::resume_line(args, "TOKEN") == begin + "--ndjson -o -");
}

TEST_CASE("a list of columns names those with commas too") {
    using names = std::vector<std::string>;
    auto const read = [](std::string_view list) {
        names made;
        tools::add_column_names(made, list);
        return made;
    };
    struct {
        std::string list;
        names expected;
    } const table[] = {
        {"a", {"a"}},
        {"a,b", {"a", "b"}},
        {"a.b,/c~1d, e", {"a.b", "/c~1d", " e"}},
        {R"("a,b",c)", {"a,b", "c"}},
        {R"(c,"Time, ""average""")", {"c", R"(Time, "average")"}},
        {R"(5" disk)", {R"(5" disk)"}},
        {R"("""a""")", {R"("a")"}},
    };
    for (auto const& row : table) {
        CAPTURE(row.list);
        CHECK(read(row.list) == row.expected);
        CHECK(tools::column_list(row.expected) == row.list);
    }
    CHECK(read(R"("a","b")") == names{"a", "b"});
    struct {
        char const* list;
        char const* problem;
    } const wrong[] = {
        {"", "a name is empty"},         {",", "a name is empty"},
        {"a,", "a name is empty"},       {",a", "a name is empty"},
        {"a,,b", "a name is empty"},     {R"("")", "a name is empty"},
        {R"("a)", "lacks its second"},   {R"(")", "lacks its second"},
        {R"("a"")", "lacks its second"}, {R"("a"b)", "goes on behind"},
        {"a,b,a", "a comes twice"},      {R"(a,"a")", "a comes twice"},
    };
    for (auto const& row : wrong) {
        CAPTURE(row.list);
        CHECK_THROWS_WITH_AS(read(row.list), doctest::Contains(row.problem), std::invalid_argument);
    }
}

TEST_CASE("what stands in a journal is told, with a token to be filled in") {
    intheloop::journal_entry left;
    left.origin = "https://api.intheloop.io";
    left.request = R"({"start":1})";
    left.began = std::chrono::sys_seconds(std::chrono::seconds(1'793'487'609));
    CHECK(tools::utc_text(left.began) == "2026-10-31T23:00:09Z");
    CHECK(tools::unclear_text(left) ==
          "it is not known whether an export was started: 2026-10-31T23:00:09Z {\"start\":1} was "
          "on its way to https://api.intheloop.io. If the service has it, go on by --resume "
          "loop-export/1/https/api.intheloop.io:443/1793487609/ID, with its ID; else start another "
          "by --start-again");
    for (auto const& [origin, in_token] :
         {std::pair("https://localhost:8443", "https/localhost:8443"),
          std::pair("http://localhost", "http/localhost:80"),
          std::pair("https://[::1]", "https/[::1]:443"),
          std::pair("https://[::1]:8443", "https/[::1]:8443")}) {
        left.origin = origin;
        CHECK(tools::resume_token_of(left, "x").starts_with("loop-export/1/" +
                                                            std::string(in_token) + '/'));
    }
    left.id = "x-1";
    CHECK(tools::unfinished_text(left, "a.json") ==
          "a.json.export knows of an unfinished export, x-1, begun 2026-10-31T23:00:09Z: go on "
          "with it by --resume, or start another by --start-again");
}

} // TEST_SUITE("tools/loop_export/decisions")
