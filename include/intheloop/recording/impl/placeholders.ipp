// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_PLACEHOLDERS_IPP
#define INTHELOOP_RECORDING_IMPL_PLACEHOLDERS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/recording/detail/placeholders.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <vector>

namespace intheloop::testing::detail {

inline constexpr std::array<std::string_view, 5> numbered_kinds{"user", "secret", "id", "etag",
                                                                "file"};
inline constexpr std::array<std::string_view, 3> single_kinds{"api", "any", "braces"};
inline constexpr std::string_view taken_out = "[redacted]";

// Returns whether the values of a placeholder are compared without regard to case: users, and
// UUIDs.
INTHELOOP_DECL bool is_any_case(std::string_view name) {
    return name.starts_with("user:") || name.starts_with("id:");
}

// Returns the number of "kind:n"; 0 for other names.
INTHELOOP_DECL std::size_t number_of(std::string_view name, std::string_view kind) {
    if (!name.starts_with(kind) || name.size() < kind.size() + 2 || name[kind.size()] != ':')
        return 0;
    std::string_view const digits = name.substr(kind.size() + 1);
    std::size_t number = 0;
    auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return ec == std::errc() && end == digits.data() + digits.size() && digits.front() != '0'
               ? number
               : 0;
}

INTHELOOP_DECL std::string_view leading_placeholder(std::string_view text) {
    if (!text.starts_with("{{"))
        return {};
    constexpr std::size_t longest = 40; // of all placeholders, with braces
    text = text.substr(0, longest);
    std::string_view const name = text.substr(2, std::min(text.find("}}"), text.size()) - 2);
    bool const numbered = std::any_of(numbered_kinds.begin(), numbered_kinds.end(),
                                      [&](auto kind) { return number_of(name, kind) != 0; });
    bool const single =
        std::find(single_kinds.begin(), single_kinds.end(), name) != single_kinds.end();
    return (numbered || single) && name.size() + 4 <= text.size() ? name : std::string_view();
}

INTHELOOP_DECL bool begins_unclosed_placeholder(std::string_view text) {
    if (!text.starts_with("{{") || !leading_placeholder(text).empty())
        return false;
    constexpr std::size_t longest = 40; // as above
    text = text.substr(2, longest);
    std::size_t const size =
        std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz:0123456789"), text.size());
    std::string_view const name = text.substr(0, size);
    bool const numbered = std::any_of(numbered_kinds.begin(), numbered_kinds.end(),
                                      [&](auto kind) { return number_of(name, kind) != 0; });
    bool const single =
        std::find(single_kinds.begin(), single_kinds.end(), name) != single_kinds.end();
    return numbered || (single && text.substr(size).starts_with('}'));
}

// Returns where the first placeholder of a text begins; the size of the text without one.
INTHELOOP_DECL std::size_t find_placeholder(std::string_view text) {
    std::size_t at = text.find("{{");
    while (at != text.npos && leading_placeholder(text.substr(at)).empty())
        at = text.find("{{", at + 1);
    return std::min(at, text.size());
}

INTHELOOP_DECL bool has_placeholder(std::string_view text) {
    return find_placeholder(text) != text.size();
}

INTHELOOP_DECL bool may_vary(std::string_view text) {
    return has_placeholder(text) || text.find(taken_out) != text.npos;
}

INTHELOOP_DECL std::size_t find_unclosed_placeholder(std::string_view text) {
    std::size_t at = text.find("{{");
    while (at != text.npos && !begins_unclosed_placeholder(text.substr(at)))
        at = text.find("{{", at + 1);
    return std::min(at, text.size());
}

INTHELOOP_DECL std::string escape_braces(std::string_view text) {
    std::string escaped;
    for (std::size_t at = 0; at != text.size();) {
        std::string_view const rest = text.substr(at);
        bool const begins = rest.starts_with("{{") && (!leading_placeholder(rest).empty() ||
                                                       begins_unclosed_placeholder(rest));
        escaped += begins ? std::string_view("{{braces}}") : rest.substr(0, 1);
        at += begins ? 2 : 1;
    }
    return escaped;
}

INTHELOOP_DECL std::optional<std::size_t> file_number(std::string_view text) {
    std::string_view const name = leading_placeholder(text);
    std::size_t const number = number_of(name, "file");
    return number != 0 && text.size() == name.size() + 4 ? std::optional(number) : std::nullopt;
}

INTHELOOP_DECL std::string placeholder_values::value_of(std::string_view name) {
    constexpr std::size_t digits_of_uuid = 12;
    if (std::size_t const number = number_of(name, "file"))
        return address_of_file ? address_of_file(number) : std::string();
    if (name == "api")
        return api_url;
    if (name == "braces")
        return "{{";
    if (name == "any")
        return "any";
    auto const known = values_.find(name);
    if (known != values_.end())
        return known->second;
    std::string value(name);
    std::replace(value.begin(), value.end(), ':', '_');
    if (std::size_t const number = number_of(name, "id")) {
        std::string const digits = std::to_string(number);
        value = "00000000-0000-4000-8000-";
        value.append(digits_of_uuid - std::min(digits.size(), digits_of_uuid), '0');
        value += digits;
    }
    return values_.emplace(name, std::move(value)).first->second;
}

INTHELOOP_DECL std::string placeholder_values::fill(std::string_view recorded, spelling spelled) {
    std::string text;
    for (;;) {
        std::size_t const at = find_placeholder(recorded);
        text += recorded.substr(0, at);
        if (at == recorded.size())
            return text;
        recorded.remove_prefix(at);
        std::string_view const name = leading_placeholder(recorded);
        if (spelled != spelling::plain)
            codec::append_percent_encoded(text, value_of(name));
        else
            text += value_of(name);
        recorded.remove_prefix(name.size() + 4);
    }
}

INTHELOOP_DECL bool placeholder_values::is_taken(std::string_view name,
                                                 std::string_view value) const {
    std::string_view const kind = name.substr(0, name.find(':') + 1);
    return std::any_of(values_.begin(), values_.end(), [&](auto const& each) {
        return each.first.starts_with(kind) &&
               (is_any_case(name) ? intheloop::detail::equal_ignoring_case(each.second, value)
                                  : each.second == value);
    });
}

// Counts the characters at the beginning of a text that spell a value, in whatever way: programs
// encode more of it or less. Returns npos if something else stands there.
INTHELOOP_DECL std::size_t spelled_size(std::string_view text, std::string_view value,
                                        bool any_case, placeholder_values::spelling spelled) {
    using intheloop::detail::hexadecimal_value;
    using intheloop::detail::to_lower;
    using spelling = placeholder_values::spelling;
    std::size_t at = 0;
    for (char const expected : value) {
        std::string_view const rest = text.substr(at);
        if (rest.empty())
            return text.npos;
        char c = rest.front();
        std::size_t length = 1;
        if (spelled != spelling::plain && codec::begins_with_triplet(rest)) {
            c = static_cast<char>(16 * hexadecimal_value(rest[1]) + hexadecimal_value(rest[2]));
            length = 3;
        } else if (spelled == spelling::form_encoded && c == '+') {
            c = ' ';
        }
        if (any_case ? to_lower(c) != to_lower(expected) : c != expected)
            return text.npos;
        at += length;
    }
    return at;
}

// Returns whether the program may have sent this in place of the address of a file. Of the player's
// own addresses it compares the path alone: one that was signed at another time is valid too. Any
// other one fits, since the recorder has dropped it: a program may send addresses that it did not
// get from the service.
INTHELOOP_DECL bool is_address_of(std::string_view file, std::string_view sent) {
    std::string_view const path = intheloop::detail::path_of(file);
    std::string_view const before_name = path.substr(0, path.rfind('/') + 1); // npos + 1 is 0
    if (!before_name.empty() && sent.starts_with(before_name))
        return intheloop::detail::path_of(sent) == path;
    return intheloop::detail::begins_with_ignoring_case(sent, "http");
}

// A text that was taken out of a request without a number fits any other.
INTHELOOP_DECL std::string with_any(std::string_view recorded) {
    std::string text;
    for (;;) {
        std::size_t const at = std::min(recorded.find(taken_out), recorded.size());
        text += recorded.substr(0, at);
        if (at == recorded.size())
            return text;
        text += "{{any}}";
        recorded.remove_prefix(at + taken_out.size());
        if (recorded.starts_with('@')) // may be sent encoded
            recorded.remove_prefix(1);
    }
}

INTHELOOP_DECL bool placeholder_values::is_known(std::string_view name) const {
    return name == "api" || name == "braces" || values_.contains(name);
}

INTHELOOP_DECL std::vector<placeholder_values::known_part>
placeholder_values::leading_known(std::string_view recorded) {
    std::vector<known_part> parts;
    for (;;) {
        std::size_t const at = find_placeholder(recorded);
        if (at != 0)
            parts.push_back({std::string(recorded.substr(0, at)), at, true, false});
        recorded.remove_prefix(at);
        std::string_view const name = leading_placeholder(recorded);
        if (name.empty() || !is_known(name))
            return parts;
        parts.push_back({value_of(name), name.size() + 4, false, is_any_case(name)});
        recorded.remove_prefix(name.size() + 4);
    }
}

// Counts the characters at the beginning of a text that are some parts. Returns npos if something
// else stands there.
INTHELOOP_DECL std::size_t placeholder_values::known_size(std::vector<known_part> const& parts,
                                                          std::string_view text, spelling spelled) {
    std::size_t at = 0;
    for (known_part const& each : parts) {
        std::string_view const rest = text.substr(at);
        std::size_t const size = !each.is_literal
                                     ? spelled_size(rest, each.text, each.any_case, spelled)
                                 : rest.starts_with(each.text) ? each.text.size()
                                                               : text.npos;
        if (size == text.npos)
            return text.npos;
        at += size;
    }
    return at;
}

// Returns where some parts begin first in a text; npos if they don't.
INTHELOOP_DECL std::size_t placeholder_values::find_known(std::vector<known_part> const& parts,
                                                          std::string_view text, std::size_t from,
                                                          spelling spelled) {
    for (std::size_t at = from; at <= text.size(); ++at) {
        if (parts.front().is_literal)
            at = text.find(parts.front().text, at);
        if (at == text.npos || known_size(parts, text.substr(at), spelled) != text.npos)
            return at;
    }
    return text.npos;
}

// Returns where the parts begin with which a text ends; npos if it ends with others.
INTHELOOP_DECL std::size_t placeholder_values::find_known_end(std::vector<known_part> const& parts,
                                                              std::string_view text,
                                                              spelling spelled) {
    constexpr std::size_t longest_spelling = 3; // of a character: %20
    std::size_t least = 0;
    std::size_t most = 0;
    for (known_part const& each : parts) {
        bool const is_longer = !each.is_literal && spelled != spelling::plain;
        least += each.text.size();
        most += each.text.size() * (is_longer ? longest_spelling : 1);
    }
    for (std::size_t size = least; size <= std::min(most, text.size()); ++size)
        if (known_size(parts, text.substr(text.size() - size), spelled) == size)
            return text.size() - size;
    return text.npos;
}

// Each placeholder with an unknown value matches the shortest text before the next literal or
// known one; the last of them all text but the rest, which its value may hold too.
INTHELOOP_DECL bool placeholder_values::match(std::string_view recorded, std::string_view got,
                                              spelling spelled) {
    std::string any;
    if (recorded.find(taken_out) != recorded.npos)
        recorded = any = with_any(recorded);
    auto const recorded_size = [](std::vector<known_part> const& parts) {
        std::size_t size = 0;
        for (known_part const& each : parts)
            size += each.recorded_size;
        return size;
    };
    for (;;) {
        std::vector<known_part> const first = leading_known(recorded);
        std::size_t const size = known_size(first, got, spelled);
        if (size == got.npos)
            return false;
        got.remove_prefix(size);
        recorded.remove_prefix(recorded_size(first));
        if (recorded.empty())
            return got.empty();
        std::string_view const name = leading_placeholder(recorded);
        recorded.remove_prefix(name.size() + 4);

        bool const is_any = name == "any";
        while (is_any && recorded.starts_with("{{any}}")) // two of them match what one does
            recorded.remove_prefix(name.size() + 4);
        std::vector<known_part> const next = leading_known(recorded);
        bool const is_last = recorded_size(next) == recorded.size();
        std::size_t const end = is_last        ? find_known_end(next, got, spelled)
                                : next.empty() ? got.size()
                                               : find_known(next, got, is_any ? 0 : 1, spelled);
        if (end == got.npos || (end == 0 && !is_any))
            return false;
        std::string value(got.substr(0, end));
        if (spelled == spelling::form_encoded)
            std::replace(value.begin(), value.end(), '+', ' ');
        if (spelled != spelling::plain)
            value = codec::percent_decoded(value);
        if (number_of(name, "file") != 0) {
            if (!is_address_of(value_of(name), value))
                return false;
        } else if (!is_any) {
            if (is_taken(name, value))
                return false;
            values_.emplace(name, std::move(value));
        }
        got.remove_prefix(end);
    }
}

INTHELOOP_DECL std::string placeholder_values::hide(std::string_view text) const {
    std::vector<policy::sought_secret> values;
    std::vector<std::string> marks;
    for (auto const& [name, value] : values_) {
        values.push_back({value, is_any_case(name)});
        marks.push_back("{{" + name + "}}");
    }
    std::vector<std::string_view> const views(marks.begin(), marks.end());
    return policy::replace_secrets(text, values, views);
}

} // namespace intheloop::testing::detail

#endif
