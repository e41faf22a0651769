// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// route-docs and openapi, run as ./run runs them.
#include <tools/outputs.hpp>
#include <tools/scene.hpp>

#include <support/project_file.hpp>
#include <support/sanitizers.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

TEST_SUITE("tools/route_docs/route_docs") {

namespace {

namespace fs = std::filesystem;
using support::project_file;
using tests::contains;
using tests::process;
using tests::program;
using tests::scratch_directory;

constexpr char guide[] = "docs/guide/first-call.md";

// Texts of the files in a directory, by their paths in it.
std::map<std::string, std::string> files_in(fs::path const& directory) {
    std::map<std::string, std::string> found;
    for (auto const& entry : fs::recursive_directory_iterator(directory))
        if (entry.is_regular_file())
            found[entry.path().lexically_relative(directory).string()] =
                tests::content_of(entry.path());
    return found;
}

void fill(fs::path const& directory, std::string const& text) {
    fs::create_directories(directory / "docs/guide");
    std::ofstream(directory / guide) << text;
}

} // namespace

TEST_CASE("route-docs writes the files that are made of the descriptors") {
    scratch_directory directory;
    std::string const page = project_file(guide);
    std::string older = page;
    older.insert(older.find("<!-- end of routes -->"), "older\n");
    fill(directory.path, older);
    process p({program("route-docs"), directory.path.string()}, {});
    CHECK(p.wait() == 0);
    CHECK(p.err().empty());
    CHECK(files_in(directory.path) == std::map<std::string, std::string>{
                                          {guide, page},
                                          {"docs/openapi.json", project_file("docs/openapi.json")},
                                          {"docs/routes.md", project_file("docs/routes.md")},
                                      });
    process openapi({program("openapi")}, {});
    CHECK(openapi.wait() == 0);
    CHECK(openapi.out() == project_file("docs/openapi.json"));
}

TEST_CASE("route-docs that fails says where and why, and replaces nothing") {
    scratch_directory directory;
    std::string const root = directory.path.string();
    SUBCASE("without such a directory") {
        process p({program("route-docs"), root + "/none"}, {});
        CHECK(p.wait() == 1);
        CHECK(p.err() == "route-docs: can't read " + root + "/none/" + guide +
                             ": No such file or directory\n");
    }
    SUBCASE("without the markers of the table") {
        fill(directory.path, "a page\n");
        auto const before = files_in(directory.path);
        process p({program("route-docs"), root}, {});
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), root + '/' + guide + ": the markers of the table"));
        CHECK(files_in(directory.path) == before);
    }
#if !INTHELOOP_TESTS_ARE_SANITIZED // a sanitizer begins with a file of its own
    SUBCASE("without room") {
        fill(directory.path, project_file(guide));
        std::ofstream(directory.path / "docs/openapi.json") << "older";
        auto const before = files_in(directory.path);
        auto p = tests::in_shell(R"(ulimit -f 1; exec "$@")", directory,
                                 {program("route-docs"), root}, {});
        CHECK(p.wait() == 1);
        CHECK(contains(p.err(), "route-docs: can't write " + root + "/docs/"));
        CHECK(contains(p.err(), ": File too large"));
        CHECK(files_in(directory.path) == before);
    }
#endif
}

} // TEST_SUITE("tools/route_docs/route_docs")
