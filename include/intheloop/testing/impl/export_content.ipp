// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_EXPORT_CONTENT_IPP
#define INTHELOOP_TESTING_IMPL_EXPORT_CONTENT_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/testing/detail/random.hpp>
#include <intheloop/testing/export_content.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace intheloop::testing {

namespace detail {

INTHELOOP_DECL std::string quoted_digest(std::string_view bytes) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                   &size, EVP_sha256(), nullptr) != 1)
        throw std::runtime_error("test server: no digest of a file");
    return '"' + intheloop::detail::to_hexadecimal(std::string_view{digest}.substr(0, size)) + '"';
}

INTHELOOP_DECL export_content::fill_function copy_of(std::string bytes) {
    // Shared, because the content is copied for each download and may be large.
    auto held = std::make_shared<std::string const>(std::move(bytes));
    return [held = std::move(held)](std::uint64_t offset, std::span<char> out) {
        std::copy_n(held->begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    };
}

} // namespace detail

INTHELOOP_DECL export_content::export_content(std::string bytes)
    : size_(bytes.size()), entity_tag_(detail::quoted_digest(bytes)),
      fill_(detail::copy_of(std::move(bytes))) {}

INTHELOOP_DECL export_content::export_content(char const* text)
    : export_content(std::string{text}) {}

INTHELOOP_DECL export_content::export_content(std::uint64_t size, std::string entity_tag,
                                              fill_function fill)
    : size_(size), entity_tag_(std::move(entity_tag)), fill_(std::move(fill)) {}

INTHELOOP_DECL export_content export_content::generated(std::uint64_t size, fill_function fill) {
    return {size, '"' + detail::random_hex(8) + '"', std::move(fill)};
}

INTHELOOP_DECL std::string const& export_content::entity_tag() const noexcept {
    return entity_tag_;
}

INTHELOOP_DECL std::uint64_t export_content::size() const noexcept {
    return size_;
}

INTHELOOP_DECL void export_content::read(std::uint64_t offset, std::span<char> out) const {
    if (!out.empty())
        fill_(offset, out);
}

INTHELOOP_DECL std::string sample_export(std::size_t records) {
    constexpr std::array<std::string_view, 8> subjects{
        "Invoice is missing a line",  "Cannot sign in on the phone", "Delivery to a second address",
        "Renewal of the yearly plan", "Export has umlauts: Größe",   "Refund for a double payment",
        "How to add a shared inbox",  "\\\"Quoted\\\" subject line"};
    constexpr std::array<std::string_view, 4> teams{"Support", "Billing", "Sales", "Onboarding"};
    constexpr std::array<std::string_view, 3> channels{"Email", "Chat", "Form"};
    constexpr std::array<std::string_view, 5> tags{"urgent", "refund", "question", "bug",
                                                   "renewal"};

    std::string json{"["};
    std::uint32_t random = 20261101;
    auto const below = [&random](std::uint32_t limit) {
        random = random * 1664525U + 1013904223U;
        return (random >> 16U) % limit;
    };
    // One object per line keeps the file readable. Year and month are fixed, the rest varies.
    for (std::size_t i = 0; i < records; ++i) {
        std::array<char, 512> line{};
        std::uint32_t const day = 1 + below(28);
        std::uint32_t const hour = 7 + below(12);
        std::uint32_t const minute = below(60);
        std::uint32_t const customer = 1000 + below(400);
        std::uint32_t const response = 30 + below(7200);
        std::uint32_t const messages = 1 + below(14);
        std::size_t const subject = below(subjects.size());
        std::size_t const team = below(teams.size());
        std::size_t const channel = below(channels.size());
        std::size_t const tag = below(tags.size());
        bool const resolved = below(5) != 0;
        std::array<char, 16> resolution{"null"};
        if (resolved)
            std::snprintf(resolution.data(), resolution.size(), "%u", response + 60 * below(2880));
        int const length = std::snprintf(
            line.data(), line.size(),
            "%s\n{\"conversationId\":\"conv_%06zu\",\"created\":\"2026-11-%02uT%02u:%02u:00Z\","
            "\"team\":\"%s\","
            "\"teammateId\":\"user_%u\",\"channel\":\"%s\",\"customer\":\"customer-%u@example."
            "com\",\"subject\":\"%s\","
            "\"messages\":%u,\"firstResponseSeconds\":%u,\"resolutionSeconds\":%s,\"tags\":[\"%s\"]"
            "}",
            i == 0 ? "" : ",", i + 1, day, hour, minute, teams[team].data(), 1200 + below(12),
            channels[channel].data(), customer, subjects[subject].data(), messages, response,
            resolution.data(), tags[tag].data());
        json.append(line.data(), static_cast<std::size_t>(length));
    }
    json += records == 0 ? "]" : "\n]\n";
    return json;
}

} // namespace intheloop::testing

#endif
