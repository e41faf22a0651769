// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A client tells of answers that differ from their types.
#include <client/fixture.hpp>

#include <intheloop/client/drift_report.hpp>

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

TEST_SUITE("client/drift/drift") {

namespace drifting {

namespace loop = intheloop;

class color : public loop::open_enum<color> {
public:
    enum value_type : unsigned char { unknown, red };
    static constexpr std::string_view texts[] = {"Red"};
    color() = default;
    color(value_type value) : open_enum(value) {}
};

struct square {
    double side;
    using members = loop::members<&square::side>;
};
struct circle {
    std::optional<double> radius;
    using members = loop::members<&circle::radius>;
};

struct item {
    std::string id;
    std::optional<drifting::color> color;
    std::optional<loop::one_of<"$type", square, circle>> shape;
    std::map<std::string, drifting::color> by_name;
    using members = loop::members<&item::id, &item::color, &item::shape, &item::by_name>;
};

struct list {
    std::vector<item> resources;
    std::optional<int> total_size;
    using members = loop::members<&list::resources, &list::total_size>;
};

inline constexpr loop::endpoint<loop::verb::get, "/items", loop::no_parameters, list,
                                loop::operation<"items.list">>
    list_items{};

} // namespace drifting

namespace {

using namespace fixture;
using drifting::list_items;
using loop::drift_finding;
using loop::drift_kind;

// Calls with these bodies of answers, one after the other.
class session {
public:
    session()
        : report(std::make_shared<loop::drift_report>(
              [this](drift_finding const& found) { told.push_back(to_string(found)); })) {}

    loop::result<drifting::list> answer(std::string body, unsigned status = 200) {
        loop::options how = options_for(server);
        how.drift = report;
        server.respond_next(loop::testing::response_override(status, std::move(body)));
        return call(how, list_items, loop::no_parameters());
    }

    // Texts of the findings but absent members.
    std::vector<std::string> found() const {
        std::vector<std::string> texts;
        for (drift_finding const& each : report->findings())
            if (each.kind != drift_kind::absent_member)
                texts.push_back(to_string(each));
        return texts;
    }

    fixture::server server;
    std::vector<std::string> told;
    std::shared_ptr<loop::drift_report> report;
};

using texts = std::vector<std::string>;

constexpr char const* item =
    R"("id":"a","color":"Red","shape":{"$type":"Square","side":1},"byName":{})";

std::string with_items(std::string const& items) {
    return R"({"totalSize":1,"resources":[)" + items + "]}";
}

} // namespace

TEST_CASE("an answer as the types say it is no drift") {
    session s;
    REQUIRE(s.answer(with_items("{" + std::string(item) + "}")));
    CHECK(s.found().empty());
    CHECK_FALSE(s.report->found_any());
    CHECK(s.report->responses() == 1);
    CHECK(s.report->summary() == "GET /items: 1 answer, as expected\n");
}

TEST_CASE("all kinds are counted by route and pointer, and nothing is lost") {
    session s;
    auto const got = s.answer(with_items(
        R"({"id":"a","color":"Blue","new":{"x":1},"byName":{}},)"
        R"({"id":"b","color":"Blue","new":[1],"byName":{},"shape":{"sides":3,"$type":"Triangle"}},)"
        R"({"id":"c","byName":{"x":"Red","y~/":"Grey"},"shape":{"$type":"Circle","a/b":1}})"));
    REQUIRE_MESSAGE(got, got.error());
    CHECK(got->resources[0].color->text() == "Blue");
    CHECK(got->resources[1].shape->type() == "Triangle");
    CHECK(got.unknown_keys() == 3);
    CHECK(s.found() ==
          texts{"GET /items /resources/*/byName/*: unknown value \"Grey\" (1 time)",
                "GET /items /resources/*/color: unknown value \"Blue\" (2 times)",
                "GET /items /resources/*/new: unknown key (2 times)",
                "GET /items /resources/*/shape/$type: unknown value \"Triangle\" (1 time)",
                "GET /items /resources/*/shape/a~1b: unknown key (1 time)"});
    CHECK(s.told.size() == 5);
}

TEST_CASE("a listener is told once of each") {
    session s;
    for (int i = 0; i != 3; ++i)
        REQUIRE(s.answer(R"({"resources":[],"totalSize":0,"more":1})"));
    CHECK(s.told == texts{"GET /items /more: unknown key (1 time)"});
    CHECK(s.found() == texts{"GET /items /more: unknown key (3 times)"});
    s.report->clear();
    CHECK(s.report->responses() == 0);
    REQUIRE(s.answer(R"({"resources":[],"totalSize":0,"more":1})"));
    CHECK(s.told.size() == 2);
}

TEST_CASE("a missing member and a wrong type are errors, and counted") {
    session s;
    CHECK_FALSE(s.answer(R"({"resources":[{"color":"Red"}]})"));
    CHECK_FALSE(s.answer(R"({"resources":[{"id":17}]})"));
    CHECK_FALSE(s.answer(R"({"resources":{}})"));
    CHECK_FALSE(s.answer(R"({"resources":[{"id":"a","shape":{}}]})"));
    CHECK_FALSE(s.answer(R"({})"));
    CHECK_FALSE(s.answer(R"([])"));
    CHECK(s.found() == texts{"GET /items the whole: wrong type, got an array (1 time)",
                             "GET /items /resources: missing member (1 time)",
                             "GET /items /resources: wrong type, got an object (1 time)",
                             "GET /items /resources/*/id: missing member (1 time)",
                             "GET /items /resources/*/id: wrong type, got a number (1 time)",
                             "GET /items /resources/*/shape/$type: missing member (1 time)"});
}

TEST_CASE("null for an optional member is absent, and counted") {
    session s;
    auto const got =
        s.answer(R"({"totalSize":null,"resources":[)"
                 R"({"id":"a","color":null,"shape":null,"byName":{}},)"
                 R"({"id":"b","shape":{"radius":null,"$type":"Circle"},"byName":{}},)"
                 R"({"id":"c","shape":{"$type":"Circle","radius":null},"byName":{}}]})");
    REQUIRE_MESSAGE(got, got.error());
    CHECK_FALSE(got->total_size);
    CHECK_FALSE(got->resources.at(0).color);
    CHECK_FALSE(got->resources.at(0).shape);
    CHECK(got->resources.at(1).shape->type() == "Circle");
    texts const expected{"GET /items /resources/*/color: unexpected null (1 time)",
                         "GET /items /resources/*/shape/radius: unexpected null (2 times)",
                         "GET /items /resources/*/shape: unexpected null (1 time)",
                         "GET /items /totalSize: unexpected null (1 time)"};
    auto found = s.found();
    std::sort(found.begin(), found.end());
    auto sorted = expected;
    std::sort(sorted.begin(), sorted.end());
    CHECK(found == sorted);
    CHECK(s.told.size() == 4);
    CHECK(s.report->found_any());
    CHECK(s.report->summary().find("never came") == std::string::npos);
    CHECK_FALSE(s.answer(R"({"resources":null})")); // required
}

TEST_CASE("optional members that never came are in the summary") {
    session s;
    REQUIRE(s.answer(with_items(R"({"id":"a","byName":{}},{"id":"b","byName":{},"color":"Red"})")));
    REQUIRE(s.answer(R"({"resources":[]})"));
    CHECK(s.report->summary() == "GET /items: 2 answers\n"
                                 "  /resources/*/shape: never came in 2 objects\n");
    auto const all = s.report->findings();
    auto const size = std::find_if(all.begin(), all.end(), [](drift_finding const& each) {
        return each.pointer == "/totalSize";
    });
    REQUIRE(size != all.end());
    CHECK(size->count == 1);
    CHECK(size->of == 2);
    CHECK_FALSE(s.report->found_any());
}

TEST_CASE("what is no answer of the route does not count") {
    session s;
    CHECK_FALSE(s.answer(R"({"message":"no","x":1})", 404));
    CHECK(s.report->responses() == 0);
    CHECK_FALSE(s.answer("<html>"));
    CHECK_FALSE(s.answer(R"({"resources":[)"));
    CHECK(s.report->responses() == 0);
    CHECK(s.report->summary() == "no answers\n");
}

TEST_CASE("no secret comes into a report") {
    session s;
    std::string const secret = s.server.token();
    REQUIRE(s.answer(R"({"resources":[{"id":"a","byName":{},"color":")" + secret + R"("}],"k)" +
                     secret + R"(":1,"totalSize":1})"));
    CHECK(s.found().size() == 2);
    CHECK(s.report->summary().find(secret) == std::string::npos);
    for (std::string const& each : s.told)
        CHECK(each.find(secret) == std::string::npos);
}

TEST_CASE("nor a token that a JSON pointer spells otherwise") {
    loop::testing::server_options chosen;
    chosen.token = "~tok/en~1with~odd/signs";
    fixture::server server(chosen);
    loop::options how = options_for(server);
    how.drift = std::make_shared<loop::drift_report>();
    server.respond_next(
        loop::testing::response_override(200, R"({"resources":[],")" + chosen.token + R"(":1})"));
    REQUIRE(call(how, list_items, loop::no_parameters()));
    CHECK(how.drift->summary().find("odd") == std::string::npos);
    CHECK(how.drift->findings().front().pointer == "/[redacted]");
}

TEST_CASE("the impersonated user is not reported, in whichever case it stands") {
    fixture::server server;
    loop::options how = options_for(server);
    how.impersonate_user = "Ana.Novak@Example.com";
    how.drift = std::make_shared<loop::drift_report>();
    server.respond_next(loop::testing::response_override(
        200, R"({"resources":[],"ana.novak@example.com":1,"totalSize":0})"));
    REQUIRE(call(how, list_items, loop::no_parameters()));
    REQUIRE(how.drift->findings().size() == 1);
    CHECK(how.drift->findings().front().pointer == "/[redacted]");
}

TEST_CASE("texts are cut and escaped, and their number is bounded") {
    session s;
    std::string keys;
    for (int i = 0; i != 1500; ++i)
        keys += ",\"k" + std::to_string(i) + "\":0";
    REQUIRE(s.answer(R"({"resources":[{"id":"a","byName":{},"color":"\n)" + std::string(500, 'x') +
                     R"("}],"totalSize":1)" + keys + "}"));
    CHECK(s.found().size() == loop::drift_report::most_findings);
    CHECK(s.report->overflow() == 501);
    std::string const summary = s.report->summary();
    CHECK(summary.find("further findings, too many to be kept: 501 times\n") != summary.npos);
    CHECK(summary.find(R"(unknown value "\nxxx)") != summary.npos);
    CHECK(summary.find(std::string(200, 'x')) == summary.npos);
}

TEST_CASE("each deviation of an answer counts, however many there are") {
    session s;
    std::string items;
    for (int i = 0; i != 3000; ++i)
        items += (i == 0 ? "" : ",") + (R"({"id":"a","byName":{},"k)" + std::to_string(i % 1500)) +
                 R"(":0})";
    REQUIRE(s.answer(with_items(items)));
    std::uint64_t counted = 0;
    for (auto const& each : s.report->findings())
        if (each.kind == loop::drift_kind::unknown_key) {
            CHECK(each.count == 2);
            counted += each.count;
        }
    CHECK(counted == 2 * loop::drift_report::most_findings);
    CHECK(s.report->overflow() == 3000 - counted);
    CHECK(s.report->responses() == 1);
    // Known ones count on in the next answer.
    REQUIRE(s.answer(with_items(R"({"id":"a","byName":{},"k0":0})")));
    auto const all = s.report->findings();
    CHECK(std::any_of(all.begin(), all.end(), [](drift_finding const& each) {
        return each.pointer == "/resources/*/k0" && each.count == 3;
    }));
}

TEST_CASE("a listener that throws ends no call") {
    fixture::server server;
    loop::options how = options_for(server);
    how.drift = std::make_shared<loop::drift_report>(
        [](drift_finding const&) { throw std::runtime_error("no"); });
    server.respond_next(loop::testing::response_override(200, R"({"resources":[],"new":1})"));
    CHECK(call(how, list_items, loop::no_parameters()));
    CHECK(how.drift->found_any());
}

TEST_CASE("one report serves several clients at once") {
    auto const report = std::make_shared<loop::drift_report>();
    auto const work = [report] {
        fixture::server server;
        loop::options how = options_for(server);
        how.drift = report;
        for (int i = 0; i != 20; ++i) {
            server.respond_next(
                loop::testing::response_override(200, R"({"resources":[],"totalSize":0,"new":1})"));
            REQUIRE(call(how, list_items, loop::no_parameters()));
        }
    };
    std::thread other(work);
    work();
    other.join();
    CHECK(report->responses() == 40);
    CHECK(report->summary() == "GET /items: 40 answers\n  /new: unknown key (40 times)\n");
}

TEST_CASE("the documented routes and jobs are looked at too") {
    fixture::server server;
    loop::options how = options_for(server);
    how.drift = std::make_shared<loop::drift_report>();
    server.respond_next(
        loop::testing::response_override(200, R"({"id":"1","status":"Queued","position":3})"));
    auto const got = call(how, report::get_report, report::get_request("1"));
    REQUIRE(got);
    CHECK(got->status->text() == "Queued");
    CHECK(how.drift->summary() == "GET /api/v1/report/exports/{id}: 1 answer\n"
                                  "  /position: unknown key (1 time)\n"
                                  "  /status: unknown value \"Queued\" (1 time)\n"
                                  "  /url: never came in 1 object\n");
}

} // TEST_SUITE("client/drift/drift")
