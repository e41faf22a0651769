// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_EXPORT_WATCH_HPP
#define INTHELOOP_JOBS_EXPORT_WATCH_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/jobs/detail/export_access.hpp>
#include <intheloop/jobs/export_state.hpp>
#include <intheloop/net/detail/initiation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace intheloop {

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
    // Completes with void(std::optional<export_state>), with the newest state that this watch has
    // not delivered yet: the first call completes at once, with the present state. A slow reader
    // misses states in between, but never the last one; std::nullopt follows after it. Calls the
    // handler on its associated executor (by default the client's), never from within this
    // function.
    //
    // The job polls the export while this waits. Only one async_next of a watch may be under way;
    // several watches may wait at once, from any threads. The watch may be destroyed meanwhile.
    //
    // There are no errors: failed polls are part of the state. All cancellation types end it at
    // once with std::nullopt.
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

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/export_watch.ipp>
#endif

#endif
