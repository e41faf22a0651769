// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_CALLS_HPP
#define INTHELOOP_BENCHMARKS_CALLS_CALLS_HPP

// All programs share this: the command line, the call that they make, and the one line of
// JSON that says how it went.

#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace calls {

using steady = std::chrono::steady_clock;

// PROGRAM HOST PORT CA_FILE MODE CONCURRENCY CALLS, where MODE is
//   get, post       on connections that are kept, one for each concurrent call
//   new-connection  get; the server closes after each answer, and knows no sessions
//   resume          get; the server closes after each answer, and resumes TLS sessions
struct arguments {
    std::string host, port, ca_file, mode;
    std::size_t concurrency, calls;

    arguments(int argc, char** argv) {
        if (argc != 7) {
            std::fprintf(stderr, "usage: %s HOST PORT CA_FILE MODE CONCURRENCY CALLS\n", argv[0]);
            std::exit(2);
        }
        host = argv[1];
        port = argv[2];
        ca_file = argv[3];
        mode = argv[4];
        concurrency = std::stoul(argv[5]);
        calls = std::stoul(argv[6]);
    }

    bool posts() const { return mode == "post"; }
    bool keeps_connections() const { return mode == "get" || mode == "post"; }
    bool resumes() const { return mode == "resume"; }
    std::string origin() const { return "https://" + host + ":" + port; }
};

// The calls.
inline constexpr std::string_view id = "6e1cf0db-52d7-4522-97c9-97aa40b14058";
inline constexpr std::string_view token = "benchmark-token";
inline constexpr std::string_view user_agent = "intheloop-cpp/0.1.0";
inline constexpr std::int64_t period_start = 1'793'491'200;
inline constexpr std::int64_t period_end = 1'794'096'000;
inline constexpr std::string_view post_target = "/api/v1/report/export";
inline constexpr std::string_view post_body = R"({"start":1793491200,"end":1794096000})";
inline std::string get_target() {
    return "/api/v1/report/exports/" + std::string(id);
}

// The server's answer to all of them.
inline constexpr std::string_view server_answer =
    R"({"id":"6e1cf0db-52d7-4522-97c9-97aa40b14058","status":"Completed",)"
    R"("url":"https://cdn.example.test/exports/6e1cf0db-52d7-4522-97c9-97aa40b14058.json"})";

// Every client keeps to these.
inline constexpr std::chrono::seconds deadline(60);
inline constexpr std::size_t max_answer = 16 * 1024 * 1024;

// The request as it goes over the wire, for the programs that write it themselves.
inline std::string request_text(arguments const& chosen) {
    bool const posts = chosen.posts();
    std::string text = posts ? "POST " + std::string(post_target) : "GET " + get_target();
    text += " HTTP/1.1\r\nHost: " + chosen.host + ":" + chosen.port;
    text += "\r\nAuthorization: Bearer " + std::string(token);
    text += "\r\nUser-Agent: " + std::string(user_agent) + "\r\nAccept: application/json\r\n";
    if (!posts)
        return text + "\r\n";
    text += "Content-Type: application/json\r\nContent-Length: " + std::to_string(post_body.size());
    return text + "\r\n\r\n" + std::string(post_body);
}

// Throws where an answer is not the one that the server gives.
inline void check(std::string_view answered_id, std::string_view status) {
    if (answered_id != id || status != "Completed")
        throw std::runtime_error("a wrong answer");
}

// Seconds of processor time that this process used, its own and the system's for it.
inline double cpu_seconds(rusage const& used) {
    auto const seconds = [](timeval t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}
inline rusage usage() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return used;
}

// The most memory that was resident, in KiB. (rusage would count the shell's that started us.)
inline long peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (long kib = 0; word == "VmHWM:" && status >> kib)
            return kib;
    return 0;
}

// How long calls took, to 0.4 %. Its size does not depend on their number: it would count as the
// client's memory.
class latencies {
public:
    void add(steady::duration took) {
        auto const ns = static_cast<std::uint64_t>(std::max<std::int64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(took).count(), 0));
        ++counts_[index_of(ns)];
        ++calls_;
    }

    std::size_t calls() const { return calls_; }
    double microseconds(double quantile) const {
        auto left =
            std::min(static_cast<std::size_t>(quantile * static_cast<double>(calls_)), calls_ - 1);
        std::size_t i = 0;
        for (; left >= counts_[i]; ++i)
            left -= counts_[i];
        return (begin_of(i) + begin_of(i + 1)) / 2e3;
    }

private:
    // Exact below 2^7 ns, then 2^7 parts for each power of two, up to 2^40 ns.
    static constexpr unsigned bits = 7, most = 40;
    static std::size_t index_of(std::uint64_t ns) {
        if (ns >> most != 0)
            ns = (std::uint64_t(1) << most) - 1;
        unsigned const shift =
            std::max(static_cast<unsigned>(std::bit_width(ns)), bits + 1) - bits - 1;
        return (std::size_t(shift) << bits) + static_cast<std::size_t>(ns >> shift);
    }
    static double begin_of(std::size_t index) {
        std::size_t const shift = std::max<std::size_t>(index >> bits, 1) - 1;
        return static_cast<double>(index - (shift << bits)) *
               static_cast<double>(std::uint64_t(1) << shift);
    }

    std::size_t calls_ = 0;
    std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>((most - bits + 2) << bits);
};

// How many calls each of the concurrent ones makes after another, and how long each took.
class series {
public:
    explicit series(std::size_t each) : each_(each) {}

    std::size_t each() const { return each_; }

    // A call has ended, which began then or took so long. For one thread at a time.
    void add(steady::time_point began) { add(steady::now() - began); }
    void add(steady::duration took) { times_.add(took); }

    void report(double seconds, double cpu) {
        if (times_.calls() == 0)
            throw std::runtime_error("no call was made");
        auto const calls = static_cast<double>(times_.calls());
        std::printf("{\"calls\": %zu, \"calls_per_second\": %.1f, \"cpu_us_per_call\": %.3f, "
                    "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p99_9_us\": %.1f, "
                    "\"max_rss_kib\": %ld}\n",
                    times_.calls(), calls / seconds, cpu * 1e6 / calls, times_.microseconds(0.5),
                    times_.microseconds(0.99), times_.microseconds(0.999), peak_memory());
    }

private:
    std::size_t each_;
    latencies times_;
};

// Makes the calls twice: a few of each concurrent one, so that connections are there and memory is
// as large as it gets, and then those that are measured. `make_calls(series&)` returns when
// all are made.
template <class MakeCalls>
void measure(arguments const& chosen, MakeCalls make_calls) {
    series warm_up(2 + 200 / chosen.concurrency);
    make_calls(warm_up);
    series measured(std::max<std::size_t>(1, chosen.calls / chosen.concurrency));
    double const cpu_before = cpu_seconds(usage());
    auto const began = steady::now();
    make_calls(measured);
    std::chrono::duration<double> const took = steady::now() - began;
    measured.report(took.count(), cpu_seconds(usage()) - cpu_before);
}

// main() of each program: what goes wrong is said, and the status tells it.
template <class Run>
int run_program(int argc, char** argv, Run run) {
    try {
        run(arguments(argc, argv));
        return 0;
    } catch (std::exception const& e) {
        std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
        return 1;
    }
}

} // namespace calls

#endif
