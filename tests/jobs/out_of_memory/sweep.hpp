// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_JOBS_OUT_OF_MEMORY_SWEEP_HPP
#define INTHELOOP_TESTS_JOBS_OUT_OF_MEMORY_SWEEP_HPP

// Each allocation that an operation makes fails once, and each one from there on: the operation
// ends with an error or with std::bad_alloc, its handler is called at most once, nothing hangs, and
// the client goes on.
// Include it in the only translation unit of a program: it replaces operator new.
#include <client/fixture.hpp>
#include <support/process.hpp>

#include <boost/asio/multiple_exceptions.hpp>

#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace {

// Of the client's thread: the server runs on another.
struct failing {
    bool counts = false;
    bool goes_on = false; // fails all allocations from there on, not one
    long left = 0;        // allocations until one fails
    long failed = 0;
    bool looks_up = false; // the thread looks names up
};
thread_local failing allocations;

// From which allocation on they fail on the thread that looks a name up, once it has found the
// name: none if negative.
std::atomic<long> first_of_look_up = -1;
std::atomic<bool> look_up_has_failed = false;

bool fails_now() noexcept {
    failing& now = allocations;
    if (!now.counts)
        return false;
    bool const fails = now.left == 0 || (now.goes_on && now.left < 0);
    --now.left;
    now.failed += fails ? 1 : 0;
    if (fails && now.looks_up)
        look_up_has_failed = true;
    return fails;
}

} // namespace

void* operator new(std::size_t size) {
    if (void* const made = fails_now() ? nullptr : std::malloc(size != 0 ? size : 1))
        return made;
    throw std::bad_alloc();
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return fails_now() ? nullptr : std::malloc(size != 0 ? size : 1);
}
void operator delete(void* made) noexcept {
    std::free(made);
}
void operator delete(void* made, std::size_t) noexcept {
    std::free(made);
}
void operator delete(void* made, std::nothrow_t const&) noexcept {
    std::free(made);
}
// Asio takes its memory from here, where the library has it.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    void* made = nullptr;
    if (fails_now() || ::posix_memalign(&made, std::max(alignment, sizeof(void*)), size) != 0)
        return nullptr;
    return made;
}

extern "C" int getaddrinfo(char const* node, char const* service, addrinfo const* hints,
                           addrinfo** found) {
    using function = int (*)(char const*, char const*, addrinfo const*, addrinfo**);
    static auto const real = reinterpret_cast<function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    int const outcome = real(node, service, hints, found);
    long const first = first_of_look_up;
    allocations = {first >= 0, true, first, 0, true};
    return outcome;
}

namespace out_of_memory {

using namespace fixture;

// No allocation fails in its scope.
class spared {
public:
    spared() : counted_(std::exchange(allocations.counts, false)) {}
    ~spared() { allocations.counts = counted_; }
    spared(spared const&) = delete;
    spared& operator=(spared const&) = delete;

private:
    bool counted_;
};

// Holds the outcome of one operation.
struct end_of_operation {
    int called = 0;
    bool succeeded = false;
    std::optional<loop::error> failure;
    std::shared_ptr<int> handler_lives = std::make_shared<int>();

    void note(std::optional<loop::error> failed) {
        ++called;
        succeeded = !failed;
        failure = std::move(failed);
    }
};

// A handler that takes any result.
class noting_handler {
public:
    explicit noting_handler(end_of_operation& to) : to_(&to), lives_(to.handler_lives) {}

    template <class T>
    void operator()(loop::result<T> const& outcome) {
        spared const none_fails;
        to_->note(outcome ? std::nullopt : std::optional(outcome.error()));
    }

private:
    end_of_operation* to_;
    std::shared_ptr<int> lives_;
};

// Ends what waits for a completion that was lost for lack of memory.
inline constexpr std::chrono::milliseconds limit = 3s;

struct world {
    explicit world(server_options chosen = plain()) : s(std::move(chosen)), how(options_for(s)) {
        how.allow_insecure_loopback = true;
        how.addresses["localhost"] = {"127.0.0.1"};
        how.retry.base = 1ms;
        how.deadline = limit;
    }
    static server_options plain() {
        server_options chosen;
        chosen.plain_http = true;
        chosen.statuses = {"Processing", "Completed"};
        return chosen;
    }

    void use_clock() {
        clock = std::make_shared<loop::testing::virtual_clock>();
        how.time = clock;
    }

    server s;
    loop::options how;
    tests::scratch_directory files;
    // Runs the context, if there is one: the time limits pass at once.
    std::shared_ptr<loop::testing::virtual_clock> clock;
    bool is_warm = false;     // a connection stands before the operation begins
    bool begins_more = false; // a handler begins further operations, which may throw
    bool ends_late = false;   // where a completion is lost, a time limit ends the operation
};

inline constexpr std::chrono::seconds guard = 20s;

// Runs the context until it is out of work; counts the exceptions.
inline int run_out(asio::io_context& io, loop::testing::virtual_clock* clock = nullptr) {
    int thrown = 0;
    auto const note = [&thrown] {
        spared const none_fails;
        ++thrown;
        allocations.goes_on = false; // there is memory again
    };
    io.restart();
    auto const end = std::chrono::steady_clock::now() + guard;
    while (!io.stopped() && std::chrono::steady_clock::now() < end)
        try {
            if (clock)
                clock->run(io);
            else
                io.run_for(guard);
        } catch (std::bad_alloc const&) {
            note();
        } catch (asio::multiple_exceptions const&) { // several of them, in one turn
            note();
        }
    return thrown;
}

// Fails one allocation after the other, until the operation has no such allocation any more.
// `begin(client, io, handler)` begins the operation.
template <class Begin>
void sweep(world& in, bool goes_on, Begin begin) {
    long n = 0;
    for (bool has_failed = true; has_failed; ++n) {
        CAPTURE(n);
        CAPTURE(goes_on);
        REQUIRE(n < 5000);
        end_of_operation ended;
        std::weak_ptr<int> const handler_lives = ended.handler_lives;
        bool threw_at_once = false;
        int thrown = 0;
        {
            asio::io_context io(1);
            loop::client client(io.get_executor(), in.how);
            if (in.is_warm)
                REQUIRE(call(client, io, drafts::create_draft, drafts::create_request()));

            noting_handler handler(ended);
            ended.handler_lives.reset();
            allocations = {true, goes_on, n, 0};
            try {
                begin(client, io, std::move(handler));
            } catch (std::bad_alloc const&) {
                spared const none_fails;
                threw_at_once = true;
                allocations.goes_on = false;
            }
            thrown = run_out(io, in.clock.get());
            allocations.counts = false;
            CAPTURE(thrown);
            has_failed = allocations.failed != 0;

            CHECK(io.stopped()); // or it hangs
            CHECK(ended.called <= 1);
            bool const handled = ended.called == 1;
            CHECK((handled || threw_at_once || thrown != 0));
            if (!goes_on) // a single failure loses no handler
                CHECK(handled != (threw_at_once || (in.begins_more && thrown != 0)));
            if (handled && !ended.succeeded)
                CHECK_MESSAGE(has_failed, *ended.failure);
            if (!has_failed)
                CHECK(ended.succeeded);

            end_of_operation again;
            client.async_call(drafts::create_draft, drafts::create_request(),
                              noting_handler(again));
            run_out(io, in.clock.get());
            CHECK(again.called == 1);
            if (again.failure)
                FAIL_CHECK(*again.failure);
        }
        CHECK(handler_lives.expired());
    }
    MESSAGE("allocations: ", n - 1);
}
template <class Begin>
void sweep(world& in, Begin begin) {
    sweep(in, false, begin);
    if (in.ends_late)
        in.use_clock();
    sweep(in, true, begin);
}

inline report::get_request get_of(world& in) {
    spared const none_fails;
    return report::get_request(in.s.add_export());
}

} // namespace out_of_memory

#endif
