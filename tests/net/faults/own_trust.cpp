// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A trust of the user's own need not reach a root: an authority below one, or the server's own
// certificate, is enough.
#include <client/certificates.hpp>
#include <net/faults/matrix.hpp>
#include <support/environment.hpp>
#include <support/process.hpp>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

TEST_SUITE("net/faults/own_trust") {

using namespace fixture;
using loop::testing::certificate;
using loop::testing::certificate_authority;
using loop::testing::certificate_request;
using loop::testing::revocation_request;

namespace {

script const serve{handshake, read_request, respond(good_answer)};

std::chrono::sys_seconds now() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

certificate issued(certificate_authority const& by, char const* name = "127.0.0.1") {
    return by.issue(certificate_request({name}));
}

// Calls a peer that shows this. Says why it was refused; "" if it was served.
std::string refusal(certificate const& shown, loop::tls_options const& trust) {
    no_descriptor_leaks const none;
    peer_tls tls;
    tls.shown = shown;
    bad_peer peer(serve, tls);
    loop::options how = options_for(peer);
    how.tls = trust;
    auto const r = call(how, report::export_report, week());
    CHECK(peer.wait_for_end(patience));
    CHECK(peer.requests() == (r ? 1 : 0));
    if (r)
        return {};
    CHECK(peer.received().empty());
    CHECK(r.error().code() == errc::certificate_refused);
    return r.error().detail.substr(r.error().detail.rfind(": ") + 2);
}

std::string refusal(certificate const& shown, std::string const& trusted,
                    std::string const& lists = {}) {
    loop::tls_options trust;
    trust.ca_pem = trusted;
    trust.crl_pem = lists;
    return refusal(shown, trust);
}

// A directory of certificates, as openssl-rehash(1) makes it.
class hashed_directory {
public:
    explicit hashed_directory(std::string const& pem) {
        BIO* const in = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
        X509* const read = PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
        BIO_free(in);
        REQUIRE(read != nullptr);
        char name[16];
        std::snprintf(name, sizeof name, "%08lx.0", X509_subject_name_hash(read));
        X509_free(read);
        std::ofstream(files_.path / name) << pem;
    }
    std::string path() const { return files_.path.string(); }

private:
    tests::scratch_directory files_;
};

constexpr std::string_view no_issuer = "unable to get local issuer certificate";

} // namespace

TEST_CASE("a trust may be an authority below a root, or the server's own certificate") {
    certificate_authority const middle = test_authority().intermediate();
    certificate const shown = issued(middle);
    certificate const alone(leaf_of(shown), shown.private_key_pem);
    CHECK(refusal(shown, middle.certificate_pem()).empty());
    CHECK(refusal(alone, middle.certificate_pem()).empty());
    CHECK(refusal(shown, leaf_of(shown)).empty());
    CHECK(refusal(alone, leaf_of(shown)).empty());
    CHECK(refusal(shown, shown.certificate_pem).empty()); // the chain as it is
    CHECK(refusal(shown, middle.certificate_pem() + test_authority().certificate_pem()).empty());
    CHECK(refusal(shown, test_authority().certificate_pem()).empty());

    tests::scratch_directory const files;
    std::string const file = (files.path / "trust.pem").string();
    loop::tls_options trust;
    for (std::string const& trusted : {middle.certificate_pem(), leaf_of(shown)}) {
        std::ofstream(file, std::ios::trunc) << trusted;
        trust.ca_file = file;
        trust.ca_directory.clear();
        CHECK(refusal(shown, trust).empty());
        hashed_directory const directory(trusted);
        trust.ca_file.clear();
        trust.ca_directory = directory.path();
        CHECK(refusal(shown, trust).empty());
    }
}

TEST_CASE("such a trust is no trust in others") {
    certificate_authority const middle = test_authority().intermediate();
    certificate const shown = issued(middle);
    // another certificate of the same authority, for the same name
    CHECK(refusal(issued(middle), leaf_of(shown)) == no_issuer);
    CHECK(refusal(issued(test_authority()), leaf_of(shown)) == no_issuer);
    // another authority below the same root
    CHECK(refusal(issued(test_authority().intermediate()), middle.certificate_pem()) == no_issuer);
    // the root of the trusted authority
    CHECK(refusal(issued(test_authority()), middle.certificate_pem()) == no_issuer);
    // the server's certificate can't vouch for others
    CHECK(refusal(issued(certificate_authority()), leaf_of(shown)) == no_issuer);
}

TEST_CASE("a trusted certificate is verified in all other respects") {
    certificate_authority const middle = test_authority().intermediate();
    for (bool const by_leaf : {true, false}) {
        CAPTURE(by_leaf);
        auto const trusted = [&](certificate const& shown) {
            return refusal(shown, by_leaf ? leaf_of(shown) : middle.certificate_pem());
        };
        CHECK(trusted(issued(middle, "127.0.0.2")) == "IP address mismatch");
        certificate_request request({"127.0.0.1"});
        request.not_before = now() - 48h;
        request.not_after = now() - 24h;
        CHECK(trusted(middle.issue(request)) == "certificate has expired");
        request.not_before = now() + 24h;
        request.not_after = now() + 48h;
        CHECK(trusted(middle.issue(request)) == "certificate is not yet valid");
        certificate_request for_clients({"127.0.0.1"});
        for_clients.server_auth = false;
        for_clients.client_auth = true;
        CHECK(contains(trusted(middle.issue(for_clients)), "purpose"));
        CHECK(trusted(middle.issue(certificate_request({"127.0.0.1"}))).empty());
    }
}

TEST_CASE("without a trust of the user's own a chain has to reach a root of the system") {
    loop::tls_options const of_system;
    CHECK(refusal(issued(test_authority()), of_system) == no_issuer);
    // The system's trust is not the user's own, even where the environment names its place.
    tests::scratch_directory const files;
    std::string const file = (files.path / "trust.pem").string();
    support::environment const set({{"SSL_CERT_FILE", file}, {"SSL_CERT_DIR", "/no/where"}});
    certificate_authority const middle = test_authority().intermediate();
    std::ofstream(file) << middle.certificate_pem();
    CHECK(refusal(issued(middle), of_system) == "unable to get issuer certificate");
    std::ofstream(file, std::ios::trunc) << test_authority().certificate_pem();
    CHECK(refusal(issued(middle), of_system).empty());
    CHECK(refusal(issued(certificate_authority()), of_system) == no_issuer);
}

TEST_CASE("revocation lists work below a root") {
    certificate_authority const middle = test_authority().intermediate();
    certificate const good = issued(middle);
    certificate const bad = issued(middle);
    revocation_request const one_bad({bad.certificate_pem});
    std::string const list = middle.issue_crl(one_bad);
    std::string const& trusted = middle.certificate_pem();
    CHECK(refusal(good, trusted, list).empty());
    CHECK(refusal(bad, trusted, list) == "certificate revoked");
    std::string const foreign = certificate_authority().issue_crl(revocation_request());
    CHECK(refusal(good, trusted, foreign) == "unable to get certificate CRL");
    revocation_request old;
    old.this_update = now() - 48h;
    old.next_update = now() - 24h;
    CHECK(refusal(good, trusted, middle.issue_crl(old)) == "CRL has expired");
    // the trusted authority itself is on its root's list
    revocation_request const whole_middle({middle.certificate_pem()});
    CHECK(refusal(good, trusted, list + test_authority().issue_crl(whole_middle)) ==
          "certificate revoked");
    CHECK(refusal(good, trusted, list + test_authority().issue_crl(revocation_request())).empty());

    // the server's own certificate is trusted
    CHECK(refusal(good, leaf_of(good), list).empty());
    CHECK(refusal(bad, leaf_of(bad), list) == "certificate revoked");
}

TEST_CASE("a trust that has a root as well keeps the rule for lists: each authority needs one") {
    certificate_authority const middle = test_authority().intermediate();
    certificate const shown = issued(middle);
    std::string const of_middle = middle.issue_crl(revocation_request());
    std::string const of_root = test_authority().issue_crl(revocation_request());
    std::string const both = middle.certificate_pem() + test_authority().certificate_pem();
    CHECK(refusal(shown, both, of_middle + of_root).empty());
    CHECK(refusal(shown, both, of_middle) == "unable to get certificate CRL");
    revocation_request const whole_middle({middle.certificate_pem()});
    CHECK(refusal(shown, both, of_middle + test_authority().issue_crl(whole_middle)) ==
          "certificate revoked");
}

} // TEST_SUITE("net/faults/own_trust")
