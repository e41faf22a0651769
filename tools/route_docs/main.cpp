// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// route-docs: writes what is made of the descriptors into a directory of this project's sources.
#include "../shared/pretty_json.hpp"
#include "route_docs.hpp"

#include <intheloop/api/documented.hpp>
#include <intheloop/openapi.hpp>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

namespace {

namespace fs = std::filesystem;

std::string read(fs::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void replace(fs::path const& path, std::string const& text) {
    std::ofstream file(path, std::ios::binary);
    file.exceptions(std::ios::failbit | std::ios::badbit);
    file << text;
    file.close(); // the destructor would keep a failure to itself
}

} // namespace

int main(int argc, char** argv) try {
    if (argc != 2) {
        std::cerr << "usage: route-docs DIRECTORY\n";
        return 2;
    }
    fs::path const root = argv[1];
    auto const document = intheloop::openapi(intheloop::documented_endpoints);
    std::ostringstream json;
    tools::write_pretty(json, document);
    json << '\n';
    replace(root / "docs/openapi.json", json.str());
    replace(root / "docs/routes.md", tools::routes_page(document).text());
    auto const guide = root / "docs/guide/first-call.md";
    std::string const page =
        tools::with_table(read(guide), tools::route_table(intheloop::documented_endpoints));
    replace(guide, page);
} catch (std::exception const& e) {
    std::cerr << "route-docs: " << e.what() << '\n';
    return 1;
}
