// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_DETAIL_SECRET_MARKS_HPP
#define INTHELOOP_RECORDING_DETAIL_SECRET_MARKS_HPP

#include <intheloop/base/config.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/recording/detail/found_address.hpp>
#include <intheloop/recording/detail/found_credential.hpp>

#include <boost/json/value.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace intheloop::testing::detail {

// A shorter secret can't be distinguished from other text.
inline constexpr std::size_t shortest_secret = 4;

// Replaces secrets, addresses of files and UUIDs in recorded texts by placeholders. Numbers them in
// the order of their appearance. Learns secrets from the texts: a second pass over the same texts
// also replaces secrets that were learned after their first appearance, or shortly before.
class secret_marks {
public:
    secret_marks(std::vector<std::string> listed, bool number_uuids);

    void learn_api(std::string_view origin) { api_origins_.emplace(origin); }
    // Add a user or a secret, if it is not known yet. One that is too short is not searched for in
    // texts. Users are compared without regard to case, as in mail addresses.
    void learn_user(std::string_view user);
    void learn_secret(std::string_view text);
    // Adds a secret that becomes "[redacted]", as in the client's own texts.
    void learn_token(std::string_view token);
    // Adds credentials: those that were found, or those in the members and the texts of a value.
    void learn_credential(found_credential const& one);
    void learn_credentials(found_credentials const& found);
    void learn_credentials(boost::json::value const& value) { learn_credentials(value, {}); }
    // Call it after the first pass. Until then, secrets that were learned lately are not found yet.
    void finish_learning() { has_learned_all_ = true; }

    // Characters that no recorded text has. A placeholder with these instead of braces can be part
    // of a text that is marked later.
    static constexpr char open = '\xfe', close = '\xff';
    [[nodiscard]] static std::string placeholder(std::string_view name) {
        return open + std::string(name) + close;
    }

    // Marks a text, and the credentials in it whose names tell so. With `ends_within`, the text is
    // the beginning of a longer one: the beginning of a secret at its end is replaced too.
    [[nodiscard]] std::string mark(std::string_view text, bool ends_within = false);
    // Returns "{{secret:n}}" even for a short value: for a field that has no other content.
    [[nodiscard]] std::string mark_credentials(std::string_view value);
    // Replaces those credentials in a text that were not learned, such as short ones, by their
    // placeholders. The text is marked later.
    [[nodiscard]] std::string hide_unlearned(std::string_view text, found_credentials const& found);
    // Replaces them by as many asterisks, in bytes that are no text.
    [[nodiscard]] std::string mask_unlearned(std::string_view bytes,
                                             found_credentials const& found) const;
    // Returns "{{user:n}}".
    [[nodiscard]] std::string mark_user(std::string_view user) const;
    // Marks all names and strings in a value, and as credentials those whose names tell so.
    void mark(boost::json::value& value) { mark(value, {}); }
    // Marks the value of an ETag or If-Range.
    [[nodiscard]] std::string mark_entity_tag(std::string_view text);
    // Returns "{{file:n}}" for an absolute address.
    [[nodiscard]] std::string mark_file(std::string_view address);
    // Replaces secrets in the bytes of a file (at the begin and the end also parts of secrets), and
    // the signatures and queries of addresses, by the same number of asterisks, so that ranges stay
    // valid. With `begins_later`, the bytes do not begin with the file, and may begin within an
    // address: the rest of it is replaced.
    [[nodiscard]] std::string mask(std::string_view bytes, bool begins_later = false) const;

    // Returns whether a text contains a secret.
    [[nodiscard]] bool finds_secret(std::string_view text, bool ends_within = false) const;

private:
    // A search for the secrets that were known when it was made, and their placeholders.
    struct secret_search {
        policy::secret_finder finder;
        std::vector<std::string_view> marks;
    };

    found_credentials unlearned(found_credentials const& found) const;
    std::string hide_secrets(std::string_view text, bool ends_within);
    std::string mark_addresses(std::string_view text, unsigned levels);
    std::string mark_uuids(std::string_view text);
    std::string masked_once(std::string_view bytes, bool begins_later) const;
    std::size_t number_of_file(address_key const& key);
    secret_search const& search() const;
    // `name` is that of a member that tells of credentials, in which the value stands; or empty.
    void learn_credentials(boost::json::value const& value, std::string_view name);
    void mark(boost::json::value& value, std::string_view name);

    struct mark_of {
        std::string text;
        bool any_case;
    };
    // The secrets, and their placeholders.
    std::map<std::string, mark_of, std::less<>> marks_;
    std::map<std::string, std::size_t, std::less<>> users_, files_, ids_, tags_, short_secrets_;
    std::set<std::string, std::less<>> api_origins_;
    bool const number_uuids_;
    std::size_t secrets_ = 0;
    mutable std::optional<secret_search> search_;
    bool has_learned_all_ = false;
};

} // namespace intheloop::testing::detail

#ifndef INTHELOOP_SEPARATE_COMPILATION
#include <intheloop/recording/impl/secret_marks.ipp>
#endif

#endif
