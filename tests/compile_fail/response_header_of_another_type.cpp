// expect: intheloop: response_header<> names something that is not a described member
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
                                std::optional<thing>,
                                loop::response_header<"X-Total", &thing::total>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::get, "/things", loop::no_parameters,
                                std::optional<thing>,
                                loop::response_header<"X-Total", &other::text>>
    things{};
#endif
