// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_FUZZ_DICTIONARY_HPP
#define INTHELOOP_TESTS_FUZZ_DICTIONARY_HPP

#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

// The names and texts that a type knows.
template <class T>
struct words_of {
    static void add_to(std::set<std::string>& words) {
        if constexpr (intheloop::detail::described<T>)
            intheloop::detail::fields_of<T>::for_each([&]<class Field>(Field) {
                words.insert('"' + std::string(Field::wire_name) + "\":");
                words_of<typename Field::value_type>::add_to(words);
            });
        else if constexpr (intheloop::detail::open_enumeration<T>)
            for (std::string_view const text : T::texts)
                words.insert('"' + std::string(text) + '"');
    }
};
template <class T>
struct words_of<std::optional<T>> : words_of<T> {};
template <class T>
struct words_of<intheloop::nullable<T>> : words_of<T> {};
template <class T>
struct words_of<std::vector<T>> : words_of<T> {};
template <class T>
struct words_of<std::map<std::string, T>> : words_of<T> {};
template <intheloop::fixed_string Discriminator, class... Alternatives>
struct words_of<intheloop::one_of<Discriminator, Alternatives...>> {
    template <class Alternative>
    static void add_one(std::set<std::string>& words) {
        using info = intheloop::detail::alternative_info<Alternative>;
        words.insert('"' + std::string(info::text) + '"');
        words_of<typename info::type>::add_to(words);
    }
    static void add_to(std::set<std::string>& words) {
        words.insert('"' + std::string(Discriminator.view()) + "\":");
        (add_one<Alternatives>(words), ...);
    }
};

// Collects words for a fuzzer's inputs: a catalog's, and its documents' own.
template <class Catalog>
std::set<std::string> dictionary_of(Catalog) {
    std::set<std::string> words = {
        "null", "true",  "false",   "-0.0",       "1e400", "[]",
        "{}",   "\"",    "\\u0000", "\\ud83d",    "%2F",   "%25",
        "://",  "[::1]", " GMT",    "Signature=", "...",   "2026-11-01T08:00:00.25+01:00"};
    Catalog::for_each([&]<class Endpoint>(Endpoint const&) {
        words.insert(std::string(Endpoint::route));
        words_of<typename Endpoint::request_type>::add_to(words);
        words_of<typename Endpoint::response_type>::add_to(words);
        Endpoint::error_bodies::for_each(
            [&]<class Info>(Info) { words_of<typename Info::error_type>::add_to(words); });
    });
    return words;
}

// Adds the words of a target's own.
template <class Target, class Catalog>
std::set<std::string> dictionary_for(Target const&, Catalog catalog) {
    std::set<std::string> all = dictionary_of(catalog);
    if constexpr (requires { Target::words; })
        for (std::string_view const word : Target::words)
            all.emplace(word);
    return all;
}

// As libFuzzer reads it: a line of each, in quotation marks.
inline std::string written_dictionary(std::set<std::string> const& words) {
    constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (std::string const& word : words) {
        out += '"';
        for (char const c : word) {
            auto const octet = static_cast<unsigned char>(c);
            out += {'\\', 'x', digits[octet >> 4], digits[octet & 15]};
        }
        out += "\"\n";
    }
    return out;
}

} // namespace fuzz

#endif
