// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDED_FILES_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDED_FILES_IPP

#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/recorded_files.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>

#include <boost/json/serialize.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

INTHELOOP_DECL recorded_files::name recorded_files::name_of(recorded_exchange const& part) {
    std::string const* const tag = find_field(part.headers, "ETag");
    return {part.target, tag != nullptr ? *tag : std::string()};
}

// The streams of a download ask for parts in any order. Of those that begin at the same byte, the
// parts of a file that replaced another one come later.
INTHELOOP_DECL std::string recorded_files::joined(std::vector<file_part> const& parts) {
    std::multimap<std::uint64_t, std::string const*> by_offset; // equal ones in their order
    for (file_part const& each : parts)
        by_offset.emplace(each.offset, &each.bytes);
    std::string content;
    for (auto const& [offset, bytes] : by_offset) {
        if (offset > content.size())
            break;
        if (offset + bytes->size() > content.size())
            content.replace(static_cast<std::size_t>(offset), content.npos, *bytes);
    }
    return content;
}

INTHELOOP_DECL recorded_files::recorded_files(std::vector<recorded_exchange> const& exchanges) {
    std::map<name, file> found;
    for (recorded_exchange const& one : exchanges) {
        if (!one.carries_file())
            continue;
        file_part next{0, one.body.form == recorded_body::form::json
                              ? boost::json::serialize(one.body.json)
                              : one.body.bytes};
        file& of = found[name_of(one)];
        if (one.status == 206) {
            std::string const* const field = find_field(one.headers, "Content-Range");
            auto const range = policy::parse_content_range(field != nullptr ? *field : "");
            if (!range || !range->first)
                continue;
            next.offset = *range->first;
            if (range->total)
                of.size = range->total;
        } else if (one.failure.empty() && one.left_out == 0) {
            of.size = next.bytes.size();
        }
        of.parts.push_back(std::move(next));
    }
    for (auto& [which, of] : found)
        if (std::string bytes = joined(of.parts); of.size == bytes.size())
            whole_.emplace(which, export_content(std::move(bytes)));
}

INTHELOOP_DECL export_content const* recorded_files::whole(recorded_exchange const& part) const {
    auto const found = whole_.find(name_of(part));
    return found != whole_.end() ? &found->second : nullptr;
}

} // namespace intheloop::testing::detail

#endif
