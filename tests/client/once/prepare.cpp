// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The request that would be sent, without sending it.
#include <client/fixture.hpp>
#include <client/once/orders.hpp>
#include <support/upper.hpp>

#include <string>
#include <utility>
#include <vector>

TEST_SUITE("client/once/prepare") {

using namespace fixture;
using loop::errc;

namespace {

using fields = std::vector<std::pair<std::string, std::string>>;

fields fields_of(loop::headers const& all) {
    fields found;
    for (std::size_t i = 0; i != all.size(); ++i)
        found.emplace_back(all[i].first, all[i].second);
    return found;
}

// Takes the token of the request that was sent out of it.
fields without_secrets(loop::testing::received_request const& sent) {
    fields found = sent.headers;
    for (auto& [name, value] : found)
        if (name == "Authorization")
            value = "Bearer [redacted]";
        else if (name == "X-Impersonate-User")
            value = "[redacted]";
    return found;
}

class upload {
public:
    explicit upload(loop::raw_body of) : content(std::move(of)) {}

    loop::raw_body content;
    using members = loop::members<&upload::content>;
};
constexpr loop::endpoint<loop::verb::put, "/files", upload, loop::raw_body,
                         loop::body<&upload::content>>
    put_file{};

} // namespace

TEST_CASE("it is the request that a call sends") {
    server s;
    int orders = 0;
    s.on(shop::place_order, [&](shop::order const&) {
        ++orders;
        return shop::receipt();
    });
    loop::options how = options_for(s);
    how.base_url += "/behind/a/gateway"; // the path is a part of the address
    how.application = "tests/1";
    asio::io_context io;
    loop::client client(io, how);
    loop::call_options per_call;
    per_call.impersonate_user = loop::secret(user);
    per_call.idempotency_key = "k1";

    auto const shown = client.prepare(shop::place_order, shop::order("tea"), per_call);
    REQUIRE_MESSAGE(shown, shown.error());
    CHECK(shown->method == loop::verb::post);
    CHECK(shown->address == s.base_url() + "/behind/a/gateway/shop/orders");
    CHECK(shown->body == R"({"what":"tea"})");
    CHECK_FALSE(shown->has_streamed_body);
    CHECK(shown->headers.find("Idempotency-Key") == "k1");
    io.run();
    CHECK(s.connections_accepted() == 0);

    call(client, io, shop::place_order, shop::order("tea"), per_call).has_value();
    auto const sent = s.requests();
    REQUIRE(sent.size() == 1);
    CHECK(fields_of(shown->headers) == without_secrets(sent[0]));
    CHECK(shown->address == s.base_url() + sent[0].target);
    CHECK(shown->body == sent[0].body);
}

TEST_CASE("a route of each place") {
    asio::io_context io;
    loop::client client(io, options_for_port(1));
    auto const polled = client.prepare(report::get_report, report::get_request("a b/c"));
    REQUIRE_MESSAGE(polled, polled.error());
    CHECK(polled->method == loop::verb::get);
    CHECK(polled->address == "https://127.0.0.1:1/api/v1/report/exports/a%20b%2Fc");
    CHECK(polled->body.empty());
    CHECK_FALSE(polled->headers.find("Content-Length"));
    CHECK(polled->headers.find("Accept") == "application/json");
    CHECK(polled->headers.find("Authorization") == "Bearer [redacted]");
}

TEST_CASE("it fails as a call does") {
    asio::io_context io;
    loop::client client(io, options_for_port(1));
    auto const wrong = client.prepare(report::get_report, report::get_request("a\r\nb"));
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().code() == errc::invalid_request);
    CHECK(contains(printed(wrong.error()), "/id: must not hold CR, LF or NUL"));
    CHECK(contains(printed(wrong.error()), "GET /api/v1/report/exports/{id}"));
    loop::call_options never;
    never.deadline = 0ms;
    auto const late = client.prepare(report::get_report, report::get_request("a"), never);
    REQUIRE_FALSE(late);
    CHECK(late.error().code() == errc::invalid_option);
}

TEST_CASE("no part of it has the token or the impersonated user") {
    asio::io_context io;
    loop::options how = options_for_port(1);
    std::string const token = how.token.reveal();
    how.impersonate_user = loop::secret(user);
    loop::client client(io, how);
    for (std::string const& secret : {token, std::string(user), tests::upper(user)}) {
        auto const in_path = client.prepare(report::get_report, report::get_request(secret));
        REQUIRE(in_path);
        CHECK(contains(in_path->address, "[redacted]"));
        CHECK_FALSE(contains(in_path->address, secret));
        auto const in_body = client.prepare(shop::place_order, shop::order("tea for " + secret));
        REQUIRE(in_body);
        CHECK(in_body->body == R"({"what":"tea for [redacted]"})");
        for (auto const& [name, value] : fields_of(in_body->headers))
            CHECK_FALSE(contains(value, secret));
        CHECK(in_body->headers.find("X-Impersonate-User") == "[redacted]");
        auto const wrong = client.prepare(report::get_report, report::get_request(secret + "\r\n"));
        REQUIRE_FALSE(wrong);
        CHECK_FALSE(contains(printed(wrong.error()), secret));
    }
}

TEST_CASE("a streamed body is not read") {
    class unread final : public loop::byte_source {
    public:
        explicit unread(asio::any_io_executor on) : on_(std::move(on)) {}
        asio::any_io_executor get_executor() const override { return on_; }
        void async_read(std::string&, read_handler) override { FAIL("it was read"); }

    private:
        asio::any_io_executor on_;
    };
    asio::io_context io;
    loop::client client(io, options_for_port(1));
    loop::raw_body content;
    content.content_type = "text/plain";
    content.source = std::make_shared<unread>(io.get_executor());
    upload const request(content);
    for (int i = 0; i != 2; ++i) { // it stays usable
        auto const shown = client.prepare(put_file, request);
        REQUIRE_MESSAGE(shown, shown.error());
        CHECK(shown->has_streamed_body);
        CHECK(shown->body.empty());
        CHECK(shown->headers.find("Transfer-Encoding") == "chunked");
        CHECK(shown->headers.find("Content-Type") == "text/plain");
    }
    io.run();
}

} // TEST_SUITE("client/once/prepare")
