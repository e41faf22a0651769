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

// What goes wrong with one request. Faults are made by the functions here, and can be put together:
// `fault::status(503).retry_after(2s).delayed(100ms)`.
//
// One that answers instead of the route (status, body, reset, hang_up) keeps the request from the
// route's handler and from the state of exports; the others let it act, and spoil its answer.
class fault {
public:
    // All goes well.
    [[nodiscard]] static fault none() { return fault(); }
    // An answer with this status and, in the form of the API, a message and a code.
    [[nodiscard]] static fault status(unsigned status) {
        fault made;
        made.instead = response_override(
            status, R"({"message":"the test server was told to fail","errorCode":"Fault"})");
        return made;
    }
    // A success whose body is this.
    [[nodiscard]] static fault body(std::string text, std::string content_type = "text/html") {
        fault made;
        made.instead = response_override(200, std::move(text), std::move(content_type));
        return made;
    }
    // No answer, but a TCP reset.
    [[nodiscard]] static fault reset() { return no_answer(connection_end::reset); }
    // No answer, but an end of the stream.
    [[nodiscard]] static fault hang_up() { return no_answer(connection_end::cut); }
    // The route's own answer comes after this time.
    [[nodiscard]] static fault delay(std::chrono::milliseconds time) {
        return fault().delayed(time);
    }
    // The route's own answer comes in pieces of so many bytes (at least 1), its head too, with so
    // much time between them.
    [[nodiscard]] static fault drip(std::size_t bytes, std::chrono::milliseconds pause) {
        fault made;
        made.drip_bytes = bytes != 0 ? bytes : 1;
        made.drip_pause = pause;
        return made;
    }
    // The route's own answer ends, and its connection without close_notify, after so many bytes of
    // its body.
    [[nodiscard]] static fault truncate(std::size_t body_bytes) {
        fault made;
        made.body_bytes = body_bytes;
        return made;
    }

    // Says when to come again, in a Retry-After of the answer that stands for the route's own.
    [[nodiscard]] fault retry_after(std::chrono::seconds time) const {
        fault made = *this;
        if (made.instead)
            made.instead->header("Retry-After", std::to_string(time.count()));
        return made;
    }
    // This fault, after so much time.
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
    static fault no_answer(connection_end end) {
        fault made;
        made.instead = response_override::bytes({}, end);
        return made;
    }
};

// Faults that come by chance, always the same for the same seed and order of requests.
class random_faults {
public:
    explicit random_faults(std::uint64_t with_seed, double how_often, std::vector<fault> which)
        : seed(with_seed), probability(how_often), faults(std::move(which)) {}

    std::uint64_t seed;
    double probability;        // of a fault with each request, 0 to 1
    std::vector<fault> faults; // of which each comes as often as the others
};

} // namespace intheloop::testing

#endif
