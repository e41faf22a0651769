// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The man page of loop-export.
#include <tools/scene.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <regex>
#include <set>
#include <string>

TEST_SUITE("tools/loop_export/man_page") {

namespace {

using tests::content_of;
using tests::process;
using tests::program;

std::string path_of(std::string const& source) {
    char const* const root = std::getenv("INTHELOOP_TEST_ROOT");
    return (root ? root : ".") + ('/' + source);
}
std::string path_of_page() {
    return path_of("tools/loop_export/loop-export.1");
}

// All that the group of a pattern finds.
std::set<std::string> found_in(std::string const& text, std::string const& pattern) {
    std::set<std::string> found;
    std::regex const expression(pattern);
    for (std::sregex_iterator each(text.begin(), text.end(), expression), end; each != end; ++each)
        found.insert((*each)[1]);
    return found;
}

} // namespace

TEST_CASE("the man page and --help have the same options and exit codes") {
    process help({program("loop-export"), "--help"}, {});
    REQUIRE(help.wait() == 0);
    std::string const said = help.out();
    std::string const page = content_of(path_of_page());
    auto const options = found_in(said, "--([a-z][a-z-]+)");
    CHECK(options.size() > 20);
    CHECK(options == found_in(page, "Fl -([a-z][a-z-]+)"));
    CHECK(found_in(said, "[ ,]-([a-z])[, ]") == found_in(page, "Fl ([a-z])\\b"));
    auto const codes = found_in(said, "\n  ([0-9]+) ");
    CHECK(found_in(page, "\n\\.It Li ([0-9]+)\\b") == codes);
    auto in_code = found_in(content_of(path_of("tools/shared/exit_code.hpp")), "[a-z] = ([0-9]+)");
    CHECK(in_code.size() == 8);
    in_code.insert("130"); // of a signal
    CHECK(codes == in_code);
}

TEST_CASE("groff has nothing to warn of") {
    process groff({"sh", "-c",
                   "command -v groff >/dev/null || exit 77; groff -mdoc -Tutf8 -ww " +
                       path_of_page() + " 2>&1 >/dev/null"},
                  {});
    int const exit_code = groff.wait();
    if (exit_code == 77) {
        MESSAGE("groff is missing");
        return;
    }
    CHECK(exit_code == 0);
    CHECK(groff.out().empty());
}

} // TEST_SUITE("tools/loop_export/man_page")
