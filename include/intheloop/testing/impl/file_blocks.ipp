// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_FILE_BLOCKS_IPP
#define INTHELOOP_TESTING_IMPL_FILE_BLOCKS_IPP

#include <intheloop/testing/detail/file_blocks.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <utility>

namespace intheloop::testing::detail {

inline constexpr std::uint64_t file_block_size = 64 * 1024;
inline constexpr std::uint64_t file_blocks_per_second = 50; // of a file with a limited rate

INTHELOOP_DECL std::size_t block_size_at(std::optional<std::uint64_t> bytes_per_second) {
    std::uint64_t size = file_block_size;
    if (bytes_per_second)
        size = std::clamp<std::uint64_t>(*bytes_per_second / file_blocks_per_second, 1, size);
    return static_cast<std::size_t>(size);
}

INTHELOOP_DECL std::chrono::nanoseconds time_for(std::uint64_t bytes,
                                                 std::uint64_t bytes_per_second) {
    using seconds = std::chrono::duration<double>;
    constexpr seconds longest = std::chrono::hours(24 * 365 * 100); // within the range of a clock
    seconds const time(static_cast<double>(bytes) /
                       static_cast<double>(std::max<std::uint64_t>(bytes_per_second, 1)));
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::min(time, longest));
}

// Writes the line before the bytes of a chunk.
INTHELOOP_DECL std::string chunk_head(std::size_t size) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%zx\r\n", size);
    return text.data();
}

INTHELOOP_DECL file_blocks::file_blocks(file_body body)
    : body_(std::move(body)), cut_(body_.cut && body_.cut->after <= body_.range.size),
      end_(cut_ ? body_.cut->after : body_.range.size),
      block_size_(block_size_at(body_.bytes_per_second)) {}

INTHELOOP_DECL bool file_blocks::next(std::string& block) {
    block.clear();
    if (sent_ == end_)
        return finish(block);

    auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(block_size_, end_ - sent_));
    if (body_.chunked)
        block = chunk_head(size);
    if (!append_content(block, size))
        return false;
    if (body_.chunked)
        block += "\r\n";
    if (body_.bytes_per_second)
        due_ = time_for(sent_, *body_.bytes_per_second);
    sent_ += size;
    return true;
}

INTHELOOP_DECL bool file_blocks::append_content(std::string& block, std::size_t size) const {
    std::size_t const head = block.size();
    block.resize(head + size);
    try {
        body_.content.read(body_.range.offset + sent_, std::span<char>(block).subspan(head));
        return true;
    } catch (...) {
        return false; // the function of the test failed: the client only sees a cut
    }
}

// Writes the empty chunk that ends a chunked body.
INTHELOOP_DECL bool file_blocks::finish(std::string& block) {
    if (cut_ || complete_)
        return false;
    complete_ = true;
    if (body_.chunked)
        block = "0\r\n\r\n";
    return body_.chunked;
}

} // namespace intheloop::testing::detail

#endif
