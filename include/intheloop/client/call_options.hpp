// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_CALL_OPTIONS_HPP
#define INTHELOOP_CLIENT_CALL_OPTIONS_HPP

#include <intheloop/base/headers.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/policy/retry_options.hpp>
#include <intheloop/policy/slow_transfer_options.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace intheloop {

// Acknowledges that a request may be acted on more than once.
struct service_may_act_twice_t {
    explicit service_may_act_twice_t() = default;
};
// The argument of call_options::retry_when_sent.
inline constexpr service_may_act_twice_t service_may_act_twice{};

class hedged_call_options;

// Configures one call, in place of the client's options.
class call_options {
public:
    call_options() {}

    // Of the whole call; above zero.
    std::optional<std::chrono::milliseconds> deadline;
    // Absent: the client's user; null: no user, whatever the client's options say; a value: this
    // user.
    nullable<secret> impersonate_user;
    // Replaces the client's.
    std::optional<slow_transfer_options> slow_transfer;
    // Overrides the client's; the budget remains the client's.
    std::optional<retry_options> retry;
    // Sent with each attempt, behind the headers of the request's own members. No event and no
    // error of the client shows a value; one with the name of a secret (X-Api-Key, Cookie) is taken
    // out of what the service says too, and out of a recording, as are the part of it behind
    // "Bearer" and the values of cookies. The call ends with errc::invalid_option, before anything
    // is sent, for
    // - a header that the client owns: Host, Authorization, X-Impersonate-User, Connection,
    //   Keep-Alive, TE, Trailer, Transfer-Encoding, Upgrade, Expect, Accept, Accept-Encoding,
    //   User-Agent, and all that begin with Content- or Proxy-
    // - a Cookie, if the endpoint lies on another origin
    // - a header that the endpoint sets from a member (header<>), or that stands here twice
    // - a name that is not a token, and a value with a control character (CR, LF and NUL are some)
    //   or with a space or a tab around it
    // - more than 256 headers
    intheloop::headers headers;

    // The key of an endpoint with the trait idempotency_key, instead of a random one: 1 to 255
    // characters of visible ASCII. A program that repeats a call, perhaps after a crash, gives the
    // key of the first one. An endpoint without this trait refuses it (errc::invalid_option).
    std::optional<std::string> idempotency_key;

    // Retries a call that is not idempotent even after it was sent. The service may then act on it
    // twice, which the argument acknowledges: options.retry_when_sent(service_may_act_twice).
    void retry_when_sent(service_may_act_twice_t) { may_act_twice_ = true; }
    // Returns whether this was acknowledged.
    bool may_act_twice() const noexcept { return may_act_twice_; }

    // Returns these options for a call that sends its request a second time, on another connection,
    // when no answer has begun so long after the first one was sent. The first answer wins, and the
    // other request is cancelled:
    //
    //     client.async_call(report::get_report, request, options.hedge(300ms));
    //
    // Only an idempotent endpoint takes them; for any other the call does not compile. A time that
    // is not above zero, and a body that comes from a source, are errors (errc::invalid_option,
    // errc::invalid_request).
    //
    // The second request takes retry_options::retry_cost from the budget, and gives it back if the
    // first one has ended before it could be sent. None is sent after a failed attempt of the call,
    // within 10 s of a 429 or 503 to any call of the client, in a pause after a 429, while other
    // calls wait for the limits, or without budget.
    template <class Hedged = hedged_call_options> // complete where it is called
    [[nodiscard]] Hedged hedge(std::chrono::milliseconds after) const {
        return Hedged(*this, after);
    }

private:
    friend class hedged_call_options;
    friend class detail::access;

    bool may_act_twice_ = false;
    std::optional<std::chrono::milliseconds> hedge_after_;
};

// The options of a call that may be hedged: see call_options::hedge.
class hedged_call_options {
public:
    // The same as usual.hedge(after).
    hedged_call_options(call_options const& usual, std::chrono::milliseconds after)
        : options_(usual) {
        options_.hedge_after_ = after;
    }

private:
    friend class detail::access;

    call_options options_;
};

} // namespace intheloop

#endif
