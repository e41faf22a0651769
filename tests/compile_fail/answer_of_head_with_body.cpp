// expect: intheloop: the response to a HEAD has no body
// expect-error-first
#include <intheloop/endpoint/endpoint.hpp>

#include <optional>
#include <string>

namespace loop = intheloop;

#ifdef CONTROL
inline constexpr loop::endpoint<loop::verb::head, "/things", loop::no_parameters,
                                std::optional<std::string>>
    things{};
#else
inline constexpr loop::endpoint<loop::verb::head, "/things", loop::no_parameters, std::string>
    things{};
#endif
