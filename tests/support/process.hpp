// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_TESTS_SUPPORT_PROCESS_HPP
#define INTHELOOP_TESTS_SUPPORT_PROCESS_HPP

#include <doctest/doctest.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tests {

// A directory that goes with this object.
class scratch_directory {
public:
    scratch_directory() {
        std::string name =
            (std::filesystem::temp_directory_path() / "intheloop-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~scratch_directory() { std::filesystem::remove_all(path); }
    scratch_directory(scratch_directory const&) = delete;
    scratch_directory& operator=(scratch_directory const&) = delete;

    std::set<std::string> names() const {
        std::set<std::string> found;
        for (auto const& entry : std::filesystem::directory_iterator(path))
            found.insert(entry.path().filename().string());
        return found;
    }

    std::filesystem::path path;
};

inline std::string content_of(std::filesystem::path const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A program that is running, in a process group of its own.
class process {
public:
    using variables = std::map<std::string, std::string>;

    // The variables are its whole environment, but for PATH and what the sanitizers read.
    process(std::vector<std::string> command, variables environment) {
        for (char const* kept : {"PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
            if (char const* value = std::getenv(kept))
                environment.emplace(kept, value);
        std::vector<std::string> settings;
        for (auto const& [name, value] : environment)
            settings.push_back(name + '=' + value);
        auto const pointers = [](std::vector<std::string>& texts) {
            std::vector<char*> made;
            for (std::string& text : texts)
                made.push_back(text.data());
            made.push_back(nullptr);
            return made;
        };
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&files, 1, out_path().c_str(), O_WRONLY | O_CREAT, 0600);
        int ends[2];
        REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
        posix_spawn_file_actions_adddup2(&files, ends[1], 2);
        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        sigset_t ends_it; // also where nohup or a shell lets the tests ignore one
        sigemptyset(&ends_it);
        for (int const number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM})
            sigaddset(&ends_it, number);
        posix_spawnattr_setsigdefault(&attributes, &ends_it);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
        int const failed = posix_spawnp(&id_, command.front().c_str(), &files, &attributes,
                                        pointers(command).data(), pointers(settings).data());
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&files);
        close(ends[1]);
        err_end_ = ends[0];
        REQUIRE_MESSAGE(failed == 0, command.front());
    }
    ~process() {
        if (id_ != 0) {
            kill(SIGKILL);
            wait();
        }
        close(err_end_);
    }
    process(process const&) = delete;
    process& operator=(process const&) = delete;

    // While it runs.
    pid_t id() const { return id_; }

    // Keeps an eye on how much memory it takes; see peak_memory().
    void watch_memory() { watches_memory_ = true; }

    // Sends a signal to it and to all that it started, as a terminal does.
    void kill(int signal) { ::kill(-id_, signal); }

    // Waits until it has written this to its standard error; false if it ends without it.
    bool says(std::string_view text) {
        while (err_.find(text) == std::string::npos)
            if (!read_err())
                return false;
        return true;
    }

    // Closes the reading end of its standard error.
    void stop_reading_err() {
        close(err_end_);
        err_end_ = -1;
    }

    // Its exit code once it has ended; -1 if a signal killed it.
    int wait() {
        while (read_err()) {
        }
        int status = 0;
        REQUIRE(waitpid(id_, &status, 0) == id_);
        id_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

    // The most that it had in memory, in KiB, a few milliseconds before its end. (What the system
    // tells of an ended process may be that of its parent: posix_spawn shares the memory at first.)
    std::size_t peak_memory() const { return peak_memory_; }

    // Returns its output once it has ended.
    std::string out() const { return content_of(out_path()); }
    std::string const& err() const { return err_; }

private:
    std::filesystem::path out_path() const { return directory_.path / "out"; }

    void look_at_memory() {
        std::ifstream status("/proc/" + std::to_string(id_) + "/status");
        for (std::string name; status >> name;)
            if (name == "VmHWM:")
                status >> peak_memory_;
    }

    bool read_err() {
        pollfd to_read{err_end_, POLLIN, 0};
        while (watches_memory_ && poll(&to_read, 1, 5) == 0)
            look_at_memory();
        char piece[4096];
        auto const size = ::read(err_end_, piece, sizeof piece);
        err_.append(piece, size > 0 ? static_cast<std::size_t>(size) : 0);
        return size > 0;
    }

    int err_end_ = -1;
    std::string err_;
    bool watches_memory_ = false;
    std::size_t peak_memory_ = 0;
    scratch_directory directory_;
    pid_t id_ = 0;
};

} // namespace tests

#endif
