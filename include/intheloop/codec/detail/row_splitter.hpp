// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_ROW_SPLITTER_HPP
#define INTHELOOP_CODEC_DETAIL_ROW_SPLITTER_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/codec/row_options.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::codec {

// Splits a JSON text of any size, received in pieces of any size, into rows: the elements of an
// array, or the objects of a sequence with white space between them (NDJSON), which may be a single
// object. The first character decides, after a byte order mark and white space.
//
// Tracks strings and levels only: the row's parser checks whether the text is valid JSON. A row
// within one piece is not copied; of the others, one at a time is kept.
//
//     for (;;)
//         switch (splitter.next()) {
//         case step::row:        use(splitter.row()); break;
//         case step::need_piece: splitter.feed(...) or splitter.feed_end(); break;
//         case step::end:        return;
//         case step::failed:     throw exception(splitter.failure());
//         }
class row_splitter {
public:
    enum class step { row, need_piece, end, failed };

    explicit row_splitter(row_options options = row_options()) : options_(options) {}

    // Sets the next piece, when next() needs one. It must live until next() needs another.
    void feed(std::string_view piece) noexcept { piece_ = piece; }
    // Reports the end of the pieces.
    void feed_end() noexcept { ended_ = true; }

    // Advances to the next row. After the end or a failure it returns the same again.
    INTHELOOP_DECL step next();

    // Return the text of the row, valid until next() is called again, and its offset in the whole
    // text.
    std::string_view row() const noexcept { return row_; }
    std::uint64_t row_begin() const noexcept { return row_begin_; }

    std::uint64_t rows() const noexcept { return rows_; }    // found so far
    std::uint64_t bytes() const noexcept { return offset_; } // processed so far

    // Returns the error, with the row (the first is row 0) and the byte: errc::invalid_json,
    // errc::unexpected_json if the text is neither an array nor objects, errc::response_too_large
    // for a row above the limit. Undefined if next() did not fail.
    error const& failure() const noexcept { return *failure_; }

private:
    enum class place { mark, start, first_row, next_row, after_row, after_array, objects, in_row };
    enum class part { levels, string, escape, scalar }; // of a row

    void skip_mark();
    void take_separator();
    void begin_row(char first);
    bool scan_row();
    std::size_t find_row_end(std::string_view text);
    char const* scan_blocks(char const* at, char const* end);
    std::size_t find_scalar_end(std::string_view text) const;
    step end_input();

    void take(std::size_t size) noexcept;
    void fail(errc code, std::string message);
    void fail_here(errc code, std::string const& message);
    void refuse(std::string const& expected, errc code = errc::invalid_json);
    void refuse_depth(std::size_t ahead);
    void refuse_size();

    row_options options_;
    std::string_view piece_; // the rest of the piece
    bool ended_ = false;
    place place_ = place::mark;
    bool is_array_ = true;
    std::uint64_t offset_ = 0;
    std::uint64_t rows_ = 0;
    std::optional<error> failure_;

    part part_ = part::levels;
    std::size_t depth_ = 0;
    std::uint64_t row_begin_ = 0;
    std::string_view row_;
    std::string earlier_; // the beginning of a row from earlier pieces
};

} // namespace intheloop::codec

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/codec/impl/row_splitter.ipp>
#endif

#endif
