// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The test server under GoogleTest, with a route that the library does not know.
#include <client/own_route/own_route.hpp>
#include <intheloop.hpp>
#include <intheloop/testing.hpp>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <string>

namespace {

namespace loop = intheloop;

loop::options options_for(loop::testing::server const& server) {
    loop::options how;
    how.base_url = server.base_url();
    how.token = server.token();
    how.tls.ca_pem = server.ca_certificate();
    return how;
}

TEST(test_server, verifies_what_it_got) {
    loop::testing::server server;
    server.on(mine::list_contacts, [](mine::list_request const& request) {
        mine::contact one;
        one.id = request.user;
        return one;
    });

    loop::options const how = options_for(server);
    boost::asio::io_context io;
    loop::client client(io.get_executor(), how);
    mine::list_request const request("u1");
    std::string id;
    client.async_call(mine::list_contacts, request, [&](auto got) {
        if (got)
            id = got->id;
    });
    io.run();
    EXPECT_EQ(id, "u1");

    auto const once = server.requests(mine::list_contacts).once();
    EXPECT_TRUE(once) << once;
    auto const never = server.requests(mine::list_contacts).never();
    EXPECT_FALSE(never);
    EXPECT_EQ(testing::PrintToString(never),
              "GET /api/v1/user/{user}/contacts (list_request) -> contact: "
              "expected exactly 0 requests, got 1");
}

TEST(test_server, lets_a_test_fail_whose_handler_throws) {
    EXPECT_NONFATAL_FAILURE(
        {
            loop::testing::server_options options;
            options.on_handler_failure = [](std::string const& text) { ADD_FAILURE() << text; };
            loop::testing::server server(options);
            server.on(mine::list_contacts,
                      [](mine::list_request const&) -> mine::contact { throw 7; });

            loop::options const how = options_for(server);
            boost::asio::io_context io;
            loop::client client(io.get_executor(), how);
            mine::list_request const request("u1");
            unsigned status = 0;
            client.async_call(mine::list_contacts, request,
                              [&](auto got) { status = got ? 200 : got.error().status; });
            io.run();
            EXPECT_EQ(status, 500U);
        },
        "the handler of GET /api/v1/user/{user}/contacts (list_request) -> contact threw: int");
}

} // namespace
