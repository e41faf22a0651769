// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_REDACT_SIGNATURES_IPP
#define INTHELOOP_POLICY_IMPL_REDACT_SIGNATURES_IPP

// The names of parameters that sign addresses, and finding them in texts.

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/policy/detail/text_address.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace intheloop::policy {

namespace detail {

// A name that signs addresses, and where it counts: a common word counts only at the beginning of a
// parameter. Names of times are not secret.
struct signing_name {
    enum class place { anywhere, as_spelled_anywhere, as_parameter, nowhere };
    std::string_view text; // in lower case, but for as_spelled_anywhere
    place known;
};
inline constexpr signing_name signing_names[] = {
    {"x-amz-", signing_name::place::anywhere}, // and any suffix
    {"x-goog-", signing_name::place::anywhere},
    {"key-pair-id", signing_name::place::anywhere},
    {"awsaccesskeyid", signing_name::place::anywhere},
    {"googleaccessid", signing_name::place::anywhere},
    {"Signature", signing_name::place::as_spelled_anywhere},
    {"Policy", signing_name::place::as_spelled_anywhere},
    {"signature", signing_name::place::as_parameter},
    {"sig", signing_name::place::as_parameter},
    {"access_token", signing_name::place::as_parameter},
    {"policy", signing_name::place::nowhere},
    {"expires", signing_name::place::nowhere},
    {"se", signing_name::place::nowhere}};

// Returns whether a parameter, or a fragment, begins behind a text.
INTHELOOP_DECL bool begins_parameter(std::string_view before) {
    constexpr std::size_t longest = 12; // of a character in its spellings
    for (std::size_t size = 1; size <= std::min(longest, before.size()); ++size)
        for (char const c : std::string_view("?&;#"))
            if (spelled_length(before.substr(before.size() - size), c) == size)
                return true;
    return before.empty();
}

inline constexpr std::size_t longest_signing_name =
    40; // twice the length of "X-Amz-Content-Sha256"

// Counts the characters at a position of a text that are a signing name and the sign behind it.
// Returns 0 if there is none.
INTHELOOP_DECL std::size_t signing_name_at(std::string_view text, std::size_t at) {
    std::string_view const rest = text.substr(at);
    for (signing_name const& name : signing_names) {
        bool const as_spelled = name.known == signing_name::place::as_spelled_anywhere;
        if (name.known == signing_name::place::nowhere ||
            (as_spelled ? !rest.starts_with(name.text)
                        : !intheloop::detail::begins_with_ignoring_case(rest, name.text)))
            continue;
        std::size_t size = name.text.size();
        while (name.text.ends_with('-') && size != std::min(rest.size(), longest_signing_name) &&
               (intheloop::detail::is_letter(rest[size]) ||
                intheloop::detail::is_digit(rest[size]) || rest[size] == '-'))
            ++size;
        std::size_t const sign = spelled_length(rest.substr(size), '=');
        if (sign != 0 && (name.known != signing_name::place::as_parameter ||
                          begins_parameter(text.substr(0, at))))
            return size + sign;
    }
    return 0;
}

// Counts the characters at the beginning of a text that belong to the value of a parameter. Returns
// 0 at its end.
INTHELOOP_DECL std::size_t value_part(std::string_view rest) {
    char const c = rest.front();
    if (std::size_t const length = break_within_address(rest); length != 0)
        return length;
    if (c == '=' || c == '&') { // possibly a character in quoted-printable, or in HTML
        spelled_readings readings;
        read_spelled(rest, readings);
        for (spelled_reading const& one : readings)
            if (one.length != 1 &&
                (one.count == 0 ||
                 (one.count == 1 &&
                  (intheloop::detail::is_word_char(one.octets[0]) ||
                   std::string_view("+/=-~%.").find(one.octets[0]) != std::string_view::npos))))
                return one.length;
    }
    bool const is_end = static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' ||
                        c == '>' || c == ';' || spelled_length(rest, '&') != 0 ||
                        rest.starts_with("\\\"");
    return is_end ? 0 : 1;
}

} // namespace detail

INTHELOOP_DECL std::vector<text_hit> find_signatures(std::string_view text) {
    constexpr char begins[] = "SKPXGAskxga";
    std::vector<text_hit> hits;
    for (std::size_t at = text.find_first_of(begins); at != text.npos;
         at = text.find_first_of(begins, at)) {
        std::size_t const name = detail::signing_name_at(text, at);
        if (name == 0) {
            ++at;
            continue;
        }
        text_hit value{at + name, at + name};
        while (value.end != text.size()) {
            std::size_t const part = detail::value_part(text.substr(value.end));
            if (part == 0)
                break;
            value.end += part;
        }
        hits.push_back(value);
        at = value.end;
    }
    return hits;
}

INTHELOOP_DECL bool signs_address(std::string_view parameter) {
    using detail::signing_names;
    auto const is_name = [&](detail::signing_name const& name) {
        return name.text.ends_with('-')
                   ? intheloop::detail::begins_with_ignoring_case(parameter, name.text)
                   : intheloop::detail::equal_ignoring_case(parameter, name.text);
    };
    return std::any_of(std::begin(signing_names), std::end(signing_names), is_name);
}

} // namespace intheloop::policy

#endif
