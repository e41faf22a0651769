// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_SECRET_MARKS_IPP
#define INTHELOOP_RECORDING_IMPL_SECRET_MARKS_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/recording/detail/found_address.hpp>
#include <intheloop/recording/detail/found_credential.hpp>
#include <intheloop/recording/detail/placeholders.hpp>
#include <intheloop/recording/detail/recorded_headers.hpp>
#include <intheloop/recording/detail/secret_marks.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace intheloop::testing::detail {

inline constexpr std::size_t whole_words_below = 8; // like policy::redact
// To search for a longer credential would take much memory.
inline constexpr std::size_t longest_learned = 16 * 1024;
// Of addresses of the API, each in the query of the one before. Each level takes another pass.
inline constexpr unsigned most_levels = 3;

// Returns whether a value may be credentials, and no placeholder yet.
INTHELOOP_DECL bool is_hideable(std::string_view value) {
    return may_be_credentials(value) && value.front() != secret_marks::open;
}

INTHELOOP_DECL secret_marks::secret_marks(std::vector<std::string> listed, bool number_uuids)
    : number_uuids_(number_uuids) {
    for (std::string const& each : listed)
        learn_secret(each);
}

INTHELOOP_DECL void secret_marks::learn_user(std::string_view user) {
    auto const [known, is_new] =
        users_.emplace(intheloop::detail::to_lower(user), users_.size() + 1);
    if (is_new && user.size() >= shortest_secret)
        marks_.emplace(user, mark_of{placeholder("user:" + std::to_string(known->second)), true});
}

INTHELOOP_DECL void secret_marks::learn_secret(std::string_view text) {
    if (text.size() >= shortest_secret && !marks_.contains(text))
        marks_.emplace(text, mark_of{placeholder("secret:" + std::to_string(++secrets_)), false});
}

INTHELOOP_DECL void secret_marks::learn_token(std::string_view token) {
    if (token.size() >= shortest_secret)
        marks_.emplace(token, mark_of{"[redacted]", false});
}

INTHELOOP_DECL std::string secret_marks::mark_user(std::string_view user) const {
    auto const known = users_.find(intheloop::detail::to_lower(user));
    return "{{user:" + std::to_string(known != users_.end() ? known->second : 0) + "}}";
}

INTHELOOP_DECL std::string secret_marks::mark_credentials(std::string_view value) {
    if (value.empty() || marks_.contains(value))
        return mark(value);
    std::size_t& number = short_secrets_[std::string(value)];
    if (number == 0)
        number = ++secrets_;
    return "{{secret:" + std::to_string(number) + "}}";
}

// Returns those that were not learned, but for the ones that lie in others.
INTHELOOP_DECL found_credentials secret_marks::unlearned(found_credentials const& found) const {
    found_credentials left;
    std::size_t end = 0;
    for (found_credential const& each : found) {
        if (each.begin < end || !is_hideable(each.texts.front()))
            continue;
        end = each.end;
        if (!marks_.contains(each.texts.front()))
            left.push_back(each);
    }
    return left;
}

INTHELOOP_DECL std::string secret_marks::hide_unlearned(std::string_view text,
                                                        found_credentials const& found) {
    std::string hidden;
    std::size_t kept = 0;
    for (found_credential const& each : unlearned(found)) {
        hidden += text.substr(kept, each.begin - kept);
        std::string const marked = mark_credentials(each.texts.front()); // in its braces
        hidden += placeholder(std::string_view(marked).substr(2, marked.size() - 4));
        kept = each.end;
    }
    hidden += text.substr(kept);
    return hidden;
}

INTHELOOP_DECL std::string secret_marks::mask_unlearned(std::string_view bytes,
                                                        found_credentials const& found) const {
    std::string masked(bytes);
    for (found_credential const& each : unlearned(found))
        masked.replace(each.begin, each.end - each.begin, each.end - each.begin, '*');
    return masked;
}

// All texts of a credential share one placeholder: of the first text that has one already.
INTHELOOP_DECL void secret_marks::learn_credential(found_credential const& one) {
    auto const is_sought = [](std::string_view text) {
        return text.size() >= shortest_secret && !policy::is_credential_word(text);
    };
    std::string const& value = one.texts.front();
    if (!is_sought(value) || value.size() > longest_learned || !may_be_credentials(value))
        return;
    auto const known = std::find_if(one.texts.begin(), one.texts.end(),
                                    [&](std::string const& text) { return marks_.contains(text); });
    if (known == one.texts.end())
        learn_secret(value);
    mark_of const& mark = marks_.at(known != one.texts.end() ? *known : value);
    for (std::string const& text : one.texts)
        if (is_sought(text))
            marks_.emplace(text, mark);
}

INTHELOOP_DECL void secret_marks::learn_credentials(found_credentials const& found) {
    for (found_credential const& each : found) {
        std::string const& value = each.texts.front();
        // A number of JSON can't be hidden: for "?session=2024" no recording could have a year.
        bool const is_usual_number = value.size() < policy::shortest_part &&
                                     value.find_first_not_of("0123456789") == value.npos;
        if (!is_usual_number)
            learn_credential(each);
    }
}

// The name of a member that tells of credentials belongs to those of the members below it too: to
// the value in {"token": {"value": "..."}}.
INTHELOOP_DECL std::string name_below(std::string_view above, boost::json::string_view name) {
    constexpr std::size_t enough = 200; // characters at its end
    above.remove_prefix(above.size() - std::min(above.size(), enough));
    std::string whole(above);
    whole += above.empty() ? "" : "_";
    return whole.append(name.data(), name.size());
}

INTHELOOP_DECL void secret_marks::learn_credentials(boost::json::value const& value,
                                                    std::string_view name) {
    if (auto const* const text = value.if_string()) {
        learn_credentials(find_credentials({text->data(), text->size()}));
        if (!name.empty())
            learn_credential({0, 0, {std::string(text->data(), text->size())}});
    } else if (auto const* const array = value.if_array()) {
        for (auto const& element : *array)
            learn_credentials(element, name);
    } else if (auto const* const object = value.if_object()) {
        for (auto const& member : *object) {
            std::string const whole = name_below(name, member.key());
            bool const tells = names_credentials({member.key().data(), member.key().size()}) ||
                               names_credentials(whole);
            learn_credentials(member.value(), tells ? whole : std::string());
        }
    }
}

// To make a search takes time in proportion to all secrets. While they are learned, one after the
// other, it is made anew for twice as many.
INTHELOOP_DECL secret_marks::secret_search const& secret_marks::search() const {
    std::size_t const known = search_ ? search_->marks.size() : 0;
    bool const is_old = has_learned_all_ ? marks_.size() != known : marks_.size() > 2 * known;
    if (!search_ || is_old) {
        std::vector<policy::sought_secret> sought;
        std::vector<std::string_view> marks;
        for (auto const& [secret, mark] : marks_) {
            sought.push_back({secret, mark.any_case});
            marks.emplace_back(mark.text);
        }
        search_.emplace(secret_search{policy::secret_finder(sought), std::move(marks)});
    }
    return *search_;
}

INTHELOOP_DECL std::size_t secret_marks::number_of_file(address_key const& key) {
    auto const [entry, is_new] = files_.emplace(key.text, files_.size() + 1);
    // The values of its signature are secrets in other texts too.
    for (std::string const& value : key.signatures) {
        bool const is_number = value.find_first_not_of("0123456789") == value.npos; // a time
        if (value.size() < whole_words_below || is_number || value == "[redacted]" ||
            value.front() == open)
            continue;
        learn_token(value);
        learn_token(codec::percent_decoded(value));
    }
    return entry->second;
}

INTHELOOP_DECL std::string secret_marks::mark_file(std::string_view address) {
    std::string const hidden = hide_secrets(address, false);
    return file_placeholder(number_of_file(
        address_key(without_users(hidden, find_address(hidden, 0), 0, hidden.size()))));
}

INTHELOOP_DECL std::string secret_marks::mark_addresses(std::string_view text, unsigned levels) {
    std::string marked;
    std::size_t done = 0;
    for (auto at = find_address(text, 0); at; at = find_address(text, done)) {
        std::string const address = without_users(text, at, at.begin, at.end);
        marked += text.substr(done, at.begin - done);
        done = at.end;
        if (!at.is_http) {
            marked += address;
            continue;
        }
        address_key const key(address, at.is_encoded);
        bool const is_api = api_origins_.contains(key.origin);
        // Any query of an address may be its signature. But the query of an address within a query
        // is kept: the target of a request must be the same when it is played.
        bool const may_be_signed = key.has_query && !is_api && !at.is_encoded;
        if (key.is_signed || may_be_signed || files_.contains(key.text)) {
            marked += placeholder("file:" + std::to_string(number_of_file(key)));
        } else if (is_api && !at.is_encoded) {
            // The rest is marked as the target of its request is.
            std::string const target = key.text.substr(key.origin.size());
            marked += placeholder("api");
            marked +=
                levels != 0 ? mark_addresses(target, levels - 1) : policy::redact_addresses(target);
        } else {
            marked += address;
        }
    }
    marked += text.substr(done);
    return marked;
}

INTHELOOP_DECL bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() < form.size() ||
        (text.size() > form.size() && intheloop::detail::is_word_char(text[form.size()])))
        return false;
    for (std::size_t i = 0; i != form.size(); ++i)
        if (form[i] == '-' ? text[i] != '-'
                           : std::isxdigit(static_cast<unsigned char>(text[i])) == 0)
            return false;
    return true;
}

INTHELOOP_DECL std::string secret_marks::mark_uuids(std::string_view text) {
    constexpr std::size_t size = 36;
    constexpr std::size_t first_dash = 8;
    std::string marked;
    std::size_t done = 0;
    for (std::size_t dash = text.find('-'); dash != text.npos; dash = text.find('-', dash + 1)) {
        if (dash < done + first_dash)
            continue;
        std::size_t const begin = dash - first_dash;
        if ((begin != 0 && intheloop::detail::is_word_char(text[begin - 1])) ||
            !is_uuid(text.substr(begin)))
            continue;
        std::string const id = intheloop::detail::to_lower(text.substr(begin, size));
        marked += text.substr(done, begin - done);
        marked +=
            placeholder("id:" + std::to_string(ids_.emplace(id, ids_.size() + 1).first->second));
        done = begin + size;
    }
    marked += text.substr(done);
    return marked;
}

INTHELOOP_DECL std::string secret_marks::hide_secrets(std::string_view given, bool ends_within) {
    std::string const text = hide_unlearned(given, find_credentials(given));
    secret_search const& known = search();
    policy::text_edges edges;
    edges.ends_within = ends_within;
    std::string hidden;
    std::size_t kept = 0;
    std::string const any = placeholder("any");
    for (policy::text_hit const& hit : known.finder.find(text, edges)) {
        std::string_view const mark = known.marks[hit.secret];
        hidden += std::string_view(text).substr(kept, hit.begin - kept);
        // In base64 and the like it is another text, and may be another one each time.
        bool const is_other = hit.in_digits && mark.starts_with(open);
        hidden += is_other ? std::string_view(any) : mark;
        kept = hit.end;
    }
    hidden += std::string_view(text).substr(kept);
    return hidden;
}

INTHELOOP_DECL std::string secret_marks::mark(std::string_view text, bool ends_within) {
    std::string marked = mark_addresses(hide_secrets(text, ends_within), most_levels);
    auto signatures = policy::find_signatures(marked);
    std::erase_if(signatures, [&](policy::text_hit const& hit) { // a placeholder is none
        return hit.begin == hit.end ||
               (marked[hit.begin] == open && marked.find(close, hit.begin) == hit.end - 1);
    });
    marked = policy::replace_hits(marked, signatures);
    if (number_uuids_)
        marked = mark_uuids(marked);
    marked = escape_braces(marked);
    std::string done;
    for (char const c : marked)
        if (c == open)
            done += "{{";
        else if (c == close)
            done += "}}";
        else
            done += c;
    return done;
}

INTHELOOP_DECL void secret_marks::mark(boost::json::value& value, std::string_view name) {
    if (auto* const text = value.if_string()) {
        std::string_view const whole(text->data(), text->size());
        *text = !name.empty() && is_hideable(whole) ? mark_credentials(whole) : mark(whole);
    } else if (auto* const array = value.if_array()) {
        for (auto& element : *array)
            mark(element, name);
    } else if (auto* const object = value.if_object()) {
        boost::json::object marked;
        for (auto& member : *object) {
            std::string const key =
                mark(std::string_view(member.key().data(), member.key().size()));
            std::string const whole = name_below(name, member.key());
            bool const tells = names_credentials({member.key().data(), member.key().size()}) ||
                               names_credentials(whole);
            mark(member.value(), tells ? whole : std::string());
            marked.insert_or_assign(key, std::move(member.value()));
        }
        *object = std::move(marked);
    }
}

INTHELOOP_DECL std::string secret_marks::mark_entity_tag(std::string_view text) {
    std::size_t const begin = text.find('"');
    if (begin == text.npos || text.size() < begin + 2 || !text.ends_with('"'))
        return mark(text); // a date in If-Range
    std::string const tag(text.substr(begin + 1, text.size() - begin - 2));
    std::size_t const number = tags_.emplace(tag, tags_.size() + 1).first->second;
    return std::string(text.substr(0, begin)) + "\"{{etag:" + std::to_string(number) + "}}\"";
}

INTHELOOP_DECL std::string secret_marks::masked_once(std::string_view bytes,
                                                     bool begins_later) const {
    std::string masked(bytes);
    auto const fill = [&](std::size_t begin, std::size_t end) {
        std::fill(masked.begin() + static_cast<std::ptrdiff_t>(begin),
                  masked.begin() + static_cast<std::ptrdiff_t>(end), '*');
    };
    if (begins_later) { // possibly within an address
        std::size_t end = 0;
        while (end != bytes.size() && !ends_address(bytes.substr(end)))
            ++end;
        fill(0, end);
    }
    for (auto at = find_address(bytes, 0); at; at = find_address(bytes, at.end))
        for (policy::address_parts const& each : at.parts) {
            fill(each.user, each.host);
            fill(each.query, each.end);
        }
    for (policy::text_hit const& hit : policy::find_signatures(bytes))
        fill(hit.begin, hit.end);
    policy::text_edges edges;
    edges.begins_within = edges.ends_within = true;
    for (policy::text_hit const& hit : search().finder.find(bytes, edges))
        fill(hit.begin, hit.end);
    return masked;
}

// Repeats, since new asterisks may make a whole word, and so a secret, of the text beside them.
INTHELOOP_DECL std::string secret_marks::mask(std::string_view bytes, bool begins_later) const {
    std::string masked(bytes);
    for (;;) {
        std::string again = masked_once(masked, begins_later);
        if (again == masked)
            return masked;
        masked = std::move(again);
    }
}

INTHELOOP_DECL bool secret_marks::finds_secret(std::string_view text, bool ends_within) const {
    policy::text_edges edges;
    edges.ends_within = ends_within;
    return !search().finder.find(text, edges).empty();
}

} // namespace intheloop::testing::detail

#endif
