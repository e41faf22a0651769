// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Certificates and lists that change while a client lives.
#include <client/certificates.hpp>
#include <client/fixture.hpp>
#include <client/long_life/replaced_file.hpp>
#include <support/process.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("client/long_life/reload_tls") {

using namespace fixture;
using loop::errc;
using loop::testing::certificate;
using loop::testing::certificate_authority;
using loop::testing::certificate_request;
using loop::testing::revocation_request;

namespace {

// A server whose authority is in a file, and a client that trusts it.
class renewing {
public:
    explicit renewing(server_options const& how = server_options(), std::size_t max_idle = 0)
        : s(how), trust(files.path / "ca.pem"), options(options_for(s)) {
        replace(trust, s.ca_certificate());
        options.tls.ca_pem.clear();
        options.tls.ca_file = trust.string();
        options.pool.max_idle = max_idle; // without an idle one, each call has a new connection
    }
    void begin() { client.emplace(io.get_executor(), options); }
    auto poll() { return call(*client, io, report::get_report, report::get_request("x")); }
    // Tells whether a connection comes about. (The server knows no such export.)
    bool connects() {
        auto const r = poll();
        if (r || r.error().code() == errc::not_found)
            return true;
        CHECK_MESSAGE(r.error().code() == errc::certificate_refused, r.error());
        return false;
    }
    // Returns why a reload is refused; empty if it is not.
    std::string refusal() {
        try {
            client->reload_tls();
        } catch (loop::exception const& e) {
            CHECK(e.code() == loop::condition::configuration);
            CHECK(e.code() == errc::invalid_option);
            return e.error().detail;
        }
        return {};
    }

    tests::scratch_directory files;
    server s;
    std::filesystem::path const trust;
    loop::options options;
    asio::io_context io;
    std::optional<loop::client> client;
};

} // namespace

TEST_CASE("a list that revokes the server counts for the next connection after a reload") {
    certificate_authority const authority;
    server_options how;
    how.authority = authority;
    how.api_certificate = authority.issue(certificate_request({"localhost"}));
    renewing t(how);
    auto const lists = t.files.path / "crl.pem";
    replace(lists, authority.issue_crl(revocation_request()));
    t.options.tls.crl_file = lists.string();
    t.begin();
    CHECK(t.connects());
    replace(lists, authority.issue_crl(revocation_request({how.api_certificate->certificate_pem})));
    CHECK(t.connects()); // nothing was read yet
    t.client->reload_tls();
    CHECK_FALSE(t.connects());
    CHECK(contains(t.poll().error().detail, "certificate revoked"));
    replace(lists, authority.issue_crl(revocation_request()));
    t.client->reload_tls();
    CHECK(t.connects());
}

TEST_CASE("another authority is trusted after a reload, and the earlier one no more") {
    certificate_authority const other;
    renewing t;
    t.begin();
    CHECK(t.connects());
    replace(t.trust, other.certificate_pem());
    t.client->reload_tls();
    CHECK_FALSE(t.connects());
    replace(t.trust, other.certificate_pem() + t.s.ca_certificate());
    t.client->reload_tls();
    CHECK(t.connects());
}

TEST_CASE("no session of the earlier trust is resumed: that would skip the verification") {
    certificate_authority const other;
    renewing t;
    t.begin();
    for (int i = 0; i != 3; ++i)
        REQUIRE(t.connects());
    REQUIRE(t.client->statistics().tls_sessions_resumed == 2);
    replace(t.trust, other.certificate_pem());
    t.client->reload_tls();
    CHECK_FALSE(t.connects());
    replace(t.trust, t.s.ca_certificate());
    t.client->reload_tls();
    CHECK(t.connects());
    CHECK(t.client->statistics().tls_sessions_resumed == 2);
    CHECK(t.connects()); // and from here on as usual
    CHECK(t.client->statistics().tls_sessions_resumed == 3);
}

TEST_CASE("a connection that is there goes on, and its late sessions stay with the earlier trust") {
    certificate_authority const other;
    renewing t(server_options(), 16);
    t.begin();
    CHECK(t.connects());
    t.s.hold_next();
    std::optional<loop::result<report::export_result>> held;
    t.client->async_call(report::get_report, report::get_request("y"),
                         [&](auto r) { held.emplace(std::move(r)); });
    run_until(t.io, [&] { return t.s.requests().size() == 2; });
    replace(t.trust, other.certificate_pem());
    t.client->reload_tls();
    std::optional<loop::result<report::export_result>> second; // while the first one has a call
    t.client->async_call(report::get_report, report::get_request("z"),
                         [&](auto r) { second.emplace(std::move(r)); });
    run_until(t.io, [&] { return second.has_value(); });
    CHECK(second->error().code() == errc::certificate_refused);
    t.s.release();
    t.io.restart();
    t.io.run();
    REQUIRE(held);
    CHECK(held->error().code() == errc::not_found); // answered
    CHECK(t.connects());                            // the idle one
    CHECK(t.s.requests().back().connection == t.s.requests().front().connection);
}

TEST_CASE("a renewed certificate of the client is shown after a reload") {
    server_options how;
    how.require_client_certificate = true;
    renewing t(how);
    auto const shown = t.files.path / "client.pem";
    auto const key = t.files.path / "client.key";
    auto const write = [&](certificate const& of) {
        replace(shown, of.certificate_pem);
        replace(key, of.private_key_pem);
    };
    write(client_certificate(t.s.authority(), "of last year"));
    t.options.tls.certificate_file = shown.string();
    t.options.tls.private_key_file = key.string();
    t.begin();
    CHECK(t.connects());
    write(client_certificate(t.s.authority(), "of this year"));
    t.client->reload_tls();
    CHECK(t.connects());
    auto const came = t.s.requests();
    REQUIRE(came.size() == 2);
    CHECK(came[0].client_common_name == "of last year");
    CHECK(came[1].client_common_name == "of this year");
}

TEST_CASE("a file that can't be used changes nothing") {
    certificate_authority const other;
    renewing t;
    auto const lists = t.files.path / "crl.pem";
    auto const shown = t.files.path / "client.pem";
    auto const key = t.files.path / "client.key";
    certificate const own = client_certificate(t.s.authority(), "a client");
    replace(lists, t.s.authority().issue_crl(revocation_request()));
    replace(shown, own.certificate_pem);
    replace(key, own.private_key_pem);
    t.options.tls.crl_file = lists.string();
    t.options.tls.certificate_file = shown.string();
    t.options.tls.private_key_file = key.string();
    t.begin();
    REQUIRE(t.connects());

    // Other parts that are good don't count either.
    replace(t.trust, other.certificate_pem());
    struct {
        std::filesystem::path file;
        std::string text;
        char const* why;
    } const cases[] = {
        {lists, "no list", "revocation lists from "},
        {lists, "", "revocation lists from "},
        {shown, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
         "client certificate from "},
        {shown, client_certificate(t.s.authority(), "b").certificate_pem, "private key from "},
        {key, "no key", "private key from "},
        {t.trust, "no certificate", "certificate authorities from "},
    };
    for (auto const& c : cases) {
        CAPTURE(c.file.string());
        std::string const good = tests::content_of(c.file);
        replace(c.file, c.text);
        std::string const refused = t.refusal();
        CHECK_MESSAGE(contains(refused, c.why), refused);
        CHECK_MESSAGE(contains(refused, c.file == shown && contains(c.why, "key")
                                            ? key.string()
                                            : c.file.string()),
                      refused);
        CHECK(t.connects());
        std::filesystem::remove(c.file);
        CHECK_FALSE(t.refusal().empty());
        CHECK(t.connects());
        replace(c.file, good);
    }
    CHECK(t.refusal().empty());
    CHECK_FALSE(t.connects()); // now the other authority counts
}

TEST_CASE("a directory of authorities that is not there is refused, and changes nothing") {
    renewing t;
    auto const directory = t.files.path / "authorities";
    auto const refused = [&] {
        try {
            t.begin();
        } catch (loop::exception const& e) {
            CHECK(e.code() == errc::invalid_option);
            return e.error().detail;
        }
        return std::string();
    };
    std::string const of = "TLS: ca_directory: certificate authorities from ";
    for (std::string const& missing : {directory.string(), directory.string() + ":/no/where"}) {
        t.options.tls.ca_directory = missing;
        CHECK(refused() == of + missing + ": No such file or directory");
    }
    t.options.tls.ca_directory = t.trust.string();
    CHECK(refused() == of + t.trust.string() + ": Not a directory");

    std::filesystem::create_directory(directory);
    t.options.tls.ca_directory = "/no/where:" + directory.string(); // one of them is there
    CHECK(refused().empty());
    t.options.tls.ca_directory = directory.string();
    CHECK(refused().empty());
    REQUIRE(t.connects());
    std::filesystem::remove(directory);
    replace(t.trust, certificate_authority().certificate_pem()); // does not count either
    CHECK(t.refusal() == of + directory.string() + ": No such file or directory");
    CHECK(t.connects());
    std::filesystem::create_directory(directory);
    CHECK(t.refusal().empty());
    CHECK_FALSE(t.connects());
}

TEST_CASE("a moved-from client has nothing to reload") {
    renewing t;
    t.begin();
    loop::client moved(std::move(*t.client));
    std::filesystem::remove(t.trust);
    CHECK(t.refusal().empty()); // NOLINT(bugprone-use-after-move)
    CHECK_THROWS_AS(moved.reload_tls(), loop::exception);
}

TEST_CASE("a thousand reloads under load, from two threads") {
    renewing t;
    t.options.pool.max_connections = 4;
    t.begin();
    constexpr int threads = 2, reloads = 500;
    std::atomic<int> answered = 0;
    std::atomic<int> working = threads;
    std::vector<std::thread> all;
    auto const poll_on = [&](auto const& self) -> void {
        t.client->async_call(report::get_report, report::get_request("x"), [&, self](auto r) {
            CHECK_MESSAGE((r || r.error().code() == errc::not_found), r.error());
            ++answered;
            if (working != 0)
                self(self);
        });
    };
    for (int i = 0; i != 4; ++i)
        poll_on(poll_on);
    for (int i = 0; i != 2; ++i)
        all.emplace_back([&] { t.io.run(); });
    for (int i = 0; i != threads; ++i)
        all.emplace_back([&] {
            for (int j = 0; j != reloads; ++j)
                t.client->reload_tls();
            --working;
        });
    for (auto& each : all)
        each.join();
    CHECK(answered >= 4);
}

} // TEST_SUITE("client/long_life/reload_tls")
