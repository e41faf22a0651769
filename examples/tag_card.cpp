// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// tag-card: tags a card by a route of its own, as a server would: each attempt is a span of a
// trace, and is counted.
//
//     INTHELOOP_TOKEN=... tag-card CARD_ID TAG_ID
#include "tag_card.hpp"

#include <intheloop.hpp>

#include <cstdlib>
#include <exception>
#include <iomanip>
#include <iostream>
#include <memory>
#include <random>
#include <sstream>

namespace {

namespace loop = intheloop;
namespace asio = boost::asio;

// One trace, and a span for each attempt (W3C Trace Context).
class trace : public loop::propagator {
public:
    void inject(loop::attempt_attributes const&, loop::headers& carrier) override {
        carrier.append("traceparent", "00-" + id_ + '-' + random_id() + "-01");
    }

private:
    static std::string random_id() {
        thread_local std::mt19937_64 random{std::random_device{}()};
        std::ostringstream text;
        text << std::hex << std::setfill('0') << std::setw(16) << (random() | 1); // not zero
        return text.str();
    }
    std::string const id_ = random_id() + random_id();
};

// Counts the answers of a service that has too much to do.
class counter : public loop::interceptor {
public:
    loop::interception after(loop::intercepted_request const&,
                             loop::intercepted_response const& answer) override {
        busy += answer.status() == 503 ? 1 : 0;
        return {};
    }
    int busy = 0;
};

asio::awaitable<int> tag(loop::client& client, std::string card, std::string tag) {
    loop::request_of<mine::tag_card> request(std::move(card), std::move(tag));
    loop::call_options how;
    how.headers.append("X-Team", "sales");
    auto const answer = co_await client.async_call(mine::tag_card, request, how);
    if (!answer) {
        std::cerr << answer.error() << '\n';
        if (auto const wrong = answer.error().body_as<mine::problem>())
            std::cerr << wrong->get<"field">() << ": " << wrong->get<"problem">() << '\n';
        co_return 1;
    }
    if (*answer)
        std::cout << "tagged: " << (*answer)->get<"tags">() << " tags\n";
    else
        std::cout << "it had this tag already\n";
    co_return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: tag-card CARD_ID TAG_ID\n";
        return 2;
    }
    try {
        auto const counts = std::make_shared<counter>();
        auto options = loop::options::from_env();
        options.propagator = std::make_shared<trace>();
        options.interceptors.emplace_back(counts);
        asio::io_context io(1);
        loop::client client(io, std::move(options));
        int code = EXIT_FAILURE;
        co_spawn(io, tag(client, argv[1], argv[2]), [&code](std::exception_ptr failure, int ended) {
            if (failure)
                std::rethrow_exception(failure);
            code = ended;
        });
        io.run();
        if (counts->busy != 0)
            std::cerr << "the service was busy " << counts->busy << " times\n";
        return code;
    } catch (std::exception const& e) {
        std::cerr << "tag-card: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
}
