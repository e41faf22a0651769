// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The calls with cpp-httplib, which blocks: a client and a thread for each concurrent call.
#include "calls.hpp"
#include "parse.hpp"

#include <httplib.h>

#include <deque>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

class caller {
public:
    explicit caller(calls::arguments const& chosen)
        : client_(chosen.host, std::stoi(chosen.port)), posts_(chosen.posts()) {
        client_.set_address_family(AF_INET);
        client_.set_ca_cert_path(chosen.ca_file);
        client_.enable_server_certificate_verification(true);
        client_.set_keep_alive(chosen.keeps_connections());
        client_.set_tcp_nodelay(true);
        client_.set_connection_timeout(10);
        client_.set_read_timeout(calls::deadline);
        client_.set_write_timeout(calls::deadline);
        request_.method = posts_ ? "POST" : "GET";
        request_.path = posts_ ? std::string(calls::post_target) : calls::get_target();
        request_.set_header("Authorization", "Bearer " + std::string(calls::token));
        request_.set_header("User-Agent", std::string(calls::user_agent));
        request_.set_header("Accept", "application/json");
        if (posts_) {
            request_.set_header("Content-Type", "application/json");
            request_.body = calls::post_body;
        }
    }

    void call() {
        std::string body;
        httplib::Request request = request_;
        request.content_receiver = [&](char const* data, std::size_t size, std::uint64_t,
                                       std::uint64_t) {
            if (size > calls::max_answer - body.size())
                return false;
            body.append(data, size);
            return true;
        };
        auto const result = client_.send(request);
        if (!result)
            throw std::runtime_error(httplib::to_string(result.error()));
        calls::parse_and_check(static_cast<unsigned>(result->status), body);
    }

    // In a thread of its own.
    void call_in_turn(calls::series& series, std::mutex& of_series) {
        for (std::size_t i = 0; i < series.each(); ++i) {
            auto const began = calls::steady::now();
            call();
            auto const took = calls::steady::now() - began;
            std::lock_guard const lock(of_series);
            series.add(took);
        }
    }

private:
    httplib::SSLClient client_;
    bool posts_;
    httplib::Request request_;
};

void run(calls::arguments const& chosen) {
    std::deque<caller> callers;
    for (std::size_t i = 0; i < chosen.concurrency; ++i)
        callers.emplace_back(chosen);
    calls::measure(chosen, [&](calls::series& series) {
        std::mutex mutex;
        std::exception_ptr failure;
        std::vector<std::thread> threads;
        for (caller& one : callers)
            threads.emplace_back([&] {
                try {
                    one.call_in_turn(series, mutex);
                } catch (...) {
                    std::lock_guard const lock(mutex);
                    failure = std::current_exception();
                }
            });
        for (std::thread& thread : threads)
            thread.join();
        if (failure)
            std::rethrow_exception(failure);
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
