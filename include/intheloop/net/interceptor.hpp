// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_INTERCEPTOR_HPP
#define INTHELOOP_NET_INTERCEPTOR_HPP

// Functions of the program around each attempt of a call: see options::interceptors.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/headers.hpp>
#include <intheloop/base/observer.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace intheloop {

namespace net {
class interception_access;
class pending_interception;
struct intercepted_parts;
struct intercepted_answer;
} // namespace net

// The request of an attempt, as interceptors see it. Copies share its texts, which live as long as
// one of them.
//
// It holds neither the Authorization nor the X-Impersonate-User header. Should the token, the
// impersonated user or a signed address stand in another place, "[redacted]" stands for it here;
// what is sent is not changed.
class intercepted_request {
public:
    // Identifies the call, in the same way as the events of an observer. Its texts live like the
    // others.
    INTHELOOP_DECL call_attributes attributes() const;
    // Returns how many requests of this call have been sent before.
    INTHELOOP_DECL unsigned resend_count() const noexcept;
    // Returns the path and the query, percent-encoded, with the path of the base URL.
    INTHELOOP_DECL std::string_view target() const noexcept;
    // Returns the header fields that all attempts share: those of the client and of the request.
    INTHELOOP_DECL headers const& fields() const noexcept;
    // Returns the body, which is empty if there is none; nothing if it comes from a source.
    INTHELOOP_DECL std::optional<std::string_view> body() const noexcept;
    // Returns whether the body of a success goes to a reader, piece by piece (open_response), and
    // is not shown to interceptors.
    INTHELOOP_DECL bool streams_response() const noexcept;
    // Returns a number that is equal only for requests to the same server, with the same token, for
    // the same impersonated user, and with the same texts in the place of each "[redacted]". The
    // key of a cache has to hold it: without it, one user may get the answer of another. It is
    // another one in each process, and tells nothing of the token.
    INTHELOOP_DECL std::uint64_t audience() const noexcept;

private:
    friend class net::interception_access;
    explicit intercepted_request(std::shared_ptr<net::intercepted_parts const> parts)
        : parts_(std::move(parts)) {}

    std::shared_ptr<net::intercepted_parts const> parts_;
};

// An answer: of the service, or one that an interceptor gives in its place. Copies share it.
//
// In the texts that it shows, "[redacted]" stands for each token, for the impersonated user, and
// for the query of each address, which may sign it. The answer itself stays whole inside: an
// interceptor that keeps it and gives it back later gives back all of it.
class intercepted_response {
public:
    // Makes an answer with this status, these header fields and this body. A status that is not 200
    // to 599 ends the call with errc::invalid_option.
    INTHELOOP_DECL explicit intercepted_response(unsigned status, headers fields = {},
                                                 std::string body = {});

    // Returns the HTTP status.
    INTHELOOP_DECL unsigned status() const noexcept;
    // Returns the header fields, redacted.
    INTHELOOP_DECL headers fields() const;
    // Returns the value of the first header field of this name, redacted.
    INTHELOOP_DECL std::optional<std::string> field(std::string_view name) const;
    // Returns whether the body is here: not if it went to a reader (open_response).
    INTHELOOP_DECL bool has_body() const noexcept;
    // Returns the size of the body in bytes, before anything is redacted.
    INTHELOOP_DECL std::size_t body_size() const noexcept;
    // Returns the body, redacted. Takes time in proportion to it.
    INTHELOOP_DECL std::string body() const;

private:
    friend class net::interception_access;
    explicit intercepted_response(std::shared_ptr<net::intercepted_answer const> answer)
        : answer_(std::move(answer)) {}

    std::shared_ptr<net::intercepted_answer const> answer_;
};

// Holds the decision of an interceptor. By default the attempt, or its answer, passes unchanged.
class interception {
public:
    interception() = default;

    // Before an attempt: answers it, and nothing is sent. After it: replaces the answer. A refusal
    // (a 4xx, but for 408 and 499) can't replace the answer to a request that is not idempotent, or
    // has an idempotency key, where the service may have acted: such a call ends with
    // errc::invalid_option. Use refuse() there.
    [[nodiscard]] static interception answer(intercepted_response given) {
        interception made;
        made.answer_.emplace(std::move(given));
        return made;
    }
    // Ends the attempt with an error: before it nothing is sent, after it the answer is dropped.
    // The code decides whether it is tried again, as with any failure: errc::connection_lost, say,
    // but not errc::invalid_request. The reason stands in error::detail, redacted. A number that is
    // no errc ends the call with errc::invalid_option.
    [[nodiscard]] static interception refuse(errc code, std::string reason) {
        interception made;
        made.refused_.emplace(code, std::move(reason));
        return made;
    }
    // Adds a header field to this attempt; only before it. A field that is there already, or that
    // the library sets (Authorization, Host, Content-Length, ...), or a Cookie to another origin,
    // ends the call with errc::invalid_option, and nothing is sent; so does a value that can't
    // stand in a header, or more than 256 fields. Returns itself, for chaining.
    interception& header(std::string_view name, std::string_view value) {
        headers_.append(name, value);
        return *this;
    }

private:
    friend class net::interception_access;

    std::optional<intercepted_response> answer_;
    std::optional<error> refused_;
    headers headers_;
};

// Looks at each attempt of each call of a client, and may change its course.
//
// Derive from it, override one function or both, and add it to options::interceptors. The functions
// run on a strand of the client's executor, so those of one client run one at a time. They may run
// from within async_call and set_token, if the program calls these on a thread of the client's
// io_context: hold no mutex meanwhile that they lock. They block the client: they must be quick.
// They may begin a call, but must not wait for it.
//
// An exception ends the call with errc::invalid_option, whose detail names the interceptor by its
// place; the text of the exception is dropped, since it may hold a secret. std::bad_alloc ends it
// with errc::out_of_memory.
class interceptor {
public:
    interceptor() = default;
    interceptor(interceptor const&) = delete;
    interceptor& operator=(interceptor const&) = delete;
    virtual ~interceptor() = default;

    // Called before an attempt, once the client has a token and its limits allow a request.
    virtual interception before(intercepted_request const&) { return {}; }
    // Called after an attempt that got an answer, of any status.
    virtual interception after(intercepted_request const&, intercepted_response const&) {
        return {};
    }
};

// Completes an interception: a completion handler with the signature
// void(std::exception_ptr, interception). Called once, from any thread, also from within the
// function that got it; a call that comes too late is ignored. If it is never called, the call
// waits until its deadline.
//
// Its executor is the strand of the client. Its cancellation slot gets
// asio::cancellation_type::all when the call ends in the meantime, by its deadline, a cancellation
// or the end of the client. The operation may honour it: nobody waits for it any more, but it keeps
// io_context::run() busy as long as it lasts.
class interception_handler {
public:
    using executor_type = boost::asio::any_io_executor;
    using cancellation_slot_type = boost::asio::cancellation_slot;

    explicit interception_handler(std::shared_ptr<net::pending_interception> of) noexcept
        : pending_(std::move(of)) {}
    interception_handler(interception_handler&&) noexcept = default;
    interception_handler& operator=(interception_handler&&) noexcept = default;

    INTHELOOP_DECL executor_type get_executor() const noexcept;
    // Returns the slot that is told when nobody waits for the decision any more.
    INTHELOOP_DECL cancellation_slot_type get_cancellation_slot() const noexcept;

    // Completes with a decision, or with an exception, which counts like one of an interceptor.
    INTHELOOP_DECL void operator()(std::exception_ptr failure, interception decided);
    // Completes with a decision.
    void operator()(interception decided) { (*this)(nullptr, std::move(decided)); }

private:
    std::shared_ptr<net::pending_interception> pending_;
};

// Like interceptor, with functions that take their time. Each begins an operation and calls the
// handler when it has decided. A coroutine does so by itself:
//
//     void async_before(loop::intercepted_request request,
//                       loop::interception_handler handler) override {
//         asio::co_spawn(handler.get_executor(), look_up(shared_from_this(), std::move(request)),
//                        std::move(handler));
//     }
//     static asio::awaitable<loop::interception> look_up(std::shared_ptr<my_interceptor> self,
//                                                        loop::intercepted_request request);
//
// An operation must keep what it uses, such as the interceptor itself: it may run on when the
// client is gone, and with it the last owner of the interceptor (here the class derives from
// std::enable_shared_from_this).
//
// It must not wait for a call of the same client, which might wait for the permit of this one. The
// deadline of the call goes on meanwhile. An exception that a function throws, or passes to its
// handler, counts like one of an interceptor.
class async_interceptor {
public:
    async_interceptor() = default;
    async_interceptor(async_interceptor const&) = delete;
    async_interceptor& operator=(async_interceptor const&) = delete;
    virtual ~async_interceptor() = default;

    // Called before an attempt, as interceptor::before is, also from within async_call and
    // set_token. Without an override it decides nothing.
    //
    //     void async_before(loop::intercepted_request request,
    //                       loop::interception_handler handler) override;
    //
    // Completes by calling the handler once, with void(std::exception_ptr, interception) or
    // void(interception). Cancellation reaches it through the handler's slot.
    virtual void async_before(intercepted_request, interception_handler handler) {
        handler(interception());
    }
    // Called after an attempt that got an answer, as interceptor::after is. Without an override it
    // decides nothing.
    //
    //     void async_after(loop::intercepted_request request, loop::intercepted_response response,
    //                      loop::interception_handler handler) override;
    //
    // Completes and is cancelled like async_before: void(std::exception_ptr, interception).
    virtual void async_after(intercepted_request, intercepted_response,
                             interception_handler handler) {
        handler(interception());
    }
};

// One of options::interceptors, of either kind.
using any_interceptor =
    std::variant<std::shared_ptr<interceptor>, std::shared_ptr<async_interceptor>>;

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/net/impl/interceptor.ipp>
#endif

#endif
