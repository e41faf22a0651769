// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_URL_SIGNER_IPP
#define INTHELOOP_TESTING_IMPL_URL_SIGNER_IPP

#include <intheloop/base/detail/base64.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/testing/detail/url_signer.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <stdexcept>
#include <utility>

namespace intheloop::testing::detail {

INTHELOOP_DECL std::string_view query_value(std::string_view target, std::string_view name) {
    for (intheloop::detail::query_reader query(target); query.next();)
        if (query.name() == name && query.has_value())
            return query.value();
    return {};
}

INTHELOOP_DECL bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

INTHELOOP_DECL url_signer::url_signer(std::string base_url, std::chrono::seconds lifetime,
                                      std::shared_ptr<time_source> clock)
    : base_url_(std::move(base_url)), lifetime_(lifetime), clock_(std::move(clock)), texts_(clock_),
      key_pair_id_("K" + texts_.hex(6)), key_(texts_.hex(32)) {}

INTHELOOP_DECL std::string url_signer::signed_url(std::string_view path) const {
    auto const at = intheloop::detail::saturating_add(std::chrono::seconds(now()), lifetime_);
    std::string const expires = std::to_string(at.count());
    std::string url = base_url_;
    url += path;
    return url + "?Expires=" + expires + "&Signature=" + sign(path, expires) +
           "&Key-Pair-Id=" + key_pair_id_;
}

INTHELOOP_DECL std::string_view url_signer::refuse(std::string_view target) const {
    std::string_view const expires = query_value(target, "Expires");
    if (!same_bytes(query_value(target, "Key-Pair-Id"), key_pair_id_) ||
        !same_bytes(query_value(target, "Signature"),
                    sign(intheloop::detail::path_of(target), expires)))
        return "Access denied";
    std::int64_t until = 0;
    std::from_chars(expires.data(), expires.data() + expires.size(), until);
    if (until <= now())
        return "Access denied: the address has expired";
    return {};
}

// Changes the key, so that no older signature is valid.
INTHELOOP_DECL void url_signer::expire_all() {
    key_ = texts_.hex(32);
}

INTHELOOP_DECL std::int64_t url_signer::now() const {
    auto const now =
        std::chrono::floor<std::chrono::seconds>(intheloop::detail::system_now(clock_));
    return intheloop::detail::saturating_add(now, clock_offset_).time_since_epoch().count();
}

INTHELOOP_DECL std::string url_signer::sign(std::string_view path, std::string_view expires) const {
    std::string text{path};
    text += '?';
    text += expires;
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned size = 0;
    if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
             reinterpret_cast<unsigned char const*>(text.data()), text.size(), mac.data(),
             &size) == nullptr)
        throw std::runtime_error("test server: signing an address failed");
    std::string signature =
        intheloop::detail::to_base64({reinterpret_cast<char const*>(mac.data()), size});
    // Uses the base64 variant of the documented sample: none of its characters needs an escape in a
    // query.
    for (char& c : signature)
        c = c == '+' ? '-' : c == '=' ? '_' : c == '/' ? '~' : c;
    return signature;
}

} // namespace intheloop::testing::detail

#endif
