// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_MUTATE_HPP
#define INTHELOOP_TESTS_FUZZ_MUTATE_HPP

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <string>
#include <string_view>

namespace fuzz {

// Small changes to an input, the same ones each time.
class mutator {
public:
    explicit mutator(std::uint64_t seed) : random_(seed) {}

    // One to four changes; `other` is what pieces come from.
    std::string changed(std::string input, std::string_view other) {
        for (std::size_t count = below(4) + 1; count != 0; --count)
            change(input, other);
        return input;
    }

private:
    std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }

    void change(std::string& input, std::string_view other) {
        constexpr std::string_view pieces[] = {"\n",
                                               "\n\n",
                                               "\r\n",
                                               "\"",
                                               "\\",
                                               "\\u0041",
                                               "\\ud83d",
                                               "%",
                                               "%2F",
                                               "%00",
                                               "/",
                                               "..",
                                               "/../",
                                               "{",
                                               "}",
                                               "{}",
                                               "[",
                                               "]",
                                               ",",
                                               ":",
                                               "://",
                                               "?",
                                               "&",
                                               "=",
                                               "#",
                                               "@",
                                               "null",
                                               "-0.0",
                                               "0",
                                               "-1",
                                               "1e400",
                                               "9223372036854775808",
                                               "\xef\xbb\xbf",
                                               "\xff",
                                               "\xc3\xa9",
                                               " ",
                                               "\t",
                                               "...",
                                               "*"};
        std::size_t const at = below(input.size() + 1);
        switch (input.empty() ? 0 : below(8)) {
        case 0: input.insert(at, pieces[below(std::size(pieces))]); break;
        case 1: input.insert(at, 1, static_cast<char>(below(256))); break;
        case 2: input[at % input.size()] = static_cast<char>(below(256)); break;
        case 3: input[at % input.size()] ^= static_cast<char>(1u << below(8)); break;
        case 4: input.erase(at, below(8) + 1); break;
        case 5: input.insert(at, input.substr(below(input.size()), below(32))); break;
        case 6:
            if (!other.empty())
                input.insert(at, other.substr(below(other.size()), below(32)));
            break;
        default: input.resize(at); break;
        }
    }

    std::mt19937_64 random_;
};

} // namespace fuzz

#endif
