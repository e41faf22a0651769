// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_IMPL_DOWNLOAD_RUN_IPP
#define INTHELOOP_JOBS_IMPL_DOWNLOAD_RUN_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/detail/thrown_code.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/codec/detail/response.hpp>
#include <intheloop/codec/detail/url.hpp>
#include <intheloop/jobs/detail/download_run.hpp>
#include <intheloop/jobs/detail/stream_file.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/policy/detail/transfer_watch.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::detail {

// Adds the secrets of a signed address: its query, and each value in it that is long enough to
// identify it, percent-encoded and decoded.
INTHELOOP_DECL void add_secrets(std::vector<std::string>& found, std::string_view target) {
    constexpr std::size_t telling = 8;
    std::size_t const path = path_of(target).size();
    if (target.size() - path > telling)
        found.emplace_back(target.substr(path + 1));
    for (query_reader query(target); query.next();) {
        std::string_view const value = query.has_value() ? query.value() : query.parameter();
        if (value.size() < telling)
            continue;
        found.emplace_back(value);
        if (std::string decoded = codec::percent_decoded(value); decoded != value)
            found.push_back(std::move(decoded));
    }
}

INTHELOOP_DECL download_run::download_run(std::shared_ptr<client_core> const& core,
                                          prepared_download download)
    : core_(core), settings_(core->settings), address_(std::move(download.address)),
      open_part_(std::move(download.open_part)), stream_(std::move(download.stream)),
      lost_(std::move(download.lost)), options_(std::move(download.options)),
      transfer_(std::make_shared<download_transfer>(settings_, std::move(download.target),
                                                    options_.on_progress)),
      random_(settings_->seed, random_use::download, core->next_job()) {}

INTHELOOP_DECL void download_run::start(download_handler handler) {
    policy::file_part there;
    if (auto failure = open_part_ ? open_part_(there) : std::nullopt) {
        auto const core = core_.lock();
        return post_completion(core->executor, std::move(handler),
                               result<download_summary>(complete(std::move(*failure))));
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
    ask_address(false, boost::asio::bind_executor(associated_executor_of(**kept, core->executor),
                                                  std::move(call)));
}

INTHELOOP_DECL void download_run::cancel() {
    cancelled_ = true;
    stop_step_.emit(boost::asio::cancellation_type::terminal);
}

template <class Then>
auto download_run::next_step(download_handler handler, Then then) {
    auto guarded = [self = shared_from_this(), kept = handler_.lock(),
                    then = std::move(then)](download_handler&& inner, auto&& outcome) mutable {
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
        return fail(std::move(handler), complete(error(errc::cancelled, {})));
    auto then = [self = shared_from_this(), fresh](download_handler&& inner,
                                                   result<std::string> got) {
        self->on_address(fresh, std::move(inner), std::move(got));
    };
    address_->async_get(fresh, policy::later(started_, options_.deadline),
                        next_step(std::move(handler), std::move(then)));
}

INTHELOOP_DECL void download_run::on_address(bool fresh, download_handler handler,
                                             result<std::string> got) {
    if (!got)
        return fail(std::move(handler), std::move(got.error()));
    // Tries a fresh address in any case: the clock of this machine may be wrong.
    auto const expires = policy::expiry_of_address(*got);
    // Compares seconds: in the unit of the clock, a year behind 2262 overflows.
    bool const has_expired =
        expires && *expires <= std::chrono::floor<std::chrono::seconds>(settings_->system_now());
    if (has_expired && !fresh && address_->can_be_fresh())
        return ask_address(true, std::move(handler));
    if (auto refused = take_address(*got))
        return fail(std::move(handler), complete(std::move(*refused)));
    send(std::chrono::milliseconds(0), std::move(handler));
}

INTHELOOP_DECL std::optional<error> download_run::take_address(std::string const& address) {
    std::string encoded;
    std::string problem;
    net::url found;
    if (!codec::encode_url(address, encoded, problem) || !net::parse_url(encoded, found, problem))
        return error(errc::invalid_request, "/url: " + problem);
    if (!found.origin.secure &&
        !(settings_->options.allow_insecure_loopback && found.origin.is_loopback()))
        return error(errc::invalid_request, "/url: it is not https");
    redirects_ = 0;
    if (encoded != address)
        add_secrets(secrets_, address); // as the server may repeat it
    use_url(std::move(found));
    return std::nullopt;
}

INTHELOOP_DECL void download_run::use_url(net::url url) {
    url_ = std::move(url);
    origin_ = std::make_shared<net::origin const>(url_.origin);
    transfer_->plan.set_resource(url_.origin.text() + std::string(path_of(url_.target)));
    add_secrets(secrets_, url_.target);
}

INTHELOOP_DECL net::call_context download_run::make_context() const {
    net::call_context context;
    context.endpoint = &download_endpoint;
    context.origin = origin_;
    context.started = started_;
    context.user = settings_->options.impersonate_user;
    context.further_secrets = secrets_;
    return context;
}

INTHELOOP_DECL error download_run::complete(net::outcome& of, error why) const {
    why.of_download = true;
    return complete_error(*settings_, of, std::move(why));
}

INTHELOOP_DECL error download_run::complete(error why) const {
    net::outcome nothing_sent;
    nothing_sent.context = make_context();
    return complete(nothing_sent, std::move(why));
}

// Makes a request without credentials: from the address and the User-Agent only. A server may
// encode its answer to a request without Accept-Encoding (RFC 9110, 12.5.3).
INTHELOOP_DECL net::request download_run::make_request(std::chrono::milliseconds pause) const {
    net::request request;
    request.context = make_context();
    request.bytes = "GET " + url_.target + " HTTP/1.1\r\nHost: " + url_.origin.authority() +
                    "\r\nUser-Agent: " + settings_->user_agent +
                    "\r\nAccept: */*\r\nAccept-Encoding: identity\r\n" +
                    transfer_->plan.range_lines();
    request.shared_size = request.bytes.size();
    request.rules.idempotent = true;
    request.rules.limits = {
        .call = time_left(), .stall = options_.stall_timeout, .slow_transfer = slow_transfer()};
    request.rules.retry = options_.retry;
    request.rules.pause = pause;
    request.limits = {.max_header_size = settings_->options.max_header_size,
                      .max_body_size = settings_->options.max_response_size};
    request.sink = transfer_;
    return request;
}

INTHELOOP_DECL slow_transfer_options download_run::slow_transfer() const {
    return options_.slow_transfer.value_or(settings_->options.slow_transfer);
}

INTHELOOP_DECL std::chrono::milliseconds download_run::time_left() const {
    return saturating_between<std::chrono::milliseconds>(
        settings_->now(), policy::later(started_, options_.deadline));
}

INTHELOOP_DECL void download_run::send(std::chrono::milliseconds pause, download_handler handler) {
    auto const core = core_.lock();
    if (cancelled_ || !core)
        return fail(std::move(handler),
                    complete(error(cancelled_ ? errc::cancelled : errc::client_closed, {})));
    transfer_->has_begun = false;
    size_before_ = transfer_->plan.part().size;
    auto then = [self = shared_from_this()](download_handler&& inner, net::outcome&& ended) {
        self->on_ended(std::move(inner), std::move(ended));
    };
    core->send(make_request(pause), next_step(std::move(handler), std::move(then)));
}

INTHELOOP_DECL void download_run::on_ended(download_handler handler, net::outcome ended) {
    attempts_ += ended.attempts;
    if (ended.failure)
        return on_break(std::move(handler), complete(ended, std::move(*ended.failure)));

    auto& response = ended.response;
    auto facts = file_response_of(response.status, response.headers);
    facts.body = response.body;
    auto const step = transfer_->plan.on_response(facts);
    if (step == policy::download_step::done)
        return stream_ && stream_->is_full() ? drain(std::move(handler), std::move(ended))
                                             : finish(std::move(handler), ended);
    error refused(codec::failure_of_status(response.status).value_or(errc::unexpected_status), {});
    bool const is_redirect = follow_redirect(response, refused.detail);
    if (response.status == 200 || response.status == 206)
        refused.detail = "the answer ended before the file";
    else
        codec::read_file_refusal(response.headers, response.body, refused);
    for (std::size_t i = 0; i != response.headers.size(); ++i)
        if (auto const [name, value] = response.headers[i]; equal_ignoring_case(name, "Location"))
            add_secrets(ended.context.further_secrets, value);
    refused.body = std::move(response.body);
    refused = complete(ended, std::move(refused));
    if (is_redirect || step == policy::download_step::again)
        return send(std::chrono::milliseconds(0), std::move(handler));
    if (step == policy::download_step::fresh_address && address_->can_be_fresh())
        return ask_address(true, std::move(handler));
    fail(std::move(handler), std::move(refused));
}

// Goes on after a response that broke off. An exchange that got no response was retried already.
INTHELOOP_DECL void download_run::on_break(download_handler handler, error why) {
    if (!transfer_->has_begun || transfer_->was_stopped)
        return fail(std::move(handler), std::move(why));
    std::uint64_t const size = transfer_->plan.part().size;
    bool const dripped = why.code() == errc::stalled &&
                         static_cast<double>(size > size_before_ ? size - size_before_ : 0) <
                             policy::least_bytes(slow_transfer());
    bool const gained = transfer_->plan.gained() && !dripped;
    fruitless_ = gained ? 0 : fruitless_ + 1;
    attempt_outcome ended;
    ended.failure = why.code() == errc::tls_failed ? errc::connection_lost
                                                   : static_cast<errc>(why.code().value());
    policy::call_facts call;
    call.idempotent = true;
    call.attempts = std::max(1u, fruitless_);
    call.time_left = time_left();
    auto const next =
        policy::decide(ended, call, options_.retry, std::numeric_limits<unsigned>::max(),
                       gained ? 0 : random_.next_share());
    why.verdict = next.verdict;
    if (next.verdict != retry_verdict::retry)
        return fail(std::move(handler), std::move(why));
    ++breaks_;
    send(next.delay, std::move(handler));
}

// Follows a redirect within the origin only: another server must neither learn the address nor
// provide the file. Returns whether it does; if not, `problem` says why.
INTHELOOP_DECL bool download_run::follow_redirect(codec::encoded_response const& response,
                                                  std::string& problem) {
    constexpr unsigned most = 5;
    bool const is_redirect = response.status == 301 || response.status == 302 ||
                             response.status == 303 || response.status == 307 ||
                             response.status == 308;
    if (!is_redirect)
        return false;
    auto const location = response.headers.find("Location");
    std::string encoded;
    net::url to;
    if (!location || response.headers.count("Location") != 1)
        problem = location ? "it has two fields Location" : "it has no Location";
    else if (codec::encode_url(*location, encoded, problem) &&
             net::parse_reference(url_, encoded, to, problem)) {
        if (to.origin != url_.origin)
            problem = "it leads to another server, " + to.origin.text();
        else if (redirects_ == most)
            problem = "it is the sixth in a row";
    } else
        problem = "its Location: " + problem;
    if (!problem.empty()) {
        problem = "the redirect is not followed: " + problem;
        return false;
    }
    use_url(std::move(to));
    ++redirects_;
    return true;
}

// All has come, but the reader of a pipe has not taken it yet.
INTHELOOP_DECL void download_run::drain(download_handler handler, net::outcome last) {
    if (cancelled_)
        return fail(std::move(handler), complete(last, error(errc::cancelled, {})));
    auto then = [self = shared_from_this(), last = std::make_shared<net::outcome>(std::move(last))](
                    download_handler&& inner, std::optional<error> failure) {
        if (failure)
            self->fail(std::move(inner), self->complete(*last, std::move(*failure)));
        else
            self->finish(std::move(inner), *last);
    };
    if (auto const core = core_.lock())
        core->listen(stream_);
    else
        stream_->on_client_closed();
    stream_->async_drain(settings_->options.time, time_left(),
                         next_step(std::move(handler), std::move(then)));
}

INTHELOOP_DECL void download_run::finish(download_handler handler, net::outcome& last) {
    if (auto failure = transfer_->commit())
        return fail(std::move(handler), complete(last, std::move(*failure)));
    response<download_summary> done;
    done.value.bytes = transfer_->plan.part().size;
    done.value.content_type = transfer_->content_type;
    done.value.breaks = breaks_;
    done.value.lost = lost_;
    complete_info(*settings_, last, done);
    done.attempts = attempts_;
    done.elapsed = elapsed_since(*settings_, started_);
    clear_slot_first(std::move(handler))(result<download_summary>(std::move(done)));
}

INTHELOOP_DECL void download_run::fail(download_handler handler, error why) {
    transfer_->abandon();
    if (std::uint64_t const size = transfer_->plan.part().size; size != 0)
        why.detail += (why.detail.empty() ? "after " : "; after ") + std::to_string(size) +
                      " bytes of the file";
    why.attempts = std::max(why.attempts, attempts_);
    why.elapsed = elapsed_since(*settings_, started_);
    clear_slot_first(std::move(handler))(result<download_summary>(std::move(why)));
}

INTHELOOP_DECL void download_run::give_up(std::optional<download_handler>& handler, errc code) {
    transfer_->abandon();
    error why(code, {});
    why.attempts = attempts_;
    why.endpoint = download_endpoint.description;
    why.elapsed = elapsed_since(*settings_, started_);
    download_handler called = std::move(*handler);
    handler.reset();
    clear_slot_first(std::move(called))(result<download_summary>(std::move(why)));
}

INTHELOOP_DECL void start_download(std::shared_ptr<client_core> const& core,
                                   prepared_download download, download_handler handler) {
    if (!download.refused && download.make_target)
        download.refused = download.make_target(download, core->executor);
    if (download.refused) {
        download.refused->endpoint = download_endpoint.description;
        return post_completion(core->executor, std::move(handler),
                               result<download_summary>(std::move(*download.refused)));
    }
    std::make_shared<download_run>(core, std::move(download))->start(std::move(handler));
}

} // namespace intheloop::detail

#endif
