// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_ENDPOINT_PAGES_HPP
#define INTHELOOP_ENDPOINT_PAGES_HPP

#include <intheloop/endpoint/field.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/traits.hpp>

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace intheloop {

// Traits of an endpoint that returns a list page by page: they name the members of its request and
// its response that mark a page's position. An item_reader uses them.
//
// Pages by offset: the next page begins after the items received. They end with a page without
// items, or when as many items have come as the total says. A total of 0 or less is none: services
// that do not count say so beside items. A service that ignores the offset and says no total gives
// the same page again and again: the second time is errc::unexpected_json, unless the items are
// numbers, texts or other scalars. Of objects the described members are compared: describe one that
// tells them apart, such as an id.
//
//     loop::offset_pages<&list_request::offset, &comments::resources, &comments::total_size>
//
// A member of parameters<> or fields<> is named by its type: comments::member<"resources">.
template <auto Offset, auto Items, auto Total>
struct offset_pages {};

// Pages by cursor: each page holds the cursor of the next one. They end with a page without items,
// without a cursor, or with the cursor that was requested.
//
//     loop::cursor_pages<&search_request::history_id, &found::resources, &found::history_id>
template <auto Cursor, auto Items, auto Next>
struct cursor_pages {};

// Pages by cursor without an end: a page without items, or without a new cursor, means that there
// is nothing new yet, as with long polling, where the service holds a request until there are
// events.
//
//     loop::endless_pages<&event_request::since_id, &events::resources, &events::last_event_id>
template <auto Cursor, auto Items, auto Next>
struct endless_pages {};

namespace detail {

template <auto Member>
using class_of = typename member_pointer_traits<decltype(Member)>::class_type;
template <auto Member>
using value_of = typename member_pointer_traits<decltype(Member)>::value_type;

// Unwraps a member that may be std::optional or nullable.
template <class T>
constexpr T const* value_in(T const& value) {
    return &value;
}
template <class T>
constexpr T const* value_in(std::optional<T> const& value) {
    return value ? &*value : nullptr;
}
template <class T>
constexpr T const* value_in(nullable<T> const& value) {
    return value ? &*value : nullptr;
}
template <class T>
using within = std::remove_cvref_t<decltype(*value_in(std::declval<T const&>()))>;

// Tells whether an object of T has the member, which may stand in a base class.
template <auto Member, class T>
inline constexpr bool is_member_of = std::is_base_of_v<class_of<Member>, T>;

template <auto Items>
concept list_member = requires(value_of<Items> list) {
    list.size();
    typename value_of<Items>::value_type;
};

enum class after_page : unsigned char {
    ends,       // it was the last page
    another,    // another page follows
    nothing_new // request the same page again, a little later
};

// Interface of a paging trait to item_reader: after_page go_on(request, page) turns the request
// into the one for the next page.
struct no_pages {
    static constexpr bool are_paged = false;
    template <class Request, class Response>
    static constexpr bool fit = true;
};

template <auto Items>
struct pages_of {
    static constexpr bool are_paged = true;
    static constexpr bool are_by_offset = false;
    using item = typename value_of<Items>::value_type;
    template <class Page>
    static auto& items(Page& page) {
        return page.*Items;
    }
};

template <auto Offset, auto Items, auto Total>
struct paging_by_offset : pages_of<Items> {
    static constexpr bool are_by_offset = true;
    template <class Request, class Response>
    static constexpr bool fit = is_member_of<Offset, Request>&& is_member_of<Items, Response>&&
        is_member_of<Total, Response>&& list_member<Items>&&
            std::integral<within<value_of<Offset>>>&& std::integral<within<value_of<Total>>>;

    template <class Request, class Page>
    static after_page go_on(Request& request, Page const& page) {
        using number = within<value_of<Offset>>;
        auto const* asked = value_in(request.*Offset);
        auto const count = static_cast<std::uint64_t>((page.*Items).size());
        auto const next = static_cast<std::uint64_t>(asked ? *asked : number{0}) + count;
        if (count == 0 || !std::in_range<number>(next))
            return after_page::ends;
        request.*Offset = static_cast<number>(next);
        bool const is_last = says_total(page) && std::cmp_less_equal(*value_in(page.*Total), next);
        return is_last ? after_page::ends : after_page::another;
    }
    template <class Page>
    static bool says_total(Page const& page) {
        auto const* total = value_in(page.*Total);
        return total && std::cmp_less(0, *total);
    }
};

template <auto Cursor, auto Items, auto Next, bool Endless>
struct paging_by_cursor : pages_of<Items> {
    template <class Request, class Response>
    static constexpr bool fit = is_member_of<Cursor, Request>&& is_member_of<Items, Response>&&
        is_member_of<Next, Response>&& list_member<Items>&&
            std::same_as<within<value_of<Cursor>>, within<value_of<Next>>>;

    template <class Request, class Page>
    static after_page go_on(Request& request, Page const& page) {
        auto const* next = value_in(page.*Next);
        if constexpr (std::same_as<within<value_of<Next>>, std::string>)
            if (next && next->empty())
                next = nullptr;
        auto const* asked = value_in(request.*Cursor);
        bool const moves = next && !(asked && *asked == *next);
        if (moves)
            request.*Cursor = *next;
        bool const goes_on = moves && !(page.*Items).empty();
        if (Endless)
            return goes_on ? after_page::another : after_page::nothing_new;
        return goes_on ? after_page::another : after_page::ends;
    }
};

template <auto Offset, auto Items, auto Total>
struct trait_info<offset_pages<Offset, Items, Total>> : plain_trait {
    using paging = paging_by_offset<Offset, Items, Total>;
};
template <auto Cursor, auto Items, auto Next>
struct trait_info<cursor_pages<Cursor, Items, Next>> : plain_trait {
    using paging = paging_by_cursor<Cursor, Items, Next, false>;
};
template <auto Cursor, auto Items, auto Next>
struct trait_info<endless_pages<Cursor, Items, Next>> : plain_trait {
    using paging = paging_by_cursor<Cursor, Items, Next, true>;
};

template <class Info>
concept says_paging = requires {
    typename Info::paging;
};
template <class... Traits>
struct paging_of {
    using type = no_pages;
};
template <class First, class... Others>
struct paging_of<First, Others...> : paging_of<Others...> {};
template <class First, class... Others>
    requires says_paging<trait_info<First>>
struct paging_of<First, Others...> {
    using type = typename trait_info<First>::paging;
};

} // namespace detail
} // namespace intheloop

#endif
