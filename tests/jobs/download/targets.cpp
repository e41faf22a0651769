// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Paths of downloads that are no plain files, or files that can't simply be replaced.
#include <jobs/download/fixture.hpp>
#include <support/other_umask.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

TEST_SUITE("jobs/download/targets") {

using namespace fixture;
using loop::errc;
using loop::testing::connection_end;

namespace {

using names = std::vector<std::string>;

struct scene {
    server s;
    directory d;
    std::string content = odd_content(100'000);
    loop::download_options how = impatient();

    std::string url() { return s.file_url(s.add_export(finished, content)); }
    loop::result<loop::download_summary> fetch(fs::path const& to) {
        return download(options_for(s), url(), to, how);
    }
    // Refused before anything was sent.
    std::string refusal(fs::path const& to) {
        std::string first;
        for (bool const keep : {false, true}) {
            how.keep_part = keep;
            auto r = fetch(to);
            REQUIRE_FALSE(r);
            CHECK(r.error().code() == errc::file_failed);
            CHECK(s.connections_accepted() == 0);
            first = first.empty() ? r.error().detail : first;
            CHECK(r.error().detail == first);
        }
        return first;
    }
    // Returns what an older file loses.
    std::string check_whole(fs::path const& to) {
        auto r = fetch(to);
        REQUIRE_MESSAGE(r, r.error());
        CHECK((content_of(to) == content));
        return r->lost;
    }
};

// The program runs in another directory.
struct working_directory {
    explicit working_directory(fs::path const& other) { fs::current_path(other); }
    ~working_directory() { fs::current_path(before); }
    fs::path const before = fs::current_path();
};

// A directory from which no name can be taken away, where a file system and the user can make one.
// (<linux/fs.h>, which has these numbers, does not get on with <sys/mount.h>.)
struct append_only {
    explicit append_only(fs::path const& path)
        : directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)), is_set(set(0x20)) {}
    ~append_only() {
        set(0);
        ::close(directory);
    }
    bool set(int flag) const {
        constexpr unsigned long get_flags = _IOR('f', 1, long), set_flags = _IOW('f', 2, long);
        int flags = 0;
        if (::ioctl(directory, get_flags, &flags) != 0)
            return false;
        flags = (flags & ~0x20) | flag;
        return ::ioctl(directory, set_flags, &flags) == 0;
    }
    int directory;
    bool is_set;
};

// The reading end of a new pipe, if somebody reads.
struct pipe_in {
    explicit pipe_in(fs::path const& path, bool reads = true) {
        REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
        if (reads)
            reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    ~pipe_in() { close(); }
    void close() {
        if (reader >= 0)
            ::close(std::exchange(reader, -1));
    }
    // What is there now.
    std::string read() const {
        std::string got(1 << 20, '\0');
        auto const size = ::read(reader, got.data(), got.size());
        got.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return got;
    }
    int reader = -1;
};

// Reads all that comes through the pipe until the download has ended.
template <class Outcome>
std::string read_until_ended(asio::io_context& io, pipe_in& pipe,
                             std::optional<Outcome> const& outcome) {
    std::string got;
    run_until(io, [&] {
        got += pipe.read();
        return outcome.has_value();
    });
    return got + pipe.read();
}

} // namespace

TEST_CASE("a device is written into, and stays one") {
    scene t;
    auto const link = t.d.path / "null"; // what would be lost if it were replaced
    fs::create_symlink("/dev/null", link);
    for (bool const keep : {false, true}) {
        t.how.keep_part = keep;
        auto r = t.fetch(link);
        REQUIRE_MESSAGE(r, r.error());
        CHECK(r->bytes == t.content.size());
        CHECK(r->lost.empty());
    }
    CHECK(fs::is_symlink(link));
    CHECK(fs::is_character_file("/dev/null"));
    CHECK(t.d.names() == names{"null"});
    fs::create_symlink("/dev/full", t.d.path / "full");
    auto full = t.fetch(t.d.path / "full");
    REQUIRE_FALSE(full);
    CHECK(full.error().code() == errc::file_failed);
    CHECK(contains(full.error().detail, "No space left on device"));
}

TEST_CASE("a pipe is written into as fast as it is read, and stays one") {
    scene t;
    t.content = odd_content(3'000'000); // many times what a pipe holds
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    t.s.cut_file_after(1'000'000); // and gone on with
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    std::optional<loop::result<loop::download_summary>> outcome;
    t.how.keep_part = true;
    loop::async_download(client, t.url(), path, t.how,
                         [&](auto r) { outcome.emplace(std::move(r)); });
    std::string const got = read_until_ended(io, pipe, outcome);
    REQUIRE_MESSAGE(*outcome, outcome->error());
    CHECK((*outcome)->bytes == t.content.size());
    CHECK((*outcome)->breaks == 1);
    CHECK((got == t.content));
    CHECK(fs::is_fifo(path));
    CHECK(t.d.names() == names{"pipe"});
    char byte = 0;
    CHECK(::read(pipe.reader, &byte, 1) == 0); // the end
}

TEST_CASE("a pipe that is not read to its end holds the download, until that is ended") {
    scene t;
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    asio::io_context io;
    asio::cancellation_signal stop;
    std::optional<loop::result<loop::download_summary>> outcome;
    bool is_small = true; // all of it has come, and waits for the reader
    SUBCASE("the end") {}
    SUBCASE("in the midst of it") {
        is_small = false;
        t.content = odd_content(5'000'000);
    }
    struct end {
        char const* name;
        errc code;
    };
    end const by = [] {
        end found{"cancelled", errc::cancelled};
        SUBCASE("cancelled") {}
        SUBCASE("too late") {
            found = {"too late", errc::deadline_exceeded};
        }
        SUBCASE("too late, on another clock") {
            found = {"too late, on another clock", errc::deadline_exceeded};
        }
        SUBCASE("its client is destroyed") {
            found = {"destroyed", errc::client_closed};
        }
        return found;
    }();
    std::string_view const name = by.name;
    auto const clock = std::make_shared<loop::testing::virtual_clock>();
    loop::options how = options_for(t.s);
    if (name == "too late")
        t.how.deadline = 300ms;
    if (contains(name, "clock")) {
        t.how.deadline = 10h;
        how.time = clock;
    }
    std::optional<loop::client> client(std::in_place, io.get_executor(), how);
    bool begun = false;
    t.how.on_progress = [&](loop::download_progress) { begun = true; };
    loop::async_download(
        *client, t.url(), path, t.how,
        asio::bind_cancellation_slot(stop.slot(), [&](auto r) { outcome.emplace(std::move(r)); }));
    if (by.code != errc::deadline_exceeded) {
        run_until(io, [&] { return begun && (!is_small || t.s.wait_for_answers(1, 0ms)); });
        run_until_quiet(io);
        CHECK_FALSE(outcome);
        if (name == "destroyed")
            client.reset();
        else
            stop.emit(asio::cancellation_type::total);
    }
    io.restart();
    if (contains(name, "clock")) {
        clock->run(io);
        CHECK(clock->elapsed() >= 10h);
    } else {
        io.run();
    }
    REQUIRE(outcome);
    REQUIRE_FALSE(*outcome);
    CHECK(outcome->error().code() == by.code);
    CHECK(fs::is_fifo(path));
}

TEST_CASE("a full pipe that can't be waited for, without a descriptor to spare, is an error") {
    scene t;
    t.content = odd_content(5'000'000);
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    t.how.on_progress = [&](loop::download_progress) {
        rlimit none = before;
        none.rlim_cur = 1; // a limit of 0 is another error
        CHECK(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    };
    auto const r = t.fetch(path);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::file_failed);
    CHECK(contains(r.error().detail, "can't wait for " + path.string() + ": Too many open files"));
}

TEST_CASE("a download whose pipe is read late completes then") {
    scene t;
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    std::optional<loop::result<loop::download_summary>> outcome;
    loop::async_download(client, t.url(), path, [&](auto r) { outcome.emplace(std::move(r)); });
    run_until(io, [&] { return t.s.wait_for_answers(1, 0ms); });
    run_until_quiet(io);
    CHECK_FALSE(outcome);
    std::string const got = read_until_ended(io, pipe, outcome);
    REQUIRE_MESSAGE(*outcome, outcome->error());
    CHECK((got == t.content));
}

TEST_CASE("async_close waits for a download whose pipe is read late") {
    scene t;
    t.content = odd_content(66'000); // the last record alone does not fit into the pipe
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(t.s));
    std::string log;
    loop::async_download(client, t.url(), path, [&](auto r) {
        CHECK(r.has_value());
        log += 'j';
    });
    run_until(io, [&] {
        auto const now = client.statistics();
        return now.calls_started == 1 && now.calls == 0;
    });
    client.async_close([&] { log += 'E'; });
    while (io.poll() != 0) {
    }
    CHECK(log == "");
    std::string got;
    run_until(io, [&] {
        got += pipe.read();
        return log.size() == 2;
    });
    CHECK(log == "jE");
    CHECK((got + pipe.read() == t.content));
}

TEST_CASE("a pipe whose reader leaves is an error, and no signal") {
    scene t;
    t.content = odd_content(5'000'000);
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    t.how.on_progress = [&](loop::download_progress) { pipe.close(); };
    auto r = t.fetch(path);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::file_failed);
    CHECK(contains(r.error().detail, "Broken pipe"));
    CHECK(fs::is_fifo(path));
}

TEST_CASE("a file that changes can't be taken back out of a pipe") {
    scene t;
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    auto const id = t.s.add_export(finished, t.content);
    t.s.cut_file_after(50'000);
    t.how.on_progress = [&](loop::download_progress) { t.s.replace_content(id, "[2]"); };
    auto r = download(options_for(t.s), t.s.file_url(id), path, t.how);
    REQUIRE_FALSE(r);
    CHECK(r.error().code() == errc::file_changed);
}

TEST_CASE("a download that is destroyed while its pipe is full leaves nothing behind") {
    scene t;
    auto const path = t.d.path / "pipe";
    pipe_in pipe(path);
    {
        asio::io_context io;
        loop::client client(io.get_executor(), options_for(t.s));
        loop::async_download(client, t.url(), path, [](auto) { FAIL("not completed"); });
        run_until(io, [&] { return t.s.wait_for_answers(1, 0ms); });
        run_until_quiet(io);
    }
    while (!pipe.read().empty()) {
    }
    char byte = 0;
    CHECK(::read(pipe.reader, &byte, 1) == 0); // nobody has it open for writing
}

TEST_CASE("what can't become the file is refused before anything is sent") {
    scene t;
    auto const at = [&](char const* name) { return t.d.path / name; };
    fs::create_directory(at("taken"));
    CHECK(t.refusal(at("taken")) == at("taken").string() + " is a directory");
    CHECK(t.refusal(t.d.path / ".") == (t.d.path / ".").string() + " is a directory");
    fs::create_directory_symlink("taken", at("to_taken"));
    CHECK(contains(t.refusal(at("to_taken")), "is a directory"));

    pipe_in unread(at("unread"), false);
    CHECK(t.refusal(at("unread")) == "nobody reads from the pipe " + at("unread").string());
    CHECK(fs::is_fifo(at("unread")));

    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, at("socket").c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CHECK(contains(t.refusal(at("socket")), " is a socket"));
    ::close(socket);

    fs::create_symlink("round", at("round"));
    CHECK(contains(t.refusal(at("round")), "symbolic links"));
    fs::create_symlink("b", at("a"));
    fs::create_symlink("a", at("b"));
    CHECK(contains(t.refusal(at("a")), "symbolic links"));
    fs::create_symlink("no/such/place", at("nowhere"));
    CHECK(contains(t.refusal(at("nowhere")), "no/such is no directory: No such file"));
    CHECK(contains(t.refusal(at("no") / "such" / "r"), "no/such is no directory: No such file"));

    std::ofstream(at("file")) << "older";
    CHECK(contains(t.refusal(at("file") / "r"), "Not a directory"));
    CHECK(contains(t.refusal(t.d.path / std::string(256, 'x')), "name too long"));
    std::string deep = t.d.path.string();
    while (deep.size() < 4090)
        deep += "/.";
    CHECK(contains(t.refusal(deep + "/r"), "name too long"));

    if (::mknod(at("block").c_str(), S_IFBLK | 0600, makedev(7, 200)) == 0)
        CHECK(contains(t.refusal(at("block")), " is a block device"));
    else
        MESSAGE("no block device: it takes root to make one");
    CHECK(t.s.requests().empty());
}

TEST_CASE("a directory that can't be written into is found before anything is sent") {
    scene t;
    fs::create_directory(t.d.path / "mine");
    std::ofstream(t.d.path / "mine" / "r") << "older";
    fs::permissions(t.d.path / "mine" / "r", fs::perms::all);
    fs::permissions(t.d.path / "mine", fs::perms(0555));
    fs::permissions(t.d.path, fs::perms(0755));
    bool const is_root = ::geteuid() == 0;
    if (is_root) // who may write everywhere
        REQUIRE(::seteuid(65534) == 0);
    std::string const why = t.refusal(t.d.path / "mine" / "new");
    std::string const why_older = t.refusal(t.d.path / "mine" / "r");
    if (is_root)
        REQUIRE(::seteuid(0) == 0);
    fs::permissions(t.d.path / "mine", fs::perms(0755));
    CHECK(contains(why, "can't write into "));
    CHECK(contains(why, "Permission denied"));
    CHECK(contains(why_older, "Permission denied"));
    CHECK(content_of(t.d.path / "mine" / "r") == "older");
}

TEST_CASE("a directory that keeps no new file is found before anything is sent") {
    scene t;
    fs::path const directory = t.d.path / "mine";
    fs::create_directory(directory);
    if (append_only const attribute(directory); attribute.is_set)
        CHECK(t.refusal(directory / "r") ==
              directory.string() + " is append-only, so no file in it can be renamed");
    else
        MESSAGE("no append-only directory: it takes root, and a file system that knows it");
    working_directory const here(directory);
    fs::remove(directory);
    CHECK(t.refusal("r") == "the directory . was removed");
}

TEST_CASE("a file in another's directory with the sticky bit is found before anything is sent") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: it takes root to have files of two users");
        return;
    }
    scene t;
    std::ofstream(t.d.path / "r") << "older";
    fs::permissions(t.d.path, fs::perms(01777));
    REQUIRE(::seteuid(65534) == 0);
    std::string const why = t.refusal(t.d.path / "r");
    REQUIRE(::seteuid(0) == 0);
    CHECK(contains(why, "sticky"));
}

TEST_CASE("a file that is a mount point is found before anything is sent") {
    scene t;
    std::ofstream(t.d.path / "outside") << "older";
    std::ofstream(t.d.path / "r") << "below";
    std::string why;
    bool is_mounted = false;
    std::thread in_namespace([&] { // a mount namespace is one of a thread
        is_mounted = ::unshare(CLONE_NEWNS) == 0 &&
                     ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                     ::mount((t.d.path / "outside").c_str(), (t.d.path / "r").c_str(), nullptr,
                             MS_BIND, nullptr) == 0;
        if (is_mounted)
            why = t.refusal(t.d.path / "r");
    });
    in_namespace.join();
    if (!is_mounted) {
        MESSAGE("skipped: nothing can be mounted here");
        return;
    }
    CHECK(contains(why, "is a mount point"));
    CHECK(content_of(t.d.path / "outside") == "older");
}

TEST_CASE("a link is followed, also one to a file that is not there yet") {
    for (bool const keep : {false, true}) {
        scene t;
        t.how.keep_part = keep;
        fs::create_directory(t.d.path / "data");
        fs::create_symlink("data/today", t.d.path / "r");
        fs::create_symlink(t.d.path / "r", t.d.path / "newest");
        t.check_whole(t.d.path / "newest");
        CHECK(fs::is_symlink(t.d.path / "newest"));
        CHECK(fs::is_symlink(t.d.path / "r"));
        CHECK(fs::is_regular_file(fs::symlink_status(t.d.path / "data" / "today")));
        t.content = odd_content(5000);
        t.check_whole(t.d.path / "newest");
        CHECK(fs::is_symlink(t.d.path / "newest"));
        CHECK(t.d.names() == names{"data", "newest", "r"});
        fs::remove(t.d.path / "data" / "today");
        CHECK(fs::is_empty(t.d.path / "data"));
    }
}

TEST_CASE("a name that is too long for its part is cut there") {
    std::string two_bytes; // per character
    while (two_bytes.size() < 254)
        two_bytes += "\xc3\xa9";
    for (std::string const& name :
         {std::string(255, 'x'), std::string(250, 'x'), std::string(244, 'x'),
          std::string(232, 'x'), std::string(231, 'x'), two_bytes, two_bytes + "x"})
        for (bool const keep : {false, true}) {
            CAPTURE(name);
            scene t;
            t.how = one_attempt();
            t.how.keep_part = keep;
            auto const id = t.s.add_export(finished, t.content);
            t.s.cut_file_after(50'000);
            CHECK_FALSE(download(options_for(t.s), t.s.file_url(id), t.d.path / name, t.how));
            CHECK(t.d.names().size() == (keep ? 2 : 0));
            auto r = download(options_for(t.s), t.s.file_url(id), t.d.path / name, t.how);
            REQUIRE_MESSAGE(r, r.error());
            CHECK(t.s.requests(origin::files).back().header("Range").has_value() == keep);
            CHECK((content_of(t.d.path / name) == t.content));
            CHECK(t.d.names() == names{name});
        }
}

TEST_CASE("two long names that begin alike have parts of their own") {
    scene t;
    t.how = one_attempt();
    t.how.keep_part = true;
    for (char const last : {'a', 'b'}) {
        t.s.cut_file_after(50'000);
        CHECK_FALSE(t.fetch(t.d.path / (std::string(254, 'x') + last)));
    }
    CHECK(t.d.names().size() == 4);
}

TEST_CASE("a relative path stays the same file when the program changes its directory") {
    for (unsigned const streams : {1u, 4u})
        for (bool const has_ranges : {true, false}) {
            CAPTURE(streams);
            CAPTURE(has_ranges);
            loop::testing::server_options options;
            options.send_etag = has_ranges;
            server s(options);
            directory const d, other;
            std::string const content = odd_content(100'000);
            fs::path const before = fs::current_path();
            asio::io_context io;
            loop::client client(io.get_executor(), options_for(s));
            loop::download_options how = impatient();
            how.streams = streams;
            fs::current_path(d.path);
            std::optional<loop::result<loop::download_summary>> done;
            loop::async_download(client, s.file_url(s.add_export(finished, content)), "r", how,
                                 [&](auto r) { done.emplace(std::move(r)); });
            fs::current_path(other.path);
            io.run();
            fs::current_path(before);
            REQUIRE(done);
            CHECK_MESSAGE(*done, done->error());
            CHECK(other.names().empty());
            CHECK((content_of(d.path / "r") == content));
        }
}

TEST_CASE("what an older file loses by being replaced is told") {
    scene t;
    auto const path = t.d.path / "r";
    auto const lost = [&] { return t.check_whole(path); };
    CHECK(lost().empty()); // there is none
    CHECK(lost().empty()); // one like the new one
    fs::permissions(path, fs::perms(0644));
    CHECK(lost() == "its mode 0644 becomes 0600");
    CHECK(lost().empty());
    fs::create_hard_link(path, t.d.path / "other");
    t.content = "[2]";
    CHECK(lost() == "its other hard links (1) keep the older content");
    CHECK(fs::file_size(t.d.path / "other") == 100'000);
    if (::geteuid() == 0) {
        REQUIRE(::chown(path.c_str(), 12345, 54321) == 0);
        fs::permissions(path, fs::perms(02640));
        CHECK(lost() == "its mode 2640 becomes 0600; its owner 12345:54321 becomes 0:0");
    }
}

TEST_CASE("a file in a directory with the set-group-ID bit has the group of the directory") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: it takes root to give a directory to another group");
        return;
    }
    scene t;
    auto const path = t.d.path / "r";
    REQUIRE(::chown(t.d.path.c_str(), 0, 65534) == 0);
    fs::permissions(t.d.path, fs::perms(02700));
    CHECK(t.check_whole(path).empty());
    CHECK(t.check_whole(path).empty());
    REQUIRE(::chown(path.c_str(), 0, 0) == 0);
    CHECK(t.check_whole(path) == "its owner 0:0 becomes 0:65534");
}

TEST_CASE("the file is its owner's alone, whatever the umask leaves of its mode") {
    for (bool const keep : {false, true}) {
        scene t;
        t.how = one_attempt();
        t.how.keep_part = keep;
        std::string const url = t.url();
        auto const fetch = [&] {
            auto r = [&] {
                tests::other_umask const narrow(0777);
                return download(options_for(t.s), url, t.d.path / "r", t.how);
            }();
            for (auto const& name : t.d.names())
                CHECK(fs::status(t.d.path / name).permissions() == fs::perms(0600));
            return r;
        };
        t.s.cut_file_after(50'000);
        CHECK_FALSE(fetch());
        CHECK(t.d.names().size() == (keep ? 2 : 0));
        CHECK(fetch());
        CHECK(t.d.names() == names{"r"});
    }
}

} // TEST_SUITE("jobs/download/targets")
