// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_PLACEHOLDERS_HPP
#define INTHELOOP_RECORDING_DETAIL_PLACEHOLDERS_HPP

// What stands in recorded texts for what is secret or varies: {{user:1}}, {{secret:2}}, {{id:3}},
// {{etag:1}}, {{file:1}}; {{api}} is the API's origin, {{any}} fits whatever a request has there,
// and {{braces}} is a "{{" that only looks as if it began one of these.

#include <intheloop/base/config.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::testing::detail {

// The placeholder at the beginning of a text: what stands between its braces. Empty: none does.
[[nodiscard]] std::string_view leading_placeholder(std::string_view text);
[[nodiscard]] bool has_placeholder(std::string_view text);
// A text in which each "{{" that would begin a placeholder is {{braces}}.
[[nodiscard]] std::string escape_braces(std::string_view text);
// The number of {{file:n}}, if a text is that and nothing else.
[[nodiscard]] std::optional<std::size_t> file_number(std::string_view text);
[[nodiscard]] inline std::string file_placeholder(std::size_t number) {
    return "{{file:" + std::to_string(number) + "}}";
}

// What placeholders stand for in one playing of a recording: the same from its first mention on,
// be it in a request or in an answer.
class placeholder_values {
public:
    // How a text was spelled where a value stands.
    enum class spelling { plain, percent_encoded };

    explicit placeholder_values(std::map<std::string, std::string> given = {})
        : values_(given.begin(), given.end()) {}

    // Gives a file's address.
    std::function<std::string(std::size_t number)> address_of_file;
    std::string api_url;

    // Whether a request's text is as recorded. Learns from it what unknown placeholders stand for,
    // even if not: each for another value than the others of its kind. A user is the same in
    // whatever case its letters are.
    [[nodiscard]] bool match(std::string_view recorded, std::string_view got,
                             spelling spelled = spelling::plain);
    // A recorded text with its values. A placeholder that is not known yet gets a value of its own.
    [[nodiscard]] std::string fill(std::string_view recorded, spelling spelled = spelling::plain);
    // A text for people, in which known values are placeholders again.
    [[nodiscard]] std::string hide(std::string_view text) const;

    // How many are known.
    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }

private:
    bool is_taken(std::string_view name, std::string_view value) const;
    std::string value_of(std::string_view name);

    std::map<std::string, std::string, std::less<>> values_;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/placeholders.ipp>
#endif

#endif
