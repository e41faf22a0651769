// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_SEEDS_HPP
#define INTHELOOP_TESTS_FUZZ_SEEDS_HPP

#include <fuzz/check.hpp>

#include <filesystem>
#include <fstream>
#include <ios>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fuzz {

struct seed {
    std::string name;
    std::string data;
};

template <class Target, class Catalog>
std::vector<seed> seeds_of(Target const&, Catalog const& catalog) {
    std::vector<seed> all;
    Target::seeds(catalog, [&](std::string name, std::string data) {
        all.push_back({std::move(name), std::move(data)});
    });
    return all;
}

inline void write_file(std::filesystem::path const& file, std::string_view data) {
    std::ofstream out(file, std::ios::binary);
    out << data;
    if (!out.flush())
        throw std::runtime_error("can't write " + file.string());
}

// Writes the seeds of a target that a catalog gives, a file of each.
template <class Target, class Catalog>
void write_seeds(Target const& target, Catalog const& catalog,
                 std::filesystem::path const& directory) {
    std::filesystem::create_directories(directory);
    for (seed const& one : seeds_of(target, catalog))
        write_file(directory / one.name, one.data);
}

inline std::string read_input(std::filesystem::path const& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline bytes bytes_of(std::string_view text) {
    return {reinterpret_cast<unsigned char const*>(text.data()), text.size()};
}

} // namespace fuzz

#endif
