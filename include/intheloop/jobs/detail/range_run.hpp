// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_DETAIL_RANGE_RUN_HPP
#define INTHELOOP_JOBS_DETAIL_RANGE_RUN_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/detail/random_numbers.hpp>
#include <intheloop/client/detail/client_core.hpp>
#include <intheloop/jobs/detail/download_transfer.hpp>
#include <intheloop/jobs/detail/file_address.hpp>
#include <intheloop/jobs/detail/part_file.hpp>
#include <intheloop/jobs/detail/prepared_download.hpp>
#include <intheloop/net/detail/strand_gate.hpp>
#include <intheloop/net/detail/timer_queue.hpp>
#include <intheloop/policy/detail/range_plan.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace intheloop::detail {

// One download to a file in several streams: carries out what a range_plan decides. Runs on the
// client's strand, as the sinks of its requests do; only the beginning and the end run elsewhere.
// The operations under way keep this object, and with it the user's handler.
class range_run final : public close_listener, public std::enable_shared_from_this<range_run> {
public:
    range_run(std::shared_ptr<client_core> const& core, prepared_download download,
              prepared_download in_one_stream);

    void start(download_handler handler);
    INTHELOOP_DECL void on_client_closed() override;

private:
    class sink;
    // One stream: a request after another.
    struct stream final : net::timed {
        void on_time() override { is_paused = false; }

        boost::asio::cancellation_signal stop;
        bool is_busy = false;
        bool is_paused = false;
        bool has_begun = false; // the response
        bool is_cut = false;    // by this object, since it needs no more of the response
        bool is_final = false;  // no other request can help
        std::uint64_t brought = 0;
        std::size_t version = 0; // of the file that it asks for
        unsigned address = 0;    // that it asks
        unsigned fruitless = 0;  // exchanges in a row that brought no byte, or dripped
    };

    template <class Step>
    void guarded(Step step);
    template <class Step>
    void post(Step step);

    void ask_address(bool fresh);
    void on_address(bool fresh, result<std::string> got);
    // Gives each idle stream something to do, and ends the download if there is nothing left.
    void go_on();
    void send(std::size_t which);
    void on_ended(std::size_t which, net::outcome ended);
    void on_response(std::size_t which, net::outcome ended);
    void on_failed(std::size_t which, net::outcome& ended, error why);
    void on_no_address(error why);
    void pause(std::chrono::milliseconds delay, stream const* only);
    bool others_receive(std::size_t which) const;
    bool may_give_up(std::size_t which, retry_verdict verdict, error const& why,
                     bool asks_to_wait) const;
    void follow(policy::range_step step);
    void begin_anew();
    void discard();
    void set_timer();

    std::optional<error> on_head(std::size_t which, byte_sink::head const& of);
    std::optional<error> on_bytes(std::size_t which, std::string_view bytes);
    bool is_current(std::size_t which, std::size_t version) const;
    std::optional<error> cut(std::size_t which);
    std::optional<error> stopped(std::size_t which, std::optional<error> failure);

    void fail(error why);
    void end();
    void end_if_quiet();
    void finish(download_handler handler);
    void go_on_in_one_stream(std::shared_ptr<client_core> const& core, download_handler handler);
    void tell(result<download_summary> outcome);
    result<download_summary> make_result();

    std::weak_ptr<client_core> const core_; // a download does not keep the client alive
    boost::asio::any_io_executor const executor_;
    std::shared_ptr<net::pending_count> const deliveries_;
    net::strand const strand_;
    std::shared_ptr<call_settings const> const settings_;
    std::shared_ptr<address_source> const addresses_;
    std::shared_ptr<part_file> const file_;
    std::string const lost_;
    prepared_download in_one_stream_;
    download_options options_;
    policy::clock::time_point const started_;
    file_address address_;
    policy::range_plan plan_;
    std::deque<stream> streams_;
    net::timer_queue timers_;
    random_numbers random_;
    progress_teller progress_;
    std::optional<download_handler> handler_;
    // Of the client's executor, while the end runs on the handler's own, and may go on.
    net::context_work at_work_;
    boost::asio::cancellation_signal stop_address_;
    std::atomic<bool> is_cancelled_{false};

    std::size_t version_ = 0;   // of the file: counts the times that it started over
    std::size_t under_way_ = 0; // operations
    bool is_asking_ = false;    // for an address
    unsigned unanswered_ = 0;   // times in a row that it got none
    bool has_file_ = false;     // it has begun to take bytes of this version
    bool must_discard_ = false; // the bytes of another version
    bool falls_back_ = false;   // to one stream
    bool has_ended_ = false;    // waits for the operations under way
    bool is_told_ = false;      // the handler is on its way
    std::uint64_t unnoted_ = 0; // bytes since the ranges were noted
    std::string content_type_;
    unsigned attempts_ = 0;
    unsigned breaks_ = 0;
    std::optional<error> failure_;
    std::optional<net::outcome> last_; // complete response
    net::strand_gate const gate_{strand_};
};

} // namespace intheloop::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/jobs/impl/range_run.ipp>
#endif

#endif
