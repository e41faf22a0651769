// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_HEADERS_HPP
#define INTHELOOP_BASE_HEADERS_HPP

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop {

// Header fields: of a response, in the order of their arrival, or those that a program adds to a
// request. Names compare without regard to case. Views live until this object is changed or
// destroyed.
class headers {
public:
    headers() = default;

    std::size_t size() const noexcept { return ends_.size(); }
    bool empty() const noexcept { return ends_.empty(); }

    // Returns the name and the value of the i-th field; undefined for i >= size().
    std::pair<std::string_view, std::string_view> operator[](std::size_t i) const {
        std::size_t const begin = i == 0 ? 0 : ends_[i - 1].value;
        field_end const& end = ends_[i];
        return {std::string_view(text_.data() + begin, end.name - begin),
                std::string_view(text_.data() + end.name, end.value - end.name)};
    }
    // Returns the value of the first field of this name.
    std::optional<std::string_view> find(std::string_view name) const {
        if ((bits_ & bit_of(name)) == 0) // most names that are asked for are not there
            return std::nullopt;
        return find_among_fields(name);
    }
    // Returns how many fields have this name.
    INTHELOOP_DECL std::size_t count(std::string_view name) const;

    // Adds a field at the end, even if there is one of this name. Checks nothing: the client checks
    // fields before it sends them.
    INTHELOOP_DECL void append(std::string_view name, std::string_view value);
    INTHELOOP_DECL void clear() noexcept;

private:
    // All names and values lie in one string, so a response costs two allocations, not two per
    // field.
    struct field_end {
        std::uint32_t name;
        std::uint32_t value;
    };
    INTHELOOP_DECL std::optional<std::string_view> find_among_fields(std::string_view name) const;
    // Returns a bit for a name of any case; some names share one.
    static constexpr std::uint64_t bit_of(std::string_view name) noexcept {
        auto const letter = [](char c) { return static_cast<unsigned char>(c) | 0x20u; };
        return name.empty()
                   ? 1
                   : std::uint64_t(1)
                         << ((name.size() + letter(name.front()) + letter(name.back())) % 64);
    }

    static constexpr std::size_t usual_text = 512, usual_fields = 16;
    std::string text_;
    std::vector<field_end> ends_;
    std::uint64_t bits_ = 0; // of all names
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/base/impl/headers.ipp>
#endif

#endif
