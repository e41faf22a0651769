// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "heap.hpp"

#include <malloc.h>
#include <openssl/crypto.h>

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

long allocations = 0;

struct openssl_memory {
    long allocations = 0;
    long kept = 0;

    void* add(void* made) {
        if (made) {
            ++allocations;
            kept += static_cast<long>(::malloc_usable_size(made));
        }
        return made;
    }
    void* remove(void* owned) {
        kept -= static_cast<long>(::malloc_usable_size(owned));
        return owned;
    }
};
openssl_memory openssl;

void* allocate_for_openssl(std::size_t size, char const*, int) {
    return size == 0 ? nullptr : openssl.add(std::malloc(size));
}
void* reallocate_for_openssl(void* owned, std::size_t size, char const*, int) {
    return openssl.add(std::realloc(openssl.remove(owned), size));
}
void free_of_openssl(void* owned, char const*, int) {
    std::free(openssl.remove(owned));
}

// Works only before anything of OpenSSL is used.
[[maybe_unused]] int const counts_openssl =
    CRYPTO_set_mem_functions(allocate_for_openssl, reallocate_for_openssl, free_of_openssl);

} // namespace

heap::counts heap::now() {
    auto const all = ::mallinfo2();
    long const kept = static_cast<long>(all.uordblks + all.hblkhd);
    return {allocations, kept - openssl.kept, openssl.allocations, openssl.kept};
}

void* operator new(std::size_t size) {
    ++allocations;
    if (void* const made = std::malloc(size))
        return made;
    throw std::bad_alloc();
}
void operator delete(void* owned) noexcept {
    std::free(owned);
}
void operator delete(void* owned, std::size_t) noexcept {
    std::free(owned);
}

extern "C" void* __libc_memalign(std::size_t, std::size_t);
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) {
    ++allocations;
    return __libc_memalign(alignment, size);
}
