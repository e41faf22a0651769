// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_NGINX_NGINX_HPP
#define INTHELOOP_TESTS_NGINX_NGINX_HPP

#include <intheloop/testing.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace fixture {

// An nginx in the foreground, in a directory of its own, with TLS on a loopback port.
//
// The port is bound here and handed down as an open socket, in the way in which nginx hands its
// sockets to a new version of itself: so no port is guessed, and a connection made at once waits
// in the socket's queue until nginx is up.
class nginx {
public:
    // `locations` is what stands in the server block besides the certificate.
    nginx(std::string const& program, std::string const& locations) {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "intheloop-nginx-XXXXXX").string();
        if (!::mkdtemp(pattern.data()))
            throw std::runtime_error("no directory for nginx");
        directory_ = pattern;
        auto const own =
            authority_.issue(intheloop::testing::certificate_request({"localhost", "127.0.0.1"}));
        write("certificate.pem", own.certificate_pem);
        write("key.pem", own.private_key_pem);
        int const socket = listen();
        write("nginx.conf",
              std::string(::geteuid() == 0 ? "user root;\n" : "") +
                  "daemon off;\nworker_processes 1;\npid nginx.pid;\n"
                  "error_log stderr warn;\nevents {}\nhttp {\n  access_log access.log;\n"
                  "  client_body_temp_path body; proxy_temp_path proxy;\n"
                  "  fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;\n"
                  "  scgi_temp_path scgi;\n  default_type application/json;\n"
                  "  server {\n    listen 127.0.0.1:" +
                  std::to_string(port_) +
                  " ssl;\n    server_name localhost;\n"
                  "    ssl_certificate certificate.pem;\n"
                  "    ssl_certificate_key key.pem;\n" +
                  locations + "\n  }\n}\n");
        process_ = ::fork();
        if (process_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGTERM); // should the test itself be ended
            ::dup2(socket, 3);
            ::setenv("NGINX", "3;", 1);
            ::execl(program.c_str(), "nginx", "-p", directory_.c_str(), "-c", "nginx.conf",
                    nullptr);
            ::_exit(127);
        }
        ::close(socket);
    }
    ~nginx() {
        ::kill(process_, SIGTERM);
        ::waitpid(process_, nullptr, 0);
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    nginx(nginx const&) = delete;
    nginx& operator=(nginx const&) = delete;

    std::string base_url() const { return "https://localhost:" + std::to_string(port_); }
    std::string const& ca_certificate() const { return authority_.certificate_pem(); }

private:
    void write(char const* name, std::string const& text) {
        std::ofstream(directory_ / name) << text;
    }
    int listen() {
        int const made = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (made < 0 || ::bind(made, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            ::listen(made, 64) != 0 ||
            ::getsockname(made, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no socket for nginx");
        port_ = ntohs(address.sin_port);
        return made;
    }

    intheloop::testing::certificate_authority authority_;
    std::filesystem::path directory_;
    unsigned short port_ = 0;
    pid_t process_ = -1;
};

} // namespace fixture

#endif
