// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_DOWNLOAD_RUN_IPP
#define INTHELOOP_JOBS_IMPL_DOWNLOAD_RUN_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/jobs/detail/download_run.hpp>
#include <intheloop/jobs/detail/range_run.hpp>
#include <intheloop/jobs/detail/stream_file.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <string>
#include <utility>

namespace intheloop::detail {

INTHELOOP_DECL download_run::download_run(std::shared_ptr<client_core> const& core,
                                          prepared_download download)
    : core_(core), settings_(core->settings), addresses_(std::move(download.address)),
      open_part_(std::move(download.open_part)), stream_(std::move(download.stream)),
      lost_(std::move(download.lost)), options_(std::move(download.options)),
      started_(download.started.value_or(settings_->now())),
      address_(settings_, options_, started_),
      transfer_(std::make_shared<download_transfer>(settings_, std::move(download.target),
                                                    options_.on_progress)),
      random_(settings_->seed, random_use::download, core->next_job()),
      attempts_(download.earlier_attempts) {}

INTHELOOP_DECL void download_run::start(download_handler handler) {
    policy::file_part there;
    if (auto failure = open_part_ ? open_part_(there) : std::nullopt) {
        auto const core = core_.lock();
        return post_delivery(core->executor, core->deliveries()->add(), std::move(handler),
                             result<download_summary>(address_.complete(std::move(*failure))));
    }
    transfer_->plan = policy::download_plan(std::move(there));
    on_cancel(boost::asio::get_associated_cancellation_slot(handler), [weak = weak_from_this()] {
        if (auto const self = weak.lock())
            self->cancel();
    });
    auto const core = core_.lock();
    auto const kept = std::make_shared<std::optional<download_handler>>(std::move(handler));
    handler_ = kept;
    // Without the slot, which an erased handler would take for itself.
    auto call = [kept](result<download_summary> outcome) {
        download_handler called = std::move(**kept);
        kept->reset();
        clear_slot_first(std::move(called))(std::move(outcome));
    };
    at_work_ = net::context_work(core->executor);
    ask_address(false, boost::asio::bind_executor(associated_executor_of(**kept, core->executor),
                                                  std::move(call)));
}

INTHELOOP_DECL void download_run::cancel() {
    cancelled_ = true;
    stop_step_.emit(boost::asio::cancellation_type::terminal);
}

// Hands the work of the client's executor on, which nobody else has until the next operation.
template <class Then>
auto download_run::next_step(download_handler handler, Then then) {
    auto guarded = [self = shared_from_this(), kept = handler_.lock(), work = std::move(at_work_),
                    then = std::move(then)](download_handler&& inner, auto&& outcome) mutable {
        self->at_work_ = std::move(work);
        try {
            then(std::move(inner), std::forward<decltype(outcome)>(outcome));
        } catch (...) {
            if (!*kept)
                throw; // thrown by the user's handler
            self->give_up(*kept, thrown_code());
        }
    };
    return boost::asio::bind_cancellation_slot(
        stop_step_.slot(), wrapped_handler(std::move(handler), std::move(guarded)));
}

INTHELOOP_DECL void download_run::ask_address(bool fresh, download_handler handler) {
    if (cancelled_) // while no step was under way
        return fail(std::move(handler), address_.complete(error(errc::cancelled, {})));
    auto then = [self = shared_from_this(), fresh](download_handler&& inner,
                                                   result<std::string> got) {
        self->on_address(fresh, std::move(inner), std::move(got));
    };
    addresses_->async_get(fresh, address_.deadline(),
                          next_step(std::move(handler), std::move(then)));
}

INTHELOOP_DECL void download_run::on_address(bool fresh, download_handler handler,
                                             result<std::string> got) {
    if (!got)
        return fresh && address_.changes() != 0
                   ? on_no_address(std::move(handler), std::move(got.error()))
                   : fail(std::move(handler), std::move(got.error()));
    unanswered_ = 0;
    // Tries a fresh address in any case: the clock of this machine may be wrong.
    if (!fresh && address_.has_expired(*got) && addresses_->can_be_fresh())
        return ask_address(true, std::move(handler));
    if (auto refused = address_.take(*got))
        return fail(std::move(handler), address_.complete(std::move(*refused)));
    transfer_->plan.set_resource(address_.resource());
    send(std::chrono::milliseconds(0), std::move(handler));
}

INTHELOOP_DECL void download_run::send(std::chrono::milliseconds pause, download_handler handler) {
    auto const core = core_.lock();
    if (cancelled_ || !core)
        return fail(
            std::move(handler),
            address_.complete(error(cancelled_ ? errc::cancelled : errc::client_closed, {})));
    transfer_->has_begun = false;
    size_before_ = transfer_->plan.part().size;
    auto then = [self = shared_from_this()](download_handler&& inner, net::outcome&& ended) {
        self->on_ended(std::move(inner), std::move(ended));
    };
    core->send(
        address_.make_request(transfer_->plan.range_lines(), transfer_, options_.retry, pause),
        next_step(std::move(handler), std::move(then)));
}

INTHELOOP_DECL void download_run::on_ended(download_handler handler, net::outcome ended) {
    attempts_ += ended.attempts;
    if (ended.failure)
        return on_break(std::move(handler), address_.complete(ended, std::move(*ended.failure)));

    auto& response = ended.response;
    auto facts = file_response_of(response.status, response.headers);
    facts.body = response.body;
    auto const step = transfer_->plan.on_response(facts);
    if (step == policy::download_step::done)
        return stream_ && stream_->is_full() ? drain(std::move(handler), std::move(ended))
                                             : finish(std::move(handler), ended);
    std::string problem;
    bool const is_redirect = address_.follow_redirect(response, problem);
    error refused = address_.refusal(ended, std::move(problem));
    if (is_redirect)
        transfer_->plan.set_resource(address_.resource());
    if (is_redirect || step == policy::download_step::again)
        return send(std::chrono::milliseconds(0), std::move(handler));
    if (step == policy::download_step::fresh_address && addresses_->can_be_fresh())
        return ask_address(true, std::move(handler));
    fail(std::move(handler), std::move(refused));
}

// Goes on after a response that broke off. An exchange that got no response was retried already.
INTHELOOP_DECL void download_run::on_break(download_handler handler, error why) {
    if (!transfer_->has_begun || transfer_->was_stopped)
        return fail(std::move(handler), std::move(why));
    std::uint64_t const size = transfer_->plan.part().size;
    bool const dripped = address_.has_dripped(why, size > size_before_ ? size - size_before_ : 0);
    bool const gained = transfer_->plan.gained() && !dripped;
    fruitless_ = gained ? 0 : fruitless_ + 1;
    errc const code = why.code() == errc::tls_failed ? errc::connection_lost
                                                     : static_cast<errc>(why.code().value());
    attempt_outcome broken;
    broken.failure = code;
    auto const next = decide(broken, fruitless_, gained);
    why.verdict = next.verdict;
    if (next.verdict != retry_verdict::retry)
        return fail(std::move(handler), std::move(why));
    ++breaks_;
    transfer_->last_break = code;
    send(next.delay, std::move(handler));
}

// The service may be away for a while. After a pause the old address is refused again, which leads
// back to here.
INTHELOOP_DECL void download_run::on_no_address(download_handler handler, error why) {
    auto const next = decide(address_.outcome_of_poll(why), ++unanswered_, false);
    if (next.verdict != retry_verdict::retry)
        return fail(std::move(handler), std::move(why));
    transfer_->plan.keep_address();
    send(next.delay, std::move(handler));
}

INTHELOOP_DECL policy::decision download_run::decide(attempt_outcome const& ended,
                                                     unsigned attempts, bool gained) {
    policy::call_facts call;
    call.idempotent = true;
    call.attempts = std::max(1u, attempts);
    call.time_left = address_.time_left();
    return policy::decide(ended, call, options_.retry, std::numeric_limits<unsigned>::max(),
                          gained ? 0 : random_.next_share());
}

// All has come, but the reader of a pipe has not taken it yet.
INTHELOOP_DECL void download_run::drain(download_handler handler, net::outcome last) {
    if (cancelled_)
        return fail(std::move(handler), address_.complete(last, error(errc::cancelled, {})));
    auto const core = core_.lock();
    auto then = [self = shared_from_this(), last = std::make_shared<net::outcome>(std::move(last)),
                 until_returned = core ? core->deliveries()->add() : net::pending_count::mark()](
                    download_handler&& inner, std::optional<error> failure) {
        if (failure)
            self->fail(std::move(inner), self->address_.complete(*last, std::move(*failure)));
        else
            self->finish(std::move(inner), *last);
    };
    if (core)
        core->listen(stream_);
    else
        stream_->on_client_closed();
    stream_->async_drain(settings_->options.time, address_.time_left(),
                         next_step(std::move(handler), std::move(then)));
}

INTHELOOP_DECL void download_run::finish(download_handler handler, net::outcome& last) {
    if (auto failure = transfer_->commit())
        return fail(std::move(handler), address_.complete(last, std::move(*failure)));
    response<download_summary> done;
    done.value.bytes = transfer_->plan.part().size;
    done.value.content_type = transfer_->content_type;
    done.value.breaks = breaks_;
    done.value.lost = lost_;
    complete_info(*settings_, last, done);
    done.attempts = attempts_;
    done.elapsed = elapsed_since(*settings_, started_);
    tell(std::move(handler), std::move(done));
}

INTHELOOP_DECL void download_run::fail(download_handler handler, error why) {
    transfer_->abandon();
    tell(std::move(handler),
         address_.ended(std::move(why), transfer_->plan.part().size, attempts_));
}

// The client's context may be gone when the handler has returned.
INTHELOOP_DECL void download_run::tell(download_handler handler, result<download_summary> outcome) {
    at_work_ = {};
    clear_slot_first(std::move(handler))(std::move(outcome));
}

INTHELOOP_DECL void download_run::give_up(std::optional<download_handler>& handler, errc code) {
    transfer_->abandon();
    error why(code, {});
    why.endpoint = download_endpoint.description;
    download_handler called = std::move(*handler);
    handler.reset();
    tell(std::move(called), address_.ended(std::move(why), 0, attempts_));
}

INTHELOOP_DECL void start_download(std::shared_ptr<client_core> const& core,
                                   prepared_download download, download_handler handler) {
    std::optional<prepared_download> in_one_stream;
    if (download.options.streams > 1) {
        in_one_stream = download;
        in_one_stream->options.streams = 1;
    }
    if (!download.refused && download.make_target)
        download.refused = download.make_target(download, core->executor);
    if (download.refused) {
        download.refused->endpoint = download_endpoint.description;
        return post_delivery(core->executor, core->deliveries()->add(), std::move(handler),
                             result<download_summary>(std::move(*download.refused)));
    }
    if (download.part)
        return std::make_shared<range_run>(core, std::move(download), std::move(*in_one_stream))
            ->start(std::move(handler));
    std::make_shared<download_run>(core, std::move(download))->start(std::move(handler));
}

} // namespace intheloop::detail

#endif
