// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_INTERCEPTION_HPP
#define INTHELOOP_NET_DETAIL_INTERCEPTION_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/net/detail/url.hpp>
#include <intheloop/net/interceptor.hpp>
#include <intheloop/policy/detail/call_plan.hpp>
#include <intheloop/policy/detail/secret_finder.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace intheloop::net {

class request;

// Secrets that interceptors must not see. What they see may outlive the call, so these are copies.
struct kept_secrets {
    std::vector<std::shared_ptr<secret const>> tokens;
    std::optional<secret> user;
    std::vector<std::string> further;

    INTHELOOP_DECL std::vector<policy::sought_secret> texts() const;
};

struct intercepted_parts {
    std::shared_ptr<net::origin const> origin; // the attributes refer to it
    call_attributes attributes;
    unsigned resend_count = 0;
    std::string target;
    headers fields;
    std::optional<std::string> body;
    bool streams_response = false;
    std::uint64_t audience = 0;
};

// Shows the request of an attempt to interceptors, without its secrets.
INTHELOOP_DECL std::shared_ptr<intercepted_parts> show_request(request const& of,
                                                               kept_secrets const& secrets);

struct intercepted_answer {
    codec::encoded_response response;
    bool has_body = true;
    std::shared_ptr<kept_secrets const> secrets; // null in an answer of an interceptor
};

// An asynchronous interceptor at work. Its signal is used on its executor only, the client's
// strand.
class pending_interception : public std::enable_shared_from_this<pending_interception> {
public:
    explicit pending_interception(boost::asio::any_io_executor const& on) : executor(on) {}
    pending_interception(pending_interception const&) = delete;
    pending_interception& operator=(pending_interception const&) = delete;
    virtual ~pending_interception() = default;

    virtual void complete(std::exception_ptr failure, interception decided) = 0; // any thread

    kept_executor const executor;
    boost::asio::cancellation_signal signal;
};

// Opens what users see closed.
class interception_access {
public:
    static intercepted_request request(std::shared_ptr<intercepted_parts const> parts) {
        return intercepted_request(std::move(parts));
    }
    static intercepted_response response(std::shared_ptr<intercepted_answer const> answer) {
        return intercepted_response(std::move(answer));
    }
    static intercepted_answer const& inside(intercepted_response const& of) { return *of.answer_; }
    static std::optional<intercepted_response>& answer(interception& of) { return of.answer_; }
    static std::optional<error>& refused(interception& of) { return of.refused_; }
    static headers const& added(interception const& of) { return of.headers_; }
};

// The way of one attempt through the interceptors: to the service in their order, and back in the
// opposite one, from the service or from the interceptor that answers in its place.
class interception_run {
public:
    explicit interception_run(intercepted_request seen) : request(std::move(seen)) {}

    intercepted_request const request;
    std::string lines; // header lines that the interceptors set
    std::optional<intercepted_response> response;
    bool is_replaced = false;                      // the answer is one of an interceptor
    policy::attempt_end ended;                     // how the exchange ended
    std::shared_ptr<pending_interception> pending; // of the asynchronous interceptor at work

    // Moves on to the next of so many interceptors; returns whether there is one.
    bool advance(std::size_t count) {
        if (!comes_back_ && next_ == count)
            return false;
        if (comes_back_ && next_ == 0)
            return false;
        asked_ = comes_back_ ? --next_ : next_++;
        return true;
    }
    std::size_t asked() const noexcept { return asked_; } // the place of the interceptor
    // The service has answered.
    void come_back() noexcept { comes_back_ = true; }
    // The interceptor that was asked has answered; it is not asked about its own answer.
    void come_back_from_here() noexcept {
        comes_back_ = true;
        next_ = asked_;
    }
    bool comes_back() const noexcept { return comes_back_; }

private:
    std::size_t next_ = 0; // on the way back, one more than the next
    std::size_t asked_ = 0;
    bool comes_back_ = false;
};

} // namespace intheloop::net

#endif
