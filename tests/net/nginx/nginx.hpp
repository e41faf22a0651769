// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NET_NGINX_NGINX_HPP
#define INTHELOOP_TESTS_NET_NGINX_NGINX_HPP

#include <support/program.hpp>

#include <intheloop/testing.hpp>

#include <unistd.h>

#include <optional>
#include <string>
#include <vector>

namespace fixture {

inline constexpr char const* nginx_variable = "INTHELOOP_TEST_NGINX";

inline bool no_nginx() {
    return program_at(nginx_variable).empty();
}

// An nginx in the foreground, in a directory of its own, with TLS on a loopback port.
class nginx {
public:
    // Says how a connection ends while nginx does not run.
    enum class when_down {
        // It waits in the queue of the test's own socket. nginx gets that in the way in which it
        // hands its sockets to a new version of itself.
        waits,
        is_refused,
    };

    // `locations` is what stands in the server block besides the certificate.
    explicit nginx(std::string const& locations, when_down connections = when_down::waits,
                   std::string const& listen_flags = "ssl") {
        auto const own =
            authority_.issue(intheloop::testing::certificate_request({"localhost", "127.0.0.1"}));
        write_file(directory_.path / "certificate.pem", own.certificate_pem);
        write_file(directory_.path / "key.pem", own.private_key_pem);
        write_file(directory_.path / "nginx.conf",
                   std::string(::geteuid() == 0 ? "user root;\n" : "") +
                       "daemon off;\nworker_processes 1;\npid nginx.pid;\n"
                       "error_log stderr warn;\nevents {}\nhttp {\n  access_log off;\n"
                       "  client_body_temp_path body; proxy_temp_path proxy;\n"
                       "  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;\n"
                       "  scgi_temp_path scgi;\n  default_type application/json;\n"
                       "  server {\n    listen 127.0.0.1:" +
                       port_.text() + " " + listen_flags +
                       ";\n    server_name localhost;\n"
                       "    ssl_certificate certificate.pem;\n"
                       "    ssl_certificate_key key.pem;\n" +
                       locations + "\n  }\n}\n");
        if (connections == when_down::waits)
            port_.listen();
        waits_ = connections == when_down::waits;
        start();
        if (!waits_)
            running_->wait_for(port_);
    }

    // Like a crash: no connection is ended in order.
    void kill() { running_.reset(); }
    // Does not wait until it is up.
    void start() {
        std::vector<std::string> const command{program_at(nginx_variable), "-p",
                                               directory_.path.string() + '/', "-c", "nginx.conf"};
        if (waits_)
            running_.emplace(directory_.path, command, std::vector<std::string>{"NGINX=3;"},
                             port_.socket());
        else
            running_.emplace(directory_.path, command);
    }

    std::string base_url() const { return "https://localhost:" + port_.text(); }
    std::string const& ca_certificate() const { return authority_.certificate_pem(); }

private:
    intheloop::testing::certificate_authority authority_;
    scratch_directory directory_;
    loopback_port port_;
    bool waits_ = false;
    std::optional<program> running_;
};

} // namespace fixture

#endif
