// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_PLACEHOLDERS_HPP
#define INTHELOOP_RECORDING_DETAIL_PLACEHOLDERS_HPP

// Placeholders replace secret and varying values in recorded texts: {{user:1}}, {{secret:2}},
// {{id:3}}, {{etag:1}}, {{file:1}}. {{api}} is the API's origin, {{any}} matches any value in a
// request, and {{braces}} is a literal "{{" that would begin a placeholder.

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// Returns the name of the placeholder at the beginning of a text, without its braces; empty if
// there is none.
[[nodiscard]] std::string_view leading_placeholder(std::string_view text);
[[nodiscard]] bool has_placeholder(std::string_view text);
// Returns whether other texts than a recorded one may fit it: it has a placeholder, or
// "[redacted]".
[[nodiscard]] bool may_vary(std::string_view text);
// Returns where a placeholder begins that lacks its closing braces, as {{id:1} does; the size of
// the text without one.
[[nodiscard]] std::size_t find_unclosed_placeholder(std::string_view text);
// Replaces each "{{" that would begin a placeholder, closed or not, by {{braces}}.
[[nodiscard]] std::string escape_braces(std::string_view text);
// Returns the number of {{file:n}}, if the text is nothing else.
[[nodiscard]] std::optional<std::size_t> file_number(std::string_view text);
[[nodiscard]] inline std::string file_placeholder(std::size_t number) {
    return "{{file:" + std::to_string(number) + "}}";
}

// The values of placeholders while a recording is played. A value stays the same from its first
// use on, in a request or in a response.
class placeholder_values {
public:
    // The encoding of a text with values.
    enum class spelling { plain, percent_encoded, form_encoded }; // the last with '+' for a blank

    explicit placeholder_values(std::map<std::string, std::string> given = {})
        : values_(given.begin(), given.end()) {}

    // Returns the address of a file.
    std::function<std::string(std::size_t number)> address_of_file;
    std::string api_url;

    // Returns whether a text of a request is equal to the recorded one. Learns the values of
    // unknown placeholders from it, even if it is not: each placeholder of a kind gets a different
    // value. Users and UUIDs are compared without regard to case. The address of a file fits any
    // address but the player's own of another file, and "[redacted]" any text.
    [[nodiscard]] bool match(std::string_view recorded, std::string_view got,
                             spelling spelled = spelling::plain);
    // Returns a recorded text with its values. An unknown placeholder gets a new value.
    [[nodiscard]] std::string fill(std::string_view recorded, spelling spelled = spelling::plain);
    // Replaces known values by their placeholders again, for messages.
    [[nodiscard]] std::string hide(std::string_view text) const;

    // The number of known values.
    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

private:
    // A literal text, or a value that a placeholder has, and may be spelled otherwise.
    struct known_part {
        std::string text;
        std::size_t recorded_size;
        bool is_literal;
        bool any_case;
    };

    static std::size_t known_size(std::vector<known_part> const& parts, std::string_view text,
                                  spelling spelled);
    static std::size_t find_known(std::vector<known_part> const& parts, std::string_view text,
                                  std::size_t from, spelling spelled);
    static std::size_t find_known_end(std::vector<known_part> const& parts, std::string_view text,
                                      spelling spelled);
    // Returns the parts of a recorded text before its first placeholder without a value.
    std::vector<known_part> leading_known(std::string_view recorded);
    bool is_known(std::string_view name) const;
    bool is_taken(std::string_view name, std::string_view value) const;
    std::string value_of(std::string_view name);

    std::map<std::string, std::string, std::less<>> values_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/placeholders.ipp>
#endif

#endif
