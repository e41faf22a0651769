// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// route-docs: writes what is made of the descriptors into a directory of this project's sources.
#include "../shared/keep_lines.hpp"
#include "../shared/pretty_json.hpp"
#include "../shared/standard_streams.hpp"
#include "../shared/usage.hpp"
#include "route_docs.hpp"

#include <intheloop/api/documented.hpp>
#include <intheloop/base/detail/file_descriptor.hpp>
#include <intheloop/openapi.hpp>

#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace {

using intheloop::detail::file_descriptor;

[[noreturn]] void fail(char const* doing, std::string const& path) {
    throw std::system_error(errno, std::generic_category(), doing + path);
}

std::string read(std::string const& path) {
    file_descriptor const file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    if (!file || !file.read_all(text))
        fail("can't read ", path);
    return text;
}

// The older file stays until the new one is whole.
void replace(std::string const& path, std::string const& text) {
    std::string const part = path + ".part";
    file_descriptor file(::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file || !file.write(text) || !file.close() ||
        std::rename(part.c_str(), path.c_str()) != 0) {
        int const why = errno;
        ::unlink(part.c_str());
        errno = why;
        fail("can't write ", path);
    }
}

// Makes all texts, by the paths of their files.
std::map<std::string, std::string> texts_for(std::string const& root) {
    std::map<std::string, std::string> texts;
    auto const document = intheloop::openapi(intheloop::documented_endpoints);
    std::ostringstream json;
    tools::write_pretty(json, document);
    json << '\n';
    texts[root + "/docs/openapi.json"] = json.str();
    texts[root + "/docs/routes.md"] = tools::routes_page(document).text();
    std::string const guide = root + "/docs/guide/first-call.md";
    std::string const page = read(guide);
    try {
        texts[guide] = tools::with_table(page, tools::route_table(intheloop::documented_endpoints));
    } catch (std::runtime_error const& e) {
        throw std::runtime_error(guide + ": " + e.what());
    }
    return texts;
}

} // namespace

int main(int argc, char** argv) try {
    tools::prepare_standard_streams();
    CLI::App app(
        "Writes what is made of the descriptors of the documented routes into a directory of\n"
        "this project's sources: docs/openapi.json, docs/routes.md, and the table of routes\n"
        "in docs/guide/first-call.md.",
        "route-docs");
    tools::keep_lines(*app.get_formatter());
    app.footer("Examples:\n"
               "  route-docs .\n\n"
               "Exit codes:\n"
               "  0  the files are written\n"
               "  1  one can't be read or written; each is the older one or whole\n"
               "  2  bad usage");
    std::string root;
    app.add_option("DIRECTORY", root, "Where docs/ is")->check(tools::not_empty)->required();
    try {
        tools::parse_words(app, tools::words_behind_name(argc, argv));
    } catch (CLI::ParseError const& e) {
        return tools::end_of_parsing(app, e);
    }
    for (auto const& [path, text] : texts_for(root))
        replace(path, text);
} catch (std::exception const& e) {
    std::cerr << "route-docs: " << e.what() << '\n';
    return tools::other_failure;
}
