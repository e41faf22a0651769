// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_FOUND_ADDRESS_HPP
#define INTHELOOP_RECORDING_DETAIL_FOUND_ADDRESS_HPP

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

[[nodiscard]] std::string lower_case(std::string_view text);

// Whether a text begins with what no address has, so that one ends before it.
[[nodiscard]] bool ends_address(std::string_view rest);

// An absolute address in a text, from its scheme to the end of its query and fragment.
class found_address {
public:
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t user = 0;    // who stands before its host, "bob:pw", begins here
    std::size_t host = 0;    // its host; the same if there is nobody
    std::size_t query = 0;   // its query, behind its '?'; the end if there is none
    bool is_encoded = false; // percent-encoded as a whole
};

// The next address in a text from a place on. Its slashes may be escaped, as in JSON within JSON,
// or all of it is percent-encoded.
[[nodiscard]] bool find_address(std::string_view text, std::size_t from, found_address& found);

// What an address is called by: without what signs it, who uses it, and the port that is its
// scheme's own.
class address_key {
public:
    explicit address_key(std::string_view address, bool is_encoded = false);

    std::string text;
    std::string origin;
    std::vector<std::string> signatures; // the values that sign it, or are part of that
    bool has_query = false;
    bool is_signed = false;

private:
    void add(std::string_view parameter);
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/found_address.ipp>
#endif

#endif
