// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include <net/faults/bad_peer.hpp>
#include <support/count_of.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace fixture {

namespace {

namespace ssl = boost::asio::ssl;
using intheloop::testing::certificate_request;

int checked(int result, char const* what) {
    if (result < 0)
        throw std::runtime_error(std::string("bad peer: ") + what);
    return result;
}

ssl::context make_context(peer_tls const& tls) {
    ssl::context context(ssl::context::tls_server);
    SSL_CTX* const native = context.native_handle();
    SSL_CTX_set_security_level(native, 0);
    SSL_CTX_set_min_proto_version(native, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(native, tls.newest);
    context.use_certificate_chain(boost::asio::buffer(tls.shown.certificate_pem));
    context.use_private_key(boost::asio::buffer(tls.shown.private_key_pem), ssl::context::pem);
    if (!tls.client_authority.empty()) {
        context.add_certificate_authority(boost::asio::buffer(tls.client_authority));
        context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
    }
    return context;
}

// A client that is gone must not end the program.
void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

std::size_t content_length(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    auto const at = head.find(name);
    return at == head.npos ? 0 : std::stoul(std::string(head.substr(at + name.size(), 20)));
}

} // namespace

peer_tls::peer_tls()
    : shown([] {
          static auto const usual =
              test_authority().issue(certificate_request({"localhost", "127.0.0.1"}));
          return usual;
      }()) {}

intheloop::testing::certificate_authority const& test_authority() {
    static intheloop::testing::certificate_authority const authority;
    return authority;
}

// One connection, on a thread of its own.
class bad_peer::connection {
public:
    connection(int socket, script steps, SSL_CTX* tls)
        : socket_(socket), steps_(std::move(steps)), ssl_(SSL_new(tls)) {
        // Written bytes leave at once: a reset would discard what is still held back.
        int const yes = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        SSL_set_fd(ssl_.get(), socket);
    }

    void run() {
        block_sigpipe();
        (void)std::all_of(steps_.begin(), steps_.end(), [this](auto& each) { return take(each); });
        while (read_some()) {
        }
        std::lock_guard const lock(mutex_);
        close_socket();
        ended_ = true;
        changed_.notify_all();
    }

    // Any thread. Ends whatever the connection's own thread waits for.
    void stop() {
        std::lock_guard const lock(mutex_);
        stopped_ = true;
        if (socket_ >= 0)
            ::shutdown(socket_, SHUT_RDWR);
        changed_.notify_all();
    }
    bool wait_for_end(std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        return changed_.wait_until(lock, until, [this] { return ended_; });
    }
    std::string received() const {
        std::lock_guard const lock(mutex_);
        return received_;
    }

private:
    struct free_ssl {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };

    // False if it can't be done, or is the last that can be.
    bool take(step const& next) {
        switch (next.what) {
        case step::does_handshake: return do_handshake();
        case step::does_read_bytes: return read_until_size(taken_ + next.count);
        case step::does_read_head: return do_read_head();
        case step::does_read_request:
            return do_read_head() && read_until_size(taken_ + content_length(head_));
        case step::does_respond: return write_all(next.text);
        case step::does_drip: return do_drip(next.text, next.interval);
        case step::does_begin_record: make_record(next.text); return go_on(next.count);
        case step::does_go_on: return go_on(next.count);
        case step::does_flood:
            while (write_all(next.text)) {
            }
            return false;
        case step::does_close_notify: return SSL_shutdown(ssl_.get()) >= 0;
        case step::does_hang_up: return ::shutdown(socket_, SHUT_WR) == 0;
        case step::does_reset: do_reset(); return false;
        case step::does_stall: do_stall(); return true;
        case step::does_wait_for: return do_wait_for(*next.which);
        case step::does_reach: *next.which = true; return true;
        }
        return false;
    }

    bool do_handshake() {
        if (SSL_accept(ssl_.get()) == 1) {
            tls_ = tls_state::open;
            return true;
        }
        // The alert must reach the client: no reset may come after it. See read_some().
        tls_ = tls_state::failed;
        ::shutdown(socket_, SHUT_WR);
        return false;
    }

    bool do_read_head() {
        constexpr std::string_view end = "\r\n\r\n";
        std::size_t found;
        while ((found = received_.find(end, taken_)) == received_.npos)
            if (!read_some())
                return false;
        head_ = received_.substr(taken_, found + end.size() - taken_);
        taken_ += head_.size();
        return true;
    }

    bool read_until_size(std::size_t size) {
        while (received_.size() < size)
            if (!read_some())
                return false;
        taken_ = size;
        return true;
    }

    bool do_drip(std::string_view text, std::chrono::milliseconds interval) {
        for (char const& c : text) {
            if (!write_all({&c, 1}))
                return false;
            std::unique_lock lock(mutex_);
            if (changed_.wait_for(lock, interval, [this] { return stopped_; }))
                return false;
        }
        return true;
    }

    void make_record(std::string const& text) {
        BIO* const over_socket = SSL_get_rbio(ssl_.get());
        BIO* const memory = BIO_new(BIO_s_mem());
        SSL_set0_wbio(ssl_.get(), memory);
        SSL_write(ssl_.get(), text.data(), int_size(text.size()));
        record_.resize(BIO_ctrl_pending(memory));
        BIO_read(memory, record_.data(), int_size(record_.size()));
        BIO_up_ref(over_socket);
        SSL_set0_wbio(ssl_.get(), over_socket); // frees the other one
    }
    bool go_on(std::size_t count) {
        std::string const sent = record_.substr(0, count);
        record_.erase(0, sent.size());
        return ::send(socket_, sent.data(), sent.size(), MSG_NOSIGNAL) >= 0;
    }

    bool do_wait_for(std::atomic<bool> const& reached) {
        std::unique_lock lock(mutex_);
        while (!stopped_ && !reached)
            changed_.wait_for(lock, std::chrono::milliseconds(1));
        return !stopped_;
    }

    void do_reset() {
        std::lock_guard const lock(mutex_);
        linger const at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close_socket();
    }

    void do_stall() {
        pollfd until_closed{socket_, POLLRDHUP, 0};
        ::poll(&until_closed, 1, -1);
    }

    bool write_all(std::string_view text) {
        while (!text.empty()) {
            auto const written = tls_ == tls_state::open
                                     ? SSL_write(ssl_.get(), text.data(), int_size(text.size()))
                                     : ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
            if (written <= 0)
                return false;
            text.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

    // Bytes behind a failed handshake are taken, but can't be read.
    bool read_some() {
        std::array<char, 4096> buffer;
        auto const size = tls_ == tls_state::open
                              ? SSL_read(ssl_.get(), buffer.data(), int_size(buffer.size()))
                              : ::recv(socket_, buffer.data(), buffer.size(), 0);
        if (size <= 0)
            return false;
        std::lock_guard const lock(mutex_);
        if (tls_ != tls_state::failed)
            received_.append(buffer.data(), static_cast<std::size_t>(size));
        return true;
    }

    static int int_size(std::size_t size) { return static_cast<int>(size); }

    void close_socket() {
        if (socket_ >= 0)
            ::close(std::exchange(socket_, -1));
    }

    mutable std::mutex mutex_; // for what stop() and the test look at
    std::condition_variable changed_;
    int socket_;
    bool stopped_ = false;
    bool ended_ = false;
    std::string received_; // without TLS; only the own thread changes it

    script const steps_;
    std::unique_ptr<SSL, free_ssl> const ssl_;
    enum class tls_state { none, open, failed } tls_ = tls_state::none;
    std::string head_;      // of the last request
    std::size_t taken_ = 0; // of received_, by steps that read
    std::string record_;    // what is left of it
};

// Listens, and keeps the connections.
class bad_peer::state {
public:
    state(std::vector<script> scripts, peer_tls const& tls)
        : scripts_(std::move(scripts)), tls_(make_context(tls)),
          wake_(checked(::eventfd(0, EFD_CLOEXEC), "eventfd")),
          listener_(
              checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket")) {
        int const small = 4096;
        ::setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        checked(::bind(listener_, generic, size), "bind");
        checked(::listen(listener_, 64), "listen");
        checked(::getsockname(listener_, generic, &size), "getsockname");
        port = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_until_woken(); });
    }

    ~state() {
        stop_accepting();
        for (connection& each : connections_)
            each.stop();
        for (std::thread& each : threads_)
            each.join();
        ::close(listener_);
        ::close(wake_);
    }

    void stop_accepting() {
        if (!accepting_.joinable())
            return;
        std::uint64_t const one = 1;
        (void)!::write(wake_, &one, sizeof one);
        accepting_.join();
    }

    bool wait_for_end(std::chrono::milliseconds patience) {
        stop_accepting();
        auto const until = std::chrono::steady_clock::now() + patience;
        return std::all_of(connections_.begin(), connections_.end(),
                           [&](connection& each) { return each.wait_for_end(until); });
    }

    // For each connection there is.
    template <class Function>
    void visit(Function function) const {
        std::lock_guard const lock(mutex_);
        for (connection const& each : connections_)
            function(each);
    }

    unsigned short port = 0;

private:
    void accept_until_woken() {
        for (bool woken = false; !woken;) {
            std::array<pollfd, 2> waited{{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}}};
            ::poll(waited.data(), waited.size(), -1);
            woken = waited[1].revents != 0; // those that came before are still taken
            for (int s; (s = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
                add(s);
        }
    }

    void add(int socket) {
        std::lock_guard const lock(mutex_);
        script const& steps = scripts_.at(std::min(connections_.size(), scripts_.size() - 1));
        connection& added = connections_.emplace_back(socket, steps, tls_.native_handle());
        threads_.emplace_back([&added] { added.run(); });
    }

    std::vector<script> const scripts_;
    ssl::context tls_;
    int const wake_;
    int const listener_;
    mutable std::mutex mutex_;
    std::list<connection> connections_;
    std::vector<std::thread> threads_;
    std::thread accepting_;
};

bad_peer::bad_peer(std::vector<script> scripts, peer_tls const& tls)
    : state_(std::make_unique<state>(std::move(scripts), tls)) {}

bad_peer::bad_peer(script every, peer_tls const& tls)
    : bad_peer(std::vector<script>{std::move(every)}, tls) {}

bad_peer::~bad_peer() = default;

unsigned short bad_peer::port() const {
    return state_->port;
}

bool bad_peer::wait_for_end(std::chrono::milliseconds patience) {
    return state_->wait_for_end(patience);
}

std::size_t bad_peer::connections() const {
    std::size_t count = 0;
    state_->visit([&](connection const&) { ++count; });
    return count;
}

std::string bad_peer::received() const {
    std::string all;
    state_->visit([&](connection const& each) { all += each.received(); });
    return all;
}

std::size_t bad_peer::requests() const {
    return tests::count_of(received(), " HTTP/1.1\r\n");
}

} // namespace fixture
