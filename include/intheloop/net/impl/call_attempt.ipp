// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_CALL_ATTEMPT_IPP
#define INTHELOOP_NET_IMPL_CALL_ATTEMPT_IPP

// Sends the attempts of a call, each on its connection, and takes in how they end.

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/net/detail/call.hpp>
#include <intheloop/policy/detail/credential_names.hpp>

#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace intheloop::net {

INTHELOOP_DECL void call::on_connection(std::uint64_t which, std::shared_ptr<connection> given,
                                        bool reused) {
    connection_ = which;
    reused_ = reused;
    // A decision of the interceptors holds for the token with which they were asked.
    bool const has_another_token = request_.has_credentials && plan_.is_intercepted() &&
                                   token_generation_ != owner_.tokens.generation();
    if (has_another_token || !may_begin()) {
        let_go(release_as::unused, policy::limiter::outcome::failed);
        return run(plan_.on_begun_too_late(has_another_token));
    }
    if (request_.before_sending) {
        add_waiting_time(); // the connection is there: the journal's time does not count
        if (auto refused = request_.before_sending(may_have_acted())) {
            plan_.on_not_begun();
            return run(fail(std::move(*refused)));
        }
        owner_.forget_time();
        counted_since_ = owner_.now();
        if (!pool_->is_still_open(which)) { // it has ended while the journal was written
            auto const why = reused ? std::nullopt : std::optional(why_it_ended(*given));
            pool_->release(which, release_as::broken);
            connection_.reset();
            // A peer may end all its new connections: each costs an attempt.
            return why ? run(fail(*why)) : ask_connection();
        }
    }
    if (interception_ || owner_.options.propagator)
        if (auto refused = renew_attempt_lines()) {
            plan_.on_not_begun();
            return run(fail(std::move(*refused)));
        }
    // The strand, or the journal, may have stood still until now.
    if (auto const limit = plan_.limit({}); owner_.now() >= limit.at) {
        plan_.on_not_begun();
        return run(fail(error(limit.code, "before anything was sent")));
    }
    write_request();
    plan_.on_connection();
    count_state();
    send(std::move(given));
    if (plan_.is_sent())
        set_timer();
}

// Checks again: the token or the permit may have become invalid before the connection was
// available.
INTHELOOP_DECL bool call::may_begin() {
    return (!request_.has_credentials || owner_.tokens.may_send()) &&
           (!std::exchange(is_deferred_, false) || limits_->limiter.resume(id_, owner_.now()));
}

// Returns whether the service may have acted on a request of this call.
INTHELOOP_DECL bool call::may_have_acted() {
    constexpr auto none = request_progress::not_sent;
    return stale_may_have_acted_ || policy::furthest_progress(plan_.earlier(), none) != none;
}

// Returns why a new connection has ended, on which nothing was sent: an alert may tell.
INTHELOOP_DECL error call::why_it_ended(connection& ended) {
    auto const seen = ended.read_some();
    if (seen.error.category() == boost::asio::error::get_ssl_category())
        return error(errc::tls_failed, seen.error.message());
    return error(errc::connection_lost, "it ended before anything was sent");
}

// Takes the current token for the attempt. A request that holds another one is incomplete then.
INTHELOOP_DECL void call::take_token() {
    if (!request_.has_credentials || token_generation_ == owner_.tokens.generation())
        return;
    token_generation_ = owner_.tokens.generation();
    if (outcome_.token)
        outcome_.earlier_tokens.push_back(std::move(outcome_.token));
    outcome_.token = owner_.tokens.current();
    request_.bytes.resize(request_.shared_size);
}

// Asks for the header lines of this attempt alone. A request that holds others is incomplete then.
INTHELOOP_DECL std::optional<error> call::renew_attempt_lines() {
    std::string lines = interception_ ? interception_->lines : std::string();
    if (auto refused = ask_propagator(lines))
        return refused;
    policy::add_credentials(request_.context.further_secrets, lines);
    if (lines != attempt_lines_) {
        attempt_lines_ = std::move(lines);
        request_.bytes.resize(request_.shared_size);
    }
    return std::nullopt;
}

// Completes the request, unless an earlier attempt has sent the same.
INTHELOOP_DECL void call::write_request() {
    take_token();
    std::string& bytes = request_.bytes;
    if (bytes.size() != request_.shared_size)
        return;
    if (!attempt_lines_.empty())
        bytes += attempt_lines_;
    if (request_.has_credentials) {
        bytes += std::string_view("Authorization: Bearer ");
        bytes += outcome_.token->reveal();
        bytes += std::string_view("\r\n\r\n");
    } else
        bytes += std::string_view("\r\n");
    if (!request_.body.empty())
        bytes += request_.body;
}

INTHELOOP_DECL void call::send(std::shared_ptr<connection> on) {
    request_number_ = ++owner_.counts.requests_sent;
    resend_count_ = requests_before();
    count_request();
    attempt_began_ = owner_.now();
    tell_attempt_started();
    outcome_.response = codec::encoded_response();
    outcome_.response.body = owner_.take_memory();
    prepare_attempt_recording();
    attempt_.start(std::move(on), request_, outcome_.response, attempt_began_);
}

INTHELOOP_DECL void call::on_attempt_ended(std::optional<error> failure) {
    if (failure)
        return run(fail(std::move(*failure)));
    run(end_attempt(attempt_.leaves_connection_usable() ? release_as::reusable
                    : attempt_.is_all_sent()            ? release_as::finished
                                                        : release_as::broken));
}

INTHELOOP_DECL void call::resume_reading() {
    attempt_.resume();
}

INTHELOOP_DECL void call::resume_sending() {
    attempt_.resume_sending();
}

INTHELOOP_DECL policy::call_step call::fail(error failure) {
    outcome_.failure = std::make_unique<error>(intheloop::detail::with_code(std::move(failure)));
    stop_interceptor();
    if (plan_.waits_for() == state::review)
        return end_review();
    return end_attempt(plan_.is_sent() ? release_as::broken : release_as::unused);
}

INTHELOOP_DECL std::optional<errc> call::failure_of_attempt() const {
    if (outcome_.failure)
        return static_cast<errc>(outcome_.failure->code().value());
    return codec::failure_of_status(outcome_.response.status,
                                    request_.context.endpoint->further_success);
}

INTHELOOP_DECL policy::attempt_end call::describe_end() const {
    policy::attempt_end ended;
    ended.status = outcome_.response.status;
    ended.failure = failure_of_attempt();
    ended.progress = plan_.is_sent() ? attempt_.progress() : request_progress::not_sent;
    ended.on_reused_connection = reused_;
    ended.was_never_all_sent = attempt_.was_never_all_sent();
    ended.can_send_again = !request_.body_writer || !request_.body_writer->has_begun();
    return ended;
}

INTHELOOP_DECL policy::decision_inputs call::inputs() {
    return {owner_.now(), limits_->budget.left(), random_.next_share()};
}

// Gives back its resources, and leaves the queues.
INTHELOOP_DECL void call::let_go(release_as as, policy::limiter::outcome ended) {
    if (attempt_.is_running())
        attempt_.stop();
    if (connection_)
        pool_->release(*connection_, as, policy::parse_keep_alive(outcome_.response.headers));
    else if (pool_)
        pool_->leave(id_);
    connection_.reset();
    pool_ = nullptr;
    if (plan_.waits_for() == state::interceptors)
        defer_permit(); // nothing was sent
    if (holds_permit_)
        limits_->limiter.end(id_, ended, owner_.now());
    else
        limits_->limiter.leave(id_);
    holds_permit_ = false;
    is_deferred_ = false;
}

INTHELOOP_DECL policy::call_step call::end_attempt(release_as as) {
    bool const sent = plan_.is_sent();
    policy::attempt_end ended = describe_end();
    bool const stale = plan_.is_stale(ended);
    if (stale)
        pool_->distrust_idle();
    note_progress(ended.progress);
    if (stale) {
        unrecorded_ = std::max(unrecorded_, ended.progress);
        stale_may_have_acted_ |= !ended.was_never_all_sent;
    }
    read_retry_after();
    ended.retry_after = outcome_.retry_after;
    let_go(as, !sent || outcome_.failure ? policy::limiter::outcome::failed
               : ended.status == 429     ? policy::limiter::outcome::rate_limited
                                         : policy::limiter::outcome::answered);
    if (sent && !outcome_.failure && !outcome_.retry_after)
        follow_service();
    ended.gave_to_sink = attempt_.gave_to_sink(); // known only once it has stopped
    if (sent)
        tell_attempt_ended(ended);
    if (sent && !stale)
        record_attempt();
    if (stale) {
        outcome_.failure.reset();
        return plan_.on_stale();
    }
    if (is_limited() && (ended.status == 429 || ended.status == 503))
        limits_->refused_at = owner_.now();
    if (sent && !outcome_.failure && plan_.is_intercepted()) {
        interception_->ended = ended;
        interception_->come_back();
        return plan_.on_answered();
    }
    return conclude(ended);
}

// Decides how to go on, unless the second request may still be answered.
INTHELOOP_DECL policy::call_step call::conclude(policy::attempt_end const& ended) {
    if (hedging_ && waits_for_second(ended))
        return plan_.await_second();
    return plan_.on_ended(ended, inputs());
}

} // namespace intheloop::net

#endif
