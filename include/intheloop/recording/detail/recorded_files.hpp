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

// The files of a recording, joined from their fetched parts.
class recorded_files {
public:
    explicit recorded_files(std::vector<recorded_exchange> const& exchanges);

    // Returns the file of an exchange with a part of it, if the whole file was recorded.
    [[nodiscard]] export_content const* whole(recorded_exchange const& part) const;

private:
    // Address and ETag: a file may have been replaced by another one at the same address.
    using name = std::pair<std::string, std::string>;
    class file_part {
    public:
        std::uint64_t offset;
        std::string bytes;
    };
    class file {
    public:
        std::vector<file_part> parts; // in the order in which their requests began
        std::optional<std::uint64_t> size;
    };

    static name name_of(recorded_exchange const& part);
    // Returns the bytes from the first one up to the first gap.
    static std::string joined(std::vector<file_part> const& parts);

    std::map<name, export_content> whole_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recorded_files.ipp>
#endif

#endif
