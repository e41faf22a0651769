// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with libcurl's easy interface: one handle, one connection, blocking.
#include "curl.hpp"

#include <stdexcept>

namespace {

void run(calls::arguments const& chosen) {
    if (chosen.concurrency != 1)
        throw std::runtime_error("this program has one connection");
    calls::require(curl_global_init(CURL_GLOBAL_ALL));
    calls::curl_lines const lines(chosen);
    calls::curl_call call(chosen, lines);
    calls::measure(chosen, [&](calls::series& series) {
        for (std::size_t i = 0; i < series.each(); ++i) {
            call.begin();
            call.end(curl_easy_perform(call.handle()), series);
        }
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
