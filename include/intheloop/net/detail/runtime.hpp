// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_RUNTIME_HPP
#define INTHELOOP_NET_DETAIL_RUNTIME_HPP

// What the exchanges of one client share: connections, limits, token, budget of retries. It holds
// the pure machines of policy/ and does what they say.

#include <intheloop/base/client_statistics.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/observation.hpp>
#include <intheloop/net/detail/pending_count.hpp>
#include <intheloop/net/detail/pool.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/runtime_options.hpp>
#include <intheloop/net/detail/session_store.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/net/detail/token_source.hpp>
#include <intheloop/policy/detail/rate_limit.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace intheloop::net {

class call;

// All of it runs on the strand, but for what says otherwise. Whoever changes something calls
// settle() when done; a handler made by bind() does that by itself.
class runtime : public std::enable_shared_from_this<runtime> {
public:
    using close_handler = boost::asio::any_completion_handler<void()>;

    INTHELOOP_DECL static std::shared_ptr<runtime> make(boost::asio::any_io_executor on,
                                                        runtime_options options);
    // For make() only.
    INTHELOOP_DECL runtime(boost::asio::any_io_executor on, runtime_options options);

    runtime_options const options;
    boost::asio::any_io_executor const executor;
    strand const runs_on;
    timer_queue timers;
    policy::limiter limiter;
    token_source tokens;
    client_statistics counts; // but for what publish() fills in

    // A handler that runs `step` and then settles.
    template <class Step>
    auto bind(Step step) {
        return [ self = shared_from_this(), step = std::move(step) ]<class... Args>(
            Args const&... args) mutable requires std::invocable<Step&, Args const&...> {
            turn const now(*self, self->under_way());
            step(args...);
            self->settle();
        };
    }
    // The time of what runs on the strand now: it is looked at once.
    policy::clock::time_point now() {
        if (!time_)
            time_ = timers.now();
        return *time_;
    }
    // After something that took time.
    void forget_time() { time_.reset(); }
    // Does what there is to do now: lets calls go that may, gives them connections, delivers
    // those that have ended, sets the timer.
    INTHELOOP_DECL void settle();

    // Calls. Each is kept here until it is delivered.
    INTHELOOP_DECL void add(std::shared_ptr<call> begun);
    INTHELOOP_DECL void end(call& ended);
    INTHELOOP_DECL call& call_of(std::uint64_t id);
    INTHELOOP_DECL net::pool& pool_for(request const& request);
    // The memory of a request that is not needed any more is there for the body of a later answer.
    INTHELOOP_DECL std::string take_memory();
    INTHELOOP_DECL void keep_memory(std::string&& of_request);
    // Credentials belong to an origin: our certificate is not shown to another.
    boost::asio::ssl::context& tls_for(bool certificate) {
        return certificate || !tls_anonymous_ ? tls_ : *tls_anonymous_;
    }

    // Told by the token source: there is a token, or why not.
    INTHELOOP_DECL void on_token_fetched(error const* failure);
    INTHELOOP_DECL void on_token_changed();
    // The service refused the token, and there is no other: who waits to send it ends.
    INTHELOOP_DECL void on_token_refused();

    // After a 429: nobody sends until then; those whose deadline is sooner end now.
    INTHELOOP_DECL void pause_until(policy::clock::time_point until);

    // The budget of retries, and a random number in [0, 1] for their pauses.
    unsigned retry_budget_left() const { return budget_.left(); }
    void take_from_budget(unsigned cost) { budget_.take(cost); }
    void give_to_budget(unsigned amount) { budget_.give(amount); }
    double random() { return std::uniform_real_distribution<double>()(random_); }

    // Tells the observer, if there is one. Any thread.
    template <class Event>
    void tell(void (observer::*what)(Event const&), Event const& event) const {
        net::tell(options.observer.get(), what, event);
    }

    // No further calls; when `now`, those under way end with errc::client_closed. Each handler is
    // called when all is over.
    INTHELOOP_DECL void close(bool now);
    INTHELOOP_DECL void close(close_handler when_closed);
    bool closing() const { return closing_; }

    // Any thread.
    INTHELOOP_DECL client_statistics statistics() const;
    // To be kept until a handler that is called has returned.
    pending_count::mark expect_delivery() { return deliveries_->add(); }
    // To be kept until it was called, or is another context's to call: it may begin another call.
    pending_count::mark expect_hand_over() { return hand_overs_->add(); }

private:
    // The calls, and who waits for the last one. Handlers may own the client itself, so this is
    // not the engine's: it is kept by the wait of the timer, which every call has, and by whatever
    // runs on the strand. A context that is destroyed destroys it.
    struct work {
        using call_map = std::map<std::uint64_t, std::shared_ptr<call>>;
        call_map calls; // in the order of their begin
        std::vector<call_map::node_type> ended;
        std::vector<call_map::node_type> spare; // for calls to come
        std::vector<close_handler> when_closed;
    };
    // While something runs on the strand, it keeps the work.
    class turn {
    public:
        turn(runtime& owner, std::shared_ptr<work> kept)
            : owner_(owner), kept_(std::move(kept)),
              before_(std::exchange(owner.work_now_, kept_.get())) {
            owner.forget_time();
        }
        turn(turn const&) = delete;
        turn& operator=(turn const&) = delete;
        ~turn() { owner_.work_now_ = before_; }

    private:
        runtime& owner_;
        std::shared_ptr<work> kept_;
        work* before_;
    };

    INTHELOOP_DECL std::shared_ptr<work> under_way();
    using pool_key = std::tuple<origin, bool>; // with our certificate
    using pool_key_view = std::tuple<origin const&, bool>;

    // Those that are under way now: what is done with one may end others.
    INTHELOOP_DECL std::vector<std::shared_ptr<call>> calls();
    INTHELOOP_DECL std::shared_ptr<session_store> sessions_for(pool_key const& key);
    INTHELOOP_DECL void come_to_rest();
    INTHELOOP_DECL void deliver_ended();
    INTHELOOP_DECL void set_timer();
    INTHELOOP_DECL void publish();
    INTHELOOP_DECL void finish_closing();

    class wake_up final : public timed {
        void on_time() override {} // the engine settles after it anyway
    };

    std::weak_ptr<work> work_;
    work* work_now_ = nullptr; // within a turn
    std::optional<policy::clock::time_point> time_;
    std::vector<std::string> memory_; // empty strings
    std::map<pool_key, std::unique_ptr<net::pool>, std::less<>> pools_;
    std::map<pool_key, std::shared_ptr<session_store>> sessions_; // outlive the pools
    std::uint64_t last_call_ = 0;
    wake_up limiter_wake_;

    policy::retry_budget budget_;
    std::minstd_rand random_{std::random_device()()};
    boost::asio::ssl::context tls_;
    std::optional<boost::asio::ssl::context> tls_anonymous_;

    bool closing_ = false;
    wake_up closing_wait_; // keeps the context at work until it is closed
    std::shared_ptr<pending_count> deliveries_ = std::make_shared<pending_count>();
    std::shared_ptr<pending_count> hand_overs_ = std::make_shared<pending_count>();

    mutable std::mutex published_mutex_;
    client_statistics published_;
};

} // namespace intheloop::net

#endif
