// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_PLAIN_VALUE_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_PLAIN_VALUE_HPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <boost/json/string_view.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_stack.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace intheloop::codec::detail {

// Reads a document into a value in half of the parser's instructions. Gives up at what is rare:
// numbers of more than 18 digits, \u, too many levels, anything that is no JSON. The parser then
// reads the document from its beginning, and reports errors. So this reader must read every
// document that it accepts exactly as the parser does; tests/codec/json_readers.cpp compares them.
class json_plain_value_reader {
public:
    json_plain_value_reader(std::string_view text, std::size_t max_depth)
        : at_(text.data()), end_(text.data() + text.size()), levels_left_(max_depth) {}

    // Returns false if the document is of another form.
    bool read(boost::json::value& into) {
        values_.reset();
        if (!value())
            return false;
        skip_space();
        if (at_ != end_)
            return false;
        into = values_.release();
        return true;
    }

private:
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

    void skip_space() {
        while (at_ != end_ && is_space(*at_))
            ++at_;
    }
    // Takes this character after white space.
    bool take(char c) {
        if (at_ != end_ && *at_ == c)
            return ++at_, true;
        skip_space();
        if (at_ == end_ || *at_ != c)
            return false;
        return ++at_, true;
    }

    bool value() {
        skip_space();
        if (at_ == end_)
            return false;
        switch (*at_) {
        case '"': ++at_; return string(false);
        case '{': return level(&json_plain_value_reader::object);
        case '[': return level(&json_plain_value_reader::array);
        case 't': return literal("true") && (values_.push_bool(true), true);
        case 'f': return literal("false") && (values_.push_bool(false), true);
        case 'n': return literal("null") && (values_.push_null(), true);
        default: return number();
        }
    }
    bool level(bool (json_plain_value_reader::*elements)()) {
        if (levels_left_ == 0)
            return false;
        --levels_left_;
        ++at_;
        bool const is_read = (this->*elements)();
        ++levels_left_;
        return is_read;
    }
    bool object() {
        std::size_t size = 0;
        if (!take('}')) {
            do {
                if (!take('"') || !string(true) || !take(':') || !value())
                    return false;
                ++size;
            } while (take(','));
            if (!take('}'))
                return false;
        }
        values_.push_object(size);
        return true;
    }
    bool array() {
        std::size_t size = 0;
        if (!take(']')) {
            do {
                if (!value())
                    return false;
                ++size;
            } while (take(','));
            if (!take(']'))
                return false;
        }
        values_.push_array(size);
        return true;
    }
    bool literal(std::string_view text) {
        if (std::string_view(at_, end_).substr(0, text.size()) != text)
            return false;
        at_ += text.size();
        return true;
    }

    // Moves to the next quotation mark, backslash or control character, or to the end. Returns
    // whether all before it was ASCII.
    bool skip_plain() {
        bool is_ascii = true;
#ifdef __SSE2__
        constexpr int size = 16;
        for (; end_ - at_ >= size; at_ += size) {
            __m128i const block = _mm_loadu_si128(reinterpret_cast<__m128i const*>(at_));
            __m128i const control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
            __m128i const stops =
                _mm_or_si128(control, _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8('"')),
                                                   _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'))));
            auto const stop = static_cast<unsigned>(_mm_movemask_epi8(stops));
            auto const high = static_cast<unsigned>(_mm_movemask_epi8(block));
            if (stop != 0) {
                int const before = std::countr_zero(stop);
                at_ += before;
                return is_ascii && (high & ((1u << before) - 1)) == 0;
            }
            is_ascii = is_ascii && high == 0;
        }
#endif
        for (; at_ != end_ && *at_ != '"' && *at_ != '\\'; ++at_) {
            auto const c = static_cast<unsigned char>(*at_);
            if (c < 0x20)
                break;
            is_ascii = is_ascii && c < 0x80;
        }
        return is_ascii;
    }
    // Behind the first quotation mark.
    bool string(bool is_key) {
        char const* const begin = at_;
        bool is_ascii = skip_plain();
        if (at_ == end_)
            return false;
        std::string_view text(begin, at_);
        if (*at_ == '\\') {
            unescaped_.assign(text);
            if (!unescape(is_ascii))
                return false;
            text = unescaped_;
        }
        if (*at_ != '"' || (!is_ascii && !is_utf8(text)))
            return false;
        ++at_;
        if (is_key)
            values_.push_key(boost::json::string_view(text.data(), text.size()));
        else
            values_.push_string(boost::json::string_view(text.data(), text.size()));
        return true;
    }
    bool unescape(bool& is_ascii) {
        constexpr std::string_view escapes = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
        while (*at_ == '\\') {
            if (end_ - at_ < 2)
                return false;
            auto const which = escapes.find(at_[1]);
            if (which == escapes.npos)
                return false;
            unescaped_ += meant[which];
            at_ += 2;
            char const* const begin = at_;
            is_ascii = skip_plain() && is_ascii;
            if (at_ == end_)
                return false;
            unescaped_.append(begin, at_);
        }
        return true;
    }

    bool number() {
        using intheloop::detail::is_digit;
        char const* const begin = at_;
        bool const is_negative = *at_ == '-';
        at_ += is_negative;
        char const* const digits = at_;
        std::int64_t whole = 0;
        constexpr std::ptrdiff_t most_digits = 18; // they fit into an int64_t
        for (; at_ != end_ && is_digit(*at_) && at_ - digits != most_digits; ++at_)
            whole = whole * 10 + (*at_ - '0');
        bool const has_zero = at_ != digits && *digits == '0';
        if (at_ == digits || (has_zero && at_ - digits != 1) || (at_ != end_ && is_digit(*at_)))
            return false;
        if (at_ == end_ || (*at_ != '.' && *at_ != 'e' && *at_ != 'E')) {
            if (has_zero && is_negative)
                return false;
            values_.push_int64(is_negative ? -whole : whole);
            return true;
        }
        return fraction(begin);
    }
    // As the parser's handler, reads the number's whole text.
    bool fraction([[maybe_unused]] char const* begin) {
#ifdef __cpp_lib_to_chars
        auto const take_digits = [this] {
            char const* const first = at_;
            while (at_ != end_ && intheloop::detail::is_digit(*at_))
                ++at_;
            return at_ != first;
        };
        if (*at_ == '.' && (++at_, !take_digits()))
            return false;
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-'))
                ++at_;
            char const* const exponent = at_;
            constexpr std::ptrdiff_t most_digits = 9; // the parser refuses one that is no int
            if (!take_digits() || at_ - exponent > most_digits)
                return false;
        }
        double number = 0;
        if (std::from_chars(begin, at_, number).ec != std::errc())
            return false;
        values_.push_double(number);
        return true;
#else
        return false;
#endif
    }

    char const* at_;
    char const* end_;
    std::size_t levels_left_;
    std::string unescaped_;
    // Avoids an allocation while a small value is built.
    alignas(boost::json::value) std::array<unsigned char, 2048> first_values_;
    boost::json::value_stack values_{{}, first_values_.data(), first_values_.size()};
};

} // namespace intheloop::codec::detail

#endif
