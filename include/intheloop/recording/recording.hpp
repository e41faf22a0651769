// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_RECORDING_HPP
#define INTHELOOP_RECORDING_RECORDING_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/file_path.hpp>
#include <intheloop/testing/received_request.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing {

// A body, in the most readable form.
class recorded_body {
public:
    // form::none means that there is no body.
    enum class form { none, json, text, binary };

    recorded_body() {}
    // Makes a body with form::json. A number beyond those of a double becomes the nearest one that
    // a double holds.
    static recorded_body of_json(boost::json::value value);
    // Makes a body with form::text, which is UTF-8; form::none for an empty text.
    static recorded_body of_text(std::string text);
    // Makes a body with form::binary; form::none without bytes.
    static recorded_body of_bytes(std::string bytes);

    recorded_body::form form = form::none;
    boost::json::value json; // the members in the order in which they were sent
    std::string bytes;       // for form::text and form::binary
};

// A request and its outcome. Placeholders replace secrets, and values that change from one session
// to the next: {{user:1}}, {{secret:1}}, {{id:1}}, {{file:1}}.
class recorded_exchange {
public:
    recorded_exchange() {}

    std::string method;
    // Path and query as sent, after the origin if an endpoint names it; {{file:1}} for a download.
    std::string target;
    header_list request_headers;
    recorded_body request_body;

    unsigned status = 0; // 0: there was no response
    header_list headers;
    recorded_body body;
    std::string failure;        // the reason why the response is incomplete: "connection_lost"...
    std::uint64_t missing = 0;  // bytes of the body that did not come, if known
    std::uint64_t left_out = 0; // bytes of the body that came, but were not recorded

    // Returns whether the body is a file. Its bytes have no placeholders.
    [[nodiscard]] bool carries_file() const;
};

// The exchanges of a session, and the JSON file that holds them.
class recording {
public:
    recording() {}
    explicit recording(std::vector<recorded_exchange> exchanges)
        : exchanges_(std::move(exchanges)) {}

    // Loads a file. Throws std::runtime_error if the file can't be read or is no recording: the
    // text has a JSON pointer to the place, and the problem.
    [[nodiscard]] static recording load(file_path const& path);
    // Reads the text of such a file, with the same exceptions. `name` is its name in errors.
    [[nodiscard]] static recording parse(std::string_view text,
                                         std::string_view name = "recording");

    // The exchanges, in the order in which they began.
    std::vector<recorded_exchange> const& exchanges() const noexcept { return exchanges_; }

    // Returns the text of the file: always the same, byte for byte, for the same exchanges.
    [[nodiscard]] std::string to_json() const;

    // Writes the text to a file, which appears as a whole or not at all, and replaces an older one.
    // Only its owner can read it (mode 0600). Throws std::runtime_error if it can't be written, and
    // for a path that is there and no regular file: a pipe, a device.
    void save(file_path const& path) const;

private:
    std::vector<recorded_exchange> exchanges_;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recording.ipp>
#endif

#endif
