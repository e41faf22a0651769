// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_API_REPORT_HPP
#define INTHELOOP_API_REPORT_HPP

#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/open_enum.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::report {

// The format of an exported file (documented). Json is one JSON array of records (inferred), Xlsx a
// binary file.
class result_format : public open_enum<result_format> {
public:
    enum value_type : unsigned char { unknown, json, xlsx };
    static constexpr std::string_view texts[] = {"Json", "Xlsx"};

    result_format() = default;
    result_format(value_type value) : open_enum(value) {}
};

// The status of an export. The schema lists the first four values, the sample bodies show the fifth
// (documented). The set is open.
class export_status : public open_enum<export_status> {
public:
    enum value_type : unsigned char {
        unknown,
        expired,
        failed,
        processing,
        completed,
        pending_or_expired
    };
    static constexpr std::string_view texts[] = {"Expired", "Failed", "Processing", "Completed",
                                                 "PendingOrExpired"};

    export_status() = default;
    export_status(value_type value) : open_enum(value) {}
};

// Selects the data to export (documented). The period is required.
class export_request {
public:
    export_request(std::chrono::sys_seconds start_of_period, std::chrono::sys_seconds end_of_period)
        : start(start_of_period), end(end_of_period) {}

    // Takes a period of any precision. Rounds each end down to whole seconds; a time out of range
    // becomes the nearest one in range.
    template <class Start, class End>
    export_request(std::chrono::sys_time<Start> start_of_period,
                   std::chrono::sys_time<End> end_of_period)
        : start(whole_seconds(start_of_period)), end(whole_seconds(end_of_period)) {}

    nullable<std::string> timezone; // IANA name
    std::chrono::sys_seconds start; // whole seconds since the Unix epoch, on the wire
    std::chrono::sys_seconds end;
    std::optional<intheloop::report::result_format> result_format;
    // Filters. An empty or absent one means "all" (inferred).
    nullable<std::vector<std::string>> tag_ids;
    nullable<std::vector<std::string>> team_ids; // a team is a shared inbox
    nullable<std::vector<std::string>> teammate_ids;
    nullable<std::vector<std::string>> customer_ids;

    static constexpr member_note notes[] = {
        {"timezone", "IANA zone used to calculate and export the data."},
        {"start", "Start of the period."},
        {"end", "End of the period."},
        {"resultFormat", "Format of the exported file."},
        {"tagIds", "Only these tags; empty or absent: all.", certainty::inferred},
        {"teamIds", "Only these teams (shared inboxes); empty or absent: all.",
         certainty::inferred},
        {"teammateIds", "Only these teammates; empty or absent: all.", certainty::inferred},
        {"customerIds", "Only these customers; empty or absent: all.", certainty::inferred}};
    static constexpr std::string_view sample =
        R"({"timezone":"Europe/Ljubljana","start":1698330175,"end":1698934975,)"
        R"("resultFormat":"Json","tagIds":[],"teamIds":[],"teammateIds":[],"customerIds":[]})";

    // Refuses a period that ends before it starts, before anything is sent.
    std::optional<invalid_member> validate() const {
        if (end < start)
            return invalid_member{"end", "lies before the start"};
        return std::nullopt;
    }

    using members =
        intheloop::members<&export_request::timezone, &export_request::start, &export_request::end,
                           &export_request::result_format, &export_request::tag_ids,
                           &export_request::team_ids, &export_request::teammate_ids,
                           &export_request::customer_ids>;

private:
    template <class Duration>
    static std::chrono::sys_seconds whole_seconds(std::chrono::sys_time<Duration> time) {
        using std::chrono::sys_seconds;
        std::chrono::duration<double> const about = time.time_since_epoch();
        if (!(about > sys_seconds::min().time_since_epoch()))
            return sys_seconds::min();
        if (about >= sys_seconds::max().time_since_epoch())
            return sys_seconds::max();
        return std::chrono::floor<std::chrono::seconds>(time);
    }
};

// Names the export to poll (documented).
class get_request {
public:
    explicit get_request(std::string export_id) : id(std::move(export_id)) {}

    std::string id;

    static constexpr member_note notes[] = {{"id", "The id that the start of the export gave."}};
    static constexpr std::string_view sample = R"({"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058"})";

    using members = intheloop::members<&get_request::id>;
};

// The state of an export (documented).
class export_result {
public:
    export_result() {}

    std::string id; // a UUID in the samples
    std::optional<export_status> status;
    // Present once the export is completed: a signed address that expires and needs no token. It
    // gives access to the file by itself, so treat it as a secret.
    nullable<std::string> url;

    static constexpr member_note notes[] = {
        {"id", "Id of the export, a UUID in the samples."},
        {"status", "State of the export."},
        {"url", "Once completed: a signed address that expires and needs no token. Whoever has it "
                "can fetch the file."}};
    static constexpr std::string_view sample =
        R"({"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058","status":"Completed",)"
        R"("url":"https://reports.intheloop.io/RF_6a1cf0db?Expires=1698934975&)"
        R"(Signature=t7Wry-7L~q__&Key-Pair-Id=K3OIERPZ19GBMM"})";

    using members =
        intheloop::members<&export_result::id, &export_result::status, &export_result::url>;
};

// Starts a raw-data export (documented). No idempotency key is documented: it is sent again only
// where the service can't have acted on it, unless call_options::retry_when_sent allows more. The
// answer may lack a status (documented).
inline constexpr endpoint<verb::post, "/api/v1/report/export", export_request, export_result,
                          operation<"report.export_report">, not_idempotent, documented,
                          summary<"Start a raw-data export">>
    export_report{};

// Returns the state of an export. The vendor advises a first poll 10 seconds after the start and
// one every 10 seconds while the export is processed (documented); an export_job does that.
inline constexpr endpoint<verb::get, "/api/v1/report/exports/{id}", get_request, export_result,
                          operation<"report.get_report">, idempotent, documented,
                          summary<"State of an export">>
    get_report{};

} // namespace intheloop::report

#endif
