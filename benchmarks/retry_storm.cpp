// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Prints the load of a service in an outage, second by second, with the numbers of retries before
// and now.

#include "retry_storm.hpp"

#include <cstdio>
#include <string_view>

namespace {

void print(std::string_view numbers, std::string_view kind, storm::figures const& found,
           bool is_last) {
    std::printf("  {\"numbers\": \"%s\", \"outage\": \"%s\", \"calls\": %llu, \"failed\": %llu, "
                "\"requests\": %llu, \"retries\": %llu, \"in_vain\": %llu,\n   \"seconds\": [",
                numbers.data(), kind.data(), static_cast<unsigned long long>(found.calls),
                static_cast<unsigned long long>(found.failed),
                static_cast<unsigned long long>(found.requests),
                static_cast<unsigned long long>(found.retries),
                static_cast<unsigned long long>(found.in_vain));
    for (auto const& each : found.seconds)
        std::printf("%s[%u, %u, %u]", &each == found.seconds.data() ? "" : ", ",
                    each.first_attempts, each.retries, each.failed_calls);
    std::printf("]}%s\n", is_last ? "" : ",");
}

} // namespace

int main() {
    struct {
        std::string_view name;
        storm::outage kind;
    } const kinds[] = {{"503 at once", storm::outage::refuses},
                       {"503 with Retry-After: 1", storm::outage::asks_to_wait},
                       {"no connection", storm::outage::is_silent},
                       {"half of the capacity", storm::outage::is_half}};
    std::printf("[\n");
    for (auto const& [name, kind] : kinds) {
        storm::scenario of;
        of.kind = kind;
        print("before", name, storm::simulation(of, storm::numbers_before()).run(), false);
        print("now", name, storm::simulation(of, storm::numbers_now()).run(),
              kind == storm::outage::is_half);
    }
    std::printf("]\n");
}
