// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_RECORDED_FILES_IPP
#define INTHELOOP_RECORDING_IMPL_RECORDED_FILES_IPP

#include <intheloop/policy/detail/download_plan.hpp>
#include <intheloop/recording/detail/exact_json.hpp>
#include <intheloop/recording/detail/recorded_files.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>

#include <boost/json/serialize.hpp>

namespace intheloop::testing::detail {

INTHELOOP_DECL recorded_files::name recorded_files::name_of(recorded_exchange const& part) {
    std::string const* const tag = find_field(part.headers, "ETag");
    return {part.target, tag != nullptr ? *tag : std::string()};
}

INTHELOOP_DECL recorded_files::recorded_files(std::vector<recorded_exchange> const& exchanges) {
    std::map<name, parts> found;
    for (recorded_exchange const& one : exchanges) {
        if (!one.carries_file())
            continue;
        std::string const bytes = one.body.form == recorded_body::form::json
                                      ? boost::json::serialize(one.body.json)
                                      : one.body.bytes;
        parts& file = found[name_of(one)];
        std::uint64_t offset = 0;
        if (one.status == 206) {
            std::string const* const field = find_field(one.headers, "Content-Range");
            auto const range = policy::parse_content_range(field != nullptr ? *field : "");
            if (!range || !range->first)
                continue;
            offset = *range->first;
            if (range->total)
                file.size = range->total;
        } else if (one.failure.empty() && one.left_out == 0) {
            file.size = bytes.size();
        }
        if (offset <= file.bytes.size() && offset + bytes.size() > file.bytes.size())
            file.bytes.replace(static_cast<std::size_t>(offset), file.bytes.npos, bytes);
    }
    for (auto& [which, file] : found)
        if (file.size == file.bytes.size())
            whole_.emplace(which, export_content(std::move(file.bytes)));
}

INTHELOOP_DECL export_content const* recorded_files::whole(recorded_exchange const& part) const {
    auto const found = whole_.find(name_of(part));
    return found != whole_.end() ? &found->second : nullptr;
}

} // namespace intheloop::testing::detail

#endif
