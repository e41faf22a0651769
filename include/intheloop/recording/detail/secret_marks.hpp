// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_SECRET_MARKS_HPP
#define INTHELOOP_RECORDING_DETAIL_SECRET_MARKS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/recording/detail/found_address.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// A secret that is shorter can't be told from other text.
inline constexpr std::size_t shortest_secret = 4;

// Puts placeholders where secrets, addresses of files and UUIDs stand in what was recorded. It
// numbers them as they come, and learns secrets from what it sees: a second pass over the same
// texts replaces those that were learned after the text in which they first stood.
class secret_marks {
public:
    secret_marks(std::vector<std::string> listed, bool number_uuids);

    void learn_api(std::string_view origin) { api_origins_.emplace(origin); }
    // As one user or one secret more, if it is not known yet. One that is too short is not looked
    // for in texts. A user is the same in whatever case its letters are, as in mail addresses.
    void learn_user(std::string_view user);
    void learn_secret(std::string_view text);
    // One that becomes "[redacted]", as in the client's own texts.
    void learn_token(std::string_view token);

    // What may stand for a character that no recorded text has: with these in place of braces a
    // placeholder may stand in a text that is still to be marked.
    static constexpr char open = '\xfe', close = '\xff';
    [[nodiscard]] static std::string placeholder(std::string_view name) {
        return open + std::string(name) + close;
    }

    // Where a text ends within a longer one, the beginning of a secret counts there, too.
    [[nodiscard]] std::string mark(std::string_view text, bool ends_within = false);
    // "{{secret:n}}", however short it is: for a field that holds nothing else.
    [[nodiscard]] std::string mark_credentials(std::string_view value);
    // "{{user:n}}"
    [[nodiscard]] std::string mark_user(std::string_view user) const;
    // In all names and strings.
    void mark(boost::json::value& value);
    // The value of an ETag or If-Range.
    [[nodiscard]] std::string mark_entity_tag(std::string_view text);
    // "{{file:n}}" for an absolute address.
    [[nodiscard]] std::string mark_file(std::string_view address);
    // The bytes of a file, in which as many asterisks stand for a secret, or a part of one where
    // they begin or end, what signs an address, and its query, so that its ranges stay what they
    // are. Where they begin later in the file they may do so within an address: all of it goes.
    [[nodiscard]] std::string mask(std::string_view bytes, bool begins_later = false) const;

    // Whether a secret stands in a text.
    [[nodiscard]] bool finds_secret(std::string_view text, bool ends_within = false) const;

private:
    std::string mark_addresses(std::string_view text);
    std::string mark_uuids(std::string_view text);
    std::string masked_once(std::string_view bytes, bool begins_later) const;
    std::size_t number_of_file(address_key const& key);
    std::vector<policy::text_hit> hits_in(std::string_view text, policy::text_edges edges) const;

    struct mark_of {
        std::string text;
        bool any_case;
    };
    // Secrets and their placeholders.
    std::map<std::string, mark_of, std::less<>> marks_;
    std::map<std::string, std::size_t, std::less<>> users_, files_, ids_, tags_, short_secrets_;
    std::set<std::string, std::less<>> api_origins_;
    bool const number_uuids_;
    std::size_t secrets_ = 0;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/secret_marks.ipp>
#endif

#endif
