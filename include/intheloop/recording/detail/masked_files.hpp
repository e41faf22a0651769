// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_MASKED_FILES_HPP
#define INTHELOOP_RECORDING_DETAIL_MASKED_FILES_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/recording/detail/secret_marks.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

// Removes the secrets of files, even a secret that begins at the end of a fetched part and ends in
// the next one.
class masked_files {
public:
    // Address and ETag: a file may have been replaced by another one at the same address.
    using name = std::pair<std::string, std::string>;

    // Adds a part of a file, from an offset on, if that is known. `owner` identifies the part. The
    // bytes must live until mask().
    void add(void const* owner, name file, std::optional<std::uint64_t> offset,
             std::string_view bytes);
    void mask(secret_marks const& marks);

    // Returns the masked bytes of a part; nothing before mask().
    [[nodiscard]] std::string_view masked(void const* owner) const;

private:
    class part {
    public:
        void const* owner;
        std::optional<std::uint64_t> offset;
        std::string_view bytes;
    };
    class run { // parts without a gap
    public:
        std::uint64_t offset;
        bool begins_later;
        std::string bytes;
    };
    class place {
    public:
        std::size_t run, begin, size;
    };

    bool append(run& to, part const& from) const;

    std::map<name, std::vector<part>> parts_;
    std::vector<run> runs_;
    std::map<void const*, place> places_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/masked_files.ipp>
#endif

#endif
