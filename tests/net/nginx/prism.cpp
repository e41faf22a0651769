// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The client against Prism, which knows the API from the OpenAPI document alone: it refuses a
// request that the document does not allow, and answers with what the document says.
#include "../../../examples/observed_routes.hpp"
#include <client/own_route/own_route.hpp>

#include <client/fixture.hpp>
#include <net/nginx/nginx.hpp>

#include <intheloop/codec/detail/json_decode.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/openapi.hpp>

#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <utility>

TEST_SUITE("net/nginx/prism") {

using namespace fixture;

namespace {

constexpr auto routes = loop::documented_endpoints + mine::endpoints + observed::endpoints;

// A service that a document describes, behind an nginx that takes the TLS away.
class mock {
public:
    explicit mock(boost::json::object const& document) {
        write_file(directory_.path / "openapi.json", boost::json::serialize(document));
        running_.emplace(directory_.path,
                         std::vector<std::string>{program_at("INTHELOOP_TEST_NODE"),
                                                  program_at("INTHELOOP_TEST_PRISM"), "mock",
                                                  "--errors", "--host", "127.0.0.1", "--port",
                                                  port_.text(), "openapi.json"});
        running_->wait_for(port_);
    }

    // An nginx in front of it that adds this header to each request, if there is one.
    std::string location(std::string const& header = {}) const {
        return "    location / {\n      proxy_pass http://127.0.0.1:" + port_.text() + ";\n" +
               (header.empty() ? "" : "      proxy_set_header " + header + ";\n") + "    }";
    }
    std::string said() const { return running_->output(); }

private:
    scratch_directory directory_;
    loopback_port port_;
    std::optional<program> running_;
};

loop::options options_for(nginx const& front) {
    loop::options how;
    how.base_url = front.base_url();
    how.token = "any";
    how.tls.ca_pem = front.ca_certificate();
    how.retry.max_attempts = 1;
    how.impersonate_user = user;
    for (std::string const& origin : loop::testing::documented_origins())
        how.origins.emplace(origin, front.base_url());
    return how;
}

// The request that its type gives as a sample, if it has anything to say.
template <class Request>
Request sample_of() {
    Request request = loop::detail::make_empty<Request>();
    if constexpr (requires { Request::sample; }) {
        auto const problem = loop::codec::decode_json(Request::sample, request);
        REQUIRE_MESSAGE(!problem, Request::sample);
    }
    return request;
}

} // namespace

TEST_CASE("each route of the catalog is called as its document says, and its answer understood") {
    mock const service(loop::openapi(routes));
    nginx const front(service.location());
    routes.for_each([&]<class Endpoint>(Endpoint const& endpoint) {
        CAPTURE(Endpoint::operation);
        auto const answer =
            call(options_for(front), endpoint, sample_of<typename Endpoint::request_type>());
        CHECK_MESSAGE(answer, answer.error() << '\n' << service.said());
    });
}

TEST_CASE("a request that the document does not allow is refused") {
    boost::json::object document = loop::openapi(routes);
    document["components"].at("schemas").at("report.export_request").at("required") =
        boost::json::array{"missing"};
    mock const service(document);
    nginx const front(service.location());
    auto const answer =
        call(options_for(front), report::export_report, sample_of<report::export_request>());
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code() == loop::condition::bad_request);
}

TEST_CASE("the client understands each error of the document") {
    mock const service(loop::openapi(routes));
    for (auto const& failure : loop::detail::known_failures) {
        CAPTURE(failure.status);
        nginx const front(
            service.location("Prefer \"code=" + std::to_string(failure.status) + "\""));
        auto const answer = call(options_for(front), report::get_report, report::get_request("1"));
        REQUIRE_FALSE(answer);
        CHECK(answer.error().status == failure.status);
        CHECK(answer.error().code() == loop::detail::code_of(failure));
        CHECK(answer.error().service_message == "string"); // Prism's example of a string
        CHECK(answer.error().retry_after.has_value() == failure.retry_after);
    }
}

} // TEST_SUITE("net/nginx/prism")
