// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// test-server: runs a command against a Loop that lives on this machine.
//
//     test-server COMMAND [ARGUMENT...]
//
// Starts the library's test server on loopback ports, with a certificate made at that moment, and
// runs the command with the variables set that intheloop::options::from_env() reads. `test-server
// bash` gives a shell in which every program finds the server. Ends with the command, and with its
// exit code; nothing stays behind. `test-server --help` tells the rest.
#include "../shared/nearest.hpp"
#include "../shared/one_line.hpp"
#include "../shared/standard_streams.hpp"

#include <intheloop/base/config.hpp>
#include <intheloop/testing.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <fcntl.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

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

constexpr int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// Returns whether nohup lets this program, and its command, outlive the terminal.
bool ignores_hangup() {
    struct sigaction present {};
    return sigaction(SIGHUP, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
}

// A command, found as the shell finds it. It has a process group of its own, and the terminal if
// test-server has that for itself. With only the input from a terminal, as before a pager, it stays
// in the group of test-server: it could not read from the terminal if it were in the background.
class child {
public:
    explicit child(char** command)
        : has_group_(!is_in_foreground() || isatty(STDOUT_FILENO) == 1),
          has_terminal_(has_group_ && is_in_foreground()) {
        int failure[2];
        if (pipe2(failure, O_CLOEXEC) != 0)
            throw std::system_error(errno, std::generic_category(), "can't make a pipe");
        sigset_t all, before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before); // until the handlers of this process are gone
        id_ = fork();
        if (id_ == 0)
            become(command, failure[1], before);
        int const problem = errno;
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        close(failure[1]);
        // Nothing comes if the command runs.
        while (read(failure[0], &exec_failure_, sizeof exec_failure_) < 0 && errno == EINTR) {
        }
        close(failure[0]);
        if (id_ < 0)
            throw std::system_error(problem, std::generic_category(), "can't start a program");
    }
    ~child() {
        std::signal(SIGTTOU, SIG_IGN); // as test-server may be in the background
        if (has_terminal_)
            tcsetpgrp(STDIN_FILENO, getpgrp());
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;

    // Why the command could not be run; 0 if it was.
    int exec_failure() const { return exec_failure_; }

    // Passes a signal on. What a terminal sends, it sends to the whole group.
    void send(int number) const {
        if (has_group_ || number == SIGTERM || number == SIGKILL || number == SIGCONT)
            kill(has_group_ ? -id_ : id_, number);
    }
    // Ends what it has started, once it has ended itself.
    void kill_rest() const {
        if (has_group_)
            send(SIGKILL);
    }

    // The exit code that the shell would give, once it has ended. Where it is stopped, as by
    // Ctrl-Z, test-server stops too, and goes on with it.
    std::optional<int> exit_code() {
        int status = 0;
        while (waitpid(id_, &status, WNOHANG | WUNTRACED) == id_) {
            if (WIFEXITED(status))
                return WEXITSTATUS(status);
            if (WIFSIGNALED(status))
                return 128 + WTERMSIG(status);
            raise(SIGSTOP);
            has_terminal_ = has_group_ && is_in_foreground();
            if (has_terminal_)
                tcsetpgrp(STDIN_FILENO, id_);
            send(SIGCONT);
        }
        return std::nullopt;
    }

private:
    static bool is_in_foreground() {
        return isatty(STDIN_FILENO) == 1 && tcgetpgrp(STDIN_FILENO) == getpgrp();
    }

    // In the new process.
    [[noreturn]] void become(char** command, int failure, sigset_t const& mask) const {
        if (has_group_)
            setpgid(0, 0);
        if (has_terminal_)
            tcsetpgrp(STDIN_FILENO, getpid()); // SIGTTOU is blocked
        for (int number : passed_on)
            if (number != SIGHUP || !ignores_hangup())
                std::signal(number, SIG_DFL);
        for (int number : {SIGCHLD, SIGPIPE, SIGXFSZ})
            std::signal(number, SIG_DFL);
        pthread_sigmask(SIG_SETMASK, &mask, nullptr);
#ifdef __linux__
        prctl(PR_SET_PDEATHSIG, SIGKILL); // should test-server be killed
#endif
        execvp(*command, command);
        int const why = errno;
        [[maybe_unused]] auto const told = write(failure, &why, sizeof why);
        _exit(127);
    }

    bool const has_group_;
    bool has_terminal_;
    pid_t id_ = -1;
    int exec_failure_ = 0;
};

// Runs a command to its end; returns the exit code that the shell would give. A signal that is to
// end test-server is passed on. The command has some seconds to end; after these, or after another
// signal, it and all that it has started are killed.
int run(char** command, boost::asio::io_context& io, boost::asio::signal_set& signals) {
    constexpr std::chrono::seconds patience(5);
    child running(command);
    if (int const failed = running.exec_failure()) {
        std::cerr << "test-server: " << *command << ": " << std::strerror(failed) << '\n';
        running.exit_code();
        return failed == ENOENT ? 127 : 126;
    }
    boost::asio::steady_timer deadline(io);
    bool is_ending = false;
    std::optional<int> code;
    std::function<void()> const listen = [&] {
        signals.async_wait([&](boost::system::error_code, int number) {
            code = running.exit_code();
            if (code)
                return io.stop();
            listen();
            if (number == SIGCHLD)
                return;
            running.send(is_ending ? SIGKILL : number);
            if (std::exchange(is_ending, true))
                return;
            deadline.expires_after(patience);
            deadline.async_wait([&](boost::system::error_code cancelled) {
                if (!cancelled)
                    running.send(SIGKILL);
            });
        });
    };
    code = running.exit_code(); // it may have ended before its end was waited for
    if (!code) {
        listen();
        io.run();
    }
    if (is_ending)
        running.kill_rest();
    return *code;
}

constexpr char help[] = R"(Runs a command against a Loop that lives on this machine.

Usage: test-server COMMAND [ARGUMENT...]

Starts the library's test server on loopback ports, and runs the command with the variables set by
which programs find it: INTHELOOP_BASE_URL, INTHELOOP_ORIGINS, INTHELOOP_TOKEN, SSL_CERT_FILE; and
no_proxy and NO_PROXY, so that no proxy stands between. Ends with the command; nothing stays behind.
SIGINT, SIGTERM and the like are passed on to the command, which is killed if it does not end within
5 seconds.

Options:
  -h,--help   Print this help
  --version   Print the version
  --          What follows is the command, whatever its name

Examples:
  test-server loop-export --last 7d --poll-interval 1 -o report.json
  test-server export-server --poll-interval 1
  test-server bash

Exit codes:
  the command's own; 128 and the number of the signal that ended it
  1    the server could not be started
  2    bad usage
  126  the command can't be run
  127  there is no such command
)";

// Reads the options, up to the command; returns the exit code if there is nothing to be run.
std::optional<int> read_options(char**& words) {
    std::string const word = *words ? *words : "";
    if (word == "-h" || word == "--help" || word == "help") {
        tools::write_standard_output(help);
        return 0;
    }
    if (word == "--version") {
        tools::write_standard_output("test-server " INTHELOOP_VERSION_STRING "\n");
        return 0;
    }
    bool const is_option = word.starts_with('-') && word != "--";
    words += word == "--" ? 1 : 0;
    if (*words && !is_option)
        return std::nullopt;
    if (is_option) {
        std::vector<std::string> const options{"--help", "--version", "-h"};
        std::string const name = tools::option_name_in(word, options);
        std::cerr << "test-server: there is no option "
                  << tools::one_line(tools::told_name(name.empty() ? word : name))
                  << "; did you mean " << tools::nearest(name, options) << "?\n";
    }
    std::cerr << "usage: test-server COMMAND [ARGUMENT...]\n"
                 "Run with --help for more information.\n";
    return 2;
}

// Adds the server to the hosts that programs reach without a proxy. Of the two variables most
// programs read the first one that is not empty: both get what they hold, or else what the other
// one does. "*" stands for all hosts, and only alone.
void pass_proxies_by() {
    auto const value_of = [](char const* name) {
        char const* const value = std::getenv(name);
        return std::string(value ? value : "");
    };
    std::string const lower = value_of("no_proxy"), upper = value_of("NO_PROXY");
    auto const set = [](char const* name, std::string hosts) {
        if (hosts != "*")
            hosts += (hosts.empty() ? "" : ",") + std::string("localhost,127.0.0.1");
        setenv(name, hosts.c_str(), 1);
    };
    set("no_proxy", lower.empty() ? upper : lower);
    set("NO_PROXY", upper.empty() ? lower : upper);
}

} // namespace

int main(int argc, char** argv) try {
    tools::prepare_standard_streams();
    char** command = argv + std::min(argc, 1);
    if (auto const code = read_options(command))
        return *code;
    boost::asio::io_context io(1);
    boost::asio::signal_set signals(io, SIGCHLD);
    for (int number : passed_on)
        if (number != SIGHUP || !ignores_hangup())
            signals.add(number);
    intheloop::testing::server const server;
    temporary_directory const directory;
    fs::path const authority = directory.path / "ca.pem";
    if (!(std::ofstream(authority) << server.ca_certificate() << std::flush))
        throw std::runtime_error("can't write " + authority.string());
    setenv("INTHELOOP_BASE_URL", server.base_url().c_str(), 1);
    setenv("INTHELOOP_TOKEN", server.token().c_str(), 1);
    std::string origins;
    for (auto const& [origin, address] : server.origins())
        origins.append(origins.empty() ? "" : " ").append(origin).append("=").append(address);
    setenv("INTHELOOP_ORIGINS", origins.c_str(), 1);
    setenv("SSL_CERT_FILE", authority.c_str(), 1);
    pass_proxies_by();

    std::cerr << "test server: the API at " << server.base_url() << ", exported files at "
              << server.files_url() << '\n';
    return run(command, io, signals);
} catch (std::exception const& e) {
    std::cerr << "test-server: " << e.what() << '\n';
    return 1;
}
