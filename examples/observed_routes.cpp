// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// observed-routes: prints who the token belongs to, what was written in a conversation, and what
// happens next. The routes are not documented: see observed_routes.hpp.
//
//     INTHELOOP_TOKEN=... observed-routes CARD_ID [EVENTS]
//
// At the end it says on its standard error where the answers were otherwise than was seen before.
#include "observed_routes.hpp"

#include <intheloop.hpp>

#include <boost/json/serialize.hpp>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;

std::string snippet_of(observed::comment const& written) {
    auto const shown = []<class T>(T const& one) -> std::string {
        if constexpr (std::is_same_v<T, loop::unknown_alternative>)
            return "(of another kind)";
        else
            return one.snippet.value_or("");
    };
    return std::visit(shown, static_cast<observed::comment::variant const&>(written));
}

asio::awaitable<void> print(loop::client& client, std::string card_id, std::uint64_t count) {
    loop::no_parameters nothing;
    auto const self = co_await client.async_call(observed::get_self, nothing);
    std::cout << self.value().name << " (" << self->id << ")\n";

    std::vector<std::string> const cards{std::move(card_id)};
    observed::comment_request about(cards);
    about.size = 50;
    loop::item_reader comments(client, observed::list_comments, about);
    while (auto comment = co_await comments.async_next())
        std::cout << comment->type() << ": " << snippet_of(*comment) << '\n';

    observed::event_request from_now;
    loop::item_reader events(client, observed::list_events, from_now);
    while (events.items() < count) {
        auto const event = co_await events.async_next();
        std::cout << boost::json::serialize(*event) << std::endl;
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2 && argc != 3) {
        std::cerr << "usage: observed-routes CARD_ID [EVENTS]\n";
        return 2;
    }
    auto const drift = std::make_shared<loop::drift_report>();
    try {
        auto options = loop::options::from_env();
        options.drift = drift;
        asio::io_context io(1);
        loop::client client(io.get_executor(), std::move(options));
        std::uint64_t const count = argc == 3 ? std::strtoull(argv[2], nullptr, 10) : 0;
        co_spawn(io, print(client, argv[1], count), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        io.run();
    } catch (std::exception const& e) {
        std::cerr << "observed-routes: " << e.what() << '\n';
        return 1;
    }
    if (drift->found_any())
        std::cerr << *drift;
    return 0;
}
