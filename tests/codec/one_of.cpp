// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Objects whose type one of their members says, and times in their forms.
#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/one_of.hpp>

#include <boost/json/object.hpp>
#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

TEST_SUITE("codec/one_of") {

namespace chosen {

namespace loop = intheloop;

struct comment_mail {
    std::string subject;
    std::optional<double> weight;
    using members = loop::members<&comment_mail::subject, &comment_mail::weight>;
};

// Without a default constructor, and with a list of what it is one of.
struct comment_chat;
using comment = loop::one_of<"$type", comment_mail, comment_chat>;

} // namespace chosen

namespace chosen {

struct comment_chat {
    explicit comment_chat(std::int64_t first) : number(first) {}
    std::int64_t number;
    std::vector<std::string> tags;
    std::map<std::string, bool> flags;
    std::optional<boost::json::object> open;
    using members = loop::members<&comment_chat::number, &comment_chat::tags, &comment_chat::flags,
                                  &comment_chat::open>;
};

struct page {
    std::vector<comment> resources;
    std::optional<comment> pinned;
    using members = loop::members<&page::resources, &page::pinned>;
};

struct node;
using tree = loop::one_of<"kind", loop::alternative<"N", node>>;
struct node {
    std::vector<tree> children;
    using members = loop::members<&node::children>;
};

struct times {
    std::chrono::sys_seconds seconds;
    std::chrono::sys_time<std::chrono::milliseconds> milliseconds;
    loop::date_time iso;
    std::chrono::year_month_day day;
    std::optional<loop::date_time> maybe;
    using members = loop::members<&times::seconds, &times::milliseconds, &times::iso, &times::day,
                                  &times::maybe>;
};

} // namespace chosen

namespace {

using namespace chosen;
namespace codec = intheloop::codec;

template <class T>
T read(std::string_view text, codec::json_statistics* statistics = nullptr) {
    T value;
    auto const problem = codec::decode_json(text, value, {}, statistics);
    REQUIRE_MESSAGE(!problem, problem->text());
    return value;
}
template <class T>
std::string problem_of(std::string_view text) {
    T value;
    auto const problem = codec::decode_json(text, value);
    return problem ? problem->text() : std::string();
}
template <class T>
std::string written(T const& value) {
    std::string text;
    auto const problem = codec::encode_json(text, value);
    return problem ? "!" + problem->text() : text;
}

} // namespace

TEST_CASE("the discriminator chooses, wherever it stands") {
    for (std::string_view const text :
         {R"({"$type":"CommentMail","subject":"Hello","weight":1.5})",
          R"({"subject":"Hello","$type":"CommentMail","weight":1.5})",
          R"({"subject":"Hello","weight":1.5,"$type":"CommentMail"})"}) {
        CAPTURE(text);
        auto const made = read<comment>(text);
        auto const* mail = std::get_if<comment_mail>(&made);
        REQUIRE(mail);
        CHECK(mail->subject == "Hello");
        CHECK(mail->weight == 1.5);
        CHECK(made.type() == "CommentMail");
        CHECK(made.is_known());
        CHECK(written(made) == R"({"$type":"CommentMail","subject":"Hello","weight":1.5})");
    }
}

TEST_CASE("nested values come the same whether they had to be kept or not") {
    std::string const members =
        R"("number":9007199254740993,"tags":["a","\u00e9"],"flags":{"x":true},)"
        R"("open":{"d":0.1,"n":null,"l":[1,[{}]],"u":18446744073709551615})";
    auto const first = read<comment>(R"({"$type":"CommentChat",)" + members + "}");
    auto const last = read<comment>("{" + members + R"(,"$type":"CommentChat"})");
    CHECK(written(first) == written(last));
    auto const& chat = std::get<comment_chat>(last);
    CHECK(chat.number == 9007199254740993);
    CHECK(chat.tags == std::vector<std::string>{"a", "\xc3\xa9"});
    CHECK(chat.flags.at("x"));
}

TEST_CASE("an unknown type is kept as it came") {
    for (std::string_view const text : {R"({"$type":"CommentFax","pages":[1,2.5,{"a":null}]})",
                                        R"({"pages":[1,2.5,{"a":null}],"$type":"CommentFax"})"}) {
        auto const made = read<comment>(text);
        CHECK_FALSE(made.is_known());
        CHECK(made.type() == "CommentFax");
        CHECK(written(made) == text);
    }
    auto const nested =
        read<page>(R"({"resources":[{"$type":"X"},{"$type":"CommentMail","subject":"s"}]})");
    REQUIRE(nested.resources.size() == 2);
    CHECK(std::get<intheloop::unknown_alternative>(nested.resources[0]).json == R"({"$type":"X"})");
    CHECK(std::holds_alternative<comment_mail>(nested.resources[1]));
}

TEST_CASE("what is kept can be deep, and hold what is too large for a number") {
    std::string const deep = R"({"$type":"X","a":)" + std::string(60, '[') + std::string(60, ']') +
                             R"(,"b":[1e999,-1e999]})";
    CHECK(written(read<comment>(deep)) == deep);
}

TEST_CASE("what is wrong is told with its place") {
    CHECK(problem_of<comment>("{}") == "/$type: required, but missing");
    CHECK(problem_of<comment>(R"({"subject":"s"})") == "/$type: required, but missing");
    CHECK(problem_of<comment>(R"({"a":1,"$type":1.5})") == "/$type: expected a string, got 1.5");
    CHECK(problem_of<comment>(R"({"a":1,"$type":["x"]})") ==
          "/$type: expected a string, got an array");
    CHECK(problem_of<comment>(R"({"number":0.5,"$type":"CommentChat"})") ==
          "/number: expected a 64-bit integer, got 0.5");
    CHECK(problem_of<comment>(R"({"$type":7})") == "/$type: expected a string, got 7");
    CHECK(problem_of<comment>(R"({"$type":["CommentMail"]})") ==
          "/$type: expected a string, got an array");
    CHECK(problem_of<comment>(R"({"$type":{}})") == "/$type: expected a string, got an object");
    CHECK(problem_of<comment>(R"({"a":1,"$type":null})") == "/$type: expected a string, got null");
    CHECK(problem_of<comment>(R"({"$type":"CommentMail"})") == "/subject: required, but missing");
    CHECK(problem_of<comment>(R"({"a":1,"$type":"CommentMail"})") ==
          "/subject: required, but missing");
    CHECK(problem_of<comment>("7") == "expected an object, got 7");
    CHECK(problem_of<comment>("[]") == "expected an object, got an array");
    CHECK(problem_of<comment>("null") == "expected an object, got null");
    CHECK(problem_of<page>(R"({"resources":[{"$type":"X"},{"$type":"CommentMail"}]})") ==
          "/resources/1/subject: required, but missing");
    CHECK(problem_of<page>(R"({"resources":[{"$type":"X"},{"tags":[7],"$type":"CommentChat"}]})") ==
          "/resources/1/tags/0: expected a string, got 7");
    CHECK(problem_of<page>(R"({"resources":[],"pinned":{"weight":0.5e0}})") ==
          "/pinned/$type: required, but missing");
}

TEST_CASE("unknown keys of an alternative are counted, its discriminator is none") {
    for (std::string_view const text : {R"({"$type":"CommentMail","subject":"s","new":{"a":1}})",
                                        R"({"new":{"a":1},"$type":"CommentMail","subject":"s"})",
                                        R"({"$type":"CommentMail","subject":"s","new":1})"}) {
        codec::json_statistics statistics;
        (void)read<comment>(text, &statistics);
        CHECK(statistics.unknown_keys == 1);
    }
}

TEST_CASE("alternatives nest") {
    std::string const deep =
        R"({"kind":"N","children":[{"children":[{"kind":"leaf"}],"kind":"N"}]})";
    auto const made = read<tree>(deep);
    CHECK(written(made) ==
          R"({"kind":"N","children":[{"kind":"N","children":[{"kind":"leaf"}]}]})");
    CHECK(problem_of<tree>(R"({"kind":"N","children":[{"children":[{"kind":1}],"kind":"N"}]})") ==
          "/children/0/children/0/kind: expected a string, got 1");
}

TEST_CASE("of two values for one key the last counts, whole") {
    auto const made = read<page>(
        R"({"resources":[],"pinned":{"$type":"X"},"pinned":{"$type":"CommentMail","subject":"s"}})");
    CHECK(std::get<comment_mail>(*made.pinned).subject == "s");
}

TEST_CASE("one that nobody gave a type can't be written") {
    CHECK(written(comment()) == "!no alternative was chosen");
    intheloop::unknown_alternative odd;
    odd.type = "X";
    odd.json = R"({"$type":"X"},{})";
    CHECK(written(comment(odd)).starts_with("!an alternative that is not known"));
}

TEST_CASE("a description shows its alternatives") {
    using endpoint =
        intheloop::endpoint<intheloop::verb::get, "/c", intheloop::no_parameters, comment>;
    CHECK(endpoint::description() ==
          "GET /c (no_parameters) -> one_of<comment_mail, comment_chat>");
}

TEST_CASE("each time has its form") {
    std::string const text = R"({"seconds":1698934975,"milliseconds":1698934975123,)"
                             R"("iso":"2023-11-02T14:22:55.5Z","day":"2023-11-02"})";
    auto const made = read<times>(text);
    CHECK(made.milliseconds - made.seconds == std::chrono::milliseconds(123));
    CHECK(made.iso.time() - made.seconds == std::chrono::milliseconds(500));
    CHECK(std::chrono::sys_days(made.day) == std::chrono::floor<std::chrono::days>(made.seconds));
    CHECK(written(made) == text);
}

TEST_CASE("another form is told") {
    auto const with = [](std::string const& member) {
        std::string const all[] = {R"("seconds":1)", R"("milliseconds":1)",
                                   R"("iso":"2023-11-02T14:22:55Z")", R"("day":"2023-11-02")"};
        std::string text = "{" + member;
        for (std::string const& each : all)
            if (each.substr(0, each.find(':')) != member.substr(0, member.find(':')))
                text += "," + each;
        return problem_of<times>(text + "}");
    };
    CHECK(with(R"("seconds":1)").empty());
    CHECK(with(R"("milliseconds":"1")") ==
          "/milliseconds: expected whole milliseconds since the Unix epoch, got a string");
    CHECK(with(R"("iso":1698934975)") ==
          "/iso: expected a date and time as in ISO 8601, got 1698934975");
    CHECK(with(R"("iso":"yesterday")") ==
          "/iso: expected a date and time as in ISO 8601, got a string");
    CHECK(with(R"("day":"2023-02-29")") == "/day: expected a date as in ISO 8601, got a string");
    CHECK(with(R"("maybe":"2023-11-02")") ==
          "/maybe: expected a date and time as in ISO 8601, got a string");
}

TEST_CASE("what has no text is not written") {
    times made;
    made.day = std::chrono::year(2023) / 2 / 30;
    CHECK(written(made) == "!/day: not a date of the years 1 to 9999");
}

} // TEST_SUITE("codec/one_of")
