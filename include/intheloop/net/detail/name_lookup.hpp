// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_NAME_LOOKUP_HPP
#define INTHELOOP_NET_DETAIL_NAME_LOOKUP_HPP

// getaddrinfo can't be cancelled, and a resolver of Asio waits for it: its context stays at work,
// its one thread delays all other names, and the context's destructor joins it. So names are looked
// up on threads that belong to no context.

#include <intheloop/base/config.hpp>
#include <intheloop/net/detail/one_of_process.hpp>
#include <intheloop/policy/detail/name_cache.hpp>

#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace intheloop::net {

// The outcome of a look-up: addresses, without a port, or the reason why there are none.
struct found_addresses {
    std::vector<boost::asio::ip::tcp::endpoint> all;
    boost::system::error_code failure;
};

class lookup_threads;

// Waits for the addresses of one host name. The destructor ends the wait; the thread that looks the
// name up may go on, and holds nothing of the waiter.
class name_lookup {
public:
    using outcome = std::shared_ptr<found_addresses const>;

    // Calls `done` once with the outcome, from within or from another thread, unless the wait ends
    // before. `done` only posts to an executor of the context: a lock is held. Destroying the
    // context ends the wait.
    INTHELOOP_DECL name_lookup(boost::asio::execution_context& context, std::string host,
                               std::string const& port, bool may_use_cache,
                               std::function<void(outcome)> done);
    INTHELOOP_DECL ~name_lookup();
    name_lookup(name_lookup const&) = delete;
    name_lookup& operator=(name_lookup const&) = delete;

    // How far it is.
    enum class progress : unsigned char {
        begun,            // a thread looks the name up, or will do so at once
        waits_for_others, // most_threads look up other names
        lacks_thread      // no further thread could be started
    };
    INTHELOOP_DECL progress how_far() const;

private:
    friend class lookup_threads;

    lookup_threads& threads_;
    boost::asio::execution_context* const context_;
    std::string const host_;
    std::function<void(outcome)> done_; // empty: the wait is over
};

// The look-ups of the process. Equal names are looked up once. Each thread ends when no name is
// queued; one may be in getaddrinfo while the process exits.
class lookup_threads : public one_of_process<lookup_threads> {
public:
    // One for each name that hangs; further names wait for one of them.
    static constexpr std::size_t most_threads = 16;

    // The child of a fork has none of its parent's threads, and gets look-ups of its own.
    INTHELOOP_DECL static lookup_threads& of_process();

    // Forgets the addresses of a host: they lead nowhere.
    INTHELOOP_DECL void forget(std::string const& host);

private:
    friend class name_lookup;
    friend class one_of_process<lookup_threads>;
    class waits_of_context;
    struct entry {
        std::string port;
        bool has_begun = false;
        std::vector<name_lookup*> waiting;
    };

    INTHELOOP_DECL lookup_threads();

    void begin(name_lookup& wait, std::string const& port, bool may_use_cache);
    void end(name_lookup& wait);
    void end_all(boost::asio::execution_context const& context);
    // Call these with the mutex locked.
    void start_thread();
    void drop_if_unwanted(std::map<std::string, entry>::iterator which);
    void complete(std::string const& host, name_lookup::outcome const& found);
    void remember(std::string const& host, name_lookup::outcome const& found);

    void run();

    name_lookup::outcome const no_memory_; // made in time
    mutable std::mutex mutex_;
    std::size_t running_ = 0;    // threads
    bool lacks_threads_ = false; // the last one could not be started
    std::deque<std::string> queued_;
    std::map<std::string, entry> under_way_; // by host
    policy::name_cache<name_lookup::outcome> cache_;
};

} // namespace intheloop::net

#endif
