// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_CHAOS_HPP
#define INTHELOOP_EXAMPLES_CHAOS_HPP

// Faults on purpose, as an interceptor: to see in production, or in front of the real service,
// whether a program stands them. It takes the same description as a test server does.
#include <intheloop/base/time_source.hpp>
#include <intheloop/net/interceptor.hpp>
#include <intheloop/testing/fault.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>

namespace example {

namespace loop = intheloop;
namespace asio = boost::asio;

// Gives attempts a random fault: a status, a lost connection or a delay, or a delay and then one of
// these. Nothing is sent of an attempt that gets a status or a lost connection, so the service
// never acts on it, and even a POST may be tried again. The same seed gives the same faults in the
// same order. For one client.
class chaos : public loop::async_interceptor {
public:
    // Delays follow the clock of the client, if that is given: its options::time. Throws
    // std::invalid_argument for a fault that damages the bytes of an answer (drip, truncate), which
    // an interceptor can't do.
    explicit chaos(loop::testing::random_faults which,
                   std::shared_ptr<loop::time_source> time = nullptr)
        : which_(std::move(which)), time_(std::move(time)), random_(which_.seed) {
        for (auto const& fault : which_.faults)
            if (fault.drip_bytes || fault.body_bytes ||
                (fault.instead && (fault.instead->pause_after ||
                                   (fault.instead->raw && !fault.instead->raw->empty()))))
                throw std::invalid_argument("chaos: a fault that damages the bytes of an answer");
    }

    void async_before(loop::intercepted_request, loop::interception_handler handler) override {
        loop::testing::fault const* const fault = draw();
        if (fault == nullptr)
            return handler(loop::interception());
        if (fault->wait.count() <= 0)
            return handler(decision_of(*fault));
        delay(fault->wait, decision_of(*fault), std::move(handler));
    }

private:
    loop::testing::fault const* draw() {
        double const share = static_cast<double>(random_() >> 11) * 0x1p-53; // in [0, 1)
        std::uint64_t const choice = random_();
        bool const none = share >= which_.probability || which_.faults.empty();
        return none ? nullptr : &which_.faults[choice % which_.faults.size()];
    }

    static loop::interception decision_of(loop::testing::fault const& fault) {
        if (!fault.instead)
            return {};
        auto const& instead = *fault.instead;
        if (instead.raw)
            return loop::interception::refuse(loop::errc::connection_lost, "chaos");
        loop::headers fields;
        fields.append("Content-Type", instead.content_type);
        for (auto const& [name, value] : instead.headers)
            fields.append(name, value);
        return loop::interception::answer(
            loop::intercepted_response(instead.status, std::move(fields), instead.body));
    }

    void delay(std::chrono::milliseconds time, loop::interception decided,
               loop::interception_handler handler) {
        auto slot = handler.get_cancellation_slot();
        auto const strand = handler.get_executor();
        auto const kept = std::make_shared<loop::interception_handler>(std::move(handler));
        auto go_on = [kept, decided = std::move(decided)] { (*kept)(decided); };
        if (!time_) {
            auto const timer = std::make_shared<asio::steady_timer>(strand, time);
            return timer->async_wait(asio::bind_cancellation_slot(
                slot, [timer, go_on = std::move(go_on)](auto) { go_on(); }));
        }
        // A wait of the client's clock only posts, as that demands.
        auto const id = time_->begin_wait(
            time_->now() + time, [strand, go_on = std::move(go_on)] { asio::post(strand, go_on); });
        slot.assign([time = time_, id](asio::cancellation_type) { time->cancel_wait(id); });
    }

    loop::testing::random_faults const which_;
    std::shared_ptr<loop::time_source> const time_;
    std::mt19937_64 random_;
};

} // namespace example

#endif
