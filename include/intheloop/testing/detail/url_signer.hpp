// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_URL_SIGNER_HPP
#define INTHELOOP_TESTING_DETAIL_URL_SIGNER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/testing/detail/random.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace intheloop::testing::detail {

// Signs the addresses of files for a limited time, and verifies them. Its clock can be moved.
class url_signer {
public:
    // `base_url` must not end with a slash.
    url_signer(std::string base_url, std::chrono::seconds lifetime,
               std::shared_ptr<time_source> clock = nullptr);

    [[nodiscard]] std::string signed_url(std::string_view path) const;

    // Returns the reason why the target of a request is refused; empty if it is accepted.
    [[nodiscard]] std::string_view refuse(std::string_view target) const;

    void advance_clock(std::chrono::seconds by) {
        clock_offset_ = intheloop::detail::saturating_add(clock_offset_, by);
    }

    // Refuses from now on all addresses that were signed so far.
    void expire_all();

private:
    std::int64_t now() const;
    std::string sign(std::string_view path, std::string_view expires) const;

    std::string const base_url_;
    std::chrono::seconds const lifetime_;
    std::shared_ptr<time_source> const clock_;
    random_texts texts_;
    std::string const key_pair_id_;
    std::string key_;
    std::chrono::seconds clock_offset_{0};
};

// Compares in a time that does not depend on the place of the first difference.
[[nodiscard]] bool same_bytes(std::string_view a, std::string_view b);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/url_signer.ipp>
#endif

#endif
