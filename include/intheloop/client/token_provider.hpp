// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_TOKEN_PROVIDER_HPP
#define INTHELOOP_CLIENT_TOKEN_PROVIDER_HPP

#include <intheloop/base/error.hpp>
#include <intheloop/base/secret.hpp>
#include <intheloop/net/detail/runtime_options.hpp>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include <concepts>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace intheloop {

// The handler of a provider that is not a coroutine. The provider calls it once, from any thread:
// handler(std::nullopt, token), or with an error and an empty token; an error without a code counts
// as errc::invalid_option. The provider may honour its cancellation slot. It may keep the handler,
// and assign another one to it.
using token_handler = net::token_handler;

// Provides the token of a client, instead of options::token: from a secret store, or a file that is
// rotated. It is called before the first call, and again when the service refuses the token (401);
// by one call at a time, while the others wait.
//
//     options.token_provider = [&vault](loop::token_request) -> asio::awaitable<loop::secret> {
//         co_return co_await vault.async_read("loop/token");
//     };
//
// A provider is a coroutine function, or a function that calls a handler: void(token_request,
// token_handler). Both run on a strand of the client's executor, which the request names. Both may
// fail by an exception: the calls that wait end with the error of an intheloop::exception, or with
// errc::token_unavailable, and the text of any other exception is dropped, since it may contain a
// secret. The function of a coroutine lives until the coroutine has ended, which may be later than
// the client. A provider must not make a call with the same client: that call would wait for the
// provider, and so for itself.
//
// options::token_timeout ends a request to the provider, and the calls that wait for it, with
// errc::token_unavailable. The slot of the request gets cancellation_type::all then, at
// client::set_token, and when the client has no call any more. A provider that gives the refused
// token once more ends these calls with errc::unauthorized.
class token_provider {
public:
    token_provider() = default;

    template <std::invocable<token_request> Function>
        requires std::same_as<std::invoke_result_t<Function&, token_request>,
                              boost::asio::awaitable<secret>>
        token_provider(Function function)
            : fetch_(coroutine_provider<Function>(std::move(function))) {}

        template <std::invocable<token_request, token_handler> Function>
        token_provider(Function function) : fetch_(std::move(function)) {}

        explicit operator bool() const noexcept {
            return static_cast<bool>(fetch_);
        }
        // Returns the provider in the form that the client calls.
        net::fetch_token const& fetch() const noexcept {
            return fetch_;
        }

    private:
        // Keeps the function until its coroutine has ended: that refers to it, and may run on when
        // the client is gone. A copy, as each client makes one, has a function of its own.
        template <class Function>
        class coroutine_provider {
        public:
            explicit coroutine_provider(Function function)
                : function_(std::make_shared<Function>(std::move(function))) {}
            coroutine_provider(coroutine_provider const& other)
                : function_(std::make_shared<Function>(*other.function_)) {}
            coroutine_provider(coroutine_provider&&) noexcept = default;
            coroutine_provider& operator=(coroutine_provider const&) = delete;
            coroutine_provider& operator=(coroutine_provider&&) = delete;
            ~coroutine_provider() = default;

            void operator()(token_request why, token_handler handler) {
                auto const slot = boost::asio::get_associated_cancellation_slot(handler);
                auto finish = [kept = function_, handler = std::move(handler)](
                                  std::exception_ptr failure, secret token) mutable {
                    std::move(handler)(failure_of(failure), std::move(token));
                };
                boost::asio::co_spawn(why.executor, (*function_)(why),
                                      boost::asio::bind_cancellation_slot(slot, std::move(finish)));
            }

        private:
            std::shared_ptr<Function> function_;
        };

        static std::optional<error> failure_of(std::exception_ptr const& failure) {
            try {
                if (failure)
                    std::rethrow_exception(failure);
                return std::nullopt;
            } catch (...) {
                return net::thrown_by_provider();
            }
        }

        net::fetch_token fetch_;
};

} // namespace intheloop

#endif
