// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// TLS against OpenSSL's own server, in several settings.
#include <client/at_rest.hpp>
#include <client/fixture.hpp>
#include <support/program.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

TEST_SUITE("net/servers/openssl") {

using namespace fixture;
using loop::errc;

namespace {

constexpr char const* variable = "INTHELOOP_TEST_OPENSSL";

bool no_openssl() {
    return program_at(variable).empty();
}

// It answers a GET with a file, and then closes the connection.
class tls_server {
public:
    explicit tls_server(std::vector<std::string> const& settings) {
        auto const own = authority_.issue(loop::testing::certificate_request({"localhost"}));
        write_file(directory_.path / "certificate.pem", own.certificate_pem);
        write_file(directory_.path / "key.pem", own.private_key_pem);
        std::filesystem::create_directories(directory_.path / "api/v1/report/exports");
        write_file(directory_.path / "api/v1/report/exports/x",
                   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                   "Content-Length: 10\r\nConnection: close\r\n\r\n{\"id\":\"x\"}");
        std::vector<std::string> command{program_at(variable),
                                         "s_server",
                                         "-accept",
                                         "127.0.0.1:" + port_.text(),
                                         "-cert",
                                         "certificate.pem",
                                         "-key",
                                         "key.pem",
                                         "-HTTP"};
        command.insert(command.end(), settings.begin(), settings.end());
        running_.emplace(directory_.path, std::move(command));
        running_->wait_for(port_);
    }

    loop::options options() const {
        loop::options how;
        how.base_url = "https://localhost:" + port_.text();
        how.token = "token_for_openssl";
        how.tls.ca_pem = authority_.certificate_pem();
        how.retry.max_attempts = 1;
        return how;
    }

private:
    loop::testing::certificate_authority authority_;
    scratch_directory directory_;
    loopback_port port_;
    std::optional<program> running_;
};

struct row {
    std::vector<std::string> settings;
    bool resumes;
};

std::vector<row> const rows{
    {{"-tls1_2"}, true},
    {{"-tls1_2", "-no_ticket"}, true}, // the server remembers the session
    {{"-tls1_2", "-no_ticket", "-no_cache"}, false},
    {{"-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"}, true},
    {{"-tls1_3"}, true},
    {{"-tls1_3", "-no_ticket"}, true},
    {{"-tls1_3", "-num_tickets", "0"}, false},
    {{"-tls1_3", "-groups", "P-384"}, true}, // wants another key share first
};

// Three calls, each on a connection of its own.
template <class Calls>
void check_resumption(row const& expected, Calls make_calls) {
    std::string settings;
    for (auto const& each : expected.settings)
        settings += each + ' ';
    CAPTURE(settings);
    tls_server const server(expected.settings);
    loop::options how = server.options();
    how.pool.max_connections = 1;
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    make_calls(client, io);
    check_at_rest(client);
    CHECK(client.statistics().connections_opened == 3);
    CHECK(client.statistics().tls_sessions_resumed == (expected.resumes ? 2 : 0));
}

} // namespace

TEST_CASE("INTHELOOP_TEST_OPENSSL names an openssl") {
    REQUIRE_MESSAGE(!no_openssl(), "openssl is missing: these tests need it (Debian: openssl)");
}

TEST_CASE("a session is resumed wherever the server allows it" * doctest::skip(no_openssl())) {
    for (row const& each : rows)
        check_resumption(each, [](loop::client& client, asio::io_context& io) {
            int succeeded = 0;
            for (int i = 0; i != 3; ++i)
                client.async_call(report::get_report, report::get_request("x"), [&](auto r) {
                    REQUIRE_MESSAGE(r, r.error());
                    ++succeeded;
                });
            io.run();
            CHECK(succeeded == 3);
        });
}

TEST_CASE("a session outlives the time in which there is no call" * doctest::skip(no_openssl())) {
    check_resumption(rows.front(), [](loop::client& client, asio::io_context& io) {
        for (int i = 0; i != 3; ++i) {
            auto const r = call(client, io, report::get_report, report::get_request("x"));
            REQUIRE_MESSAGE(r, r.error());
        }
    });
}

TEST_CASE("HTTP/1.1 is agreed on by ALPN, or nothing" * doctest::skip(no_openssl())) {
    tls_server const both({"-alpn", "h2,http/1.1"});
    auto const agreed = call(both.options(), report::get_report, report::get_request("x"));
    CHECK_MESSAGE(agreed, agreed.error());

    tls_server const other({"-alpn", "h2"});
    auto const refused = call(other.options(), report::get_report, report::get_request("x"));
    REQUIRE_FALSE(refused);
    CHECK_MESSAGE(refused.error().code() == errc::handshake_failed, refused.error());
    CHECK(refused.error().progress == loop::request_progress::not_sent);
}

} // TEST_SUITE("net/servers/openssl")
