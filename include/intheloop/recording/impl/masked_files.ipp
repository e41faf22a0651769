// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_MASKED_FILES_IPP
#define INTHELOOP_RECORDING_IMPL_MASKED_FILES_IPP

#include <intheloop/recording/detail/masked_files.hpp>

#include <algorithm>

namespace intheloop::testing::detail {

INTHELOOP_DECL void masked_files::add(void const* owner, name file,
                                      std::optional<std::uint64_t> offset, std::string_view bytes) {
    parts_[std::move(file)].push_back({owner, offset, bytes});
}

// Joins a part to a run if it begins in the run or directly after it, and both agree in the bytes
// that they share.
INTHELOOP_DECL bool masked_files::append(run& to, part const& from) const {
    if (!from.offset || *from.offset < to.offset)
        return false;
    std::uint64_t const begin = *from.offset - to.offset;
    if (begin > to.bytes.size())
        return false;
    std::string_view const had = std::string_view(to.bytes).substr(static_cast<std::size_t>(begin));
    std::size_t const both = std::min(had.size(), from.bytes.size());
    if (had.substr(0, both) != from.bytes.substr(0, both))
        return false;
    to.bytes += from.bytes.substr(both);
    return true;
}

INTHELOOP_DECL void masked_files::mask(secret_marks const& marks) {
    for (auto& [file, parts] : parts_) {
        std::vector<std::pair<std::uint64_t, std::size_t>> order; // by offset, then by arrival
        for (std::size_t i = 0; i != parts.size(); ++i)
            order.emplace_back(parts[i].offset.value_or(0), i);
        std::sort(order.begin(), order.end());
        std::size_t const first = runs_.size(); // of this file
        for (auto const& [offset, index] : order) {
            part const& each = parts[index];
            std::size_t found = first;
            while (found != runs_.size() && !append(runs_[found], each))
                ++found;
            if (found == runs_.size())
                runs_.push_back({offset, each.offset != std::uint64_t(0), std::string(each.bytes)});
            std::uint64_t const begin = offset - runs_[found].offset;
            places_[each.owner] = {found, static_cast<std::size_t>(begin), each.bytes.size()};
        }
    }
    for (run& each : runs_)
        each.bytes = marks.mask(each.bytes, each.begins_later);
}

INTHELOOP_DECL std::string_view masked_files::masked(void const* owner) const {
    auto const found = places_.find(owner);
    if (found == places_.end())
        return {};
    place const& where = found->second;
    return std::string_view(runs_[where.run].bytes).substr(where.begin, where.size);
}

} // namespace intheloop::testing::detail

#endif
