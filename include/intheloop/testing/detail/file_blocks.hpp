// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_DETAIL_FILE_BLOCKS_HPP
#define INTHELOOP_TESTING_DETAIL_FILE_BLOCKS_HPP

#include <intheloop/testing/detail/byte_range.hpp>
#include <intheloop/testing/export_content.hpp>
#include <intheloop/testing/response_override.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace intheloop::testing::detail {

// The place where a response breaks off.
class file_cut {
public:
    std::uint64_t after; // bytes of the body
    connection_end ending;
};

// The body of a response with a file or a part of it.
class file_body {
public:
    export_content content;
    byte_range range;
    bool chunked = false;
    std::optional<std::uint64_t> bytes_per_second; // 0 counts as 1
    std::optional<file_cut> cut;
};

// Makes the bytes of such a body as they are sent, block by block. Does no input or output.
class file_blocks {
public:
    explicit file_blocks(file_body body);

    // Puts the next bytes into `block`. Returns false if there are none: the body is complete or
    // cut here, or the content could not be generated.
    [[nodiscard]] bool next(std::string& block);

    // Returns the time from the first block to the last one that next() made, at which to write it.
    [[nodiscard]] std::chrono::nanoseconds due() const noexcept { return due_; }

    // Returns whether next() returned false because the body is complete.
    [[nodiscard]] bool complete() const noexcept { return complete_; }

private:
    bool append_content(std::string& block, std::size_t size) const;
    bool finish(std::string& block);

    file_body const body_;
    bool const cut_;
    std::uint64_t const end_; // of the bytes to send: all bytes, or the bytes before the cut
    std::size_t const block_size_;
    std::uint64_t sent_ = 0;
    std::chrono::nanoseconds due_{0};
    bool complete_ = false;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/testing/impl/file_blocks.ipp>
#endif

#endif
