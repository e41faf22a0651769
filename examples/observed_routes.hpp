// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_EXAMPLES_OBSERVED_ROUTES_HPP
#define INTHELOOP_EXAMPLES_OBSERVED_ROUTES_HPP

// Routes that were seen in use, but that the vendor does not document: they may change or go at any
// time, and what stands here of their types is what was seen of them. They show how endpoints of
// one's own are declared; copy what you need into your own program, and watch it with a
// drift_report.
#include <intheloop/endpoint/catalog.hpp>
#include <intheloop/endpoint/date_time.hpp>
#include <intheloop/endpoint/endpoint.hpp>
#include <intheloop/endpoint/nullable.hpp>
#include <intheloop/endpoint/one_of.hpp>
#include <intheloop/endpoint/open_enum.hpp>
#include <intheloop/endpoint/pages.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace observed {

namespace loop = intheloop;
using loop::certainty;

// Holds the members that all lists have.
template <class T>
struct list_of {
    std::vector<T> resources;
    std::optional<int> offset, size, total_size;
    using members =
        loop::members<&list_of::resources, &list_of::offset, &list_of::size, &list_of::total_size>;
};

// --- GET /api/v1/user: whose token it is ---

struct user {
    std::string id, name;
    static constexpr loop::member_note notes[] = {
        {"id", "Looks like user_1234.", certainty::observed}};
    static constexpr std::string_view sample = R"({"id":"user_1234","name":"Ana"})";
    using members = loop::members<&user::id, &user::name>;
};
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/user", loop::no_parameters, user,
                                loop::operation<"users.get_self">, loop::observed,
                                loop::summary<"The user of the token">>
    get_self{};

// --- GET /api/v1/contact/list: some contacts, by their ids ---

class contact_request {
public:
    contact_request() {}
    std::optional<int> size;
    std::vector<std::string> contact_ids; // contactIds=a&contactIds=b
    static constexpr std::string_view sample = R"({"size":2,"contactIds":["user_1","user_2"]})";
    using members = loop::members<&contact_request::size, &contact_request::contact_ids>;
};

class group_type : public loop::open_enum<group_type> {
public:
    enum value_type : unsigned char { unknown, personal_inbox, shared_inbox };
    static constexpr std::string_view texts[] = {"PersonalInbox", "SharedInbox"};
    group_type() = default;
    group_type(value_type value) : open_enum(value) {}
};

struct contact {
    std::string id;
    loop::nullable<std::string> name;
    std::optional<observed::group_type> group_type;
    using members = loop::members<&contact::id, &contact::name, &contact::group_type>;
};
inline constexpr loop::endpoint<
    loop::verb::get, "/api/v1/contact/list", contact_request, list_of<contact>,
    loop::query<&contact_request::size, &contact_request::contact_ids>,
    loop::operation<"contacts.list">, loop::observed, loop::summary<"Contacts by their ids">>
    list_contacts{};

// --- GET /api/v1/comment/list: what was written in a conversation, page by page ---

class comment_request {
public:
    explicit comment_request(std::vector<std::string> of_cards) : card_ids(std::move(of_cards)) {}
    std::optional<int> offset, size;
    std::optional<std::string> sort_order;
    std::vector<std::string> card_ids; // at least one
    std::optional<bool> html_format, include_signed_links;
    static constexpr std::string_view sample = R"({"offset":0,"size":10,"cardIds":["card_1"]})";
    using members =
        loop::members<&comment_request::offset, &comment_request::size,
                      &comment_request::sort_order, &comment_request::card_ids,
                      &comment_request::html_format, &comment_request::include_signed_links>;
};

struct attachment {
    loop::nullable<std::string> url_link; // may be signed: a secret
    using members = loop::members<&attachment::url_link>;
};
struct author {
    std::string id;
    loop::nullable<std::string> name;
    using members = loop::members<&author::id, &author::name>;
};
// The two kinds have the same members, as far as was seen.
struct comment_mail {
    std::optional<observed::author> author;
    loop::nullable<std::string> snippet;
    std::optional<loop::date_time> created; // its form is a guess
    std::optional<list_of<attachment>> attachments;
    using members = loop::members<&comment_mail::author, &comment_mail::snippet,
                                  &comment_mail::created, &comment_mail::attachments>;
};
struct comment_chat {
    std::optional<observed::author> author;
    loop::nullable<std::string> snippet;
    std::optional<loop::date_time> created;
    using members =
        loop::members<&comment_chat::author, &comment_chat::snippet, &comment_chat::created>;
};
using comment = loop::one_of<"$type", comment_mail, comment_chat>;
using comments = list_of<comment>;

inline constexpr loop::endpoint<
    loop::verb::get, "/api/v1/comment/list", comment_request, comments,
    loop::query<&comment_request::offset, &comment_request::size, &comment_request::sort_order,
                &comment_request::card_ids, &comment_request::html_format,
                &comment_request::include_signed_links>,
    loop::offset_pages<&comment_request::offset, &comments::resources, &comments::total_size>,
    loop::operation<"comments.list">, loop::observed,
    loop::summary<"Mails and chats of a conversation">>
    list_comments{};

// --- GET /api/v1/event/list: what happens, as it happens ---

class event_request {
public:
    event_request() {}
    std::optional<std::string> since_id; // none: from now on
    std::optional<bool> long_polling = true;
    std::vector<std::string> event_type_list; // how several are told apart is a guess: by commas
    std::optional<int> size;
    static constexpr std::string_view sample =
        R"({"sinceId":"1","longPolling":true,"eventTypeList":["CommentMail","CommentChat"],"size":10})";
    using members = loop::members<&event_request::since_id, &event_request::long_polling,
                                  &event_request::event_type_list, &event_request::size>;
};
struct events {
    loop::nullable<std::string> last_event_id;
    std::vector<boost::json::object> resources; // of kinds that nobody has listed
    using members = loop::members<&events::last_event_id, &events::resources>;
};
inline constexpr loop::endpoint<
    loop::verb::get, "/api/v1/event/list", event_request, events,
    loop::query<&event_request::since_id, &event_request::long_polling, &event_request::size>,
    loop::joined_query<',', &event_request::event_type_list>,
    loop::endless_pages<&event_request::since_id, &events::resources, &events::last_event_id>,
    loop::operation<"events.list">, loop::observed,
    loop::summary<"Events since one that is known; waits for the next one">>
    list_events{};

inline constexpr loop::catalog<get_self, list_contacts, list_comments, list_events> endpoints{};

} // namespace observed

#endif
