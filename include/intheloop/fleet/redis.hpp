// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_REDIS_HPP
#define INTHELOOP_FLEET_REDIS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/fleet/fleet.hpp>
#include <intheloop/fleet/redis_options.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace intheloop {

namespace detail {
class redis_engine;
}

// A fleet whose processes meet in Redis 6.0 or later, or in Valkey. Needs hiredis, which
// <intheloop/fleet/redis.hpp> alone includes. Any thread may use it.
//
// A client subscribes to its group as soon as it is made. The guide (docs/guide/fleet-redis.md)
// tells what Redis stores, and for how long: no token, no user, no address, and nothing without an
// end.
//
// An operation fails within redis_options::command_timeout: with connect_failed, connection_lost
// and other errors of networks and TLS; with deadline_exceeded; with invalid_option if Redis
// refuses the login, or is too old; with unexpected_content if it is no Redis; with server_error
// for an error of Redis (its text is the service_message); with queue_full. While the connection
// waits for its next try, each operation fails at once with the reason of the last one.
class redis_fleet final : public fleet {
public:
    // Runs on a thread of its own, so that a context of the program is not kept busy. The
    // destructor ends all connections and waits for the thread. It still sends what others wait
    // for, such as the end of a lease, and awaits the answer for redis_options::command_timeout
    // (twice that, if Redis does not know the script). Throws intheloop::exception (configuration),
    // with the name of the option, for options that can't be used; it does not connect.
    INTHELOOP_DECL redis_fleet(fleet_options chosen, redis_options const& how);
    // Runs on an executor of the program, which must outlive it. An unused connection keeps the
    // context busy for redis_options::idle_timeout at most. After the destructor it is busy only
    // if something is still to be told, as above, which the destructor does not wait for.
    INTHELOOP_DECL redis_fleet(boost::asio::any_io_executor executor, fleet_options chosen,
                               redis_options const& how);
    INTHELOOP_DECL ~redis_fleet() override;

    INTHELOOP_DECL void async_claim(fleet_claim claim, grant_handler handler) override;
    INTHELOOP_DECL void async_leave(std::string group, std::string member,
                                    done_handler handler) override;
    INTHELOOP_DECL void async_tell(fleet_notice notice, done_handler handler) override;
    INTHELOOP_DECL void async_lock(std::string name, std::chrono::milliseconds time_limit,
                                   lock_handler handler) override;
    INTHELOOP_DECL void async_unlock(std::string name, std::uint64_t fence,
                                     done_handler handler) override;
    INTHELOOP_DECL void listen(std::string group, std::weak_ptr<listener const> told) override;
    // Claims a start, as fleet::async_claim_start says.
    INTHELOOP_DECL void async_claim_start(fleet_start_claim claim, start_handler handler) override;
    // Notes a step of a start, as fleet::async_note_start says.
    INTHELOOP_DECL void async_note_start(fleet_start_note note, note_handler handler) override;

    // Asks Redis for a sign of life, for example as a program starts: connects, logs in, checks the
    // version.
    //
    // Completes with `void(std::optional<error>)`, on any thread. Has no cancellation.
    //
    //     engine->async_check([](std::optional<loop::error> failure) {
    //         if (failure)
    //             std::cerr << *failure << '\n';
    //     });
    INTHELOOP_DECL void async_check(done_handler handler);

private:
    std::unique_ptr<detail::redis_engine> engine_;
};

} // namespace intheloop

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/fleet/impl/redis.ipp>
#endif

#endif
