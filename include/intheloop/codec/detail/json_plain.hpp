// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_DETAIL_JSON_PLAIN_HPP
#define INTHELOOP_CODEC_DETAIL_JSON_PLAIN_HPP

#include <intheloop/codec/detail/json_type.hpp>
#include <intheloop/codec/detail/utf8.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>

namespace intheloop::codec::detail {

// Reads usual documents in a third of the parser's time: one object whose values are texts without
// escapes, whole numbers, true, false or null. Gives up at anything else: the parser then reads the
// document from its beginning, and reports errors. So this reader must read every document that it
// accepts exactly as the parser does; tests/codec/json_readers.cpp compares them.
class json_plain_reader {
public:
    explicit json_plain_reader(std::string_view text, bool null_is_absent = false)
        : at_(text.data()), end_(text.data() + text.size()), null_is_absent_(null_is_absent) {}

    // Returns false if the document is of another form; `unknown_keys` is then unchanged.
    bool read(json_type const& type, void* object, std::size_t& unknown_keys) {
        if (type.kind != json_type::object || !take('{'))
            return false;
        std::uint64_t seen = 0;
        std::size_t unknown = 0;
        std::size_t expected = 0; // members usually come in declaration order
        do {
            std::string_view key;
            if (!read_string(key) || !take(':'))
                return false;
            std::size_t const which = find(type, key, expected);
            json_scalar scalar;
            if (!read_scalar(scalar))
                return false;
            if (which == type.members.size()) {
                ++unknown;
                continue;
            }
            json_member const& member = type.members[which];
            if ((seen >> which & 1) != 0 || !give(scalar, member.type(), member.at(object)))
                return false;
            seen |= std::uint64_t{1} << which;
            expected = which + 1;
        } while (take(','));
        if (!take('}') || at_ != end_ || !has_all(type, seen))
            return false;
        unknown_keys += unknown;
        return true;
    }

private:
    // The octets of a string without escapes.
    static constexpr auto plain = [] {
        std::array<bool, 256> table{};
        for (std::size_t octet = 0x20; octet != 0x100; ++octet)
            table[octet] = octet != '"' && octet != '\\';
        return table;
    }();

    // Returns whether eight octets are ASCII of such a string: one look at all of them.
    static bool are_plain(char const* eight) {
        constexpr std::uint64_t each = 0x0101010101010101, high = 0x80 * each;
        std::uint64_t octets;
        std::memcpy(&octets, eight, sizeof octets);
        auto const zero_in = [](std::uint64_t of) { return (of - each) & ~of; };
        return ((octets | (octets - 0x20 * each) | zero_in(octets ^ '"' * each) |
                 zero_in(octets ^ '\\' * each)) &
                high) == 0;
    }

    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
            ++at_;
    }
    // Consumes a character and the white space around it.
    bool take(char mark) {
        skip_space();
        if (at_ == end_ || *at_ != mark)
            return false;
        ++at_;
        skip_space();
        return true;
    }

    bool read_string(std::string_view& out) {
        if (at_ == end_ || *at_ != '"')
            return false;
        char const* const begin = at_ + 1;
        char const* last = begin;
        while (end_ - last >= 8 && are_plain(last))
            last += 8;
        unsigned char all = 0;
        while (last != end_ && plain[static_cast<unsigned char>(*last)])
            all |= static_cast<unsigned char>(*last++);
        if (last == end_ || *last != '"')
            return false;
        out = {begin, static_cast<std::size_t>(last - begin)};
        at_ = last + 1;
        return all < 0x80 || is_utf8(out);
    }
    bool read_integer(std::int64_t& out) {
        if (at_ == end_ || *at_ < '1' || *at_ > '9') // signs and zeros are left to the parser
            return false;
        auto const [next, failed] = std::from_chars(at_, end_, out);
        at_ = next;
        return failed == std::errc() && at_ != end_ && *at_ != '.' && *at_ != 'e' && *at_ != 'E';
    }
    bool read_word(std::string_view word) {
        if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word))
            return false;
        at_ += word.size();
        return true;
    }
    // The first character decides: if the rest does not match, no other kind is tried.
    bool read_scalar(json_scalar& out) {
        switch (at_ == end_ ? '\0' : *at_) {
        case '"': out.kind = json_scalar::string; return read_string(out.string_value);
        case 'n': out.kind = json_scalar::null; return read_word("null");
        case 't':
            out.kind = json_scalar::boolean;
            out.boolean_value = true;
            return read_word("true");
        case 'f': out.kind = json_scalar::boolean; return read_word("false");
        default: out.kind = json_scalar::int64; return read_integer(out.int64_value);
        }
    }
    bool give(json_scalar const& scalar, json_type const& declared, void* object) const {
        json_type const* type = &declared;
        while (type->kind == json_type::wrapper) {
            if (scalar.kind == json_scalar::null && type->set_null)
                return type->set_null(object), true;
            if (scalar.kind == json_scalar::null && null_is_absent_ && !takes_null(type->inner()))
                return type->reset(object), true;
            object = type->emplace(object);
            type = &type->inner();
        }
        return type->kind == json_type::scalar && type->take(object, scalar);
    }

    static std::size_t find(json_type const& type, std::string_view key, std::size_t expected) {
        if (expected < type.members.size() && type.members[expected].name == key)
            return expected;
        std::size_t which = 0;
        while (which != type.members.size() && type.members[which].name != key)
            ++which;
        return which;
    }
    static bool has_all(json_type const& type, std::uint64_t seen) {
        for (std::size_t i = 0; i != type.members.size(); ++i)
            if (type.members[i].required && (seen >> i & 1) == 0)
                return false;
        return true;
    }

    char const* at_;
    char const* end_;
    bool null_is_absent_;
};

} // namespace intheloop::codec::detail

#endif
