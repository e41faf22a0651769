// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_EXPORT_WATCH_HPP
#define INTHELOOP_JOBS_EXPORT_WATCH_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/jobs/detail/export_access.hpp>
#include <intheloop/jobs/detail/given_error.hpp>
#include <intheloop/jobs/export_state.hpp>
#include <intheloop/jobs/next_state.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/initiation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace intheloop {

namespace detail {
// Makes the result of a watch, and keeps the error of a last state until it is seen.
INTHELOOP_DECL next_state watched_state(export_poller const& poller, last_error& last,
                                        std::optional<export_state> state);
} // namespace detail

// Delivers the states of an export, one after the other. Made by export_job::watch(). Does not keep
// the job.
class export_watch {
public:
    using executor_type = boost::asio::any_io_executor;

    // Is called by export_job::watch().
    INTHELOOP_DECL explicit export_watch(std::shared_ptr<detail::export_poller> of);

    executor_type get_executor() const noexcept { return detail::executor_of(*poller_); }

    // Waits for the next state of the export.
    //
    //     while (auto now = co_await watch.async_next())
    //         std::cout << now->status << '\n';
    //
    // Completes with void(next_state), with the newest state that this watch has not delivered yet:
    // the first call completes at once, with the present state. A slow reader misses states in
    // between, but never the last one; the end, which is false, follows after it. Calls the handler
    // on its associated executor (by default the client's), never from within this function.
    //
    // The job polls the export while this waits. Only one async_next of a watch may be under way;
    // several watches may wait at once, from any threads. The watch may be destroyed meanwhile.
    //
    // Failed polls are part of the state. If the last state holds the error with which the export
    // or its polling ended, and nobody has looked at that state (see next_state), this function
    // itself throws the error, as intheloop::exception: a coroutine that awaits the state gets it.
    // A watch that is not called again throws nothing.
    //
    // All cancellation types end it at once, as at the end.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_next(CompletionToken&& token = {}) {
        last_->throw_if_unseen();
        return boost::asio::async_initiate<CompletionToken, void(next_state)>(
            detail::erased_initiation(
                get_executor(),
                [poller = poller_, position = position_, last = last_](auto handler) {
                    auto give = [poller, last](auto&& inner, std::optional<export_state> state) {
                        std::forward<decltype(inner)>(inner)(
                            detail::watched_state(*poller, *last, std::move(state)));
                    };
                    detail::async_next(
                        *poller, position,
                        detail::wrapped_handler(std::move(handler), std::move(give)));
                }),
            token);
    }

private:
    std::shared_ptr<detail::export_poller> poller_;
    std::shared_ptr<detail::watch_position> position_;
    std::shared_ptr<detail::last_error> last_;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_watch.ipp>
#endif

#endif
