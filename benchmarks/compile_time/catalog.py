# Copyright (c) 2026 The intheloop authors
# Distributed under the Boost Software License, Version 1.0. (See LICENSE)
"""Writes a program's file that declares endpoints of its own, each with types of its own, and calls some of them."""

HEAD = """\
#include <intheloop.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace loop = intheloop;

namespace cards {
"""

# Two routes by turns: one that is read by its id, and one that is written.
READ = """
class get_card_{0} {{
public:
    explicit get_card_{0}(std::string which) : id(std::move(which)) {{}}
    std::string id;
    std::optional<std::int64_t> page;
    std::vector<std::string> tag_ids;
    using members = loop::members<&get_card_{0}::id, &get_card_{0}::page, &get_card_{0}::tag_ids>;
}};
class card_{0} {{
public:
    card_{0}() {{}}
    std::string id;
    std::optional<std::string> title;
    std::optional<std::int64_t> position;
    std::vector<std::string> tag_ids;
    loop::nullable<std::string> parent_id;
    using members = loop::members<&card_{0}::id, &card_{0}::title, &card_{0}::position, &card_{0}::tag_ids, &card_{0}::parent_id>;
}};
inline constexpr loop::endpoint<loop::verb::get, "/api/v1/cards{0}/{{id}}", get_card_{0}, card_{0},
                                loop::query<&get_card_{0}::page, &get_card_{0}::tag_ids>, loop::operation<"cards.get{0}">,
                                loop::summary<"One card of kind {0}">> route_{0}{{}};
"""
WRITTEN = """
class new_card_{0} {{
public:
    explicit new_card_{0}(std::string text) : title(std::move(text)) {{}}
    std::string title;
    std::optional<std::string> board_id;
    std::optional<std::int64_t> position;
    std::vector<std::string> tag_ids;
    using members = loop::members<&new_card_{0}::title, &new_card_{0}::board_id, &new_card_{0}::position, &new_card_{0}::tag_ids>;
}};
class made_card_{0} {{
public:
    made_card_{0}() {{}}
    std::string id;
    std::optional<std::string> title;
    std::optional<std::int64_t> created;
    std::vector<std::string> tag_ids;
    using members = loop::members<&made_card_{0}::id, &made_card_{0}::title, &made_card_{0}::created, &made_card_{0}::tag_ids>;
}};
inline constexpr loop::endpoint<loop::verb::post, "/api/v1/cards{0}", new_card_{0}, made_card_{0},
                                loop::operation<"cards.create{0}">, loop::summary<"A new card of kind {0}">> route_{0}{{}};
"""
CALL = """
asio::awaitable<std::string> call_{0}(loop::client& client, std::string const& text) {{
    {1}_card_{0} const request(text);
    auto const answer = co_await client.async_call(route_{0}, request);
    co_return answer.value().id;
}}
"""


def source(declared, called):
    """The text of a file with so many endpoints in a catalog, of which the first ones are called."""
    text = HEAD
    for i in range(declared):
        text += (READ if i % 2 == 0 else WRITTEN).format(i)
    routes = ", ".join(f"route_{i}" for i in range(declared))
    text += f"\ninline constexpr loop::catalog<{routes}> all{{}};\n"
    for i in range(called):
        text += CALL.format(i, "get" if i % 2 == 0 else "new")
    return text + "\n} // namespace cards\n"
