// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_FOUND_ADDRESS_HPP
#define INTHELOOP_RECORDING_DETAIL_FOUND_ADDRESS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/policy/detail/text_address.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// Returns whether a text begins with a character that ends an address before it.
[[nodiscard]] bool ends_address(std::string_view rest);

// Finds the next address in a text, from a place on. Its characters may be escaped, as in JSON
// within JSON, or all of it may be percent-encoded.
[[nodiscard]] policy::text_address find_address(std::string_view text, std::size_t from);

// Returns a part of a text, in which an address stands, with "[redacted]" for its users.
[[nodiscard]] std::string without_users(std::string_view text, policy::text_address const& at,
                                        std::size_t begin, std::size_t end);

// Identifies an address: without its signature, its user information and the default port of its
// scheme.
class address_key {
public:
    explicit address_key(std::string_view address, bool is_encoded = false);

    std::string text;
    std::string origin;
    std::vector<std::string> signatures; // the values of the signature
    bool has_query = false;
    bool is_signed = false;

private:
    void add(intheloop::detail::query_reader const& query);
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/found_address.ipp>
#endif

#endif
