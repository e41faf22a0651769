// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_RECORDED_FILES_HPP
#define INTHELOOP_RECORDING_DETAIL_RECORDED_FILES_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/recording/recording.hpp>
#include <intheloop/testing/export_content.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

// The files of a recording, put together from the parts of them that were fetched.
class recorded_files {
public:
    explicit recorded_files(std::vector<recorded_exchange> const& exchanges);

    // The file of which an exchange carries a part, if all of it was recorded.
    [[nodiscard]] export_content const* whole(recorded_exchange const& part) const;

private:
    // A file at the same address may have been replaced by another one: the ETag tells them apart.
    using name = std::pair<std::string, std::string>;
    class parts {
    public:
        std::string bytes; // without a gap
        std::optional<std::uint64_t> size;
    };

    static name name_of(recorded_exchange const& part);

    std::map<name, export_content> whole_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recorded_files.ipp>
#endif

#endif
