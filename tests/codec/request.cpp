// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <intheloop/api/documented.hpp>
#include <intheloop/codec/detail/request.hpp>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

TEST_SUITE("codec/request") {

namespace sent {

namespace loop = intheloop;
using loop::verb;

class order : public loop::open_enum<order> {
public:
    enum value_type : unsigned char { unknown, ascending, descending };
    static constexpr std::string_view texts[] = {"Asc", "Desc"};
    order() = default;
    order(value_type value) : open_enum(value) {}
};

class path_request {
public:
    explicit path_request(std::string text) : id(std::move(text)) {}
    std::string id;
    std::string part = "part";
    using members = loop::members<&path_request::id, &path_request::part>;
};
inline constexpr loop::endpoint<verb::get, "/item/{id}", loop::report::get_request, std::string>
    item{};
inline constexpr loop::endpoint<verb::get, "/item/{id}/part/{part}", path_request, std::string>
    nested{};
inline constexpr loop::endpoint<verb::get, "/x/.{id}/{part}.json", path_request, std::string>
    dotted{};

class typed_path {
public:
    typed_path() {}
    std::int64_t number = 0;
    std::chrono::sys_seconds since;
    sent::order order;
    bool flag = false;
    using members = loop::members<&typed_path::number, &typed_path::since, &typed_path::order,
                                  &typed_path::flag>;
};
inline constexpr loop::endpoint<verb::get, "/{number}/{since}/{order}/{flag}", typed_path,
                                std::string>
    typed{};

class list_request {
public:
    list_request() {}
    std::optional<std::int64_t> offset;
    std::vector<std::string> card_ids;
    std::optional<sent::order> sort_order;
    std::optional<bool> long_polling;
    std::optional<std::string> odd;
    std::vector<std::uint8_t> levels;
    std::optional<std::chrono::sys_seconds> since;
    using members =
        loop::members<&list_request::offset, &list_request::card_ids, &list_request::sort_order,
                      &list_request::long_polling, loop::renamed<&list_request::odd, "$od d&">,
                      &list_request::levels, &list_request::since>;
};
inline constexpr loop::endpoint<
    verb::get, "/list", list_request, std::string,
    loop::query<&list_request::offset, &list_request::card_ids, &list_request::sort_order,
                &list_request::long_polling, &list_request::odd, &list_request::levels,
                &list_request::since>>
    list{};

class traced_request {
public:
    traced_request() {}
    std::string trace;
    std::optional<std::int64_t> size_hint;
    std::string comment;
    using members =
        loop::members<&traced_request::trace, &traced_request::size_hint, &traced_request::comment>;
};
inline constexpr loop::endpoint<verb::patch, "/traced", traced_request, std::string,
                                loop::header<"X-Trace", &traced_request::trace>,
                                loop::header<"X-Size", &traced_request::size_hint>>
    traced{};

class chat_request {
public:
    chat_request() {}
    std::string type = "CommentChat";
    std::optional<std::string> text;
    loop::nullable<std::string> parent;
    std::vector<std::string> to;
    using members = loop::members<loop::renamed<&chat_request::type, "$type">, &chat_request::text,
                                  &chat_request::parent, &chat_request::to>;
};
inline constexpr loop::endpoint<verb::post, "/chat", chat_request, std::string> chat{};

class whole_request {
public:
    whole_request() {}
    std::string id;
    std::vector<std::int64_t> numbers;
    using members = loop::members<&whole_request::id, &whole_request::numbers>;
};
inline constexpr loop::endpoint<verb::put, "/numbers/{id}", whole_request, std::string,
                                loop::body<&whole_request::numbers>>
    whole{};

class optional_request {
public:
    optional_request() {}
    std::string id;
    std::optional<std::vector<std::int64_t>> numbers;
    using members = loop::members<&optional_request::id, &optional_request::numbers>;
};
inline constexpr loop::endpoint<verb::put, "/numbers/{id}", optional_request, std::string,
                                loop::body<&optional_request::numbers>>
    may_be_whole{};
using draft_request =
    loop::parameters<loop::body_parameter<"draft", std::optional<boost::json::value>>>;
inline constexpr loop::endpoint<verb::post, "/draft", draft_request, std::string> draft{};
using label_request = loop::parameters<loop::path_parameter<"id", std::string>,
                                       loop::body_parameter<"label", loop::nullable<std::string>>>;
inline constexpr loop::endpoint<verb::put, "/label/{id}", label_request, std::string> label{};

class sort_request {
public:
    sort_request() {}
    sent::order first;
    std::vector<sent::order> then;
    std::vector<sent::order> joined;
    sent::order as_header;
    sent::order within;
    std::optional<sent::order> maybe;
    using members =
        loop::members<&sort_request::first, &sort_request::then, &sort_request::joined,
                      &sort_request::as_header, &sort_request::within, &sort_request::maybe>;
};
inline constexpr loop::endpoint<verb::patch, "/sort", sort_request, std::string,
                                loop::query<&sort_request::first, &sort_request::then>,
                                loop::joined_query<',', &sort_request::joined>,
                                loop::header<"X-Order", &sort_request::as_header>>
    sort{};
inline constexpr loop::endpoint<verb::post, "/sort/form", sort_request, std::string,
                                loop::multipart<>>
    sort_form{};
using orders_request = loop::parameters<loop::body_parameter<"orders", std::vector<sent::order>>>;
inline constexpr loop::endpoint<verb::post, "/orders", orders_request, std::string> orders{};

inline constexpr loop::endpoint<verb::post, "/go", loop::no_parameters, std::string> go{};
inline constexpr loop::endpoint<verb::delete_, "/gone", loop::no_parameters, std::string> gone{};

} // namespace sent

namespace {

namespace loop = intheloop;
namespace codec = intheloop::codec;
using std::chrono::seconds;
using std::chrono::sys_seconds;

template <class Endpoint>
codec::encoded_request encoded(Endpoint const& endpoint,
                               typename Endpoint::request_type const& request) {
    codec::encoded_request out;
    auto const problem = codec::encode_request(endpoint, request, out);
    CHECK_MESSAGE(!problem, (problem ? problem->text() : std::string()));
    return out;
}

template <class Endpoint>
std::string problem(Endpoint const& endpoint, typename Endpoint::request_type const& request) {
    codec::encoded_request out;
    auto const found = codec::encode_request(endpoint, request, out);
    return found ? found->text() : "none";
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("a value in the path is data: it can't change the path") {
    struct {
        std::string_view id;
        std::string_view target;
    } const table[] = {
        {"6e1cf0db-52d7-4522-97c9-97aa40b14058", "/item/6e1cf0db-52d7-4522-97c9-97aa40b14058"},
        {"a/b", "/item/a%2Fb"},
        {"/", "/item/%2F"},
        {"a/b..", "/item/a%2Fb.."},
        {"a/...", "/item/a%2F..."},
        {"a/.b", "/item/a%2F.b"},
        {"%2e%2e", "/item/%252e%252e"},
        {"...", "/item/..."},
        {".a", "/item/.a"},
        {"a?x=1#y", "/item/a%3Fx%3D1%23y"},
        {"a b", "/item/a%20b"},
        {"a\tb", "/item/a%09b"},
        {"\\", "/item/%5C"},
        {";v=1", "/item/%3Bv%3D1"},
        {"{id}", "/item/%7Bid%7D"},
        {"\xc4\x8d\xf0\x9f\x92\xac", "/item/%C4%8D%F0%9F%92%AC"},
    };
    for (auto const& row : table) {
        CAPTURE(row.id);
        CHECK(encoded(sent::item, loop::report::get_request(std::string(row.id))).target ==
              row.target);
    }
}

TEST_CASE("a value that can't stand in a path is refused") {
    struct {
        std::string_view id;
        std::string_view says;
    } const table[] = {
        {"", "/id: must not be empty"},
        {".", "/id: must not be \".\""},
        {"..", "/id: must not be \"..\""},
        {"../b", "/id: must not hold \".\" or \"..\" between slashes"},
        {"a/..", "/id: must not hold \".\" or \"..\" between slashes"},
        {"a/../b", "/id: must not hold \".\" or \"..\" between slashes"},
        {"a/./b", "/id: must not hold \".\" or \"..\" between slashes"},
        {"./", "/id: must not hold \".\" or \"..\" between slashes"},
        {"/..", "/id: must not hold \".\" or \"..\" between slashes"},
        {"..\\b", "/id: must not hold \".\" or \"..\" between slashes"},
        {"a\\../b", "/id: must not hold \".\" or \"..\" between slashes"},
        {"a\rb", "/id: must not hold CR, LF or NUL"},
        {"a\nb", "/id: must not hold CR, LF or NUL"},
        {std::string_view("a\0b", 3), "/id: must not hold CR, LF or NUL"},
        {"\xff", "/id: not valid UTF-8"},
        {"a\xc4", "/id: not valid UTF-8"},
    };
    for (auto const& row : table) {
        CAPTURE(row.says);
        std::string const said =
            problem(sent::item, loop::report::get_request(std::string(row.id)));
        CHECK_MESSAGE(said.starts_with(row.says), said);
    }
}

TEST_CASE("the member that is refused is the one that is named") {
    sent::path_request request("a");
    request.part = "..";
    CHECK(problem(sent::nested, request).starts_with("/part: must not be \"..\""));
    request.part = "";
    CHECK(problem(sent::nested, request).starts_with("/part: must not be empty"));
    request.id = ".";
    request.part = "b";
    CHECK(problem(sent::nested, request).starts_with("/id: must not be \".\""));
}

TEST_CASE("a segment is looked at whole, not only the value in it") {
    sent::path_request request("a");
    CHECK(encoded(sent::dotted, request).target == "/x/.a/part.json");
    request.id = ".";
    CHECK(problem(sent::dotted, request).starts_with("/id: must not be \"..\""));
    request.id = "..";
    request.part = "..";
    CHECK(encoded(sent::dotted, request).target == "/x/.../...json");
}

TEST_CASE("values of each type that a path takes") {
    sent::typed_path request;
    request.number = std::numeric_limits<std::int64_t>::min();
    request.since = sys_seconds(seconds(-5));
    request.order = sent::order::descending;
    request.flag = true;
    CHECK(encoded(sent::typed, request).target == "/-9223372036854775808/-5/Desc/true");
    request.order = sent::order::from_text("By name/size");
    CHECK(encoded(sent::typed, request).target == "/-9223372036854775808/-5/By%20name%2Fsize/true");
    request.order = {};
    CHECK(problem(sent::typed, request).starts_with("/order: must not be empty"));
}

TEST_CASE("a query holds what is there, lists repeat their key") {
    sent::list_request request;
    CHECK(encoded(sent::list, request).target == "/list");

    request.card_ids = {"c_1", "c_2"};
    CHECK(encoded(sent::list, request).target == "/list?cardIds=c_1&cardIds=c_2");

    request.offset = 0;
    request.card_ids = {""};
    request.sort_order = sent::order::ascending;
    request.long_polling = false;
    request.odd = "a&b=c d+e?f/g#\xc4\x8d\r\n%";
    request.levels = {0, 255};
    request.since = sys_seconds(seconds(1698330175));
    CHECK(encoded(sent::list, request).target ==
          "/list?offset=0&cardIds=&sortOrder=Asc&longPolling=false"
          "&%24od%20d%26=a%26b%3Dc%20d%2Be%3Ff%2Fg%23%C4%8D%0D%0A%25"
          "&levels=0&levels=255&since=1698330175");
    CHECK_FALSE(encoded(sent::list, request).has_body);
    CHECK(encoded(sent::list, request).body.empty());

    request.card_ids = {"fine", "not\xc3"};
    CHECK(problem(sent::list, request) == "/cardIds: not valid UTF-8");
}

TEST_CASE("a member in a header is a line of its own, and not in the body") {
    sent::traced_request request;
    request.trace = "abc def";
    request.comment = "hi";
    auto out = encoded(sent::traced, request);
    CHECK(out.header_lines == "X-Trace: abc def\r\n");
    CHECK(out.body == R"({"comment":"hi"})");
    request.size_hint = -3;
    request.trace = "tab\tand \xc4\x8d";
    out = encoded(sent::traced, request);
    CHECK(out.header_lines == "X-Trace: tab\tand \xc4\x8d\r\nX-Size: -3\r\n");
    CHECK(out.target == "/traced");
}

TEST_CASE("no value can begin another header") {
    for (std::string_view value :
         {std::string_view("a\r\nX-Other: b"), std::string_view("a\nb"), std::string_view("a\r"),
          std::string_view("a\0b", 3), std::string_view("\x1b[0m"), std::string_view("\x7f")}) {
        sent::traced_request request;
        request.trace = value;
        std::string const said = problem(sent::traced, request);
        CHECK_MESSAGE(said.starts_with("/trace: must not hold CR, LF, NUL"), said);
        CHECK_FALSE(contains(said, "X-Other"));
    }
}

TEST_CASE("a value that would arrive in a header without its spaces is refused") {
    for (std::string_view const value : {" a", "a ", "\ta", "a\t", " "}) {
        sent::traced_request request;
        request.trace = value;
        CHECK(problem(sent::traced, request)
                  .starts_with("/trace: must not begin or end with a space or a tab"));
    }
    sent::traced_request request;
    request.trace = "";
    CHECK(encoded(sent::traced, request).header_lines == "X-Trace: \r\n");
}

TEST_CASE("members without another place are the JSON body; what is absent is left out") {
    sent::chat_request request;
    auto out = encoded(sent::chat, request);
    CHECK(out.has_body);
    CHECK(out.target == "/chat");
    CHECK(out.body == R"({"$type":"CommentChat","to":[]})");
    request.text = "";
    request.parent = nullptr;
    request.to = {"user_1", "user_2"};
    CHECK(encoded(sent::chat, request).body ==
          R"({"$type":"CommentChat","text":"","parent":null,"to":["user_1","user_2"]})");
    request.parent = "c\"1";
    CHECK(contains(encoded(sent::chat, request).body, R"("parent":"c\"1")"));
}

TEST_CASE("a text in the body that is not UTF-8 is refused, with its place") {
    sent::chat_request request;
    request.to = {"a", "\xff"};
    CHECK(problem(sent::chat, request) == "/to/1: not valid UTF-8");
    request.text = "\xc4";
    CHECK(problem(sent::chat, request) == "/text: not valid UTF-8");
}

TEST_CASE("an open enumeration without a value is refused, with its place") {
    using sent::order;
    sent::sort_request request;
    auto const refused = [&](auto change, std::string_view pointer) {
        sent::sort_request changed = request;
        change(changed);
        CHECK(problem(sent::sort, changed) == std::string(pointer) + ": no value was chosen");
        CHECK(problem(sent::sort_form, changed) == std::string(pointer) + ": no value was chosen");
    };
    request.first = order::ascending;
    request.then = {order::ascending, order::from_text("Random")};
    request.joined = request.then;
    request.as_header = order::descending;
    request.within = order::from_text("random");
    auto const out = encoded(sent::sort, request);
    CHECK(out.target == "/sort?first=Asc&then=Asc&then=Random&joined=Asc,Random");
    CHECK(out.header_lines == "X-Order: Desc\r\n");
    CHECK(out.body == R"({"within":"random"})");
    encoded(sent::sort_form, request);

    refused([](auto& r) { r.first = {}; }, "/first");
    refused([](auto& r) { r.first = order::from_text(""); }, "/first");
    refused([](auto& r) { r.then[1] = {}; }, "/then");
    refused([](auto& r) { r.joined[1] = {}; }, "/joined");
    refused([](auto& r) { r.as_header = {}; }, "/asHeader");
    refused([](auto& r) { r.within = {}; }, "/within");
    refused([](auto& r) { r.maybe = order(); }, "/maybe");

    sent::orders_request list;
    list.set<"orders">({order::ascending, order::descending});
    CHECK(encoded(sent::orders, list).body == R"(["Asc","Desc"])");
    list.set<"orders">({order::ascending, order()});
    CHECK(problem(sent::orders, list) == "/1: no value was chosen");
}

TEST_CASE("one member can be the whole body") {
    sent::whole_request request;
    request.id = "7";
    CHECK(encoded(sent::whole, request).body == "[]");
    request.numbers = {1, -2};
    auto const out = encoded(sent::whole, request);
    CHECK(out.body == "[1,-2]");
    CHECK(out.target == "/numbers/7");
}

TEST_CASE("an optional that is the whole body, and empty, is no body") {
    static_assert(sent::may_be_whole.has_optional_body && !sent::whole.has_optional_body);
    sent::optional_request request;
    request.id = "7";
    auto out = encoded(sent::may_be_whole, request);
    CHECK(out.has_body);
    CHECK(out.is_body_absent);
    CHECK(out.body.empty());
    request.numbers.emplace();
    out = encoded(sent::may_be_whole, request);
    CHECK_FALSE(out.is_body_absent);
    CHECK(out.body == "[]");

    sent::draft_request draft;
    CHECK(encoded(sent::draft, draft).is_body_absent);
    CHECK(encoded(sent::draft, draft).body.empty());
    draft.set<"draft">(boost::json::value(nullptr)); // a value like any other
    CHECK_FALSE(encoded(sent::draft, draft).is_body_absent);
    CHECK(encoded(sent::draft, draft).body == "null");
}

TEST_CASE("a nullable that is the whole body is no body, null, or a value") {
    sent::label_request request("7");
    CHECK(encoded(sent::label, request).is_body_absent);
    CHECK(encoded(sent::label, request).body.empty());
    request.set<"label">(nullptr);
    CHECK_FALSE(encoded(sent::label, request).is_body_absent);
    CHECK(encoded(sent::label, request).body == "null");
    request.set<"label">("a");
    CHECK(encoded(sent::label, request).body == R"("a")");
}

TEST_CASE("without parameters a POST has an empty object, and a DELETE no body") {
    auto const post = encoded(sent::go, loop::no_parameters());
    CHECK(post.has_body);
    CHECK(post.body == "{}");
    auto const gone = encoded(sent::gone, loop::no_parameters());
    CHECK_FALSE(gone.has_body);
    CHECK(gone.body.empty());
    CHECK(gone.target == "/gone");
}

TEST_CASE("an export is asked for as documented") {
    using loop::report::export_report;
    loop::report::export_request request{sys_seconds(seconds(1698330175)),
                                         sys_seconds(seconds(1698934975))};
    auto out = encoded(export_report, request);
    CHECK(out.target == "/api/v1/report/export");
    CHECK(out.has_body);
    CHECK(out.header_lines.empty());
    CHECK(out.body == R"({"start":1698330175,"end":1698934975})");

    request.timezone = "Europe/Ljubljana";
    request.result_format = loop::report::result_format::xlsx;
    request.tag_ids = {"tag_1", "tag_2"};
    request.team_ids = nullptr;
    request.teammate_ids = std::vector<std::string>();
    CHECK(encoded(export_report, request).body ==
          R"({"timezone":"Europe/Ljubljana","start":1698330175,"end":1698934975,)"
          R"("resultFormat":"Xlsx","tagIds":["tag_1","tag_2"],"teamIds":null,"teammateIds":[]})");
}

TEST_CASE("a period that ends before it starts is refused by the request itself") {
    sys_seconds const at(seconds(1698934975));
    CHECK(problem(loop::report::export_report, {at, at - seconds(1)}) ==
          "/end: lies before the start");
    CHECK(problem(loop::report::export_report, {at, at}) == "none");
}

TEST_CASE("a state is asked for as documented") {
    auto const out = encoded(loop::report::get_report,
                             loop::report::get_request("6e1cf0db-52d7-4522-97c9-97aa40b14058"));
    CHECK(out.target == "/api/v1/report/exports/6e1cf0db-52d7-4522-97c9-97aa40b14058");
    CHECK_FALSE(out.has_body);
    CHECK(out.body.empty());
}

TEST_CASE("a draft is the open object, whole") {
    loop::drafts::create_request request;
    auto out = encoded(loop::drafts::create_draft, request);
    CHECK(out.target == "/v1/drafts");
    CHECK(out.body == "{}");
    request.content["subject"] = "hi";
    request.content["to"] = boost::json::array{"user_1", nullptr, 3};
    CHECK(encoded(loop::drafts::create_draft, request).body ==
          R"({"subject":"hi","to":["user_1",null,3]})");
    request.content["to"].as_array().emplace_back("\xff");
    CHECK(problem(loop::drafts::create_draft, request) == "/to/3: not valid UTF-8");
}

} // TEST_SUITE("codec/request")
