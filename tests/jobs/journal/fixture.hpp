// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_JOBS_JOURNAL_FIXTURE_HPP
#define INTHELOOP_TESTS_JOBS_JOURNAL_FIXTURE_HPP

#include <intheloop/jobs/export_journal.hpp>
#include <support/process.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace fixture {

namespace fs = std::filesystem;
namespace loop = intheloop;
using loop::errc;
using loop::export_journal;
using tests::content_of;
using tests::scratch_directory;

inline constexpr std::string_view origin = "https://api.example.com:443";
inline constexpr std::string_view request = R"({"start":1,"end":2})";

inline std::shared_ptr<export_journal> opened(fs::path const& path) {
    auto journal = export_journal::open(path);
    REQUIRE_MESSAGE(journal, journal.error());
    return *journal;
}
inline void check_done(std::optional<loop::error> const& failure) {
    CHECK_MESSAGE(!failure, *failure);
}
inline bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != text.npos;
}

// "key advice id", one line for each entry.
inline std::string shown(export_journal const& journal) {
    std::string text;
    for (loop::journal_entry const& entry : journal.entries())
        text += entry.key + ' ' + std::string(to_string(entry.advice)) + ' ' +
                entry.id.value_or("-") + '\n';
    return text;
}
inline std::string shown_after_reopening(std::shared_ptr<export_journal>& journal,
                                         fs::path const& path) {
    journal.reset();
    journal = opened(path);
    return shown(*journal);
}

inline void write_file(fs::path const& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

} // namespace fixture

#endif
