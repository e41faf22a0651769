// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// loop-export, where it writes rows, and where it writes to a stream.
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

TEST_SUITE("tools/loop_export/rows") {

namespace {

using namespace intheloop::testing;
using tests::contains;
using tests::content_of;
using tests::patience;
using tests::scene;
using tests::with_content;

// The rows of the sample, one a line.
std::string lines_of_sample() {
    std::istringstream in(sample_export());
    std::string lines;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with('{'))
            lines += line.substr(0, line.rfind('}') + 1) + '\n';
    return lines;
}

std::string const mixed = R"([
  {"id": 1, "who": {"name": "Ana, \"A\"", "at": {"zip": "1000"}}, "tags": ["a", "b"], "rate": 0.1},
  {"id": 18446744073709551615, "who": null, "tags": [], "note": "", "ok": true},
  {"id": 3, "who": {}, "note": "two
lines"}
])";

} // namespace

TEST_CASE("--ndjson writes a row a line, each as it came") {
    scene s;
    SUBCASE("to a file") {
        auto p = s.start_export({"--ndjson"});
        CHECK(p.wait() == 0);
        CHECK(content_of(s.file) == lines_of_sample());
        CHECK(s.directory.names() == s.only_the_file);
        CHECK(contains(p.err(), s.file.string() + ": 48 rows, 13,908 bytes read, "));
        CHECK(p.out().empty());
        struct ::stat written {};
        REQUIRE(::stat(s.file.c_str(), &written) == 0);
        CHECK((written.st_mode & 0777) == 0600);
    }
    SUBCASE("to the standard output") {
        auto p = s.start_export({"--ndjson", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out() == lines_of_sample());
        CHECK(s.directory.names().empty());
    }
}

TEST_CASE("--ndjson makes one line of a row that has several") {
    scene s(with_content("[{\"a\":\n [1,\r\n2.50]}\n,\n{}, 7]"));
    auto p = s.start_export({"--ndjson", "-o", "-"});
    CHECK(p.wait() == 0);
    CHECK(p.out() == "{\"a\":  [1,  2.50]}\n{}\n7\n");
}

TEST_CASE("--ndjson writes a number of any size as it came") {
    for (std::string const row :
         {R"({"n":1e99999999999999999999})", R"({"n":-1E-2147483648,"m":1e400})",
          "[1.5e+3000000000]", "1e2147483648", R"({"e99999999999":"\"e99999999999"})"}) {
        CAPTURE(row);
        scene s(with_content("[{\"id\":1},\n" + row + ",{\"id\":2}]"));
        auto p = s.start_export({"--ndjson"});
        CHECK(p.wait() == 0);
        CHECK(content_of(s.file) == "{\"id\":1}\n" + row + "\n{\"id\":2}\n");
        CHECK_MESSAGE(!contains(p.err(), "row 1"), p.err());
    }
}

TEST_CASE("--ndjson writes a row with values that JSON can't hold as it came, and tells of it") {
    struct {
        std::string row;
        char const* reason;
    } const rows[] = {
        {R"({"a":"\ud83d"})", "not valid JSON at byte"},
        {R"({"a":"\udc00 \ud83d\u0041"})", "not valid JSON at byte"},
        {R"({"a":NaN,"b":[-Infinity]})", "not valid JSON at byte 5: "},
        {"{\"a\":\"\xff\"}", "not valid JSON at byte 6: "},
        {"{\"a\":\"\t\x01\"}", "not valid JSON at byte 6: "},
        {R"({"a":[nan,-inf,"NaN \ud83d"]})", "not valid JSON at byte "},
        {"NaN", "not valid JSON at byte 0: "},
        {"-Infinity", "not valid JSON at byte 1: "},
        {R"([1e99999999999999999999,NaN])", "not valid JSON at byte 24: "},
    };
    for (auto const& each : rows) {
        CAPTURE(each.row);
        scene s(with_content("[{\"id\":1},\n" + each.row + ",{\"id\":2}]"));
        auto p = s.start_export({"--ndjson", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out() == "{\"id\":1}\n" + each.row + "\n{\"id\":2}\n");
        CHECK_MESSAGE(contains(p.err(), "row 1, which begins at byte 11 of the export, is " +
                                            std::string(each.reason)),
                      p.err());
    }
    SUBCASE("a line break in a string stays one") {
        scene s(with_content("[{\"a\":\"1\n2\r\n\\\"3\n\",\n\"b\":\"\\\\\"\n}]"));
        auto p = s.start_export({"--ndjson", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out() == "{\"a\":\"1\\n2\\r\\n\\\"3\\n\", \"b\":\"\\\\\" }\n");
    }
    SUBCASE("of many the first are told of, and their number") {
        std::string content = "[0";
        for (int i = 0; i != 1200; ++i)
            content += ",NaN";
        scene s(with_content(content + "]"));
        auto p = s.start_export({"--ndjson"});
        CHECK(p.wait() == 0);
        CHECK(contains(p.err(), "row 3, which begins at byte 11"));
        CHECK_FALSE(contains(p.err(), "row 4, "));
        CHECK(contains(p.err(), "1,200 rows in all are not valid JSON"));
    }
}

TEST_CASE("--ndjson ends at a row that is no JSON otherwise, and names it") {
    for (char const* row : {R"({"a" "b"})", "nothing", R"({"a":"\x"})", R"({"a":"\ud8"})",
                            "{\"a\":\xff}", "1e99999999999999999999.5", "1e", R"({"a":NaN1})",
                            R"({"a":NaN.5})", R"({NaN:1})", "[1}", "-", "01"}) {
        CAPTURE(row);
        scene s(with_content("[{},\n" + std::string(row) + ",{}]"));
        auto p = s.start_export({"--ndjson"});
        CHECK(p.wait() == 1);
        CHECK_MESSAGE(
            contains(p.err(), "row 1, which begins at byte 5 of the export, is not valid JSON"),
            p.err());
        CHECK_FALSE(s.directory.names().contains("report.json"));
    }
}

TEST_CASE("--csv writes a table") {
    SUBCASE("with the columns that the rows have") {
        std::string content = mixed;
        content.replace(content.find("two\nlines"), 9, "two\\nlines");
        scene s(with_content(content));
        auto p = s.start_export({"--csv"});
        CHECK(p.wait() == 0);
        CHECK(content_of(s.file) == "id,who.name,who.at.zip,tags,rate,who,note,ok\r\n"
                                    "1,\"Ana, \"\"A\"\"\",1000,\"[\"\"a\"\",\"\"b\"\"]\",0.1,,,\r\n"
                                    "18446744073709551615,,,[],,,\"\",true\r\n"
                                    "3,,,,,{},\"two\nlines\",\r\n");
        CHECK(contains(p.err(), ": 3 rows, "));
    }
    SUBCASE("with those that are named") {
        scene s;
        auto p = s.start_export({"--csv", "--columns", "messages,subject,nothing", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out().starts_with("messages,subject,nothing\r\n4,Invoice is missing a line,\r\n"));
        CHECK(contains(p.err(), "loop-export: no row has nothing\n"));
    }
    SUBCASE("and says what later rows have besides") {
        std::string content = "[";
        for (int i = 0; i != 100; ++i)
            content += "{\"a\":1},";
        scene s(with_content(content + R"({"a":1,"b":2},{"c":{"d":3}},{"a":2}])"));
        auto p = s.start_export({"--csv", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out().starts_with("a\r\n1\r\n"));
        CHECK(p.out().ends_with("1\r\n1\r\n\"\"\r\n2\r\n"));
        CHECK(contains(p.err(), "loop-export: 2 rows have values that no column was made for, as "
                                "none of the first rows has them: b, c.d;"));
    }
    SUBCASE("that is empty where there is no row") {
        scene s(with_content("[]"));
        auto p = s.start_export({"--csv"});
        CHECK(p.wait() == 0);
        CHECK(content_of(s.file).empty());
        CHECK(s.directory.names() == s.only_the_file);
    }
}

TEST_CASE("--csv keeps the text of numbers") {
    scene s(with_content(R"([{"a":18446744073709551617,"b":1234567890.123456789},
        {"a":1e400,"b":-0},{"a":1.0,"b":[12345678901234567890123, 2.50]}])"));
    auto p = s.start_export({"--csv", "-o", "-"});
    CHECK(p.wait() == 0);
    CHECK(p.out() == "a,b\r\n18446744073709551617,1234567890.123456789\r\n1e400,-0\r\n"
                     "1.0,\"[12345678901234567890123,2.50]\"\r\n");
}

TEST_CASE("--csv for those who open it in a spreadsheet") {
    scene s(with_content(R"([{"subject":"=cmd|'/c calc'!A0","n":-5},{"subject":"-1","n":null}])"));
    auto p = s.start_export({"--csv", "--bom", "--escape-formulas", "-o", "-"});
    CHECK(p.wait() == 0);
    CHECK(p.out() == "\xef\xbb\xbfsubject,n\r\n'=cmd|'/c calc'!A0,-5\r\n'-1,\r\n");
    CHECK(contains(p.err(), " --csv --escape-formulas --bom -o -\n"));
    auto plain = s.start_export({"--csv", "-o", "-"});
    CHECK(plain.wait() == 0);
    CHECK(plain.out() == "subject,n\r\n=cmd|'/c calc'!A0,-5\r\n-1,\r\n");
}

TEST_CASE("--columns names a column with a comma, also in the line that tells how to go on") {
    scene s(with_content(R"([{"Time, average":1.5,"b":2}])"));
    auto p = s.start_export({"--csv", "--columns", R"(b,"Time, average")", "--strict", "-o", "-"});
    CHECK(p.wait() == 0);
    CHECK(p.out() == "b,\"Time, average\"\r\n2,1.5\r\n");
    CHECK(contains(p.err(), R"( --columns 'b,"Time, average"' )"));
}

TEST_CASE("--csv has a header without rows, where columns are named") {
    scene s(with_content("[]"));
    auto p = s.start_export({"--csv", "--columns", "a,b", "--strict"});
    CHECK(p.wait() == 0);
    CHECK(content_of(s.file) == "a,b\r\n");
}

TEST_CASE("--strict writes all values or nothing") {
    std::string rows = "[";
    for (int i = 0; i != 5000; ++i)
        rows += "{\"a\":\"" + std::string(50, 'x') + "\"},";
    SUBCASE("nothing, where one is without a column") {
        scene s(with_content(rows + R"({"a":1,"late":2}])"));
        for (std::string const form : {"file", "stream"}) {
            CAPTURE(form);
            std::ofstream(s.file) << "of yesterday";
            auto p = form == "file" ? s.start_export({"--csv", "--strict"})
                                    : s.start_export({"--csv", "--strict", "-o", "-"});
            CHECK(p.wait() == 7);
            INFO(p.err());
            CHECK(contains(p.err(), "loop-export: nothing is written, as --strict asks for all "
                                    "values; 1 row has values that no column was made for"));
            CHECK(contains(p.err(), ": late;"));
            CHECK(p.out().empty());
            CHECK(content_of(s.file) == "of yesterday");
            auto const token = tests::resume_token_in(p.err());
            auto again = s.start_export(
                {"--resume", token, "--csv", "--strict", "--columns", "late,a", "-o", "-"});
            CHECK(again.wait() == 0);
            CHECK(again.out().ends_with("\r\n2,1\r\n"));
            std::filesystem::remove(s.file.string() + ".export");
        }
    }
    SUBCASE("all, where each has one") {
        scene s(with_content(rows + R"({"a":null}])"));
        auto p = s.start_export({"--csv", "--strict", "-o", "-"});
        CHECK(p.wait() == 0);
        CHECK(p.out().size() == 3 + 5000 * 52 + 4);
        CHECK(p.out().starts_with("a\r\nxxx"));
        CHECK(p.out().ends_with("x\r\n\"\"\r\n"));
    }
}

TEST_CASE("the temporary file of --strict is made before an export is started") {
    scene s(with_content(R"([{"a":1}])"));
    std::vector<std::string> const options{"--csv", "--strict", "-o", "-"};
    auto const place = s.directory.path / "temporary";
    s.environment["TMPDIR"] = place.string();
    auto refused = s.start_export(options);
    CHECK(refused.wait() == 2);
    CHECK(contains(refused.err(), "can't keep the table in a temporary file in " + place.string() +
                                      ": No such file or directory\n"));
    CHECK(s.loop.requests().empty());
    auto file = s.start_export({"--csv", "--strict"}); // which needs none
    CHECK(file.wait() == 0);
    std::filesystem::create_directory(place);
    auto p = s.start_export(options);
    CHECK(p.wait() == 0);
    CHECK(p.out() == "a\r\n1\r\n");
    CHECK(std::filesystem::is_empty(place));
}

TEST_CASE("columns with one name are refused where they are named so") {
    scene s(with_content(R"([{"a.b":1,"a":{"b":2}}])"));
    auto p = s.start_export({"--csv", "--columns", "a.b"});
    CHECK(p.wait() == 1);
    CHECK(contains(p.err(), "the column a.b stands for two: /a.b and /a/b"));
    CHECK_FALSE(s.directory.names().contains("report.json"));
    auto both = s.start_export({"--csv", "--columns", "/a.b,/a/b", "-o", "-"});
    CHECK(both.wait() == 0);
    CHECK(both.out() == "/a.b,/a/b\r\n1,2\r\n");
}

TEST_CASE("an export that breaks off within leaves no half table") {
    for (char const* form : {"--ndjson", "--csv"}) {
        for (char const* content : {"[{\"a\":1},{\"a\":", "[{\"a\":1},{\"a\":nothing}]"}) {
            CAPTURE(std::string(form));
            CAPTURE(std::string(content));
            scene s(with_content(content));
            std::ofstream(s.file) << "of yesterday";
            auto p = s.start_export({form});
            CHECK(p.wait() == 1);
            INFO(p.err());
            CHECK(contains(p.err(), "row 1"));
            CHECK(content_of(s.file) == "of yesterday");
            CHECK(s.directory.names() ==
                  std::set<std::string>{"report.json", "report.json.export"});
        }
    }
}

TEST_CASE("rows of a download that breaks go on") {
    scene s;
    s.loop.cut_file_after(5001);
    s.loop.cut_file_after(3000, connection_end::reset);
    auto p = s.start_export({"--ndjson", "-o", "-"});
    CHECK(p.wait() == 0);
    CHECK(p.out() == lines_of_sample());
}

TEST_CASE("a pipe gets a row while those behind it are still to come") {
    struct {
        std::vector<std::string> options;
        std::string first;
    } const forms[] = {{{"--ndjson"}, "{\"a\":1}\n"}, {{"--csv", "--columns", "a"}, "a\r\n1\r\n"}};
    for (auto const& form : forms) {
        CAPTURE(form.first);
        scene s;
        response_override file(200, "[{\"a\":1},\n{\"a\":\"" + std::string(5000, 'x') + "\"}]");
        file.pause_after = 2000; // within the second row
        s.loop.respond_next(file, origin::files);
        auto const pipe = (s.directory.path / "pipe").string();
        REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
        int const reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        auto options = form.options;
        options.insert(options.end(), {"-o", pipe});
        auto p = s.start_export(options);
        std::string got(form.first.size(), ' ');
        pollfd readable{reader, POLLIN, 0};
        CHECK(::poll(&readable, 1, 30'000) == 1);
        CHECK(::read(reader, got.data(), got.size()) == static_cast<ssize_t>(got.size()));
        CHECK(got == form.first);
        s.loop.release();
        CHECK(p.wait() == 0);
        ::close(reader);
    }
}

TEST_CASE("a stream has the rows that came before an export broke off") {
    SUBCASE("as its file does") {
        scene s;
        s.loop.respond_next(response_override::bytes(
                                "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: 13908\r\n\r\n" +
                                sample_export().substr(0, 5001)),
                            origin::files);
        for (int i = 0; i != 10; ++i) // however often it asks for the rest
            s.loop.respond_next(response_override(404, "gone"), origin::files);
        auto p = s.start_export({"--ndjson", "-o", "-"});
        CHECK(p.wait() == 1);
        std::string const got = p.out();
        CHECK(got.size() > 4500); // but for a row that was cut, and the commas
        CHECK(got.ends_with("}\n"));
        CHECK(lines_of_sample().starts_with(got));
    }
    SUBCASE("in a table before whose columns were decided") {
        scene s(with_content(R"([{"a":1},{"b":2},{"c":)"));
        auto table = s.start_export({"--csv", "-o", "-"});
        CHECK(table.wait() == 1);
        CHECK(table.out() == "a,b\r\n1,\r\n,2\r\n");
        CHECK(contains(table.err(), "row 2"));
        auto strict = s.start_export({"--csv", "--strict", "-o", "-"});
        CHECK(strict.wait() == 1);
        CHECK(strict.out().empty());
    }
    SUBCASE("as a row is no JSON") {
        scene s(with_content(R"([{"a":1,"b":2},{"a":3,"b":nothing}])"));
        auto lines = s.start_export({"--ndjson", "-o", "-"});
        CHECK(lines.wait() == 1);
        CHECK(lines.out() == "{\"a\":1,\"b\":2}\n");
        auto table = s.start_export({"--csv", "--columns", "a,b", "-o", "-"});
        CHECK(table.wait() == 1);
        CHECK(table.out() == "a,b\r\n1,2\r\n");
        auto unnamed = s.start_export({"--csv", "-o", "-"});
        CHECK(unnamed.wait() == 1);
        CHECK(unnamed.out() == "a,b\r\n1,2\r\n");
        auto strict = s.start_export({"--csv", "--columns", "a,b", "--strict", "-o", "-"});
        CHECK(strict.wait() == 1);
        CHECK(strict.out().empty());
    }
}

TEST_CASE("the standard output gets exactly the bytes that were served") {
    scene s;
    auto p = s.start_export({"-o", "-"});
    CHECK(p.wait() == 0);
    CHECK(p.out() == sample_export());
    CHECK(contains(p.err(), "13,908 bytes, "));
    CHECK(s.directory.names().empty());
}

TEST_CASE("a pipe is written to, and Ctrl-C heard while nobody reads from it") {
    server_options options;
    options.content = export_content::generated(8 << 20, [](std::uint64_t, std::span<char> out) {
        std::fill(out.begin(), out.end(), 'x');
    });
    scene s(options);
    auto const pipe = (s.directory.path / "pipe").string();
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    int const reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    auto p = s.start_export({"-o", pipe, "--poll", "0.01"});
    REQUIRE(p.says("; downloading"));
    char byte = 0;
    pollfd readable{reader, POLLIN, 0};
    REQUIRE(::poll(&readable, 1, 30'000) == 1);
    REQUIRE(::read(reader, &byte, 1) == 1);
    CHECK(byte == 'x');
    p.kill(SIGINT);
    CHECK(p.wait() == 130);
    ::close(reader);
    CHECK(s.loop.wait_until_idle(patience));
    CHECK(s.directory.names() == std::set<std::string>{"pipe"});
}

} // TEST_SUITE("tools/loop_export/rows")
