// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CALL_HPP
#define INTHELOOP_CALL_HPP

// One call of the client: all that does not depend on the types of its endpoint is declared here
// and compiled once; the rest is a thin template around it.

#include <intheloop/codec/json_error.hpp>
#include <intheloop/codec/make_empty.hpp>
#include <intheloop/codec/request.hpp>
#include <intheloop/codec/response.hpp>
#include <intheloop/config.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/error.hpp>
#include <intheloop/handler.hpp>
#include <intheloop/net/transport.hpp>
#include <intheloop/options.hpp>
#include <intheloop/policy/deadline.hpp>
#include <intheloop/result.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/container/small_vector.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

// What all calls of a client go by. They keep it while they are under way, but not the transport.
class call_settings {
public:
    // Throws intheloop::exception where an option can't be used.
    INTHELOOP_DECL explicit call_settings(options chosen);

    options const how;
    net::url const base;
    std::string const user_agent;
    std::string const fixed_lines; // of the head of each request
};

// Who has to know that a client is closed though no call of his is under way.
class close_listener {
public:
    virtual ~close_listener() = default;
    virtual void on_client_closed() = 0; // any thread
};

// What all calls of a client share.
class call_core {
public:
    // Throws as call_settings does.
    INTHELOOP_DECL call_core(boost::asio::any_io_executor executor, options how);

    // Tells them once, when the client is closed; at once if it is. Any thread.
    INTHELOOP_DECL void listen(std::weak_ptr<close_listener> listener);
    // Ends all calls with errc::client_closed.
    INTHELOOP_DECL void close();

    std::shared_ptr<call_settings const> const settings;
    net::transport transport;

private:
    std::mutex mutex_;
    std::vector<std::weak_ptr<close_listener>> listeners_;
    bool closed_ = false;
};

// A call that is ready to begin, or the reason why it can't.
class prepared_call {
public:
    prepared_call() {}

    endpoint_info const* endpoint = nullptr;
    std::optional<error> refused;
    net::exchange_request request;
    // The user that this call impersonates, if any: a secret that must not come back in an error.
    std::optional<secret> impersonate_user;
};

// What stands before the target.
INTHELOOP_DECL codec::encoded_request begin_request(call_settings const& settings, verb method);
// The target of `encoded` stands behind that.
INTHELOOP_DECL prepared_call prepare_call(call_settings const& settings,
                                          endpoint_info const& endpoint,
                                          codec::encoded_request&& encoded,
                                          codec::json_error const* problem,
                                          call_options const* how);

template <endpoint_type Endpoint>
prepared_call encode_call(call_settings const& settings, Endpoint const& endpoint,
                          typename Endpoint::request_type const& request, call_options const* how) {
    codec::encoded_request encoded = begin_request(settings, Endpoint::method);
    auto const problem = codec::encode_request(endpoint, request, encoded);
    static constexpr endpoint_info info = Endpoint::info();
    return prepare_call(settings, info, std::move(encoded), problem ? &*problem : nullptr, how);
}

// What is known of a call from its beginning.
class begun_call {
public:
    begun_call() {}

    std::shared_ptr<call_settings const> settings;
    endpoint_info const* endpoint = nullptr;
    std::optional<secret> impersonate_user;
    std::vector<std::string> further_secrets; // that must not come back either
    policy::clock::time_point started{};
    std::shared_ptr<net::origin const> server;
};

// A call that has ended, with an answer to decode or with a failure.
class ended_call : public begun_call {
public:
    explicit ended_call(begun_call&& begun, net::exchange_outcome&& ended = {})
        : begun_call(std::move(begun)), outcome(std::move(ended)) {}

    net::exchange_outcome outcome;

    codec::json_limits json_limits() const { return {.max_depth = settings->how.max_json_depth}; }
    // Adds to an error, and to the description of an answer, all that is known of the call.
    INTHELOOP_DECL error complete_error(error e);
    INTHELOOP_DECL void complete_info(response_info& info);
    using secret_list = boost::container::small_vector<std::string_view, 4>;
    INTHELOOP_DECL secret_list secrets() const;

private:
    INTHELOOP_DECL void tell_end(std::optional<errc> failure) const;
};

using call_handler = boost::asio::any_completion_handler<void(ended_call&&)>;

// Gives the request what it lacks.
INTHELOOP_DECL begun_call begin_call(call_core const& core, prepared_call& call);
// Of one that was refused.
INTHELOOP_DECL void end_call(call_core const& core, prepared_call& call, call_handler handler);

// The handler takes an ended_call&&.
template <class Handler>
void start_call(std::shared_ptr<call_core> const& core, prepared_call&& call, Handler handler) {
    if (call.refused)
        return end_call(*core, call, std::move(handler));
    auto end = [begun = begin_call(*core, call)](Handler&& inner,
                                                 net::exchange_outcome&& exchanged) mutable {
        std::move(inner)(ended_call(std::move(begun), std::move(exchanged)));
    };
    core->transport.async_exchange(std::move(call.request),
                                   chained_handler(std::move(handler), std::move(end)));
}

// What was answered goes over into the result.
template <class T>
result<T> decode_call(ended_call& call) {
    if (call.outcome.failure)
        return call.complete_error(std::move(*call.outcome.failure));
    response<T> answer(codec::detail::make_empty<T>());
    codec::json_statistics statistics;
    if (auto failure = codec::decode_response(call.outcome.response, answer.value,
                                              call.json_limits(), statistics))
        return call.complete_error(std::move(*failure));
    answer.unknown_keys = statistics.unknown_keys;
    call.complete_info(answer);
    return answer;
}

template <class T>
struct initiate_call {
    std::shared_ptr<call_core> core;

    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor() const noexcept { return core->transport.get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler, prepared_call&& call) const {
        // The client's own executor is at work while a call is under way.
        bool const here = runs_on(handler, get_executor());
        call.request.completes_here = here;
        auto decode = [](auto&& inner, ended_call&& ended) {
            std::forward<decltype(inner)>(inner)(decode_call<T>(ended));
        };
        start_call(core, std::move(call),
                   chain_user_handler(std::forward<Handler>(handler), get_executor(),
                                      std::move(decode), here));
    }
};

struct initiate_close {
    std::shared_ptr<call_core> core;

    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor() const noexcept { return core->transport.get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const {
        core->transport.async_close(
            chain_user_handler(std::forward<Handler>(handler), get_executor(),
                               [](auto&& inner) { std::forward<decltype(inner)>(inner)(); }));
    }
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/impl/call.ipp>
#endif

#endif
