// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DETAIL_CALL_HPP
#define INTHELOOP_CLIENT_DETAIL_CALL_HPP

// Encodes a request of an endpoint, and turns an outcome into a result. All code that does not
// depend on the types of the endpoint is compiled once; the rest is a thin template around it.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/call_options.hpp>
#include <intheloop/client/detail/client_core.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/client/prepared_request.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/endpoint/detail/make_empty.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/initiation.hpp>
#include <intheloop/net/detail/outcome.hpp>
#include <intheloop/net/detail/request.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop::detail {

// Writes the part of a request before the target.
INTHELOOP_DECL codec::encoded_request begin_request(call_settings const& settings,
                                                    endpoint_info const& endpoint);
// Completes a request that ends in its target.
INTHELOOP_DECL net::request prepare_request(call_settings const& settings,
                                            endpoint_info const& endpoint,
                                            codec::encoded_request&& encoded,
                                            codec::json_error const* problem,
                                            call_options const* options);

// Compiled once for the documented endpoints. Uses no concept: compilers mangle the name of a
// constrained function differently, so that object files of g++ 12 and clang 19 could not be
// linked.
template <class Endpoint>
net::request encode_call(call_settings const& settings, Endpoint const& endpoint,
                         typename Endpoint::request_type const& request,
                         call_options const* options) {
    static constexpr endpoint_info info = Endpoint::info();
    codec::encoded_request encoded = begin_request(settings, info);
    auto const problem = codec::encode_request(endpoint, request, encoded);
    net::request prepared =
        prepare_request(settings, info, std::move(encoded), problem ? &*problem : nullptr, options);
    if constexpr (codec::answer_rules_of<Endpoint>() != nullptr)
        prepared.context.answers = codec::answer_rules_of<Endpoint>();
    return prepared;
}

// Describes a request that is not sent, or the reason for refusing it.
INTHELOOP_DECL result<prepared_request> describe_request(call_settings const& settings,
                                                         net::request const& request);

// Removes secrets from a text of the response, and cuts it to policy::longest_error_text.
INTHELOOP_DECL std::string redact(net::outcome const& of, std::string_view text);
// Completes an error, or the description of a response, with the facts of the call, and reports the
// end of the call to the observer.
INTHELOOP_DECL error complete_error(call_settings const& settings, net::outcome& of, error e);
INTHELOOP_DECL void complete_info(call_settings const& settings, net::outcome& of,
                                  response_info& info);

// Returns the error, if any; the object is then partly filled. The rules of the endpoint are those
// of the outcome.
INTHELOOP_DECL std::unique_ptr<error> read_response(call_settings const& settings, net::outcome& of,
                                                    codec::detail::response_type const& type,
                                                    void* object, response_info& info);

// Returns the error for an outcome that could not be turned into a result: an exception is being
// handled.
INTHELOOP_DECL error unreadable_error(call_settings const& settings, net::outcome& of) noexcept;

// Turns an outcome into a result. Compiled once for the documented endpoints.
template <class T>
result<T> to_result(call_settings const& settings, net::outcome& of) {
    try {
        auto const type = codec::detail::response_type_of<T>();
        response<T> read(intheloop::detail::make_empty<T>());
        if (auto const failure = read_response(settings, of, type, &read.value, read))
            return std::move(*failure);
        return read;
    } catch (...) {
        return unreadable_error(settings, of);
    }
}

// Initiates a call whose result is a T.
template <class T>
auto initiate_call(std::shared_ptr<client_core> const& core) {
    return initiation(core->executor, [core](auto&& handler, net::request&& request) {
        // Keeps the handler's executor busy; the client's own is busy while a call is under way.
        auto own = associated_executor_of(handler, core->executor);
        bool const here = request.completes_here = is_same_executor(own, core->executor);
        using work = work_guard<decltype(own)>;
        auto finish = [settings = core->settings, work = here ? work() : work(own)](
                          auto&& inner, net::outcome&& ended) mutable {
            [[maybe_unused]] auto const at_work = std::move(work);
            std::forward<decltype(inner)>(inner)(to_result<T>(*settings, ended));
        };
        core->send(std::move(request),
                   wrapped_handler<std::decay_t<decltype(handler)>, decltype(finish)>(
                       std::forward<decltype(handler)>(handler), std::move(finish)));
    });
}

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/call_request.ipp>
#include <intheloop/client/impl/call_result.ipp>
#endif

#endif
