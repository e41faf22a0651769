// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_IMPL_NAME_LOOKUP_IPP
#define INTHELOOP_NET_IMPL_NAME_LOOKUP_IPP

#include <intheloop/base/time_source.hpp>
#include <intheloop/net/detail/blocked_signals.hpp>
#include <intheloop/net/detail/name_lookup.hpp>

#include <boost/asio/error.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

namespace intheloop::net {

namespace detail {

INTHELOOP_DECL boost::system::error_code lookup_failure(int code) {
    namespace error = boost::asio::error;
    switch (code) {
    case EAI_AGAIN: return error::host_not_found_try_again;
    case EAI_FAIL: return error::no_recovery;
    case EAI_MEMORY: return error::no_memory;
    case EAI_SYSTEM: return {errno, boost::system::system_category()};
    default: return error::host_not_found;
    }
}

INTHELOOP_DECL name_lookup::outcome failed_lookup(boost::system::error_code why) {
    return std::make_shared<found_addresses const>(found_addresses{{}, why});
}

// Takes as long as the system's resolver likes.
INTHELOOP_DECL name_lookup::outcome look_up(std::string const& host, std::string const& port) {
    addrinfo hints{};
    hints.ai_flags = AI_ADDRCONFIG;
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    addrinfo* first = nullptr;
    if (int const code = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &first); code != 0)
        return failed_lookup(lookup_failure(code));
    std::unique_ptr<addrinfo, void (*)(addrinfo*)> const owner(first, &::freeaddrinfo);
    auto found = std::make_shared<found_addresses>();
    for (addrinfo const* each = first; each; each = each->ai_next) {
        boost::asio::ip::tcp::endpoint address;
        if ((each->ai_family != AF_INET && each->ai_family != AF_INET6) ||
            each->ai_addrlen > address.capacity())
            continue;
        std::memcpy(address.data(), each->ai_addr, each->ai_addrlen);
        address.resize(each->ai_addrlen);
        address.port(0);
        found->all.push_back(address);
    }
    if (found->all.empty())
        found->failure = boost::asio::error::host_not_found;
    return found;
}

} // namespace detail

// Ends the waits of a context before its executors become invalid: a context shuts down its newest
// services first, and this one is newer than its strands.
class lookup_threads::waits_of_context : public boost::asio::execution_context::service {
public:
    using key_type = waits_of_context;
    inline static boost::asio::execution_context::id id;

    explicit waits_of_context(boost::asio::execution_context& of) : service(of) {}

private:
    void shutdown() override { of_process().end_all(context()); }
};

INTHELOOP_DECL name_lookup::name_lookup(boost::asio::execution_context& context, std::string host,
                                        std::string const& port, bool may_use_cache,
                                        std::function<void(outcome)> done)
    : threads_(lookup_threads::of_process()), context_(&context), host_(std::move(host)),
      done_(std::move(done)) {
    boost::asio::use_service<lookup_threads::waits_of_context>(context);
    threads_.begin(*this, port, may_use_cache);
}

INTHELOOP_DECL name_lookup::~name_lookup() {
    threads_.end(*this);
}

INTHELOOP_DECL lookup_threads::lookup_threads()
    : no_memory_(detail::failed_lookup(boost::asio::error::no_memory)) {}

INTHELOOP_DECL name_lookup::progress name_lookup::how_far() const {
    if (threads_.is_of_parent())
        return progress::begun;
    std::lock_guard const lock(threads_.mutex_);
    auto const found = threads_.under_way_.find(host_);
    if (found == threads_.under_way_.end() || found->second.has_begun)
        return progress::begun;
    if (threads_.running_ == lookup_threads::most_threads)
        return progress::waits_for_others;
    return threads_.lacks_threads_ ? progress::lacks_thread : progress::begun;
}

INTHELOOP_DECL lookup_threads& lookup_threads::of_process() {
    return find_or_make();
}

INTHELOOP_DECL void lookup_threads::forget(std::string const& host) {
    std::lock_guard const lock(mutex_);
    cache_.forget(host);
}

INTHELOOP_DECL void lookup_threads::begin(name_lookup& wait, std::string const& port,
                                          bool may_use_cache) {
    std::lock_guard const lock(mutex_);
    if (may_use_cache)
        if (auto const* const known = cache_.find(wait.host_, intheloop::detail::boot_now({})))
            return std::exchange(wait.done_, nullptr)(*known);
    auto const [at, is_new] = under_way_.try_emplace(wait.host_, entry{port, false, {}});
    try {
        at->second.waiting.push_back(&wait);
        if (!is_new)
            return;
        queued_.push_back(wait.host_);
        if (running_ < most_threads)
            start_thread();
    } catch (...) { // no memory
        std::erase(at->second.waiting, &wait);
        drop_if_unwanted(at);
        throw;
    }
}

// Without a further thread, one that runs takes the name later. If none runs, the look-up fails.
INTHELOOP_DECL void lookup_threads::start_thread() {
    try {
        detail::blocked_signals const blocked;
        std::thread([this] { run(); }).detach();
        ++running_;
        lacks_threads_ = false;
    } catch (std::system_error const&) {
        lacks_threads_ = true;
        if (running_ != 0)
            return;
        auto const failed = detail::failed_lookup(boost::asio::error::try_again);
        while (!queued_.empty()) {
            std::string const host = std::move(queued_.front());
            queued_.pop_front();
            complete(host, failed);
        }
    }
}

INTHELOOP_DECL void lookup_threads::end(name_lookup& wait) {
    if (is_of_parent())
        return;
    std::lock_guard const lock(mutex_);
    if (!std::exchange(wait.done_, nullptr))
        return;
    auto const found = under_way_.find(wait.host_);
    std::erase(found->second.waiting, &wait);
    drop_if_unwanted(found);
}

INTHELOOP_DECL void lookup_threads::end_all(boost::asio::execution_context const& context) {
    std::lock_guard const lock(mutex_);
    for (auto next = under_way_.begin(); next != under_way_.end();) {
        auto const each = next++;
        std::erase_if(each->second.waiting, [&](name_lookup* wait) {
            if (wait->context_ == &context)
                wait->done_ = nullptr;
            return !wait->done_;
        });
        drop_if_unwanted(each);
    }
}

INTHELOOP_DECL void lookup_threads::drop_if_unwanted(std::map<std::string, entry>::iterator which) {
    if (which->second.has_begun || !which->second.waiting.empty())
        return;
    std::erase(queued_, which->first);
    under_way_.erase(which);
}

// Runs with the mutex locked, so that a wait that was ended is certainly not completed any more.
INTHELOOP_DECL void lookup_threads::complete(std::string const& host,
                                             name_lookup::outcome const& found) {
    auto const ended = under_way_.extract(host);
    for (name_lookup* const each : ended.mapped().waiting) {
        auto const done = std::exchange(each->done_, nullptr);
        try {
            done(found);
        } catch (...) { // no memory: its time limit ends it
        }
    }
}

// Keeps a failure only if it is an answer: a resolver that has failed may work again at once.
INTHELOOP_DECL void lookup_threads::remember(std::string const& host,
                                             name_lookup::outcome const& found) {
    bool const is_missing = found->failure == boost::asio::error::host_not_found;
    if (found->failure && !is_missing)
        return cache_.forget(host);
    auto const lifetime = is_missing ? policy::missing_name_lifetime : policy::found_name_lifetime;
    try {
        cache_.keep(host, found, intheloop::detail::boot_now({}) + lifetime);
    } catch (std::bad_alloc const&) { // then it is looked up again
    }
}

INTHELOOP_DECL void lookup_threads::run() {
    std::unique_lock lock(mutex_);
    while (!queued_.empty()) {
        std::string const host = std::move(queued_.front());
        queued_.pop_front();
        entry& begun = under_way_.at(host);
        begun.has_begun = true;
        std::string const port = std::move(begun.port);
        lock.unlock();
        auto found = no_memory_;
        try {
            found = detail::look_up(host, port);
        } catch (std::bad_alloc const&) {
        }
        lock.lock();
        remember(host, found);
        complete(host, found);
    }
    --running_;
}

} // namespace intheloop::net

#endif
