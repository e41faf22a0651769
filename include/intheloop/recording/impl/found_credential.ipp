// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_FOUND_CREDENTIAL_IPP
#define INTHELOOP_RECORDING_IMPL_FOUND_CREDENTIAL_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/query.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/recording/detail/found_credential.hpp>
#include <intheloop/testing/detail/multipart.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>

namespace intheloop::testing::detail {

inline constexpr std::size_t longest_credential_name = 200; // as spelled

// Undoes the escapes of so many layers of JSON. Keeps the text where they are none.
INTHELOOP_DECL std::string json_unescaped(std::string_view text, std::size_t layers) {
    std::string plain(text);
    for (; layers != 0 && plain.find('\\') != plain.npos; --layers) {
        boost::system::error_code problem;
        boost::json::value const read = boost::json::parse('"' + plain + '"', problem);
        if (problem || !read.is_string())
            break;
        plain = std::string(read.get_string().data(), read.get_string().size());
    }
    return plain;
}

// Finds members of JSON, without a grammar. In JSON that stands in a string, quotation marks are
// escaped: how often tells to which layer they belong.
class member_scan {
public:
    member_scan(std::string_view text, found_credentials& found) : text_(text), found_(found) {}

    void run() {
        for (std::size_t at = 0; (at = text_.find_first_of("\"\\", at)) != text_.npos;) {
            if (auto const mark = mark_at(at)) {
                step(*mark);
                at = mark->end;
            } else { // behind the backslashes stands the character that they escape
                at = 1 + std::min(text_.find_first_not_of('\\', at), text_.size() - 1);
            }
        }
        close(0, text_.size()); // the text is broken off
    }

private:
    static constexpr std::size_t layers = 6;

    // A quotation mark, with the backslashes that belong to it.
    struct quotation_mark {
        std::size_t begin;
        std::size_t end;
        std::size_t layer;
    };
    struct layer_state {
        std::size_t string = std::string_view::npos; // begin of the last string
        std::size_t value = std::string_view::npos;  // begin of a credential that is open
        bool in_list = false;                        // of credentials
    };

    // Reads a quotation mark at a place, or behind backslashes there: '"' and \", or \u0022.
    std::optional<quotation_mark> mark_at(std::size_t at) const {
        std::size_t const behind = std::min(text_.find_first_not_of('\\', at), text_.size());
        std::size_t const backslashes = behind - at;
        bool const is_numbered = backslashes != 0 && text_.substr(behind).starts_with("u0022");
        if (!is_numbered && !text_.substr(behind).starts_with('"'))
            return std::nullopt;
        // Each layer doubles the backslashes of the one below. Of more, the first ones are text.
        auto const layer = static_cast<std::size_t>(is_numbered ? 1 + std::countr_zero(backslashes)
                                                                : std::countr_one(backslashes));
        if (layer >= layers)
            return std::nullopt;
        std::size_t const own =
            is_numbered ? std::size_t(1) << (layer - 1) : (std::size_t(1) << layer) - 1;
        return quotation_mark{behind - own, behind + (is_numbered ? 5 : 1), layer};
    }

    void step(quotation_mark const& mark) {
        bool const ended = close(mark.layer, mark.begin);
        layer_state& state = states_[mark.layer];
        std::size_t const name = std::exchange(state.string, mark.end);
        for (std::size_t inner = mark.layer + 1; inner != layers; ++inner)
            states_[inner].string = text_.npos;
        std::size_t const behind = skip_blanks(mark.end);
        if (text_.substr(behind).starts_with(':') && name != text_.npos &&
            is_name(text_.substr(name, mark.begin - name), mark.layer)) {
            std::size_t const value = skip_blanks(behind + 1);
            state.in_list = text_.substr(value).starts_with('[');
            open(mark.layer, state.in_list ? value + 1 : value);
        } else if (ended && state.in_list) {
            open(mark.layer, mark.end);
        }
    }

    bool is_name(std::string_view spelled, std::size_t layer) const {
        return spelled.size() <= longest_credential_name &&
               policy::names_credentials(json_unescaped(spelled, layer + 1));
    }

    // Opens the string at a place, or the next one in a list.
    void open(std::size_t layer, std::size_t at) {
        layer_state& state = states_[layer];
        constexpr std::string_view of_other_elements = ",+-.0123456789eEtrufalsn";
        at = skip_blanks(at, state.in_list ? of_other_elements : std::string_view());
        auto const mark = mark_at(at);
        bool const is_string = mark && mark->begin == at && mark->layer == layer;
        state.value = is_string ? mark->end : text_.npos;
    }

    // Closes what is open in a layer, and in those within it. Returns whether there was something
    // in the layer itself.
    bool close(std::size_t layer, std::size_t end) {
        bool ended = false;
        for (std::size_t each = layer; each != layers; ++each) {
            std::size_t& begin = states_[each].value;
            if (begin == text_.npos || end < begin) // at its own first quotation mark
                continue;
            std::string_view const spelled = text_.substr(begin, end - begin);
            found_credential one{begin, end, {json_unescaped(spelled, each + 1)}};
            if (one.texts.front() != spelled)
                one.texts.emplace_back(spelled);
            if (policy::may_be_credentials(one.texts.front()))
                found_.push_back(std::move(one));
            begin = text_.npos;
            ended = ended || each == layer;
        }
        return ended;
    }

    // Returns the place behind blanks, which may be escaped, and other characters.
    std::size_t skip_blanks(std::size_t at, std::string_view others = {}) const {
        auto const is_skipped = [&](char c) {
            return std::string_view(" \t\r\n").find(c) != text_.npos ||
                   others.find(c) != others.npos;
        };
        for (;;) {
            while (at != text_.size() && is_skipped(text_[at]))
                ++at;
            std::size_t const behind = std::min(text_.find_first_not_of('\\', at), text_.size());
            if (behind == at || behind == text_.size() ||
                std::string_view("nrt").find(text_[behind]) == text_.npos)
                return at;
            at = behind + 1;
        }
    }

    std::string_view text_;
    found_credentials& found_;
    std::array<layer_state, layers> states_;
};

// Counts the characters at the beginning of a text that may belong to the name of a parameter.
INTHELOOP_DECL std::size_t name_part(std::string_view rest) {
    auto const is_part = [](char c) {
        return intheloop::detail::is_word_char(c) ||
               std::string_view("-.[]$~").find(c) != std::string_view::npos;
    };
    if (is_part(rest.front()))
        return 1;
    bool const is_encoded = codec::begins_with_triplet(rest) &&
                            is_part(codec::percent_decoded(rest.substr(0, 3)).front());
    return is_encoded ? 3 : 0;
}

// Counts the characters of what stands between names: of an escape all, since a letter in it is no
// part of the next name.
INTHELOOP_DECL std::size_t separator_length(std::string_view rest) {
    if (codec::begins_with_triplet(rest))
        return 3;
    if (rest.starts_with("\\u"))
        return std::min<std::size_t>(6, rest.size());
    bool const is_escape =
        rest.size() > 1 && rest[0] == '\\' && intheloop::detail::is_letter(rest[1]);
    return is_escape ? 2 : 1;
}

// Returns where the value of a parameter ends, whose '=' is spelled so.
INTHELOOP_DECL std::size_t parameter_end(std::string_view text, std::size_t at,
                                         std::string_view sign) {
    auto const is_end = [](char c) {
        return static_cast<unsigned char>(c) <= ' ' ||
               std::string_view("&\"'<>`;#").find(c) != std::string_view::npos;
    };
    bool const is_encoded = sign.starts_with('%');
    for (; at != text.size() && !is_end(text[at]); ++at) {
        if (text[at] != '\\' && !(text[at] == '%' && is_encoded))
            continue;
        policy::spelled_readings readings;
        policy::read_spelled(text.substr(at), readings);
        for (policy::spelled_reading const& one : readings)
            if (one.length > 1 && (text[at] == '\\' || one.length == sign.size()) &&
                (one.count == 0 || (one.count == 1 && is_end(one.octets[0]))))
                return at;
    }
    return at;
}

// Returns the texts that stand for a value: as decoded in a query, and in a form, where '+' is a
// blank.
INTHELOOP_DECL std::vector<std::string> parameter_texts(std::string_view value) {
    std::string in_form(value);
    std::replace(in_form.begin(), in_form.end(), '+', ' ');
    std::vector<std::string> texts{codec::percent_decoded(value)};
    if (in_form != value)
        texts.push_back(codec::percent_decoded(in_form));
    return texts;
}

// Reads the value of a parameter that begins at a place, behind a '=' that is spelled so.
INTHELOOP_DECL found_credential read_parameter(std::string_view text, std::size_t begin,
                                               std::string_view sign) {
    std::size_t const end = parameter_end(text, begin, sign);
    std::string_view const spelled = text.substr(begin, end - begin);
    std::string const value = json_unescaped(spelled, policy::most_layers);
    found_credential one{
        begin, end, parameter_texts(sign.starts_with('%') ? codec::percent_decoded(value) : value)};
    if (spelled.find('\\') != spelled.npos)
        one.texts.emplace_back(spelled);
    return one;
}

INTHELOOP_DECL void find_parameters(std::string_view text, found_credentials& found) {
    for (std::size_t at = 0, name = 0; at != text.size();) {
        if (std::size_t const part = name_part(text.substr(at)); part != 0) {
            at += part;
            continue;
        }
        std::string_view const spelled = text.substr(name, at - name);
        bool const may_be_name = !spelled.empty() && spelled.size() <= longest_credential_name;
        std::size_t const sign = may_be_name ? policy::spelled_length(text.substr(at), '=') : 0;
        name = at += sign != 0 ? sign : separator_length(text.substr(at));
        std::string const plain = codec::percent_decoded(sign != 0 ? spelled : std::string_view());
        if (!policy::names_credentials(plain))
            continue;
        found_credential one = read_parameter(text, at, text.substr(at - sign, sign));
        name = at = one.end;
        std::string const& value = one.texts.front();
        bool const is_padding = value.find_first_not_of('=') == value.npos; // of base64
        // A short one that signs an address is replaced in its place, as all signatures are.
        bool const is_left = policy::signs_address(plain) && value.size() < policy::shortest_part;
        if (!is_padding && !is_left && policy::may_be_credentials(value))
            found.push_back(std::move(one));
    }
}

INTHELOOP_DECL found_credentials find_credentials(std::string_view text) {
    found_credentials found;
    member_scan(text, found).run();
    find_parameters(text, found);
    std::sort(found.begin(), found.end(), [](auto const& a, auto const& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    return found;
}

INTHELOOP_DECL found_credentials find_query_credentials(std::string_view target) {
    found_credentials found;
    for (intheloop::detail::query_reader query(target); query.next();) {
        auto const begin = static_cast<std::size_t>(query.value().data() - target.data());
        if (query.has_value() && policy::names_credentials(codec::percent_decoded(query.name())))
            found.push_back({begin, begin + query.value().size(), parameter_texts(query.value())});
    }
    return found;
}

INTHELOOP_DECL found_credentials find_form_credentials(std::string_view content_type,
                                                       std::string_view body) {
    found_credentials found;
    std::string_view const media_type =
        intheloop::detail::trimmed(content_type.substr(0, content_type.find(';')));
    if (intheloop::detail::equal_ignoring_case(media_type, "application/x-www-form-urlencoded")) {
        found = find_query_credentials('?' + std::string(body));
        for (found_credential& each : found) {
            --each.begin;
            --each.end;
        }
    }
    auto const form = split_form(content_type, body);
    for (std::size_t i = 0; form && i != form->size(); ++i) {
        received_part const& part = (*form)[i];
        auto const begin = static_cast<std::size_t>(part.bytes.data() - body.data());
        if (policy::names_credentials(part.name))
            found.push_back({begin, begin + part.bytes.size(), {std::string(part.bytes)}});
    }
    return found;
}

} // namespace intheloop::testing::detail

#endif
