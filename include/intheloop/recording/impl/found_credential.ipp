// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_FOUND_CREDENTIAL_IPP
#define INTHELOOP_RECORDING_IMPL_FOUND_CREDENTIAL_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/recording/detail/found_address.hpp>
#include <intheloop/recording/detail/found_credential.hpp>
#include <intheloop/recording/impl/credential_scan.ipp>
#include <intheloop/testing/detail/multipart.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::testing::detail {

// Finds the password within the user information of an address, where the address has one. Where
// the password is empty, the user is one: a key.
INTHELOOP_DECL void find_password(std::string_view text, policy::address_parts const& parts,
                                  bool is_encoded, found_credentials& found) {
    std::size_t colon = parts.user;
    std::size_t length = 0;
    while (colon != parts.user_end &&
           (length = policy::spelled_length(text.substr(colon, parts.user_end - colon), ':')) == 0)
        ++colon;
    if (length == 0)
        return;
    bool const is_key = colon + length == parts.user_end;
    std::size_t const begin = is_key ? parts.user : colon + length;
    std::size_t const end = is_key ? colon : parts.user_end;
    std::string_view const spelled = text.substr(begin, end - begin);
    std::string plain = codec::percent_decoded(json_unescaped(spelled, policy::most_layers));
    if (is_encoded)
        plain = codec::percent_decoded(plain);
    if (policy::may_be_credentials(plain))
        found.push_back({begin, end, value_texts(std::move(plain), spelled)});
}

INTHELOOP_DECL void find_passwords(std::string_view text, found_credentials& found) {
    for (auto at = find_address(text, 0); at; at = find_address(text, at.end))
        for (policy::address_parts const& each : at.parts)
            find_password(text, each, at.is_encoded, found);
}

INTHELOOP_DECL found_credentials find_credentials(std::string_view text) {
    found_credentials found;
    credential_scan(text, found).run();
    find_passwords(text, found);
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    return found;
}

INTHELOOP_DECL found_credentials find_query_credentials(std::string_view target) {
    found_credentials found;
    for (intheloop::detail::query_reader query(target); query.next();) {
        auto const begin = static_cast<std::size_t>(query.value().data() - target.data());
        if (query.has_value() && policy::names_credentials(codec::percent_decoded(query.name())))
            found.push_back({begin, begin + query.value().size(), parameter_texts(query.value())});
    }
    return found;
}

INTHELOOP_DECL found_credentials find_form_credentials(std::string_view content_type,
                                                       std::string_view body) {
    found_credentials found;
    std::string_view const media_type =
        intheloop::detail::trimmed(content_type.substr(0, content_type.find(';')));
    if (intheloop::detail::equal_ignoring_case(media_type, "application/x-www-form-urlencoded")) {
        found = find_query_credentials('?' + std::string(body));
        for (found_credential& each : found) {
            --each.begin;
            --each.end;
        }
    }
    auto const form = split_form(content_type, body);
    for (std::size_t i = 0; form && i != form->size(); ++i) {
        received_part const& part = (*form)[i];
        auto const begin = static_cast<std::size_t>(part.bytes.data() - body.data());
        if (policy::names_credentials(part.name))
            found.push_back({begin, begin + part.bytes.size(), {std::string(part.bytes)}});
    }
    return found;
}

} // namespace intheloop::testing::detail

#endif
