// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// The least that the call can cost: blocking OpenSSL, the request's bytes made once, and an answer
// that is compared as a whole instead of being parsed. One connection.
#include "calls.hpp"
#include "floor.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace {

using floors::require;

class connection {
public:
    connection(SSL_CTX* context, calls::arguments const& chosen) : made_(context, chosen) {
        require(SSL_connect(made_.ssl()) == 1, "handshake");
    }

    void call(std::string const& request) {
        int const size = static_cast<int>(request.size());
        require(SSL_write(made_.ssl(), request.data(), size) == size, "write");
        std::size_t used = 0;
        std::string_view text;
        while (!text.ends_with(calls::server_answer)) {
            int const room = static_cast<int>(buffer_.size() - used);
            int const got = room == 0 ? 0 : SSL_read(made_.ssl(), buffer_.data() + used, room);
            require(got > 0, "read");
            used += static_cast<std::size_t>(got);
            text = std::string_view(buffer_.data(), used);
        }
        require(text.starts_with("HTTP/1.1 200 "), "status");
    }

private:
    floors::connection made_;
    std::array<char, 16384> buffer_;
};

void run(calls::arguments const& chosen) {
    require(chosen.concurrency == 1, "this program has one connection");
    auto const context = floors::make_context(chosen);
    std::string const request = calls::request_text(chosen);
    std::unique_ptr<connection> kept;
    calls::measure(chosen, [&](calls::series& series) {
        for (std::size_t i = 0; i < series.each(); ++i) {
            auto const began = calls::steady::now();
            if (!kept)
                kept = std::make_unique<connection>(context.get(), chosen);
            kept->call(request);
            if (!chosen.keeps_connections())
                kept.reset();
            series.add(began);
        }
    });
}

} // namespace

int main(int argc, char** argv) {
    return calls::run_program(argc, argv, run);
}
