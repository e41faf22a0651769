// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// test-server: runs a command against a Loop that lives on this machine.
//
//     test-server COMMAND [ARGUMENT...]
//
// Starts the library's test server on loopback ports, with a certificate made at that moment, and
// runs the command with the variables set that intheloop::options::from_env() reads. `test-server
// bash` gives a shell in which every program finds the server. Ends with the command, and with its
// exit code; nothing stays behind.
#include <intheloop/testing.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace {

namespace fs = std::filesystem;

// A directory of our own that goes with this object.
class temporary_directory {
public:
    temporary_directory() {
        std::string name = (fs::temp_directory_path() / "intheloop-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("can't make " + name + ": " + std::strerror(errno));
        path = name;
    }
    ~temporary_directory() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;

    fs::path path;
};

// Runs a command, found as the shell finds it, to its end; gives the exit code that the shell would
// give. Ctrl-C and the terminal's end reach the command by themselves, as both stand in its
// foreground; a SIGTERM is passed on.
int run(char** command) {
    boost::asio::io_context io(1);
    boost::asio::signal_set signals(io, SIGCHLD, SIGINT, SIGTERM);
    signals.add(SIGHUP);
    pid_t child = 0;
    if (int const failed = posix_spawnp(&child, *command, nullptr, nullptr, command, environ)) {
        std::cerr << "test-server: " << *command << ": " << std::strerror(failed) << '\n';
        return 127;
    }
    for (int status = 0;;) {
        if (waitpid(child, &status, WNOHANG) == child)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        signals.async_wait([&](boost::system::error_code, int number) {
            if (number == SIGTERM)
                kill(child, SIGTERM);
        });
        io.restart();
        io.run();
    }
}

} // namespace

int main(int argc, char** argv) try {
    if (argc < 2) {
        std::cerr << "usage: test-server COMMAND [ARGUMENT...]\n";
        return 2;
    }
    intheloop::testing::server const server;
    temporary_directory const directory;
    fs::path const authority = directory.path / "ca.pem";
    std::ofstream(authority) << server.ca_certificate();
    setenv("INTHELOOP_BASE_URL", server.base_url().c_str(), 1);
    setenv("INTHELOOP_TOKEN", server.token().c_str(), 1);
    setenv("SSL_CERT_FILE", authority.c_str(), 1);

    std::cerr << "test server: the API at " << server.base_url() << ", exported files at "
              << server.files_url() << '\n';
    return run(argv + 1);
} catch (std::exception const& e) {
    std::cerr << "test-server: " << e.what() << '\n';
    return 1;
}
