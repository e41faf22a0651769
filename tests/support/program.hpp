// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_PROGRAM_HPP
#define INTHELOOP_TESTS_SUPPORT_PROGRAM_HPP

#include <support/loopback_port.hpp>
#include <support/process.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace fixture {

using tests::content_of;
using tests::scratch_directory;

// A program of the system that runs in the foreground, in a process group of its own, and is killed
// with this object.
class program {
public:
    // The first of the command is the path. It runs in `directory`, where what it prints is
    // appended to the file "output". `inherited` becomes its descriptor 3; -1: none.
    program(std::filesystem::path const& directory, std::vector<std::string> command,
            std::vector<std::string> variables = {}, int inherited = -1)
        : output_(directory / "output"), name_(command.front()) {
        auto const arguments = pointers(command);
        auto const environment = pointers(variables);
        int const output = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        pid_t const parent = ::getpid();
        id_ = ::fork();
        if (id_ != 0) {
            ::setpgid(id_, id_); // whoever of the two is first
            ::close(output);
            return;
        }
        // Only what is safe in the child of a program of several threads.
        ::prctl(PR_SET_PDEATHSIG, SIGTERM); // should the test itself be ended
        if (::getppid() != parent || ::setpgid(0, 0) != 0 || ::chdir(directory.c_str()) != 0)
            ::_exit(127);
        ::close(0);
        (void)!::open("/dev/null", O_RDONLY);
        ::dup2(output, 1);
        ::dup2(output, 2);
        if (inherited >= 0) {
            ::dup2(inherited, 3);
            ::fcntl(3, F_SETFD, 0); // it may have been 3 already
        }
        // Were ours open there too, nobody would see that we close them.
        for (int other = inherited >= 0 ? 4 : 3; other != 1024; ++other)
            ::close(other);
        ::execve(arguments.front(), arguments.data(), environment.data());
        ::_exit(127);
    }
    ~program() { kill(); }
    program(program const&) = delete;
    program& operator=(program const&) = delete;

    pid_t id() const { return id_; }
    std::string output() const { return content_of(output_); }

    // To it and to the processes that it started.
    void signal(int number) const {
        if (id_ > 0)
            ::kill(-id_, number);
    }
    // Ends them at once.
    void kill() {
        signal(SIGKILL);
        wait();
    }
    bool has_ended() {
        if (id_ > 0 && ::waitpid(id_, nullptr, WNOHANG) == id_)
            id_ = -1;
        return id_ <= 0;
    }
    // Until it has ended by itself.
    void wait() {
        if (id_ > 0)
            ::waitpid(std::exchange(id_, -1), nullptr, 0);
    }

    // Until it listens; throws if it ends instead, or takes too long.
    void wait_for(loopback_port& port) {
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!port.accepts()) {
            if (::waitpid(id_, nullptr, WNOHANG) == id_) {
                id_ = -1;
                throw std::runtime_error(name_ + " does not run:\n" + output());
            }
            if (std::chrono::steady_clock::now() > end)
                throw std::runtime_error(name_ + " does not listen:\n" + output());
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

private:
    static std::vector<char*> pointers(std::vector<std::string>& texts) {
        std::vector<char*> made;
        for (std::string& text : texts)
            made.push_back(text.data());
        made.push_back(nullptr);
        return made;
    }

    std::filesystem::path const output_;
    std::string const name_;
    pid_t id_ = -1;
};

} // namespace fixture

#endif
