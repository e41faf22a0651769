// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_EXPORT_JOB_HPP
#define INTHELOOP_JOBS_EXPORT_JOB_HPP

// An export from its start to its end: start it, poll it, and resume it from another program.
//
//     auto job = (co_await loop::async_start_export(client, week)).value();
//     auto done = co_await job.async_wait();
//     if (done)
//         std::cout << "it can be fetched\n";

#include <intheloop/api/report.hpp>
#include <intheloop/base/config.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/client/options.hpp>
#include <intheloop/jobs/detail/export_access.hpp>
#include <intheloop/jobs/export_state.hpp>
#include <intheloop/jobs/export_watch.hpp>
#include <intheloop/jobs/start_options.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/initiation.hpp>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace intheloop {

// An export that was started. All copies are the same job.
//
// Polls the export at the times of its poll_options, but only while an operation waits for it; one
// poll serves all waiting operations. Dropping the last copy ends the waits with errc::cancelled;
// the export goes on at the service. Destroying the client ends them with errc::client_closed. Any
// thread. The executor's context must outlive the job.
class export_job {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit export_job(std::shared_ptr<detail::export_owner> owner) : owner_(std::move(owner)) {}

    executor_type get_executor() const noexcept { return detail::executor_of(*poller()); }

    // The id of the export at the service. References that a job returns live as long as a copy of
    // it.
    INTHELOOP_DECL std::string const& id() const noexcept;
    // When the job polls the export, and for how long.
    INTHELOOP_DECL poll_options const& options() const noexcept;
    // Returns the last known state. Sends nothing.
    INTHELOOP_DECL export_state state() const;
    // Returns a token with which resume_export() finds the export in another run of the program. It
    // is plain text without secrets.
    INTHELOOP_DECL std::string resume_token() const;

    // The key of the job in the journal of its start, for export_journal::forget(); empty without a
    // journal.
    INTHELOOP_DECL std::string const& journal_key() const noexcept;
    // The error with which the journal could not write the id of the export, if any. The export
    // was started nevertheless.
    INTHELOOP_DECL std::optional<error> const& journal_failure() const noexcept;

    // Waits until the export is completed, and returns the response with the address of the file:
    // at once if the job has it. The address may have expired by then (async_poll gets a fresh
    // one).
    //
    //     auto done = co_await job.async_wait(std::chrono::minutes(20));
    //     if (done)
    //         std::cout << "it can be fetched\n";
    //
    // Completes with void(result<report::export_result>) when the export has ended, polling has
    // failed or the deadline has passed: on the completion handler's associated executor (by
    // default the client's), never from within this function. The deadline is the argument, above
    // zero, or poll_options::deadline.
    //
    // Any number of waits and polls may overlap, from any threads. The wait keeps neither the job
    // nor the client.
    //
    // Errors: export_failed and export_expired; deadline_exceeded, whose detail has the last
    // status; the error of the last poll, if another poll can't help or too many polls failed in a
    // row (a new wait then tries again); invalid_option for a deadline that is not above zero.
    //
    // All cancellation types end the wait at once with errc::cancelled, and leave other waits
    // alone.
    template <class CompletionToken = boost::asio::deferred_t>
        requires(!std::convertible_to<CompletionToken, std::chrono::milliseconds>)
    [[nodiscard]] auto async_wait(CompletionToken&& token = {}) const {
        return async_wait(options().deadline, std::forward<CompletionToken>(token));
    }
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_wait(std::chrono::milliseconds deadline,
                                  CompletionToken&& token = {}) const {
        return boost::asio::async_initiate<CompletionToken, void(result<report::export_result>)>(
            detail::erased_initiation(get_executor(),
                                      [poller = poller(), deadline](auto handler) {
                                          detail::async_wait(*poller, deadline, std::move(handler));
                                      }),
            token);
    }

    // Polls once, now, and returns the response, whatever the status of the export in it.
    //
    //     auto polled = co_await job.async_poll();
    //     if (polled && polled->status)
    //         std::cout << polled->status->text() << '\n';
    //
    // Completes with void(result<report::export_result>) when the poll has ended: on the completion
    // handler's associated executor (by default the client's), never from within this function.
    //
    // Any number of polls and waits may overlap, from any threads; a poll joins one that is under
    // way. It keeps neither the job nor the client.
    //
    // Fails like client::async_call with report::get_report. All cancellation types end it at once
    // with errc::cancelled, and leave others that share the poll alone.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_poll(CompletionToken&& token = {}) const {
        return boost::asio::async_initiate<CompletionToken, void(result<report::export_result>)>(
            detail::erased_initiation(get_executor(),
                                      [poller = poller()](auto handler) {
                                          detail::async_poll(*poller, std::move(handler));
                                      }),
            token);
    }

    // Returns a watch that follows the job, one of any number.
    export_watch watch() const { return export_watch(poller()); }

private:
    friend class detail::access;
    // Operations keep the poller alive, but not the job.
    INTHELOOP_DECL std::shared_ptr<detail::export_poller> const& poller() const noexcept;

    std::shared_ptr<detail::export_owner> owner_;
};

namespace detail {

class prepared_start {
public:
    prepared_start() {}

    net::request call;
    std::string request; // canonical JSON
    start_options options;
};

INTHELOOP_DECL prepared_start prepare_start(call_settings const& settings,
                                            report::export_request const& request,
                                            start_options const& options);

INTHELOOP_DECL prepared_start prepare_start(net::request call, start_options const& options);

// Tells whether an endpoint starts an export as report::export_report does.
template <class Endpoint>
concept starts_export =
    endpoint_type<Endpoint> && Endpoint::origin.empty() &&
    std::same_as<typename Endpoint::request_type, report::export_request>&& std::same_as<
        typename Endpoint::response_type, report::export_result>;

// Tells whether all of a request is its JSON body, by which a journal and equal starts know it.
template <class Endpoint, class... Fields>
consteval bool is_known_by_body(field_list<Fields...>) {
    return ((Endpoint::template place_of<Fields> == place::body) && ...);
}

using start_handler = boost::asio::any_completion_handler<void(result<export_job>)>;
INTHELOOP_DECL void start_export(std::shared_ptr<client_core> client, prepared_start start,
                                 start_handler handler);

template <class CompletionToken>
auto initiate_start(std::shared_ptr<client_core> const& core, CompletionToken& token,
                    prepared_start start) {
    return boost::asio::async_initiate<CompletionToken, void(result<export_job>)>(
        erased_initiation(core->executor,
                          [core](auto handler, prepared_start prepared) {
                              start_export(core, std::move(prepared), std::move(handler));
                          }),
        token, std::move(start));
}

} // namespace detail

// Starts an export.
//
//     auto job = co_await loop::async_start_export(client, week);
//     if (job)
//         std::cout << "started " << job->id() << '\n';
//
// Completes with void(result<export_job>) when the service has accepted the export, the deadline of
// the call has passed or the call has failed: on the completion handler's associated executor (by
// default the client's), never from within this function.
//
// Any number of starts may overlap, from any threads; equal ones can share one job (see
// start_options::shared). The request and the options need not outlive this function.
//
// With a fleet, equal starts of all its processes share one export. While another process starts
// it, this one waits, without a deadline of its own. If the token changes before the request is
// sent, the start is shared anew under the other one: with what is left of the deadline, and with
// all of its attempts.
//
// With a journal, the intent is on the disk before anything is sent, and the id after the response;
// each write blocks a thread of the client for as long as the disk takes. If the intent can't be
// written, the start fails with that error and sends nothing.
//
// Fails like client::async_call; with errc::export_unclear if an equal start of the fleet may have
// begun an export under an unknown id. All cancellation types are honoured at any time: the start
// ends with errc::cancelled, and error::progress tells how far the request got. The service may
// have started the export nevertheless.
template <class CompletionToken = boost::asio::deferred_t>
[[nodiscard]] auto async_start_export(client& client, report::export_request const& request,
                                      start_options const& options, CompletionToken&& token = {}) {
    auto const& core = detail::access::core(client);
    return detail::initiate_start(core, token,
                                  detail::prepare_start(*core->settings, request, options));
}
template <class CompletionToken = boost::asio::deferred_t>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, start_options>)
[[nodiscard]] auto async_start_export(client& client, report::export_request const& request,
                                      CompletionToken&& token = {}) {
    return async_start_export(client, request, start_options(),
                              std::forward<CompletionToken>(token));
}

// Starts an export through an endpoint of your own, with the request and the response of
// report::export_report: behind a gateway that knows idempotency keys, for example. All members of
// the request go into its JSON body; else it does not compile. With the trait idempotency_key the
// journal keeps the key of each start: after a crash its advice is `repeat` where it is `ask`
// otherwise.
//
//     auto job = co_await loop::async_start_export(client, keyed_export, week, options);
//
// Completes with void(result<export_job>), fails and is cancelled like the overload without an
// endpoint.
template <detail::starts_export Endpoint, class CompletionToken = boost::asio::deferred_t>
[[nodiscard]] auto async_start_export(client& client, Endpoint const& endpoint,
                                      report::export_request const& request,
                                      start_options const& options, CompletionToken&& token = {}) {
    static_assert(
        detail::is_known_by_body<Endpoint>(detail::fields_of<report::export_request>{}),
        "intheloop: an endpoint that starts an export puts all members of its request into a JSON "
        "body, since a journal and equal starts know the request by that: no query<>, header<>, "
        "body<>, multipart<> or {placeholder} here");
    auto const& core = detail::access::core(client);
    return detail::initiate_start(
        core, token,
        detail::prepare_start(
            detail::encode_call(*core->settings, endpoint, request, &options.call), options));
}

// Makes a job for an export that was started elsewhere, and sends nothing. The job polls as the
// client's impersonated user, if there is one: at once when something waits for it
// (poll_options::first_poll is ignored). The age of the export counts from now. Throws
// intheloop::exception (condition::configuration) for invalid options.
INTHELOOP_DECL export_job attach_export(client& client, std::string id,
                                        poll_options const& options = poll_options());

// Makes a job for the export of a resume token, which must belong to the client's origin, and sends
// nothing. The job polls as the client's impersonated user, if there is one: the token names no
// user. Returns errc::invalid_request, with the reason, for a token that can't be used, and
// errc::invalid_option for invalid poll options.
INTHELOOP_DECL result<export_job> resume_export(client& client, std::string_view resume_token,
                                                poll_options const& options = poll_options());

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_job.ipp>
#endif

#endif
