// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

// Programs that are started while calls, downloads and files are open inherit none of it.
#include <client/fixture.hpp>
#include <support/process.hpp>

#include <intheloop/base/detail/file_descriptor.hpp>

#include <boost/asio/ip/address_v6.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

TEST_SUITE("client/look_ups/close_on_exec") {

using namespace fixture;

namespace {

// The open descriptors, by number: what they are.
std::map<int, std::string> descriptors() {
    std::map<int, std::string> found;
    for (auto const& each : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone; // the directory itself
        auto const target = std::filesystem::read_symlink(each.path(), gone);
        if (!gone)
            found.emplace(std::stoi(each.path().filename().string()), target.string());
    }
    return found;
}

// Looks at what was opened since its beginning.
class opened {
public:
    // How many of them there are, of this kind; all must be closed in a started program.
    int check(std::string const& kind) const {
        int count = 0;
        for (auto const& [number, target] : descriptors()) {
            auto const was = before_.find(number);
            if (was != before_.end() && was->second == target)
                continue;
            int const flags = ::fcntl(number, F_GETFD);
            if (flags < 0)
                continue;
            CAPTURE(target);
            CHECK((flags & FD_CLOEXEC) != 0);
            count += contains(target, kind);
        }
        return count;
    }

private:
    std::map<int, std::string> before_ = descriptors();
};

} // namespace

TEST_CASE("connections and listeners are closed in a started program") {
    opened const since;
    server s;
    CHECK(since.check("socket:") >= 2); // the listeners
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    int ended = 0;
    auto const begin = [&] {
        s.hold_next();
        client.async_call(report::export_report, week(), [&](auto const& r) {
            CHECK_MESSAGE(r, r.error());
            ++ended;
        });
    };
    begin();
    begin();
    run_until(io, [&] { return s.requests().size() == 2; });
    CHECK(since.check("socket:") >= 6); // both ends of two connections
    s.release();
    run_until(io, [&] { return ended == 2; });
    CHECK(since.check("socket:") >= 6); // which are idle
}

TEST_CASE("addresses of both families, and a proxy") {
    for (std::string const& host : {std::string("127.0.0.1"), std::string("[::1]")}) {
        for (bool const through_proxy : {false, true}) {
            CAPTURE(host);
            CAPTURE(through_proxy);
            bool const six = host != "127.0.0.1";
            asio::io_context io;
            asio::ip::tcp::acceptor silent(io);
            boost::system::error_code none;
            silent.open(six ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), none);
            if (!none)
                silent.bind({six ? asio::ip::address(asio::ip::address_v6::loopback())
                                 : asio::ip::address(asio::ip::address_v4::loopback()),
                             0},
                            none);
            if (none)
                continue; // no IPv6 here
            silent.listen();
            auto const authority = host + ':' + std::to_string(silent.local_endpoint().port());
            loop::options how = options_for_port(1);
            if (through_proxy)
                how.proxy = "http://" + authority;
            how.base_url = "https://" + (through_proxy ? "api.test" : authority);
            opened const since;
            loop::client client(io.get_executor(), how);
            client.async_call(report::export_report, week(), [](auto const&) {});
            run_until(io, [&] { return since.check("socket:") >= 1; });
        }
    }
}

TEST_CASE("files of trust, certificates and keys are closed in a started program") {
    server s;
    loop::testing::certificate const own =
        s.authority().issue(loop::testing::certificate_request({"client"}));
    loop::testing::revocation_request const nobody;
    tests::scratch_directory const scratch;
    loop::options how = options_for(s);
    how.tls.ca_pem.clear();
    struct {
        char const* name;
        std::string* path;
        std::string text;
    } const files[] = {
        {"ca.pem", &how.tls.ca_file, s.ca_certificate()},
        {"crl.pem", &how.tls.crl_file, s.authority().issue_crl(nobody)},
        {"client.pem", &how.tls.certificate_file, own.certificate_pem},
        {"client.key", &how.tls.private_key_file, own.private_key_pem},
    };
    for (auto const& each : files) {
        *each.path = (scratch.path / each.name).string();
        std::ofstream(*each.path) << each.text;
    }
    for (auto const& each : files) {
        CAPTURE(std::string(each.name));
        // A pipe, whose reader is caught at work.
        std::filesystem::remove(*each.path);
        REQUIRE(::mkfifo(each.path->c_str(), 0600) == 0);
        opened const since;
        std::string problem;
        std::atomic<bool> is_made = false;
        std::thread maker([&] {
            asio::io_context io;
            try {
                loop::client(io.get_executor(), how);
            } catch (loop::exception const& e) {
                problem = e.what();
            }
            is_made = true;
        });
        auto const end = std::chrono::steady_clock::now() + patience;
        auto const until = [&](auto reached) {
            while (!reached() && !is_made && std::chrono::steady_clock::now() < end)
                std::this_thread::yield();
        };
        {
            loop::detail::file_descriptor writer;
            until([&] { // there is a reader
                writer = loop::detail::file_descriptor(
                    ::open(each.path->c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK));
                return bool(writer);
            });
            int count = 0;
            until([&] { return (count = since.check(*each.path)) == 2; });
            CHECK(count == 2);
            CHECK(writer.write(each.text));
        }
        maker.join();
        CHECK_MESSAGE(problem.empty(), problem);
        std::filesystem::remove(*each.path);
        std::ofstream(*each.path) << each.text;
    }
}

TEST_CASE("files of a download, a stream and a journal are closed in a started program") {
    tests::scratch_directory scratch;
    server_options with;
    with.statuses = {"Completed"};
    with.file_bytes_per_second = 1; // the file stays open
    server s(with);
    asio::io_context io;
    loop::client client(io.get_executor(), options_for(s));
    std::optional<loop::result<loop::export_job>> job;
    loop::start_options at_once;
    at_once.poll.first_poll = 0ms;
    loop::async_start_export(client, week(), at_once, [&](auto r) { job.emplace(std::move(r)); });
    run_until(io, [&] { return job.has_value(); });
    REQUIRE_MESSAGE(*job, job->error());
    opened const since;
    auto journal = loop::export_journal::open((scratch.path / "journal").string());
    REQUIRE_MESSAGE(journal, journal.error());
    loop::async_download(client, job->value(), (scratch.path / "week.json").string(),
                         [](auto const&) {});
    run_until(io, [&] { return since.check((scratch.path / "week.json").string()) == 1; });
    CHECK(since.check("journal") == 1);
    auto const source = loop::open_file(io.get_executor(), (scratch.path / "journal").string());
    CHECK(since.check("journal") == 2);
}

} // TEST_SUITE("client/look_ups/close_on_exec")
