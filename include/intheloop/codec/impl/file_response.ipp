// Copyright (c) 2026 The intheloop authors
// Distributed under the Boost Software License, Version 1.0. (See LICENSE)

#ifndef INTHELOOP_CODEC_IMPL_FILE_RESPONSE_IPP
#define INTHELOOP_CODEC_IMPL_FILE_RESPONSE_IPP

#include <intheloop/base/detail/ascii.hpp>
#include <intheloop/base/detail/cut_text.hpp>
#include <intheloop/base/detail/field_members.hpp>
#include <intheloop/codec/detail/file_response.hpp>
#include <intheloop/codec/detail/json_decode.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace intheloop::codec {

namespace detail {

// The keys of a refusal in JSON.
class file_refusal {
public:
    std::optional<std::string> code, message;
    using members = intheloop::members<&file_refusal::code, &file_refusal::message>;
};

INTHELOOP_DECL bool leaves_bytes_alone(std::string_view coding) {
    for (std::string_view const plain :
         {"identity", "aws-chunked", "none", "utf-8", "utf8", "binary"})
        if (intheloop::detail::equal_ignoring_case(coding, plain))
            return true;
    return false;
}

// Returns the text of the first element of this name, without its entities; empty if there is none.
INTHELOOP_DECL std::string xml_text(std::string_view xml, std::string const& name) {
    std::size_t const open = xml.find('<' + name + '>');
    if (open == xml.npos)
        return {};
    xml.remove_prefix(open + name.size() + 2);
    xml = intheloop::detail::trimmed(xml.substr(0, xml.find('<')), " \t\r\n");
    constexpr std::pair<std::string_view, char> entities[] = {
        {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
    std::string text;
    while (!xml.empty()) {
        char next = xml.front();
        std::size_t length = 1;
        for (auto const& [entity, character] : entities)
            if (xml.starts_with(entity)) {
                next = character;
                length = entity.size();
            }
        text += next;
        xml.remove_prefix(length);
    }
    return text;
}

} // namespace detail

INTHELOOP_DECL std::optional<error> refuse_file_coding(headers const& fields) {
    std::optional<error> refused;
    intheloop::detail::for_each_member(fields, "Content-Encoding", [&](std::string_view coding) {
        if (!refused && !detail::leaves_bytes_alone(coding))
            refused.emplace(errc::unexpected_content,
                            "the file is encoded with " +
                                intheloop::detail::shortened(coding, 100) +
                                ", which was not asked for");
    });
    return refused;
}

INTHELOOP_DECL void read_file_refusal(headers const& fields, std::string_view answer, error& into) {
    constexpr std::size_t most = 64 * 1024; // a refusal is short
    std::string const body = intheloop::detail::shortened(answer, most);
    into.service_code = detail::xml_text(body, "Code");
    into.service_message = detail::xml_text(body, "Message");
    if (!into.service_code.empty() || !into.service_message.empty() || body.empty())
        return;
    detail::file_refusal refusal;
    if (!decode_json(body, refusal)) {
        into.service_code = refusal.code.value_or("");
        into.service_message = refusal.message.value_or("");
    }
    if (into.service_code.empty() && into.service_message.empty() && into.detail.empty()) {
        std::string_view const type = fields.find("Content-Type").value_or("no Content-Type");
        into.detail = "the answer (" + intheloop::detail::shortened(type, 100) +
                      ") begins with: " + intheloop::detail::shortened(body, 100);
    }
}

} // namespace intheloop::codec

#endif
