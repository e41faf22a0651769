// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_CALL_HPP
#define INTHELOOP_NET_DETAIL_CALL_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/base/observer.hpp>
#include <intheloop/net/detail/attempt.hpp>
#include <intheloop/net/detail/interception.hpp>
#include <intheloop/net/detail/outcome.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/runtime.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/policy/detail/call_plan.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::net {

// One call under way: carries out the steps of policy::call_plan with the resources of its runtime,
// and ends once. Runs on the runtime's strand.
class call final : public std::enable_shared_from_this<call>, private timed {
public:
    INTHELOOP_DECL call(runtime& owner, request&& request, outcome_handler&& handler);

    outcome_handler const& handler() const noexcept { return handler_; }

    // Events from the runtime.
    INTHELOOP_DECL void begin(std::uint64_t id);
    INTHELOOP_DECL void cancel(errc why);
    INTHELOOP_DECL void on_token_fetched(error const* failure);
    INTHELOOP_DECL void on_token_refused();
    INTHELOOP_DECL void on_token_changed();
    INTHELOOP_DECL void on_permit();
    INTHELOOP_DECL void on_connection(std::uint64_t which, std::shared_ptr<connection> given,
                                      bool reused);
    INTHELOOP_DECL void on_no_connection(error failure);
    INTHELOOP_DECL void on_pause(policy::clock::time_point until);
    // An asynchronous interceptor has decided.
    INTHELOOP_DECL void on_intercepted(pending_interception const& by, std::exception_ptr failure,
                                       interception&& decided);
    INTHELOOP_DECL void resume_reading();
    INTHELOOP_DECL void resume_sending();
    INTHELOOP_DECL void deliver();
    // Ends the call without memory: a step of the client has failed in between.
    INTHELOOP_DECL void give_up(errc why) noexcept;
    // The call is destroyed with its context, as soon as no operation keeps it.
    INTHELOOP_DECL void forget() noexcept;

    // Called by the attempt.
    INTHELOOP_DECL void on_attempt_ended(std::optional<error> failure);
    // The time of the next look at the rate has changed.
    void on_transfer_changed() { set_timer(); }
    runtime& owner() noexcept { return owner_; }

    std::uint64_t id() const noexcept { return id_; }
    bool has_limits(origin_limits const& of) const noexcept { return limits_ == &of; }
    // Returns whether it carries the second request of another call.
    bool is_second() const noexcept { return hedging_ && hedging_->is_second; }

private:
    using step = policy::call_step;
    using state = policy::call_plan::state;
    using release_as = net::pool::release_as;

    // Carries out steps until one has to wait.
    void run(step next);
    step ask_token();
    step ask_permit();
    void note_deadline();
    void ask_connection();
    step refuse_token();
    step outlasted_by(policy::clock::time_point end_of_pause);
    void note_retry();
    step fail(error failure);
    step fail_for_token();
    step end_attempt(release_as as);
    step conclude(policy::attempt_end const& ended);
    void note_progress(request_progress of_last) noexcept;
    bool is_limited() const { return request_.has_credentials || request_.rules.limited; }
    bool has_current_token() const;
    void pause_others();
    void follow_service();
    void end();

    step ask_interceptors();
    step show_answer();
    step go_through_interceptors();
    std::optional<interception> ask_interceptor();
    std::optional<step> take(interception&& decided);
    std::optional<step> take_answer(intercepted_response const& given);
    bool would_hide_an_act(unsigned status) const;
    void take_secrets(kept_secrets& kept) const;
    void stop_interceptor() noexcept;
    step end_review();
    void give_answer_to_sink();
    std::string interceptor_asked() const;

    void send(std::shared_ptr<connection> on);
    bool may_begin();
    bool may_have_acted();
    error why_it_ended(connection& ended);
    void defer_permit();
    void take_token();
    std::optional<error> renew_attempt_lines();
    void write_request();
    void let_go(release_as as, policy::limiter::outcome ended);
    std::optional<errc> failure_of_attempt() const;
    policy::attempt_end describe_end() const;
    void read_retry_after();
    policy::decision_inputs inputs();
    void hand_over();

    // Of a call that may have a second request, and of that one: net/impl/call_hedge.ipp.
    struct hedging {
        bool is_decided = false; // whether there is a second one
        std::shared_ptr<call> second;
        // How the first request ended, while the call waits for the second one.
        std::optional<policy::attempt_end> ended;
        std::unique_ptr<error> failure;
        codec::encoded_response response;
        std::optional<std::chrono::seconds> retry_after;
        // Of the second request.
        bool is_second = false;
        std::weak_ptr<call> first;
        std::uint64_t first_id = 0;
    };
    policy::clock::time_point hedge_at() const;
    void begin_second();
    std::shared_ptr<call> make_second();
    bool waits_for_second(policy::attempt_end const& ended);
    void drop_second();
    void end_second();
    void on_second_ended(call& second);
    step end_with(call& second);
    void record_first();
    void take_over(call& second);
    unsigned requests_before() const; // sent for the call so far
    void count_request();
    std::uint64_t told_id() const;

    void count_state();
    void count_as(state now) noexcept;
    std::size_t* counter_of(state which);
    void add_waiting_time();
    std::chrono::nanoseconds* waiting_time_of(state which);
    INTHELOOP_DECL void on_time() override;
    void set_timer();
    std::string what_it_waits_for() const;
    std::string slower_than() const;

    call_attributes attributes() const;
    std::optional<error> ask_propagator(std::string& lines) const;
    void tell_attempt_started() const;
    void tell_attempt_ended(attempt_outcome const& ended) const;
    void tell_retry() const;
    void prepare_attempt_recording();
    void record_attempt();

    runtime& owner_;
    request request_;
    origin_limits* limits_ = nullptr; // set when the call begins
    outcome_handler handler_;
    outcome outcome_;
    policy::call_plan plan_;
    attempt attempt_{*this};
    std::uint64_t id_ = 0;
    intheloop::detail::random_numbers random_{0}; // for the pauses; set when the id is
    state counted_ = state::nothing;            // the state in which the statistics count the call
    policy::clock::time_point counted_since_{}; // for an observer only
    bool holds_permit_ = false;
    bool is_deferred_ = false;     // the permit is deferred until a connection is available
    std::uint64_t asked_pool_ = 0; // how often
    net::pool* pool_ = nullptr;    // of its connection
    std::optional<std::uint64_t> connection_;
    bool reused_ = false;
    policy::clock::time_point attempt_began_{};
    std::uint64_t request_number_ = 0; // of the attempt, counted over all calls of the client
    // The furthest progress of requests that are no attempts in the plan, and may have been acted
    // on: on stale connections, and beside the first one.
    request_progress unrecorded_ = request_progress::not_sent;
    bool stale_may_have_acted_ = false;              // one of these, on a stale connection
    unsigned requests_ = 0;                          // sent for the call
    unsigned resend_count_ = 0;                      // of the attempt among these
    std::optional<std::uint64_t> token_generation_;  // of the token in the request
    std::string attempt_lines_;                      // header lines of the last attempt alone
    std::unique_ptr<interception_run> interception_; // of the attempt, once it is asked for
    pending_count::mark delivery_;                   // until the handler has returned
    std::optional<errc> given_up_;
    // The executor of the handler, on the way to it.
    std::optional<boost::asio::associated_executor_t<outcome_handler, boost::asio::any_io_executor>>
        runs_on_;
    bool is_handed_over_ = false;
    std::unique_ptr<hedging> hedging_; // if it may have a second request, or is one
};

} // namespace intheloop::net

#endif
