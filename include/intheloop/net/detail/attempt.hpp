// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_ATTEMPT_HPP
#define INTHELOOP_NET_DETAIL_ATTEMPT_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/base/error.hpp>
#include <intheloop/base/time_source.hpp>
#include <intheloop/net/detail/connection.hpp>
#include <intheloop/net/detail/request.hpp>
#include <intheloop/net/detail/request_body_writer.hpp>
#include <intheloop/net/detail/response_parser.hpp>
#include <intheloop/policy/detail/deadline.hpp>
#include <intheloop/policy/detail/transfer_watch.hpp>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace intheloop::net {

class call;

// Sends one request on one connection and reads the response, which may come before the request is
// completely sent. Ends once, with call::on_attempt_ended.
class attempt {
public:
    explicit attempt(call& owner) : owner_(owner) {}

    // Writes the response into `response`; all three arguments must outlive the attempt.
    INTHELOOP_DECL void start(std::shared_ptr<connection> on, request const& request,
                              codec::encoded_response& response, policy::clock::time_point now);
    // Ends the attempt without reporting it.
    INTHELOOP_DECL void stop() noexcept;
    // The same for an attempt whose context may be gone: no operation of it does anything any more.
    void forget() noexcept {
        ++epoch_;
        running_ = false;
    }

    bool is_running() const noexcept { return running_; }
    request_progress progress() const noexcept { return progress_; }
    bool is_all_sent() const noexcept {
        return request_ && written_ == request_->bytes.size() &&
               (!request_->body_writer || (request_->body_writer->is_over() && piece_.empty()));
    }
    // Returns whether the peer certainly can't have received the whole request: a write has failed.
    bool was_never_all_sent() const noexcept { return write_failed_ && !is_all_sent(); }
    std::uint64_t body_size() const noexcept { return body_size_; } // of the response, once over
    // Resumes reading after the sink was full.
    INTHELOOP_DECL void resume();
    // Resumes sending when more of the body is available.
    INTHELOOP_DECL void resume_sending();

    bool gave_to_sink() const noexcept { return gave_to_sink_; } // valid after the end
    // Returns when the last byte came or went; now, while reading waits for a full sink or sending
    // waits for the body.
    policy::clock::time_point last_progress() const noexcept {
        return paused_ || awaits_piece_ ? now() : last_progress_;
    }
    // Returns whether bytes come and go more slowly than slow_transfer_options allow, and when to
    // ask that again.
    bool is_too_slow(policy::clock::time_point now) { return watch_ && watch_->is_slow(now); }
    policy::clock::time_point check_rate_at() const {
        auto const at = watch_ ? watch_->check_at() : std::nullopt;
        return at.value_or(policy::clock::time_point::max());
    }
    // Returns whether the connection can carry another request, as far as this attempt knows.
    bool leaves_connection_usable() const noexcept { return usable_; }

private:
    using error_code = boost::system::error_code;

    template <class Step>
    auto guarded(Step step);

    policy::clock::time_point now() const;
    void mark_io();
    void note_progress(io_progress const& made);
    void measure(std::size_t moved);
    void write();
    bool has_something_to_write() const;
    bool take_piece();
    void on_write_failed(error_code ec);
    void read();
    void wait_to_read(socket::wait_type type);
    void read_in_another_turn();
    void on_readable();
    bool on_read(error_code ec, std::size_t size);
    bool pauses();
    bool parse();
    bool accept_interim();
    void on_end_of_stream();
    void on_broken(error_code ec);
    void finish();
    void end(std::optional<error> failure);

    call& owner_;
    std::shared_ptr<connection> connection_;
    request const* request_ = nullptr;
    codec::encoded_response* response_ = nullptr;
    std::optional<response_parser> parser_;
    intheloop::detail::io_mark io_; // set while the peer is awaited
    policy::clock::time_point last_progress_{};
    std::optional<policy::transfer_watch> watch_; // if there is a minimum rate
    request_progress progress_ = request_progress::not_sent;
    std::size_t written_ = 0; // of the request's bytes
    std::string piece_;       // of the request body, if it comes in pieces
    std::size_t piece_written_ = 0;
    std::uint64_t body_size_ = 0;
    unsigned interim_responses_ = 0;
    unsigned epoch_ = 0; // counts starts and ends
    bool running_ = false;
    bool write_failed_ = false;
    bool paused_ = false;       // the sink is full
    bool awaits_piece_ = false; // of the request's body
    bool gave_to_sink_ = false;
    bool usable_ = false;
};

} // namespace intheloop::net

#endif
