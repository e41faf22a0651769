// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TOOLS_LOOP_EXPORT_VERBOSE_HPP
#define INTHELOOP_TOOLS_LOOP_EXPORT_VERBOSE_HPP

#include "console.hpp"

#include <intheloop/base/observer.hpp>

#include <chrono>
#include <iomanip>
#include <sstream>
#include <string>

namespace tools {

// Tells what goes on, a line for each event. No secret is among what an observer gets.
class verbose_observer : public intheloop::observer {
public:
    // For a client that runs on one thread, as nothing is locked here.
    explicit verbose_observer(console& out) : out_(out) {}

    void on_attempt_ended(intheloop::attempt_ended const& e) override {
        std::ostringstream line;
        line << call(e) << ": ";
        if (e.http_response_status_code != 0)
            line << e.http_response_status_code << ", " << e.http_response_body_size << " bytes";
        else
            line << e.error_type << ", request " << to_string(e.progress);
        print(line, e.duration);
    }
    void on_retry_planned(intheloop::retry_planned const& e) override {
        std::ostringstream line;
        line << call(e) << ": again because of " << e.error_type;
        print(line, e.pause);
    }
    void on_call_ended(intheloop::call_ended const& e) override {
        if (e.error_type.empty())
            return;
        std::ostringstream line;
        line << call(e) << ": failed, " << e.error_type << ", attempts: " << e.attempts;
        print(line, e.duration);
    }
    void on_connection_event(intheloop::connection_event const& e) override {
        std::ostringstream line;
        line << "connection to " << e.server_address << ':' << e.server_port << ' '
             << to_string(e.kind);
        if (!e.error_type.empty())
            line << ": " << e.error_type;
        if (!e.close_reason.empty())
            line << ": " << e.close_reason;
        if (e.tls_session_resumed)
            line << ", TLS session resumed";
        print(line, e.duration);
    }

private:
    static std::string call(intheloop::call_attributes const& e) {
        std::ostringstream text;
        text << '#' << e.call_id << ' ' << e.http_request_method << ' '
             << (e.url_template.empty() ? "(file)" : e.url_template) << ' ' << e.server_address
             << ':' << e.server_port;
        return std::move(text).str();
    }
    void print(std::ostringstream& line, std::chrono::duration<double> time) {
        line << ", " << std::fixed << std::setprecision(3) << time.count() << " s";
        out_.note(std::move(line).str());
    }

    console& out_;
};

} // namespace tools

#endif
