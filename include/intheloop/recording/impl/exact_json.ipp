// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_EXACT_JSON_IPP
#define INTHELOOP_RECORDING_IMPL_EXACT_JSON_IPP

#include <intheloop/codec/detail/utf8.hpp>
#include <intheloop/recording/detail/exact_json.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

inline constexpr std::size_t deepest_json = 512;

INTHELOOP_DECL double finite(double number) {
    constexpr double most = std::numeric_limits<double>::max();
    return std::isnan(number) ? 0 : std::clamp(number, -most, most);
}

INTHELOOP_DECL std::size_t count_members(boost::json::value const& value) {
    std::size_t count = 0;
    if (auto const* const object = value.if_object())
        for (auto const& member : *object)
            count += 1 + count_members(member.value());
    else if (auto const* const array = value.if_array())
        for (auto const& element : *array)
            count += count_members(element);
    return count;
}

// Returns whether parsing keeps a number exactly: an integer of 64 bits, or a number with no more
// digits than a double can hold, and no higher power of ten, so that it is rounded once.
INTHELOOP_DECL bool is_exact_number(std::string_view text) {
    constexpr std::ptrdiff_t digits_of_double = 15;
    constexpr std::int64_t power_of_double = 22;
    char const* const end = text.data() + text.size();
    std::int64_t integer = 0;
    std::uint64_t natural = 0;
    if (auto const read = std::from_chars(text.data(), end, integer);
        read.ec == std::errc() && read.ptr == end)
        return text != "-0";
    if (auto const read = std::from_chars(text.data(), end, natural);
        read.ec == std::errc() && read.ptr == end)
        return true;
    std::string_view const digits = text.substr(0, text.find_first_of("eE"));
    if (std::count_if(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }) >
        digits_of_double)
        return false;
    std::int64_t power = 0;
    char const* exponent = std::min(digits.data() + digits.size() + 1, end);
    exponent += exponent != end && *exponent == '+' ? 1 : 0;
    if (exponent != end && std::from_chars(exponent, end, power).ec != std::errc())
        return false;
    if (std::size_t const point = digits.find('.'); point != digits.npos)
        power -= static_cast<std::int64_t>(digits.size() - point - 1);
    return power >= -power_of_double && power <= power_of_double;
}

// Counts the members of a JSON text, and finds its numbers: the parts outside of its strings.
class json_tokens {
public:
    explicit json_tokens(std::string_view text) {
        constexpr std::string_view of_number = "+-.0123456789eE";
        for (std::size_t at = 0; at != text.size();) {
            char const c = text[at];
            if (c == '"') {
                for (++at; text[at] != '"'; ++at)
                    at += text[at] == '\\' ? 1 : 0;
                ++at;
            } else if (c == '-' || (c >= '0' && c <= '9')) {
                std::size_t const end =
                    std::min(text.find_first_not_of(of_number, at), text.size());
                numbers.push_back(text.substr(at, end - at));
                if (!is_exact_number(numbers.back()))
                    rounded.push_back(numbers.back());
                at = end;
            } else {
                members += c == ':' ? 1 : 0;
                ++at;
            }
        }
    }

    std::size_t members = 0;
    std::vector<std::string_view> numbers;
    std::vector<std::string_view> rounded;
};

INTHELOOP_DECL std::optional<json_reading> read_json(std::string_view marked) {
    std::string_view const text = codec::without_byte_order_mark(marked);
    boost::json::parse_options options;
    options.max_depth = deepest_json;
    boost::system::error_code problem;
    json_reading read;
    read.value = boost::json::parse({text.data(), text.size()}, problem, {}, options);
    if (problem)
        return std::nullopt;
    json_tokens tokens(text);
    read.has_all_members = tokens.members == count_members(read.value);
    read.numbers = std::move(tokens.numbers);
    read.rounded = std::move(tokens.rounded);
    read.is_exact = read.has_all_members && read.rounded.empty() && text.size() == marked.size();
    return read;
}

INTHELOOP_DECL std::optional<boost::json::value> exact_json(std::string_view text) {
    auto read = read_json(text);
    return read && read->is_exact ? std::optional(std::move(read->value)) : std::nullopt;
}

INTHELOOP_DECL bool is_plain(boost::json::value const& value) {
    return !(value.is_object() && !value.get_object().empty()) &&
           !(value.is_array() && !value.get_array().empty());
}

INTHELOOP_DECL std::string on_one_line(boost::json::value const& value) {
    std::string line;
    char const* separator = "";
    auto const add = [&](std::string const& text) {
        line += separator;
        line += text;
        separator = ", ";
    };
    if (auto const* const object = value.if_object()) {
        for (auto const& member : *object)
            add(boost::json::serialize(member.key()) + ": " +
                boost::json::serialize(member.value()));
        return '{' + line + '}';
    }
    if (auto const* const array = value.if_array()) {
        for (auto const& element : *array)
            add(boost::json::serialize(element));
        return '[' + line + ']';
    }
    return boost::json::serialize(value);
}

INTHELOOP_DECL void append_pretty(std::string& out, boost::json::value const& value,
                                  std::size_t indent, std::size_t column) {
    constexpr std::size_t width = 100;
    constexpr std::size_t step = 2;
    auto const* const object = value.if_object();
    auto const* const array = value.if_array();
    bool const flat = object != nullptr
                          ? std::all_of(object->begin(), object->end(),
                                        [](auto const& member) { return is_plain(member.value()); })
                      : array != nullptr ? std::all_of(array->begin(), array->end(), is_plain)
                                         : true;
    if (flat) {
        std::string const line = on_one_line(value);
        if (is_plain(value) || column + line.size() <= width) {
            out += line;
            return;
        }
    }
    char const* separator = "\n";
    auto const begin = [&](std::string const& name) {
        out += separator;
        out.append(indent + step, ' ');
        out += name;
        separator = ",\n";
    };
    out += object != nullptr ? '{' : '[';
    if (object != nullptr)
        for (auto const& member : *object) {
            std::string const name = boost::json::serialize(member.key()) + ": ";
            begin(name);
            append_pretty(out, member.value(), indent + step, indent + step + name.size());
        }
    else
        for (auto const& element : *array) {
            begin({});
            append_pretty(out, element, indent + step, indent + step);
        }
    out += '\n';
    out.append(indent, ' ');
    out += object != nullptr ? '}' : ']';
}

INTHELOOP_DECL std::string pretty_json(boost::json::value const& value) {
    std::string text;
    append_pretty(text, value, 0, 0);
    return text + '\n';
}

INTHELOOP_DECL std::optional<std::string> from_base64(std::string_view text) {
    std::string bytes(3 * (text.size() / 4) + 1, '\0');
    int const size = text.size() % 4 != 0
                         ? -1
                         : EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                           reinterpret_cast<unsigned char const*>(text.data()),
                                           static_cast<int>(text.size()));
    if (size < 0)
        return std::nullopt;
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    bytes.resize(static_cast<std::size_t>(size) - padding);
    return bytes;
}

} // namespace intheloop::testing::detail

#endif
