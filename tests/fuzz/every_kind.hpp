// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_EVERY_KIND_HPP
#define INTHELOOP_TESTS_FUZZ_EVERY_KIND_HPP

// Endpoints with members of each kind that a descriptor can have, in each place; the documented
// ones use few of them.
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/response_header.hpp>
#include <intheloop/endpoint/statuses.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace every_kind {

class grade : public intheloop::open_enum<grade> {
public:
    enum value_type : unsigned char { unknown, low, high };
    static constexpr std::string_view texts[] = {"Low", "High"};

    grade() = default;
    grade(value_type value) : open_enum(value) {}
};

struct square {
    double side;
    std::optional<intheloop::date_time> made;
    using members = intheloop::members<&square::side, &square::made>;
};
struct circle {
    std::int64_t radius;
    std::vector<std::string> colors;
    using members = intheloop::members<&circle::radius, &circle::colors>;
};
using shape = intheloop::one_of<"kind", square, intheloop::alternative<"O", circle>>;

// As it comes in JSON only.
struct part {
    std::string id;
    intheloop::nullable<double> weight;
    std::optional<every_kind::grade> grade;
    std::vector<std::optional<std::int64_t>> counts;
    std::map<std::string, std::string> labels;
    intheloop::nullable<boost::json::object> extra;
    std::string type;
    std::optional<every_kind::shape> shape;
    std::vector<every_kind::shape> shapes;
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> at;
    std::optional<std::chrono::year_month_day> day;

    static constexpr std::string_view sample =
        R"({"id":"p1","weight":1.5,"grade":"High","counts":[1,null,-3],"labels":{"a/b":"c~d"},)"
        R"("extra":{"k":[true,1e-3]},"$type":"part","shape":{"side":1.5,"kind":"Square"},"shapes":[)"
        R"({"kind":"O","radius":3,"colors":["red"]},{"kind":"Cube","edges":12}],"at":1698934975123,)"
        R"("day":"2026-11-01"})";

    using members =
        intheloop::members<&part::id, &part::weight, &part::grade, &part::counts, &part::labels,
                           &part::extra, intheloop::renamed<&part::type, "$type">, &part::shape,
                           &part::shapes, &part::at, &part::day>;
};

// Members in the path, the query, a header and the body.
class put_request {
public:
    put_request(std::string thing, every_kind::grade of, std::chrono::sys_seconds from,
                std::map<std::string, part> its_parts)
        : id(std::move(thing)), grade(std::move(of)), since(from), parts(std::move(its_parts)) {}

    std::string id;
    every_kind::grade grade;
    std::chrono::sys_seconds since;
    std::vector<std::string> tags;
    std::vector<every_kind::grade> others;
    std::optional<std::int32_t> size;
    std::optional<bool> whole;
    std::optional<std::string> note;
    std::optional<std::uint64_t> revision;
    std::optional<std::int8_t> tiny;
    intheloop::nullable<every_kind::part> first;
    std::map<std::string, every_kind::part> parts;
    std::optional<boost::json::value> open;
    std::optional<boost::json::array> list;
    std::vector<std::string> joined;
    std::vector<std::int32_t> barred;
    std::optional<intheloop::date_time> until;

    static constexpr std::string_view sample =
        R"({"id":"a/b c","grade":"Low","since":-1,"tags":["x","y&z"],"others":["High","Other"],)"
        R"("size":-7,"whole":true,"note":"n","revision":18446744073709551615,"tiny":-128,)"
        R"("first":null,"parts":{"":{"id":"","counts":[],"labels":{},"$type":"","shapes":[]}},"open":null,)"
        R"("list":[[],{}],"joined":["a","b c"],"barred":[1,-2],"until":"2026-11-01T08:00:00.25Z"})";

    using members =
        intheloop::members<&put_request::id, &put_request::grade, &put_request::since,
                           &put_request::tags, &put_request::others, &put_request::size,
                           &put_request::whole, &put_request::note, &put_request::revision,
                           &put_request::tiny, &put_request::first, &put_request::parts,
                           &put_request::open, &put_request::list, &put_request::joined,
                           &put_request::barred, &put_request::until>;
};

inline constexpr intheloop::endpoint<
    intheloop::verb::put, "/v2/things/{id}/of-{grade}.json", put_request, part,
    intheloop::query<&put_request::since, &put_request::tags, &put_request::others,
                     &put_request::size, &put_request::whole>,
    intheloop::joined_query<',', &put_request::joined>,
    intheloop::joined_query<'|', &put_request::barred>,
    intheloop::header<"X-Until", &put_request::until>,
    intheloop::header<"X-Note", &put_request::note>,
    intheloop::header<"X-Revision", &put_request::revision>, intheloop::operation<"kinds.put">>
    put{};

inline constexpr intheloop::endpoint<intheloop::verb::get, "/v2/things", intheloop::no_parameters,
                                     std::vector<part>, intheloop::operation<"kinds.list">>
    list{};

// Members of a response in headers, statuses and bodies of errors.
struct headed {
    std::string id;
    std::uint64_t total;
    std::optional<std::string> tag;
    std::optional<every_kind::grade> grade;
    std::optional<intheloop::date_time> until;
    std::optional<bool> whole;
    static constexpr std::string_view sample =
        R"({"id":"h","total":7,"tag":"a b","grade":"High","until":"2026-11-01T08:00:00Z","whole":true})";
    using members = intheloop::members<&headed::id, &headed::total, &headed::tag, &headed::grade,
                                       &headed::until, &headed::whole>;
};
inline constexpr intheloop::endpoint<
    intheloop::verb::get, "/v2/headed", intheloop::no_parameters, std::optional<headed>,
    intheloop::success<204, 202>, intheloop::error_body<404, square>,
    intheloop::error_body<422, std::vector<shape>>,
    intheloop::response_header<"X-Total-Count", &headed::total>,
    intheloop::response_header<"ETag", &headed::tag>,
    intheloop::response_header<"X-Grade", &headed::grade>,
    intheloop::response_header<"X-Until", &headed::until>,
    intheloop::response_header<"X-Whole", &headed::whole>, intheloop::operation<"kinds.headed">>
    get_headed{};

// The parts of a form.
class form_request {
public:
    form_request(std::string thing, std::string its_title, intheloop::raw_body its_file)
        : id(std::move(thing)), title(std::move(its_title)), file(std::move(its_file)) {}

    std::string id;
    std::string title;
    std::optional<std::int16_t> size;
    std::vector<every_kind::grade> grades;
    std::optional<intheloop::date_time> until;
    intheloop::raw_body file;
    std::vector<intheloop::raw_body> more;

    static constexpr std::string_view sample =
        R"({"id":"a","title":"t","size":3,"grades":["Low"],"the \"file\"":"bytes","more":["--","\r\n"]})";

    using members = intheloop::members<&form_request::id, &form_request::title, &form_request::size,
                                       &form_request::grades, &form_request::until,
                                       intheloop::renamed<&form_request::file, "the \"file\"">,
                                       &form_request::more>;
};
inline constexpr intheloop::endpoint<intheloop::verb::post, "/v2/things/{id}/form", form_request,
                                     std::optional<part>, intheloop::multipart<>,
                                     intheloop::operation<"kinds.form">>
    form{};

// JSON of any shape, for which there is another reader.
inline constexpr intheloop::endpoint<intheloop::verb::get, "/v2/open", intheloop::no_parameters,
                                     boost::json::value, intheloop::operation<"kinds.open">>
    get_open{};

inline constexpr intheloop::catalog<put, list, get_headed, form, get_open> endpoints{};

} // namespace every_kind

#endif
