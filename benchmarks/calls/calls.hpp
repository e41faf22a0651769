// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_BENCHMARKS_CALLS_CALLS_HPP
#define INTHELOOP_BENCHMARKS_CALLS_CALLS_HPP

// What all programs have in common: the command line, the call that they make, and the one line of
// JSON that says how it went.

#include <sys/resource.h>

#include <algorithm>
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

// What every client keeps to.
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

// How many calls each of the concurrent ones makes after another, and how long each took.
class series {
public:
    series(std::size_t concurrency, std::size_t each) : each_(each) {
        times_.reserve(concurrency * each);
    }

    std::size_t each() const { return each_; }

    // A call that began then has ended. For one thread at a time.
    void add(steady::time_point began) { times_.push_back(steady::now() - began); }
    void add(std::vector<steady::duration> const& times) {
        times_.insert(times_.end(), times.begin(), times.end());
    }

    void report(double seconds, double cpu) {
        if (times_.empty())
            throw std::runtime_error("no call was made");
        std::sort(times_.begin(), times_.end());
        auto const calls = static_cast<double>(times_.size());
        std::printf("{\"calls\": %zu, \"calls_per_second\": %.1f, \"cpu_us_per_call\": %.3f, "
                    "\"p50_us\": %.1f, \"p99_us\": %.1f, \"p99_9_us\": %.1f, "
                    "\"max_rss_kib\": %ld}\n",
                    times_.size(), calls / seconds, cpu * 1e6 / calls, microseconds(0.5),
                    microseconds(0.99), microseconds(0.999), peak_memory());
    }

private:
    double microseconds(double quantile) const {
        auto const at = static_cast<std::size_t>(quantile * static_cast<double>(times_.size()));
        return std::chrono::duration<double, std::micro>(times_[std::min(at, times_.size() - 1)])
            .count();
    }

    std::size_t each_;
    std::vector<steady::duration> times_;
};

// Makes the calls twice: a few of each concurrent one, so that connections are there and memory is
// as large as it gets, and then those that are measured. `make_calls(series&)` returns when
// all are made.
template <class MakeCalls>
void measure(arguments const& chosen, MakeCalls make_calls) {
    series warm_up(chosen.concurrency, 2 + 200 / chosen.concurrency);
    make_calls(warm_up);
    series measured(chosen.concurrency,
                    std::max<std::size_t>(1, chosen.calls / chosen.concurrency));
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
