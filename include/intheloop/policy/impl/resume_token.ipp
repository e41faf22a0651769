// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_POLICY_IMPL_RESUME_TOKEN_IPP
#define INTHELOOP_POLICY_IMPL_RESUME_TOKEN_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/whole_number.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/resume_token.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace intheloop::policy {

namespace detail {

inline constexpr std::string_view resume_token_name = "loop-export";
inline constexpr std::string_view resume_token_version = "1";
inline constexpr std::size_t longest_resume_token = 64 * 1024;
inline constexpr std::int64_t end_of_9999 = 253402300799;

// Takes the text up to the next slash, and drops the slash; returns nothing if there is none.
INTHELOOP_DECL std::optional<std::string_view> take_part(std::string_view& rest) {
    std::size_t const slash = rest.find('/');
    if (slash == rest.npos)
        return std::nullopt;
    std::string_view const part = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
    return part;
}

// Whole seconds from the epoch to the year 9999.
INTHELOOP_DECL std::optional<std::chrono::sys_seconds> parse_start(std::string_view digits) {
    auto const seconds = intheloop::detail::whole_number<std::int64_t>(digits);
    if (!seconds || *seconds < 0 || *seconds > end_of_9999 ||
        digits != std::to_string(*seconds)) // make_resume_token() never writes "007" or "-0"
        return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(*seconds));
}

} // namespace detail

INTHELOOP_DECL std::string make_resume_token(resume_token const& token) {
    std::string text(detail::resume_token_name);
    text += '/';
    text += detail::resume_token_version;
    text += '/' + token.origin + '/';
    // Keeps a token readable that was made by a wrong clock.
    std::int64_t const seconds = token.started.time_since_epoch().count();
    text += std::to_string(std::clamp<std::int64_t>(seconds, 0, detail::end_of_9999)) + '/';
    codec::append_percent_encoded(text, token.export_id);
    return text;
}

INTHELOOP_DECL bool parse_resume_token(std::string_view text, std::string_view origin,
                                       resume_token& out, std::string& problem) {
    auto const fail = [&problem](std::string why) {
        problem = std::move(why);
        return false;
    };
    text = intheloop::detail::trimmed(text, " \t\r\n");
    if (text.empty())
        return fail("it is empty");
    if (text.size() > detail::longest_resume_token)
        return fail("it is longer than " + std::to_string(detail::longest_resume_token) +
                    " characters");
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; }))
        return fail("it holds a space, a control character or another that is not visible ASCII");

    std::string_view rest = text;
    auto const name = detail::take_part(rest);
    if (name.value_or(text) != detail::resume_token_name)
        return fail("it does not begin with \"loop-export/\"");
    auto const version = detail::take_part(rest);
    if (version.value_or(rest) != detail::resume_token_version)
        return fail(version ? "its version is " + std::string(*version) + ", and only 1 is known"
                            : "it is cut off");
    auto const scheme = detail::take_part(rest);
    auto const authority = detail::take_part(rest);
    auto const start = detail::take_part(rest);
    if (!scheme || !authority || !start || rest.empty())
        return fail("it is cut off");
    if (std::string const own = std::string(*scheme) + '/' += *authority; own != origin)
        return fail("it is of another origin: " + own + " instead of " + std::string(origin));
    auto const started = detail::parse_start(*start);
    if (!started)
        return fail("its start is no number of seconds");
    std::string id = codec::percent_decoded(rest);
    std::string encoded_again;
    codec::append_percent_encoded(encoded_again, id);
    if (encoded_again != rest)
        return fail("its id is not percent-encoded");
    out.origin = origin;
    out.started = *started;
    out.export_id = std::move(id);
    return true;
}

} // namespace intheloop::policy

#endif
