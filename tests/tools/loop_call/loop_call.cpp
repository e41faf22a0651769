// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-call: the program, and the command of a route that is declared in a test.
#include "../../../tools/loop_call/command_line.hpp"
#include "../../../tools/loop_call/make_command.hpp"
#include <client/bodies/raw_routes.hpp>
#include <client/forms/form_routes.hpp>
#include <client/own_route/own_route.hpp>
#include <tools/outputs.hpp>
#include <tools/scene.hpp>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <exception>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

TEST_SUITE("tools/loop_call/loop_call") {

using tests::contains;
using tests::directory_of_programs;
using tests::process;
using tests::program;
using tests::scene;

namespace renaming {

namespace loop = intheloop;

class rename_request {
public:
    rename_request(std::string of_user, std::string new_name)
        : user(std::move(of_user)), name(std::move(new_name)) {}
    std::string user;
    std::optional<bool> quiet;
    std::string name;
    using members =
        loop::members<&rename_request::user, &rename_request::quiet, &rename_request::name>;
};
inline constexpr loop::endpoint<
    loop::verb::patch, "/api/v1/user/{user}", rename_request, std::optional<boost::json::value>,
    loop::query<&rename_request::quiet>, loop::operation<"contacts.rename">>
    rename_contact{};

} // namespace renaming

namespace naming {

using namespace intheloop;

template <fixed_string Name>
using text = json_field<Name, std::optional<std::string>>;

// Members that would have the same option, one of the command's own, or none.
inline constexpr endpoint<verb::post, "/api/v1/name",
                          parameters<text<"body">, text<"bodyFile">, text<"help">, text<"h">,
                                     text<"dry_run">, text<"dryRun">, text<"type">, text<"$type">,
                                     text<"idempotencyKey">, text<"_id">, text<"$">>,
                          std::optional<boost::json::value>, idempotency_key<"Idempotency-Key">,
                          operation<"names.all">>
    all_names{};
inline constexpr endpoint<verb::get, "/api/v1/name",
                          parameters<query_parameter<"body", std::optional<std::string>>>,
                          std::optional<boost::json::value>, operation<"names.get">>
    get_name{};

// A body that may be absent.
inline constexpr endpoint<verb::put, "/api/v1/name",
                          parameters<body_parameter<"name", std::optional<boost::json::value>>>,
                          std::optional<boost::json::value>, operation<"names.put">>
    put_name{};

} // namespace naming

namespace {

namespace loop = intheloop;

// The request that a command line makes, or "exit CODE".
std::string request_of(std::vector<tools::command> const& commands,
                       std::vector<char const*> arguments) {
    arguments.insert(arguments.begin(), "loop-call");
    auto const parsed =
        tools::parse_command_line(commands, static_cast<int>(arguments.size()), arguments.data());
    if (auto const* exit_code = std::get_if<int>(&parsed))
        return "exit " + std::to_string(*exit_code);
    return std::get<tools::chosen_call>(parsed).request;
}

process run(scene const& s, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program("loop-call"));
    return process(arguments, s.environment);
}

loop::options options_for(loop::testing::server const& server) {
    loop::options options;
    options.base_url = server.base_url();
    options.token = server.token();
    options.tls.ca_pem = server.ca_certificate();
    return options;
}

} // namespace

TEST_CASE("options make the request") {
    auto const commands = tools::commands_of(loop::documented_endpoints + mine::endpoints);
    struct {
        std::vector<char const*> arguments;
        char const* request;
    } const table[] = {
        {{"report.get_report", "--id", "x y"}, R"({"id":"x y"})"},
        {{"contacts.of_user", "--user", "1"}, R"({"user":"1","contactIds":[]})"},
        {{"contacts.of_user", "--user=1", "--contact-ids", "a", "--size", "7", "--contact-ids",
          "b"},
         R"({"user":"1","size":7,"contactIds":["a","b"]})"},
        {{"report.export_report", "--start", "1", "--end", "2", "--result-format", "Json",
          "--tag-ids", "t"},
         R"({"start":1,"end":2,"resultFormat":"Json","tagIds":["t"]})"},
        // --body, and options over it
        {{"report.export_report", "--body", R"({"start":1,"timezone":null})", "--start", "5"},
         R"({"start":5,"timezone":null})"},
        {{"drafts.create_draft", "--body", R"({"subject":"Hi"})"},
         R"({"content":{"subject":"Hi"}})"},
        // numbers, repeated keys and white space as they are written
        {{"drafts.create_draft", "--body", R"({ "n":12345678901234567890123, "n" : 1.0})"},
         R"({"content":{ "n":12345678901234567890123, "n" : 1.0}})"},
        {{"report.export_report", "--body", R"( {"start":1 , "x":1e400, "x":-0,"end":2} )"},
         R"( {"start":1 , "x":1e400, "x":-0,"end":2} )"},
        {{"report.export_report", "--body", R"({ "start":1, "x":1.0, "start":3 })", "--end", "2",
          "--start", "5"},
         R"({ "start":5, "x":1.0 ,"end":2})"},
        {{"contacts.of_user", "--user", "u", "--size", "12345678901234567890123"},
         R"({"user":"u","size":12345678901234567890123,"contactIds":[]})"},
    };
    for (auto const& [arguments, request] : table)
        CHECK(request_of(commands, arguments) == request);
}

TEST_CASE("each member of a request has an option of its own") {
    auto const commands =
        tools::commands_of(loop::catalog<naming::all_names, naming::get_name>() + mine::endpoints);
    std::string names;
    for (auto const& option : commands[0].options)
        names += option.name + ' ';
    CHECK(names == "--body-2 --body-file --help-2 --h-2 --dry-run-2 --dry-run-3 --type --type-2 "
                   "--idempotency-key-2 --id --member ");
    CHECK(commands[0].options[0].help == "(the member \"body\")");
    CHECK(commands[0].options[7].help == "(the member \"$type\")");
    CHECK(commands[0].options[6].help.empty());
    CHECK(request_of(commands, {"names.all", "--body", R"({"z":1})", "--body-2", "b", "--type-2",
                                "t", "--help-2=", "--idempotency-key-2", "k", "--id", "i"}) ==
          R"({"z":1,"body":"b","help":"","$type":"t","idempotencyKey":"k","_id":"i"})");
    CHECK(request_of(commands, {"names.get", "--body", "b"}) == R"({"body":"b"})");
    CHECK(request_of(commands, {"contacts.of_user", "--user", "1"}) ==
          R"({"user":"1","contactIds":[]})");
}

TEST_CASE("an option that is empty does not count as one that is not given") {
    auto const commands =
        tools::commands_of(loop::catalog<naming::all_names, raw::upload, forms::attach>());
    std::vector<std::vector<char const*>> const table{
        {"names.all", "--idempotency-key", ""},
        {"names.all", "--idempotency-key=", "--dry-run"}, // which is no key
        {"names.all", "--body="},
        {"files.upload", "--id", "f", "--body-file", ""},
        {"files.upload", "--id", "f", "--body-file="},
        {"forms.attach", "--card", "c", "--created", "5", "--is-draft", "true", "--files", ""},
        {"forms.attach", "--card", "c", "--created", "5", "--is-draft", "true", "--files",
         ";type=a/b"},
        {"forms.attach", "--card", "c", "--created", "5", "--is-draft", "true", "--files",
         "a;type="},
    };
    for (auto const& arguments : table) {
        CAPTURE(arguments);
        CHECK(request_of(commands, arguments) == "exit 2");
    }
    CHECK(request_of(commands, {"names.all", "--type", ""}) == R"({"type":""})");
    CHECK(request_of(commands, {"names.all", "--type=", "--idempotency-key=k"}) ==
          R"({"type":""})");
}

TEST_CASE("what can't be a request is bad usage" * doctest::skip(directory_of_programs().empty())) {
    scene s;
    struct {
        std::vector<std::string> arguments;
        char const* said;
    } const table[] = {
        {{}, "An operation is required"},
        {{"report.no_such"}, "there is no such operation: did you mean report.get_report?"},
        {{"report.get_report"}, "--id is required"},
        {{"report.get_report", "--id", ""}, "/id"},
        {{"drafts.create_draft"}, "--body is required"},
        {{"drafts.create_draft", "--body", "[1]"}, "/content: expected an object"},
        {{"drafts.create_draft", "--body", "{"}, "--body: no JSON: { (expected"},
        {{"drafts.create_draft", "--body", "{} {}"},
         "--body: no JSON: {} {} (expected the end at byte 3)"},
        {{"drafts.create_draft", "--body", R"({"a":01})"}, R"(--body: no JSON: {"a":01})"},
        {{"drafts.create_draft", "--body", R"({"a":NaN})"}, R"(--body: no JSON: {"a":NaN})"},
        {{"drafts.create_draft", "--body", "{\"a\":\"\xff\"}"}, "(not in UTF-8)"},
        {{"drafts.create_draft", "--body", "{\"a\":" + std::string(1000, '7') + ",}"},
         "777... (expected a key at byte 1006)"},
        {{"--dry-run", "report.get_report", "--id", "x"},
         "; --dry-run belongs right behind the operation"},
        {{"--id", "x", "report.get_report"}, "; --id belongs right behind the operation"},
        {{"drafts.create_draft", "--body", ""}, "--body: it is empty"},
        {{"report.export_report", "--body", "", "--start", "1", "--end", "2"},
         "--body: it is empty"},
        {{"drafts.create_draft", "--body=", "--dry-run"}, "--body: it is empty"},
        {{"report.get_report", "--id=", "--dry-run"}, "/id"},
        {{"report.export_report", "--start", "1.5", "--end", "2"}, "/start"},
        {{"report.export_report", "--body", R"({"start":12345678901234567890123,"end":2})"},
         "/start"},
        {{"report.export_report", "--body", "7"}, "--body: no JSON object: 7"},
        {{"report.export_report", "--start", "soon"}, "--start: no JSON: soon"},
        {{"report.export_report", "--start", "1"}, "/end: required, but missing"},
        {{"report.export_report", "--start", "2", "--end", "1"}, "/end: lies before the start"},
    };
    for (auto const& [arguments, said] : table) {
        auto p = run(s, arguments);
        CAPTURE(said);
        CHECK(p.wait() == 2);
        CHECK_MESSAGE(contains(p.err(), said), p.err());
        CHECK(p.out().empty());
    }
    CHECK(s.loop.requests().empty());
}

TEST_CASE("it prints the answer as JSON" * doctest::skip(directory_of_programs().empty())) {
    scene s;
    auto started = run(s, {"report.export_report", "--start", "1", "--end", "2"});
    REQUIRE(started.wait() == 0);
    CHECK(started.err().empty());
    auto const answer = boost::json::parse(started.out());
    std::string const id(answer.at("id").as_string());
    auto looked = run(s, {"report.get_report", "--id", id});
    REQUIRE(looked.wait() == 0);
    CHECK(boost::json::parse(looked.out()).at("id") == id.c_str());
    auto draft = run(s, {"drafts.create_draft", "--body", R"({"subject":"Hi"})"});
    REQUIRE(draft.wait() == 0);
    CHECK(s.loop.requests().back().body == R"({"subject":"Hi"})");
    s.environment["INTHELOOP_ORIGINS"] =
        "https://docs.intheloop.io=" + s.loop.origins().at("https://docs.intheloop.io");
    auto asked = run(s, {"documentation.ask", "--ask", "Why?"});
    REQUIRE_MESSAGE(asked.wait() == 0, asked.err());
    CHECK(asked.out() == "# Answer\n\nThe test server knows no answer to: Why?\n");
    s.loop.respond_next(loop::testing::response_override(201));
    auto without_body = run(s, {"drafts.create_draft", "--body", "{}"});
    CHECK(without_body.wait() == 0);
    CHECK(without_body.out().empty());
}

TEST_CASE("exit codes, and no secret in what it says" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    struct {
        unsigned status;
        int code;
    } const table[] = {{401, 3}, {403, 3}, {451, 3}, {404, 4}, {400, 1}, {500, 1}};
    for (auto const& [status, code] : table) {
        s.loop.respond_next(
            loop::testing::response_override(status, R"({"message":")" + s.loop.token() + "\"}"));
        auto p = run(s, {"drafts.create_draft", "--body", "{}"});
        CAPTURE(status);
        CHECK(p.wait() == code);
        CHECK(contains(p.err(), "HTTP status " + std::to_string(status)));
        CHECK_FALSE(s.has_secret(p));
    }
    s.environment["INTHELOOP_BASE_URL"] = "https://localhost:1";
    CHECK(run(s, {"drafts.create_draft", "--body", "{}"}).wait() == 5);
    s.environment.erase("INTHELOOP_TOKEN");
    CHECK(run(s, {"drafts.create_draft", "--body", "{}"}).wait() == 2);
}

TEST_CASE("a body is sent as it is written" * doctest::skip(directory_of_programs().empty())) {
    scene s;
    for (std::string const body :
         {R"({"n":12345678901234567890123})", R"({"n":1,"n":2})", R"({ "n" : 1.0, "m":-0 })",
          R"({"n":1e400,"m":1e99999999999999999999})", R"({"n":1234567890.123456789,"s":"\u00e9"})",
          R"({"n":[{"n":[ ]}]})", "{}", R"({"s":"\ud800"})", "{\"a\":\n\t1}"}) {
        CAPTURE(body);
        s.loop.respond_next(loop::testing::response_override(201)); // whatever it thinks of it
        auto p = run(s, {"drafts.create_draft", "--body", body});
        CHECK(p.wait() == 0);
        INFO(p.err());
        auto const sent = s.loop.requests().back();
        CHECK(sent.body == body);
        CHECK(sent.header("Content-Length") == std::to_string(body.size()));
    }
    for (std::string const body :
         {R"({"start":1,"end":2,"x":12345678901234567890123})", R"({"end":9,"start":1,"end":2})",
          R"( { "start" : 1 , "end" : 2 } )", R"({"start":1,"end":2,"x":1e400,"x":[1.0]})",
          R"({"start":1,"end":2,"x":1e99999999999999999999,"y":-1E-2147483648})"}) {
        CAPTURE(body);
        s.loop.respond_next(loop::testing::response_override(200, R"({"id":"x","status":"y"})"));
        auto p = run(s, {"report.export_report", "--body", body});
        CHECK(p.wait() == 0);
        CHECK(s.loop.requests().back().body == body);
    }
    auto p =
        run(s, {"report.export_report", "--body", R"({"start":1,"x":1.0,"x":2})", "--end", "2"});
    CHECK(p.wait() == 0);
    CHECK(s.loop.requests().back().body == R"({"start":1,"x":1.0,"x":2,"end":2})");
}

TEST_CASE("an answer that may be any JSON is printed as it is written" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    struct {
        std::string answer;
        std::string printed; // empty: it is no JSON
    } const cases[] = {
        {R"({"n":12345678901234567890123,"n":1.0,"m":[1e400,-0]})",
         R"({"n":12345678901234567890123,"n":1.0,"m":[1e400,-0]})"
         "\n"},
        {"\r\n [1,\n2]\n", "[1,\n2]\n"},
        {"null", "null\n"},
        {"\xef\xbb\xbf{\"a\":1}", "{\"a\":1}\n"}, // with a byte order mark
        {"<html>", ""},
        {R"({"a":1)", ""},
        {R"({"a":NaN})", ""},
    };
    for (auto const& [answer, printed] : cases) {
        CAPTURE(answer);
        s.loop.respond_next(loop::testing::response_override(201, answer));
        auto p = run(s, {"drafts.create_draft", "--body", "{}"});
        CHECK(p.wait() == (printed.empty() ? 1 : 0));
        CHECK(p.out() == printed);
        CHECK(p.err().empty() == !printed.empty());
        CHECK(contains(p.err(), "HTTP status 201") == printed.empty());
        CHECK(contains(p.err(), "POST /v1/drafts") == printed.empty());
    }
}

TEST_CASE("an answer that is no JSON is told by its status and its beginning, without secrets" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    std::string const page = "<html>Please log in, " + s.loop.token() + "</html>";
    loop::testing::response_override answer(200, page);
    answer.header("Content-Type", "text/html");
    s.loop.respond_next(answer);
    auto p = run(s, {"drafts.create_draft", "--body", "{}"});
    CHECK(p.wait() == 1);
    CHECK_MESSAGE(contains(p.err(), "a web page, maybe of a proxy (text/html)"), p.err());
    CHECK(contains(p.err(), "<html>Please log in, [redacted]</html>; HTTP status 200"));
    CHECK_FALSE(contains(p.err(), s.loop.token()));
}

TEST_CASE("members in a path or a query are no part of the body as it is written") {
    using tools::detail::body_of;
    using endpoint = std::remove_cv_t<decltype(renaming::rename_contact)>;
    struct {
        char const* request;
        char const* body;
    } const cases[] = {
        {R"({"user":"u","name":"x"})", R"({"name":"x"})"},
        {R"({ "name":1.0 ,"n":[1, 2],"user":"u"})", R"({ "name":1.0 ,"n":[1, 2]})"},
        {R"({"a":1, "user":"u" , "b":2})", R"({"a":1 , "b":2})"},
        {R"({"user":"u","quiet":true , "b":2,"user":"v"})", R"({"b":2})"},
        {R"({ "user":"u" })", "{  }"},
        {"{}", "{}"},
        {R"({"us\u0065r":"u","b":"}"})", R"({"b":"}"})"},
    };
    for (auto const& [request, body] : cases)
        CHECK(body_of<endpoint>(request) == body);

    loop::testing::server server;
    server.respond_next(loop::testing::response_override(200, R"({"n":1.0})"));
    loop::options const options = options_for(server);
    boost::asio::io_context io;
    loop::client client(io.get_executor(), options);
    auto const commands = tools::commands_of(loop::catalog<renaming::rename_contact>());
    std::string got;
    auto const keep = [&](std::exception_ptr failure, std::string const& answer) {
        CHECK_FALSE(failure);
        got = answer;
    };
    co_spawn(io,
             commands[0].call(
                 client, R"({"name":"x" , "n":12345678901234567890123,"quiet":true,"user":"u/1"})",
                 {}, {}),
             keep);
    io.run();
    CHECK(got == R"({"n":1.0})");
    REQUIRE(server.requests().size() == 1);
    CHECK(server.requests()[0].target == "/api/v1/user/u%2F1?quiet=true");
    CHECK(server.requests()[0].body == R"({"name":"x" , "n":12345678901234567890123})");
}

TEST_CASE("a dry run prints the request without its secrets, and sends nothing" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    process dry = run(s, {"drafts.create_draft", "--body", R"({ "n":1.0 })", "--dry-run"});
    CHECK(dry.wait() == 0);
    std::string const text = dry.out();
    CHECK(text.starts_with("POST " + s.loop.base_url() + "/v1/drafts\nHost: localhost:"));
    CHECK(contains(text, "\nContent-Length: 11\nAuthorization: Bearer [redacted]\n\n"
                         R"({ "n":1.0 })"
                         "\n"));
    CHECK_FALSE(contains(text, s.loop.token()));
    process wrong = run(s, {"report.get_report", "--id", "", "--dry-run"});
    CHECK(wrong.wait() == 2);
    CHECK(s.loop.connections_accepted() == 0);
}

TEST_CASE("an answer that can't be written is a failure that names its id" *
          doctest::skip(directory_of_programs().empty())) {
    for (auto const& output : tests::broken_outputs) {
        CAPTURE(std::string(output.name));
        scene s;
        auto const to_output = [&](std::vector<std::string> command) {
            command.insert(command.begin(), program("loop-call"));
            return tests::in_shell(output.script, s.directory, command, s.environment);
        };
        auto started = to_output({"report.export_report", "--start", "1", "--end", "2"});
        CHECK(started.wait() == 1);
        INFO(started.err());
        CHECK(started.err().starts_with("loop-call: can't write the standard output: "));
        CHECK(contains(started.err(), output.problem));
        constexpr std::string_view before = "; the service has answered with the id ";
        auto const at = started.err().find(before);
        REQUIRE(at != std::string::npos);
        std::string id = started.err().substr(at + before.size());
        id.pop_back(); // the end of the line
        auto looked = run(s, {"report.get_report", "--id", id});
        CHECK(looked.wait() == 0);
    }
    scene s;
    // The rest of an answer may hold a secret: here, the signature of an address.
    s.loop.respond_next(loop::testing::response_override(
        200, R"({"id":"a\u001b[2Jb","status":"Completed","url":"https://x/y?Signature=abc"})"));
    auto p =
        tests::in_shell(R"(exec "$@" >/dev/full)", s.directory,
                        {program("loop-call"), "report.get_report", "--id", "x"}, s.environment);
    CHECK(p.wait() == 1);
    CHECK(contains(p.err(), " with the id a [2Jb\n"));
    CHECK_FALSE(s.has_secret(p));
}

TEST_CASE("a program without standard streams sends nothing to a socket by mistake" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    s.loop.respond_next(loop::testing::response_override(201));
    auto p = tests::in_shell(R"(exec "$@" <&- >&- 2>&-)", s.directory,
                             {program("loop-call"), "drafts.create_draft", "--body", "{}"},
                             s.environment);
    CHECK(p.wait() == 0); // an answer without a body has nothing to be written
    CHECK(s.loop.requests().size() == 1);
}

TEST_CASE("the exit codes are those that --help lists" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    auto help = run(s, {"--help"});
    REQUIRE(help.wait() == 0);
    std::string const said = help.out();
    std::set<int> listed, possible{tools::done, tools::other_failure, tools::bad_usage};
    std::string const list = said.substr(said.find("Exit codes:"));
    std::regex const code("\n  ([0-9]+) ");
    for (std::sregex_iterator each(list.begin(), list.end(), code), end; each != end; ++each)
        listed.insert(std::stoi((*each)[1]));
    for (int i = 1; i <= static_cast<int>(loop::errc::export_unclear); ++i)
        possible.insert(tools::exit_code_of(loop::error(static_cast<loop::errc>(i), "")));
    CHECK(listed == possible);
}

TEST_CASE("--help tells of all routes, and of each" *
          doctest::skip(directory_of_programs().empty())) {
    scene s;
    s.environment.clear();
    auto all = run(s, {"--help"});
    CHECK(all.wait() == 0);
    for (auto const& info : loop::documented_endpoints.infos())
        CHECK(contains(all.out(), info.operation));
    auto one = run(s, {"report.export_report", "--help"});
    CHECK(one.wait() == 0);
    CHECK(contains(one.out(), "--customer-ids TEXT ..."));
    CHECK(contains(one.out(), "IANA zone"));
    CHECK(contains(one.out(), "--body JSON"));
    auto same = run(s, {"help", "report.export_report"});
    CHECK(same.wait() == 0);
    CHECK(same.out() == one.out());
}

TEST_CASE("a body that may be absent need not be given") {
    auto const commands = tools::commands_of(loop::catalog<naming::put_name>());
    CHECK(request_of(commands, {"names.put"}) == "{}");
    CHECK(request_of(commands, {"names.put", "--body", "null"}) == R"({"name":null})");

    loop::testing::server server;
    loop::options const options = options_for(server);
    boost::asio::io_context io;
    loop::client const client(io.get_executor(), options);
    auto const prepared = commands[0].prepare(client, "{}", {}, {});
    CHECK(prepared.body.empty());
    CHECK_FALSE(prepared.headers.find("Content-Type"));
    CHECK(commands[0].prepare(client, R"({"name":null})", {}, {}).body == "null");
}

TEST_CASE("a body that is no JSON comes from a file, and goes as it is") {
    auto const commands = tools::commands_of(loop::catalog<raw::upload, raw::get_file>());
    char const* const arguments[] = {"loop-call", "files.upload", "--id",
                                     "f",         "--body-file",  "some.png"};
    auto const parsed = tools::parse_command_line(commands, 6, arguments);
    auto const* chosen = std::get_if<tools::chosen_call>(&parsed);
    REQUIRE(chosen);
    CHECK(chosen->body_file == "some.png");
    CHECK(request_of(commands, {"files.upload", "--id", "f"}) == "exit 2");

    loop::testing::server server;
    server.on(raw::upload, [](raw::upload_request const& request) {
        raw::stored made;
        made.size = static_cast<int>(request.content.bytes.size());
        return made;
    });
    server.on(raw::get_file,
              [](raw::file_request const&) { return loop::raw_body("\xff\n", "image/png"); });
    loop::options const options = options_for(server);
    boost::asio::io_context io;
    loop::client client(io.get_executor(), options);
    std::string got;
    auto const keep = [&](std::exception_ptr failure, std::string const& answer) {
        CHECK_FALSE(failure);
        got += answer;
    };
    co_spawn(io, commands[0].call(client, chosen->request, tools::raw_contents("\xfe\xff\x00"), {}),
             keep);
    io.run();
    co_spawn(io, commands[1].call(client, R"({"id":"f"})", {}, {}), keep);
    io.restart();
    io.run();
    CHECK(got == "{\"size\":2}\xff\n");
}

TEST_CASE("the parts of a form are options, and a file is one by its path") {
    auto const commands = tools::commands_of(loop::catalog<forms::attach>());
    char const* const arguments[] = {"loop-call",  "forms.attach",
                                     "--card",     "c",
                                     "--comment",  "hi",
                                     "--created",  "5",
                                     "--is-draft", "true",
                                     "--files",    "/tmp/a;type=text/css",
                                     "--files",    "b"};
    auto const parsed = tools::parse_command_line(commands, 14, arguments);
    auto const* chosen = std::get_if<tools::chosen_call>(&parsed);
    REQUIRE(chosen);
    CHECK(chosen->request == R"({"card":"c","comment":"hi","created":5,"tagIds":[],"file \"s\" )"
                             "\xc3\xa4"
                             R"(":[],"isDraft":true})");
    std::string const files = "file \"s\" \xc3\xa4";
    REQUIRE(chosen->files.size() == 2);
    CHECK(chosen->files[0].wire_name == files);
    CHECK(chosen->files[0].path == "/tmp/a");
    CHECK(chosen->files[0].name() == "a");
    CHECK(chosen->files[0].content_type == "text/css");
    CHECK(chosen->files[1].path == "b");
    CHECK(chosen->files[1].name() == "b");
    CHECK(chosen->files[1].content_type == "application/octet-stream");
    CHECK(request_of(commands, {"forms.attach", "--card", "c", "--created", "5"}) == "exit 2");
    loop::testing::server server;
    std::optional<forms::attach_request> seen;
    server.on(forms::attach, [&](forms::attach_request const& request) {
        seen = request;
        return forms::read_form();
    });
    boost::asio::io_context io;
    loop::client client(io.get_executor(), options_for(server));
    tools::raw_contents raw;
    raw.files.emplace_back(files, loop::raw_body("\xff", "text/css"));
    raw.files.back().content.file_name = "a.css";
    co_spawn(io, commands[0].call(client, chosen->request, raw, {}),
             [&](std::exception_ptr failure, std::string const&) { CHECK_FALSE(failure); });
    io.run();
    REQUIRE(seen);
    CHECK(seen->comment == "hi");
    CHECK(seen->is_draft);
    REQUIRE(seen->files.size() == 1);
    CHECK(seen->files[0] == raw.files[0].content);
}

TEST_CASE("the input is one file of a form at most") {
    auto const commands = tools::commands_of(loop::catalog<forms::attach>());
    std::vector<char const*> const needed{"forms.attach", "--card", "c",          "--comment", "hi",
                                          "--created",    "5",      "--is-draft", "true"};
    auto const with = [&](std::vector<char const*> files) {
        files.insert(files.begin(), needed.begin(), needed.end());
        return request_of(commands, files);
    };
    CHECK(with({"--files", "-", "--files", "-"}) == "exit 2");
    CHECK(with({"--files=-;type=text/css", "--preview", "-"}) == "exit 2");
    CHECK(with({"--files", "-", "--preview", "./-", "--files", "a"}).starts_with("{\"card\""));
}

TEST_CASE("a route of one's own is a command") {
    loop::testing::server server;
    server.respond_next(loop::testing::response_override(200, R"({"id":"c1","more":true})"));
    loop::options const options = options_for(server);
    boost::asio::io_context io;
    loop::client client(io.get_executor(), options);

    auto const commands = tools::commands_of(mine::endpoints);
    REQUIRE(commands.size() == 1);
    CHECK(commands[0].name == "contacts.of_user");
    CHECK(commands[0].help == "Contacts of a user (observed)");
    std::string got;
    auto const keep = [&](std::exception_ptr failure, std::string const& answer) {
        CHECK_FALSE(failure);
        got = answer;
    };
    std::string const request(mine::list_request::sample);
    co_spawn(io, commands[0].call(client, request, {}, {}), keep);
    io.run();
    CHECK(got == R"({"id":"c1"})");
    REQUIRE(server.requests().size() == 1);
    CHECK(server.requests()[0].target ==
          "/api/v1/user/u1/contacts?size=2&contactIds=a&contactIds=b");
}

} // TEST_SUITE("tools/loop_call/loop_call")
