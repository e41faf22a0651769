// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BASE_RESULT_HPP
#define INTHELOOP_BASE_RESULT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>

#include <chrono>
#include <cstddef>
#include <new>
#include <string>
#include <utility>
#include <variant>

namespace intheloop {

// Describes a response besides its value.
class response_info {
public:
    INTHELOOP_DECL response_info();
    INTHELOOP_DECL ~response_info();
    INTHELOOP_DECL response_info(response_info const&);
    INTHELOOP_DECL response_info(response_info&&) noexcept;
    INTHELOOP_DECL response_info& operator=(response_info const&);
    INTHELOOP_DECL response_info& operator=(response_info&&) noexcept;

    unsigned status = 0; // 200, 201, or one that the endpoint names with success<>
    intheloop::headers headers;
    std::string request_id; // from a response header, if present
    // Attempts begun. These count too: one that an interceptor answered, the one with another token
    // after a 401, one on an idle connection that had just ended, and the second request of a
    // hedged call. So it may exceed retry_options::max_attempts.
    unsigned attempts = 1;
    std::chrono::milliseconds elapsed{0};
    std::size_t unknown_keys = 0; // members of JSON objects that the response type lacks
};

// A decoded response.
template <class T>
class response : public response_info {
public:
    response() = default;
    explicit response(T decoded) : value(std::move(decoded)) {}

    T value;
};

// The outcome of a call: a response or an error. *r and r-> access the decoded value.
//
//     if (!r) { std::cerr << r.error() << '\n'; return; }
//     std::cout << r->id << " after " << r.elapsed() << '\n';
template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;

    result(intheloop::response<T> received)
        : outcome_(std::in_place_index<0>, std::move(received)) {}
    result(intheloop::error failure) : outcome_(std::in_place_index<1>, std::move(failure)) {}

    bool has_value() const noexcept { return outcome_.index() == 0; }
    explicit operator bool() const noexcept { return has_value(); }

    // Returns the decoded value; undefined if there is an error.
    T& operator*() & noexcept { return std::get_if<0>(&outcome_)->value; }
    T const& operator*() const& noexcept { return std::get_if<0>(&outcome_)->value; }
    T&& operator*() && noexcept { return std::move(std::get_if<0>(&outcome_)->value); }
    T* operator->() noexcept { return &**this; }
    T const* operator->() const noexcept { return &**this; }

    // Returns the decoded value; throws intheloop::exception if there is an error.
    T& value() & {
        throw_if_error();
        return **this;
    }
    T const& value() const& {
        throw_if_error();
        return **this;
    }
    T value() && {
        throw_if_error();
        return *std::move(*this);
    }

    // Returns the error; undefined if there is none.
    intheloop::error& error() & noexcept { return *std::get_if<1>(&outcome_); }
    intheloop::error const& error() const& noexcept { return *std::get_if<1>(&outcome_); }
    intheloop::error&& error() && noexcept { return std::move(*std::get_if<1>(&outcome_)); }

    // Returns the response with its status, headers and timing; undefined if there is an error.
    intheloop::response<T>& response() & noexcept { return *std::get_if<0>(&outcome_); }
    intheloop::response<T> const& response() const& noexcept { return *std::get_if<0>(&outcome_); }
    intheloop::response<T>&& response() && noexcept {
        return std::move(*std::get_if<0>(&outcome_));
    }

    // Returns the HTTP status; 0 without a response.
    unsigned status() const noexcept { return has_value() ? response().status : error().status; }
    // Returns the request id from a response header; empty if there is none.
    std::string const& request_id() const noexcept {
        return has_value() ? response().request_id : error().request_id;
    }
    // Returns how many attempts were begun; see response_info::attempts.
    unsigned attempts() const noexcept {
        return has_value() ? response().attempts : error().attempts;
    }
    // Returns how long the call took.
    std::chrono::milliseconds elapsed() const noexcept {
        return has_value() ? response().elapsed : error().elapsed;
    }
    // Returns the response headers; none if there is an error, which has its own: error().headers.
    intheloop::headers const& headers() const noexcept {
        // Never destroyed: it may be in use while the process exits.
        alignas(intheloop::headers) static char place[sizeof(intheloop::headers)];
        static intheloop::headers const& none = *new (place) intheloop::headers();
        return has_value() ? response().headers : none;
    }
    // Returns the number of JSON members that the response type lacks; 0 if there is an error.
    std::size_t unknown_keys() const noexcept { return has_value() ? response().unknown_keys : 0; }

private:
    void throw_if_error() const {
        if (!has_value())
            throw exception(error());
    }

    std::variant<intheloop::response<T>, intheloop::error> outcome_;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/base/impl/result.ipp>
#endif

#endif
