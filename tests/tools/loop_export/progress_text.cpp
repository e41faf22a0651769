// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "../../../tools/loop_export/progress_text.hpp"
#include "../../../tools/loop_export/progress.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

TEST_SUITE("tools/loop_export/progress_text") {

TEST_CASE("a size is read at a glance") {
    std::pair<double, char const*> const cases[] = {
        {0, "0 B"},
        {999, "999 B"},
        {1000, "1.0 kB"},
        {1234, "1.2 kB"},
        {999'949, "999.9 kB"},
        {999'950, "1.0 MB"},
        {34'500'000, "34.5 MB"},
        {1e9, "1.0 GB"},
        {1.0737e9, "1.1 GB"},
        {2e12, "2.0 TB"},
        {18e18, "18.0 EB"},
    };
    for (auto const& [bytes, text] : cases)
        CHECK(tools::size_text(bytes) == text);
}

TEST_CASE("so is a time") {
    std::pair<std::uint64_t, char const*> const cases[] = {
        {0, "0:00"},     {7, "0:07"},       {60, "1:00"},      {754, "12:34"},
        {3599, "59:59"}, {3600, "1:00:00"}, {3723, "1:02:03"}, {360'000, "100:00:00"},
    };
    for (auto const& [seconds, text] : cases)
        CHECK(tools::time_text(seconds) == text);
}

TEST_CASE("a download is shown with what is known of it") {
    struct {
        std::uint64_t bytes;
        std::optional<std::uint64_t> total;
        double rate;
        std::size_t columns;
        char const* text;
    } const cases[] = {
        {0, std::nullopt, 0, 80, "0 B"},
        {1500, std::nullopt, 0, 80, "1.5 kB"},
        {1500, std::nullopt, 300, 80, "1.5 kB  300 B/s"},
        {0, 0, 0, 80, "0 B of 0 B"},
        {0, 1000, 0, 80, "[>                                       ]    0%  0 B of 1.0 kB"},
        {500, 1000, 100, 80,
         "[=================>                ]   50%  500 B of 1.0 kB  100 B/s  0:05 left"},
        {1000, 1000, 100, 60, "[========================]  100%  1.0 kB of 1.0 kB  100 B/s"},
        {500, 1000, 100, 60, "[=======>      ]   50%  500 B of 1.0 kB  100 B/s  0:05 left"},
        {500, 1000, 100, 50, "50%  500 B of 1.0 kB  100 B/s  0:05 left"},
        {500, 1000, 100, 0, "50%  500 B of 1.0 kB  100 B/s  0:05 left"},
        {999, 1000, 1, 0, "99%  999 B of 1.0 kB  1 B/s  0:01 left"},
        {1, 1'000'000'000, 0.001, 0, "0%  1 B of 1.0 GB  0 B/s"}, // no forecast
        {1200, 1000, 100, 60, "[========================]  100%  1.2 kB of 1.0 kB  100 B/s"},
    };
    for (auto const& each : cases) {
        std::string const text =
            tools::progress_text({each.bytes, each.total, each.rate}, each.columns);
        CHECK(text == std::string(each.text));
        if (each.columns > 50)
            CHECK(text.size() < each.columns);
    }
}

TEST_CASE("a line that stays goes above the one that is rewritten") {
    std::ostringstream terminal;
    {
        tools::progress_line line(terminal, 20);
        line.show("working");
        line.print("a note\n");
        line.show("done");
    }
    CHECK(terminal.str() == "\r\x1b[Kworking\r\x1b[Ka note \n\r\x1b[Kworking\r\x1b[Kdone\n");
    std::ostringstream file;
    {
        tools::progress_line line(file, 0);
        line.show("working");
        line.print("a note");
        line.show("working"); // as before
        line.show("done");
    }
    CHECK(file.str() == "working\na note\ndone\n");
}

} // TEST_SUITE("tools/loop_export/progress_text")
