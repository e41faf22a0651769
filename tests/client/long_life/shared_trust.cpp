// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Clients share what they trust, and nothing else: each verifies by its own options, whichever
// others there are.
#include <client/certificates.hpp>
#include <client/fixture.hpp>
#include <client/long_life/replaced_file.hpp>
#include <support/process.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

TEST_SUITE("client/long_life/shared_trust") {

using namespace fixture;
using loop::errc;
using loop::testing::certificate;
using loop::testing::certificate_authority;
using loop::testing::certificate_request;
using loop::testing::revocation_request;

namespace {

// Without an idle connection, each call has a new one.
loop::options without_idle(server const& s) {
    loop::options how = options_for(s);
    how.pool.max_idle = 0;
    how.tls.ca_pem.clear();
    return how;
}

// A client on a context of its own.
class caller {
public:
    explicit caller(loop::options how) : client_(io_.get_executor(), std::move(how)) {}

    void reload() { client_.reload_tls(); }
    // Returns whether a connection comes about. (The server knows no such export.)
    bool connects() {
        auto const r = call(client_, io_, report::get_report, report::get_request("x"));
        if (r || r.error().code() == errc::not_found)
            return true;
        CHECK_MESSAGE(r.error().code() == errc::certificate_refused, r.error());
        return false;
    }

private:
    asio::io_context io_;
    loop::client client_;
};

} // namespace

TEST_CASE("each client verifies by its own options, in whichever order they are made") {
    certificate_authority const root;
    certificate_authority const middle = root.intermediate();
    certificate_authority const other;
    server_options how;
    how.authority = root;
    how.api_certificate = middle.issue(certificate_request({"localhost"}));
    server s(how);
    std::string const of_root = root.issue_crl(revocation_request());
    std::string const clean = middle.issue_crl(revocation_request()) + of_root;
    std::string const revoking =
        middle.issue_crl(revocation_request({how.api_certificate->certificate_pem})) + of_root;

    tests::scratch_directory const files;
    auto const in_file = [&](std::string const& text) {
        auto const path = files.path / std::to_string(files.names().size());
        replace(path, text);
        return path.string();
    };
    struct row {
        std::string trusted;
        std::string lists;
        bool accepts;
    };
    std::vector<row> const texts = {
        {root.certificate_pem(), "", true},
        {root.certificate_pem(), revoking, false},
        {root.certificate_pem(), clean, true},
        {root.certificate_pem(), of_root, false}, // no list of the authority between
        {other.certificate_pem(), "", false},
        {other.certificate_pem() + root.certificate_pem(), "", true},
        {other.certificate_pem(), clean, false},
        {middle.certificate_pem(), "", true},
        {middle.certificate_pem(), revoking, false},
        {middle.certificate_pem(), clean, true},
        {leaf_of(*how.api_certificate), "", true},
        {leaf_of(middle.issue(certificate_request({"localhost"}))), "", false},
        {"", "", false}, // the system's
        {"", clean, false},
    };
    struct made {
        loop::options options;
        bool accepts;
    };
    std::vector<made> all;
    for (row const& each : texts)
        for (bool const by_file : {false, true}) {
            loop::options options = without_idle(s);
            if (by_file) {
                options.tls.ca_file = each.trusted.empty() ? "" : in_file(each.trusted);
                options.tls.crl_file = each.lists.empty() ? "" : in_file(each.lists);
            } else {
                options.tls.ca_pem = each.trusted;
                options.tls.crl_pem = each.lists;
            }
            all.push_back({options, each.accepts});
            all.push_back({options, each.accepts}); // shares what the one before it trusts
        }
    for (bool const forwards : {true, false}) {
        CAPTURE(forwards);
        std::vector<std::unique_ptr<caller>> callers;
        for (made const& each : all)
            callers.push_back(std::make_unique<caller>(each.options));
        auto const check = [&] {
            for (std::size_t i = 0; i != all.size(); ++i) {
                CAPTURE(i);
                CHECK(callers[i]->connects() == all[i].accepts);
            }
        };
        check();
        for (auto const& each : callers)
            each->reload();
        check();
        std::reverse(all.begin(), all.end());
    }
}

TEST_CASE("a file that changes counts for the client that reads it then, and for no other") {
    certificate_authority const other;
    server s;
    tests::scratch_directory const files;
    auto const trust = files.path / "ca.pem";
    loop::options how = without_idle(s);
    how.tls.ca_file = trust.string();
    replace(trust, s.ca_certificate());
    caller first(how);
    caller second(how);
    CHECK(first.connects());
    replace(trust, other.certificate_pem());
    CHECK(first.connects());
    caller third(how);
    CHECK_FALSE(third.connects());
    CHECK(first.connects());
    first.reload();
    CHECK_FALSE(first.connects());
    CHECK(second.connects());
    replace(trust, s.ca_certificate());
    CHECK_FALSE(first.connects());
    CHECK_FALSE(third.connects());
    third.reload();
    CHECK(third.connects());
    CHECK_FALSE(first.connects());
    CHECK(second.connects());

    // Written in place, with the size and the time of before.
    auto const time = std::filesystem::last_write_time(trust);
    std::string const blanks(s.ca_certificate().size(), '\n');
    std::ofstream(trust, std::ios::binary | std::ios::in) << blanks;
    std::filesystem::last_write_time(trust, time);
    CHECK_THROWS_AS(caller{how}, loop::exception);
    CHECK_THROWS_AS(second.reload(), loop::exception);
    CHECK(second.connects());
}

TEST_CASE("a pipe gives a client its trust") {
    server s;
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    std::string const text = s.ca_certificate();
    REQUIRE(::write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    loop::options how = without_idle(s);
    how.tls.ca_file = "/dev/fd/" + std::to_string(ends[0]);
    caller reads(how);
    ::close(ends[0]);
    CHECK(reads.connects());
}

TEST_CASE("a client's certificate is shown by this client alone") {
    server_options required;
    required.require_client_certificate = true;
    server s(required);
    loop::options how = without_idle(s);
    how.tls.ca_pem = s.ca_certificate();
    std::vector<std::unique_ptr<caller>> with;
    for (char const* const name : {"first", "second"}) {
        auto const own = client_certificate(s.authority(), name);
        how.tls.certificate_pem = own.certificate_pem;
        how.tls.private_key_pem = own.private_key_pem;
        with.push_back(std::make_unique<caller>(how));
    }
    with[0]->reload();
    CHECK(with[1]->connects());
    CHECK(with[0]->connects());
    auto const came = s.requests();
    REQUIRE(came.size() == 2);
    CHECK(came[0].client_common_name == "second");
    CHECK(came[1].client_common_name == "first");
    // The server refuses one without.
    asio::io_context io;
    how.tls.certificate_pem.clear();
    how.tls.private_key_pem = loop::secret();
    loop::client refused(io.get_executor(), how);
    auto const r = call(refused, io, report::get_report, report::get_request("x"));
    REQUIRE_FALSE(r);
    CHECK(s.requests().size() == 2);
}

TEST_CASE("clients are made, used and reloaded by several threads while their file changes") {
    certificate_authority const other;
    server s;
    tests::scratch_directory const files;
    auto const trust = files.path / "ca.pem";
    std::string const both[] = {s.ca_certificate(), s.ca_certificate() + other.certificate_pem()};
    replace(trust, both[0]);
    loop::options how = without_idle(s);
    how.tls.ca_file = trust.string();
    constexpr int threads = 3, rounds = 20;
    std::atomic<int> connected = 0;
    std::atomic<int> working = threads;
    std::vector<std::thread> all;
    for (int i = 0; i != threads; ++i)
        all.emplace_back([&] {
            for (int round = 0; round != rounds; ++round) {
                caller one(how), two(how);
                connected += one.connects();
                two.reload();
                connected += two.connects();
            }
            --working;
        });
    for (int i = 0; working != 0; ++i) {
        replace(trust, both[i % 2]);
        std::this_thread::yield();
    }
    for (auto& each : all)
        each.join();
    CHECK(connected == 2 * threads * rounds);
}

} // TEST_SUITE("client/long_life/shared_trust")
