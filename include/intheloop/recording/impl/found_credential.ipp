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

// Finds the passwords in addresses. Where the password is empty, the user is one: a key.
INTHELOOP_DECL void find_passwords(std::string_view text, found_credentials& found) {
    for (found_address at; find_address(text, at.end, at);) {
        std::size_t user_end = at.host;
        std::size_t begin = at.host;
        std::size_t end = at.host; // of the password, before the '@'
        for (std::size_t place = at.user; place != at.host && end == at.host; ++place) {
            std::string_view const rest = text.substr(place, at.host - place);
            std::size_t const colon = begin == at.host ? policy::spelled_length(rest, ':') : 0;
            if (colon != 0) {
                user_end = place;
                begin = place + colon;
            }
            if (policy::spelled_length(rest, '@') == rest.size())
                end = place;
        }
        if (user_end == at.host)
            continue;
        if (begin == end) {
            begin = at.user;
            end = user_end;
        }
        std::string_view const spelled = text.substr(begin, end - begin);
        std::string plain = codec::percent_decoded(json_unescaped(spelled, policy::most_layers));
        if (at.is_encoded)
            plain = codec::percent_decoded(plain);
        if (policy::may_be_credentials(plain))
            found.push_back({begin, end, value_texts(std::move(plain), spelled)});
    }
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
