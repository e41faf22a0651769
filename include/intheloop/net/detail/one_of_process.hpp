// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_ONE_OF_PROCESS_HPP
#define INTHELOOP_NET_DETAIL_ONE_OF_PROCESS_HPP

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <memory>

namespace intheloop::net {

// The one object of a class in a process. Never destroyed: it may be in use while the process
// exits. The child of a fork gets its own, since a mutex of its parent's may be locked forever.
template <class Derived>
class one_of_process {
protected:
    static Derived& find_or_make() {
        static std::atomic<Derived*> newest = nullptr;
        Derived* found = newest.load();
        while (!found || found->is_of_parent()) {
            std::unique_ptr<Derived> made(new Derived());
            made->parent_ = found;
            if (newest.compare_exchange_strong(found, made.get()))
                found = made.release();
        }
        return *found;
    }

    bool is_of_parent() const noexcept { return process_ != ::getpid(); }

private:
    pid_t const process_ = ::getpid();
    Derived* parent_ = nullptr; // keeps the parent's reachable
};

} // namespace intheloop::net

#endif
