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

// A body in the form in which people read it best.
class recorded_body {
public:
    // none: there is no body.
    enum class form { none, json, text, binary };

    recorded_body() {}
    // form::json
    static recorded_body of_json(boost::json::value value);
    // form::text, which is UTF-8
    static recorded_body of_text(std::string text);
    // form::binary
    static recorded_body of_bytes(std::string bytes);

    recorded_body::form form = form::none;
    boost::json::value json; // its members in the order in which they were sent
    std::string bytes;       // of a text or a binary
};

// A request and what came of it. In its texts placeholders stand for what changes from one session
// to the next, and for what is secret: {{user:1}}, {{secret:1}}, {{id:1}}, {{file:1}}.
class recorded_exchange {
public:
    recorded_exchange() {}

    std::string method;
    std::string target; // path and query as sent; {{file:1}} for a download
    header_list request_headers;
    recorded_body request_body;

    unsigned status = 0; // 0: no answer came
    header_list headers;
    recorded_body body;
    std::string failure;        // "connection_lost", ...: the answer is not whole, and why
    std::uint64_t missing = 0;  // how much longer its body would have been, where that is known
    std::uint64_t left_out = 0; // bytes of the body that came, and were not recorded

    // Whether the body is that of a file, in which nothing stands for anything else.
    [[nodiscard]] bool carries_file() const;
};

// The exchanges of a session, and the JSON file that holds them.
class recording {
public:
    recording() {}
    explicit recording(std::vector<recorded_exchange> exchanges)
        : exchanges_(std::move(exchanges)) {}

    // Throws std::runtime_error if the file can't be read or is no recording: the text says where
    // in it, by a JSON pointer, and what is wrong.
    [[nodiscard]] static recording load(file_path const& path);
    // The same for the text of such a file. `name` is what errors call it.
    [[nodiscard]] static recording parse(std::string_view text,
                                         std::string_view name = "recording");

    // In the order in which they began.
    std::vector<recorded_exchange> const& exchanges() const noexcept { return exchanges_; }

    // The same exchanges give the same text, byte for byte.
    [[nodiscard]] std::string to_json() const;

    // Writes that text to a file, which appears whole or not at all; one that is there already is
    // replaced. Only its owner can read it (mode 0600). Throws std::runtime_error if it can't be
    // written.
    void save(file_path const& path) const;

private:
    std::vector<recorded_exchange> exchanges_;
};

} // namespace intheloop::testing

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/recording.ipp>
#endif

#endif
