// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_JOBS_ITEM_READER_HPP
#define INTHELOOP_JOBS_ITEM_READER_HPP

#include <intheloop/base/detail/saturating.hpp>
#include <intheloop/base/result.hpp>
#include <intheloop/client/client.hpp>
#include <intheloop/client/detail/access.hpp>
#include <intheloop/codec/detail/json_encode.hpp>
#include <intheloop/endpoint/detail/check_json.hpp>
#include <intheloop/endpoint/pages.hpp>
#include <intheloop/jobs/next_row.hpp>
#include <intheloop/net/detail/handler.hpp>
#include <intheloop/net/detail/initiation.hpp>
#include <intheloop/net/detail/strand_gate.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace intheloop {

namespace detail {

// The position of a reader in a list of pages. The operation under way keeps it alive.
template <class Endpoint>
class page_sequence : public std::enable_shared_from_this<page_sequence<Endpoint>> {
public:
    using request_type = typename Endpoint::request_type;
    using page_type = typename Endpoint::response_type;
    using paging = typename Endpoint::paging;
    using item_type = typename paging::item;

    page_sequence(std::shared_ptr<client_core> const& core, request_type first,
                  call_options const& options)
        : core_(core), executor_(core->executor), settings_(core->settings),
          deliveries_(core->deliveries()), request_(std::move(first)), options_(options) {}

    auto get_executor() const { return executor_.get(); }
    net::pending_count::mark expect_delivery() const { return deliveries_->add(); }
    std::uint64_t items() const noexcept { return items_; }
    std::uint64_t pages() const noexcept { return pages_; }
    response_info const* info() const noexcept { return page_ ? &*page_ : nullptr; }

    // Return the next item, or page, an error or the end; empty if another page is needed first.
    std::optional<next_row<item_type>> take_item() {
        if (auto failed = take_failure<next_row<item_type>>())
            return failed;
        if (page_ && index_ != paging::items(page_->value).size()) {
            ++items_;
            return next_row<item_type>(std::move(paging::items(page_->value)[index_++]));
        }
        return ended_ ? std::optional(next_row<item_type>()) : std::nullopt;
    }
    std::optional<next_row<response<page_type>>> take_page() {
        using next = next_row<response<page_type>>;
        if (auto failed = take_failure<next>())
            return failed;
        if (page_ && index_ == 0 && !is_taken_) {
            is_taken_ = true;
            items_ += paging::items(page_->value).size();
            response<page_type> whole(std::move(page_->value));
            page_->value = make_empty<page_type>();
            static_cast<response_info&>(whole) = *page_;
            return next(std::move(whole));
        }
        return ended_ ? std::optional(next()) : std::nullopt;
    }

    // Throws the last error if nobody has seen it.
    void throw_if_unseen() { given_last_.throw_if_unseen(); }

    // Returns what `take` returns; if that is nothing, the client that requests the next page, or
    // an error without a client.
    template <class Next>
    std::optional<Next> take_or_go_on(std::optional<Next> (page_sequence::*take)(),
                                      std::shared_ptr<client_core>& client) {
        auto next = (this->*take)();
        if (next)
            return next;
        client = core_.lock();
        if (client)
            return std::nullopt;
        static constexpr endpoint_info info = Endpoint::info();
        failure_.emplace(errc::client_closed, std::string());
        failure_->endpoint = info.description;
        return (this->*take)();
    }

    // Requests page after page until `take` returns something. Between two pages the loop runs on
    // the handler's executor: the client's is kept at work, but no longer than until the handler is
    // called.
    template <class Next, class Handler>
    void fetch(std::shared_ptr<client_core> const& client,
               std::optional<Next> (page_sequence::*take)(), Handler handler,
               net::context_work at_work) {
        auto then = [self = this->shared_from_this(), take, at_work = std::move(at_work)](
                        Handler&& inner, result<page_type> outcome) mutable {
            self->accept(std::move(outcome));
            std::shared_ptr<client_core> again;
            auto next = self->take_or_go_on(take, again);
            if (!next)
                return self->fetch(again, take, std::move(inner), std::move(at_work));
            at_work = {};
            std::move(inner)(std::move(*next));
        };
        auto request = encode_call(*settings_, Endpoint(), request_, &options_);
        if (!Endpoint::key_header.empty() && options_.idempotency_key && !request.refused)
            request.refused.emplace(errc::invalid_option, "idempotency_key belongs to one call, "
                                                          "and each page is a call");
        request.rules.pause = pause_;
        // The pause is no part of the page's deadline.
        auto& deadline = request.rules.limits.call;
        deadline = saturating_add(deadline, pause_);
        initiate_call<page_type>(client)(
            wrapped_handler<Handler, decltype(then)>(std::move(handler), std::move(then)),
            std::move(request));
    }

private:
    // Limits the rate of requests to a service that does not let them wait.
    static constexpr std::chrono::milliseconds pause_after_nothing{1000};

    // A page that was cancelled is not lost, but requested again: its error may stay unseen.
    template <class Next>
    std::optional<Next> take_failure() {
        if (auto overdue = given_last_.take_overdue())
            return Next(std::move(overdue));
        if (!failure_)
            return std::nullopt;
        Next failed(*std::exchange(failure_, std::nullopt));
        given_last_.watch(failed, errc::cancelled);
        return failed;
    }

    void accept(result<page_type>&& outcome) {
        if (!outcome) {
            failure_ = std::move(outcome.error());
            return;
        }
        auto const took = outcome.elapsed();
        page_ = std::move(outcome.response());
        index_ = 0;
        is_taken_ = false;
        if (is_page_before()) {
            page_->value = make_empty<page_type>();
            is_taken_ = true; // there is nothing in it to give
            failure_.emplace(errc::unexpected_json,
                             "the items are those of the page before: the service ignores the "
                             "offset, and says no total");
            return;
        }
        ++pages_;
        auto const next = paging::go_on(request_, page_->value);
        ended_ = next == after_page::ends;
        pause_ = next == after_page::nothing_new && took < pause_ + pause_after_nothing
                     ? pause_after_nothing
                     : std::chrono::milliseconds(0);
    }

    // Returns whether a service that ignores the offset has given the last page again. It would go
    // on for ever, unless it says a total. Equal pages of scalars may be in order.
    bool is_page_before() {
        using value = within<item_type>;
        if constexpr (paging::are_by_offset && !std::is_arithmetic_v<value> && !scalar<value>) {
            auto const& items = paging::items(page_->value);
            auto const before = std::exchange(last_items_, std::nullopt);
            if (items.empty() || paging::says_total(page_->value))
                return false;
            std::string text;
            [[maybe_unused]] auto const problem = codec::encode_json(text, items);
            last_items_ = std::hash<std::string>()(text);
            return before == last_items_;
        } else {
            return false;
        }
    }

    // A reader does not keep the client alive, and a step of it may outlive the client's context.
    std::weak_ptr<client_core> const core_;
    net::kept_executor const executor_;
    std::shared_ptr<call_settings const> const settings_;
    std::shared_ptr<net::pending_count> const deliveries_;
    request_type request_; // of the next page
    call_options options_;
    std::optional<response<page_type>> page_;
    std::optional<std::size_t> last_items_; // a hash of them, if they may come again
    std::size_t index_ = 0;                 // of its next item
    bool is_taken_ = false;                 // as a whole
    bool ended_ = false;
    std::optional<error> failure_;
    last_error given_last_;
    std::chrono::milliseconds pause_{0};
    std::uint64_t items_ = 0;
    std::uint64_t pages_ = 0;
};

template <class Endpoint, class Next>
auto initiate_next_item(std::shared_ptr<page_sequence<Endpoint>> const& pages,
                        std::optional<Next> (page_sequence<Endpoint>::*take)()) {
    return initiation(pages->get_executor(), [pages, take](auto&& handler) {
        std::shared_ptr<client_core> client;
        auto next = pages->take_or_go_on(take, client);
        if (!next)
            return pages->fetch(
                client, take,
                std::decay_t<decltype(handler)>(std::forward<decltype(handler)>(handler)),
                net::context_work(pages->get_executor()));
        auto give = wrap_user_handler(std::forward<decltype(handler)>(handler),
                                      pages->get_executor(), [](auto&& inner, Next given) {
                                          std::forward<decltype(inner)>(inner)(std::move(given));
                                      });
        post_delivery(pages->get_executor(), pages->expect_delivery(), std::move(give),
                      std::move(*next));
    });
}

} // namespace detail

// Reads a list that an endpoint returns page by page: its items one after the other, or its pages.
// The endpoint declares how the pages follow each other: offset_pages<>, cursor_pages<> or
// endless_pages<>.
//
//     mine::comment_request about("card_1");
//     loop::item_reader comments(client, mine::list_comments, about);
//     while (auto comment = co_await comments.async_next())
//         std::cout << comment->snippet << '\n'; // throws if there is an error
//
// Keeps one page. Begins where the request says, and requests the next page only when one of its
// items is wanted. Items that are added or removed at the service meanwhile may be missed, or come
// twice. If a page of endless_pages has nothing new, and the service did not let the request wait,
// the next page is requested a second later. The client may be destroyed: reading then ends with
// errc::client_closed.
template <class Endpoint>
class item_reader {
    static_assert(Endpoint::paging::are_paged,
                  "intheloop: this endpoint does not say how its pages follow each other: give it "
                  "offset_pages<>, cursor_pages<> or endless_pages<>");
    using sequence = detail::page_sequence<Endpoint>;

public:
    using item_type = typename Endpoint::paging::item;
    using page_type = typename Endpoint::response_type;

    // The options apply to each call: a deadline limits one page.
    item_reader(client& from, Endpoint const&, typename Endpoint::request_type first,
                call_options const& options = call_options())
        : pages_(
              std::make_shared<sequence>(detail::access::core(from), std::move(first), options)) {}
    item_reader(item_reader&&) noexcept = default;
    item_reader& operator=(item_reader&&) noexcept = default;

    // Reads the next item.
    //
    //     while (auto item = co_await items.async_next())
    //         use(*item); // throws if there is an error
    //
    // Completes with void(next_row<item_type>), which is false at the end only, when the item is
    // there or the call for its page has failed: on the completion handler's associated executor
    // (by default the client's), never from within this function.
    //
    // Only one async_next or async_next_page of a reader may be under way. The reader may be
    // destroyed meanwhile.
    //
    // Fails like client::async_call; with errc::invalid_option for call_options::idempotency_key,
    // since each page is a call. After an error the next read requests the same page again. But an
    // error that nobody has seen (see next_row) is thrown first, as intheloop::exception, by this
    // function itself: a coroutine that awaits the item gets it. errc::cancelled is not thrown. If
    // the reader is not called again, an unseen error is lost to the loop; the observer was told of
    // the failed call.
    //
    // All cancellation types end the call for a page with errc::cancelled. An item that is there
    // already is delivered nevertheless.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_next(CompletionToken&& token = {}) {
        using next = next_row<item_type>;
        pages_->throw_if_unseen();
        return boost::asio::async_initiate<CompletionToken, void(next)>(
            detail::initiate_next_item<Endpoint, next>(pages_, &sequence::take_item), token);
    }

    // Returns the next item if it is there; also false if another page has to be requested. Not
    // while async_next is under way. Throws an unseen error like async_next. Saves a turn of the
    // executor for each item:
    //
    //     while (auto item = co_await items.async_next())
    //         for (; item; item = items.try_next())
    //             use(*item);
    [[nodiscard]] next_row<item_type> try_next() {
        pages_->throw_if_unseen();
        auto next = pages_->take_item();
        return next ? std::move(*next) : next_row<item_type>();
    }

    // Reads the next page as a whole, with the description of its response. Drops the items of the
    // page before that were not read.
    //
    //     while (auto page = co_await items.async_next_page())
    //         std::cout << page->request_id << '\n'; // throws if there is an error
    //
    // Completes with void(next_row<response<page_type>>). Executor, overlap, lifetimes, errors and
    // cancellation are the same as for async_next.
    template <class CompletionToken = boost::asio::deferred_t>
    [[nodiscard]] auto async_next_page(CompletionToken&& token = {}) {
        using next = next_row<response<page_type>>;
        pages_->throw_if_unseen();
        return boost::asio::async_initiate<CompletionToken, void(next)>(
            detail::initiate_next_item<Endpoint, next>(pages_, &sequence::take_page), token);
    }

    std::uint64_t items() const noexcept { return pages_->items(); } // delivered so far
    std::uint64_t pages() const noexcept { return pages_->pages(); } // received so far
    // Describes the last response, if there is one.
    response_info const* last_response() const noexcept { return pages_->info(); }

private:
    std::shared_ptr<sequence> pages_;
};

} // namespace intheloop

#endif
