// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_NET_DETAIL_MEMORY_RESERVE_HPP
#define INTHELOOP_NET_DETAIL_MEMORY_RESERVE_HPP

// Memory for the small steps that deliver a failure. A completion that gets lost for lack of memory
// leaves its operation waiting forever.

#include <boost/asio/recycling_allocator.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <utility>

namespace intheloop::detail {

// A block of memory, one for all clients. It goes back to the heap when an allocation has failed,
// so that the small ones after it succeed.
class memory_reserve {
public:
    // Called when there is memory again.
    static void fill() noexcept {
        constexpr std::size_t size = std::size_t(16) * 1024;
        if (block.load(std::memory_order_relaxed) == nullptr)
            std::free(block.exchange(std::malloc(size)));
    }
    static void release() noexcept { std::free(block.exchange(nullptr)); }

private:
    static inline std::atomic<void*> block{nullptr};
};

// Runs a step, and once more with the reserve if it fails for lack of memory: unless `is_done()`,
// since a step that calls a handler of the user's may pass on what that throws. A step that fails
// must change nothing.
template <class Step, class IsDone>
auto with_reserve(Step step, IsDone is_done) {
    try {
        return step();
    } catch (std::bad_alloc const&) {
        if (is_done())
            throw;
        memory_reserve::release();
    }
    return step();
}
template <class Step>
auto with_reserve(Step step) {
    return with_reserve(std::move(step), [] { return false; });
}

// Asio's allocator for handlers, with the reserve behind it.
template <class T>
class reserved_allocator {
public:
    using value_type = T;

    reserved_allocator() noexcept = default;
    template <class U>
    reserved_allocator(reserved_allocator<U> const&) noexcept {}

    T* allocate(std::size_t count) {
        return with_reserve(
            [count] { return boost::asio::recycling_allocator<T>().allocate(count); });
    }
    void deallocate(T* memory, std::size_t count) noexcept {
        boost::asio::recycling_allocator<T>().deallocate(memory, count);
    }

    friend bool operator==(reserved_allocator const&, reserved_allocator const&) noexcept {
        return true;
    }
};

} // namespace intheloop::detail

#endif
