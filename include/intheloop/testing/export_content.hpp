// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_EXPORT_CONTENT_HPP
#define INTHELOOP_TESTING_EXPORT_CONTENT_HPP

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace intheloop::testing {

// The bytes of an exported file: in memory, or generated while they are sent.
class export_content {
public:
    // Fills `out` with the bytes of the file from `offset` on. Called on the server's own thread,
    // with the server's mutexes unlocked, for ascending offsets from the begin of a download on;
    // the calls of several downloads may alternate. If it throws, the connection is cut.
    using fill_function = std::function<void(std::uint64_t offset, std::span<char> out)>;

    // Makes a file of exactly these bytes.
    export_content(
        std::string bytes); // NOLINT(google-explicit-constructor): an option is assigned a text
    export_content(char const* text); // NOLINT(google-explicit-constructor)

    // Makes a file of `size` bytes that is never in memory as a whole.
    [[nodiscard]] static export_content generated(std::uint64_t size, fill_function fill);

    [[nodiscard]] std::uint64_t size() const noexcept;

    // A strong `ETag`, quotes included: equal for equal bytes in memory, and different for each
    // call of generated(). Copies keep it.
    [[nodiscard]] std::string const& entity_tag() const noexcept;

    // Copies the bytes from `offset` on to `out`; `offset + out.size()` must not exceed `size()`.
    void read(std::uint64_t offset, std::span<char> out) const;

private:
    export_content(std::uint64_t size, std::string entity_tag, fill_function fill);

    std::uint64_t size_;
    std::string entity_tag_;
    fill_function fill_;
};

// Makes a JSON array of `records` invented conversations, one object per line, always the same for
// the same number. A `Json` export of the real service may have other members: its record schema is
// not documented.
[[nodiscard]] std::string sample_export(std::size_t records = 48);

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/export_content.ipp>
#endif

#endif
