// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_JSON_PLAIN_HPP
#define INTHELOOP_CODEC_IMPL_JSON_PLAIN_HPP

#include <intheloop/codec/json_type.hpp>

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace intheloop::codec::detail {

// Reads the usual document in a third of the time: one object of known members, whose values are
// ASCII texts without escapes or whole numbers. At whatever else it gives up: the parser then reads
// the document from its beginning, and says what may be wrong.
class json_plain_reader {
public:
    explicit json_plain_reader(std::string_view text)
        : at_(text.data()), end_(text.data() + text.size()) {}

    // False: it is not such a document.
    bool read(json_type const& type, void* object) {
        if (type.kind != json_type::object || !take('{'))
            return false;
        std::uint64_t seen = 0;
        std::size_t expected = 0; // members mostly come in their order
        do {
            std::string_view key;
            if (!read_string(key) || !take(':'))
                return false;
            std::size_t const which = find(type, key, expected);
            if (which == type.members.size() || (seen >> which & 1) != 0)
                return false;
            json_member const& member = type.members[which];
            if (!read_value(member.type(), member.at(object)))
                return false;
            seen |= std::uint64_t{1} << which;
            expected = which + 1;
        } while (take(','));
        return take('}') && at_ == end_ && has_all(type, seen);
    }

private:
    static constexpr auto plain = [] {
        std::array<bool, 256> table{};
        for (std::size_t octet = 0x20; octet != 0x7f; ++octet)
            table[octet] = octet != '"' && octet != '\\';
        return table;
    }();

    void skip_space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t'))
            ++at_;
    }
    // With the space around it.
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
        while (last != end_ && plain[static_cast<unsigned char>(*last)])
            ++last;
        if (last == end_ || *last != '"')
            return false;
        out = {begin, static_cast<std::size_t>(last - begin)};
        at_ = last + 1;
        return true;
    }
    bool read_integer(std::int64_t& out) {
        if (at_ == end_ || *at_ < '1' || *at_ > '9') // a sign and zeros are for the parser
            return false;
        auto const [next, failed] = std::from_chars(at_, end_, out);
        at_ = next;
        return failed == std::errc() && at_ != end_ && *at_ != '.' && *at_ != 'e' && *at_ != 'E';
    }
    bool read_value(json_type const& declared, void* object) {
        json_scalar scalar;
        if (read_string(scalar.string_value))
            scalar.kind = json_scalar::string;
        else if (read_integer(scalar.int64_value))
            scalar.kind = json_scalar::int64;
        else
            return false;
        json_type const* type = &declared;
        while (type->kind == json_type::wrapper) {
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
};

} // namespace intheloop::codec::detail

#endif
