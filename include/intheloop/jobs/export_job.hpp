// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_EXPORT_JOB_HPP
#define INTHELOOP_JOBS_EXPORT_JOB_HPP

// An export from its start to its end: started, looked at, found again by another program.
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
#include <intheloop/jobs/single_flight.hpp>
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

class export_journal;

// How an export is started, and looked at afterwards.
class start_options {
public:
    start_options() {}

    // How the job looks at the export; see poll_options.
    poll_options poll;
    // Notes the start in a file, so that a crash at any moment can be told from another.
    std::shared_ptr<export_journal> journal;
    // Lets this start join an equal one.
    std::shared_ptr<single_flight> shared;
    // Of the call that starts the export. The looks go in the name of the same user; else they are
    // as the client's calls are.
    call_options call;
};

// The states of an export, one after the other, as export_job::watch() gives it. It does not keep
// the job.
class export_watch {
public:
    using executor_type = boost::asio::any_io_executor;

    // For export_job::watch().
    INTHELOOP_DECL explicit export_watch(std::shared_ptr<detail::export_poller> of);

    executor_type get_executor() const noexcept { return detail::executor_of(*poller_); }

    // Completes with void(std::optional<export_state>): the newest state that this watch has not
    // given yet, at first the present one. One that takes its time misses states in between, never
    // the last. Nothing when the job has ended, or when cancelled. While it waits, the export is
    // looked at. One at a time.
    //
    //     while (auto now = co_await watch.async_next())
    //         std::cout << now->status << '\n';
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_next(CompletionToken&& token = {}) {
        return boost::asio::async_initiate<CompletionToken, void(std::optional<export_state>)>(
            detail::erased_initiation(get_executor(),
                                      [poller = poller_, position = position_](auto handler) {
                                          detail::async_next(*poller, position, std::move(handler));
                                      }),
            token);
    }

private:
    std::shared_ptr<detail::export_poller> poller_;
    std::shared_ptr<detail::watch_position> position_;
};

// An export that was started. All copies are the same job.
//
// Nothing happens unless somebody waits: then the export is looked at, once for all who do, when
// the poll_options say. Dropping the last copy ends the waits with errc::cancelled; the export goes
// on at the service. Destroying the client ends them with errc::client_closed. Any thread; the
// executor's context must outlive the job.
class export_job {
public:
    using executor_type = boost::asio::any_io_executor;

    explicit export_job(std::shared_ptr<detail::export_owner> owner) : owner_(std::move(owner)) {}

    executor_type get_executor() const noexcept { return detail::executor_of(*poller()); }

    // The id of the export at the service.
    INTHELOOP_DECL std::string const& id() const noexcept;
    // How it looks at the export.
    INTHELOOP_DECL poll_options const& options() const noexcept;
    // What is known now. Sends nothing.
    INTHELOOP_DECL export_state state() const;
    // By which resume_export() finds the export again, in another run of the program. It is plain
    // text without secrets.
    INTHELOOP_DECL std::string resume_token() const;

    // The key of the job in the journal of its start, for export_journal::forget(); empty without.
    INTHELOOP_DECL std::string const& journal_key() const noexcept;
    // Why the journal does not know the export's id, if so: the job was started nevertheless.
    INTHELOOP_DECL std::optional<error> const& journal_failure() const noexcept;

    // Waits until the export is completed, and gives the answer with the address of the file: at
    // once if that is known, though the address may have expired (async_poll gives another).
    //
    // Completes like client::async_call, with void(result<report::export_result>). Errors:
    // export_failed and export_expired; deadline_exceeded, whose detail says the last status; that
    // of the last look, if it can't get better or too many failed in a row, after which another
    // wait tries again. The deadline is poll_options::deadline or the one given, above zero. All
    // cancellation types are honoured at once, and leave other waits as they are.
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

    // Looks once, now, and gives the answer whatever it says; looks that are asked for meanwhile
    // share it. Completes like client::async_call.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_poll(CompletionToken&& token = {}) const {
        return boost::asio::async_initiate<CompletionToken, void(result<report::export_result>)>(
            detail::erased_initiation(get_executor(),
                                      [poller = poller()](auto handler) {
                                          detail::async_poll(*poller, std::move(handler));
                                      }),
            token);
    }

    // Follows the job. Any number of watches can.
    export_watch watch() const { return export_watch(poller()); }

private:
    friend class detail::access;
    // The operations keep it, but not the job.
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

using start_handler = boost::asio::any_completion_handler<void(result<export_job>)>;
INTHELOOP_DECL void start_export(std::shared_ptr<client_core> client, prepared_start what,
                                 start_handler handler);

} // namespace detail

// Starts an export. Completes like client::async_call, with void(result<export_job>).
//
// With a journal the intent is on the disk before anything is sent, and the id after the answer;
// each of these blocks the client's thread for as long as the disk does. If the intent can't be
// written, the start fails with that error and nothing is sent.
template <class CompletionToken = boost::asio::deferred_t>
[[nodiscard]] auto async_start_export(client& client, report::export_request const& request,
                                      start_options const& options, CompletionToken&& token = {}) {
    auto const& core = detail::access::core(client);
    return boost::asio::async_initiate<CompletionToken, void(result<export_job>)>(
        detail::erased_initiation(core->executor,
                                  [core](auto handler, detail::prepared_start what) {
                                      detail::start_export(core, std::move(what),
                                                           std::move(handler));
                                  }),
        token, detail::prepare_start(*core->settings, request, options));
}
template <class CompletionToken = boost::asio::deferred_t>
    requires(!std::same_as<std::remove_cvref_t<CompletionToken>, start_options>)
[[nodiscard]] auto async_start_export(client& client, report::export_request const& request,
                                      CompletionToken&& token = {}) {
    return async_start_export(client, request, start_options(),
                              std::forward<CompletionToken>(token));
}

// A job for an export that was started elsewhere, in the name of the client's impersonated user if
// it has one. The first look is at once; the export's age counts from now. Throws
// intheloop::exception (condition::configuration) for options that can't be used.
INTHELOOP_DECL export_job attach_export(client& client, std::string id,
                                        poll_options const& options = poll_options());

// A job for the export of a resume token, which has to be of the client's origin. Looks in the
// name of the client's impersonated user if it has one: the token knows of none.
// errc::invalid_request says why the token can't be used.
INTHELOOP_DECL result<export_job> resume_export(client& client, std::string_view resume_token,
                                                poll_options const& options = poll_options());

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_job.ipp>
#endif

#endif
