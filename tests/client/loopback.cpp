// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// http:// is for this machine: the address that is connected to decides, not the name.
#include <client/fixture.hpp>

#include <boost/asio/ip/udp.hpp>

#include <string>
#include <vector>

TEST_SUITE("client/loopback") {

using namespace fixture;
using loop::errc;

namespace {

server_options plain_http() {
    server_options plain;
    plain.plain_http = true;
    return plain;
}

// A server without TLS, and options of a client that may talk to it.
struct setup {
    setup() {
        how.allow_insecure_loopback = true;
        how.retry.max_attempts = 3;
    }

    void lead_elsewhere(std::string const& host, std::vector<std::string> const& to) {
        CAPTURE(host);
        CAPTURE(to.front());
        how.base_url = "http://" + host + ':' + std::to_string(s.api_port());
        how.addresses = {{host, to}};
        auto const r = call(how, report::export_report, week());
        REQUIRE_FALSE(r);
        CHECK(r.error().code() == errc::invalid_option);
        CHECK(r.error().progress == loop::request_progress::not_sent);
        CHECK(r.error().attempts == 1);
        CHECK(contains(r.error().detail, to.front()));
        CHECK(contains(r.error().detail, "not this machine"));
        CHECK_FALSE(contains(printed(r.error()), s.token()));
    }

    server s{plain_http()};
    loop::options how = options_for(s);
};

} // namespace

TEST_CASE("a name of this machine that leads elsewhere gets nothing") {
    setup t;
    for (char const* address : {"192.0.2.1", "10.0.0.1", "128.0.0.1", "126.255.255.255", "0.0.0.0",
                                "::", "::2", "2001:db8::1", "fe80::1", "::ffff:192.0.2.1",
                                "::127.0.0.1", "::ffff:0:7f00:1", "64:ff9b::7f00:1"})
        t.lead_elsewhere("localhost", {address});
    t.lead_elsewhere("localhost", {"192.0.2.1", "2001:db8::1"});
    t.lead_elsewhere("127.0.0.1", {"192.0.2.1"});
    // an address of this machine that others can reach too
    asio::io_context io;
    asio::ip::udp::socket route(io, asio::ip::udp::v4());
    boost::system::error_code ec;
    route.connect({asio::ip::make_address("192.0.2.1"), 9}, ec);
    if (auto const own = route.local_endpoint().address(); !ec && !own.is_loopback())
        t.lead_elsewhere("localhost", {own.to_string()});
    CHECK(t.s.connections_accepted() == 0);
}

TEST_CASE("of several addresses those of this machine are used") {
    setup t;
    t.how.retry.max_attempts = 1;
    for (std::vector<std::string> const& addresses :
         std::vector<std::vector<std::string>>{{"127.0.0.1"},
                                               {"::ffff:127.0.0.1"},
                                               {"192.0.2.1", "127.0.0.1"},
                                               {"2001:db8::1", "127.0.0.1", "192.0.2.1"}}) {
        CAPTURE(addresses.front());
        t.how.addresses = {{"localhost", addresses}};
        auto const r = call(t.how, report::export_report, week());
        CHECK_MESSAGE(r, r.error());
    }
    t.how.addresses.clear(); // as the system resolves it
    CHECK(call(t.how, report::export_report, week()));
}

TEST_CASE("a request without TLS does not go through the proxy") {
    setup t;
    server proxy; // of which only the connections are counted
    t.how.proxy = "http://127.0.0.1:" + std::to_string(proxy.api_port());
    CHECK(call(t.how, report::export_report, week()));
    t.lead_elsewhere("localhost", {"192.0.2.1"});
    CHECK(proxy.connections_accepted() == 0);
}

TEST_CASE("a signed address without TLS is fetched from this machine only") {
    setup t;
    std::string const local = "http://localhost:" + std::to_string(t.s.files_port());
    std::string const url = local + t.s.file_url(t.s.add_export()).substr(t.s.files_url().size());
    auto const fetch = [&] {
        asio::io_context io;
        loop::client client(io.get_executor(), t.how);
        std::string bytes;
        std::optional<loop::error> failed;
        auto const source = loop::open_download(client, url);
        source->async_read(bytes, [&](std::optional<loop::error> why) { failed = std::move(why); });
        io.run();
        CHECK(failed.has_value() == bytes.empty());
        return failed;
    };
    CHECK_FALSE(fetch());
    t.how.addresses = {{"localhost", {"192.0.2.1"}}};
    auto const failed = fetch();
    REQUIRE(failed);
    CHECK(failed->code() == errc::invalid_option);
    CHECK_FALSE(contains(printed(*failed), "Signature"));
    CHECK(t.s.requests(origin::files).size() == 1);
}

} // TEST_SUITE("client/loopback")
