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
#include <intheloop/recording/impl/quotation_mark.ipp>

#include <algorithm>
#include <array>
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
    credential_scan(std::string_view text, found_credentials& found) : text_(text), found_(found) {
        std::string_view const begin = text.substr(skip_blanks(text, 0, byte_order_mark));
        is_xml_ = begin.starts_with('<');
        is_document_ = begin.starts_with("<?xml");
    }

    void run() {
        for (std::size_t at = 0; at != text_.size();)
            at = step(at);
        close(strings_.begin(), text_.size()); // the text is broken off
    }

private:
    static constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

    using open_strings = std::vector<quotation_mark>;

    // A member whose name tells of credentials, and whose value is an object or a list of them.
    struct member {
        std::string_view name;
        std::size_t strings; // open around it
        std::size_t depth;   // of open brackets
    };

    // The tag with which an element begins: <name a="b">, or &lt;name&gt;.
    struct element_tag {
        std::string_view open;
        std::string_view shut;
        std::string_view name;
        std::size_t end;
    };

    // Looks at a place. Returns the next one.
    std::size_t step(std::size_t at) {
        if (at >= element_begin_ && at < element_end_)
            return name_ = element_end_;
        if (!above_.empty())
            count_bracket(text_[at]);
        if (std::size_t const part = name_part(text_.substr(at)); part != 0)
            return at + part;
        if (auto const mark = string_mark_at(at)) {
            pass_mark(*mark);
            return name_ = mark->end;
        }
        if (is_xml_ && text_[at] == '<')
            close_at_tag(at);
        find_element(at);
        return name_ = behind_name(at);
    }

    // Reads a mark that may begin or end a string. An apostrophe within a word does neither.
    std::optional<quotation_mark> string_mark_at(std::size_t at) const {
        auto mark = mark_at(text_, at);
        if (mark && mark->is_single && mark->begin != expected_ &&
            is_behind_word(text_, mark->begin) && mark->end != text_.size() &&
            is_of_word(text_[mark->end]))
            mark.reset();
        return mark;
    }

    void pass_mark(quotation_mark mark) {
        std::string_view const before = text_.substr(behind_mark_, mark.begin - behind_mark_);
        behind_mark_ = mark.end;
        if (mark.begin == expected_) {
            mark.credential = expected_kind_;
            strings_.push_back(mark);
            return;
        }
        if (ends_parameter(mark)) {
            mark.begin = mark.end - spelled(strings_.back()).size();
            mark.layer = 0;
        }
        auto const open = opened_by(mark);
        bool const was_open = open != strings_.end();
        auto const was_credential = was_open ? open->credential : std::nullopt;
        // There may be other marks in a name.
        std::string_view const whole =
            was_open ? text_.substr(open->end, mark.begin - open->end) : before;
        close(open, mark.begin);
        // A name before it and a sign behind it tell that a mark ends a string, even if none seems
        // to be open.
        std::size_t const value = behind_sign(mark.end);
        bool const is_name_before = value != text_.npos && names(before, mark.layer + 1);
        if (is_name_before || (value != text_.npos && names(whole, mark.layer + 1)))
            expect_below(value, is_name_before ? before : whole);
        else if (was_credential && was_credential->in_list)
            expect_string(mark.end, *was_credential);
        else if (!was_open && !is_behind_word(text_, mark.begin)) // as in 12" and users'
            strings_.push_back(mark);
    }

    std::string_view spelled(quotation_mark const& mark) const {
        return text_.substr(mark.begin, mark.end - mark.begin);
    }
    // Returns the open string that a mark of the same spelling has begun.
    open_strings::iterator opened_by(quotation_mark const& mark) {
        return std::find_if(strings_.begin(), strings_.end(),
                            [&](auto const& each) { return spelled(each) == spelled(mark); });
    }
    // Returns whether a mark ends the value of a parameter, and the backslash before it is a
    // character of the value: the next parameter follows, or the end of the tag.
    bool ends_parameter(quotation_mark const& mark) const {
        if (mark.layer == 0 || strings_.empty() || strings_.back().layer != 0 ||
            !strings_.back().credential || strings_.back().credential->is_member)
            return false;
        std::string_view const first = spelled(strings_.back());
        if (!text_.substr(0, mark.end).ends_with(first))
            return false;
        std::size_t const next = skip_blanks(text_, mark.end, ",;");
        std::string_view rest = text_.substr(next);
        if (is_xml_ && (rest.starts_with('>') || rest.starts_with("/>")))
            return true;
        while (!rest.empty() && name_part(rest) != 0)
            rest.remove_prefix(name_part(rest));
        return rest.size() != text_.size() - next && rest.starts_with('=') &&
               rest.substr(1).starts_with(first);
    }

    // Closes a string, and those within it.
    void close(open_strings::iterator first, std::size_t end) {
        for (auto each = first; each != strings_.end(); ++each) {
            bool const is_encoded = text_[each->begin] == '%';
            bool const is_key = end - each->end == 1 && !is_encoded; // accesskey="s" in HTML
            if (each->credential && each->end <= end && (each->credential->is_member || !is_key))
                add(each->end, end, each->layer + 1, is_encoded);
        }
        strings_.erase(first, strings_.end());
        while (!above_.empty() && above_.back().strings > strings_.size())
            above_.pop_back();
    }
    // Closes the strings before a tag, or before the end of CDATA: no attribute has a "<". A
    // credential in JSON that stands in XML may have one.
    void close_at_tag(std::size_t at) {
        auto const is_json = [&](quotation_mark const& each) {
            return each.credential && each.credential->is_member && !each.is_single &&
                   (each.layer != 0 || text_[each.begin] == '"');
        };
        if (strings_.empty() || std::any_of(strings_.begin(), strings_.end(), is_json))
            return;
        std::string_view const before = text_.substr(0, at);
        close(strings_.begin(), std::min(at, before.find("]]>", strings_.front().end)));
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

    // Does the same with the name of the member in whose object this one stands, if that tells of
    // credentials: "token" and "value".
    bool names(std::string_view spelled, std::size_t in_layers) const {
        return is_name(spelled, in_layers) ||
               (!above_.empty() && spelled.size() <= longest_credential_name &&
                is_name(std::string(above_.back().name) + '_' + std::string(spelled), in_layers));
    }
    // Counts the brackets within the last of these members, outside its strings. It ends with its
    // own.
    void count_bracket(char c) {
        member& last = above_.back();
        if (strings_.size() != last.strings)
            return;
        if (c == '{' || c == '[')
            ++last.depth;
        else if ((c == '}' || c == ']') && (last.depth <= 1 || --last.depth == 0))
            above_.pop_back();
    }
    void expect_below(std::size_t value, std::string_view name) {
        std::size_t first = value;
        while (first != text_.size() && text_[first] == '[')
            first = skip_blanks(text_, first + 1);
        if (text_.substr(first).starts_with('{'))
            above_.push_back({name, strings_.size(), 0});
        else
            expect(value, true);
    }

    // Returns the place behind the sign between a name and its value; npos if none follows.
    std::size_t behind_sign(std::size_t at) const {
        at = skip_blanks(text_, at);
        std::size_t sign = policy::spelled_length(text_.substr(at), '=');
        if (sign != 0)
            sign += policy::spelled_length(text_.substr(at + sign), '>');
        else
            sign = policy::spelled_length(text_.substr(at), ':');
        return sign != 0 ? skip_blanks(text_, at + sign) : text_.npos;
    }

    // Expects a credential in the string at a place, or in each one of a list there. Returns false
    // if none begins.
    bool expect(std::size_t at, bool is_member) {
        bool const in_list = text_.substr(at).starts_with('[');
        return expect_string(in_list ? at + 1 : at, {is_member, in_list});
    }
    bool expect_string(std::size_t at, credential_string kind) {
        constexpr std::string_view of_other_elements = ",[+-.0123456789eEtrufalsn";
        at = skip_blanks(text_, at, kind.in_list ? of_other_elements : std::string_view());
        // Python writes u'...' and b'...'.
        if (kind.is_member && at != text_.size() && intheloop::detail::is_letter(text_[at]))
            ++at;
        auto const mark = mark_at(text_, at);
        if (!mark || mark->begin != at || opened_by(*mark) != strings_.end())
            return false;
        expected_ = at;
        expected_kind_ = kind;
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
        bool const is_namespace = text_.substr(0, name_).ends_with("xmlns:");
        if (value == text_.npos || is_namespace || !is_name(spelled, 0))
            return next;
        // Behind a plain '=', an encoded quotation mark is a character of the value.
        bool const may_be_string = text_[at] == '%' || !text_.substr(value).starts_with('%');
        if (may_be_string && expect(value, false))
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

    // Finds the text of the element whose tag begins at a place.
    void find_element(std::size_t at) {
        auto const tag = tag_at(at);
        if (!tag)
            return;
        std::size_t begin = skip_blanks(text_, tag->end);
        std::string const literal = std::string(tag->open) + "![CDATA[";
        bool const is_literal = text_.substr(begin).starts_with(literal);
        if (is_literal)
            begin = skip_blanks(text_, begin + literal.size());
        std::size_t const found =
            is_literal ? find("]]" + std::string(tag->shut), begin) : find(tag->open, begin);
        std::size_t const end = before_blanks(text_, begin, found);
        if ((is_literal || has_end_tag(*tag, found)) &&
            add(begin, end, 1, tag->open.starts_with('%'))) {
            element_begin_ = begin;
            element_end_ = end;
        }
    }
    // Reads a tag at a place that names a credential. The strings in which it begins go on behind
    // it. In its attributes there may be brackets.
    std::optional<element_tag> tag_at(std::size_t at) {
        constexpr std::array<std::pair<std::string_view, std::string_view>, 5> brackets{
            {{"<", ">"},
             {"&lt;", "&gt;"},
             {"\\u003c", "\\u003e"},
             {"\\u003C", "\\u003E"},
             {"%3C", "%3E"}}};
        auto const bracket = std::find_if(brackets.begin(), brackets.end(), [&](auto const& each) {
            return text_.substr(at).starts_with(each.first);
        });
        if (bracket == brackets.end())
            return std::nullopt;
        auto const& [open, shut] = *bracket;
        std::size_t const begin = at + open.size();
        for (at = begin; at != text_.size(); ++at)
            if (text_[at] != ':' && name_part(text_.substr(at)) == 0)
                break;
        std::string_view const name = text_.substr(begin, at - begin);
        if (!is_name(name, 0))
            return std::nullopt;
        std::string_view attribute; // the mark with which its value begins
        while (at != text_.size() && !(attribute.empty() && text_.substr(at).starts_with(open))) {
            if (auto const mark = string_mark_at(at)) {
                if (opened_by(*mark) != strings_.end())
                    return std::nullopt;
                if (attribute.empty())
                    attribute = spelled(*mark);
                else if (attribute == spelled(*mark))
                    attribute = {};
                at = mark->end;
            } else if (attribute.empty() && text_.substr(at).starts_with(shut)) {
                bool const is_empty = text_[at - 1] == '/';
                return is_empty ? std::nullopt
                                : std::optional(element_tag{open, shut, name, at + shut.size()});
            } else {
                at += separator_length(text_.substr(at));
            }
        }
        return std::nullopt;
    }
    // Returns whether the end tag of an element stands at a place, or a document of XML is broken
    // off there. A "<token>" without one may be a word of prose.
    bool has_end_tag(element_tag const& tag, std::size_t at) const {
        std::string_view rest = text_.substr(at);
        if (rest.empty())
            return is_document_ && tag.open == "<";
        if (!rest.starts_with(tag.open))
            return false;
        rest.remove_prefix(tag.open.size());
        std::size_t const slash = policy::spelled_length(rest, '/');
        return slash != 0 &&
               intheloop::detail::begins_with_ignoring_case(rest.substr(slash), tag.name);
    }
    // Finds the next `sought`, tag, or end of an open string.
    std::size_t find(std::string_view sought, std::size_t at) {
        bool const is_literal = sought.starts_with(']');
        while (at != text_.size() && !text_.substr(at).starts_with(sought) &&
               (is_literal || text_[at] != '<')) {
            auto const mark = string_mark_at(at);
            if (mark && opened_by(*mark) != strings_.end())
                return mark->begin;
            at = mark ? mark->end : at + separator_length(text_.substr(at));
        }
        return at;
    }

    std::string_view text_;
    found_credentials& found_;
    bool is_xml_ = false;
    bool is_document_ = false;                      // of XML, by its first line
    open_strings strings_;                          // each within the one before
    std::size_t name_ = 0;                          // begin of a name without quotation marks
    std::size_t behind_mark_ = 0;                   // end of the last quotation mark
    std::size_t expected_ = std::string_view::npos; // begin of a credential
    credential_string expected_kind_;
    std::vector<member> above_;     // each in the one before
    std::size_t element_begin_ = 0; // the last credential that an element holds
    std::size_t element_end_ = 0;
};

} // namespace intheloop::testing::detail

#endif
