// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Rows of every type, from pieces of any size and from a file; errors that say where.
#include <jobs/rows/fixture.hpp>

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

TEST_SUITE("jobs/rows/rows") {

using namespace fixture;
using loop::errc;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

struct conversation {
    std::string id;
    std::optional<std::int64_t> replies;
    std::vector<std::string> tags;
    loop::nullable<double> resolved_after;
    using members = loop::members<&conversation::id, &conversation::replies, &conversation::tags,
                                  &conversation::resolved_after>;
};

// Without a default constructor, as request types are.
class named {
public:
    explicit named(std::string n) : name(std::move(n)) {}
    std::string name;
    using members = loop::members<&named::name>;
};

constexpr char const* three_conversations = R"( [
    {"id":"a","replies":2,"tags":["x","]"],"resolvedAfter":null,"subject":"\ud83d\ude00 \"}"},
    {"id":"b","tags":[]},
    {"tags":["\u0161"],"resolvedAfter":0.5,"id":"c","more":{"deep":[[{}]]}}
] )";

// A file with this content, for the time of a test.
struct file {
    explicit file(std::string_view content) {
        std::string pattern = (fs::temp_directory_path() / "intheloop-test-XXXXXX").string();
        int const descriptor = ::mkstemp(pattern.data());
        REQUIRE(descriptor >= 0);
        ::close(descriptor);
        path = pattern;
        std::ofstream(path, std::ios::binary) << content;
    }
    ~file() { fs::remove(path); }
    fs::path path;
};

std::string many_rows(std::size_t count) {
    std::string text = "[";
    for (std::size_t i = 0; i != count; ++i)
        text += (i == 0 ? "" : ",") + std::string(R"({"name":"row )") + std::to_string(i) + "\"}";
    return text + "]";
}

} // namespace

TEST_CASE("a row is an object by default") {
    asio::io_context io;
    loop::row_reader rows(pieces_of(io, three_conversations));
    static_assert(std::is_same_v<decltype(rows), loop::row_reader<json::object>>);
    std::vector<json::object> found;
    run(io, [&]() -> asio::awaitable<void> {
        while (auto row = co_await rows.async_next()) {
            found.push_back(*row);
            CHECK(row->at("id").is_string());
            CHECK(rows.rows() == found.size());
        }
    });
    CHECK(json::value(json::array(found.begin(), found.end())) == json::parse(three_conversations));
    CHECK(rows.bytes() == std::string_view(three_conversations).size());
}

TEST_CASE("or any value") {
    auto const found = read_all<json::value>(R"([1,"\ud83d\ude00",[true,[null]],{"a":-0.1}])");
    CHECK(found.failure == "");
    REQUIRE(found.rows.size() == 4);
    CHECK(found.rows[0] == 1);
    CHECK(found.rows[1] == "\xf0\x9f\x98\x80");
    CHECK(json::serialize(found.rows[2]) == "[true,[null]]");
    CHECK(found.rows[3].at("a") == -0.1);
}

TEST_CASE("or of a type of one's own") {
    auto const found = read_all<conversation>(three_conversations);
    CHECK(found.failure == "");
    REQUIRE(found.rows.size() == 3);
    CHECK(found.rows[0].id == "a");
    CHECK(found.rows[0].replies == 2);
    CHECK(found.rows[0].tags == std::vector<std::string>{"x", "]"});
    CHECK(found.rows[0].resolved_after.is_null());
    CHECK_FALSE(found.rows[1].replies);
    CHECK(found.rows[2].tags == std::vector<std::string>{"\xc5\xa1"});
    CHECK(found.rows[2].resolved_after == 0.5);

    auto const others = read_all<named>("{\"name\":\"a\"}\n{\"name\":\"b\"}\n");
    CHECK(others.failure == "");
    REQUIRE(others.rows.size() == 2);
    CHECK(others.rows[1].name == "b");
}

TEST_CASE("or its text, as it stands there") {
    asio::io_context io;
    loop::row_reader<loop::row_text> rows(pieces_of(io, R"([ {"a" : [1, 2]} , "x",1e3])"));
    std::vector<std::string> found;
    run(io, [&]() -> asio::awaitable<void> {
        while (auto row = co_await rows.async_next())
            found.emplace_back(*row);
    });
    CHECK(found == std::vector<std::string>{R"({"a" : [1, 2]})", "\"x\"", "1e3"});
}

TEST_CASE("a row that was read already can be had without waiting") {
    asio::io_context io;
    std::string const text = many_rows(500);
    loop::row_reader<named> rows(pieces_of(io, text + "]"));
    CHECK_FALSE(rows.try_next()); // nothing was read
    std::size_t found = 0, awaited = 0;
    std::string failure;
    run(io, [&]() -> asio::awaitable<void> {
        while (auto row = co_await rows.async_next()) {
            ++awaited;
            for (; row; row = rows.try_next()) {
                if (row.has_error()) {
                    failure = row.error().detail;
                    continue;
                }
                CHECK(row->name == "row " + std::to_string(found));
                ++found;
                CHECK(rows.rows() == found);
            }
        }
    });
    CHECK(found == 500);
    CHECK(awaited > 1);
    CHECK(awaited < 250); // of the pieces some have many rows
    CHECK(failure == "at row 500, byte " + std::to_string(text.size()) +
                         ": expected nothing after the array, got ']'");
    CHECK_FALSE(rows.try_next()); // the end
    CHECK(rows.rows() == 500);
}

TEST_CASE("an export without rows ends at once") {
    CHECK(read_all<json::object>("[]").failure == "");
    CHECK(read_all<json::object>(" [\n]\n").rows.empty());
    CHECK(read_all<json::object>("").failure == "the input is empty");
}

TEST_CASE("an error comes after the rows before it, says where it is, and is followed by the end") {
    struct bad_input {
        std::string text;
        std::size_t rows;
        std::string failure;
        errc code;
    };
    std::vector<bad_input> const inputs = {
        {R"([{"name":"a"},{"name":"b"})", 2,
         "the input ends with its array open before row 2, at byte 26", errc::invalid_json},
        {R"([{"name":"a"},{"nam)", 1, "the input ends within row 1, at byte 19",
         errc::invalid_json},
        {R"([{"name":"a"},,)", 1, "at row 1, byte 14: expected a value, got ','",
         errc::invalid_json},
        {R"([{"name":"a"}] {)", 1, "at row 1, byte 15: expected nothing after the array, got '{'",
         errc::invalid_json},
        {R"([{"name":"a"},{"name":1}])", 1,
         "row 1, which begins at byte 14 of the input: /name: expected a string, got 1",
         errc::unexpected_json},
        {R"([{"name":"a"}, {}])", 1,
         "row 1, which begins at byte 15 of the input: /name: required, but missing",
         errc::unexpected_json},
        {"[7]", 0, "row 0, which begins at byte 1 of the input: expected an object, got 7",
         errc::unexpected_json},
        {R"([{"name":"a"},{"name" "b"}])", 1,
         "row 1, which begins at byte 14 of the input: not valid JSON at byte 8: syntax error",
         errc::invalid_json},
        {"[{\"name\":\"\xff\"}]", 0,
         "row 0, which begins at byte 1 of the input: not valid JSON at byte 9: syntax error",
         errc::invalid_json},
        {R"([{"name":"a"]}])", 0,
         "row 0, which begins at byte 1 of the input: not valid JSON at byte 11: syntax error",
         errc::invalid_json},
    };
    for (bad_input const& input : inputs) {
        CAPTURE(input.text);
        auto const found = read_all<named>(input.text);
        CHECK(found.rows.size() == input.rows);
        CHECK(found.failure == input.failure);
        CHECK(found.code == input.code);
        CHECK(found.code == loop::condition_of(input.code));
    }
    CHECK(read_all<json::object>("[{},[]]").failure ==
          "row 1, which begins at byte 4 of the input: expected an object, got an array");
    CHECK(read_all<json::value>("[1,nul]").code == errc::invalid_json);
}

TEST_CASE("a row above a limit is an error, one at it is not") {
    loop::row_options how;
    how.max_row_size = 13;
    how.max_depth = 2;
    CHECK(read_all<json::object>(R"([{"name":"ab"},{"name":"cd"}])", how).rows.size() == 2);
    auto const large = read_all<json::object>(R"([{"name":"ab"},{"name":"cde"}])", how);
    CHECK(large.rows.size() == 1);
    CHECK(large.failure == "row 1, which begins at byte 15, is larger than 13 bytes");
    CHECK(large.code == errc::response_too_large);

    // The parser's limit is the same.
    CHECK(read_all<json::value>("[[[]],{\"a\":{}}]", how).failure == "");
    CHECK(read_all<json::value>("[[[[]]]]", how).failure ==
          "at row 0, byte 3: deeper than 2 levels");
    std::string const deep = std::string(65, '[') + std::string(65, ']'); // and the array's own
    CHECK(read_all<json::value>(deep).failure == "");
    CHECK(read_all<json::value>("[" + deep + "]").code == errc::invalid_json);
}

TEST_CASE("a limit on levels is at most the one on a document that is written") {
    loop::row_options how;
    how.max_depth = 512;
    std::string const deep = std::string(513, '[') + std::string(513, ']'); // and the array's own
    CHECK(read_all<json::value>(deep, how).rows.size() == 1);
    CHECK(read_all<json::value>("[" + deep + "]", how).code == errc::invalid_json);
    for (std::size_t const depth : {513u, 1'000'000u}) {
        CAPTURE(depth);
        how.max_depth = depth;
        auto const values = read_all<json::value>("[1,2]", how);
        CHECK(values.rows.empty());
        CHECK(values.code == errc::invalid_option);
        CHECK(values.failure == "row_options: max_depth is above 512");
        CHECK(read_all<loop::row_text>("[1,2]", how).code == errc::invalid_option);
    }
}

TEST_CASE("what the source fails with comes after the rows that were there") {
    asio::io_context io;
    loop::error const lost(errc::connection_lost, "in a test");
    auto const found = read_all<named>(io, pieces_of(io, R"([{"name":"a"},{"na)", lost));
    CHECK(found.rows.size() == 1);
    CHECK(found.code == errc::connection_lost);
    CHECK(found.failure == "in a test");
}

TEST_CASE("a file is read with the same code, block by block") {
    asio::io_context io;
    for (std::size_t count : {0u, 1u, 20'000u}) {
        CAPTURE(count);
        file const saved(many_rows(count));
        auto source = loop::open_file(io.get_executor(), saved.path);
        REQUIRE(source);
        auto const found = read_all<named>(io, std::move(*source));
        CHECK(found.failure == "");
        REQUIRE(found.rows.size() == count);
        for (std::size_t i = 0; i != count; ++i)
            REQUIRE(found.rows[i].name == "row " + std::to_string(i));
    }
}

TEST_CASE("a file that can't be read is an error with its name") {
    asio::io_context io;
    auto const missing = loop::open_file(io.get_executor(), "/nowhere/to be found.json");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().code() == errc::file_failed);
    CHECK(missing.error().detail ==
          "can't open /nowhere/to be found.json: No such file or directory");

    auto directory = loop::open_file(io.get_executor(), "/tmp");
    REQUIRE(directory);
    auto const found = read_all<named>(io, std::move(*directory));
    CHECK(found.code == errc::file_failed);
    CHECK(found.failure == "can't read /tmp: Is a directory");
}

TEST_CASE("a pipe is read while it is written, and is an error if nobody writes") {
    asio::io_context io;
    file const saved("");
    fs::remove(saved.path);
    REQUIRE(::mkfifo(saved.path.c_str(), 0600) == 0);
    auto const read = [&](std::unique_ptr<loop::byte_source> source) {
        return read_all<named>(io, std::move(source));
    };
    auto silent = loop::open_file(io.get_executor(), saved.path);
    REQUIRE(silent);
    auto const none = read(std::move(*silent));
    CHECK(none.code == errc::file_failed);
    CHECK(none.failure == "nobody writes into the pipe " + saved.path.string());

    int const writer = ::open(saved.path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(writer >= 0);
    auto written = loop::open_file(io.get_executor(), saved.path);
    REQUIRE(written);
    std::thread writing([writer] {
        std::string const rows = many_rows(2000); // fits into the pipe
        CHECK(::write(writer, rows.data(), rows.size()) == static_cast<::ssize_t>(rows.size()));
        ::close(writer);
    });
    auto const found = read(std::move(*written));
    writing.join();
    CHECK(found.failure == "");
    CHECK(found.rows.size() == 2000);
}

TEST_CASE("a loop that forgets about errors ends by an exception") {
    asio::io_context io;
    loop::row_reader<named> rows(pieces_of(io, R"([{"name":"a"},{"name":)"));
    std::vector<std::string> names;
    auto const read = [&]() -> asio::awaitable<void> {
        while (auto row = co_await rows.async_next())
            names.push_back(row->name);
    };
    std::string what;
    try {
        run(io, read);
    } catch (loop::exception const& e) {
        CHECK(e.code() == errc::invalid_json);
        what = e.what();
    }
    CHECK(what.ends_with("the input ends within row 1, at byte 22"));
    CHECK(names == std::vector<std::string>{"a"});
}

TEST_CASE("null for an optional member is absent") {
    auto const found =
        read_all<conversation>(R"([{"id":"a","replies":null,"tags":[],"resolvedAfter":null}])");
    CHECK(found.failure == "");
    REQUIRE(found.rows.size() == 1);
    CHECK_FALSE(found.rows[0].replies);
    CHECK(found.rows[0].resolved_after.is_null());
    CHECK(read_all<conversation>(R"([{"id":"a","tags":null}])").failure ==
          "row 0, which begins at byte 1 of the input: /tags: expected an array, got null");
}

TEST_CASE("a row that is no valid JSON ends a reader of values, and not one of texts") {
    for (std::string const bad :
         {R"({"a":"\ud83d"})", "{\"a\":NaN}", "NaN", "-Infinity", "\"\xff\"", "[\"\x01\"]"}) {
        CAPTURE(bad);
        std::string const text = "[{},\n" + bad + ",{}]";
        asio::io_context io;
        loop::row_reader<loop::row_text> texts(pieces_of(io, text));
        std::vector<std::string> found;
        run(io, [&]() -> asio::awaitable<void> {
            while (auto row = co_await texts.async_next())
                found.emplace_back(*row);
        });
        CHECK(found == std::vector<std::string>{"{}", bad, "{}"});
        auto const values = read_all<json::value>(text);
        CHECK(values.rows.size() == 1);
        CHECK(values.code == errc::invalid_json);
        CHECK(values.failure.starts_with(
            "row 1, which begins at byte 5 of the input: not valid JSON at byte "));
    }
}

} // TEST_SUITE("jobs/rows/rows")
