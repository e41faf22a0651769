// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_RANGE_RUN_IPP
#define INTHELOOP_JOBS_IMPL_RANGE_RUN_IPP

#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/jobs/detail/download_transfer.hpp>
#include <intheloop/jobs/detail/range_run.hpp>
#include <intheloop/net/detail/handler.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <chrono>
#include <utility>

namespace intheloop::detail {

// Takes the bytes of one response.
class range_run::sink final : public byte_sink {
public:
    sink(std::shared_ptr<range_run> owner, std::size_t which, std::size_t version)
        : owner_(std::move(owner)), which_(which), version_(version) {}

    std::optional<error> begin(head const& of) override {
        return in_turn([&] { return owner_->on_head(which_, of); });
    }
    std::optional<error> write(std::string_view bytes) override {
        return in_turn([&] { return owner_->on_bytes(which_, bytes); });
    }

private:
    template <class Step>
    std::optional<error> in_turn(Step step) {
        if (!owner_->is_current(which_, version_))
            return error(errc::cancelled, {});
        try {
            return step();
        } catch (...) {
            return owner_->stopped(which_, error(thrown_code(), {}));
        }
    }

    std::shared_ptr<range_run> owner_;
    std::size_t which_, version_;
};

INTHELOOP_DECL range_run::range_run(std::shared_ptr<client_core> const& core,
                                    prepared_download download, prepared_download in_one_stream)
    : core_(core), executor_(core->executor), deliveries_(core->deliveries()),
      strand_(*core->strand().target<net::strand>()), settings_(core->settings),
      addresses_(std::move(download.address)), file_(std::move(download.part)),
      lost_(std::move(download.lost)), in_one_stream_(std::move(in_one_stream)),
      options_(std::move(download.options)), started_(settings_->now()),
      address_(settings_, options_, started_), plan_(options_.streams),
      timers_(strand_, settings_->options.time),
      random_(settings_->seed, random_use::download, core->next_job()),
      progress_(settings_, std::move(options_.on_progress), started_) {
    for (unsigned i = 0; i != options_.streams; ++i)
        streams_.emplace_back();
}

// Runs a step on the strand. An exception ends the download.
template <class Step>
void range_run::guarded(Step step) {
    try {
        step();
    } catch (...) {
        if (is_told_) // the handler is lost
            throw;
        fail(error(thrown_code(), {}));
    }
}

template <class Step>
void range_run::post(Step step) {
    auto const in_turn = [weak = weak_from_this(), step = std::move(step)] {
        if (auto const self = weak.lock())
            self->guarded([&] { step(*self); });
    };
    try { // the download may wait in a context that outlives this one's
        gate_.make_entrance().post(in_turn);
    } catch (...) { // it can't be posted
        strand_.post_or_run(in_turn);
    }
}

INTHELOOP_DECL void range_run::start(download_handler handler) {
    policy::file_part there;
    auto failure = file_->open_ranges(there);
    if (!failure) {
        plan_ = policy::range_plan(options_.streams, std::move(there));
        if (options_.keep_part && !plan_.is_identified())
            failure = file_->rewind();
    }
    if (failure)
        return post_delivery(executor_, deliveries_->add(), std::move(handler),
                             result<download_summary>(address_.complete(std::move(*failure))));
    handler_.emplace(std::move(handler));
    on_cancel(boost::asio::get_associated_cancellation_slot(*handler_), [weak = weak_from_this()] {
        if (auto const self = weak.lock()) {
            self->is_cancelled_ = true;
            self->post([](range_run& run) {
                run.fail(run.address_.complete(error(errc::cancelled, {})));
            });
        }
    });
    // Kept until the first operation keeps it.
    strand_.post_or_run([self = shared_from_this()] {
        self->guarded([&] {
            if (auto const core = self->core_.lock())
                core->listen(std::shared_ptr<close_listener>(self));
            self->ask_address(false);
        });
    });
}

INTHELOOP_DECL void range_run::on_client_closed() {
    post([](range_run& run) { run.fail(run.address_.complete(error(errc::client_closed, {}))); });
}

// Addresses.

INTHELOOP_DECL void range_run::ask_address(bool fresh) {
    if (has_ended_)
        return end_if_quiet();
    auto then = [self = shared_from_this(), fresh](result<std::string> got) {
        --self->under_way_;
        self->is_asking_ = false;
        self->guarded([&] { self->on_address(fresh, std::move(got)); });
    };
    addresses_->async_get(
        fresh, address_.deadline(),
        boost::asio::bind_executor(
            strand_, boost::asio::bind_cancellation_slot(stop_address_.slot(), std::move(then))));
    ++under_way_;
    is_asking_ = true;
}

INTHELOOP_DECL void range_run::on_address(bool fresh, result<std::string> got) {
    if (has_ended_)
        return end_if_quiet();
    if (!got)
        return fresh && address_.changes() != 0 ? on_no_address(std::move(got.error()))
                                                : fail(std::move(got.error()));
    unanswered_ = 0;
    // Tries a fresh address in any case: the clock of this machine may be wrong.
    if (!fresh && address_.has_expired(*got) && addresses_->can_be_fresh())
        return ask_address(true);
    if (auto refused = address_.take(*got))
        return fail(address_.complete(std::move(*refused)));
    if (fresh && attempts_ != 0) // the last one was refused
        plan_.use_fresh_address();
    if (plan_.set_resource(address_.resource()))
        begin_anew();
    go_on();
}

// Requests.

INTHELOOP_DECL void range_run::go_on() {
    if (has_ended_)
        return end_if_quiet();
    if (falls_back_ || plan_.is_done())
        return end();
    if (std::exchange(must_discard_, false)) {
        discard();
        if (has_ended_)
            return;
    }
    for (std::size_t i = 0; i != streams_.size() && !is_asking_; ++i)
        if (!streams_[i].is_busy && !streams_[i].is_paused && plan_.take(i))
            send(i);
    set_timer();
}

INTHELOOP_DECL void range_run::set_timer() {
    timers_.arm(*this, [self = shared_from_this()] {
        self->guarded([&] {
            self->timers_.run();
            self->go_on();
        });
    });
}

INTHELOOP_DECL void range_run::send(std::size_t which) {
    auto const core = core_.lock();
    if (!core)
        return fail(address_.complete(error(errc::client_closed, {})));
    stream& from = streams_[which];
    from.has_begun = from.is_cut = from.is_final = false;
    from.brought = 0;
    from.version = version_;
    from.address = address_.changes();
    retry_options once = options_.retry; // this object decides about the next attempt
    once.max_attempts = 1;
    auto request = address_.make_request(
        plan_.range_lines(which), std::make_shared<sink>(shared_from_this(), which, version_), once,
        std::chrono::milliseconds(0));
    auto then = [self = shared_from_this(), which](net::outcome&& ended) {
        --self->under_way_;
        self->streams_[which].is_busy = false;
        self->guarded([&] { self->on_ended(which, std::move(ended)); });
    };
    core->send(std::move(request),
               boost::asio::bind_executor(strand_, boost::asio::bind_cancellation_slot(
                                                       from.stop.slot(), std::move(then))));
    ++under_way_;
    from.is_busy = true;
}

INTHELOOP_DECL void range_run::on_ended(std::size_t which, net::outcome ended) {
    stream& from = streams_[which];
    attempts_ += ended.attempts;
    if (from.version != version_ || has_ended_ || falls_back_) // its sink took no more bytes
        return go_on();
    if (from.is_cut) {
        if (from.brought != 0)
            from.fruitless = 0;
        plan_.give_back(which);
        if (!last_)
            last_ = std::move(ended);
        return go_on();
    }
    if (!ended.failure)
        return on_response(which, std::move(ended));
    plan_.give_back(which);
    error why = std::move(*ended.failure);
    if (from.is_final)
        return fail(address_.complete(ended, std::move(why)));
    on_failed(which, ended, std::move(why));
}

INTHELOOP_DECL void range_run::on_response(std::size_t which, net::outcome ended) {
    auto const& response = ended.response;
    auto facts = file_response_of(response.status, response.headers);
    facts.body = response.body;
    auto const step = plan_.on_response(which, facts);
    if (step == policy::range_step::start_over || step == policy::range_step::one_stream) {
        follow(step);
        return go_on();
    }
    std::string problem;
    bool const is_redirect = response.status >= 300 && response.status < 400;
    if (is_redirect && streams_[which].address != address_.changes())
        return go_on(); // another stream has followed it
    if (address_.follow_redirect(response, problem)) {
        if (plan_.set_resource(address_.resource()))
            begin_anew();
        return go_on();
    }
    if (step == policy::range_step::go_on) {
        if (response.status == 206) {
            streams_[which].fruitless = 0;
            last_ = std::move(ended);
        }
        return go_on();
    }
    if (step == policy::range_step::fresh_address && addresses_->can_be_fresh()) {
        if (!is_asking_)
            ask_address(true);
        return;
    }
    auto refused = address_.refusal(ended, std::move(problem));
    if (step == policy::range_step::fresh_address && others_receive(which)) {
        plan_.retire(which);
        return go_on();
    }
    if (step == policy::range_step::fresh_address || response.status == 206)
        return fail(std::move(refused));
    on_failed(which, ended, std::move(refused));
}

INTHELOOP_DECL void range_run::follow(policy::range_step step) {
    if (step == policy::range_step::one_stream)
        falls_back_ = true;
    else if (step == policy::range_step::start_over)
        begin_anew();
}

// The plan has started over. What other streams receive is dropped from now on.
INTHELOOP_DECL void range_run::begin_anew() {
    ++version_;
    must_discard_ = true;
}

INTHELOOP_DECL void range_run::discard() {
    for (stream& one : streams_)
        if (one.is_busy)
            emit_guarded(one.stop, boost::asio::cancellation_type::terminal);
    unnoted_ = 0;
    if (!std::exchange(has_file_, false) && !options_.keep_part)
        return;
    if (auto failure = file_->rewind())
        fail(address_.complete(std::move(*failure)));
}

} // namespace intheloop::detail

#include <intheloop/jobs/impl/range_run_bytes.ipp>
#include <intheloop/jobs/impl/range_run_end.ipp>
#include <intheloop/jobs/impl/range_run_failures.ipp>

#endif
