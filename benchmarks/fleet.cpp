// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Prints what many processes with one token send, second by second, and what they ask of the engine
// between them.

#include "fleet.hpp"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <string_view>
#include <vector>

namespace {

double quantile(std::vector<double> const& sorted, double part) {
    return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

void print(char const* name, std::vector<unsigned> const& numbers) {
    std::printf("   \"%s\": [", name);
    for (auto const& each : numbers)
        std::printf("%s%u", &each == numbers.data() ? "" : ", ", each);
    std::printf("]");
}

} // namespace

int main() {
    fleets::scenario usual, few, uneven, churn, cut_off, restart;
    few.processes = 100;
    uneven.heavy = 0.01;
    uneven.wanted = 2;
    churn.churn = 0.02;
    cut_off.cut_off = 0.5;
    restart.restarts = true;
    struct {
        char const* name;
        fleets::scenario const& of;
    } const all[] = {{"100 processes that want five times the limit", few},
                     {"10,000 processes that want five times the limit", usual},
                     {"1 % of them want twice the limit, the others almost nothing", uneven},
                     {"2 % of them die in each second from 20 s on, and others come", churn},
                     {"half of them can't reach the engine from 40 s to 60 s", cut_off},
                     {"the engine restarts with empty memory at 40 s", restart}};
    std::printf("[\n");
    for (auto const& [name, of] : all) {
        auto found = fleets::simulation(of).run();
        auto shares = found.shares;
        std::sort(shares.begin(), shares.end());
        auto const heavy = static_cast<std::ptrdiff_t>(of.heavy * of.processes);
        if (of.heavy < 1)
            shares.erase(shares.begin(), shares.end() - heavy);
        double const mean =
            std::accumulate(shares.begin(), shares.end(), 0.0) / static_cast<double>(shares.size());
        std::printf("  {\"scenario\": \"%s\", \"processes\": %u, \"limit\": %.0f, \"mean\": %.3f, "
                    "\"low\": %.3f, \"high\": %.3f,\n",
                    name, of.processes, of.limit, mean / 20, quantile(shares, 0.05) / 20,
                    quantile(shares, 0.95) / 20);
        print("sent", found.sent);
        std::printf(",\n");
        print("operations", found.operations);
        std::printf("}%s\n", &of == &restart ? "" : ",");
    }
    std::printf("]\n");
}
