// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_TESTING_IMPL_SECRET_MARKS_IPP
#define INTHELOOP_TESTING_IMPL_SECRET_MARKS_IPP

#include <intheloop/ascii.hpp>
#include <intheloop/codec/percent.hpp>
#include <intheloop/policy/redact.hpp>
#include <intheloop/testing/detail/placeholders.hpp>
#include <intheloop/testing/detail/secret_marks.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace intheloop::testing::detail {

inline constexpr std::size_t whole_words_below = 8; // as policy::redact

INTHELOOP_DECL bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

INTHELOOP_DECL std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower)
        c = intheloop::detail::to_lower(c);
    return lower;
}

// An absolute address in a text, from its scheme to the end of its query.
class found_address {
public:
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t query = 0; // where it begins, behind its '?'; the end if there is none
};

// The next address in a text from a place on. Its slashes may be escaped, as in JSON within JSON.
INTHELOOP_DECL bool find_address(std::string_view text, std::size_t from, found_address& found) {
    auto const ends = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '\'' || c == '<' ||
               c == '>' || c == '`';
    };
    for (std::size_t at = text.find("http", from); at != text.npos;
         at = text.find("http", at + 1)) {
        std::string_view rest = text.substr(at + 4);
        rest.remove_prefix(rest.starts_with('s') ? 1 : 0);
        if (!rest.starts_with("://") && !rest.starts_with(":\\/\\/"))
            continue;
        found.begin = at;
        found.end = at;
        while (found.end != text.size() && !ends(text[found.end]) &&
               (text[found.end] != '\\' || text.substr(found.end + 1).starts_with('/')))
            ++found.end;
        std::size_t const mark = text.substr(0, found.end).find('?', at);
        found.query = mark == text.npos ? found.end : mark + 1;
        return true;
    }
    return false;
}

// What an address is called by: without what signs it, and the port that is its scheme's own.
class address_key {
public:
    explicit address_key(std::string_view address) {
        std::string plain(address.substr(0, address.find('#')));
        for (std::size_t at = plain.find("\\/"); at != plain.npos; at = plain.find("\\/", at))
            plain.erase(at, 1);
        std::size_t const path =
            std::min(plain.find_first_of("/?", plain.find("://") + 3), plain.size());
        origin = lower_case(std::string_view(plain).substr(0, path));
        std::string_view const own_port = origin.starts_with("https:") ? ":443" : ":80";
        if (origin.ends_with(own_port))
            origin.resize(origin.size() - own_port.size());
        std::size_t const mark = std::min(plain.find('?', path), plain.size());
        text = origin + plain.substr(path, mark - path);
        std::string_view rest = std::string_view(plain).substr(mark);
        has_query = !rest.empty();
        while (!rest.empty()) {
            rest.remove_prefix(1);
            std::string_view const parameter = rest.substr(0, rest.find('&'));
            rest.remove_prefix(parameter.size());
            add(parameter);
        }
    }

    std::string text;
    std::string origin;
    std::vector<std::string> signatures; // the values that sign it, or are part of that
    bool has_query = false;
    bool is_signed = false;

private:
    void add(std::string_view parameter) {
        // Of CloudFront, S3, Google Cloud Storage and Azure.
        constexpr std::array<std::string_view, 10> signing{
            "expires", "signature", "key-pair-id", "policy", "awsaccesskeyid",
            "x-amz-",  "x-goog-",   "sig",         "se",     "googleaccessid"};
        std::size_t const sign = parameter.find('=');
        std::string name = lower_case(parameter.substr(0, sign));
        if (name.starts_with("amp;"))
            name.erase(0, 4);
        bool const signs = std::any_of(signing.begin(), signing.end(), [&](std::string_view each) {
            return each.ends_with('-') ? name.starts_with(each) : name == each;
        });
        is_signed = is_signed || signs;
        if (signs && sign != parameter.npos)
            signatures.emplace_back(parameter.substr(sign + 1));
        if (!signs)
            text += (text.find('?') == text.npos ? '?' : '&') + std::string(parameter);
    }
};

INTHELOOP_DECL secret_marks::secret_marks(std::vector<std::string> listed, bool number_uuids)
    : number_uuids_(number_uuids) {
    for (std::string const& each : listed)
        learn_secret(each);
}

INTHELOOP_DECL void secret_marks::learn_user(std::string_view user) {
    std::size_t const number = users_.emplace(user, users_.size() + 1).first->second;
    if (user.size() >= shortest_secret)
        marks_.emplace(user, placeholder("user:" + std::to_string(number)));
}

INTHELOOP_DECL void secret_marks::learn_secret(std::string_view text) {
    if (text.size() >= shortest_secret && !marks_.contains(text))
        marks_.emplace(text, placeholder("secret:" + std::to_string(++secrets_)));
}

INTHELOOP_DECL void secret_marks::learn_token(std::string_view token) {
    if (token.size() >= shortest_secret)
        marks_.emplace(token, "[redacted]");
}

INTHELOOP_DECL std::string secret_marks::mark_user(std::string_view user) const {
    auto const known = users_.find(user);
    return "{{user:" + std::to_string(known != users_.end() ? known->second : 0) + "}}";
}

INTHELOOP_DECL std::vector<std::string_view> secret_marks::secrets() const {
    std::vector<std::string_view> all;
    for (auto const& [text, mark] : marks_)
        all.emplace_back(text);
    return all;
}

INTHELOOP_DECL std::size_t secret_marks::number_of_file(std::string_view address) {
    address_key const key(address);
    auto const [entry, is_new] = files_.emplace(key.text, files_.size() + 1);
    // What it is signed with is secret elsewhere, too.
    for (std::string const& value : key.signatures) {
        bool const is_number = value.find_first_not_of("0123456789") == value.npos; // a time
        if (value.size() < whole_words_below || is_number || value == "[redacted]")
            continue;
        marks_.emplace(value, "[redacted]");
        marks_.emplace(codec::percent_decoded(value), "[redacted]");
    }
    return entry->second;
}

INTHELOOP_DECL std::string secret_marks::mark_file(std::string_view address) {
    return file_placeholder(number_of_file(address));
}

INTHELOOP_DECL std::string secret_marks::mark_addresses(std::string_view text) {
    std::string marked;
    std::size_t done = 0;
    for (found_address at; find_address(text, done, at); done = at.end) {
        std::string_view const address = text.substr(at.begin, at.end - at.begin);
        address_key const key(address);
        marked += text.substr(done, at.begin - done);
        bool const is_api = api_origins_.contains(key.origin);
        if (key.is_signed || (key.has_query && !is_api) || files_.contains(key.text))
            marked += placeholder("file:" + std::to_string(number_of_file(address)));
        else if (is_api)
            marked += placeholder("api") + key.text.substr(key.origin.size());
        else
            marked += address;
    }
    marked += text.substr(done);
    return marked;
}

INTHELOOP_DECL bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() < form.size() || (text.size() > form.size() && is_word(text[form.size()])))
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
        if ((begin != 0 && is_word(text[begin - 1])) || !is_uuid(text.substr(begin)))
            continue;
        std::string const id = lower_case(text.substr(begin, size));
        marked += text.substr(done, begin - done);
        marked +=
            placeholder("id:" + std::to_string(ids_.emplace(id, ids_.size() + 1).first->second));
        done = begin + size;
    }
    marked += text.substr(done);
    return marked;
}

INTHELOOP_DECL std::string secret_marks::mark(std::string_view text) {
    std::vector<std::string_view> marks;
    for (auto const& [secret, mark] : marks_)
        marks.emplace_back(mark);
    std::string marked = policy::replace_secrets(text, secrets(), marks);
    marked = policy::drop_signatures(mark_addresses(marked));
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

INTHELOOP_DECL void secret_marks::mark(boost::json::value& value) {
    if (auto* const text = value.if_string()) {
        *text = mark(std::string_view(text->data(), text->size()));
    } else if (auto* const array = value.if_array()) {
        for (auto& element : *array)
            mark(element);
    } else if (auto* const object = value.if_object()) {
        boost::json::object marked;
        for (auto& member : *object) {
            std::string const name =
                mark(std::string_view(member.key().data(), member.key().size()));
            mark(member.value());
            marked.insert_or_assign(name, std::move(member.value()));
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

// Fills with asterisks wherever a text stands in the bytes; where they begin or end within it, too.
INTHELOOP_DECL void mask_text(std::string& bytes, std::string_view text) {
    constexpr std::size_t telling = 4; // less of a secret tells nothing
    auto const fill = [&](std::size_t begin, std::size_t size) {
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, '*');
    };
    bool const word = text.size() < whole_words_below;
    for (std::size_t at = bytes.find(text); at != bytes.npos; at = bytes.find(text, at + 1)) {
        std::size_t const end = at + text.size();
        bool const inside =
            (at != 0 && is_word(bytes[at - 1])) || (end != bytes.size() && is_word(bytes[end]));
        if (!word || !inside)
            fill(at, text.size());
    }
    if (word)
        return;
    for (std::size_t size = text.size() - 1; size >= telling; --size) {
        if (std::string_view(bytes).ends_with(text.substr(0, size)))
            fill(bytes.size() - size, size);
        if (std::string_view(bytes).starts_with(text.substr(text.size() - size)))
            fill(0, size);
    }
}

INTHELOOP_DECL std::string secret_marks::mask(std::string_view bytes) const {
    std::string masked(bytes);
    std::size_t done = 0;
    for (found_address at; find_address(bytes, done, at); done = at.end)
        std::fill(masked.begin() + static_cast<std::ptrdiff_t>(at.query),
                  masked.begin() + static_cast<std::ptrdiff_t>(at.end), '*');
    for (auto const& [text, mark] : marks_) {
        std::string encoded;
        codec::append_percent_encoded(encoded, text);
        std::string const quoted = boost::json::serialize(boost::json::string_view(text));
        mask_text(masked, text);
        mask_text(masked, encoded);
        mask_text(masked, std::string_view(quoted).substr(1, quoted.size() - 2));
    }
    return masked;
}

INTHELOOP_DECL bool secret_marks::finds_secret(std::string_view text) const {
    return policy::replace_secrets(text, secrets()) != text;
}

} // namespace intheloop::testing::detail

#endif
