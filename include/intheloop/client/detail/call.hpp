// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_DETAIL_CALL_HPP
#define INTHELOOP_CLIENT_DETAIL_CALL_HPP

// One call of the client: all that does not depend on the types of its endpoint is declared here
// and compiled once; the rest is a thin template around it.

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/codec/detail/json_error.hpp>
#include <intheloop/codec/detail/make_empty.hpp>
#include <intheloop/codec/detail/request.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/transport.hpp>
#include <intheloop/policy/detail/deadline.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>

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
    INTHELOOP_DECL explicit call_settings(intheloop::options chosen);

    intheloop::options const options;
    net::url const base;
    std::string const user_agent;
    std::string const fixed_lines; // of the head of each request

    policy::clock::time_point now() const { return steady_now(options.time); }
    std::chrono::system_clock::time_point system_now() const {
        return detail::system_now(options.time);
    }
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
    INTHELOOP_DECL call_core(boost::asio::any_io_executor executor, options options);

    // Tells them once, when the client is closed; at once if it is. Any thread.
    INTHELOOP_DECL void listen(std::weak_ptr<close_listener> listener);
    // Ends all calls with errc::client_closed.
    INTHELOOP_DECL void close();

    std::shared_ptr<call_settings const> const settings;
    net::transport transport;
    // For a client that was moved from: calls of this one end with errc::client_closed. It has none
    // itself.
    std::shared_ptr<call_core> const closed_one;

private:
    INTHELOOP_DECL call_core(call_core const& open, net::transport::already_closed closed);

    std::mutex mutex_;
    std::vector<std::weak_ptr<close_listener>> listeners_;
    bool closed_ = false;
};

// A call that is ready to begin, or the reason why it can't.
class prepared_call {
public:
    INTHELOOP_DECL prepared_call();
    INTHELOOP_DECL ~prepared_call();
    INTHELOOP_DECL prepared_call(prepared_call const&);
    INTHELOOP_DECL prepared_call(prepared_call&&) noexcept;
    INTHELOOP_DECL prepared_call& operator=(prepared_call&&) noexcept;

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
                                          call_options const* options);

// Compiled once for the documented endpoints. No concept stands here: compilers name a function
// with one differently in object files, so that g++ 12 and clang 19 could not be linked.
template <class Endpoint>
prepared_call encode_call(call_settings const& settings, Endpoint const& endpoint,
                          typename Endpoint::request_type const& request,
                          call_options const* options) {
    codec::encoded_request encoded = begin_request(settings, Endpoint::method);
    auto const problem = codec::encode_request(endpoint, request, encoded);
    static constexpr endpoint_info info = Endpoint::info();
    return prepare_call(settings, info, std::move(encoded), problem ? &*problem : nullptr, options);
}

// What is known of a call from its beginning.
class begun_call {
public:
    INTHELOOP_DECL begun_call();
    INTHELOOP_DECL ~begun_call();
    INTHELOOP_DECL begun_call(begun_call&&) noexcept;
    INTHELOOP_DECL begun_call& operator=(begun_call&&) noexcept;

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
    INTHELOOP_DECL explicit ended_call(begun_call&& begun, net::exchange_outcome&& ended = {});
    INTHELOOP_DECL ~ended_call();
    INTHELOOP_DECL ended_call(ended_call&&) noexcept;

    net::exchange_outcome outcome;

    // Adds to an error, and to the description of an answer, all that is known of the call.
    INTHELOOP_DECL error complete_error(error e);
    INTHELOOP_DECL void complete_info(response_info& info);
    // Takes secrets out of a text that came with the answer.
    INTHELOOP_DECL std::string redact(std::string_view text) const;

private:
    INTHELOOP_DECL void tell_end(std::optional<errc> failure) const;
};

// Gives the request what it lacks.
INTHELOOP_DECL begun_call begin_call(call_core const& core, prepared_call& call);
// Calls the handler with what came of it: at once, but not from within, if it was refused.
INTHELOOP_DECL void exchange(call_core& core, prepared_call&& call, net::exchange_handler handler);

// The handler takes an ended_call&&.
template <class Handler>
void start_call(std::shared_ptr<call_core> const& core, prepared_call&& call, Handler handler) {
    auto end = [begun = begin_call(*core, call)](Handler&& inner,
                                                 net::exchange_outcome&& exchanged) mutable {
        std::move(inner)(ended_call(std::move(begun), std::move(exchanged)));
    };
    exchange(*core, std::move(call), wrapped_handler(std::move(handler), std::move(end)));
}

// What has to be known of a type to read an answer into it.
struct answer_type {
    codec::detail::json_type const& json;
    bool body_optional;
    std::string_view name;
};

// Gives the error if there is one; the object is then half-filled.
INTHELOOP_DECL std::unique_ptr<error> read_answer(ended_call& call, answer_type const& type,
                                                  void* object, response_info& info);

// What was answered goes over into the result.
template <class T>
result<T> decode_call(ended_call& call) {
    answer_type const type{codec::detail::json_type_of<T>(), codec::detail::may_be_absent<T>,
                           type_name<T>()};
    response<T> answer(codec::detail::make_empty<T>());
    if (auto const failure = read_answer(call, type, &answer.value, answer))
        return std::move(*failure);
    return answer;
}

// From what came of an exchange to the user's handler.
template <class T, class Executor>
class end_of_call {
public:
    end_of_call(begun_call&& begun, work_guard<Executor>&& work)
        : begun_(std::move(begun)), work_(std::move(work)) {}

    template <class Inner>
    void operator()(Inner&& inner, net::exchange_outcome&& exchanged) {
        ended_call ended(std::move(begun_), std::move(exchanged));
        auto const at_work = std::move(work_);
        std::forward<Inner>(inner)(decode_call<T>(ended));
    }

private:
    begun_call begun_;
    work_guard<Executor> work_;
};

template <class T>
struct initiate_call {
    std::shared_ptr<call_core> core;

    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor() const noexcept { return core->transport.get_executor(); }

    // An operation that is begun as an lvalue may be begun again.
    template <class Handler>
    void operator()(Handler&& handler, prepared_call const& call) const {
        (*this)(std::forward<Handler>(handler), prepared_call(call));
    }
    template <class Handler>
    void operator()(Handler&& handler, prepared_call&& call) const {
        // The client's own executor is at work while a call is under way.
        auto const& fallback = core->transport.get_executor();
        auto own = boost::asio::get_associated_executor(handler, fallback);
        bool const here = call.request.completes_here = is_same_executor(own, fallback);
        using end = end_of_call<T, decltype(own)>;
        using work = work_guard<decltype(own)>;
        end then(begin_call(*core, call), here ? work() : work(own));
        exchange(*core, std::move(call),
                 wrapped_handler<std::decay_t<Handler>, end>(std::forward<Handler>(handler),
                                                             std::move(then)));
    }
};

struct initiate_close {
    std::shared_ptr<call_core> core;

    using executor_type = boost::asio::any_io_executor;
    executor_type get_executor() const noexcept { return core->transport.get_executor(); }

    template <class Handler>
    void operator()(Handler&& handler) const {
        core->transport.async_close(
            wrap_user_handler(std::forward<Handler>(handler), get_executor(),
                              [](auto&& inner) { std::forward<decltype(inner)>(inner)(); }));
    }
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/client/impl/call.ipp>
#endif

#endif
