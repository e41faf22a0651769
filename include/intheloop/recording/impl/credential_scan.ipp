// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)
#ifndef INTHELOOP_RECORDING_IMPL_CREDENTIAL_SCAN_IPP
#define INTHELOOP_RECORDING_IMPL_CREDENTIAL_SCAN_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/codec/detail/percent.hpp>
#include <intheloop/policy/detail/credential_names.hpp>
#include <intheloop/policy/detail/redact.hpp>
#include <intheloop/policy/detail/spelling.hpp>
#include <intheloop/recording/detail/found_credential.hpp>
#include <intheloop/recording/impl/credential_value.ipp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace intheloop::testing::detail {

inline constexpr std::size_t longest_credential_name = 200; // as spelled

// Goes through a text once, without a grammar, and finds values behind names: in the strings of
// JSON and of its like, in parameters, and in elements of XML.
//
//     "name": "value"    'name' => 'value'    name = "value"    name: ["value", "value"]
//     name=value         <name a="b">value</name>
//
// Keeps in mind which strings are open: the last quotation mark of "/list?name=" ends a string, and
// begins no value. In JSON that stands in a string, quotation marks are escaped; how often tells to
// which string they belong. A string ends with the one around it.
class credential_scan {
public:
    credential_scan(std::string_view text, found_credentials& found)
        : text_(text), found_(found),
          is_xml_(text.substr(skip_blanks(0, byte_order_mark)).starts_with('<')) {}

    void run() {
        for (std::size_t at = 0; at != text_.size();)
            at = step(at);
        close(strings_.begin(), text_.size()); // the text is broken off
    }

private:
    static constexpr std::size_t layers = 6;
    static constexpr std::string_view blanks = " \t\r\n";
    static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

    // A quotation mark, with the backslashes that belong to it. The first one of a string stands
    // for the string while that is open.
    struct quotation_mark {
        std::size_t begin;
        std::size_t end;
        std::size_t layer; // of JSON
        bool begins_credential = false;
        bool in_list = false; // of credentials
    };
    using open_strings = std::vector<quotation_mark>;

    // Looks at a place. Returns the next one.
    std::size_t step(std::size_t at) {
        if (at >= element_begin_ && at < element_end_)
            return name_ = element_end_;
        if (std::size_t const part = name_part(text_.substr(at)); part != 0)
            return at + part;
        if (auto const mark = mark_at(at)) {
            pass_mark(*mark);
            return name_ = mark->end;
        }
        if (is_xml_ && text_[at] == '<') // where no string goes on
            close(strings_.begin(), at);
        find_element(at);
        return name_ = behind_name(at);
    }

    // Reads a quotation mark at a place, or behind backslashes there: '"' and \", or \u0022. An
    // apostrophe within a word is none.
    std::optional<quotation_mark> mark_at(std::size_t at) const {
        // Every other one is a single mark.
        constexpr std::array<std::string_view, 11> marks{"\"",     "'",      "u0022", "u0027",
                                                         "&quot;", "&apos;", "&#34;", "&#39;",
                                                         "&#x22;", "&#x27;", "%22"};
        std::size_t const behind = std::min(text_.find_first_not_of('\\', at), text_.size());
        std::size_t const backslashes = behind - at;
        std::string_view const rest = text_.substr(behind);
        auto const found = std::find_if(marks.begin(), marks.end(), [&](std::string_view each) {
            return rest.starts_with(each) && (backslashes != 0 || !each.starts_with('u'));
        });
        if (found == marks.end())
            return std::nullopt;
        bool const is_numbered = found->starts_with('u');
        // Each layer doubles the backslashes of the one below. Of more, the first ones are text.
        auto const layer = static_cast<std::size_t>(is_numbered ? 1 + std::countr_zero(backslashes)
                                                                : std::countr_one(backslashes));
        if (layer >= layers)
            return std::nullopt;
        std::size_t const own =
            is_numbered ? std::size_t(1) << (layer - 1) : (std::size_t(1) << layer) - 1;
        quotation_mark const mark{behind - own, behind + found->size(), layer};
        bool const is_apostrophe = (found - marks.begin()) % 2 != 0 && is_behind_word(mark.begin) &&
                                   mark.end != text_.size() && is_of_word(text_[mark.end]);
        return is_apostrophe ? std::nullopt : std::optional(mark);
    }

    static bool is_of_word(char c) {
        return intheloop::detail::is_word_char(c) || static_cast<unsigned char>(c) >= 0x80;
    }
    bool is_behind_word(std::size_t at) const {
        bool const is_escape = at > 1 && (text_[at - 2] == '\\' || text_[at] == '%');
        return at != 0 && is_of_word(text_[at - 1]) && !is_escape;
    }

    void pass_mark(quotation_mark mark) {
        std::string_view const before = text_.substr(behind_mark_, mark.begin - behind_mark_);
        behind_mark_ = mark.end;
        if (mark.begin == expected_) {
            mark.begins_credential = true;
            mark.in_list = in_list_;
            strings_.push_back(mark);
            return;
        }
        auto const open = opened_by(mark);
        bool const was_open = open != strings_.end();
        bool const was_in_list = was_open && open->in_list;
        close(open, mark.begin);
        // A name before it and a sign behind it tell that a mark ends a string, even if none seems
        // to be open.
        std::size_t const value = behind_sign(mark.end);
        if (value != text_.npos && is_name(before, mark.layer + 1))
            expect(value);
        else if (was_in_list)
            expect_string(mark.end, true);
        else if (!was_open && !is_behind_word(mark.begin)) // as in 12" and users'
            strings_.push_back(mark);
    }

    // Returns the open string that a mark of the same spelling has begun.
    open_strings::iterator opened_by(quotation_mark const& mark) {
        auto const spelled = [&](quotation_mark const& each) {
            return text_.substr(each.begin, each.end - each.begin);
        };
        return std::find_if(strings_.begin(), strings_.end(),
                            [&](auto const& each) { return spelled(each) == spelled(mark); });
    }
    // Closes a string, and those within it.
    void close(open_strings::iterator first, std::size_t end) {
        for (auto each = first; each != strings_.end(); ++each)
            if (each->begins_credential)
                add(each->end, end, each->layer + 1, text_[each->begin] == '%');
        strings_.erase(first, strings_.end());
    }

    // Adds a value in so many layers of JSON. Returns whether it may be a credential.
    bool add(std::size_t begin, std::size_t end, std::size_t in_layers, bool is_encoded) {
        std::string_view const spelled = text_.substr(begin, end - begin);
        std::string plain = is_encoded ? codec::percent_decoded(spelled) : std::string(spelled);
        plain = json_unescaped(plain, in_layers);
        if (!policy::may_be_credentials(plain))
            return false;
        found_.push_back({begin, end, value_texts(std::move(plain), spelled)});
        return true;
    }

    static std::string plain_name(std::string_view spelled, std::size_t in_layers) {
        return html_unescaped(codec::percent_decoded(json_unescaped(spelled, in_layers)));
    }
    static bool is_name(std::string_view spelled, std::size_t in_layers) {
        return !spelled.empty() && spelled.size() <= longest_credential_name &&
               policy::names_credentials(plain_name(spelled, in_layers));
    }

    // Returns the place behind the sign between a name and its value; npos if none follows.
    std::size_t behind_sign(std::size_t at) const {
        at = skip_blanks(at);
        std::size_t sign = policy::spelled_length(text_.substr(at), '=');
        if (sign != 0)
            sign += policy::spelled_length(text_.substr(at + sign), '>');
        else
            sign = policy::spelled_length(text_.substr(at), ':');
        return sign != 0 ? skip_blanks(at + sign) : text_.npos;
    }

    // Expects a credential in the string at a place, or in each one of a list there. Returns false
    // if none begins.
    bool expect(std::size_t at) {
        bool const in_list = text_.substr(at).starts_with('[');
        return expect_string(in_list ? at + 1 : at, in_list);
    }
    bool expect_string(std::size_t at, bool in_list) {
        constexpr std::string_view of_other_elements = ",+-.0123456789eEtrufalsn";
        at = skip_blanks(at, in_list ? of_other_elements : std::string_view());
        auto const mark = mark_at(at);
        if (!mark || mark->begin != at || opened_by(*mark) != strings_.end())
            return false;
        expected_ = at;
        in_list_ = in_list;
        return true;
    }

    // Reads what follows a name without quotation marks, which ends at a place: a sign, and the
    // value of a parameter. Returns the next place.
    std::size_t behind_name(std::size_t at) {
        std::string_view const spelled = text_.substr(name_, at - name_);
        std::size_t const value = spelled.empty() ? text_.npos : behind_sign(at);
        std::size_t const sign =
            value != text_.npos ? policy::spelled_length(text_.substr(at), '=') : 0;
        std::size_t const next = at + (sign != 0 ? sign : separator_length(text_.substr(at)));
        if (value == text_.npos || !is_name(spelled, 0))
            return next;
        // Behind a plain '=', an encoded quotation mark is a character of the value.
        bool const may_be_string = text_[at] == '%' || !text_.substr(value).starts_with('%');
        if (may_be_string && expect(value))
            return value;
        if (sign == 0)
            return next;
        found_credential one = read_parameter(text_, next, text_.substr(at, sign));
        std::size_t const end = one.end;
        std::string const& plain = one.texts.front();
        bool const is_padding = plain.find_first_not_of('=') == plain.npos; // of base64
        // A short one that signs an address is replaced in its place, as all signatures are.
        bool const is_left =
            policy::signs_address(plain_name(spelled, 0)) && plain.size() < policy::shortest_part;
        if (!is_padding && !is_left && policy::may_be_credentials(plain))
            found_.push_back(std::move(one));
        return end;
    }

    // Finds the text of the element whose tag begins at a place. An end tag has to follow in the
    // same string, or the end of XML that is broken off: "<token>" may be a word of prose.
    void find_element(std::size_t at) {
        constexpr std::size_t longest_tag = 400;
        constexpr std::array<std::pair<std::string_view, std::string_view>, 5> brackets{
            {{"<", ">"},
             {"&lt;", "&gt;"},
             {"\\u003c", "\\u003e"},
             {"\\u003C", "\\u003E"},
             {"%3C", "%3E"}}};
        std::string_view const rest = text_.substr(at);
        auto const bracket = std::find_if(brackets.begin(), brackets.end(), [&](auto const& each) {
            return rest.starts_with(each.first);
        });
        if (bracket == brackets.end())
            return;
        auto const& [open, shut] = *bracket;
        std::string_view const tag = rest.substr(open.size(), longest_tag);
        std::size_t const size = tag.find(shut);
        if (size == tag.npos || tag.substr(0, size).ends_with('/'))
            return;
        std::size_t name = 0;
        while (name < size && (tag[name] == ':' || name_part(tag.substr(name)) != 0))
            ++name;
        if (!is_name(tag.substr(0, name), 0))
            return;
        std::size_t begin = skip_blanks(at + open.size() + size + shut.size());
        std::string const literal = std::string(open) + "![CDATA[";
        bool const is_literal = text_.substr(begin).starts_with(literal);
        begin += is_literal ? literal.size() : 0;
        std::string const sought = (is_literal ? "]]" : "") + std::string(is_literal ? shut : open);
        std::size_t const found = find_end(sought, begin);
        std::size_t end = found;
        while (end != begin && blanks.find(text_[end - 1]) != blanks.npos)
            --end;
        bool const is_found = text_.substr(found).starts_with(sought);
        bool const has_end =
            is_literal ||
            (is_found ? policy::spelled_length(text_.substr(found + sought.size()), '/') != 0
                      : found == text_.size() && is_xml_ && open == "<" &&
                            end - begin >= policy::telling_part &&
                            text_.substr(begin).find_first_of(blanks) == text_.npos);
        if (has_end && add(begin, end, 1, open.starts_with('%'))) {
            element_begin_ = begin;
            element_end_ = end;
        }
    }
    // Finds the end of an element's text, or of a string that is open there, or a tag.
    std::size_t find_end(std::string_view sought, std::size_t at) {
        bool const is_literal = sought.starts_with(']');
        while (at != text_.size() && !text_.substr(at).starts_with(sought) &&
               (is_literal || text_[at] != '<')) {
            auto const mark = mark_at(at);
            if (mark && opened_by(*mark) != strings_.end())
                return mark->begin;
            at = mark ? mark->end : at + separator_length(text_.substr(at));
        }
        return at;
    }

    // Returns the place behind blanks, which may be escaped, and other characters.
    std::size_t skip_blanks(std::size_t at, std::string_view others = {}) const {
        for (;;) {
            while (at != text_.size() &&
                   (blanks.find(text_[at]) != blanks.npos || others.find(text_[at]) != others.npos))
                ++at;
            std::size_t const behind = std::min(text_.find_first_not_of('\\', at), text_.size());
            if (text_.substr(at).starts_with("%20"))
                at += 3;
            else if (behind != at && behind != text_.size() &&
                     std::string_view("nrt").find(text_[behind]) != text_.npos)
                at = behind + 1;
            else
                return at;
        }
    }

    std::string_view text_;
    found_credentials& found_;
    bool is_xml_;
    open_strings strings_;                          // each within the one before
    std::size_t name_ = 0;                          // begin of a name without quotation marks
    std::size_t behind_mark_ = 0;                   // end of the last quotation mark
    std::size_t expected_ = std::string_view::npos; // begin of a credential, in a list or not
    bool in_list_ = false;
    std::size_t element_begin_ = 0; // the last credential that an element holds
    std::size_t element_end_ = 0;
};

} // namespace intheloop::testing::detail

#endif
