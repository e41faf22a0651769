// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Requests that are forms (multipart/form-data), and a DELETE with a body.
#include "form_routes.hpp"

#include <client/fixture.hpp>
#include <support/program.hpp>

#include <intheloop/codec/detail/multipart.hpp>
#include <intheloop/openapi.hpp>
#include <intheloop/recording.hpp>
#include <intheloop/testing/virtual_clock.hpp>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("client/forms/forms") {

using namespace fixture;
using namespace forms;
using loop::errc;
using loop::testing::virtual_clock;

namespace {

// Gives these pieces, and counts.
class pieces_source final : public loop::byte_source {
public:
    pieces_source(asio::any_io_executor on, std::deque<std::string> pieces)
        : executor_(std::move(on)), pieces_(std::move(pieces)) {}
    asio::any_io_executor get_executor() const override { return executor_; }
    void async_read(std::string& into, read_handler handler) override {
        ++reads;
        into.clear();
        if (!pieces_.empty()) {
            into = std::move(pieces_.front());
            pieces_.pop_front();
        }
        loop::detail::post_completion(executor_, std::move(handler), std::optional<loop::error>());
    }
    int reads = 0;

private:
    asio::any_io_executor executor_;
    std::deque<std::string> pieces_;
};

loop::raw_body file(std::string bytes, std::string type, std::string name) {
    loop::raw_body made(std::move(bytes), std::move(type));
    made.file_name = std::move(name);
    return made;
}

attach_request full_request() {
    attach_request request("c 1");
    request.comment = "a\r\nb \xc3\xa4";
    request.position = -7;
    request.created = std::chrono::sys_seconds(1698330175s);
    request.tag_ids = {"t1", "", "t3"};
    request.preview = file(std::string("\0\r\n--x\xff", 7), "image/png", "a \"b\".png");
    request.files = {file("one", "text/plain; charset=utf-8", "\xc3\xa9.txt"),
                     file("", "application/octet-stream", "empty")};
    request.is_draft = true;
    return request;
}

std::string boundary_of(loop::testing::received_request const& sent) {
    std::string const type = sent.header("Content-Type").value_or("");
    std::string const prefix = "multipart/form-data; boundary=";
    REQUIRE(type.starts_with(prefix));
    return type.substr(prefix.size());
}

void answer_with_nothing(server& s) {
    s.on(attach, [](attach_request const&) { return read_form(); });
}

std::string refusal(attach_request const& request) {
    server s;
    auto const refused = call(options_for(s), attach, request);
    CHECK(s.requests().empty());
    if (refused)
        return "it was sent";
    CHECK(refused.error().code() == errc::invalid_request);
    CHECK(refused.error().progress == loop::request_progress::not_sent);
    return refused.error().detail;
}

// A server that nobody here wrote reads the form.
class werkzeug {
public:
    werkzeug() {
        port_.listen();
        char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
        running_.emplace(
            directory_.path,
            std::vector<std::string>{program_at("INTHELOOP_TEST_WERKZEUG"),
                                     std::string(root) + "/tests/client/forms/form_server.py"},
            std::vector<std::string>{}, port_.socket());
    }
    loop::options options() const {
        loop::options how;
        how.base_url = "http://127.0.0.1:" + port_.text();
        how.token = "token_for_a_test";
        how.allow_insecure_loopback = true;
        how.retry.max_attempts = 1;
        return how;
    }
    std::string said() const { return running_->output(); }

private:
    scratch_directory directory_;
    loopback_port port_;
    std::optional<program> running_;
};

bool no_werkzeug() {
    return program_at("INTHELOOP_TEST_WERKZEUG").empty();
}

} // namespace

TEST_CASE("the bytes of a form") {
    server s;
    answer_with_nothing(s);
    REQUIRE(call(options_for(s), attach, full_request()));
    auto const sent = s.requests().at(0);
    CHECK(sent.target == "/card/c%201/files?isDraft=true");
    std::string const line = "--" + boundary_of(sent) + "\r\n";
    std::string const field = "Content-Disposition: form-data; name=";
    CHECK(sent.body == line + field + "\"comment\"\r\n\r\na\r\nb \xc3\xa4\r\n" +          //
                           line + field + "\"position\"\r\n\r\n-7\r\n" +                  //
                           line + field + "\"created\"\r\n\r\n1698330175\r\n" +           //
                           line + field + "\"tagIds\"\r\n\r\nt1\r\n" +                    //
                           line + field + "\"tagIds\"\r\n\r\n\r\n" +                      //
                           line + field + "\"tagIds\"\r\n\r\nt3\r\n" +                    //
                           line + field + "\"preview\"; filename=\"a %22b%22.png\"\r\n" + //
                           "Content-Type: image/png\r\n\r\n" +                            //
                           std::string("\0\r\n--x\xff", 7) + "\r\n" +                     //
                           line + field +
                           "\"file %22s%22 \xc3\xa4\"; filename=\"\xc3\xa9.txt\"\r\n" +
                           "Content-Type: text/plain; charset=utf-8\r\n\r\none\r\n" +           //
                           line + field + "\"file %22s%22 \xc3\xa4\"; filename=\"empty\"\r\n" + //
                           "Content-Type: application/octet-stream\r\n\r\n\r\n" +               //
                           "--" + boundary_of(sent) + "--\r\n");
    CHECK(sent.header("Content-Length") == std::to_string(sent.body.size()));
}

TEST_CASE("a typed handler sees the request") {
    server s;
    std::optional<attach_request> seen;
    s.on(attach, [&](attach_request const& request) {
        seen = request;
        return read_form();
    });
    auto const request = full_request();
    REQUIRE(call(options_for(s), attach, request));
    REQUIRE(seen);
    CHECK(seen->card == request.card);
    CHECK(seen->comment == request.comment);
    CHECK(seen->position == request.position);
    CHECK(seen->created == request.created);
    CHECK(seen->tag_ids == request.tag_ids);
    CHECK(seen->preview == request.preview);
    CHECK(seen->files == request.files);
    CHECK(seen->is_draft);
    CHECK(s.requests(attach).once());

    attach_request few("c2");
    REQUIRE(call(options_for(s), attach, few));
    CHECK(!seen->position);
    CHECK(seen->tag_ids.empty());
    CHECK(!seen->preview);
    CHECK(seen->files.empty());
}

TEST_CASE("a server of tests refuses what is no such form") {
    server s;
    answer_with_nothing(s);
    loop::testing::detail::wire_request received;
    received.target = "/card/c/files?isDraft=false";
    auto const problem = [&](std::string type, std::string body) {
        received.headers = {};
        received.headers.append("Content-Type", type);
        received.body = std::move(body);
        attach_request request("");
        auto const found = loop::testing::detail::decode_request(attach, received, request);
        return found ? found->text() : "";
    };
    std::string const type = "multipart/form-data; boundary=\"b\"";
    std::string const no_form = "the body is not a form (multipart/form-data)";
    auto const part = [](std::string name, std::string text) {
        return "--b\r\ncontent-disposition: FORM-DATA; name=" + name + "\r\n\r\n" + text + "\r\n";
    };
    std::string const good = part("comment", "c") + part("\"created\"", "5") + "--b--\r\n";
    CHECK(problem(type, good).empty());
    CHECK(problem("Multipart/Form-Data; x=y; boundary=b", good).empty());
    CHECK(problem("application/json", good) == no_form);
    CHECK(problem("multipart/form-data", good) == no_form);
    CHECK(problem(type, "x" + good) == no_form);
    CHECK(problem(type, good.substr(0, good.size() - 6)) == no_form);
    CHECK(problem(type, good + "more") == no_form);
    CHECK(problem(type, "--b\r\n\r\nx\r\n--b--\r\n") == no_form);
    CHECK(problem(type, "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n") == no_form);
    CHECK(problem(type, "--b--\r\n") == "/comment: is missing");
    CHECK(problem(type, part("comment", "c") + part("created", "soon") + "--b--\r\n")
              .starts_with("/created: expected "));
}

TEST_CASE("what can't be a part is refused before anything is sent") {
    std::string const at = "/file \"s\" \xc3\xa4: ";
    attach_request request("c");
    auto const with_file = [&](loop::raw_body body) {
        request.files = {std::move(body)};
        return refusal(request);
    };
    for (std::string const& name :
         {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f")})
        CHECK(with_file(file("x", "text/plain", name)) ==
              at + "its file name must not hold CR, LF, NUL or another control character: it "
                   "stands in a header");
    CHECK(with_file(file("x", "text/plain", "\xff")) == at + "its file name is not valid UTF-8");
    CHECK(with_file(file("x", "text/plain\r\nX: y", "a")) ==
          at + "must not hold CR, LF, NUL or another control character: it stands in a header");
    CHECK(with_file(file("x", "", "a")) == at + "needs a content type");
    asio::io_context io;
    auto const once = std::make_shared<pieces_source>(io.get_executor(), std::deque<std::string>());
    request.preview = loop::raw_body(once);
    CHECK(with_file(loop::raw_body(once)) ==
          at + "has a source that another part has too: it can be read once");
    CHECK(once->reads == 0);
    request = attach_request("c");
    request.comment = "\xff";
    CHECK(refusal(request) == "/comment: not valid UTF-8");
}

TEST_CASE("the boundary is random, does not occur in a part, and is the same on each run") {
    auto const made = [](std::string const& text) {
        std::vector<loop::codec::form_part> parts(1);
        parts[0].bytes = text;
        loop::detail::random_numbers random(5);
        return loop::codec::join_parts(std::move(parts), random).content_type;
    };
    std::string const first = made("x");
    CHECK(made("y") == first);
    std::string const boundary = first.substr(first.find('=') + 1);
    CHECK(boundary.size() <= 70); // RFC 2046
    CHECK(made("x" + boundary + "y") != first);

    auto const session = [] {
        auto const clock = std::make_shared<virtual_clock>(std::uint64_t{3});
        server_options timed;
        timed.clock = clock;
        server s(timed);
        answer_with_nothing(s);
        auto how = options_for(s);
        how.time = clock;
        asio::io_context io;
        loop::client client(io, how);
        for (int i = 0; i != 2; ++i)
            client.async_call(attach, attach_request("c"), [](auto const& r) { CHECK(r); });
        clock->run(io);
        auto const sent = s.requests();
        REQUIRE(sent.size() == 2);
        CHECK(boundary_of(sent[0]) != boundary_of(sent[1]));
        return boundary_of(sent[0]) + boundary_of(sent[1]);
    };
    CHECK(session() == session());
}

TEST_CASE("parts from sources are streamed, in their order") {
    bool knows_size = false;
    SUBCASE("with a length") {
        knows_size = true;
    }
    SUBCASE("in chunks") {}
    server s;
    answer_with_nothing(s);
    asio::io_context io;
    loop::client client(io, options_for(s));
    std::string const block(100'000, 'x');
    auto const first = std::make_shared<pieces_source>(io.get_executor(),
                                                       std::deque<std::string>{block, "y", block});
    auto const second =
        std::make_shared<pieces_source>(io.get_executor(), std::deque<std::string>{"z"});
    auto request = full_request();
    request.files.emplace_back(first,
                               knows_size ? std::optional<std::uint64_t>(200'001) : std::nullopt);
    request.files.back().file_name = "big";
    request.files.emplace_back(second, std::uint64_t{1}, "text/plain");
    auto const r = call(client, io, attach, request);
    REQUIRE_MESSAGE(r, r.error());
    auto const sent = s.requests().at(0);
    CHECK(sent.header("Content-Length").has_value() == knows_size);
    CHECK(sent.header("Transfer-Encoding").has_value() != knows_size);
    auto const seen = s.requests(attach).at(0).value;
    REQUIRE(seen.files.size() == 4);
    CHECK(seen.comment == request.comment);
    CHECK(seen.files[2].bytes == block + "y" + block);
    CHECK(seen.files[2].file_name == "big");
    CHECK(seen.files[3].bytes == "z");
    CHECK(seen.files[3].content_type == "text/plain");
    CHECK(seen.files[3].file_name.empty());
}

TEST_CASE("a source that gives another size than was said ends the call") {
    server s;
    answer_with_nothing(s);
    asio::io_context io;
    loop::client client(io, options_for(s));
    auto const refused = [&](std::deque<std::string> pieces, std::deque<std::string> others) {
        attach_request request("c");
        request.files.emplace_back(
            std::make_shared<pieces_source>(io.get_executor(), std::move(pieces)),
            std::uint64_t{4});
        // Together they have the right size.
        request.files.emplace_back(
            std::make_shared<pieces_source>(io.get_executor(), std::move(others)),
            std::uint64_t{4});
        auto const r = call(client, io, attach, request);
        REQUIRE(!r);
        CHECK(r.error().code() == errc::invalid_request);
        CHECK(r.error().attempts == 1);
        return r.error().detail;
    };
    CHECK(refused({"abc"}, {"abcde"}) ==
          "/file \"s\" \xc3\xa4: the source gives 3 bytes, and 4 were said");
    CHECK(refused({"ab", "cde"}, {"abc"}) ==
          "/file \"s\" \xc3\xa4: the source gives more bytes, and 4 were said");
    CHECK(s.requests().empty());
}

TEST_CASE("a form in memory is sent again, one from a source is not") {
    auto const clock = std::make_shared<virtual_clock>();
    server_options timed;
    timed.clock = clock;
    server s(timed);
    answer_with_nothing(s);
    auto how = options_for(s);
    how.time = clock;
    how.retry.max_attempts = 2;
    asio::io_context io;
    loop::client client(io, how);
    auto const attempts = [&](attach_request const& request) {
        s.script(attach, {loop::testing::fault::status(503)});
        std::optional<unsigned> made;
        client.async_call(attach, request, [&](auto const& r) { made = r.attempts(); });
        io.restart();
        clock->run(io);
        return made;
    };
    auto request = full_request();
    CHECK(attempts(request) == 2);
    auto const sent = s.requests();
    REQUIRE(sent.size() == 2);
    CHECK(sent[0].body == sent[1].body);
    request.files.emplace_back(
        std::make_shared<pieces_source>(io.get_executor(), std::deque<std::string>{"z"}),
        std::uint64_t{1});
    CHECK(attempts(request) == 1);
}

TEST_CASE("a file name belongs to a form") {
    server s;
    loop::codec::encoded_request out;
    auto const problem =
        loop::codec::detail::set_raw_body(out, "content", file("x", "text/plain", "a.txt"));
    REQUIRE(problem);
    CHECK(problem->text() ==
          "/content: has a file name, which only a part of multipart<> can have");
}

TEST_CASE("the document of a form") {
    boost::json::value const document = loop::openapi(loop::catalog<attach, prune, drop>());
    auto const path = document.at("paths").at("/card/{card}/files");
    auto const form = path.at("put").at("requestBody").at("content").at("multipart/form-data");
    CHECK(form.at("schema").at("required") == boost::json::parse(R"(["comment","created"])"));
    CHECK(form.at("schema").at("properties").as_object().size() == 6);
    CHECK(form.at("encoding") ==
          boost::json::parse("{\"preview\":{\"contentType\":\"*/*\"},"
                             "\"file \\\"s\\\" \xc3\xa4\":{\"contentType\":\"*/*\"}}"));
    CHECK(form.at("schema").at("properties").at("preview") ==
          boost::json::parse(R"({"type":"string"})"));
    CHECK(path.at("put").at("parameters").as_array().size() == 3);
    CHECK(
        path.at("delete").at("requestBody").at("content").as_object().contains("application/json"));
    CHECK(document.at("paths")
              .at("/files")
              .at("delete")
              .at("requestBody")
              .at("content")
              .as_object()
              .contains("multipart/form-data"));
}

TEST_CASE("a DELETE has a body where its endpoint says so") {
    server s;
    std::vector<std::string> seen;
    s.on(prune, [&](prune_request const& request) {
        seen = request.file_ids;
        return std::optional<std::string>(request.card);
    });
    prune_request request("c");
    request.file_ids = {"f1", "f2"};
    auto const r = call(options_for(s), prune, request);
    REQUIRE_MESSAGE(r, r.error());
    CHECK(**r == "c");
    CHECK(seen == request.file_ids);
    auto const sent = s.requests().at(0);
    CHECK(sent.method == "DELETE");
    CHECK(sent.body == R"({"fileIds":["f1","f2"]})");
    CHECK(sent.header("Content-Type") == "application/json");
    CHECK(sent.header("Content-Length") == std::to_string(sent.body.size()));
}

TEST_CASE("a session with a form is recorded and played, whatever its boundary") {
    loop::testing::recording recorded;
    {
        server s;
        answer_with_nothing(s);
        auto how = options_for(s);
        auto const recorder = std::make_shared<loop::testing::recorder>();
        how.recorder = recorder;
        attach_request request("c");
        request.comment = "hello";
        REQUIRE(call(how, attach, request));
        CHECK(!contains(recorder->recording().to_json(), boundary_of(s.requests().at(0))));
        recorded = loop::testing::recording::parse(recorder->recording().to_json());
    }
    auto const played = [&](std::string comment) {
        loop::testing::player player(recorded);
        auto how = options_for_port(1);
        how.base_url = player.base_url();
        how.token = player.token();
        how.tls.ca_pem = player.ca_certificate();
        attach_request request("c");
        request.comment = std::move(comment);
        (void)call(how, attach, request);
        return bool(player.played_as_recorded());
    };
    CHECK(played("hello"));
    CHECK_FALSE(played("bye"));
}

TEST_CASE("a server that others wrote reads the form" * doctest::skip(no_werkzeug())) {
    werkzeug other;
    asio::io_context io;
    loop::client client(io, other.options());
    auto request = full_request();
    SUBCASE("from memory") {}
    SUBCASE("from sources, with a length") {
        request.files.emplace_back(std::make_shared<pieces_source>(
                                       io.get_executor(), std::deque<std::string>{"abc", "def"}),
                                   std::uint64_t{6}, "text/css");
        request.files.back().file_name = "a.css";
    }
    SUBCASE("from sources, in chunks") {
        request.files.emplace_back(std::make_shared<pieces_source>(
                                       io.get_executor(), std::deque<std::string>{"abc", "def"}),
                                   std::nullopt, "text/css");
        request.files.back().file_name = "a.css";
    }
    bool const streams = request.files.size() == 3;
    auto const r = call(client, io, attach, request);
    REQUIRE_MESSAGE(r, r.error() << '\n' << other.said());
    CHECK(r->method == "PUT");
    std::vector<std::pair<std::string, std::string>> const fields{{"comment", request.comment},
                                                                  {"position", "-7"},
                                                                  {"created", "1698330175"},
                                                                  {"tagIds", "t1"},
                                                                  {"tagIds", ""},
                                                                  {"tagIds", "t3"}};
    std::size_t const texts = fields.size();
    REQUIRE(r->parts.size() == texts + 3 + (streams ? 1 : 0));
    for (std::size_t i = 0; i != texts; ++i) {
        CHECK(r->parts[i].name == fields[i].first);
        CHECK(r->parts[i].text == fields[i].second);
    }
    // Releases differ in whether they decode %22.
    auto const name = [](std::optional<std::string> text) {
        std::string decoded = text.value_or("(none)");
        for (auto at = decoded.find("%22"); at != decoded.npos; at = decoded.find("%22"))
            decoded.replace(at, 3, "\"");
        return decoded;
    };
    auto const& preview = r->parts[texts];
    CHECK(preview.name == "preview");
    CHECK(name(preview.file_name) == "a \"b\".png");
    CHECK(preview.content_type == "image/png");
    CHECK(preview.size == 7);
    CHECK(preview.sha256 == "f4812b79e8741dabb63d07ca9c3767ca0fa1a2f0f70d98c455fdedf0b219470a");
    auto const& one = r->parts[texts + 1];
    CHECK(name(one.name) == "file \"s\" \xc3\xa4");
    CHECK(one.file_name == "\xc3\xa9.txt");
    CHECK(one.content_type == "text/plain; charset=utf-8");
    CHECK(one.size == 3);
    CHECK(r->parts[texts + 2].size == 0);
    if (streams) {
        auto const& last = r->parts.back();
        CHECK(last.file_name == "a.css");
        CHECK(last.content_type == "text/css");
        CHECK(last.size == 6);
        CHECK(last.sha256 ==
              "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721"); // abcdef
    }
    CHECK(r->transfer_encoding.has_value() != r->content_length.has_value());
}

TEST_CASE("a server that others wrote reads the form of a DELETE" * doctest::skip(no_werkzeug())) {
    werkzeug other;
    auto const r = call(other.options(), drop, drop_request("old"));
    REQUIRE_MESSAGE(r, r.error() << '\n' << other.said());
    CHECK(r->method == "DELETE");
    REQUIRE(r->parts.size() == 1);
    CHECK(r->parts[0].text == "old");
}

} // TEST_SUITE("client/forms/forms")
