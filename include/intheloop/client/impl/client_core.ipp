// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_CLIENT_CORE_IPP
#define INTHELOOP_CLIENT_IMPL_CLIENT_CORE_IPP

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/client_core.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL call_settings::call_settings(intheloop::options chosen)
    : options(check_options(std::move(chosen))), base(check_base_url(options)),
      user_agent(make_user_agent(options)),
      fixed_lines("Host: " + base.origin.authority() + "\r\nUser-Agent: " + user_agent + "\r\n"),
      seed(next_seed(options.time)) {}

INTHELOOP_DECL client_core::client_core(boost::asio::any_io_executor on, options options)
    : executor(std::move(on)), settings(std::make_shared<call_settings const>(std::move(options))),
      runtime_(
          net::make_runtime(executor, make_runtime_options(settings->options, settings->base.origin,
                                                           settings->seed))),
      closed_twin_(new client_core(*this, as_closed())) {}

INTHELOOP_DECL client_core::client_core(client_core const& open, as_closed)
    : executor(open.executor), settings(open.settings), runtime_(open.runtime_), closed_(true) {}

INTHELOOP_DECL client_core::~client_core() {
    if (is_twin())
        return;
    try {
        net::close(runtime_);
    } catch (...) { // without memory the calls go on to their own ends
    }
}

INTHELOOP_DECL void client_core::send(net::request request, net::outcome_handler handler) {
    try {
        request.context.started = settings->now();
    } catch (...) {
        request.refused.emplace(thrown_code(), std::string());
    }
    if (!request.context.origin)
        request.context.origin = {settings, &settings->base.origin};
    request.client_is_closed = is_twin();
    if (!request.refused)
        return net::async_send(runtime_, std::move(request), std::move(handler));
    post_completion(executor, std::move(handler),
                    net::outcome(std::move(request.context), *std::move(request.refused)));
}

INTHELOOP_DECL void client_core::set_token(secret changed) {
    if (!is_twin())
        net::set_token(runtime_, std::move(changed));
}

INTHELOOP_DECL client_statistics client_core::statistics() const {
    return net::statistics_of(*runtime_);
}

INTHELOOP_DECL boost::asio::any_io_executor client_core::strand() const {
    return net::strand_of(*runtime_);
}

INTHELOOP_DECL void client_core::listen(std::weak_ptr<close_listener> listener) {
    {
        std::lock_guard const lock(mutex_);
        if (!closed_) {
            // Looks at all of them only when their number has doubled.
            if (listeners_.size() >= next_sweep_) {
                std::erase_if(listeners_, [](auto const& one) { return one.expired(); });
                next_sweep_ = std::max(next_sweep_, 2 * listeners_.size());
            }
            listeners_.push_back(std::move(listener));
            return;
        }
    }
    if (auto const late = listener.lock())
        late->on_client_closed();
}

INTHELOOP_DECL void client_core::close() {
    if (!is_twin())
        net::close(runtime_);
    std::vector<std::weak_ptr<close_listener>> notified;
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        notified.swap(listeners_);
    }
    for (auto const& one : notified)
        if (auto const listener = one.lock())
            listener->on_client_closed();
}

INTHELOOP_DECL void client_core::async_close(net::close_handler handler) {
    if (is_twin())
        return post_completion(executor, std::move(handler));
    net::async_close(runtime_, std::move(handler));
}

} // namespace intheloop::detail

#endif
