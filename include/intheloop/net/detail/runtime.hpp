// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_RUNTIME_HPP
#define INTHELOOP_NET_DETAIL_RUNTIME_HPP

// Resources shared by the calls of one client: connections, limits, token, retry budget. Holds the
// state machines of policy/ and carries out their steps.

#include <intheloop/base/client_statistics.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/observation.hpp>
#include <intheloop/net/detail/origin_limits.hpp>
#include <intheloop/net/detail/outcome.hpp>
#include <intheloop/net/detail/pending_count.hpp>
#include <intheloop/net/detail/pool.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/runtime_options.hpp>
#include <intheloop/net/detail/session_store.hpp>
#include <intheloop/net/detail/strand.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/net/detail/tls_contexts.hpp>
#include <intheloop/net/detail/token_source.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace intheloop::net {

class call;

// Runs on the strand, except where noted. Code that changes its state calls settle() when done; a
// handler made by bind() does that by itself.
class runtime : public std::enable_shared_from_this<runtime> {
public:
    INTHELOOP_DECL static std::shared_ptr<runtime> make(boost::asio::any_io_executor on,
                                                        runtime_options options);
    // Called by make() only.
    INTHELOOP_DECL runtime(boost::asio::any_io_executor on, runtime_options options);

    runtime_options const options;
    boost::asio::any_io_executor const executor;
    strand const runs_on;
    strand_gate const gate; // for the threads of others
    timer_queue timers;
    token_source tokens;
    client_statistics counts; // except the fields that publish() fills in
    // Lent to one connection at a time; empty meanwhile.
    boost::beast::flat_buffer read_memory;

    // Makes a handler that runs `step` and then settles.
    template <class Step>
    auto bind(Step step) {
        return [ self = shared_from_this(), step = std::move(step) ]<class... Args>(
            Args const&... args) mutable requires std::invocable<Step&, Args const&...> {
            turn const now(*self,
                           intheloop::detail::with_reserve([&] { return self->under_way(); }));
            try {
                step(args...);
                self->settle();
            } catch (...) {
                self->give_up();
            }
        };
    }
    // Makes a function for any thread, at any time, that runs step(args...) as bind() does, unless
    // the client or its context is gone by then. It owns neither, except where the step can't be
    // posted: then it runs the step on its thread, unless the strand is running.
    template <class Step>
    auto bind_outside(Step step) {
        return [enter = gate.make_entrance(), weak = weak_from_this(),
                step = std::move(step)]<class... Args>(Args&&... args) {
            auto const in_turn = [weak, step, ... kept = std::forward<Args>(args)] {
                if (auto const alive = weak.lock())
                    alive->bind(step)(kept...);
            };
            try {
                enter.post(in_turn);
            } catch (...) { // no memory, or an executor of the user's that is full
                if (auto const alive = weak.lock())
                    alive->runs_on.post_or_run(in_turn);
            }
        };
    }
    // Returns the time of the current run of the strand: the clock is read once.
    policy::clock::time_point now() {
        if (!time_)
            time_ = timers.now();
        return *time_;
    }
    // Returns the same on the clock of the ages of connections.
    policy::clock::time_point boot_now() {
        if (!boot_time_)
            boot_time_ = intheloop::detail::boot_now(options.time);
        return *boot_time_;
    }
    // Returns when the clock of the timers reaches a time of the clock of ages: later, if the
    // machine is suspended meanwhile.
    policy::clock::time_point from_boot(policy::clock::time_point at) {
        using intheloop::detail::saturating_between;
        return intheloop::detail::saturating_add(
            now(), saturating_between<policy::clock::duration>(boot_now(), at));
    }
    std::chrono::nanoseconds since(policy::clock::time_point begin) {
        return intheloop::detail::saturating_between<std::chrono::nanoseconds>(begin, now());
    }
    // Called after a slow operation.
    void forget_time() {
        time_.reset();
        boot_time_.reset();
    }
    // Carries out all due steps: admits calls, assigns connections, delivers ended calls, sets the
    // timer.
    INTHELOOP_DECL void settle();

    // Calls. The runtime keeps each until it is delivered.
    INTHELOOP_DECL void add(std::shared_ptr<call> begun);
    // Adds the second request of a call.
    INTHELOOP_DECL void add_second(std::shared_ptr<call> begun);
    INTHELOOP_DECL void end(call& ended);
    INTHELOOP_DECL call& call_of(std::uint64_t id);
    INTHELOOP_DECL net::pool& pool_for(request const& request);
    // Returns the limits of the request's origin. A download, which is not limited, takes its
    // retries from the budget of the API.
    INTHELOOP_DECL origin_limits& limits_for(request const& request);
    // Reuses the memory of finished requests for the bodies of later responses.
    INTHELOOP_DECL std::string take_memory();
    INTHELOOP_DECL void keep_memory(std::string&& of_request) noexcept;
    boost::asio::ssl::context& tls_for(bool certificate) { return tls_->of(certificate); }
    // Uses other contexts for the handshakes to come. They resume no earlier session, which would
    // skip the verification by the new trust.
    INTHELOOP_DECL void use_tls(std::shared_ptr<tls_contexts> changed);
    // Locked while the files are read and the step is queued, so that the last read wins. Any
    // thread.
    std::mutex reloading_tls;

    // Called by the token source: there is a token, or the reason why not.
    INTHELOOP_DECL void on_token_fetched(error const* failure);
    INTHELOOP_DECL void on_token_changed();
    // The service refused the token, and there is no other: ends the calls waiting to send it.
    INTHELOOP_DECL void on_token_refused();

    // After a 429: pauses all calls with these limits until then; ends those with an earlier
    // deadline.
    INTHELOOP_DECL void pause_until(origin_limits& limits, policy::clock::time_point until);

    // The client's part in a fleet; null without one.
    fleet_link* fleet() const { return fleet_.get(); }
    // Called by the fleet: the limiter of the API's calls; what the service said to another client.
    policy::limiter& api_limiter() { return api_limits_.limiter; }
    INTHELOOP_DECL void hear_pause(policy::clock::time_point until);
    INTHELOOP_DECL void hear_refusal();

    // Notifies the observer, if there is one. Any thread.
    template <class Event>
    void notify(void (observer::*event_function)(Event const&), Event const& event) const {
        net::notify(options.observer.get(), event_function, event);
    }

    // Refuses further calls; with `now`, ends the calls under way with errc::client_closed. Calls
    // each handler when all calls have ended.
    INTHELOOP_DECL void close(bool now);
    INTHELOOP_DECL void close(close_handler& when_closed);
    bool closing() const { return closing_; }

    // Any thread.
    INTHELOOP_DECL client_statistics statistics() const;
    // Returns the retries left for an origin that an endpoint names. Any thread.
    INTHELOOP_DECL unsigned retry_budget_left(origin const& of) const;
    // Keep the mark until the called handler has returned.
    pending_count::mark expect_delivery() { return deliveries_->add(); }
    std::shared_ptr<pending_count> const& deliveries() const { return deliveries_; }
    // Keep the mark until the handler was called, or handed to another context: it may begin
    // another call.
    pending_count::mark expect_hand_over() { return hand_overs_->add(); }

private:
    // The calls, and the handlers that wait for their end. Handlers may own the client itself, so
    // the runtime does not own this: the wait of the timer keeps it, which every call has, and so
    // does each run of the strand. Destroying the context destroys it.
    struct work {
        using call_map = std::map<std::uint64_t, std::shared_ptr<call>>;
        call_map calls;                  // in the order of their beginning
        std::set<std::uint64_t> seconds; // the second requests among them
        std::vector<call_map::node_type> ended;
        std::vector<call_map::node_type> spare; // for calls to come
        std::vector<std::shared_ptr<close_handler>> when_closed;

        INTHELOOP_DECL ~work();
        // Makes room for one more call, so that ending a call needs no memory.
        INTHELOOP_DECL void make_room();
    };
    // Keeps the work alive during a run of the strand.
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
    using pool_key = std::tuple<origin, bool>; // whether the client's certificate may be presented
    using pool_key_view = std::tuple<origin const&, bool>;

    INTHELOOP_DECL void enter(std::shared_ptr<call> begun);
    // Returns a copy of the calls under way: an event of one may end others.
    INTHELOOP_DECL std::vector<std::shared_ptr<call>> calls();
    // Calls f(call) for each of these calls that is still under way when its turn comes.
    template <class F>
    void for_calls(std::vector<std::uint64_t> const& ids, F f) {
        for (std::uint64_t const id : ids)
            if (auto const found = work_now_->calls.find(id); found != work_now_->calls.end()) {
                auto const kept = found->second;
                f(*kept);
            }
    }
    // Returns the calls that wait for a permit of these limits, in the order of their beginning.
    INTHELOOP_DECL static std::vector<std::uint64_t> waiting_at(origin_limits const& limits);
    INTHELOOP_DECL std::shared_ptr<session_store> sessions_for(pool_key const& key);
    INTHELOOP_DECL void pause(origin_limits& limits, policy::clock::time_point until);
    INTHELOOP_DECL void come_to_rest();
    INTHELOOP_DECL void deliver_ended();
    INTHELOOP_DECL void retire(std::size_t count) noexcept;
    // Called when a step has thrown an exception, and may have left anything half-done: ends all
    // calls, drops all connections, and begins anew.
    INTHELOOP_DECL void give_up();
    INTHELOOP_DECL void drop_everything() noexcept;
    INTHELOOP_DECL void set_timer();
    INTHELOOP_DECL void publish();
    INTHELOOP_DECL void finish_closing();

    // Calls f(limits) for all origins.
    template <class F>
    void for_all_limits(F f) {
        f(api_limits_);
        for (auto& [of, limits] : other_limits_)
            f(limits);
    }

    std::weak_ptr<work> work_;
    work* work_now_ = nullptr; // valid within a turn
    std::optional<policy::clock::time_point> time_;
    std::optional<policy::clock::time_point> boot_time_;
    std::vector<std::string> memory_; // empty strings with capacity
    std::map<pool_key, std::unique_ptr<net::pool>, std::less<>> pools_;
    net::pool* api_pool_ =
        nullptr; // the last one that was found with credentials, while it is there
    std::map<pool_key, std::shared_ptr<session_store>> sessions_; // must outlive the pools
    std::uint64_t last_call_ = 0;
    origin_limits api_limits_;
    std::map<origin, origin_limits> other_limits_; // as many as endpoints name

    std::shared_ptr<tls_contexts> tls_;

    std::unique_ptr<fleet_link> fleet_;
    bool closing_ = false;
    wake_up closing_wait_; // keeps the context busy until the client is closed
    std::shared_ptr<pending_count> deliveries_ = std::make_shared<pending_count>();
    std::shared_ptr<pending_count> hand_overs_ = std::make_shared<pending_count>();

    mutable std::mutex published_mutex_;
    client_statistics published_;
    std::map<origin, unsigned> published_budgets_;
};

} // namespace intheloop::net

#endif
