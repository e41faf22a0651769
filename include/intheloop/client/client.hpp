// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_CLIENT_HPP
#define INTHELOOP_CLIENT_CLIENT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/client/detail/call.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/net/detail/initiation.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace intheloop {

// A client of the API, from which calls are made. It keeps its connections for the next call.
//
// It may be used from any thread, and by many calls at once. The executor's context must outlive
// it. Destroying it ends the calls under way with errc::client_closed; each handler is still
// called, once.
class client {
public:
    using executor_type = boost::asio::any_io_executor;

    // Throws intheloop::exception (condition::configuration) that says which option can't be
    // used: a base URL that is no https URL (http is refused but for loopback, with
    // allow_insecure_loopback), an empty token or one that can't stand in a header, a time limit
    // that is not above zero, a certificate that can't be read.
    INTHELOOP_DECL client(executor_type executor, options options);
    // The same with the executor of an execution context, as an asio::io_context.
    template <std::derived_from<boost::asio::execution_context> Context>
    client(Context& context, options options)
        : client(executor_type(context.get_executor()), std::move(options)) {}
    INTHELOOP_DECL ~client();
    // A call on a moved-from client ends with errc::client_closed. It must not outlive the
    // executor's context either.
    INTHELOOP_DECL client(client&&) noexcept;
    INTHELOOP_DECL client& operator=(client&&) noexcept;

    INTHELOOP_DECL executor_type get_executor() const noexcept;

    // Calls an endpoint of the API, or one of your own.
    //
    // The request is encoded at once, and need not outlive this function. Completes with
    // void(result<response_of<endpoint>>), on the associated executor of the completion handler
    // (else the client's), never from within this function. What is wrong with the request or
    // the call options comes back as an error too (condition::configuration), and nothing is
    // sent. Every failure is a value: async_call itself throws only std::bad_alloc. Without a
    // completion token nothing happens until what it returns is awaited (or launched).
    //
    // The call ends by its deadline. All cancellation types are honoured at any time: the call
    // ends at once with errc::cancelled and its connection is closed; error::progress says how
    // far the request got.
    template <detail::endpoint_type Endpoint, class CompletionToken = boost::asio::deferred_t>
        requires(!std::same_as<std::remove_cvref_t<CompletionToken>, call_options>)
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

    // Another token from the next attempt on, also of calls that are under way. After a 401 the
    // client sends nothing more until this is done (unless it has a token provider). Throws
    // intheloop::exception (condition::configuration) for a token that can't stand in a header.
    // Any thread.
    INTHELOOP_DECL void set_token(secret changed);

    // Ends the client in order: calls begun from now on end with errc::client_closed, those under
    // way go on. Completes with void() when the handler of the last one has returned and all
    // connections are closed. Cancelled (all types), it ends those under way too, and then
    // completes. The client may be destroyed meanwhile.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_close(CompletionToken&& token = {}) {
        return boost::asio::async_initiate<CompletionToken, void()>(
            detail::erased_initiation(
                core_->executor,
                [core = core_](auto handler) { core->async_close(std::move(handler)); }),
            token);
    }

    // What the client would do, and why, after the `attempt`-th attempt of a call ended in this
    // way, if there were no deadline: the function that decides is asked. Sends nothing. Any
    // thread.
    //
    //     std::cout << client.explain(drafts::create_draft, answered_with(503)) << '\n';
    template <detail::endpoint_type Endpoint>
    retry_explanation explain(Endpoint const&, attempt_outcome const& outcome, unsigned attempt = 1,
                              call_options const& options = call_options()) const {
        return explain(Endpoint::info().idempotent, outcome, attempt, options);
    }

    // What the client is doing. Any thread; the figures belong together.
    INTHELOOP_DECL client_statistics statistics() const;

    // Which server it calls: "https://api.intheloop.io:443". A journal names it so. Any thread.
    INTHELOOP_DECL std::string origin() const;

private:
    friend class detail::access;

    INTHELOOP_DECL retry_explanation explain(bool idempotent, attempt_outcome const& outcome,
                                             unsigned attempt, call_options const& options) const;

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

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/client.ipp>
#endif

#endif
