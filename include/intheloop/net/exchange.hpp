// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_EXCHANGE_HPP
#define INTHELOOP_NET_EXCHANGE_HPP

#include <intheloop/net/connection.hpp>
#include <intheloop/net/message.hpp>
#include <intheloop/net/response_parser.hpp>
#include <intheloop/net/tls.hpp>
#include <intheloop/policy/retry.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <unordered_map>
#include <utility>
#include <vector>

namespace intheloop::net {

class exchange;

// What the exchanges of one transport share. Any thread.
class transport_state {
public:
    transport_state(boost::asio::any_io_executor on, tls_options const& options,
                    unsigned retry_budget)
        : executor(std::move(on)), budget_(retry_budget), tls_(make_tls_context(options)) {
        if (options.has_certificate())
            tls_anonymous_.emplace(make_tls_context(options.without_certificate()));
    }

    boost::asio::any_io_executor const executor;

    // Credentials belong to an origin: our certificate is not shown to another.
    boost::asio::ssl::context& tls_for(bool certificate) {
        return certificate || !tls_anonymous_ ? tls_ : *tls_anonymous_;
    }

    // The connection that was used last, if it is still good; else nothing.
    INTHELOOP_DECL std::shared_ptr<connection> take_idle(origin const& to, bool certificate);
    INTHELOOP_DECL void put_idle(std::shared_ptr<connection> free);
    INTHELOOP_DECL std::size_t idle_count() const;

    // What to do after an attempt; takes from the budget what that costs.
    INTHELOOP_DECL policy::decision decide(policy::attempt_outcome const& outcome,
                                           policy::call_facts const& call,
                                           retry_options const& how);
    // A call succeeded whose last retry took that much.
    INTHELOOP_DECL void give_back(unsigned amount);

    // False once closed.
    INTHELOOP_DECL bool add(std::shared_ptr<exchange> const& begun);
    INTHELOOP_DECL void remove(exchange const* ended);
    INTHELOOP_DECL void close();

private:
    // Servers drop idle connections after some time, often 60 s or more; we do it before them.
    static constexpr std::chrono::seconds longest_idle{30};
    static constexpr std::size_t most_idle = 64;

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<connection>> idle_; // used last: at the back
    std::unordered_map<exchange const*, std::weak_ptr<exchange>> active_;
    // Those that were idle for too long are moved out, to be closed without the lock.
    INTHELOOP_DECL void take_expired(std::vector<std::shared_ptr<connection>>& out);

    policy::retry_budget budget_;
    boost::asio::ssl::context tls_;
    std::optional<boost::asio::ssl::context> tls_anonymous_;
    std::minstd_rand random_{std::random_device()()};
    bool closed_ = false;
};

// One request on its way: connects if need be, sends, reads the answer, tries again where that is
// right, and completes once. From start() on, all of it runs on the strand of its connection.
class exchange : public std::enable_shared_from_this<exchange> {
public:
    INTHELOOP_DECL exchange(std::shared_ptr<transport_state> shared, exchange_request request,
                            exchange_handler handler);

    // Both from any thread.
    INTHELOOP_DECL void start();
    INTHELOOP_DECL void cancel(errc why);

private:
    using error_code = boost::system::error_code;
    using endpoints = boost::asio::ip::tcp::resolver::results_type;

    // A handler of an operation of this attempt: once the attempt is over it does nothing. It
    // keeps the connection, on which the operation may still be ending.
    template <class Step>
    auto guarded(Step step) {
        return [
            self = shared_from_this(), kept = connection_, epoch = epoch_, step = std::move(step)
        ]<class... Args>(
            Args const&... args) mutable requires std::invocable<Step&, Args const&...> {
            if (!self->completed_ && self->epoch_ == epoch)
                step(args...);
        };
    }

    void begin();
    void resolve();
    void connect(endpoints const& found);
    void on_connected(error_code ec);
    void write();
    void on_written(std::size_t size);
    void read();
    void on_read(error_code ec, std::size_t size);
    bool parse();
    bool accept_interim();
    void on_end_of_stream();
    void on_broken(error_code ec);
    void on_answer();
    void begin_again();

    void end_attempt();
    void back_off(std::chrono::milliseconds pause);

    void enter(policy::phase next);
    void arm_timer();
    void fail(error failure);
    void complete();

    std::shared_ptr<transport_state> shared_;
    exchange_request request_;
    exchange_handler handler_;
    exchange_outcome outcome_;
    std::shared_ptr<connection> connection_;
    // Set by start(). It stays when the connection is replaced, so that cancel() may read it.
    std::optional<strand> strand_;
    std::optional<resolver> resolver_;
    std::optional<timer> timer_;
    std::optional<response_parser> parser_;
    policy::phase phase_ = policy::phase::connect;
    policy::clock::time_point phase_since_{};                // or of the last progress
    request_progress progress_ = request_progress::not_sent; // of this attempt
    std::size_t written_ = 0;
    unsigned interim_answers_ = 0;
    unsigned epoch_ = 0;             // counts the beginnings and ends of attempts
    unsigned stale_connections_ = 0; // attempts that an idle connection cost by ending
    unsigned last_cost_ = 0;         // taken from the budget
    bool reused_ = false;
    bool completed_ = false;
};

} // namespace intheloop::net

#endif
