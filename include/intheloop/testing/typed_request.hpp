// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_TYPED_REQUEST_HPP
#define INTHELOOP_TESTING_TYPED_REQUEST_HPP

#include <intheloop/codec/detail/response.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/testing/detail/request_decode.hpp>
#include <intheloop/testing/received_request.hpp>
#include <intheloop/testing/verification.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing {

// A request of an endpoint as the server received it: decoded, and as sent.
template <class Request>
class typed_request {
public:
    typed_request(Request request, received_request recorded)
        : value(std::move(request)), raw(std::move(recorded)) {}

    Request value;
    received_request raw;
    std::string idempotency_key; // of an endpoint with this trait; empty for others
};

// The requests of one endpoint, in the order of their arrival: a range of typed_request, with
// checks for tests. It is a copy, and does not change.
template <class Endpoint>
class received_requests {
public:
    using request_type = typename Endpoint::request_type;
    using value_type = typed_request<request_type>;

    // With the text of the failure of the endpoint's handler, if there is one, and the number of
    // requests that can't be decoded, which the range leaves out.
    explicit received_requests(std::vector<value_type> requests, std::string failure = {},
                               std::size_t not_decoded = 0)
        : requests_(std::move(requests)), failure_(std::move(failure)), not_decoded_(not_decoded) {}

    auto begin() const noexcept { return requests_.begin(); }
    auto end() const noexcept { return requests_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return requests_.size(); }
    [[nodiscard]] bool empty() const noexcept { return requests_.empty(); }
    // Throws std::out_of_range if there is no such request.
    value_type const& at(std::size_t i) const { return requests_.at(i); }

    // Returns the requests for which condition(request) is true.
    template <class Condition>
    [[nodiscard]] received_requests where(Condition condition) const {
        std::vector<value_type> chosen;
        for (value_type const& each : requests_)
            if (condition(each.value))
                chosen.push_back(each);
        return received_requests(std::move(chosen), failure_);
    }

    verification once() const { return times(1); } // exactly one request
    // Checks that there is no request, not even one that can't be decoded.
    verification never() const { return times(0); }
    // Checks that there are exactly `count` requests.
    verification times(std::size_t count) const {
        return verify(size() == count && may_be_all(count), "exactly", count);
    }
    // Checks that there are `count` requests or more.
    verification at_least(std::size_t count) const {
        return verify(size() >= count, "at least", count);
    }
    // Checks that there are `count` requests or fewer.
    verification at_most(std::size_t count) const {
        return verify(size() <= count && may_be_all(count), "at most", count);
    }

private:
    // No request at all is meant by zero, also none that can't be decoded.
    bool may_be_all(std::size_t count) const { return count != 0 || not_decoded_ == 0; }
    verification verify(bool holds, std::string_view how_often, std::size_t count) const {
        return detail::verify_count(Endpoint::description(), holds, how_often, count,
                                    {size(), not_decoded_}, failure_);
    }

    std::vector<value_type> requests_;
    std::string failure_;
    std::size_t not_decoded_;
};

namespace detail {

inline wire_request to_received(received_request const& raw) {
    wire_request received;
    received.target = raw.target;
    for (auto const& [name, value] : raw.headers)
        received.headers.append(name, value);
    received.body = raw.body;
    return received;
}

// Decodes a request of an endpoint. Returns the problem if it can't be decoded.
template <class Endpoint>
std::optional<codec::json_error> read_request(Endpoint const& endpoint, received_request const& raw,
                                              typename Endpoint::request_type& out) {
    bool const may_lack_body = Endpoint::has_optional_body && raw.body.empty();
    if (Endpoint::has_request_body && !Endpoint::sends_raw_body && !Endpoint::sends_form &&
        !may_lack_body && !codec::is_json_content_type(raw.header("Content-Type").value_or(""))) {
        codec::json_error problem;
        problem.message = "Content-Type must be application/json";
        return problem;
    }
    if (!Endpoint::key_header.empty() && raw.header(Endpoint::key_header).value_or("").empty()) {
        codec::json_error problem;
        problem.message = "the field " + std::string(Endpoint::key_header) + " is missing";
        return problem;
    }
    return decode_request(endpoint, to_received(raw), out);
}

template <class Endpoint>
received_requests<Endpoint> requests_of(Endpoint const& endpoint,
                                        std::vector<received_request> const& all,
                                        std::string failure = {}) {
    using request_type = typename Endpoint::request_type;
    std::vector<typed_request<request_type>> found;
    std::size_t not_decoded = 0;
    for (received_request const& raw : all) {
        if (raw.origin == origin::files || raw.other_origin != Endpoint::origin ||
            raw.method != to_string(Endpoint::method))
            continue;
        auto value = intheloop::detail::make_empty<request_type>();
        if (read_request(endpoint, raw, value)) {
            ++not_decoded;
            continue;
        }
        auto& added = found.emplace_back(std::move(value), raw);
        if (!Endpoint::key_header.empty())
            added.idempotency_key = raw.header(Endpoint::key_header).value_or("");
    }
    return received_requests<Endpoint>(std::move(found), std::move(failure), not_decoded);
}

} // namespace detail
} // namespace intheloop::testing

#endif
