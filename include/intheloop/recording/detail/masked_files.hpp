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

// Files without secrets, also where one stands at the end of a part that was fetched and at the
// beginning of the next.
class masked_files {
public:
    // A file at the same address may have been replaced by another one: the ETag tells them apart.
    using name = std::pair<std::string, std::string>;

    // A part of a file from an offset on, if that is known. `whose` finds its bytes again; they
    // have to live until mask().
    void add(void const* whose, name which, std::optional<std::uint64_t> offset,
             std::string_view bytes);
    void mask(secret_marks const& marks);

    // What became of a part; empty before mask().
    [[nodiscard]] std::string_view masked(void const* whose) const;

private:
    class part {
    public:
        void const* whose;
        std::optional<std::uint64_t> offset;
        std::string_view bytes;
    };
    class run { // without a gap
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
