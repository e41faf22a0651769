// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// openapi: prints the OpenAPI document of the documented routes. Of your own routes too:
//
//     intheloop::openapi(intheloop::documented_endpoints + my_endpoints)
#include "../shared/pretty_json.hpp"

#include <intheloop/api/documented.hpp>
#include <intheloop/openapi.hpp>

#include <iostream>

int main() {
    tools::write_pretty(std::cout, intheloop::openapi(intheloop::documented_endpoints));
    std::cout << '\n';
}
