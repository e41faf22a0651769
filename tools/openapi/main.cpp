// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// openapi: prints the OpenAPI document of the documented routes. Of your own routes too:
//
//     intheloop::openapi(intheloop::documented_endpoints + my_endpoints)
#include "../shared/pretty_json.hpp"
#include "../shared/standard_streams.hpp"

#include <intheloop/api/documented.hpp>
#include <intheloop/openapi.hpp>

#include <exception>
#include <iostream>
#include <sstream>

int main() try {
    tools::prepare_standard_streams();
    std::ostringstream document;
    tools::write_pretty(document, intheloop::openapi(intheloop::documented_endpoints));
    document << '\n';
    tools::write_standard_output(document.str());
} catch (std::exception const& e) {
    std::cerr << "openapi: " << e.what() << '\n';
    return 1;
}
