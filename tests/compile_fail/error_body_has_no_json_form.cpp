// expect: intheloop: JSON has no form for this type
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>
#include <vector>

namespace loop = intheloop;

struct thing {
    std::string id;
    int total;
    std::vector<std::string> tags;
    using members = loop::members<&thing::id, &thing::total, &thing::tags>;
};
struct other {
    std::string text;
    using members = loop::members<&other::text>;
};

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters,
                                std::optional<thing>, loop::error_body<404, other>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters,
                                std::optional<thing>, loop::error_body<404, char const*>>
    things{};
#endif
