// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Prints the percentiles of calls against a server with a slow tail, on a virtual clock:
//
//     hedging SEED CALLS AFTER_MS      0: not hedged

#include <intheloop.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/testing.hpp>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace loop = intheloop;
using std::chrono::milliseconds;

constexpr std::size_t at_a_time = 10;

// The time of one answer: 20 ms and what follows an exponential distribution of 10 ms; one in a
// hundred comes a second later.
milliseconds delay_of_one(loop::detail::random_numbers& random) {
    double const usual = 20 - 10 * std::log(1 - random.next_share());
    double const late = random.next_share() < 0.01 ? 1000 : 0;
    return milliseconds(static_cast<milliseconds::rep>(usual + late));
}

// Makes calls, one after the other.
class caller {
public:
    caller(loop::client& through, loop::testing::virtual_clock& clock, std::string id,
           milliseconds after, std::vector<double>& times)
        : client_(through), clock_(clock), request_(std::move(id)), after_(after), times_(times) {}

    void run(std::size_t calls) {
        if (calls == 0)
            return;
        auto const began = clock_.elapsed();
        auto handler = [this, calls, began](loop::result<loop::report::export_result> const& got) {
            if (!got) {
                std::fprintf(stderr, "%s\n", to_string(got.error()).c_str());
                std::exit(1);
            }
            std::chrono::duration<double, std::milli> const took = clock_.elapsed() - began;
            times_.push_back(took.count());
            run(calls - 1);
        };
        if (after_.count() == 0)
            client_.async_call(loop::report::get_report, request_, handler);
        else
            client_.async_call(loop::report::get_report, request_,
                               loop::call_options().hedge(after_), handler);
    }

private:
    loop::client& client_;
    loop::testing::virtual_clock& clock_;
    loop::report::get_request request_;
    milliseconds after_;
    std::vector<double>& times_;
};

} // namespace

int main(int count, char** words) {
    if (count != 4)
        return 2;
    auto const seed = static_cast<std::uint64_t>(std::atoll(words[1]));
    auto const calls = static_cast<std::size_t>(std::atoll(words[2]));
    milliseconds const after(std::atoll(words[3]));

    auto const clock = std::make_shared<loop::testing::virtual_clock>(seed);
    loop::testing::server_options timed;
    timed.clock = clock;
    timed.plain_http = true;
    loop::testing::server server(timed);
    loop::detail::random_numbers random(seed);
    std::vector<loop::testing::fault> delays;
    for (std::size_t i = 0; i != 2 * calls; ++i)
        delays.push_back(loop::testing::fault::delay(delay_of_one(random)));
    server.script(loop::report::get_report, std::move(delays));

    loop::options how;
    how.base_url = server.base_url();
    how.token = server.token();
    how.allow_insecure_loopback = true;
    how.time = clock;
    how.limits = {};
    asio::io_context io;
    loop::client client(io.get_executor(), how);
    std::vector<double> times;
    std::vector<std::unique_ptr<caller>> callers;
    std::string const id = server.add_export();
    for (std::size_t i = 0; i != at_a_time; ++i) {
        callers.push_back(std::make_unique<caller>(client, *clock, id, after, times));
        callers.back()->run(calls / at_a_time);
    }
    clock->run(io);

    std::sort(times.begin(), times.end());
    auto const percentile = [&](double share) {
        return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    };
    auto const did = client.statistics();
    std::printf("{\"calls\": %zu, \"p50\": %.0f, \"p90\": %.0f, \"p99\": %.0f, \"p99_9\": %.0f, "
                "\"longest\": %.0f, \"requests\": %llu, \"hedges\": %llu, \"won\": %llu, "
                "\"budget_left\": %u}\n",
                times.size(), percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999),
                times.back(), static_cast<unsigned long long>(did.requests_sent),
                static_cast<unsigned long long>(did.hedges),
                static_cast<unsigned long long>(did.hedges_won), did.retry_budget_left);
}
