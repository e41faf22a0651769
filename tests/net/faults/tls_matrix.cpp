// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Peers whose TLS is not right get no byte of a request, and the error says why.
#include <client/pool/posting.hpp>
#include <net/faults/matrix.hpp>
#include <support/observed_dates.hpp>
#include <support/process.hpp>

#include <poll.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

TEST_SUITE("net/faults/tls_matrix") {

using namespace fixture;
using loop::testing::certificate;
using loop::testing::certificate_authority;
using loop::testing::certificate_request;

namespace {

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

peer_tls showing(certificate shown) {
    peer_tls tls;
    tls.shown = std::move(shown);
    return tls;
}

certificate issued_for(std::string const& name) {
    return test_authority().issue(certificate_request({name}));
}

certificate valid_between(std::chrono::seconds from, std::chrono::seconds until) {
    certificate_request request({"127.0.0.1"});
    request.not_before = now() + from;
    request.not_after = now() + until;
    return test_authority().issue(request);
}

certificate without_intermediate() {
    certificate_authority const middle = test_authority().intermediate();
    certificate made = middle.issue(certificate_request({"127.0.0.1"}));
    made.certificate_pem.resize(made.certificate_pem.find(middle.certificate_pem()));
    return made;
}

// A leaf can't vouch for another.
certificate with_leaf_as_authority() {
    certificate made = issued_for("127.0.0.1");
    certificate const other = certificate_authority().issue(certificate_request({"127.0.0.1"}));
    return {other.certificate_pem + made.certificate_pem, other.private_key_pem};
}

certificate for_clients_only() {
    certificate_request request({"127.0.0.1"});
    request.server_auth = false;
    request.client_auth = true;
    return test_authority().issue(request);
}

peer_tls speaking(int newest) {
    peer_tls tls;
    tls.newest = newest;
    return tls;
}

peer_tls asking_for_certificate(int newest) {
    peer_tls tls = speaking(newest);
    tls.client_authority = test_authority().certificate_pem();
    return tls;
}

loop::options showing_certificate(loop::options how, certificate_authority const& authority) {
    certificate_request request({"client.example.test"});
    request.server_auth = false;
    request.client_auth = true;
    certificate const own = authority.issue(request);
    how.tls.certificate_pem = own.certificate_pem;
    how.tls.private_key_pem = own.private_key_pem;
    return how;
}

script const serve{handshake, read_request, respond(good_answer)};

} // namespace

TEST_CASE("a peer whose TLS is not right is refused, and gets nothing") {
    auto const refused = errc::certificate_refused;
    struct {
        char const* name;
        peer_tls tls;
        errc code;
        std::string_view why;
    } const rows[] = {
        {"expired", showing(valid_between(-48h, -24h)), refused, "certificate has expired"},
        {"expired just now", showing(valid_between(-24h, -1s)), refused, "certificate has expired"},
        {"not yet valid", showing(valid_between(24h, 48h)), refused,
         "certificate is not yet valid"},
        {"another host", showing(issued_for("api.example.test")), refused, "IP address mismatch"},
        {"another address", showing(issued_for("127.0.0.2")), refused, "IP address mismatch"},
        {"the address as a name", showing(issued_for("*.0.0.1")), refused, "IP address mismatch"},
        {"no name at all", showing(test_authority().issue(certificate_request({}))), refused,
         "IP address mismatch"},
        {"self-signed", showing(loop::testing::self_signed(certificate_request({"127.0.0.1"}))),
         refused, "self-signed certificate"},
        {"an unknown authority",
         showing(certificate_authority().issue(certificate_request({"127.0.0.1"}))), refused,
         "unable to get local issuer certificate"},
        {"no intermediate", showing(without_intermediate()), refused,
         "unable to get local issuer certificate"},
        {"a leaf behind a leaf", showing(with_leaf_as_authority()), refused,
         "unable to get local issuer certificate"},
        {"for clients only", showing(for_clients_only()), refused, "purpose"},
        {"TLS 1.1", speaking(TLS1_1_VERSION), errc::handshake_failed, "protocol version"},
        {"TLS 1.0", speaking(TLS1_VERSION), errc::handshake_failed, "protocol version"},
        {"asks for a certificate, TLS 1.2", asking_for_certificate(TLS1_2_VERSION),
         errc::handshake_failed, "handshake failure"},
    };
    for (auto const& [name, tls, code, why] : rows) {
        CAPTURE(std::string(name));
        no_descriptor_leaks const none;
        bad_peer peer(serve, tls);
        row const expected(name, serve, code, request_progress::not_sent, 0);
        auto const r = call(options_for(peer), report::export_report, week());
        check_outcome(expected, peer, r);
        CHECK(peer.received().empty());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::condition::tls);
        CHECK_MESSAGE(contains(r.error().detail, why), r.error());
    }
}

TEST_CASE("a peer whose TLS is right is served") {
    struct {
        char const* name;
        peer_tls tls;
    } const rows[] = {
        {"the address", showing(issued_for("127.0.0.1"))},
        {"one name of many", showing(test_authority().issue(certificate_request(
                                 {"a.example.test", "127.0.0.2", "127.0.0.1"})))},
        {"an intermediate",
         showing(test_authority().intermediate().issue(certificate_request({"127.0.0.1"})))},
        {"TLS 1.2", speaking(TLS1_2_VERSION)},
        {"TLS 1.3", speaking(TLS1_3_VERSION)},
    };
    for (auto const& [name, tls] : rows) {
        no_descriptor_leaks const none;
        bad_peer peer(serve, tls);
        row const expected(name, serve, success);
        check_outcome(expected, peer, call(options_for(peer), report::export_report, week()));
    }
}

TEST_CASE("a peer that asks for a client certificate") {
    for (int newest : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(newest);
        no_descriptor_leaks const none;
        bad_peer peer(serve, asking_for_certificate(newest));
        auto const r = call(showing_certificate(options_for(peer), test_authority()),
                            report::export_report, week());
        check_outcome(row("given", serve, success), peer, r);
    }
}

TEST_CASE("with TLS 1.3 a client certificate is refused after the request was sent") {
    // The peer took no request. But an alert does not say when it was sent, so that the client
    // can't know.
    auto const check = [](bad_peer& peer, loop::options const& how, std::string_view why) {
        auto const r = call(how, report::export_report, week());
        check_outcome(row("", serve, errc::tls_failed, request_progress::sent, 0), peer, r);
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == loop::condition::tls);
        CHECK_MESSAGE(contains(r.error().detail, why), r.error());
        CHECK(peer.received().empty());
    };
    no_descriptor_leaks const none;
    SUBCASE("none is given") {
        bad_peer peer(serve, asking_for_certificate(TLS1_3_VERSION));
        check(peer, options_for(peer), "certificate required");
    }
    SUBCASE("one of another authority is given") {
        bad_peer peer(serve, asking_for_certificate(TLS1_3_VERSION));
        check(peer, showing_certificate(options_for(peer), certificate_authority()), "unknown ca");
    }
}

TEST_CASE("a start whose journal took so long knows that it was refused before it was sent") {
    bad_peer peer(serve, asking_for_certificate(TLS1_3_VERSION));
    tests::scratch_directory files;
    loop::start_options how;
    how.journal = loop::export_journal::open((files.path / "exports.journal").string()).value();
    int dates = 0;
    how.journal->use_time(std::make_shared<tests::observed_dates>([&] {
        if (++dates != 2) // "sending", behind "intended"
            return;
        for (int const each : sockets_to(peer.port())) {
            pollfd alert{each, POLLIN, 0};
            CHECK(::poll(&alert, 1, static_cast<int>(patience.count())) == 1);
        }
    }));
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(peer));
    std::optional<loop::result<loop::export_job>> ended;
    loop::async_start_export(client, week(), how, [&](auto r) { ended = std::move(r); });
    io.run();
    REQUIRE(ended);
    REQUIRE_FALSE(*ended);
    CHECK(ended->error().code() == errc::tls_failed);
    CHECK_MESSAGE(contains(ended->error().detail, "certificate required"), ended->error());
    CHECK(ended->error().progress == request_progress::not_sent);
    CHECK(how.journal->entries().front().advice == loop::journal_advice::start_again);
}

} // TEST_SUITE("net/faults/tls_matrix")
