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

// What a request asks for as a recording says it: path and query, or {{file:n}} of one of the
// player's files, "/file-n".
[[nodiscard]] std::string replayed_target(received_request const& request);
[[nodiscard]] std::string file_path_of(std::size_t number);

// How a request differs from a recorded one, in words without secrets; nothing if it does not.
// `values` are changed by a match only.
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

// The bytes of a recorded body, with the values of its placeholders.
[[nodiscard]] std::string replayed_body(recorded_exchange const& one, placeholder_values& values);

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/replay_match.ipp>
#endif

#endif
