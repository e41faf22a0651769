// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_CLIENT_HPP
#define INTHELOOP_CLIENT_CLIENT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/call_options.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/client/prepared_request.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/net/detail/initiation.hpp>
#include <intheloop/policy/attempt_outcome.hpp>
#include <intheloop/policy/retry_explanation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

// A program that sees other types of Asio or of the standard library than its compiled library
// would link, and hang or crash. What changes these types also changes the name of the constructor,
// so that the linker finds none and says why.
#if defined(BOOST_ASIO_NO_TYPEID)
#define INTHELOOP_SETTINGS [[gnu::abi_tag("without_rtti")]]
#elif defined(BOOST_ASIO_ENABLE_HANDLER_TRACKING) || defined(BOOST_ASIO_CUSTOM_HANDLER_TRACKING)
#define INTHELOOP_SETTINGS [[gnu::abi_tag("asio_tracks_handlers")]]
#elif defined(BOOST_ASIO_HAS_IO_URING_AS_DEFAULT)
#define INTHELOOP_SETTINGS [[gnu::abi_tag("asio_over_io_uring")]]
#elif defined(_GLIBCXX_DEBUG)
#define INTHELOOP_SETTINGS [[gnu::abi_tag("debug_containers")]]
#else
#define INTHELOOP_SETTINGS
#endif

namespace intheloop {

// Makes calls to the API. Keeps its connections for later calls.
//
// May be used from any thread, and by many calls at once. The executor's context must outlive it.
// Its destructor ends the calls under way with errc::client_closed; each handler is still called,
// once.
class client {
public:
    using executor_type = boost::asio::any_io_executor;

    // Throws intheloop::exception (condition::configuration) with the name of an invalid option: a
    // base URL that is not https (http is allowed for loopback only, with allow_insecure_loopback),
    // an empty token or one that can't be sent in a header, a time limit that is not above zero, a
    // certificate that can't be read.
    INTHELOOP_SETTINGS INTHELOOP_DECL client(executor_type executor, options options);
    // Uses the executor of an execution context, such as an asio::io_context.
    template <std::derived_from<boost::asio::execution_context> Context>
    client(Context& context, options options)
        : client(executor_type(context.get_executor()), std::move(options)) {}
    INTHELOOP_DECL ~client();
    // Calls on a moved-from client end with errc::client_closed. It must not outlive the executor's
    // context either.
    INTHELOOP_DECL client(client&&) noexcept;
    INTHELOOP_DECL client& operator=(client&&) noexcept;

    INTHELOOP_DECL executor_type get_executor() const noexcept;

    // Calls an endpoint of the API, or one of your own.
    //
    //     loop::report::get_request request("6e1cf0db-52d7-4522-97c9-97aa40b14058");
    //     auto polled = co_await client.async_call(loop::report::get_report, request);
    //     if (polled)
    //         std::cout << polled->status << '\n';
    //
    // Completes with void(result<response_of<endpoint>>) when the response is decoded, the deadline
    // has passed or the call has failed: on the completion handler's associated executor (by
    // default the client's), never from within this function. Without a completion token, nothing
    // happens until the returned operation is awaited (or launched).
    //
    // Any number of calls may overlap, from any threads. The request and the options are encoded at
    // once, and need not outlive this function.
    //
    // Every failure is a value in the result; async_call itself throws only std::bad_alloc. An
    // invalid request or option is an error too (condition::configuration), and nothing is sent.
    //
    // All cancellation types are honoured at any time: the call ends at once with errc::cancelled,
    // and its connection is closed; error::progress tells how far the request got.
    //
    // With hedged_call_options it may send the request twice: see call_options::hedge.
    template <detail::endpoint_type Endpoint, class CompletionToken = boost::asio::deferred_t>
        requires(!std::same_as<std::remove_cvref_t<CompletionToken>, call_options> &&
                 !std::same_as<std::remove_cvref_t<CompletionToken>, hedged_call_options>)
    [[nodiscard]] auto async_call(Endpoint const& endpoint,
                                  typename Endpoint::request_type const& request,
                                  CompletionToken&& token = {}) {
        return initiate(endpoint, request, nullptr, token);
    }
    template <detail::endpoint_type Endpoint, class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_call(Endpoint const& endpoint,
                                  typename Endpoint::request_type const& request,
                                  call_options const& options, CompletionToken&& token = {}) {
        return initiate(endpoint, request, &options, token);
    }
    template <detail::endpoint_type Endpoint, class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto
    async_call(Endpoint const& endpoint, typename Endpoint::request_type const& request,
               hedged_call_options const& options, CompletionToken&& token = {}) {
        static_assert(Endpoint::is_idempotent,
                      "intheloop: only a call of an idempotent endpoint can be hedged: the service "
                      "may act on both of its requests");
        return initiate(endpoint, request, &detail::access::usual(options), token);
    }

    // Returns the request that async_call would send, and sends nothing: to look at it, to log it,
    // to compare it in a test. It is encoded by the code that encodes a call, and fails with the
    // same errors (condition::configuration). A call has a random idempotency key of its own,
    // unless the options give one. The header lines of an attempt alone are left out. The source of
    // a streamed body is asked for its executor, and not read. Any thread.
    //
    //     auto shown = client.prepare(loop::drafts::create_draft, draft);
    //     if (shown)
    //         std::cout << to_string(shown->method) << ' ' << shown->address << '\n';
    template <detail::endpoint_type Endpoint>
    result<prepared_request> prepare(Endpoint const& endpoint,
                                     typename Endpoint::request_type const& request) const {
        return detail::describe_request(
            *core_->settings, detail::encode_call(*core_->settings, endpoint, request, nullptr));
    }
    template <detail::endpoint_type Endpoint>
    result<prepared_request> prepare(Endpoint const& endpoint,
                                     typename Endpoint::request_type const& request,
                                     call_options const& options) const {
        return detail::describe_request(
            *core_->settings, detail::encode_call(*core_->settings, endpoint, request, &options));
    }

    // Replaces the token, from the next attempt on, also for calls under way. After a 401 the
    // client sends nothing until this is done (unless it has a token provider). May be used beside
    // a token provider: a request to it that is under way is cancelled, and it is asked again only
    // after the next 401. Throws intheloop::exception (condition::configuration) for a token that
    // can't be sent in a header. Any thread.
    INTHELOOP_DECL void set_token(secret changed);

    // Reads the trust, the client's certificate and key, and the revocation lists again: the files
    // that options::tls names, and the system's authorities where they are trusted. Calls begun
    // from now on make their new connections with them. Connections that are there, idle ones and
    // handshakes under way too, go on with what was read before; no earlier TLS session is resumed.
    //
    // Replaces all of them or none: throws intheloop::exception (condition::configuration), and
    // changes nothing, if a file can't be used, or if the certificate and the key don't belong
    // together. (A file that is only half written may still be a valid one: rename a complete file
    // into its place.) Blocks for as long as reading takes. Any thread.
    INTHELOOP_DECL void reload_tls();

    // Closes the client in order: calls begun from now on end with errc::client_closed, calls under
    // way go on.
    //
    //     co_await client.async_close();
    //
    // Completes with void() when the handler of the last call, also of a refused one, has returned
    // and all connections are closed: on the completion handler's associated executor (by default
    // the client's), never from within this function. It can't fail.
    //
    // The same holds for the handlers of exports, downloads and reads of an item_reader or a
    // byte_source whose last call has ended; those that need another call get errc::client_closed
    // from it, and so does a start of an export that waits for another process, when that one has
    // its export. A row_reader knows no client: nobody waits for a row that it has already.
    //
    // May overlap with calls and with other async_close operations, from any threads. The client
    // may be destroyed before it completes.
    //
    // All cancellation types end the calls under way, and the waits of exports and downloads, with
    // errc::client_closed; the operation then completes as usual.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_close(CompletionToken&& token = {}) {
        return boost::asio::async_initiate<CompletionToken, void()>(
            detail::erased_initiation(
                core_->executor,
                [core = core_](auto handler) { core->async_close(std::move(handler)); }),
            token);
    }

    // Explains how the client would go on, and why, after the `attempt`-th attempt of a call ended
    // with this outcome, if there were no deadline. Uses the client's own decision function. A 401
    // counts as final here, although a call is tried once more if there is another token. Sends
    // nothing. Any thread.
    //
    //     std::cout << client.explain(drafts::create_draft, answered_with(503)) << '\n';
    template <detail::endpoint_type Endpoint>
    retry_explanation explain(Endpoint const&, attempt_outcome const& outcome, unsigned attempt = 1,
                              call_options const& options = call_options()) const {
        attempt_outcome assumed = outcome;
        if (outcome.failure == errc::unexpected_status &&
            !codec::failure_of_status(outcome.status, Endpoint::info().further_success))
            assumed.failure.reset();
        return explain(Endpoint::info(), assumed, attempt, options);
    }

    // Returns a consistent snapshot of the client's activity. Any thread.
    INTHELOOP_DECL client_statistics statistics() const;

    // Returns the origin of the base URL, "https://api.intheloop.io": with a port only if it is not
    // the scheme's own. Journals identify the server by it. Any thread.
    INTHELOOP_DECL std::string origin() const;

private:
    friend class detail::access;

    INTHELOOP_DECL retry_explanation explain(endpoint_info const& endpoint,
                                             attempt_outcome const& outcome, unsigned attempt,
                                             call_options const& options) const;

    template <class Endpoint, class CompletionToken>
    auto initiate(Endpoint const& endpoint, typename Endpoint::request_type const& request,
                  call_options const* options, CompletionToken& token) {
        using response_type = typename Endpoint::response_type;
        return boost::asio::async_initiate<CompletionToken, void(result<response_type>)>(
            detail::initiate_call<response_type>(core_), token,
            detail::encode_call(*core_->settings, endpoint, request, options));
    }

    std::shared_ptr<detail::client_core> core_;
};

} // namespace intheloop

#undef INTHELOOP_SETTINGS

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/client.ipp>
#endif

#endif
