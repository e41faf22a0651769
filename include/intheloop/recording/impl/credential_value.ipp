// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_CREDENTIAL_VALUE_IPP
#define INTHELOOP_RECORDING_IMPL_CREDENTIAL_VALUE_IPP

// The spellings of names and values of credentials.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/recording/detail/found_credential.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

// Undoes the escapes of so many layers of JSON. Keeps the text where they are none.
INTHELOOP_DECL std::string json_unescaped(std::string_view text, std::size_t layers) {
    std::string plain(text);
    for (; layers != 0 && plain.find('\\') != plain.npos; --layers) {
        boost::system::error_code problem;
        boost::json::value const read = boost::json::parse('"' + plain + '"', problem);
        if (problem || !read.is_string())
            break;
        plain = std::string(read.get_string().data(), read.get_string().size());
    }
    return plain;
}

// Undoes the escapes of HTML, and those within them.
INTHELOOP_DECL std::string html_unescaped(std::string_view text) {
    std::string plain;
    for (;;) {
        std::size_t const at = std::min(text.find('&'), text.size());
        plain += text.substr(0, at);
        text.remove_prefix(at);
        if (text.empty())
            return plain;
        policy::spelled_readings readings;
        policy::read_spelled(text, readings);
        policy::spelled_reading longest = readings[0];
        for (policy::spelled_reading const& one : readings)
            if (one.count != 0 && one.length >= longest.length)
                longest = one;
        plain += longest.text();
        text.remove_prefix(longest.length);
    }
}

// Reads an escape of HTML by number at the beginning of a text. Its length is 0 if there is none.
INTHELOOP_DECL policy::spelled_reading read_html_number(std::string_view text) {
    if (!text.starts_with("&#"))
        return {};
    policy::spelled_readings readings;
    policy::read_spelled(text, readings);
    return readings.size() != 1 ? readings[1] : policy::spelled_reading();
}

// Returns the texts that stand for a value: the plain one, that without escapes of HTML, and the
// value as it is spelled. One in quotation marks would match a string of JSON with its marks.
INTHELOOP_DECL std::vector<std::string> value_texts(std::string plain, std::string_view spelled) {
    std::string of_html = html_unescaped(plain);
    std::vector<std::string> texts{std::move(plain)};
    bool const is_string =
        of_html.find_first_of("\"'") == 0 || of_html.find_last_of("\"'") == of_html.size() - 1;
    if (!is_string && of_html != texts.front())
        texts.push_back(std::move(of_html));
    if (spelled != texts.front())
        texts.emplace_back(spelled);
    return texts;
}

// Counts the characters at the beginning of a text that may belong to a name without quotation
// marks.
INTHELOOP_DECL std::size_t name_part(std::string_view rest) {
    auto const is_part = [](char c) {
        return intheloop::detail::is_word_char(c) ||
               std::string_view("-.[]$~").find(c) != std::string_view::npos;
    };
    if (is_part(rest.front()))
        return 1;
    if (codec::begins_with_triplet(rest))
        return is_part(codec::percent_decoded(rest.substr(0, 3)).front()) ? 3 : 0;
    policy::spelled_reading const number = read_html_number(rest);
    if (number.count != 1 || !is_part(number.octets[0]))
        return 0;
    return number.length;
}

// Counts the characters of what stands between names: of an escape all, since a letter in it is no
// part of the next name.
INTHELOOP_DECL std::size_t separator_length(std::string_view rest) {
    if (codec::begins_with_triplet(rest))
        return 3;
    std::size_t const backslashes = std::min(rest.find_first_not_of('\\'), rest.size());
    if (backslashes == 0 || backslashes == rest.size())
        return std::max<std::size_t>(1, backslashes);
    char const c = rest[backslashes];
    bool const is_escaped = intheloop::detail::is_letter(c) || c == '"' || c == '\'';
    return std::min(backslashes + (c == 'u' ? 5 : is_escaped ? 1 : 0), rest.size());
}

// Returns where the value of a parameter ends, whose '=' is spelled so.
INTHELOOP_DECL std::size_t parameter_end(std::string_view text, std::size_t at,
                                         std::string_view sign) {
    auto const is_end = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' ||
               std::string_view("&\"'<>`;#").find(c) != std::string_view::npos;
    };
    auto const reads_end = [&](policy::spelled_reading const& one) {
        return one.count == 0 || (one.count == 1 && is_end(one.octets[0]));
    };
    bool const is_encoded = sign.starts_with('%');
    while (at != text.size()) {
        char const c = text[at];
        policy::spelled_reading const number = read_html_number(text.substr(at));
        if (number.length == 0 ? is_end(c) : reads_end(number))
            return at;
        if (c == '\\' || (c == '%' && is_encoded)) {
            policy::spelled_readings readings;
            policy::read_spelled(text.substr(at), readings);
            for (policy::spelled_reading const& one : readings)
                if (one.length > 1 && (c == '\\' || one.length == sign.size()) && reads_end(one))
                    return at;
        }
        at += std::max<std::size_t>(1, number.length);
    }
    return at;
}

// Returns the texts that stand for a value: as decoded in a query, and in a form, where '+' is a
// blank.
INTHELOOP_DECL std::vector<std::string> parameter_texts(std::string_view value) {
    std::string in_form(value);
    std::replace(in_form.begin(), in_form.end(), '+', ' ');
    std::vector<std::string> texts{codec::percent_decoded(value)};
    if (in_form != value)
        texts.push_back(codec::percent_decoded(in_form));
    return texts;
}

// Reads the value of a parameter that begins at a place, behind a '=' that is spelled so.
INTHELOOP_DECL found_credential read_parameter(std::string_view text, std::size_t begin,
                                               std::string_view sign) {
    std::size_t const end = parameter_end(text, begin, sign);
    std::string_view const spelled = text.substr(begin, end - begin);
    std::string const value = html_unescaped(json_unescaped(spelled, policy::most_layers));
    found_credential one{
        begin, end, parameter_texts(sign.starts_with('%') ? codec::percent_decoded(value) : value)};
    if (spelled.find_first_of("\\&") != spelled.npos)
        one.texts.emplace_back(spelled);
    return one;
}

} // namespace intheloop::testing::detail

#endif
