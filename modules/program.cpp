// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// A program of the module: it uses the documented routes, a route of its own, errors, an observer
// and a job. Built and run by tests/consumers/module.py, on a test server that knows no other route
// than the documented ones.
#include <chrono>
#include <coroutine>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

import intheloop;

namespace asio = boost::asio;
namespace loop = intheloop;

namespace {

class priority : public loop::open_enum<priority> {
public:
    enum value_type : unsigned char { unknown, low, high };
    static constexpr std::string_view texts[] = {"Low", "High"};
    priority() = default;
    priority(value_type value) : open_enum(value) {}
};

class card_request {
public:
    explicit card_request(std::string which) : card_id(std::move(which)) {}
    std::string card_id;
    std::optional<int> size;
    using members = loop::members<&card_request::card_id, &card_request::size>;
};

struct card {
    std::string id;
    std::optional<::priority> priority;
    loop::nullable<loop::date_time> due;
    using members = loop::members<&card::id, &card::priority, &card::due>;
};

inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card/{cardId}", card_request, card,
                                loop::query<&card_request::size>, loop::operation<"cards.get_card">,
                                loop::summary<"A card">>
    get_card{};
inline constexpr loop::catalog<get_card> own_endpoints{};
inline constexpr auto all = loop::documented_endpoints + own_endpoints;
static_assert(all.size() == loop::documented_endpoints.size() + 1);

class counter : public loop::observer {
public:
    unsigned calls = 0;

private:
    void on_call_ended(loop::call_ended const&) override { ++calls; }
};

asio::awaitable<void> run(loop::client& client) {
    using namespace std::chrono;
    auto const now = floor<seconds>(system_clock::now());
    loop::report::export_request week(now - days(7), now);
    week.result_format = loop::report::result_format::json;
    auto const started = co_await client.async_call(loop::report::export_report, week);
    std::cout << "started " << started.value().status << '\n';

    loop::poll_options often;
    often.interval = milliseconds(100);
    loop::export_job job = loop::attach_export(client, started->id, often);
    auto const done = co_await job.async_wait();
    std::cout << "done " << done.value().status << '\n';

    loop::row_reader rows(loop::open_download(client, job));
    while (auto const row = co_await rows.async_next())
        row->size();
    std::cout << (rows.rows() > 0 ? "rows" : "no rows") << '\n';

    card_request const which("1");
    loop::result<card> const polled = co_await client.async_call(get_card, which);
    if (!polled && polled.error().code() == loop::errc::not_found &&
        polled.error().code() == loop::condition::bad_request)
        std::cout << "refused " << to_string(polled.error().progress) << ": "
                  << get_card.description() << '\n';
    try {
        polled.value();
    } catch (loop::exception const& e) {
        std::cout << "thrown " << e.error().status << '\n';
    }
}

} // namespace

int main() {
    try {
        asio::io_context io;
        loop::options how = loop::options::from_env();
        auto const seen = std::make_shared<counter>();
        how.observer = seen;
        loop::client client(io.get_executor(), how);
        co_spawn(io, run(client), [](std::exception_ptr failure) {
            if (failure)
                std::rethrow_exception(failure);
        });
        io.run();
        std::cout << (seen->calls >= 3 ? "observed" : "not observed") << '\n';
    } catch (std::exception const& e) {
        std::cerr << e.what() << '\n';
        return 1;
    }
}
