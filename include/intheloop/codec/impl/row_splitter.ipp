// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_ROW_SPLITTER_IPP
#define INTHELOOP_CODEC_IMPL_ROW_SPLITTER_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/row_splitter.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace intheloop::codec {

namespace detail {

// Classifies a character with one lookup: a bit for each set.
enum character_set : unsigned char {
    space_characters = 1,
    string_stops = 2, // decision points within a string
    level_stops = 4,  // decision points within objects and arrays
    scalar_stops = 8, // ends of a number, true, false or null
    scalar_begins = 16,
    word_begins = 32, // of a word that is none of JSON's, as NaN: its parser refuses it
};

constexpr std::array<unsigned char, 256> make_character_sets() {
    std::array<unsigned char, 256> sets{};
    auto const add = [&](std::string_view characters, unsigned char set) {
        for (char const c : characters)
            sets[static_cast<unsigned char>(c)] |= set;
    };
    add(" \t\r\n", space_characters | scalar_stops);
    add("\"\\", string_stops);
    add("\"{}[]", level_stops | scalar_stops);
    add(",:", scalar_stops);
    add("-0123456789tfn", scalar_begins);
    for (char c = 'a'; c <= 'z'; ++c)
        add({&c, 1}, word_begins);
    for (char c = 'A'; c <= 'Z'; ++c)
        add({&c, 1}, word_begins);
    return sets;
}
inline constexpr std::array<unsigned char, 256> character_sets = make_character_sets();

inline bool is_in(char c, character_set set) {
    return (character_sets[static_cast<unsigned char>(c)] & set) != 0;
}

// Shows one character of the input.
INTHELOOP_DECL std::string shown(char c) {
    if (c >= 0x20 && c < 0x7f)
        return std::string("'") + c + "'";
    return "byte 0x" + intheloop::detail::to_hexadecimal({&c, 1});
}

} // namespace detail

INTHELOOP_DECL row_splitter::step row_splitter::next() {
    while (!failure_) {
        if (piece_.empty())
            return ended_ ? end_input() : step::need_piece;
        if (place_ == place::in_row) {
            if (scan_row())
                return step::row;
        } else if (place_ == place::mark) {
            skip_mark();
        } else if (detail::is_in(piece_.front(), detail::space_characters)) {
            take(1);
        } else {
            take_separator();
        }
    }
    return step::failed;
}

INTHELOOP_DECL void row_splitter::skip_mark() {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    if (piece_.front() == mark[static_cast<std::size_t>(offset_)]) {
        take(1);
        if (offset_ == mark.size())
            place_ = place::start;
    } else if (offset_ == 0) {
        place_ = place::start;
    } else {
        refuse("the rest of a byte order mark");
    }
}

// Consumes a character before, between or after rows; leaves the first character of a row.
INTHELOOP_DECL void row_splitter::take_separator() {
    char const c = piece_.front();
    switch (place_) {
    case place::start:
        if (c == '{') {
            is_array_ = false;
            return begin_row(c);
        }
        if (c == '"' || detail::is_in(c, detail::scalar_begins)) // scalars are valid JSON too
            return refuse("an array or objects", errc::unexpected_json);
        if (c != '[')
            return refuse("an array or objects");
        place_ = place::first_row;
        return take(1);
    case place::first_row:
        if (c != ']')
            return begin_row(c);
        place_ = place::after_array;
        return take(1);
    case place::after_row:
        if (c != ',' && c != ']')
            return refuse("',' or ']'");
        place_ = c == ',' ? place::next_row : place::after_array;
        return take(1);
    case place::objects: return c == '{' ? begin_row(c) : refuse("an object");
    case place::after_array: return refuse("nothing after the array");
    default: return begin_row(c); // place::next_row
    }
}

INTHELOOP_DECL void row_splitter::begin_row(char first) {
    if (detail::is_in(first, detail::scalar_begins) || detail::is_in(first, detail::word_begins))
        part_ = part::scalar;
    else if (first == '{' || first == '[' || first == '"')
        part_ = part::levels;
    else
        return refuse("a value");
    place_ = place::in_row;
    row_begin_ = offset_;
    earlier_.clear();
}

// Scans within a row; returns whether it reached its end. Looks at most one byte beyond the limit,
// so that the first error does not depend on the pieces.
INTHELOOP_DECL bool row_splitter::scan_row() {
    std::size_t const room = options_.max_row_size - earlier_.size();
    std::string_view const text = room < piece_.size() ? piece_.substr(0, room + 1) : piece_;
    std::size_t const end = part_ == part::scalar ? find_scalar_end(text) : find_row_end(text);
    if (failure_)
        return false;
    std::string_view const found = text.substr(0, end);
    take(found.size());
    if (found.size() > room)
        return refuse_size(), false;
    if (end == text.npos) {
        earlier_.append(found);
        return false;
    }
    row_ = earlier_.empty() ? found : std::string_view(earlier_.append(found));
    ++rows_;
    place_ = is_array_ ? place::after_row : place::objects;
    return true;
}

// Scans whole blocks of 16 bytes within an object or an array, as long as they have no escapes: a
// few instructions per block, where the scan byte by byte needs as many per byte. Returns the
// position where it stopped: behind the end of the row, at a level that is too deep (and fails), or
// before an escape or an incomplete block.
INTHELOOP_DECL char const* row_splitter::scan_blocks(char const* at, char const* end) {
#ifdef __SSE2__
    constexpr int size = 16;
    auto const where = [](__m128i block, char c) {
        return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c))));
    };
    unsigned in_string = part_ == part::string ? 0xffff : 0;
    for (; end - at >= size; at += size) {
        __m128i const block = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at));
        if (where(block, '\\') != 0)
            break;
        // The bytes behind an odd number of quotation marks.
        unsigned quoted = where(block, '"');
        quoted ^= quoted << 1;
        quoted ^= quoted << 2;
        quoted ^= quoted << 4;
        quoted = (quoted ^ quoted << 8 ^ in_string) & 0xffff;
        in_string = (quoted >> (size - 1)) * 0xffff;
        __m128i const folded = _mm_or_si128(block, _mm_set1_epi8(0x20)); // [ as {, ] as }
        unsigned const open = where(folded, '{') & ~quoted;
        for (unsigned left = open | (where(folded, '}') & ~quoted); left != 0; left &= left - 1) {
            int const i = std::countr_zero(left);
            if ((open >> i & 1) == 0) {
                if (--depth_ != 0)
                    continue;
                part_ = part::levels;
                return at + i + 1;
            }
            if (++depth_ > options_.max_depth)
                return at + i;
        }
    }
    part_ = in_string != 0 ? part::string : part::levels;
#else
    static_cast<void>(end);
#endif
    return at;
}

// Returns where an object, an array or a string ends; npos if not in this text.
INTHELOOP_DECL std::size_t row_splitter::find_row_end(std::string_view text) {
    char const* at = text.data();
    char const* const end = at + text.size();
    auto const so_far = [&] { return static_cast<std::size_t>(at - text.data()); };
    while (at != end) {
        if (depth_ != 0 && part_ != part::escape && end - at >= 16) {
            at = scan_blocks(at, end);
            if (depth_ == 0)
                return so_far();
            if (depth_ > options_.max_depth)
                return refuse_depth(so_far()), text.npos;
        }
        if (part_ == part::escape) {
            ++at;
            part_ = part::string;
        } else if (part_ == part::string) {
            while (at != end && !detail::is_in(*at, detail::string_stops))
                ++at;
            if (at == end)
                break;
            part_ = *at++ == '\\' ? part::escape : part::levels;
            if (part_ == part::levels && depth_ == 0)
                return so_far();
        } else {
            while (at != end && !detail::is_in(*at, detail::level_stops))
                ++at;
            if (at == end)
                break;
            char const stop = *at++;
            if (stop == '"') {
                part_ = part::string;
            } else if (stop == '{' || stop == '[') {
                if (++depth_ > options_.max_depth)
                    return refuse_depth(so_far() - 1), text.npos;
            } else if (--depth_ == 0) {
                return so_far();
            }
        }
    }
    return text.npos;
}

INTHELOOP_DECL std::size_t row_splitter::find_scalar_end(std::string_view text) const {
    auto const end = std::find_if(text.begin(), text.end(),
                                  [](char c) { return detail::is_in(c, detail::scalar_stops); });
    return end == text.end() ? text.npos : static_cast<std::size_t>(end - text.begin());
}

INTHELOOP_DECL row_splitter::step row_splitter::end_input() {
    auto const ends = [this](std::string const& where) {
        fail(errc::invalid_json, "the input ends " + where + " row " + std::to_string(rows_) +
                                     ", at byte " + std::to_string(offset_));
        return step::failed;
    };
    switch (place_) {
    case place::after_array:
    case place::objects: return step::end;
    case place::in_row: return ends("within");
    case place::after_row: return ends("with its array open before");
    case place::first_row:
    case place::next_row: return ends("before");
    default: fail(errc::invalid_json, "the input is empty"); return step::failed;
    }
}

INTHELOOP_DECL void row_splitter::take(std::size_t size) noexcept {
    piece_.remove_prefix(size);
    offset_ += size;
}

INTHELOOP_DECL void row_splitter::fail(errc code, std::string message) {
    failure_ = error(code, std::move(message));
}

INTHELOOP_DECL void row_splitter::fail_here(errc code, std::string const& message) {
    fail(code,
         "at row " + std::to_string(rows_) + ", byte " + std::to_string(offset_) + ": " + message);
}

INTHELOOP_DECL void row_splitter::refuse(std::string const& expected, errc code) {
    fail_here(code, "expected " + expected + ", got " + detail::shown(piece_.front()));
}

INTHELOOP_DECL void row_splitter::refuse_depth(std::size_t ahead) {
    take(ahead);
    fail_here(errc::invalid_json, "deeper than " + std::to_string(options_.max_depth) + " levels");
}

INTHELOOP_DECL void row_splitter::refuse_size() {
    fail(errc::response_too_large, "row " + std::to_string(rows_) + ", which begins at byte " +
                                       std::to_string(row_begin_) + ", is larger than " +
                                       std::to_string(options_.max_row_size) + " bytes");
}

} // namespace intheloop::codec

#endif
