// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_DOWNLOAD_RUN_HPP
#define INTHELOOP_JOBS_DETAIL_DOWNLOAD_RUN_HPP

#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/jobs/detail/download_transfer.hpp>
#include <intheloop/jobs/detail/file_address.hpp>
#include <intheloop/jobs/detail/prepared_download.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/policy/detail/retry.hpp>

#include <boost/asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::detail {

// One download: exchange after exchange, until the plan has the whole file. Each step runs in the
// completion of the step before, on the user's executor, and passes the user's handler on. This
// object uses the user's cancellation slot until the end, since no operation is under way between
// two steps. The client's executor is kept at work meanwhile.
class download_run final : public std::enable_shared_from_this<download_run> {
public:
    download_run(std::shared_ptr<client_core> const& core, prepared_download download);

    void start(download_handler handler);

private:
    void cancel();
    template <class Then>
    auto next_step(download_handler handler, Then then);
    void ask_address(bool fresh, download_handler handler);
    void on_address(bool fresh, download_handler handler, result<std::string> got);
    void send(std::chrono::milliseconds pause, download_handler handler);
    void on_ended(download_handler handler, net::outcome ended);
    void on_break(download_handler handler, error why);
    void on_no_address(download_handler handler, error why);
    policy::decision decide(attempt_outcome const& ended, unsigned attempts, bool gained);
    void drain(download_handler handler, net::outcome last);
    void finish(download_handler handler, net::outcome& last);
    void fail(download_handler handler, error why);
    void tell(download_handler handler, result<download_summary> outcome);
    // Ends the download after a step that failed in between. Needs no memory.
    void give_up(std::optional<download_handler>& handler, errc code);

    std::weak_ptr<client_core> const core_; // a download does not keep the client alive
    std::shared_ptr<call_settings const> const settings_;
    std::shared_ptr<address_source> const addresses_;
    std::function<std::optional<error>(policy::file_part&)> const open_part_;
    std::shared_ptr<stream_file> const stream_; // the target, if it is one
    std::string const lost_;
    download_options const options_;
    policy::clock::time_point const started_;
    file_address address_;
    std::shared_ptr<download_transfer> const transfer_;
    // The user's handler. The steps pass on another one, which calls it, and which a step that
    // fails in between loses.
    std::weak_ptr<std::optional<download_handler>> handler_;
    boost::asio::cancellation_signal stop_step_;
    // Of the client's executor, which a step finds without work. The step under way has it; before
    // and after, the handler of the operation.
    net::context_work at_work_;
    bool cancelled_ = false;
    random_numbers random_;
    unsigned attempts_;
    unsigned breaks_ = 0;
    unsigned fruitless_ = 0;        // exchanges in a row that brought no byte, or dripped
    unsigned unanswered_ = 0;       // polls in a row that gave no address
    std::uint64_t size_before_ = 0; // of the part, before the exchange
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/download_run.ipp>
#endif

#endif
