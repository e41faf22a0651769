// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Certificates that were taken back, by the revocation lists that the client is given.
#include <net/faults/matrix.hpp>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

TEST_SUITE("net/faults/revocation") {

using namespace fixture;
using loop::testing::certificate;
using loop::testing::certificate_authority;
using loop::testing::certificate_request;
using loop::testing::revocation_request;

namespace {

std::string list_valid_between(std::chrono::seconds from, std::chrono::seconds until) {
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    revocation_request request;
    request.this_update = now + from;
    request.next_update = now + until;
    return test_authority().issue_crl(request);
}

// A file for one test.
class temporary_file {
public:
    explicit temporary_file(std::string_view text)
        : path_(std::filesystem::temp_directory_path() /
                ("intheloop-crl-" + std::to_string(::getpid()) + ".pem")) {
        std::ofstream(path_, std::ios::binary) << text;
    }
    ~temporary_file() { std::filesystem::remove(path_); }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;

    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

script const serve{handshake, read_request, respond(good_answer)};

// Calls a peer that shows this, by these lists. Says why it was refused; "" if it was served.
std::string refusal(certificate const& shown, std::string const& lists,
                    std::string const& file = {}) {
    no_descriptor_leaks const none;
    peer_tls tls;
    tls.shown = shown;
    bad_peer peer(serve, tls);
    loop::options how = options_for(peer);
    how.tls.crl_pem = lists;
    how.tls.crl_file = file;
    auto const r = call(how, report::export_report, week());
    CHECK(peer.wait_for_end(patience));
    CHECK(peer.connections() == 1);
    CHECK(peer.requests() == (r ? 1 : 0));
    if (r)
        return {};
    CHECK(peer.received().empty());
    CHECK(r.error().code() == errc::certificate_refused);
    CHECK(r.error().progress == request_progress::not_sent);
    return r.error().detail.substr(r.error().detail.rfind(": ") + 2);
}

// Returns the error of the client's constructor for these lists.
std::string validate(std::string text, std::string file) {
    loop::options how = options_for_port(1);
    how.tls.ca_pem = test_authority().certificate_pem();
    how.tls.crl_pem = std::move(text);
    how.tls.crl_file = std::move(file);
    asio::io_context io;
    try {
        loop::client const client(io.get_executor(), how);
    } catch (loop::exception const& e) {
        CHECK(e.code() == errc::invalid_option);
        return e.error().detail;
    }
    return {};
}

std::string problem_with_text(std::string text) {
    return validate(std::move(text), {});
}

std::string problem_with_file(std::string path) {
    return validate({}, std::move(path));
}

} // namespace

TEST_CASE("a certificate that is on its authority's list is refused") {
    certificate const good = test_authority().issue(certificate_request({"127.0.0.1"}));
    certificate const bad = test_authority().issue(certificate_request({"127.0.0.1"}));
    std::string const empty = test_authority().issue_crl(revocation_request());
    std::string const list = test_authority().issue_crl(revocation_request({bad.certificate_pem}));
    CHECK(refusal(bad, "").empty()); // nobody is asked
    CHECK(refusal(bad, empty).empty());
    CHECK(refusal(bad, list) == "certificate revoked");
    CHECK(refusal(good, list).empty());

    temporary_file const file(list);
    CHECK(refusal(bad, "", file.path()) == "certificate revoked");
    CHECK(refusal(good, "", file.path()).empty());
}

TEST_CASE("a list that can't be relied on refuses too") {
    certificate const good = test_authority().issue(certificate_request({"127.0.0.1"}));
    std::string const foreign = certificate_authority().issue_crl(revocation_request());
    CHECK(refusal(good, list_valid_between(-48h, -24h)) == "CRL has expired");
    CHECK(refusal(good, list_valid_between(24h, 48h)) == "CRL is not yet valid");
    CHECK(refusal(good, foreign) == "unable to get certificate CRL");
}

TEST_CASE("each authority of the chain needs its list, and they may come from both options") {
    certificate_authority const middle = test_authority().intermediate();
    certificate const made = middle.issue(certificate_request({"127.0.0.1"}));
    std::string const of_root = test_authority().issue_crl(revocation_request());
    std::string const of_middle = middle.issue_crl(revocation_request());
    CHECK(refusal(made, of_root) == "unable to get certificate CRL");
    CHECK(refusal(made, of_middle) == "unable to get certificate CRL");
    CHECK(refusal(made, of_root + of_middle).empty());
    temporary_file const file(of_middle);
    CHECK(refusal(made, of_root, file.path()).empty());

    revocation_request const leaf({made.certificate_pem});
    CHECK(refusal(made, of_root + middle.issue_crl(leaf)) == "certificate revoked");
    revocation_request const authority({middle.certificate_pem()});
    CHECK(refusal(made, of_middle + test_authority().issue_crl(authority)) ==
          "certificate revoked");
}

TEST_CASE("a list that can't be used is said when the client is made") {
    std::string const list = test_authority().issue_crl(revocation_request());
    CHECK(problem_with_text(list).empty());
    CHECK(problem_with_text("A comment.\n" + list + "\nAnother.\n").empty());
    std::vector<std::string> const bad{"no PEM",
                                       "\n",
                                       test_authority().certificate_pem(),
                                       list.substr(0, list.size() / 2),
                                       list + list.substr(0, list.size() / 2),
                                       "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"};
    for (std::string const& text : bad) {
        CAPTURE(text);
        CHECK(contains(problem_with_text(text), "crl_pem"));
        temporary_file const file(text);
        CHECK(contains(problem_with_file(file.path()), file.path()));
    }
    CHECK(contains(problem_with_file("/nonexistent/list.pem"), "/nonexistent/list.pem"));
    CHECK(contains(problem_with_file("/"), "revocation lists from /"));
}

TEST_CASE("lists belong to the trust, and go where the client's own certificate does not") {
    loop::tls_options tls;
    tls.crl_file = "a file";
    tls.crl_pem = "a text";
    CHECK(tls.without_certificate().crl_file == "a file");
    CHECK(tls.without_certificate().crl_pem == "a text");
}

} // TEST_SUITE("net/faults/revocation")
