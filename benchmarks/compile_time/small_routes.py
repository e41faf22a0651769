# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Writes the same program's file twice: with written classes, and with types that descriptors make (parameters<>)."""

HEAD = """\
#include <intheloop.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <utility>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace cards {
"""
WRITTEN = """
class get_card_{0} {{
public:
    explicit get_card_{0}(std::string which) : id(std::move(which)) {{}}
    std::string id;
    std::optional<int> size_comments{0};
    using members = loop::members<&get_card_{0}::id, &get_card_{0}::size_comments{0}>;
}};
class card_{0} {{
public:
    card_{0}() {{}}
    std::string id{0};
    std::string type;
    using members = loop::members<&card_{0}::id{0}, loop::renamed<&card_{0}::type, "$type">>;
}};
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/card{0}/{{id}}", get_card_{0}, card_{0},
                                loop::query<&get_card_{0}::size_comments{0}>, loop::operation<"cards.get{0}">> route_{0}{{}};

asio::awaitable<std::string> call_{0}(loop::client& client, std::string const& text) {{
    get_card_{0} request(text);
    request.size_comments{0} = 5;
    auto const answer = co_await client.async_call(route_{0}, request);
    co_return answer.value().type;
}}
"""
MADE = """
inline constexpr loop::endpoint<
    loop::verb::get, "/api/v1/card{0}/{{id}}",
    loop::parameters<loop::path_parameter<"id", std::string>, loop::query_parameter<"sizeComments{0}", std::optional<int>>>,
    loop::fields<loop::json_field<"id{0}", std::string>, loop::json_field<"$type", std::string>>, loop::operation<"cards.get{0}">>
    route_{0}{{}};

asio::awaitable<std::string> call_{0}(loop::client& client, std::string const& text) {{
    loop::request_of<route_{0}> request(text);
    request.set<"sizeComments{0}">(5);
    auto const answer = co_await client.async_call(route_{0}, request);
    co_return answer.value().get<"$type">();
}}
"""


def source(kind, count):
    """The text of a file with so many endpoints, each with types of its own and called."""
    return HEAD + "".join(kind.format(i) for i in range(count)) + "\n} // namespace cards\n"
