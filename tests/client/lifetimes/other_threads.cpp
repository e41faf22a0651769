// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Other threads may use what a client gave them while it and its context are destroyed: none of
// them destroys a client, or reaches a context that is gone.
#include <client/black_hole.hpp>
#include <client/fixture.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

TEST_SUITE("client/lifetimes/other_threads") {

using namespace fixture;

namespace {

// Lives as long as the client whose observer it is. Counts if another thread destroys it.
class destroyed_here final : public loop::observer {
public:
    explicit destroyed_here(std::atomic<int>& elsewhere) : elsewhere_(elsewhere) {}
    ~destroyed_here() override {
        if (std::this_thread::get_id() != here_)
            ++elsewhere_;
    }

private:
    std::atomic<int>& elsewhere_;
    std::thread::id const here_ = std::this_thread::get_id();
};

using action = std::function<void()>;

// Makes a client by make(options, context, client, act) and runs it until it has given an action;
// then destroys it and its context while another thread does that. Again and again.
template <class Make>
void destroy_meanwhile(loop::options const& given, Make make) {
    std::atomic<int> elsewhere = 0;
    for (int round = 0; round != 100; ++round) {
        action act;
        std::atomic<bool> acts = false;
        std::thread other;
        {
            asio::io_context io;
            std::optional<loop::client> client;
            loop::options how = given;
            how.observer = std::make_shared<destroyed_here>(elsewhere);
            make(std::move(how), io, client, act);
            run_until(io, [&] { return act != nullptr; });
            other = std::thread([act, &acts] {
                acts = true;
                acts.notify_one();
                act();
            });
            acts.wait(false);
            client.reset();
            if (round % 2 == 0) { // else the context takes along what has not run
                io.restart();
                io.poll();
            }
        }
        other.join();
    }
    CHECK(elsewhere == 0);
}

constexpr auto ignore = [](auto const&) {};

class resumed_elsewhere final : public loop::byte_sink {
public:
    explicit resumed_elsewhere(action& act) : act_(act) {}

    void start(std::function<void()> resume) noexcept override {
        act_ = [resume = std::move(resume)] {
            for (int i = 0; i != 500; ++i)
                resume();
        };
    }
    std::optional<loop::error> write(std::string_view) override { return std::nullopt; }

private:
    action& act_;
};

class decided_elsewhere final : public loop::async_interceptor {
public:
    explicit decided_elsewhere(action& act) : act_(act) {}

private:
    void async_before(loop::intercepted_request, loop::interception_handler handler) override {
        auto const kept = std::make_shared<loop::interception_handler>(std::move(handler));
        act_ = [kept] { (*kept)(loop::interception()); };
    }

    action& act_;
};

} // namespace

TEST_CASE("one that resumes a sink") {
    server const s;
    black_hole const hole;
    std::string const url = "https://127.0.0.1:" + std::to_string(hole.port()) + "/file";
    destroy_meanwhile(options_for(s), [&](loop::options how, asio::io_context& io,
                                          std::optional<loop::client>& client, action& act) {
        client.emplace(io.get_executor(), std::move(how));
        loop::async_download(*client, url, std::make_shared<resumed_elsewhere>(act), ignore);
    });
}

TEST_CASE("one that gives a token") {
    server const s;
    loop::options how = options_for(s);
    how.token = loop::secret();
    destroy_meanwhile(how, [](loop::options with, asio::io_context& io,
                              std::optional<loop::client>& client, action& act) {
        with.token_provider = [&act](loop::token_request, loop::token_handler give) {
            auto const kept = std::make_shared<loop::token_handler>(std::move(give));
            act = [kept] {
                loop::token_handler called = std::move(*kept);
                std::move(called)(std::nullopt, loop::secret("some_token"));
            };
        };
        client.emplace(io.get_executor(), std::move(with));
        client->async_call(report::export_report, week(), ignore);
    });
}

TEST_CASE("one that decides for an interceptor") {
    server const s;
    bool on_strand = false;
    SUBCASE("of a client on the context") {}
    SUBCASE("of a client on a strand of the program") {
        on_strand = true;
    }
    destroy_meanwhile(options_for(s),
                      [on_strand](loop::options how, asio::io_context& io,
                                  std::optional<loop::client>& client, action& act) {
                          how.interceptors.push_back(std::make_shared<decided_elsewhere>(act));
                          asio::any_io_executor on = io.get_executor();
                          if (on_strand)
                              on = asio::make_strand(io);
                          client.emplace(on, std::move(how));
                          client->async_call(report::export_report, week(), ignore);
                      });
}

TEST_CASE("a thread that cancels a close may outlive the client") {
    server s;
    destroy_meanwhile(options_for(s), [](loop::options how, asio::io_context& io,
                                         std::optional<loop::client>& client, action& act) {
        client.emplace(io.get_executor(), std::move(how));
        client->async_call(report::export_report, week(), ignore);
        auto const signal = std::make_shared<asio::cancellation_signal>();
        client->async_close(asio::bind_cancellation_slot(signal->slot(), [] {}));
        act = [signal] { signal->emit(asio::cancellation_type::all); };
    });
}

} // TEST_SUITE("client/lifetimes/other_threads")
