// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// export-server behind a proxy that speaks HTTP/1.0, as nginx does unless told otherwise.
#include <tools/export_server/fixture.hpp>

#include <csignal>

TEST_SUITE("tools/export_server/old_versions") {

using namespace fixture;

namespace {

http::request<http::string_body> made_old(http::request<http::string_body> asked) {
    asked.version(10);
    return asked;
}

char const* const nginx = "/usr/sbin/nginx";

// A port of this machine that nobody listens at.
std::uint16_t free_port() {
    asio::io_context io;
    asio::ip::tcp::acceptor const listening(io, {asio::ip::address_v4::loopback(), 0});
    return listening.local_endpoint().port();
}

// nginx with a plain proxy_pass to the server.
class proxy {
public:
    explicit proxy(scene const& s) : port(free_port()) {
        std::string const directory = files_.path.string();
        std::ofstream(directory + "/nginx.conf")
            << "daemon off; master_process off; pid " << directory << "/pid;\n"
            << "error_log stderr notice;\nevents {}\nhttp {\n access_log off;\n"
            << " client_body_temp_path " << directory << "/a; proxy_temp_path " << directory
            << "/b; fastcgi_temp_path " << directory << "/c; uwsgi_temp_path " << directory
            << "/d; scgi_temp_path " << directory << "/e;\n"
            << " server { listen 127.0.0.1:" << port << ";\n"
            << "  location / { proxy_pass http://127.0.0.1:" << s.port << "; } } }\n";
        program_.emplace(std::vector<std::string>{nginx, "-p", directory, "-e", "stderr", "-c",
                                                  directory + "/nginx.conf"},
                         tests::process::variables{});
        REQUIRE(program_->says("event method")); // it listens by then
    }
    std::unique_ptr<browser> open() const { return std::make_unique<browser>(port); }

    std::uint16_t const port;

private:
    tests::scratch_directory files_;
    std::optional<tests::process> program_;
};

} // namespace

TEST_CASE("HTTP/1.0 is answered, without chunks and to the end of the connection") {
    scene s;
    auto const ask = [&](http::request<http::string_body> asked) {
        auto const b = s.open();
        auto answer = b->ask(made_old(std::move(asked)));
        CHECK_FALSE(answer.chunked());
        CHECK_FALSE(answer.keep_alive());
        CHECK(answer.count(http::field::transfer_encoding) == 0);
        if (!answer.need_eof()) { // whose end has been seen
            CHECK(b->open() == 0);
            CHECK(b->failure() == http::error::end_of_stream);
        }
        return answer;
    };
    using enum http::verb;
    CHECK(ask(browser::made(get, "/")).result_int() == 200);
    auto without_host = browser::made(get, "/");
    without_host.erase(http::field::host);
    CHECK(ask(without_host).result_int() == 200);
    auto kept = browser::made(get, "/");
    kept.set(http::field::connection, "keep-alive");
    CHECK(ask(kept).result_int() == 200);
    auto foreign = browser::made(get, "/");
    foreign.set(http::field::host, "evil.example");
    CHECK(ask(foreign).result_int() == 421);
    CHECK(ask(browser::made(head, "/")).body().empty());

    auto const started = ask(browser::made_start(any_week));
    CHECK(started.result_int() == 201);
    std::string const path = started[http::field::location];
    CHECK(ask(browser::made(get, path + "/events")).body().ends_with("event: end\ndata: {}\n\n"));
    CHECK((ask(browser::made(get, path + "/rows")).body() == as_lines(sample_export())));
    CHECK(ask(browser::made(head, path + "/rows")).body().empty());
    CHECK(ask(browser::made(get, "/exports/x")).result_int() == 404);
}

TEST_CASE("HTTP/1.0 is not asked to go on, which it would take for the answer") {
    scene s;
    auto const b = s.open();
    b->send("POST /exports HTTP/1.0\r\nContent-Type: application/json\r\n"
            "Expect: 100-continue\r\nContent-Length: " +
            std::to_string(any_week.size()) + "\r\n\r\n" + any_week);
    CHECK(b->open() == 201);
}

TEST_CASE("an answer to HTTP/1.0 that breaks off ends with a reset, as nothing else can tell") {
    scene s(with_content("[{\"a\":1},{\"a\":2},,]"));
    auto const b = s.open();
    std::string const path = start(*b);
    auto const old = s.open();
    old->send(made_old(browser::made(http::verb::get, path + "/rows")));
    old->read_raw();
    CHECK(old->failure() == asio::error::connection_reset);
}

TEST_CASE("nginx passes all of it on" * doctest::skip(!std::filesystem::exists(nginx))) {
    scene s;
    proxy const p(s);
    auto const b = p.open();
    CHECK(b->get("/").result_int() == 200);
    auto asked = browser::made_start(any_week);
    asked.set(http::field::origin, "http://127.0.0.1:" + std::to_string(p.port));
    auto const started = b->ask(asked);
    CHECK(started.result_int() == 201);
    std::string const path = started[http::field::location];
    CHECK(b->get(path + "/events").body().ends_with("event: end\ndata: {}\n\n"));
    CHECK((b->get(path + "/rows").body() == as_lines(sample_export())));
    CHECK(b->get(path).result_int() == 200);
    CHECK(b->get("/exports/x").result_int() == 404);
}

TEST_CASE("nginx can tell that rows broke off" * doctest::skip(!std::filesystem::exists(nginx))) {
    scene s(with_content("[" + std::string(100, ' ') + "{\"a\":1},{\"a\":2},,]"));
    proxy const p(s);
    auto const b = p.open();
    b->send(browser::made(http::verb::get, start(*b) + "/rows"));
    unsigned const status = b->open(); // 502 where nginx has seen no row before the reset
    b->read_all();
    CHECK((status == 200 || status == 502));
    CHECK_FALSE((status == 200 && b->is_whole()));
}

} // TEST_SUITE("tools/export_server/old_versions")
