// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Two servers that meet in Redis, behind a load balancer: they act as one.
#include <support/loopback_port.hpp>
#include <support/redis_program.hpp>
#include <support/wait_until.hpp>
#include <tools/export_server/fixture.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <csignal>
#include <set>
#include <sstream>

TEST_SUITE("tools/export_server/together") {

using namespace fixture;

namespace {

bool lacks_programs() {
    return tests::redis_program().empty() || program_at("INTHELOOP_TEST_HAPROXY").empty() ||
           program_at("INTHELOOP_TEST_START_OFTEN").empty(); // without hiredis
}

void wait_until_it_accepts(loopback_port& port) {
    REQUIRE(tests::wait_until([&] { return port.accepts(); }, patience));
}

class two_servers {
public:
    explicit two_servers(server_options how = server_options()) : loop(std::move(how)) {
        start_redis();
        std::ofstream(files_.path / "ca.pem") << loop.ca_certificate();
        for (std::size_t i = 0; i != 2; ++i)
            restart(i);
        std::ofstream(files_.path / "haproxy.cfg")
            << "defaults\n  mode http\n  retries 3\n  option redispatch 1\n  timeout connect 5s\n"
               "  timeout server 60s\n  timeout client 60s\nfrontend front\n  bind 127.0.0.1:"
            << front_.text()
            << "\n  default_backend back\nbackend back\n  balance roundrobin\n  server one "
               "127.0.0.1:"
            << ports_[0].text() << "\n  server two 127.0.0.1:" << ports_[1].text() << "\n";
        proxy_.emplace(std::vector<std::string>{program_at("INTHELOOP_TEST_HAPROXY"), "-db", "-f",
                                                (files_.path / "haproxy.cfg").string()},
                       tests::process::variables());
        wait_until_it_accepts(front_);
    }

    // Kills it first, if it runs.
    void restart(std::size_t which) {
        servers[which].reset();
        std::vector<std::string> command{program(),
                                         "--port",
                                         ports_[which].text(),
                                         "--poll-interval",
                                         "0.02",
                                         "--redis",
                                         "redis://127.0.0.1:" + redis_port_.text()};
        command.insert(command.end(), arguments.begin(), arguments.end());
        servers[which].emplace(
            std::move(command),
            tests::process::variables{{"INTHELOOP_BASE_URL", loop.base_url()},
                                      {"INTHELOOP_TOKEN", loop.token()},
                                      {"INTHELOOP_FLEET_KEY", "a key of all servers"},
                                      {"SSL_CERT_FILE", (files_.path / "ca.pem").string()}});
        REQUIRE(servers[which]->says("listening"));
    }
    void start_redis() {
        redis_.emplace(std::vector<std::string>{tests::redis_program(), "--port",
                                                redis_port_.text(), "--bind", "127.0.0.1", "--save",
                                                "", "--logfile", "/dev/stderr"},
                       tests::process::variables());
        wait_until_it_accepts(redis_port_);
    }
    void kill_redis() {
        redis_->kill(SIGKILL);
        redis_->wait();
        redis_.reset();
    }

    std::unique_ptr<browser> open(std::size_t which) const {
        return std::make_unique<browser>(ports_[which].number());
    }
    std::unique_ptr<browser> open() const { return std::make_unique<browser>(front_.number()); }

    // Returns the answer of Redis.
    std::string ask_redis(std::string const& command, std::size_t lines) const {
        asio::io_context io;
        asio::ip::tcp::socket to(io);
        to.connect({asio::ip::address_v4::loopback(), redis_port_.number()});
        asio::write(to, asio::buffer(command + "\r\n"));
        std::string said, all;
        for (; lines != 0; --lines) {
            auto const size = asio::read_until(to, asio::dynamic_buffer(said), "\r\n");
            all += said.substr(0, size);
            if (said.starts_with('*'))
                lines += 2 * std::stoul(said.substr(1));
            said.erase(0, size);
        }
        return all;
    }
    // Returns the keys that end like this.
    std::vector<std::string> keys(std::string_view ending) const {
        std::vector<std::string> found;
        std::istringstream all(ask_redis("KEYS *", 1));
        for (std::string line; std::getline(all, line);)
            if (line.ends_with('\r') && (line.pop_back(), line.ends_with(ending)))
                found.push_back(line);
        return found;
    }
    // Swaps the values of the two keys that end like this.
    void swap_in_redis(std::string_view ending) const {
        auto const both = keys(ending);
        REQUIRE(both.size() == 2);
        ask_redis("RENAME " + both[0] + " kept", 1);
        ask_redis("RENAME " + both[1] + ' ' + both[0], 1);
        ask_redis("RENAME kept " + both[1], 1);
    }
    std::ptrdiff_t starts() const {
        auto const all = loop.requests(origin::api);
        return std::count_if(all.begin(), all.end(),
                             [](auto const& each) { return each.method == "POST"; });
    }

    server loop;
    std::vector<std::string> arguments; // of servers that are restarted
    std::optional<tests::process> servers[2];

private:
    tests::scratch_directory files_;
    loopback_port redis_port_, ports_[2], front_;
    std::optional<tests::process> redis_;
    std::optional<tests::process> proxy_;
};

constexpr char const* other_week = R"({"from": "2026-10-01", "to": "2026-10-08"})";

http::request<http::string_body> keyed_start(std::string const& key,
                                             std::string const& body = any_week) {
    auto asked = browser::made_start(body);
    asked.set("Idempotency-Key", key);
    return asked;
}

} // namespace

TEST_CASE("an export is started at one server, and seen, followed and read at each" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing", "Processing", "Completed"}));
    std::string const path = start(*t.open());
    for (int i = 0; i != 4; ++i) { // of one connection, and of several
        auto const b = t.open();
        CHECK(b->get(path).result_int() == 200);
        CHECK(b->get(path).result_int() == 200);
    }
    for (std::size_t i = 0; i != 2; ++i) {
        auto const b = t.open(i);
        b->send(browser::made(http::verb::get, path + "/events"));
        CHECK(b->open() == 200);
        std::string const events = b->read_all();
        CHECK(b->is_whole());
        CHECK(contains(events, R"("status":"Completed","phase":"completed","ended":true)"));
        CHECK(events.ends_with("\n\nid: end\nevent: end\ndata: {}\n\n"));
        auto const rows = b->get(path + "/rows");
        CHECK(rows.result_int() == 200);
        CHECK(as_lines(sample_export()) == rows.body());
    }
    CHECK(t.starts() == 1);
    CHECK(t.open()->get("/exports/another").result_int() == 404);
}

TEST_CASE("equal starts at both servers are one export" * doctest::skip(lacks_programs())) {
    two_servers t;
    std::set<std::string> paths;
    SUBCASE("at once") {
        t.loop.hold_next();
        auto const one = t.open(0), two = t.open(1);
        one->send(browser::made_start(any_week));
        REQUIRE(t.loop.wait_until_held(patience));
        two->send(browser::made_start(any_week));
        t.loop.release();
        for (browser* const each : {one.get(), two.get()}) {
            CHECK(each->open() == 201);
            paths.insert(parsed(each->read_all()).at("self").as_string().c_str());
        }
    }
    SUBCASE("with the key of a browser") {
        for (std::size_t i = 0; i != 2; ++i) {
            auto const started = t.open(i)->ask(keyed_start("k1"));
            CHECK(started.result_int() == 201);
            paths.insert(started[http::field::location]);
        }
        auto const other = t.open(1)->ask(keyed_start("k1", other_week));
        CHECK(other.result_int() == 422);
    }
    CHECK(paths.size() == 1);
    CHECK(t.starts() == 1);
}

TEST_CASE("a server that was killed knows the exports again" * doctest::skip(lacks_programs())) {
    two_servers t;
    auto const started = t.open(0)->ask(keyed_start("k1"));
    REQUIRE(started.result_int() == 201);
    std::string const path = started[http::field::location];
    t.restart(0);
    CHECK(t.open(0)->get(path).result_int() == 200);
    CHECK(as_lines(sample_export()) == t.open(0)->get(path + "/rows").body());
    t.restart(0);
    CHECK(t.open(0)->ask(keyed_start("k1"))[http::field::location] == path);
    CHECK(t.starts() == 1);
}

TEST_CASE("what a server that died has left is asked for, and started again if told so" *
          doctest::skip(lacks_programs())) {
    two_servers t;
    t.loop.hold_next();
    auto const gone = t.open(0);
    gone->send(browser::made_start(any_week));
    REQUIRE(t.loop.wait_until_held(patience));
    t.restart(0);
    t.loop.release();
    auto const asks = t.open(1)->post(any_week); // when the lease is over
    CHECK(asks.result_int() == 409);
    CHECK(told(asks, "code") == "export_unclear");
    CHECK(t.starts() == 1);
    auto again = browser::made_start(any_week);
    again.set(http::field::prefer, "start-again");
    auto const started = t.open(0)->ask(again);
    CHECK(started.result_int() == 201);
    CHECK(start(*t.open(1)) == started[http::field::location]);
    CHECK(t.starts() == 2);
}

TEST_CASE("after a failure of the service an equal start says in words of HTTP how to start again" *
          doctest::skip(lacks_programs())) {
    two_servers t;
    t.loop.respond_next(response_override(500, "{}"));
    CHECK(t.open(0)->ask(keyed_start("k1")).result_int() == 502);
    auto const asks = t.open(1)->ask(keyed_start("k2"));
    CHECK(asks.result_int() == 409);
    CHECK(told(asks, "code") == "export_unclear");
    std::string const message = told(asks, "message");
    CAPTURE(message);
    CHECK(contains(message, "that began at 20"));
    CHECK(contains(message, "Look for it at the service"));
    CHECK(message.ends_with("; the same POST with \"Prefer: start-again\" starts another one"));
    CHECK_FALSE(contains(message, "start_options"));
    auto again = keyed_start("k2");
    again.set(http::field::prefer, "start-again, respond-async, wait=60");
    CHECK(t.open(1)->ask(again).result_int() == 201);
    CHECK(t.starts() == 2);
}

TEST_CASE("the load balancer goes on with one server when the other is killed" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    std::string const path = start(*t.open(0));
    t.servers[0].reset();
    for (int i = 0; i != 4; ++i)
        CHECK(t.open()->get(path).result_int() == 200);
    CHECK(start(*t.open()) == path);
    CHECK(t.starts() == 1);
}

TEST_CASE("Redis sees no token, no request and no signed address, and no key is for ever" *
          doctest::skip(lacks_programs())) {
    two_servers t;
    auto const started = t.open(0)->ask(keyed_start("secret_key_of_a_browser"));
    REQUIRE(started.result_int() == 201);
    std::string const path = started[http::field::location];
    CHECK(as_lines(sample_export()) == t.open(1)->get(path + "/rows").body());
    int found = 0;
    for (std::string const& line : t.keys("")) {
        if (!line.starts_with("intheloop:1:{"))
            continue;
        ++found;
        CAPTURE(line);
        CHECK(line.find("secret_key") == line.npos);
        CHECK(std::stol(t.ask_redis("PTTL " + line, 1).substr(1)) > 0);
        if (!line.ends_with(":job") && !line.ends_with(":key") && !line.ends_with(":start"))
            continue;
        std::string const text = t.ask_redis("GET " + line, 2);
        CHECK_FALSE(contains(text, t.loop.token()));
        CHECK_FALSE(contains(text, "Signature"));
        CHECK_FALSE(contains(text, "2026-11"));
        CHECK_FALSE(contains(text, "secret_key"));
    }
    CHECK(found >= 4);
}

TEST_CASE("without Redis each server goes on with what it knows" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    std::string const path = start(*t.open(0));
    t.kill_redis();
    CHECK(t.open(0)->get(path).result_int() == 200);
    auto const unknown = t.open(1)->get(path);
    CHECK(unknown.result_int() == 503);
    CHECK_FALSE(unknown[http::field::retry_after].empty());
    CHECK(start(*t.open(1)) != path);
}

TEST_CASE("a page that asks often while Redis is away does not fill the log" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    std::string const path = start(*t.open(0));
    t.kill_redis();
    auto const page = t.open(1);
    for (int i = 0; i != 5; ++i)
        CHECK(page->get(path).result_int() == 503);
    t.start_redis();
    REQUIRE(tests::wait_until([&] { return page->get(path).result_int() == 404; }, patience));
    t.servers[1]->kill(SIGTERM);
    CHECK(t.servers[1]->wait() == 0);
    std::string const log = t.servers[1]->err();
    CAPTURE(log);
    std::string_view const away = "the other servers can't be asked: ";
    std::size_t const first = log.find(away);
    CHECK(first != log.npos);
    CHECK(log.find(away, first + 1) == log.npos);
    CHECK(contains(log, "the other servers can be asked again"));
}

TEST_CASE("--redis needs the common key" * doctest::skip(lacks_programs())) {
    tests::process p({program(), "--port", "0", "--redis", "redis://127.0.0.1:1"},
                     {{"INTHELOOP_TOKEN", "t"}});
    CHECK(p.wait() == 2);
    CHECK(contains(p.err(), "INTHELOOP_FLEET_KEY"));
}

TEST_CASE("an export that Redis gives for another one is not shown" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    auto const started = t.open(0)->ask(keyed_start("k1"));
    REQUIRE(started.result_int() == 201);
    REQUIRE(t.open(0)->ask(keyed_start("k2", other_week)).result_int() == 201);
    std::string const path = started[http::field::location];
    t.swap_in_redis(":job");
    CHECK(t.open(1)->get(path).result_int() == 404);
    CHECK(t.open(0)->get(path).result_int() == 200);
    t.swap_in_redis(":key");
    auto const again = t.open(1)->ask(keyed_start("k1")); // begins, and is equal to the first
    CHECK(again.result_int() == 201);
    CHECK(again[http::field::location] == path);
    CHECK(t.starts() == 2);
}

TEST_CASE("exports of the other server are kept up to the limit" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    std::string const kept = start(*t.open(0)), one_too_many = start(*t.open(0), other_week);
    t.arguments = {"--keep", "1"};
    t.restart(1);
    CHECK(t.open(1)->get(kept).result_int() == 200);
    auto const refused = t.open(1)->get(one_too_many);
    CHECK(refused.result_int() == 503);
    CHECK_FALSE(refused[http::field::retry_after].empty());
    CHECK(t.open(1)->get(kept).result_int() == 200);
}

TEST_CASE("an export that could not be listed is listed when Redis is back" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    t.kill_redis();
    auto const started = t.open(0)->ask(keyed_start("k1"));
    REQUIRE(started.result_int() == 201);
    t.start_redis();
    REQUIRE(t.servers[0]->says("the other servers know"));
    std::string const path = started[http::field::location];
    CHECK(t.open(1)->get(path).result_int() == 200);
    t.restart(0);
    CHECK(t.open(0)->ask(keyed_start("k1"))[http::field::location] == path);
    CHECK(t.starts() == 1);
}

TEST_CASE("a server that is stopped does not wait for the start of another one" *
          doctest::skip(lacks_programs())) {
    two_servers t;
    t.arguments = {"--grace", "0.2"};
    t.restart(1);
    t.loop.hold_next();
    auto const first = t.open(0), waits = t.open(1);
    first->send(browser::made_start(any_week));
    REQUIRE(t.loop.wait_until_held(patience));
    waits->send(keyed_start("k1"));
    REQUIRE(tests::wait_until([&] { return t.keys(":key").size() == 1; }, patience)); // it has come
    t.servers[1]->kill(SIGTERM);
    CHECK(t.servers[1]->wait() == 0);
    t.loop.release();
    CHECK(first->open() == 201);
    CHECK(t.starts() == 1);
}

TEST_CASE("a key belongs to the form that was first at any server" *
          doctest::skip(lacks_programs())) {
    two_servers t;
    t.loop.hold_next();
    auto const first = t.open(0);
    first->send(keyed_start("k1"));
    REQUIRE(t.loop.wait_until_held(patience));
    auto const other = t.open(1)->ask(keyed_start("k1", other_week));
    CHECK(other.result_int() == 422);
    CHECK(told(other, "code") == "key_reused");
    t.loop.release();
    CHECK(first->open() == 201);
    CHECK(t.starts() == 1);
}

TEST_CASE("a server without room leaves a key to the start of another one" *
          doctest::skip(lacks_programs())) {
    two_servers t(with_statuses({"Processing"}));
    t.arguments = {"--keep", "1"};
    t.restart(1);
    t.loop.hold_next();
    auto const first = t.open(0);
    first->send(keyed_start("k1"));
    REQUIRE(t.loop.wait_until_held(patience));
    start(*t.open(1), other_week); // only now: its polls could be held in place of the start
    CHECK(t.open(1)->ask(keyed_start("k1")).result_int() == 503);
    CHECK(t.open(1)->ask(keyed_start("k1", other_week)).result_int() == 422);
    CHECK(t.keys(":key").size() == 1);
    t.loop.release();
    CHECK(first->open() == 201);
    CHECK(t.starts() == 2);
}

TEST_CASE("a key whose start failed may come with another form" * doctest::skip(lacks_programs())) {
    two_servers t;
    t.loop.respond_next(response_override(400, "{}"));
    REQUIRE(t.open(0)->ask(keyed_start("k1")).result_int() >= 400);
    CHECK(t.open(1)->ask(keyed_start("k1", other_week)).result_int() == 201);
}

} // TEST_SUITE("tools/export_server/together")
