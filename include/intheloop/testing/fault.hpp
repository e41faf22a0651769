// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_FAULT_HPP
#define INTHELOOP_TESTING_FAULT_HPP

#include <intheloop/testing/response_override.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intheloop::testing {

// A fault of one request. The functions here make faults, and can be chained:
// `fault::status(503).retry_after(2s).delayed(100ms)`.
//
// A fault that replaces the route's response (status, body, reset, hang_up) keeps the request away
// from the route's handler and from the state of exports. The other faults let the request act, and
// damage or delay its response.
class fault {
public:
    // Makes no fault.
    [[nodiscard]] static fault none() { return fault(); }
    // Responds with this status and, in the format of the API, a message and a code, unless the
    // status has no body.
    [[nodiscard]] static fault status(unsigned status) {
        fault made;
        made.instead = response_override(
            status, R"({"message":"the test server was told to fail","errorCode":"Fault"})");
        return made;
    }
    // Responds with 200 and this body.
    [[nodiscard]] static fault body(std::string text, std::string content_type = "text/html") {
        fault made;
        made.instead = response_override(200, std::move(text), std::move(content_type));
        return made;
    }
    // Sends a TCP reset instead of a response.
    [[nodiscard]] static fault reset() { return no_response(connection_end::reset); }
    // Ends the stream instead of sending a response.
    [[nodiscard]] static fault hang_up() { return no_response(connection_end::cut); }
    // Delays the route's own response by this time.
    [[nodiscard]] static fault delay(std::chrono::milliseconds time) {
        return fault().delayed(time);
    }
    // Sends the route's own response, head included, in pieces of this many bytes (at least 1),
    // with this pause between them.
    [[nodiscard]] static fault drip(std::size_t bytes, std::chrono::milliseconds pause) {
        fault made;
        made.drip_bytes = bytes != 0 ? bytes : 1;
        made.drip_pause = pause;
        return made;
    }
    // Ends the route's own response, and its connection without close_notify, after this many bytes
    // of the body.
    [[nodiscard]] static fault truncate(std::size_t body_bytes) {
        fault made;
        made.body_bytes = body_bytes;
        return made;
    }

    // Adds a Retry-After to the response that replaces the route's own.
    [[nodiscard]] fault retry_after(std::chrono::seconds time) const {
        fault made = *this;
        if (made.instead)
            made.instead->header("Retry-After", std::to_string(time.count()));
        return made;
    }
    // Delays this fault by this time.
    [[nodiscard]] fault delayed(std::chrono::milliseconds time) const {
        fault made = *this;
        made.wait = time;
        return made;
    }

    std::optional<response_override> instead;
    std::chrono::milliseconds wait{0};
    std::optional<std::size_t> drip_bytes;
    std::chrono::milliseconds drip_pause{0};
    std::optional<std::size_t> body_bytes;

private:
    fault() {}
    static fault no_response(connection_end end) {
        fault made;
        made.instead = response_override::bytes({}, end);
        return made;
    }
};

// Random faults, always the same for the same seed and order of requests.
class random_faults {
public:
    explicit random_faults(std::uint64_t with_seed, double how_often, std::vector<fault> which)
        : seed(with_seed), probability(how_often), faults(std::move(which)) {}

    std::uint64_t seed;
    double probability;        // of a fault of each request, 0 to 1
    std::vector<fault> faults; // all with the same probability
};

} // namespace intheloop::testing

#endif
