// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "calls.hpp"
#include "client_options.hpp"
#include "typed_calls.hpp"

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, [](calls::arguments const& chosen) {
        calls::make_typed_calls(chosen, calls::client_options(chosen));
    });
}
