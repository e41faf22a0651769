// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_PROGRAM_HPP
#define INTHELOOP_TESTS_FUZZ_PROGRAM_HPP

// Makes a program of a target; libFuzzer has its main().
#include <fuzz/dictionary.hpp>
#include <fuzz/endpoints.hpp>
#include <fuzz/seeds.hpp>

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace fuzz {

// With --write-seeds=DIRECTORY a program writes its seeds, and DIRECTORY.dict, and ends.
template <class Target>
void write_seeds_if_asked(int count, char** arguments) {
    constexpr std::string_view option = "--write-seeds=";
    for (int i = 1; i < count; ++i)
        if (std::string_view const argument = arguments[i]; argument.starts_with(option)) {
            std::filesystem::path directory(argument.substr(option.size()));
            write_seeds(Target{}, endpoints, directory);
            directory += ".dict";
            write_file(directory, written_dictionary(dictionary_for(Target{}, endpoints)));
            std::exit(EXIT_SUCCESS);
        }
}

} // namespace fuzz

#define INTHELOOP_FUZZ_PROGRAM(target)                                                             \
    extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {                           \
        fuzz::write_seeds_if_asked<target>(*count, *arguments);                                    \
        return 0;                                                                                  \
    }                                                                                              \
    extern "C" int LLVMFuzzerTestOneInput(unsigned char const* data, std::size_t size) {           \
        target::run(fuzz::endpoints, {data, size});                                                \
        return 0;                                                                                  \
    }

#endif
