// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The worked example of endpoints of one's own, against the test server.
#include "../../../examples/observed_routes.hpp"

#include <client/fixture.hpp>

#include <intheloop.hpp>

#include <boost/asio/detached.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <variant>
#include <vector>

TEST_SUITE("jobs/items/observed_routes") {

using namespace fixture;

TEST_CASE("the user of the token") {
    server s;
    s.on(observed::get_self, [](loop::no_parameters const&) {
        observed::user self;
        self.id = "user_1";
        self.name = "Ana";
        return self;
    });
    auto const got = call(options_for(s), observed::get_self, loop::no_parameters());
    REQUIRE(got);
    CHECK(got->name == "Ana");
    CHECK(s.requests().front().target == "/api/v1/user");
}

TEST_CASE("contacts by repeated ids") {
    server s;
    s.on(observed::list_contacts, [](observed::contact_request const& request) {
        observed::list_of<observed::contact> list;
        for (std::string const& id : request.contact_ids) {
            observed::contact one;
            one.id = id;
            one.group_type = observed::group_type::shared_inbox;
            list.resources.push_back(one);
        }
        list.total_size = static_cast<int>(list.resources.size());
        return list;
    });
    observed::contact_request request;
    request.size = 5;
    request.contact_ids = {"user_1", "user_2"};
    auto const got = call(options_for(s), observed::list_contacts, request);
    REQUIRE(got);
    REQUIRE(got->resources.size() == 2);
    CHECK(got->resources[1].id == "user_2");
    CHECK(got->resources[1].group_type == observed::group_type::shared_inbox);
    CHECK(s.requests().front().target ==
          "/api/v1/contact/list?size=5&contactIds=user_1&contactIds=user_2");
}

TEST_CASE("comments page by page, each of its kind") {
    server s;
    s.on(observed::list_comments, [](observed::comment_request const& request) {
        int const begin = request.offset.value_or(0);
        observed::comments page;
        for (int i = begin; i != std::min(begin + request.size.value_or(2), 5); ++i) {
            if (i % 2 == 0) {
                observed::comment_mail mail;
                mail.snippet = "mail " + std::to_string(i);
                mail.created = std::chrono::sys_days(std::chrono::days(20000 + i));
                page.resources.push_back(mail);
            } else {
                observed::comment_chat chat;
                chat.snippet = "chat " + std::to_string(i);
                page.resources.push_back(chat);
            }
        }
        page.total_size = 5;
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::vector<std::string> seen;
    auto const read = [&]() -> asio::awaitable<void> {
        observed::comment_request about({"card_1"});
        about.size = 2;
        loop::item_reader comments(client, observed::list_comments, about);
        while (auto comment = co_await comments.async_next()) {
            auto const* mail = std::get_if<observed::comment_mail>(&*comment);
            seen.push_back(
                std::string(comment->type()) + ' ' +
                (mail ? *mail->snippet : *std::get<observed::comment_chat>(*comment).snippet));
        }
        CHECK(comments.pages() == 3);
    };
    co_spawn(io, read, asio::detached);
    io.run();
    CHECK(seen == std::vector<std::string>{"CommentMail mail 0", "CommentChat chat 1",
                                           "CommentMail mail 2", "CommentChat chat 3",
                                           "CommentMail mail 4"});
    auto const requests = s.requests(observed::list_comments);
    REQUIRE(requests.times(3));
    CHECK(requests.at(0).raw.target == "/api/v1/comment/list?size=2&cardIds=card_1");
    CHECK(requests.at(2).raw.target == "/api/v1/comment/list?offset=4&size=2&cardIds=card_1");
}

TEST_CASE("events by long polling") {
    server s;
    s.on(observed::list_events, [n = 0](observed::event_request const& request) mutable {
        observed::events page;
        ++n;
        boost::json::object event;
        event["after"] = request.since_id.value_or("none");
        page.resources.push_back(event);
        page.last_event_id = std::to_string(n);
        return page;
    });
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::vector<std::string> seen;
    auto const read = [&]() -> asio::awaitable<void> {
        observed::event_request from_now;
        from_now.event_type_list = {"CommentMail", "CommentChat"};
        loop::item_reader events(client, observed::list_events, from_now);
        while (events.items() < 3) {
            auto const event = co_await events.async_next();
            seen.push_back(boost::json::serialize(*event));
        }
    };
    co_spawn(io, read, asio::detached);
    io.run();
    CHECK(seen ==
          std::vector<std::string>{R"({"after":"none"})", R"({"after":"1"})", R"({"after":"2"})"});
    CHECK(s.requests().back().target == "/api/v1/event/list?sinceId=2&longPolling=true"
                                        "&eventTypeList=CommentMail,CommentChat");
}

} // TEST_SUITE("jobs/items/observed_routes")
