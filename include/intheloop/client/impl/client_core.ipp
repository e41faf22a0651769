// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CLIENT_IMPL_CLIENT_CORE_IPP
#define INTHELOOP_CLIENT_IMPL_CLIENT_CORE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/client/detail/client_core.hpp>
#include <intheloop/client/detail/option_checks.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <openssl/rand.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL call_settings::call_settings(intheloop::options chosen)
    : options(check_options(std::move(chosen))), base(check_base_url(options)),
      user_agent(make_user_agent(options)), fixed_lines(lines_for(base.origin)),
      given_seed(options.time ? options.time->next_seed() : std::nullopt),
      seed(given_seed ? *given_seed : next_seed(nullptr)), origins(check_origins(options)) {}

INTHELOOP_DECL std::string call_settings::new_idempotency_key() const {
    unsigned char octets[16];
    if (given_seed) {
        random_numbers numbers(seed, random_use::idempotency_key, ++keys_);
        for (std::size_t i = 0; i != sizeof octets; i += sizeof(std::uint64_t)) {
            std::uint64_t number = numbers.next();
            for (std::size_t j = 0; j != sizeof number; ++j, number >>= 8)
                octets[i + j] = static_cast<unsigned char>(number);
        }
    } else if (RAND_bytes(octets, sizeof octets) != 1) {
        return {};
    }
    octets[6] = static_cast<unsigned char>((octets[6] & 0x0f) | 0x40); // RFC 9562: version 4
    octets[8] = static_cast<unsigned char>((octets[8] & 0x3f) | 0x80);
    std::string text = to_hexadecimal({reinterpret_cast<char const*>(octets), sizeof octets});
    for (std::size_t const dash : {8u, 13u, 18u, 23u})
        text.insert(dash, 1, '-');
    return text;
}

INTHELOOP_DECL std::string call_settings::lines_for(net::origin const& of) const {
    return "Host: " + of.authority() + "\r\nUser-Agent: " + user_agent + "\r\n";
}

INTHELOOP_DECL std::optional<error> call_settings::find_origin(std::string_view named,
                                                               net::url& out) const {
    if (auto const found = origins.find(named); found != origins.end()) {
        out = found->second;
        return std::nullopt;
    }
    std::string problem;
    if (!net::parse_url(named, out, problem)) // the descriptor is checked, up to an IPv6 address
        return error(errc::invalid_request, "origin<>: " + problem);
    out.target.clear();
    if (!out.origin.secure && !options.allow_insecure_loopback)
        return error(errc::invalid_option, out.origin.text() + " needs allow_insecure_loopback, "
                                                               "and is for tests");
    return std::nullopt;
}

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

INTHELOOP_DECL void client_core::send(net::request&& request, net::outcome_handler handler) {
    try {
        if (auto const& key = request.context.idempotency_key)
            request.context.key_to_tell = *key;
        request.context.started = settings->now();
    } catch (...) {
        request.refused.emplace(thrown_code(), std::string());
    }
    if (!request.context.origin)
        request.context.origin = {settings, &settings->base.origin};
    request.client_is_closed = is_twin();
    if (!request.refused)
        return net::async_send(runtime_, std::move(request), std::move(handler));
    post_delivery(executor, deliveries()->add(), std::move(handler),
                  net::outcome(std::move(request.context), *std::move(request.refused)));
}

INTHELOOP_DECL void client_core::set_token(secret changed) {
    if (!is_twin())
        net::set_token(runtime_, std::move(changed));
}

INTHELOOP_DECL void client_core::reload_tls() {
    if (!is_twin())
        net::reload_tls(runtime_);
}

INTHELOOP_DECL client_statistics client_core::statistics() const {
    return net::statistics_of(*runtime_);
}

INTHELOOP_DECL unsigned client_core::retry_budget_left(endpoint_info const& endpoint) const {
    net::url address;
    if (endpoint.origin.empty() || settings->find_origin(endpoint.origin, address))
        return statistics().retry_budget_left;
    return net::retry_budget_left(*runtime_, address.origin);
}

INTHELOOP_DECL boost::asio::any_io_executor client_core::strand() const {
    return net::strand_of(*runtime_);
}

INTHELOOP_DECL std::string client_core::name_in_fleet(std::string_view text) const {
    return net::name_in_fleet(*runtime_, text);
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
    try {
        if (!is_twin())
            net::close(runtime_);
    } catch (...) {
        tell_listeners();
        throw;
    }
    tell_listeners();
}

INTHELOOP_DECL void client_core::tell_listeners() {
    std::vector<std::weak_ptr<close_listener>> notified;
    {
        std::lock_guard const lock(mutex_);
        closed_ = true;
        notified.swap(listeners_);
    }
    std::exception_ptr failure;
    for (auto const& one : notified) {
        try {
            if (auto const listener = one.lock())
                listener->on_client_closed();
        } catch (...) { // the others are told all the same
            failure = std::current_exception();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

INTHELOOP_DECL void client_core::async_close(net::close_handler handler) {
    if (is_twin())
        return post_completion(executor, std::move(handler));
    net::async_close(runtime_, std::move(handler), [weak = weak_from_this()] {
        if (auto const alive = weak.lock())
            alive->tell_listeners();
    });
}

INTHELOOP_DECL std::shared_ptr<net::pending_count> client_core::deliveries() const {
    return net::deliveries_of(*runtime_);
}

} // namespace intheloop::detail

#endif
