// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_REPLAY_MATCH_HPP
#define INTHELOOP_RECORDING_DETAIL_REPLAY_MATCH_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/recording.hpp>
#include <intheloop/testing/received_request.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace intheloop::testing::detail {

// Returns the origin before the path of a recorded target; empty if it has none.
[[nodiscard]] std::string_view origin_of_target(std::string_view target);

// Returns the target of a request as in a recording: path and query, after the origin if it is
// another one than the API's, or {{file:n}} for a file of the player, "/file-n".
[[nodiscard]] std::string replayed_target(received_request const& request);
[[nodiscard]] std::string file_path_of(std::size_t number);

// Describe the difference between a request and a recorded one, without secrets; return nothing if
// they match. Only a match changes `values`.
[[nodiscard]] std::optional<std::string> route_difference(recorded_exchange const& expected,
                                                          received_request const& got,
                                                          bool with_query,
                                                          placeholder_values& values);
[[nodiscard]] std::optional<std::string> field_difference(recorded_exchange const& expected,
                                                          received_request const& got,
                                                          placeholder_values& values);
[[nodiscard]] std::optional<std::string> body_difference(recorded_exchange const& expected,
                                                         received_request const& got,
                                                         placeholder_values& values);

// Returns the bytes of a recorded body, with the values of its placeholders.
[[nodiscard]] std::string replayed_body(recorded_exchange const& one, placeholder_values& values);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/replay_match.ipp>
#endif

#endif
