// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_FLEET_DETAIL_REDIS_ENGINE_HPP
#define INTHELOOP_FLEET_DETAIL_REDIS_ENGINE_HPP

#include <intheloop/fleet/detail/redis_connection.hpp>
#include <intheloop/fleet/detail/redis_scripts.hpp>
#include <intheloop/fleet/fleet.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace intheloop::redis {

// A context with a thread that runs it until this object is destroyed, and what is left has ended.
class own_thread {
public:
    INTHELOOP_DECL own_thread();
    INTHELOOP_DECL ~own_thread();
    own_thread(own_thread const&) = delete;
    own_thread& operator=(own_thread const&) = delete;

    boost::asio::any_io_executor executor() const { return context_->get_executor(); }

private:
    std::shared_ptr<boost::asio::io_context> context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

// The listeners of a process, by the names of their channels. Used on the strand.
class listeners {
public:
    void add(std::string const& channel, std::string group,
             std::weak_ptr<fleet::listener const> told) {
        auto& entry = all_[channel];
        entry.group = std::move(group);
        entry.told.push_back(std::move(told));
    }
    INTHELOOP_DECL void tell(std::string const& channel, std::string const& message);
    // Tells all that the engine can be asked again.
    INTHELOOP_DECL void tell_back();
    // Removes channels that nobody listens to, and returns them.
    INTHELOOP_DECL std::vector<std::string> take_unused();

private:
    struct heard {
        std::string group;
        std::vector<std::weak_ptr<fleet::listener const>> told;

        INTHELOOP_DECL void tell(fleet_notice notice) const;
    };
    std::map<std::string, heard> all_;
};

} // namespace intheloop::redis

namespace intheloop::detail {

// Holds the parts of a redis_fleet.
class redis_engine {
public:
    INTHELOOP_DECL redis_engine(std::optional<boost::asio::any_io_executor> executor,
                                redis_options const& how);

    std::string const prefix;
    std::optional<redis::own_thread> thread; // destroyed last
    std::shared_ptr<redis::listeners> const listeners;
    redis::connection connection;

    redis::key_names names(std::string const& digest) const { return {prefix, digest}; }
};

} // namespace intheloop::detail

#endif
