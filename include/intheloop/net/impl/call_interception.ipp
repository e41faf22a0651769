// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_INTERCEPTION_IPP
#define INTHELOOP_NET_IMPL_CALL_INTERCEPTION_IPP

// Asks the interceptors before an attempt of a call, and about its answer.

#include <intheloop/base/detail/header_lines.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/net/detail/call.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/interception.hpp>
#include <intheloop/net/detail/memory_reserve.hpp>
#include <intheloop/net/detail/observation.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/cancellation_type.hpp>

#include <atomic>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace intheloop::net {

namespace detail {

// An asynchronous interceptor that works for a call. The program may keep its handler, and so this
// object, for longer than the client's context lives.
class working_interceptor final : public pending_interception {
public:
    working_interceptor(runtime& of, std::weak_ptr<call> by)
        : pending_interception(of.runs_on), enter_(of.gate.make_entrance()),
          runtime_(of.weak_from_this()), call_(std::move(by)) {}

    void complete(std::exception_ptr failure, interception decided) override {
        if (is_over_.exchange(true) || call_.expired())
            return;
        failure_ = std::move(failure);
        decided_ = std::move(decided);
        auto const self = std::static_pointer_cast<working_interceptor>(shared_from_this());
        intheloop::detail::with_reserve([&] { enter_.post([self] { self->report(); }); });
    }
    // An operation that is over has no use for its slot any more.
    void cancel() {
        auto const self = std::static_pointer_cast<working_interceptor>(shared_from_this());
        intheloop::detail::with_reserve([&] {
            executor.post([self] {
                if (!self->is_over_)
                    intheloop::detail::emit_guarded(self->signal,
                                                    boost::asio::cancellation_type::all);
            });
        });
    }

private:
    void report() {
        auto const alive = runtime_.lock();
        if (!alive)
            return;
        alive->bind([&] {
            if (auto const found = call_.lock())
                found->on_intercepted(*this, std::move(failure_), std::move(decided_));
        })();
    }

    strand_gate::entrance const enter_;
    std::weak_ptr<runtime> const runtime_;
    std::weak_ptr<call> const call_;
    std::atomic<bool> is_over_{false};
    std::exception_ptr failure_;
    interception decided_;
};

} // namespace detail

INTHELOOP_DECL std::string call::interceptor_asked() const {
    return "interceptors[" + std::to_string(interception_->asked()) + ']';
}

INTHELOOP_DECL void call::take_secrets(kept_secrets& kept) const {
    if (outcome_.token)
        kept.tokens.push_back(outcome_.token);
    kept.tokens.insert(kept.tokens.end(), outcome_.earlier_tokens.begin(),
                       outcome_.earlier_tokens.end());
    if (owner_.tokens.current() != outcome_.token)
        kept.tokens.push_back(owner_.tokens.current());
    kept.user = request_.context.user;
    kept.further = request_.context.further_secrets;
}

INTHELOOP_DECL policy::call_step call::ask_interceptors() {
    take_token();
    kept_secrets secrets;
    take_secrets(secrets);
    auto seen = show_request(request_, secrets);
    // A copy: the client's own lives in its options, which hold the interceptor that may keep this.
    seen->origin = std::make_shared<origin const>(*request_.context.origin);
    seen->attributes = attributes();
    seen->attributes.server_address = seen->origin->host;
    seen->resend_count = requests_before();
    seen->streams_response = request_.sink != nullptr;
    interception_ =
        std::make_unique<interception_run>(interception_access::request(std::move(seen)));
    return go_through_interceptors();
}

INTHELOOP_DECL policy::call_step call::show_answer() {
    interception_run& run = *interception_;
    if (!run.response) { // of the service
        auto secrets = std::make_shared<kept_secrets>();
        take_secrets(*secrets);
        auto shown = std::make_shared<intercepted_answer>();
        try {
            shown->response = outcome_.response;
        } catch (std::bad_alloc const&) { // the answer may be large: it ends its own call only
            return fail(error(errc::out_of_memory, {}));
        }
        shown->has_body = !run.ended.gave_to_sink;
        shown->secrets = std::move(secrets);
        run.response = interception_access::response(std::move(shown));
    }
    return go_through_interceptors();
}

// Asks one interceptor after the other, until one has to be waited for.
INTHELOOP_DECL policy::call_step call::go_through_interceptors() {
    while (interception_->advance(owner_.options.interceptors.size())) {
        auto decided = ask_interceptor();
        owner_.forget_time(); // it may have taken some
        if (!decided) {
            auto const waiting = owner_.counts.calls_waiting_for_interceptors;
            if (!interception_->comes_back() && waiting > owner_.options.pool.max_waiting)
                return fail(error(errc::queue_full, "too many wait for " + interceptor_asked()));
            defer_permit(); // others may begin meanwhile
            return step::wait;
        }
        if (auto const next = take(std::move(*decided)))
            return *next;
    }
    return interception_->comes_back() ? end_review() : plan_.on_passed();
}

namespace detail {

// Treats the exception that is being handled as a refusal. Its text may hold a secret.
INTHELOOP_DECL interception refusal_of_thrown(bool after) {
    errc const code = intheloop::detail::thrown_code();
    return interception::refuse(code,
                                code == errc::out_of_memory ? "no memory was left"
                                : after                     ? "threw an exception after the attempt"
                                        : "threw an exception before the attempt, of which nothing "
                                          "was sent");
}

} // namespace detail

// Returns the decision of the interceptor whose turn it is, unless it takes its time.
INTHELOOP_DECL std::optional<interception> call::ask_interceptor() {
    interception_run& run = *interception_;
    bool const after = run.comes_back();
    auto const& asked = owner_.options.interceptors[run.asked()];
    try {
        if (auto const* const at_once = std::get_if<std::shared_ptr<interceptor>>(&asked))
            return after ? (*at_once)->after(run.request, *run.response)
                         : (*at_once)->before(run.request);
        auto& later = *std::get<std::shared_ptr<async_interceptor>>(asked);
        auto const pending =
            std::make_shared<detail::working_interceptor>(owner_, weak_from_this());
        run.pending = pending;
        if (after)
            later.async_after(run.request, *run.response, interception_handler(pending));
        else
            later.async_before(run.request, interception_handler(pending));
        return std::nullopt;
    } catch (...) {
        stop_interceptor();
        return detail::refusal_of_thrown(after);
    }
}

INTHELOOP_DECL void call::on_intercepted(pending_interception const& by, std::exception_ptr failure,
                                         interception&& decided) {
    if (!interception_ || interception_->pending.get() != &by)
        return;
    interception_->pending.reset();
    if (failure) {
        try {
            std::rethrow_exception(std::move(failure));
        } catch (...) {
            decided = detail::refusal_of_thrown(interception_->comes_back());
        }
    }
    auto const next = take(std::move(decided));
    run(next ? *next : go_through_interceptors());
}

// Carries out a decision. Returns the next step, or nothing where the next interceptor is asked.
INTHELOOP_DECL std::optional<policy::call_step> call::take(interception&& decided) {
    interception_run& run = *interception_;
    if (auto& refused = interception_access::refused(decided)) {
        refused->detail = interceptor_asked() + ": " + refused->detail;
        return fail(std::move(*refused));
    }
    if (auto const& added = interception_access::added(decided); !added.empty()) {
        auto problem =
            run.comes_back()
                ? std::optional<std::string>("a header can't be added after the attempt")
                : intheloop::detail::append_header_lines(run.lines, added, request_.header_lines(),
                                                         request_.has_credentials);
        if (problem)
            return fail(error(errc::invalid_option, interceptor_asked() + ": " + *problem));
    }
    auto const& answer = interception_access::answer(decided);
    return answer ? take_answer(*answer) : std::nullopt;
}

INTHELOOP_DECL std::optional<policy::call_step>
call::take_answer(intercepted_response const& given) {
    interception_run& run = *interception_;
    auto const& inside = interception_access::inside(given);
    auto const refuse = [&](std::string reason) {
        return fail(error(errc::invalid_option, interceptor_asked() + ": " + std::move(reason)));
    };
    if (inside.response.status < 200 || inside.response.status > 599)
        return refuse("its answer has the status " + std::to_string(inside.response.status));
    if (!inside.has_body)
        return refuse("its answer has no body, since that went to a reader");
    if (run.ended.gave_to_sink)
        return refuse("replaces an answer whose body went to a reader already");
    if (run.comes_back() && would_hide_an_act(inside.response.status))
        return refuse("replaces the status " + std::to_string(run.ended.status) +
                      ", after which the service may have acted, by the refusal " +
                      std::to_string(inside.response.status) + ": use interception::refuse");
    if (!request_.sink && inside.response.body.size() > request_.limits.max_body_size)
        return fail(error(errc::response_too_large,
                          interceptor_asked() + ": its answer is longer than " +
                              std::to_string(request_.limits.max_body_size) + " bytes"));
    try {
        outcome_.response = inside.response;
    } catch (std::bad_alloc const&) {
        return fail(error(errc::out_of_memory, {}));
    }
    if (request_.limits.has_no_body)
        outcome_.response.body.clear();
    run.response = given;
    run.is_replaced = true;
    if (run.comes_back())
        return std::nullopt;
    run.ended = describe_end();
    let_go(release_as::unused, policy::limiter::outcome::failed); // of the service nothing came
    run.come_back_from_here();
    return plan_.on_answered();
}

// Returns whether this status, in place of the service's own, would say that the service did not
// act, although it may have done so. A POST would be sent again, and a journal would advise to
// start anew, even with a key.
INTHELOOP_DECL bool call::would_hide_an_act(unsigned status) const {
    bool const is_harmless = request_.rules.idempotent && !request_.context.idempotency_key;
    auto const& ended = interception_->ended;
    return !is_harmless && policy::may_have_acted(ended.progress, ended.status) &&
           !policy::may_have_acted(ended.progress, status);
}

// All have seen the answer: it counts like one of the service.
INTHELOOP_DECL policy::call_step call::end_review() {
    interception_run& run = *interception_;
    if (run.is_replaced && !outcome_.failure)
        give_answer_to_sink();
    policy::attempt_end ended = run.ended;
    ended.status = outcome_.response.status;
    ended.failure = failure_of_attempt();
    note_progress(ended.progress);
    outcome_.retry_after.reset();
    read_retry_after();
    ended.retry_after = outcome_.retry_after;
    outcome_.answered_by_interceptor = run.is_replaced && !outcome_.failure;
    interception_.reset();
    return conclude(ended);
}

INTHELOOP_DECL void call::give_answer_to_sink() {
    auto& answer = outcome_.response;
    if (!request_.sink || !codec::goes_to_sink(answer.status, request_.limits.further_success))
        return;
    interception_->ended.gave_to_sink = true;
    auto failure = request_.sink->begin({answer.status, answer.headers, 0, answer.body.size()});
    if (!failure && !answer.body.empty())
        failure = request_.sink->write(answer.body);
    answer.body.clear();
    if (failure)
        outcome_.failure = std::make_unique<error>(std::move(*failure));
}

// The call goes on without the interceptor that it waits for.
INTHELOOP_DECL void call::stop_interceptor() noexcept {
    if (!interception_ || !interception_->pending)
        return;
    auto const stopped = std::exchange(interception_->pending, nullptr);
    try {
        static_cast<detail::working_interceptor&>(*stopped).cancel();
    } catch (...) { // without memory it goes on to its own end
    }
}

} // namespace intheloop::net

#endif
