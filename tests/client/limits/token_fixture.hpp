// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_CLIENT_LIMITS_TOKEN_FIXTURE_HPP
#define INTHELOOP_TESTS_CLIENT_LIMITS_TOKEN_FIXTURE_HPP

#include <client/fixture.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace fixture {

using loop::errc;
using loop::request_progress;

// Gives these tokens in turn, the last one again and again.
class giver {
public:
    explicit giver(std::vector<std::string> given) : tokens(std::move(given)) {}

    std::vector<std::string> tokens;
    std::vector<bool> asked; // whether the one before was refused

    loop::token_provider coroutine() {
        return [this](loop::token_request why) -> asio::awaitable<loop::secret> {
            co_return next(why);
        };
    }
    loop::token_provider function() {
        return [this](loop::token_request why, loop::token_handler handler) {
            std::move(handler)(std::nullopt, next(why));
        };
    }

private:
    loop::secret next(loop::token_request why) {
        asked.push_back(why.refused);
        if (asked.size() > 20)
            throw std::runtime_error("asked again and again");
        return tokens[std::min(asked.size(), tokens.size()) - 1];
    }
};

// Answers when the test says so.
class slow_giver {
public:
    std::vector<loop::token_handler> asked;

    loop::token_provider provider() {
        return [this](loop::token_request, loop::token_handler handler) {
            asked.push_back(std::move(handler));
        };
    }
    void answer(loop::secret token) { std::move(asked.back())(std::nullopt, std::move(token)); }
};

struct token_setup {
    server s;
    loop::options how = options_for(s);
    asio::io_context io;
    std::optional<loop::client> client;

    void use(loop::token_provider provider) {
        how.token = {};
        how.token_provider = std::move(provider);
    }
    auto post() {
        if (!client)
            client.emplace(io.get_executor(), how);
        return call(*client, io, report::export_report, week());
    }
    std::vector<std::string> tokens_sent() const {
        std::vector<std::string> all;
        for (auto const& each : s.requests())
            all.push_back(each.header("Authorization").value_or("Bearer none").substr(7));
        return all;
    }
};

template <class T>
void check_not_sent(loop::result<T> const& r, errc code) {
    REQUIRE_FALSE(r);
    CHECK_MESSAGE(r.error().code() == code, r.error());
    CHECK(r.error().progress == request_progress::not_sent);
    CHECK(r.error().attempts == 0);
}

using answers = std::vector<bool>;

} // namespace fixture

#endif
