// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_EXACT_JSON_HPP
#define INTHELOOP_RECORDING_DETAIL_EXACT_JSON_HPP

#include <intheloop/base/config.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// The value of a JSON text, and the parts of the text that it does not keep.
class json_reading {
public:
    boost::json::value value;
    bool has_all_members = true;           // no member comes twice
    std::vector<std::string_view> numbers; // all, as the text writes them
    std::vector<std::string_view> rounded; // those that do not fit into the types of Boost.JSON
    bool is_exact = true;
};

// Parses a JSON text, also behind a byte order mark; of a repeated member the last value counts.
// Returns nothing for other texts. The text must outlive the result.
[[nodiscard]] std::optional<json_reading> read_json(std::string_view text);

// Parses a JSON text, if the value keeps all of it: no member comes twice, and each number fits
// into the types of Boost.JSON. Returns nothing for other texts.
[[nodiscard]] std::optional<boost::json::value> exact_json(std::string_view text);

// Returns the nearest number that JSON can write; 0 for NaN.
[[nodiscard]] double finite(double number);

// Writes a readable JSON text, with a line feed at its end: each member on its own line, but an
// array or an object of plain values on one line if it fits into a hundred columns.
[[nodiscard]] std::string pretty_json(boost::json::value const& value);

// Decodes base64; returns nothing for other texts.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/exact_json.ipp>
#endif

#endif
