// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// openapi: prints the OpenAPI document of the documented routes. Of your own routes too:
//
//     intheloop::openapi(intheloop::documented_endpoints + my_endpoints)
#include "../shared/keep_lines.hpp"
#include "../shared/pretty_json.hpp"
#include "../shared/standard_streams.hpp"
#include "../shared/usage.hpp"

#include <intheloop/api/documented.hpp>
#include <intheloop/openapi.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <iostream>
#include <sstream>

int main(int argc, char** argv) try {
    tools::prepare_standard_streams();
    CLI::App app("Prints the OpenAPI document of the documented routes of the Loop API.",
                 "openapi");
    tools::keep_lines(*app.get_formatter());
    app.footer("Examples:\n"
               "  openapi > openapi.json\n\n"
               "Exit codes:\n"
               "  0  the document is written\n"
               "  1  it can't be written\n"
               "  2  bad usage");
    try {
        tools::parse_words(app, tools::words_behind_name(argc, argv));
    } catch (CLI::ParseError const& e) {
        return tools::end_of_parsing(app, e);
    }
    std::ostringstream document;
    tools::write_pretty(document, intheloop::openapi(intheloop::documented_endpoints));
    document << '\n';
    tools::write_standard_output(document.str());
} catch (std::exception const& e) {
    std::cerr << "openapi: " << e.what() << '\n';
    return tools::other_failure;
}
