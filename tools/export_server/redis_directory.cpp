// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#include "job_directory.hpp"

#include <intheloop/fleet/detail/fleet_member.hpp>
#include <intheloop/fleet/detail/redis_connection.hpp>
#include <intheloop/fleet/detail/redis_scripts.hpp>
#include <intheloop/fleet/redis.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstdlib>
#include <mutex>
#include <tuple>
#include <utility>
#include <vector>

namespace tools {

namespace loop = intheloop;
namespace redis = intheloop::redis;

namespace {

// How long an export can be found at the other servers.
constexpr std::chrono::hours life(24);

// Of an export it stores its resume token, under a digest of its id, and under one of the key of
// the browser together with a digest of the form. Before each value stands its seal: one that was
// put elsewhere, or by others, is none.
class redis_directory final : public job_directory {
public:
    redis_directory(asio::any_io_executor const& executor, loop::redis_options const& how,
                    loop::secret key, std::string owner)
        : prefix_(how.prefix), key_(std::move(key)), owner_(std::move(owner)),
          connection_(std::in_place, executor, how) {}

    asio::awaitable<std::optional<loop::error>> async_list(loop::export_job job,
                                                           start_key key) override {
        std::string const token = job.resume_token();
        auto set = command_to_set("job", job.id(), token);
        auto const listed = co_await async_run(std::move(set));
        if (std::get<0>(listed) || key.text.empty())
            co_return std::get<0>(listed);
        auto set_key = command_to_set("key", key.text, form_of(key) + ' ' + token);
        auto const keyed = co_await async_run(std::move(set_key));
        co_return std::get<0>(keyed);
    }

    asio::awaitable<loop::result<listed_job>> async_find(std::string id) override {
        std::string const name = name_of("job", id);
        std::vector<std::string> get{"GET", name};
        auto const found = co_await async_run(std::move(get));
        if (std::get<0>(found))
            co_return *std::get<0>(found);
        listed_job listed;
        listed.resume_token = unsealed(name, std::get<1>(found).text);
        co_return loop::response<listed_job>(std::move(listed));
    }

    asio::awaitable<loop::result<listed_job>> async_claim_key(start_key key) override {
        std::string const name = name_of("key", key.text);
        auto claim = command_to_set("key", key.text, form_of(key) + ' ');
        claim.push_back("NX");
        auto const claimed = co_await async_run(std::move(claim));
        if (std::get<0>(claimed))
            co_return *std::get<0>(claimed);
        listed_job listed;
        listed.is_key_new = !std::get<1>(claimed).is(redis::reply::kind::nil);
        if (listed.is_key_new) // also where Redis would not answer once more: it has to be freed
            co_return loop::response<listed_job>(std::move(listed));
        std::vector<std::string> get{"GET", name};
        auto const found = co_await async_run(std::move(get));
        if (std::get<0>(found))
            co_return *std::get<0>(found);
        std::string const text = unsealed(name, std::get<1>(found).text);
        std::size_t const space = text.find(' ');
        if (space != text.npos) {
            listed.has_other_form = text.substr(0, space) != form_of(key);
            listed.resume_token = text.substr(space + 1);
        }
        co_return loop::response<listed_job>(std::move(listed));
    }

    asio::awaitable<std::optional<loop::error>> async_free_key(start_key key) override {
        constexpr char const* free_if_equal =
            "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end return 1";
        std::string const name = name_of("key", key.text);
        std::string claim = sealed(name, form_of(key) + ' ');
        std::vector<std::string> free{"EVAL", free_if_equal, "1", name, std::move(claim)};
        auto const freed = co_await async_run(std::move(free));
        co_return std::get<0>(freed);
    }

    void close() override {
        std::lock_guard const lock(mutex_);
        connection_.reset();
    }

private:
    using answer = std::tuple<std::optional<loop::error>, redis::reply>;

    std::string digest(char const* kind, std::string const& text) const {
        return loop::detail::digest_of(key_, std::string("export-server ") + kind + '\n' + owner_ +
                                                 '\n' + text);
    }
    std::string name_of(char const* kind, std::string const& text) const {
        return redis::key_names(prefix_, digest(kind, text)).of(kind);
    }
    std::string form_of(start_key const& key) const { return digest("form", key.form); }
    std::string sealed(std::string const& name, std::string const& value) const {
        return digest("seal", name + '\n' + value) + ' ' + value;
    }
    // Returns the value, or an empty one without its seal.
    std::string unsealed(std::string const& name, std::string const& text) const {
        std::size_t const space = text.find(' ');
        std::string value = space == text.npos ? text : text.substr(space + 1);
        return text == sealed(name, value) ? value : std::string();
    }
    std::vector<std::string> command_to_set(char const* kind, std::string const& text,
                                            std::string const& value) const {
        std::string const name = name_of(kind, text);
        return {"SET", name, sealed(name, value), "EX",
                std::to_string(std::chrono::seconds(life).count())};
    }

    asio::awaitable<answer> async_run(std::vector<std::string> words) {
        auto const begin = [this](auto handler, std::vector<std::string> command) {
            auto const kept = std::make_shared<decltype(handler)>(std::move(handler));
            auto done = [kept](std::optional<loop::error> failure, redis::reply&& got) {
                auto const executor = asio::get_associated_executor(*kept);
                asio::post(executor,
                           [kept, failure = std::move(failure), got = std::move(got)]() mutable {
                               std::move (*kept)(std::move(failure), std::move(got));
                           });
            };
            {
                std::lock_guard const lock(mutex_);
                if (connection_)
                    return connection_->async_command(std::move(command), std::move(done));
            }
            done(loop::error(loop::errc::client_closed, {}), redis::reply());
        };
        return asio::async_initiate<asio::use_awaitable_t<> const,
                                    void(std::optional<loop::error>, redis::reply)>(
            begin, asio::use_awaitable, std::move(words));
    }

    std::string const prefix_;
    loop::secret const key_;
    std::string const owner_; // digests of the token and the user
    std::mutex mutex_;
    std::optional<redis::connection> connection_;
};

} // namespace

std::unique_ptr<job_directory> join_through_redis(asio::any_io_executor const& executor,
                                                  std::string const& url, loop::options& client) {
    loop::fleet_options how;
    if (char const* const key = std::getenv("INTHELOOP_FLEET_KEY"))
        how.key = key;
    if (how.key.reveal().empty())
        throw loop::exception(loop::error(loop::errc::invalid_option,
                                          "--redis needs the common key of all servers in "
                                          "INTHELOOP_FLEET_KEY: 16 characters at least"));
    loop::redis_options at{loop::secret(url)};
    at.command_timeout = std::chrono::milliseconds(500);
    client.fleet = std::make_shared<loop::redis_fleet>(how, at);
    std::string owner = loop::detail::digest_of(how.key, client.token.reveal());
    if (client.impersonate_user)
        owner += loop::detail::digest_of(how.key, client.impersonate_user->reveal());
    return std::make_unique<redis_directory>(executor, at, how.key, std::move(owner));
}

} // namespace tools
